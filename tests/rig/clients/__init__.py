"""People on paper, on real sockets: visitors and agents who keep the protocol's rules and note what they see."""
