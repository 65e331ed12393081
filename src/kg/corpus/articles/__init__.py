"""The encoding of an article begun, and its cut corrected."""
