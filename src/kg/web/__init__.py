"""HTTP faces of a release: the SPARQL protocol, the pages, and what is dereferenced."""
