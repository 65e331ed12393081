"""Lists that are read a page at a time: which things they show, their filters and counts."""
