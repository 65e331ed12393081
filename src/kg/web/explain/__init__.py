"""The plan of a query in words: the engine's steps, with the rows and seconds of each, and which are expensive."""
