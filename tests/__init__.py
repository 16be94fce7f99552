"""Stories about Frontdesk, told through its own doors."""
