"""The bot's room, from the outside."""
