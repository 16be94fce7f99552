"""The bot: what it answers, and when it hands over."""
