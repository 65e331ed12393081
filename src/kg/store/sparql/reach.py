"""Which graphs an update can change, by its tokens: pyoxigraph does not say which it changed.

The answer may name too many, and is None where only evaluating the query would show it. An update whose words are not
understood is answered None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.store.sparql.tokens import Token, read_prefixes, scan

_OUTSIDE = frozenset(
    "PREFIX BASE VERSION INSERT DELETE DATA WHERE WITH USING NAMED GRAPH CLEAR DROP CREATE COPY MOVE ADD TO"
    " DEFAULT SILENT INTO".split()
)
"""Words that may occur outside braces; ALL, and NAMED behind CLEAR or DROP, mean all graphs."""

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PLAIN = re.compile(r"[\w-][\w/#-]*")


def find_reach(text: str, base_iri: str) -> set[str] | None:
    """Return the IRIs of the graphs that an update may change, "" for the default graph; None where it may be any."""
    words = [token.value.upper() for token in scan(text) if token.kind == "word"]
    prefixes = read_prefixes(text)
    if "\\" in text or "BASE" in words or words.count("PREFIX") != len(prefixes):
        return None  # an escape can mean any letter, and a name several IRIs
    found = {""}
    for token in _targets(text):
        iri = None if token is None else _resolve(token, prefixes, base_iri)
        if iri is None:
            return None
        found.add(iri)
    return found


def _resolve(token: Token, prefixes: dict[str, str], base_iri: str) -> str | None:
    """Return the IRI of a term; None where it is none, or where engines may differ on how it is resolved."""
    reference = token.value[1:-1]
    if token.kind == "name":
        prefix, _, rest = token.value.partition(":")
        if prefix not in prefixes:
            return None
        reference = prefixes[prefix] + rest
    if _ABSOLUTE.match(reference):
        return None if "/." in reference else reference
    return base_iri + reference if _PLAIN.fullmatch(reference) and base_iri.endswith("/") else None


def _targets(text: str) -> Iterator[Token | None]:
    """Yield the terms that may name a graph that is changed; None for one that the tokens do not show."""
    depth, is_pattern = 0, False
    before = earlier = ""
    for token in scan(text):
        word = token.value.upper() if token.kind == "word" else ""
        if token.kind == "mark":
            if depth == 0:
                is_pattern = before == "WHERE" and earlier != "DELETE"
            depth += 1 if token.value in "({" else -1
        elif depth == 0:
            yield from _outside(token, word, before)
        elif not is_pattern:
            if before == "GRAPH":
                yield token if token.kind in ("iri", "name") and token.value[0] not in "?$@" else None
            elif word != "GRAPH" and token.value[:5].upper() == "GRAPH":
                yield None
        earlier, before = before, word or _kind(token)


def _kind(token: Token) -> str:
    return token.value if token.kind == "mark" else "NAME" if token.kind in ("iri", "name") else token.kind


def _outside(token: Token, word: str, before: str) -> Iterator[Token | None]:
    if token.kind == "word":
        if word not in _OUTSIDE or (word == "NAMED" and before != "USING"):
            yield None
    elif token.kind == "name" and before == "PREFIX":
        return
    elif token.kind in ("iri", "name"):
        yield token
