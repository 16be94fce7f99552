"""The live side of the server: sockets, fan-out, and one handler for each audience."""
