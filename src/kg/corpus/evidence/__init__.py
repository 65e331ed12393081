"""Evidence compared with articles' texts: the offsets of printed words, and how much is encoded."""
