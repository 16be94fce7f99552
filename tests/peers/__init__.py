"""Real peers that tests start and stop: databases, brokers, browsers."""
