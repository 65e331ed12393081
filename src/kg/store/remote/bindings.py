"""Bindings written into a query, since the SPARQL 1.1 Protocol carries none: VALUES at the beginning of its WHERE."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from kg.errors import QueryError, QuerySyntaxError
from kg.store.federation.inline import read_ntriples_term
from kg.store.sparql.tokens import Token, read_form, read_prologue, scan


def bind(text: str, bindings: Mapping[str, str]) -> str:
    """Return the query with each variable bound to a term in N-Triples syntax.

    Each term is read and written anew, so that it cannot be anything but a term. Raises QuerySyntaxError for what is no
    IRI or literal, QueryError where the query has no group in which a variable could be bound.
    """
    if not bindings:
        return text
    terms = {_require_name(name): _to_term(name, term) for name, term in bindings.items()}
    text = _bind_within(text, terms)
    values = _to_values(terms)
    opening, closing, first = _find_where(text)
    if first is not None and first.kind == "word" and first.value.upper() == "SELECT":  # a group that is a sub-SELECT
        return f"{text[: opening.end]}{values}{{{text[opening.end : closing.start]}}}{text[closing.start :]}"
    return f"{text[: opening.end]}{values}{text[opening.end :]}"


def _bind_within(text: str, terms: Mapping[str, str]) -> str:
    """Return the query with its sub-SELECTs bound, too, where they project the variable: their LIMIT comes first."""
    tokens = [token for token in scan(text) if token.kind in ("word", "name", "mark")]
    selects = [index for index, token in enumerate(tokens) if token.kind == "word" and token.value.upper() == "SELECT"]
    for index in reversed(selects):
        if index == 0 or tokens[index - 1].value != "{":
            continue
        names = {token.value[1:] for token in takewhile(lambda each: each.value != "{", tokens[index:])}
        own = {name: term for name, term in terms.items() if name in names}
        opening = next((token for token in tokens[index:] if token.value == "{"), None)
        if own and opening is not None:
            text = text[: opening.end] + _to_values(own) + text[opening.end :]
    return text


def _to_values(terms: Mapping[str, str]) -> str:
    names = " ".join(f"?{name}" for name in terms)
    return f" VALUES ({names}) {{ ({' '.join(terms.values())}) }} "


def _require_name(name: str) -> str:
    if not name.isidentifier():
        raise QuerySyntaxError(f"{name!r} is not the name of a variable.")
    return name


def _to_term(name: str, term: str) -> str:
    try:
        return read_ntriples_term(term)
    except ValueError as error:
        raise QuerySyntaxError(f"?{name} cannot be {term!r}: {error}.") from None


def _find_where(text: str) -> tuple[Token, Token, Token | None]:
    """Return the braces of the query's WHERE, and the first token between them."""
    prologue = read_prologue(text)
    start = prologue[-1].end if prologue else 0
    tokens = [token for token in scan(text) if token.start >= start]
    groups = _outermost_groups(tokens)
    is_construct = read_form(text) == "CONSTRUCT"
    if is_construct and len(groups) < 2:
        raise QueryError("A CONSTRUCT with bindings needs a template: CONSTRUCT { … } WHERE { … }.")
    if not groups:
        raise QueryError("The query has no group, so no variable of it can be given a value.")
    opening, closing = groups[1 if is_construct else 0]
    return tokens[opening], tokens[closing], tokens[opening + 1] if opening + 1 < closing else None


def _outermost_groups(tokens: list[Token]) -> list[tuple[int, int]]:
    """Return the indexes of the outermost braces."""
    found, opened = [], list[int]()
    for index, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.value in "({":
            opened.append(index)
        elif opened:
            start = opened.pop()
            if not opened and token.value == "}":
                found.append((start, index))
    return found
