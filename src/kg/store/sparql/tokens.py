"""What a query's tokens show before it is parsed, or without that.

pyoxigraph has no call that parses a query without evaluating it, and three things must be known about one:
which form it has, which prefixes it declares, and whether it names its own dataset. Tokens are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile
from typing import NamedTuple
from urllib.parse import urljoin

BYTE_ORDER_MARK = "\ufeff"
"""What some editors put before a text, and what is no part of it."""
QUERY_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
UPDATE_FORMS = frozenset(["INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "ADD", "MOVE", "COPY", "WITH"])
_PROLOGUE = frozenset({"BASE", "PREFIX", "VERSION"})

# A string without an end, or a name without its colon, is taken whole: 64 kB of them would take a minute else
QUIET = r"""
      (?P<comment>\#[^\n\r]*)
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*+(?:\"{3})? | '{3}(?:'{0,2}(?:[^'\\]|\\.))*+(?:'{3})?
               | "(?:[^"\\\n\r]|\\.)*+"? | '(?:[^'\\\n\r]|\\.)*+'?)
    | (?P<name>[?$]\w+ | @\w+(?:-\w+)* | (?:[^\W\d_][\w.-]*+)?:(?:[\w.:%-]|\\.)*)
    | (?P<word>[^\W\d][\w.-]*)
    """
"""Tokens that are no brackets and no operators; for re.VERBOSE and re.DOTALL."""
_TOKEN = re.compile(QUIET + r"| (?P<mark>[(){}]) | (?P<end>;)", re.VERBOSE | re.DOTALL)


_FROM = re.compile(r"[Ff][Rr][Oo][Mm](?![\w.-])")


class Token(NamedTuple):
    """A token: its kind (iri, string, name, word, mark or end), its text, and where it starts and ends."""

    kind: str
    value: str
    start: int
    end: int


def scan(text: str) -> Iterator[Token]:
    """Return the tokens in their order, without comments, operators and numbers."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup and match.lastgroup != "comment":
            yield Token(match.lastgroup, match.group(), *match.span())


def is_blank(text: str) -> bool:
    """Return whether there are only white space and comments."""
    return not re.sub(r"#[^\n\r]*", "", text).strip()


def read_prologue(text: str) -> list[Token]:
    """Return the tokens of the BASE and PREFIX lines before the query's form (SPARQL 1.1 Query §4.1)."""
    return list(takewhile(lambda token: token.kind != "word" or token.value.upper() in _PROLOGUE, scan(text)))


def read_form(text: str) -> str:
    """Return the first keyword after the prologue in upper case, such as SELECT; "" where there is none."""
    words = (token.value.upper() for token in scan(text) if token.kind == "word")
    return next((word for word in words if word not in _PROLOGUE), "")


def read_prefixes(text: str) -> dict[str, str]:
    """Return the IRIs of the prefixes that the query declares, by name without the colon; as written."""
    tokens = list(scan(text))
    return {
        name.value[:-1]: iri.value[1:-1]
        for word, name, iri in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if word.value.upper() == "PREFIX" and name.kind == "name" and name.value.endswith(":") and iri.kind == "iri"
    }


def resolve(reference: str, base_iri: str) -> str:
    """Return an IRI reference as an IRI (RFC 3986 §5.2); urljoin alone loses the # of ``ns#``."""
    resolved = urljoin(base_iri, reference)
    return resolved + "#" if reference.endswith("#") and not resolved.endswith("#") else resolved


def read_base(text: str, base_iri: str) -> str:
    """Return the base IRI of a query: what its BASE lines make of the one that it has from outside."""
    for word, iri in pairwise(read_prologue(text)):
        if word.value.upper() == "BASE" and iri.kind == "iri":
            base_iri = resolve(iri.value[1:-1], base_iri)
    return base_iri


class Names:
    """The base and the prefixes of a query, read once."""

    def __init__(self, text: str, base_iri: str) -> None:
        """Read them; ``base_iri`` is the base that the query has from outside."""
        self._base = read_base(text, base_iri)
        self.prefixes = read_prefixes(text)

    def to_iri(self, term: str) -> str:
        """Return the absolute IRI that an IRI in angle brackets or a prefixed name stands for (§4.1.1)."""
        if term.startswith("<"):
            return resolve(term[1:-1], self._base)
        prefix, _, local = term.partition(":")
        return resolve(self.prefixes.get(prefix, ""), self._base) + re.sub(r"\\(.)", r"\1", local)


def names_dataset(text: str) -> bool:
    """Return whether the query has a FROM or FROM NAMED clause of its own (SPARQL 1.1 Query §13.2)."""
    starts = (match.start() for match in _FROM.finditer(text))
    if all(start and (text[start - 1].isalpha() or text[start - 1] in "_?$:@") for start in starts):
        return False  # it occurs nowhere as a word, neither as the keyword nor in a comment
    depth = 0
    for token in scan(text):
        if token.kind == "mark":
            depth += 1 if token.value in "({" else -1
        elif depth == 0 and token.kind == "word" and token.value.upper() == "FROM":
            return True
    return False
