"""Literals that are none of their datatype, and those that the store would keep in another form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, Quad

from kg.corpus.rdf.convert import to_rdflib
from kg.corpus.rdf.lexical import is_well_formed, stored_forms
from kg.corpus.report import VIOLATION, Result

ILL_FORMED = "LiteralForm"
REWRITTEN = "LiteralStored"
_NO_FORM = "This is no {datatype} (XSD 1.1). Correct the value, or its datatype."
_OTHER_FORM = "The store would keep this as {form}, and a release never changes. Write it so."


def check_literals(quads: Iterable[Quad]) -> Iterator[Result]:
    """Find the literals of a graph whose text is not in their datatype's lexical space, or would not stay as it is."""
    typed = [(quad, quad.object) for quad in quads if isinstance(quad.object, Literal) and not quad.object.language]
    stored = stored_forms(literal for _, literal in typed)
    for quad, literal in typed:
        if not is_well_formed(literal.value, literal.datatype.value):
            message = _NO_FORM.format(datatype=literal.datatype.value.rpartition("#")[2])
            yield _result(ILL_FORMED, quad, message)
        elif literal in stored:
            yield _result(REWRITTEN, quad, _OTHER_FORM.format(form=stored[literal]))


def _result(name: str, quad: Quad, message: str) -> Result:
    focus, path, value = (to_rdflib(term) for term in (quad.subject, quad.predicate, quad.object))
    return Result(VIOLATION, name, focus, path, value, message, None)
