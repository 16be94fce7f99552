"""What was said and who holds it: the doors, the lifecycle, the facts."""
