"""Whether a query reads only what is said of one node and of those that have it as a value, by its tokens.

The answer is no where the tokens do not show it: of paths, lists, anonymous nodes, numbers, queries within the query,
and other graphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.store.sparql.tokens import QUIET

Triple = tuple[str, str, str]

_SIGN = re.compile(QUIET + r"| (?P<mark>[(){}.,;]) | (?P<space>\s+) | (?P<other>.)", re.VERBOSE | re.DOTALL)
_KEPT = {".": 0, "{": 0, ";": 1, ",": 2}
"""Mark → how many terms of a triple stay for the next."""
_TERMS = frozenset({"a", "true", "false"})
_BETWEEN = frozenset({"BIND", "FILTER", "MINUS", "OPTIONAL", "UNION"})
"""Keywords between patterns. Words may follow FILTER: a function's name, or NOT EXISTS."""


class _NotShownError(Exception):
    """The tokens do not show which triples are read."""


def reads_near(text: str, variable: str) -> bool:
    """Return whether each triple that a SELECT reads is one of a variable's node, or of one that has it as a value.

    The variable is named without its mark.
    """
    try:
        triples = list(_triples(text))
    except _NotShownError:
        return False
    this = f"?{variable}"
    near = {this} | {subject for subject, _, value in triples if value == this}
    return all(subject in near and not predicate.startswith("?") for subject, predicate, _ in triples)


def _triples(text: str) -> Iterator[Triple]:
    terms: list[str] = []
    for sign in _signs(text):
        if sign not in _KEPT:
            terms.append(sign)
        elif len(terms) in (0, 3):
            if terms:
                yield terms[0], terms[1], terms[2]
            del terms[_KEPT[sign] :]
        else:
            raise _NotShownError


def _signs(text: str) -> Iterator[str]:
    """Yield the terms of the patterns, the marks between triples, and ``{`` for any other border."""
    braces = brackets = 0
    word = ""
    for match in _SIGN.finditer(text):
        kind, sign = match.lastgroup or "", match.group()
        if kind in ("space", "comment"):
            continue
        if (sign == "{" and brackets) or (sign == "(" and braces and not brackets and word not in _BETWEEN):
            raise _NotShownError  # a pattern within an expression; a list of terms, or a path
        braces += {"{": 1, "}": -1}.get(sign, 0)
        brackets += {"(": 1, ")": -1}.get(sign, 0)
        if not brackets and sign != ")" and (braces or sign == "}"):
            yield from _of_pattern(kind, sign, word)
        if word != "FILTER" or kind != "word":
            word = sign.upper()


def _of_pattern(kind: str, sign: str, word: str) -> Iterator[str]:
    if sign in "{}" or sign.upper() in _BETWEEN or (kind == "word" and word == "FILTER"):
        yield "{"
    elif kind == "name" and sign[0] != "@":
        yield sign.replace("$", "?", 1).rstrip(".")
        if sign.endswith("."):
            yield "."
    elif kind in ("iri", "string") or sign in _TERMS or sign in _KEPT:
        yield sign
    elif sign[0] != "@":
        raise _NotShownError
