"""What could it be? The causes of a difference, each with its page in ``docs``."""
