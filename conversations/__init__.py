"""What was said, and who holds it."""
