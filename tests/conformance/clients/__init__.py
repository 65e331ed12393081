"""Programs and libraries that people have, each asked to do the same things with a running server."""
