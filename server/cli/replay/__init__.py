"""Plays a file of questions as visitors would ask them: over the real protocol, against a running desk."""
