"""What do integers stand for, what is their exact sum, and how do runtimes round it to 8 bits?"""
