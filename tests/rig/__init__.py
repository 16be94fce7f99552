"""What breaks the house on purpose, and what tells whether it held."""
