"""What a query's words tell before, or without, its being parsed.

pyoxigraph has no call that parses a query without evaluating it, and three things must be known about one:
which form it has, which prefixes it declares, and whether it names its own dataset. Tokens are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

QUERY_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
UPDATE_FORMS = frozenset(["INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "ADD", "MOVE", "COPY", "WITH"])
_PROLOGUE = frozenset({"BASE", "PREFIX", "VERSION"})

# A string without an end, or a name without its colon, is taken whole: 64 kB of them would take a minute else
_TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\n\r]*)
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*+(?:\"{3})? | '{3}(?:'{0,2}(?:[^'\\]|\\.))*+(?:'{3})?
               | "(?:[^"\\\n\r]|\\.)*+"? | '(?:[^'\\\n\r]|\\.)*+'?)
    | (?P<name>[?$@]\w+ | (?:[^\W\d_][\w.-]*+)?:(?:[\w.:%-]|\\.)*)
    | (?P<word>[^\W\d][\w.-]*)
    | (?P<mark>[(){}])
    | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    return ((kind, match.group()) for kind, match in find_tokens(text))


def find_tokens(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield the kind and the place of each token but the comments."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup and match.lastgroup != "comment":
            yield match.lastgroup, match


def read_form(text: str) -> str:
    """Return the first keyword after the prologue in upper case, such as SELECT; "" where there is none."""
    words = (value.upper() for kind, value in _tokens(text) if kind == "word")
    return next((word for word in words if word not in _PROLOGUE), "")


def read_prefixes(text: str) -> dict[str, str]:
    """Return the IRIs of the prefixes that the query declares, by name without the colon; as written."""
    tokens = list(_tokens(text))
    return {
        name[:-1]: iri[1:-1]
        for (_, word), (kind, name), (iri_kind, iri) in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if word.upper() == "PREFIX" and kind == "name" and name.endswith(":") and iri_kind == "iri"
    }


def names_dataset(text: str) -> bool:
    """Return whether the query has a FROM or FROM NAMED clause of its own (SPARQL 1.1 Query §13.2)."""
    if "from" not in text.casefold():
        return False
    depth = 0
    for kind, value in _tokens(text):
        if kind == "mark":
            depth += 1 if value in "({" else -1
        elif depth == 0 and kind == "word" and value.upper() == "FROM":
            return True
    return False
