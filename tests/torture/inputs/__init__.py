"""What was made to do harm: requests that are wrong in every way, data that mislead, and ways to other addresses."""
