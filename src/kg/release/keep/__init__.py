"""Keeping releases: verify, back up, prune, upgrade, compare."""
