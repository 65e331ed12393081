"""Stubs of statements, made of what the words of a passage show without guessing."""
