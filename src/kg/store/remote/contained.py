"""What a client's query may not contain when it is sent to a service, which has a network and a machine of its own.

The embedded engine keeps a query in a process without network. A service evaluates what it is sent, so what reaches
beyond the dataset is refused here, by tokens: SERVICE, datasets that a service could fetch, updates, directives and
functions that vendors add. Services differ in when they read an escape such as \\u0053: a text is therefore read both
as it stands and with its escapes replaced, and passes only where both readings do.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from kg.errors import QueryRefused, QuerySyntaxError
from kg.store import Query
from kg.store.sparql.syntax import not_declared
from kg.store.sparql.tokens import (
    QUERY_FORMS,
    UPDATE_FORMS,
    Names,
    Token,
    read_form,
    scan,
)

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_COMMENT = re.compile(r"#[^\n\r]*")
_SCHEMES = ("bif:", "sql:", "java:", "http://jena.apache.org/arq/jsfunction#", "file:")
"""Beginnings, in lower case, of IRIs by which vendors call code of the server's own, or read its files."""
_QUOTES = ('"""', "'''", '"', "'")


def require_contained(query: Query, graphs: Container[str]) -> None:
    """Raise QueryRefused for a query that a service could be made to reach beyond its dataset by.

    ``graphs`` are the IRIs of the graphs there are: a FROM of any other could be fetched. Raises QuerySyntaxError for
    what is no query.
    """
    for graph in (*query.default_graphs, *query.named_graphs):
        _require_graph(graph, graphs)
    decoded = _ESCAPE.sub(_read_escape, query.text)
    for text in dict.fromkeys((query.text, decoded)):
        _require_form(text)
        tokens = list(scan(text))
        _require_no_call(text, tokens)
        _require_plain(text, tokens)
        names = Names(text, query.base_iri or "")
        for token in _named_graphs(tokens):
            _require_graph(names.to_iri(token.value), graphs)
        for token in tokens:
            if text[max(0, token.start - 1) : token.start] != "_":  # not the label of a blank node
                _require_no_vendor(token, names)


def _read_escape(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise QuerySyntaxError(f"{escape[0]} is no character.")
    return chr(code)


def _require_form(text: str) -> None:
    form = read_form(text)
    if form not in QUERY_FORMS:
        said = f"not with {form}" if form else "and this has none of them"
        raise QuerySyntaxError(f"A query starts with SELECT, ASK, CONSTRUCT or DESCRIBE, {said}.")


def _require_no_call(text: str, tokens: list[Token]) -> None:
    """Refuse SERVICE wherever some reader could see it: in a word, glued to others or not, and in a comment."""
    words = [token.value for token in tokens if token.kind == "word"]
    words += [token.value.partition(":")[0] for token in tokens if token.kind == "name" and token.value[0] not in "?$@"]
    if any("service" in word.casefold() for word in [*words, *_comments(text, tokens)]):
        raise QueryRefused(
            "Calls to other endpoints (SERVICE) are not allowed here, and the word may not be in a comment or a"
            " prefix either. Ask the other endpoint from your side."
        )


def _comments(text: str, tokens: list[Token]) -> Iterator[str]:
    done = 0
    for token in [*tokens, Token("end", "", len(text), len(text))]:
        yield from _COMMENT.findall(text[done : token.start])
        done = token.end


def _require_plain(text: str, tokens: list[Token]) -> None:
    """Refuse what one reader takes for a string and another does not, several operations, and updates."""
    depth = 0
    for token in tokens:
        if token.kind == "string" and not _is_closed(token.value):
            line = text.count("\n", 0, token.start) + 1
            raise QuerySyntaxError(f"A string that starts in line {line} is not closed.", line)
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(token.value, 0) if token.kind == "mark" else 0
        is_update = token.kind == "word" and token.value.upper() in UPDATE_FORMS
        if depth <= 0 and (is_update or token.kind == "end"):
            raise QuerySyntaxError(f"A query holds no {token.value} outside its groups. Send one query at a time.")


def _is_closed(string: str) -> bool:
    quote = next(quote for quote in _QUOTES if string.startswith(quote))
    return len(string) >= 2 * len(quote) and string.endswith(quote)


def _named_graphs(tokens: list[Token]) -> Iterator[Token]:
    """Yield what the FROM and FROM NAMED clauses name."""
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.value.upper().startswith("FROM"):  # FROMNAMED, too: some need no space
            following = tokens[index + 1 : index + 3]
            if following and following[0].value.upper() == "NAMED":
                following = following[1:]
            if not following or following[0].kind not in ("iri", "name"):
                raise QueryRefused("The graph of FROM cannot be determined. Write its IRI between < and >.")
            yield following[0]


def _require_graph(iri: str, graphs: Container[str]) -> None:
    if iri not in graphs:
        raise QueryRefused(
            f"There is no graph <{iri}> here, and the service that answers queries could fetch it from elsewhere, so it"
            " is not asked. The service description lists the graphs."
        )


def _require_no_vendor(token: Token, names: Names) -> None:
    if token.kind == "iri":
        iri = token.value[1:-1]
    elif token.kind == "name" and token.value[0] not in "?$@_" and token.value[-1] != ":":
        prefix = token.value.partition(":")[0]
        if prefix not in names.prefixes:
            raise QuerySyntaxError(f"The {not_declared(prefix)}")
        iri = names.to_iri(token.value)
    else:
        return
    if iri.casefold().startswith(_SCHEMES):
        raise QueryRefused(f"<{iri}> means something of the server's own, which queries may not use here.")
