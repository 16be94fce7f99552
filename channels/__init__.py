"""The channels messages come in by and go out by, one file each."""
