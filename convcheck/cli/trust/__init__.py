"""What may a file from elsewhere have a command do? A bundle, a project's settings."""
