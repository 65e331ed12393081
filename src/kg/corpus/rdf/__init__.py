"""Terms, triples and graphs: parsed, derived, and brought into canonical form."""
