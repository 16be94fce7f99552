"""Runs in which something breaks on purpose, judged by the history checker."""
