"""Work that is made too much: costly queries and requests, floods, and clients that are slow on purpose."""
