"""The picture of a sweep: what cases came to by the value of one option, or of two."""
