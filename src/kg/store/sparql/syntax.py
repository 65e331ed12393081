"""pyoxigraph's account of a syntax error → one a person can act on.

Its parser reports the furthest character that any rule *looked at*, and a rule for a keyword looks at as many
characters as the keyword has. So where only keywords are listed, the mistake lies up to that many characters
earlier and the list misleads: for ``SELECT ?s, ?o`` it says "error at 1:16: expected DISTINCT". Where a mark
or a character class is listed, the place is exact.
"""

from __future__ import annotations

import re

from kg.errors import QuerySyntaxError
from kg.store.sparql.mistakes import find_ungrouped, name_function
from kg.store.sparql.tokens import QUERY_FORMS, UPDATE_FORMS, read_form
from kg.terms import Iris

_REPORT = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_EXPECTED = re.compile(
    r"""  "(?P<mark>(?:[^"\\]|\\.)*)"
        | \[(?P<class>(?:'(?:\\.[^']*|[^'\\])'|[^\]'])*)\]
        | (?P<words>[^,\["\s][^,\["]*)""",
    re.VERBOSE,
)
_ANY_CHARACTER = "_"
_NAMED = {"?": "a variable", "$": "a variable", "<": "an IRI", ":": "a prefixed name", "_:": "a blank node"}
_UNSAID = frozenset({"'", "'''", '"', '"""', "true", "false", "+", "-", "<<", "<<(", "{|", "~", "\\"})
"""Marks that would only make the list of what can come next longer."""
_KNOWN = Iris("").prefixes()
"""Prefix → IRI, ours relative, since a query's base is that of the release."""
_SHOWN = 24
"""Characters of the query that a message repeats, so that the place can be found by eye."""


def explain(report: str, text: str, *, is_update: bool = False) -> QuerySyntaxError:
    """Return the error for pyoxigraph's report on the text of a query, or of an update.

    It has line and column from 1 where they are known.
    """
    form = read_form(text)
    if is_update:
        return _explain_update(report, text, form)
    if form in UPDATE_FORMS:
        return QuerySyntaxError(
            f"This is an update ({form}). Only SELECT, ASK, CONSTRUCT and DESCRIBE are answered here."
        )
    if not form:
        return QuerySyntaxError("There is no query. Send a SELECT, ASK, CONSTRUCT or DESCRIBE query.")
    match = _REPORT.fullmatch(report)
    if match is None:
        return QuerySyntaxError(f"The query is not SPARQL: {report}")
    offset = _to_offset(text, int(match[1]), int(match[2]))
    offset, said = _describe(match[3], text, offset)
    if form not in QUERY_FORMS and '"' not in match[3]:  # no mark was expected: the prologue is over
        said = f"a query starts with SELECT, ASK, CONSTRUCT or DESCRIBE, not with {form}."
    line, column = _to_place(text, offset)
    return QuerySyntaxError(f"Syntax error at line {line}, column {column}: {said}", line, column)


def _explain_update(report: str, text: str, form: str) -> QuerySyntaxError:
    match = _REPORT.fullmatch(report)
    if form in QUERY_FORMS:
        return QuerySyntaxError(f"This is a query ({form}). Send it to the query endpoint, /sparql.")
    if match is None:
        return QuerySyntaxError(f"The update is not SPARQL: {report}")
    offset, said = _describe(match[3], text, _to_offset(text, int(match[1]), int(match[2])))
    line, column = _to_place(text, offset)
    said = said.replace("the query", "the update")
    return QuerySyntaxError(f"Syntax error at line {line}, column {column}: {said}", line, column)


def _describe(expected: str, text: str, offset: int) -> tuple[int, str]:
    """Return the offset of the mistake, or of the earliest place it can have, and what to say of it."""
    found = list(_EXPECTED.finditer(expected))
    marks = [re.sub(r"\\(.)", r"\1", m["mark"]) for m in found if m["mark"] is not None]
    words = [m["words"].strip() for m in found if m["words"]]
    reasons = [w for w in words if " " in w]
    if reasons:
        return _reason(reasons[0], text, offset)
    if "\\u" in marks:
        return offset, "a string is not closed before this place."
    if marks:
        return offset, f"expected {_list(marks)} before {_quote(text[offset:])}."
    if not any(m["class"] not in (None, _ANY_CHARACTER) for m in found):
        offset = max(0, offset - min((len(w) for w in words), default=0))
    rest = text[offset:].lstrip()
    if (not rest or rest[0] == "}") and (ungrouped := find_ungrouped(text)):  # at the end of a sub-SELECT
        return ungrouped
    if not rest:
        return offset, "the query cannot be read to its end. Is a bracket missing or too many?"
    return offset, name_function(text[offset:]) or f"the query cannot be read on from {_quote(text[offset:])}."


def _reason(reason: str, text: str, offset: int) -> tuple[int, str]:
    """Return the place and the words for a mistake that is not one of grammar."""
    last = re.search(r"\S+\Z", text[:offset])
    if last and reason == "Prefix not found":
        prefix = re.search(r"([\w.-]*:)[^:]*\Z", last.group())
        shown = prefix[1] if prefix else last.group()
        return last.start(), f"the {not_declared(shown.removesuffix(':'))}"
    if "variable that is unbound" in reason and (ungrouped := find_ungrouped(text)):
        return ungrouped
    if last and reason == "IRI parsing failed":
        return last.start(), "the IRI is not valid, or is relative where the query has no BASE."
    return offset, f"{reason}."


def not_declared(prefix: str) -> str:
    """Return the words for a prefix without its declaration: the line to add, as far as the prefix is a known one."""
    return f"prefix {prefix}: is not declared. Add a line PREFIX {prefix}: <{_KNOWN.get(prefix, '…')}>."


def _list(marks: list[str]) -> str:
    named = _NAMED if "<" in marks else {}  # where no term can come, a colon is a colon
    shown = [named.get(mark, f"“{mark}”") for mark in marks if mark not in _UNSAID] or ["something else"]
    return ", ".join(dict.fromkeys(shown))


def _quote(rest: str) -> str:
    words = " ".join(rest.split())
    if not words:
        return "the end of the query"
    return f"“{words}”" if len(words) <= _SHOWN else f"“{words[:_SHOWN]}…”"


def _to_offset(text: str, line: int, column: int) -> int:
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    return min(len(text), starts[min(line, len(starts)) - 1] + column - 1)


def _to_place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
