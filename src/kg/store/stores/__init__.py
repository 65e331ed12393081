"""Stores on disk: made, changed by hard links, read whole."""
