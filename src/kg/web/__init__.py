"""HTTP interfaces of a release: the SPARQL protocol, the pages, and the addresses of the linked data."""
