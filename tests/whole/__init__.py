"""The whole way: real sockets, real database, real recognizer."""
