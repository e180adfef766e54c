"""Why are integer outputs not what they should be, and what told them apart?"""
