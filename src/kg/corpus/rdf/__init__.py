"""Terms, triples and graphs: parsed, derived, and put into canonical form."""
