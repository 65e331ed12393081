"""Builds and writes, each in a child process of its own."""
