"""How what the data hold reads on a page: codes, printed words, sources and citations."""
