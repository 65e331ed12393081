"""Keeping releases: verify, repair, back up, prune, upgrade and compare."""
