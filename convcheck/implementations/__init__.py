"""Who computes it?"""
