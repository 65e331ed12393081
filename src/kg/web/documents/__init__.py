"""Documents about one IRI or one release, in each of their forms."""
