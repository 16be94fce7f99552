"""The sockets of visitors and agents, and how commits reach them."""
