"""Two networks side by side, drawn: convolutions as boxes, what lies between them as lines."""
