"""HTTP itself: what holds for each route and each answer, whatever it tells."""
