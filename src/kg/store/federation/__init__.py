"""SERVICE: the answers of other endpoints, written into a query."""
