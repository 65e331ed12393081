"""Stubs of statements, drafted from what a passage shows without guessing."""
