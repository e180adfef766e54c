"""What causes make of gradients."""
