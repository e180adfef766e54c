"""What is right?"""
