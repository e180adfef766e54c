"""How do I ask?"""
