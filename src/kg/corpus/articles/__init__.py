"""Starting to encode an article, and correcting how its text was split into passages."""
