"""Mistakes that a query's words show: a variable that is not grouped, a function that there is not, one never bound."""

from __future__ import annotations

import re
from difflib import get_close_matches
from itertools import islice, takewhile

from kg.store.sparql.tokens import Token, scan

AGGREGATES = frozenset(["COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"])
FUNCTIONS = AGGREGATES | frozenset(
    (
        *("STR", "LANG", "LANGMATCHES", "DATATYPE", "BOUND", "IRI", "URI", "BNODE", "RAND", "ABS", "CEIL", "FLOOR"),
        *("ROUND", "CONCAT", "STRLEN", "UCASE", "LCASE", "ENCODE_FOR_URI", "CONTAINS", "STRSTARTS", "STRENDS"),
        *("STRBEFORE", "STRAFTER", "YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS", "TIMEZONE", "TZ", "NOW"),
        *("UUID", "STRUUID", "MD5", "SHA1", "SHA256", "SHA384", "SHA512", "COALESCE", "IF", "STRLANG", "STRDT"),
        *("SAMETERM", "ISIRI", "ISURI", "ISBLANK", "ISLITERAL", "ISNUMERIC", "REGEX", "SUBSTR", "REPLACE", "EXISTS"),
        *("TRIPLE", "SUBJECT", "PREDICATE", "OBJECT", "ISTRIPLE"),
    )
)
"""Built-in calls of SPARQL 1.1 (§19.8, rule 121) and 1.2, in capitals."""
CASTS = ("string", "boolean", "integer", "decimal", "double", "float", "dateTime", "date", "time", "duration")
"""Local names of the XSD types that are functions, too (SPARQL 1.1 Query §17.5)."""
_XSD = "http://www.w3.org/2001/XMLSchema#"
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_AFTER_WHERE = frozenset(["HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"])


def find_ungrouped(text: str) -> tuple[int, str] | None:
    """Return the place of a variable that is selected next to a group though it is not grouped, and what to do."""
    tokens = list(scan(text))
    for at, token in enumerate(tokens):
        if token.kind != "word" or token.value.upper() != "SELECT":
            continue
        head = list(takewhile(lambda each: each.value != "{", islice(tokens, at + 1, None)))
        after = _after_where(tokens, at + 1 + len(head))
        if not {token.value.upper() for token in (*head, *after)} & {"GROUP", *AGGREGATES}:
            continue
        grouped = _read_group_by(after)
        for variable in _outside_aggregates(head):
            if variable.value not in grouped:
                return variable.start, _advise(variable.value, grouped)
    return None


def _advise(name: str, grouped: list[str]) -> str:
    return (
        f"{name} is selected, but the rows are grouped without it. Add it: GROUP BY {' '.join([*grouped, name])}. "
        f"Or take one value for each group: (SAMPLE({name}) AS {name}1)."
    )


def _outside_aggregates(head: list[Token]) -> list[Token]:
    """Return the variables of a SELECT clause outside aggregates, except the names that it gives."""
    found, named, inside = [], set[str](), list[bool]()
    for before, token in zip([None, *head], head, strict=False):
        word = before.value.upper() if before else ""
        if token.value == "(":
            inside.append(word in AGGREGATES or (bool(inside) and inside[-1]))
        elif token.value == ")" and inside:
            inside.pop()
        elif token.value[0] in "?$" and word == "AS":
            named.add(token.value)
        elif token.value[0] in "?$" and not (inside and inside[-1]) and token.value not in named:
            found.append(token)
    return found


def _after_where(tokens: list[Token], opening: int) -> list[Token]:
    """Return the tokens of a SELECT that follow its WHERE, whose brace is named by its index; none where it is open."""
    depth = 0
    for at in range(opening, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[at].value, 0)
        if depth == 0:
            rest = takewhile(lambda each: each.value != "}", islice(tokens, at + 1, None))
            return [each for each in rest if each.kind in ("word", "name", "mark")]
    return []


def _read_group_by(rest: list[Token]) -> list[str]:
    """Return the variables by which rows are grouped, and the names that GROUP BY gives."""
    words = [token.value.upper() for token in rest]
    if words[:2] != ["GROUP", "BY"]:
        return []
    clause = list(takewhile(lambda token: token.value.upper() not in _AFTER_WHERE, rest[2:]))
    found, depth = [], 0
    for before, token in zip([None, *clause], clause, strict=False):
        depth += {"(": 1, ")": -1}.get(token.value, 0)
        is_named = before is not None and before.value.upper() == "AS"
        if token.value[0] in "?$" and (depth == 0 or is_named):
            found.append(token.value)
    return found


def name_function(rest: str) -> str | None:
    """Return what to say where a query breaks off at the call of a function that there is not; else None."""
    call = _CALL.match(rest)
    if call is None or call[1].upper() in FUNCTIONS:
        return None
    close = get_close_matches(call[1].upper(), FUNCTIONS, 1)
    return f"SPARQL has no function {call[1]}." + (f" Is {close[0]} meant?" if close else "")


def name_custom(iri: str) -> str:
    """Return what to say of a function named by an IRI that the engine has not."""
    close = get_close_matches(iri.removeprefix(_XSD), CASTS, 1) if iri.startswith(_XSD) else []
    return f"There is no function <{iri}> here." + (f" Is xsd:{close[0]} meant?" if close else "")


def find_unused(text: str) -> list[str]:
    """Return the variables after the query's SELECT that occur nowhere else, so that nothing ever binds them."""
    tokens = [token for token in scan(text) if token.kind in ("word", "name", "mark")]
    start = next((at for at, token in enumerate(tokens) if token.value.upper() == "SELECT"), None)
    if start is None:
        return []
    head = list(takewhile(lambda each: each.value != "{", tokens[start + 1 :]))
    pattern = {token.value[1:] for token in tokens[start + 1 + len(head) :] if token.value[0] in "?$"}
    return list(dict.fromkeys(token.value for token in _outside_aggregates(head) if token.value[1:] not in pattern))
