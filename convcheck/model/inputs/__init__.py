"""What goes through a model: what was asked for, and the arrays that it comes to."""
