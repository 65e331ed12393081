"""An update's words before it is run: whether it would load from elsewhere, and the dataset that a request gives it.

pyoxigraph's ``update`` takes no dataset, so the parameters of a request become USING clauses in its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.errors import WriteRefused
from kg.store.tokens import find_tokens

NO_LOAD = (
    "Nothing is loaded or asked from other servers here (LOAD, SERVICE). Fetch the data on your side and"
    " send it: INSERT DATA to /update, or a graph to /graphs. Nothing was changed."
)
_STARTS = frozenset({"", "end", "iri", "string"})
"""Kinds of token behind which an operation can start: none, a semicolon, the last of a prologue's declaration."""

Token = tuple[str, re.Match[str]]


def refuse_load(text: str) -> None:
    """Raise WriteRefused where an operation is a LOAD, however it is written: the parser needs no space behind it."""
    before = ""
    for kind, match in _outside_braces(text):
        if before in _STARTS and kind in ("word", "name") and match.group().casefold().startswith("load"):
            raise WriteRefused(NO_LOAD)
        before = kind


def _outside_braces(text: str) -> Iterator[Token]:
    """Yield the tokens that stand in no group, and the brackets of the outermost groups."""
    depth = 0
    for kind, match in find_tokens(text):
        opens = kind == "mark" and match.group() in "({"
        closes = kind == "mark" and not opens
        depth -= closes
        if depth == 0:
            yield kind, match
        depth += opens


def names_dataset(text: str) -> bool:
    """Return whether an operation names the dataset of its WHERE itself, by USING or WITH."""
    return any(_names_dataset(token) for token in _outside_braces(text))


def _names_dataset(token: Token) -> bool:
    kind, match = token
    return kind == "word" and match.group().upper().startswith(("USING", "WITH"))


def add_using(text: str, clauses: str) -> str:
    """Return the update with USING clauses in each operation that has a WHERE, ``DELETE WHERE`` included.

    It must have none of its own.
    """
    tokens = list(_outside_braces(text))
    parts, done = [], 0
    for index, (kind, match) in enumerate(tokens):
        word = match.group().upper() if kind == "word" else ""
        if word == "WHERE" and index and tokens[index - 1][1].group() == "}":
            parts += [text[done : match.start()], f" {clauses} "]
            done = match.start()
        elif word == "DELETEWHERE" or (word == "WHERE" and index and tokens[index - 1][1].group().upper() == "DELETE"):
            group = _group(text, tokens[index + 1 :])
            keep = match.start() + (len("DELETE") if word == "DELETEWHERE" else 0)
            parts += [text[done:keep], f" {group} {clauses} WHERE "]
            done = match.end()
    return "".join([*parts, text[done:]])


def _group(text: str, following: list[Token]) -> str:
    """Return the group in braces that the tokens start with."""
    opening, closing = (match for _, match in following[:2])
    return text[opening.start() : closing.end()]
