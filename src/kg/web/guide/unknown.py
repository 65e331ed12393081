"""Why an answer is empty: the terms of a query that nothing in the release has."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urljoin

from kg.errors import QueryError
from kg.store import Query
from kg.web.data.context import SOLUTIONS, Context
from kg.web.data.page_queries import iri_term_or_404
from kg.web.guide.vocabulary import shorten

MOST = 40
"""Terms of a query that are looked up."""
_HIDDEN = re.compile(r"<[^<>\s]*>|#[^\n]*|\"\"\"[^\0]*?\"\"\"|'''[^\0]*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_IRI = r"<([^<>\"{}|^`\\\s]*)>"
_PROLOGUE = re.compile(rf"\b(?:PREFIX\s+([\w.-]*):|(BASE))\s*{_IRI}", re.IGNORECASE)
_PREFIXED = re.compile(r"(?<![\w.:?$<-])([A-Za-z][\w.-]*|):([A-Za-z0-9_][\w-]*)")
_ABSENT = """\
SELECT ?term WHERE {{
  VALUES ?term {{ {terms} }}
  FILTER NOT EXISTS {{ ?term ?p1 ?o1 }} FILTER NOT EXISTS {{ ?s2 ?term ?o2 }} FILTER NOT EXISTS {{ ?s3 ?p3 ?term }}
}}"""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A term as it is written in a query, and the term of the vocabulary that is spelt most like it, if any is."""

    written: str
    nearest: str | None


def find_unknown(context: Context, text: str) -> list[Unknown]:
    """Return the terms of ours in a query that are nowhere in the release, in the order of the query."""
    base = context.iris.base
    written = {iri: name for name, iri in _terms(text, base) if iri.startswith(base)}
    if not written:
        return []
    terms = " ".join(map(iri_term_or_404, list(written)[:MOST]))
    query = Query(_ABSENT.format(terms=terms), SOLUTIONS, None, base_iri=base)
    try:
        rows = json.loads(context.ask_own(query).body)["results"]["bindings"]
    except QueryError:  # the answer is given without a reason
        return []
    absent = {row["term"]["value"] for row in rows}
    return [Unknown(name, _nearest(context, iri, base)) for iri, name in written.items() if iri in absent]


def _terms(text: str, base: str) -> list[tuple[str, str]]:
    """Return each IRI and prefixed name of a query, as it is written and as an absolute IRI."""
    bare = _HIDDEN.sub(lambda found: found[0] if found[0].startswith("<") else " ", text)
    prefixes: dict[str, str] = {}
    for prefix, is_base, iri in _PROLOGUE.findall(bare):
        if is_base:
            base = _join(base, iri)
        else:
            prefixes[prefix] = _join(base, iri)
    body = _PROLOGUE.sub(" ", bare)
    found = [(f"<{iri}>", _join(base, iri)) for iri in re.findall(_IRI, body)]
    names = _PREFIXED.findall(re.sub(_IRI, " ", body))
    return found + [(f"{p}:{local}", prefixes[p] + local) for p, local in names if p in prefixes]


def _nearest(context: Context, iri: str, base: str) -> str | None:
    if not iri.startswith(base + "ns#"):
        return None
    known = [row["term"] for row in context.ask_rows("vocabulary") if row["term"].startswith(base + "ns#")]
    names = sorted({each.rpartition("#")[2] for each in known})
    close = get_close_matches(iri.rpartition("#")[2], names, 1)
    return shorten(f"{base}ns#{close[0]}", context.iris.prefixes()) if close else None


def _join(base: str, iri: str) -> str:
    try:
        joined = urljoin(base, iri)  # which drops an empty fragment
        return joined + "#" if iri.endswith("#") and not joined.endswith("#") else joined
    except ValueError:  # such as an address in brackets that is none
        return iri
