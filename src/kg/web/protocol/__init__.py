"""SPARQL 1.1 over HTTP, stored queries as REST, and the query page."""
