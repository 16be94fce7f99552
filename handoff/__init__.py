"""The people: agents, their presence, offers, routing and the desk."""
