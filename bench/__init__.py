"""How fast the desk is, and where the time goes."""
