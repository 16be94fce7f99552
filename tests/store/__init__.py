"""The contract of the store, held by both engines."""
