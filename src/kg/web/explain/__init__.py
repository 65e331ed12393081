"""The plan of a query in words: what the engine does, with the rows and seconds of each step, and what costs."""
