"""What comes from elsewhere: files, documents and texts, read so that none does harm."""
