"""Assembles the rooms, and listens."""
