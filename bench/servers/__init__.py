"""Echo servers to compare with: each prints its port, then serves until it is ended."""
