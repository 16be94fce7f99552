"""The HTTP API of a served house."""
