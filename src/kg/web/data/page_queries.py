"""The queries that pages are made of: ``src/kg/web/queries/``, and the values that they are asked with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from werkzeug.exceptions import NotFound

from kg.terms import iri_term

_SHOW = re.compile(r"^# show: ([a-z-]+)$", re.MULTILINE)
_COMMENT = re.compile(r"\s*#(?! values:)")
_VALUES = re.compile(r"# values: ([a-z]+)$", re.MULTILINE)

Values = Mapping[str, Iterable[str]]
"""Name of a ``# values:`` line of a page's query → the IRIs that replace it."""


@cache
def page_query(name: str) -> str:
    """Return the text of a query that a page asks: ``queries/<name>.rq``.

    With a line ``# show: <part>`` it is that of ``queries/parts/<part>.rq``, which asks for things ``?x`` and what
    belongs to each, and for what the file holds after a line ``# further``; ``subject_query`` selects these things.
    """
    text = _read(name)
    shown = _SHOW.search(text)
    if shown is None:
        return _without_comments(text)
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith(("#", "PREFIX")))
    return _without_comments(head + _read(f"parts/{shown[1]}").replace("# further", text.partition("# further\n")[2]))


@cache
def subject_query(name: str) -> str | None:
    """Return the query that selects the things ``?x`` that a page shows, where a query does.

    It is asked first, and its answer is put into the second as VALUES: an engine that joins the two in one query may
    read all that it has of each property.
    """
    text = _read(name).partition("# further\n")[0]
    return _without_comments(text) if "SELECT DISTINCT ?x" in text else None


@cache
def _read(name: str) -> str:
    return (files("kg.web") / "queries" / f"{name}.rq").read_text(encoding="utf-8")


def _without_comments(text: str) -> str:
    """Return a query without its comments, which an engine would read each time."""
    return "".join(line for line in text.splitlines(keepends=True) if not _COMMENT.match(line))


def with_values(text: str, values: Values) -> str:
    """Return a query in which each line ``# values: <name>`` holds the IRIs that are asked for, as VALUES of ?name."""

    def write(line: re.Match[str]) -> str:
        return f"VALUES ?{line[1]} {{ {' '.join(map(iri_term_or_404, values[line[1]]))} }}"

    return _VALUES.sub(write, text)


def iri_term_or_404(iri: str) -> str:
    """Return an IRI as a term in N-Triples syntax; raises NotFound for what can be none."""
    try:
        iri.encode()
    except UnicodeEncodeError:
        raise NotFound("There is nothing at this address: it can be no part of an IRI. Is it spelt right?") from None
    return iri_term(iri)
