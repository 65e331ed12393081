"""From a validated dataset to an immutable release: made, kept, compared and exported."""
