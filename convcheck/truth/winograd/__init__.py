"""Convolutions by Winograd's algorithm: exact transforms, tiles, and how far they may stray."""
