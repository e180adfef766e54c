"""Why are integer outputs not what they should be?"""
