"""Is an integer output within its bound, and which formula reproduces it?"""
