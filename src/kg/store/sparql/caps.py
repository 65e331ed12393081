"""What a query or an update may be before anything parses it: how long, how deeply nested, how long its chains.

Parsers and optimisers of SPARQL recurse: some thousand brackets in one another, or operators in a row, crash the
process. The text is read once, token by token, in time that grows with its length alone. A list of data (VALUES, IN,
INSERT DATA, DELETE DATA) may be as long as the whole text, since none of them nests.
"""

from __future__ import annotations

import re

from kg.errors import QuerySyntaxError, QueryTooLarge
from kg.settings import Settings
from kg.store.sparql.tokens import QUIET

_TOKEN = re.compile(
    QUIET + r"| (?P<open><<|[({\[]) | (?P<close>>>|[)}\]]) | (?P<link>&&|\|\||[-+*/|^!=<>.,;~])", re.VERBOSE | re.DOTALL
)
_LINKS = frozenset("UNION OPTIONAL MINUS FILTER BIND VALUES SERVICE GRAPH AS BY HAVING ASC DESC".split())
"""Words that make a group's evaluation one step longer."""
_LISTS = frozenset({"VALUES", "IN", "DATA"})
"""Words behind which data are listed."""
_NESTED_LISTS = frozenset({"VALUES", "DATA"})
"""Those whose lists hold rows or graphs, which are data too; a list behind IN holds expressions."""


def require_caps(text: str, settings: Settings, longest: int) -> None:
    """Raise QueryTooLarge for a text longer than the limit, or past the caps on nesting and chains.

    The message names the place. Raises QuerySyntaxError for text that is not Unicode.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise QuerySyntaxError("The text is not valid Unicode.") from None
    if size > longest:
        raise QueryTooLarge(f"The text is {size:,} bytes long; at most {longest:,} are allowed.", "bytes")
    _Level.measure(text, settings)


class _Level:
    """A pair of brackets: the word behind which it lists data, if any, and how many links its chain has so far."""

    __slots__ = ("links", "listed")

    def __init__(self, listed: str = "") -> None:
        self.listed = listed
        self.links = 0

    def open(self, bracket: str, before: str) -> _Level:
        """Return the level of a bracket that opens in this one, behind a word or another token."""
        if before in _LISTS:
            return _Level(before)
        return _Level(self.listed if self.listed in _NESTED_LISTS and bracket in "({" else "")

    @staticmethod
    def measure(text: str, settings: Settings) -> None:
        """Raise QueryTooLarge at the first token past a cap."""
        levels = [_Level()]
        before = ""
        for token in _TOKEN.finditer(text):
            kind, value = token.lastgroup, token.group()
            if kind == "comment":
                continue
            if kind == "close" and len(levels) > 1:
                levels.pop()
            elif kind == "word":
                value = value.upper()
            if kind in ("link", "open") or (kind == "word" and value in _LINKS):
                level = levels[-1]
                is_next = value == ";" and len(levels) == 1  # the next update
                level.links = 0 if is_next else level.links + (not level.listed)
                if level.links > settings.query_chain:
                    raise _past("operators or patterns in a row", settings.query_chain, "chain", text, token.start())
            if kind == "open":
                levels.append(levels[-1].open(value, before))
                if len(levels) - 1 > settings.query_depth:
                    raise _past("brackets in one another", settings.query_depth, "depth", text, token.start())
            # In VALUES (?a ?b) { … } the data come after the variables
            if before != "VALUES" or kind == "word" or value == "{":
                before = value


def _past(what: str, limit: int, name: str, text: str, offset: int) -> QueryTooLarge:
    line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
    return QueryTooLarge(f"At line {line}, column {column} there are more than {limit} {what}. Simplify it.", name)
