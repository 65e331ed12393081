"""From article text and Turtle files to a validated dataset."""
