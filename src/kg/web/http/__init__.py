"""HTTP itself: what is common to all routes and answers."""
