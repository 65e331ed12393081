"""A statement put into plain words from its triples alone, in English and German; its own label is never read.

Words come from the data: labels of things and codes, verb forms (``att:forms``) and patterns of clauses
(``att:template``) of relations and codes. What this package holds of its own is the grammar that joins them.
"""

from kg.reading.closure import closure_query
from kg.reading.statement import Reading, read_bare, read_statement
from kg.reading.view import Text, TripleView, View

__all__ = ["Reading", "Text", "TripleView", "View", "closure_query", "read_bare", "read_statement"]
