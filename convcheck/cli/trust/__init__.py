"""What may a file from elsewhere have a command do? A bundle, settings, a file of cases."""
