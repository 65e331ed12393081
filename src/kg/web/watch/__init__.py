"""What a server tells of itself: health, metrics and the log of requests."""
