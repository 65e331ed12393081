"""One query on an open store → one whole answer, bounded and well formed. Runs in query workers."""
