"""What a server reports about itself: health, metrics and the log of requests."""
