"""A page on the editor's own machine on which an article is encoded: ``kg annotate``. Never part of a public server."""
