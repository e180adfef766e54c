"""Two models of one network held against each other: where they differ, and why."""
