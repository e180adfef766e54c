"""Which numbers of a check fit into a page: a part of them to look up, the whole as pictures."""
