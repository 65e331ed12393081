"""A statement put into plain words from its triples alone, in English and German; its own label is never read.

Words come from the data: labels of things and codes, verb forms (``att:forms``) and patterns of clauses
(``att:template``) of relations and codes. What this package holds of its own is the grammar that joins them.
"""

from kg.reading.clause import read_bare
from kg.reading.statement import Reading, read_statement
from kg.reading.view import Lookup, Text, TripleView, View, bare_query, closure_query, within

__all__ = [
    "Lookup",
    "Reading",
    "Text",
    "TripleView",
    "View",
    "bare_query",
    "closure_query",
    "read_bare",
    "read_statement",
    "within",
]
