"""Evidence held against articles' texts: where printed words stand, and how much is encoded."""
