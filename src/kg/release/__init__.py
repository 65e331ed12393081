"""From a validated dataset to an immutable release directory."""
