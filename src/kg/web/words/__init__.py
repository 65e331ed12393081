"""How data are put into words on a page: codes, printed words, sources and citations."""
