"""Attested: a knowledge graph of what news articles say."""

__version__ = "0.1.0"
