"""Queries answered by child processes, which can be killed."""
