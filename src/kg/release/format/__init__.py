"""What a release consists of: objects, the map of its graphs, facts, stores, the log of changes."""
