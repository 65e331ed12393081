"""What a release is made of: objects, the map of graphs, facts, stores, and the log of changes."""
