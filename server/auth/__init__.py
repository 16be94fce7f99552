"""Who is asking: sessions of agents, tokens of visitors, proofs of a site's own server."""
