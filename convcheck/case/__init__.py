"""What is computed?"""
