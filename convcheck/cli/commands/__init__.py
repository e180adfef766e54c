"""One file a command: its options, and what it does with them. Loaded when it is asked for."""
