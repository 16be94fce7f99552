"""Understanding, from a text to an intent, an article and a decision."""
