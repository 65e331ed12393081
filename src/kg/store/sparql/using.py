"""An update's words before it is run: whether it would load from elsewhere, and the dataset that a request gives it.

pyoxigraph's ``update`` takes no dataset, so the parameters of a request become USING clauses in its text.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.errors import WriteRefused
from kg.store.sparql.tokens import Token, scan

NO_LOAD = (
    "Nothing is loaded or asked from other servers here (LOAD, SERVICE). Fetch the data on your side and"
    " send it: INSERT DATA to /update, or a graph to /graphs. Nothing was changed."
)
_STARTS = frozenset({"", "end", "iri", "string"})
"""Kinds of token behind which an operation can start: none, a semicolon, the last of a prologue's declaration."""


def refuse_load(text: str) -> None:
    """Raise WriteRefused where an operation is a LOAD, however it is written: the parser needs no space behind it."""
    before = ""
    for token in _outside_braces(text):
        if before in _STARTS and token.kind in ("word", "name") and token.value.casefold().startswith("load"):
            raise WriteRefused(NO_LOAD)
        before = token.kind


def drop_silent_loads(text: str) -> str:
    """Return the update without its LOAD SILENT operations.

    LOAD is refused here, and with SILENT a failed LOAD changes nothing (SPARQL 1.1 Update §3.1.4).
    """
    tokens = list(_outside_braces(text))
    parts, done = [], 0
    for index, token in enumerate(tokens):
        length = _silent_load(tokens, index)
        if length:
            parts.append(text[done : token.start])
            done = tokens[index + length - 1].end
    return "".join([*parts, text[done:]])


def _silent_load(tokens: list[Token], index: int) -> int:
    """Return how many tokens make a LOAD SILENT operation from there on; 0 where there is none."""
    words = [t.value.upper() if t.kind == "word" else t.kind for t in tokens[index : index + 6]]
    starts = index == 0 or tokens[index - 1].kind in _STARTS
    if not starts or words[:2] != ["LOAD", "SILENT"] or words[2:3] not in (["iri"], ["name"]):
        return 0
    return 6 if words[3:5] == ["INTO", "GRAPH"] and words[5:6] in (["iri"], ["name"]) else 3


def _outside_braces(text: str) -> Iterator[Token]:
    """Yield the tokens outside all groups, and the brackets of the outermost groups."""
    depth = 0
    for token in scan(text):
        opens = token.kind == "mark" and token.value in "({"
        closes = token.kind == "mark" and not opens
        depth -= closes
        if depth == 0:
            yield token
        depth += opens


def has_pattern(text: str) -> bool:
    """Return whether an operation may have a WHERE, so that what it does depends on a dataset."""
    return "where" in text.casefold() or "\\" in text  # by an escape, any letter can be written otherwise


def names_dataset(text: str) -> bool:
    """Return whether an operation names the dataset of its WHERE itself, by USING or WITH."""
    return any(_names_dataset(token) for token in _outside_braces(text))


def _names_dataset(token: Token) -> bool:
    return token.kind == "word" and token.value.upper().startswith(("USING", "WITH"))


def add_using(text: str, clauses: str) -> str:
    """Return the update with USING clauses in each operation that has a WHERE, ``DELETE WHERE`` included.

    It must have none of its own.
    """
    tokens = list(_outside_braces(text))
    parts, done = [], 0
    for index, token in enumerate(tokens):
        word = token.value.upper() if token.kind == "word" else ""
        before = tokens[index - 1].value.upper() if index else ""
        if word == "WHERE" and before == "}":
            parts += [text[done : token.start], f" {clauses} "]
            done = token.start
        elif word == "DELETEWHERE" or (word == "WHERE" and before == "DELETE"):
            group = _group(text, tokens[index + 1 :])
            keep = token.start + (len("DELETE") if word == "DELETEWHERE" else 0)
            parts += [text[done:keep], f" {group} {clauses} WHERE "]
            done = token.end
    return "".join([*parts, text[done:]])


def _group(text: str, following: list[Token]) -> str:
    """Return the group in braces that the tokens start with."""
    opening, closing = following[:2]
    return text[opening.start : closing.end]
