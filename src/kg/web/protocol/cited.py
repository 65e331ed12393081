"""A citable query: ``/cited?query=…&release=ID`` keeps the question, its parameters and the release.

It leads to the same bytes as long as the release is kept, says whether the release that is served now answers
otherwise, and which rows it takes away and adds. Where the release was pruned it is 410, with what is known of it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from kg.errors import QueryError
from kg.release.format.objects import sha256
from kg.store import Answer, Query
from kg.web.data.context import RELEASE, SOLUTIONS, Context
from kg.web.data.questions import questions, to_term
from kg.web.http.negotiate import HTML, prefers_html, read_accept
from kg.web.http.policy import QUERY, Routes
from kg.web.protocol.query_page import DATASET, find_labels
from kg.web.protocol.sparql import require_utf8
from kg.web.text.language import SOURCE
from kg.web.words.cells import Table, make_table, own_iris, read_term
from kg.web.words.citations import cite_query

blueprint = Routes("cited", replace(QUERY, kept=False, listed=False, crawled=False, problem=False))

JSON = "application/json"
NAME = "name"
"""The parameter that names a stored query in place of a query's text."""
MOST_BYTES = 8_000_000
"""Bytes of each answer up to which two are compared; larger ones are left to the reader, who can download both."""
MOST_ROWS = 200
"""Rows taken away, and rows added, that the page shows; the form in JSON has all."""
SAME, OTHER_ORDER, DIFFERS = "same", "other order", "differs"


@dataclass(frozen=True, slots=True)
class Cited:
    """A question as it was cited: ``pairs`` are the parameters of its address, less the release."""

    text: str
    pairs: tuple[tuple[str, str], ...]
    query: Query
    bytes_at: str
    """Address, without the release, that gives the bytes."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the release that is served now answers otherwise: rows, or triples, that are gone or new."""

    state: str
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@blueprint.route("/cited")
@blueprint.route("/cited.<any(json):suffix>")
def cited(context: Context, suffix: str | None = None) -> BaseResponse:
    """Show a cited query with its answer's digest, and what has changed since; without a release, name this one."""
    require_utf8(context)
    if RELEASE not in context.args:
        asked = [*context.args.items(multi=True), (RELEASE, context.manifest.id)]
        return redirect(f"{context.path}?{urlencode(asked)}", 302)
    question = _read(context)
    answer = context.ask_engine(question.query)
    compared, trouble = _compare(context, question.query, answer)
    told = _tell(context, question, answer, compared, trouble)
    if suffix or not prefers_html(read_accept(context.request.headers.get("Accept")), (JSON,)):
        whole = (
            {}
            if compared is None
            else {"removed": _terms(answer, compared.removed), "added": _terms(answer, compared.added)}
        )
        response = Response(json.dumps(told | whole, ensure_ascii=False, indent=1) + "\n", content_type=JSON)
    else:
        page = context.render(
            "cited.html", **told, **_tables(context, answer, compared), citation=cite_query(context, question.text)
        )
        response = Response(page, mimetype=HTML)
    response.vary.add("Accept")
    return response


def _read(context: Context) -> Cited:
    """Return the question of this request; raises BadRequest, NotFound, ParameterError."""
    texts, names = context.args.getlist("query"), context.args.getlist(NAME)
    if len(texts) + len(names) != 1:
        raise BadRequest("Name what is cited: a query in the parameter query, or a stored query's name in name.")
    form = {"row_type": SOLUTIONS, "graph_type": "application/n-triples", "base_iri": context.iris.base}
    if texts:
        graphs = tuple((name, iri) for name in DATASET for iri in context.args.getlist(name))
        default, named = (tuple(iri for name, iri in graphs if name == kind) for kind in DATASET)
        query = Query(texts[0], default_graphs=default, named_graphs=named, **form)  # type: ignore[arg-type]
        pairs = (("query", texts[0]), *graphs)
        return Cited(texts[0], pairs, query, f"/sparql?{urlencode(pairs)}")
    stored = questions(context, SOURCE).get(names[0])
    if stored is None:
        raise NotFound(f"There is no stored query called {names[0][:80]} in this release. /api lists its own.")
    known = {each.name: each for each in stored.parameters}
    given = {key: value for key, value in context.args.items() if key not in (NAME, RELEASE, "lang")}
    for key in given:
        if key not in known:
            raise BadRequest(f"There is no parameter {key[:50]!r}: {stored.name} takes {', '.join(known) or 'none'}.")
    bound = {key: to_term(context, known[key], value) for key, value in given.items()}
    query = Query(stored.text, bindings=bound, **form)  # type: ignore[arg-type]
    suffix = "srj" if stored.gives_rows else "nt"
    most = [("limit", str(10**9))] if stored.gives_rows else []
    address = f"/api/{stored.name}.{suffix}?{urlencode([*given.items(), *most])}"
    return Cited(stored.text, ((NAME, stored.name), *given.items()), query, address)


def _compare(context: Context, query: Query, then: Answer) -> tuple[Comparison | None, str]:
    """Return how the release that is served answers otherwise, or why that is not known; both empty for itself."""
    if not context.asked_release:
        return None, ""
    if context.share.is_volatile:
        return None, "volatile"
    try:
        now = context.ask_served(query)
    except QueryError as error:
        return None, str(error)
    if max(len(then.body), len(now.body)) > MOST_BYTES:
        return None, "large"
    return compare(then, now), ""


def compare(then: Answer, now: Answer) -> Comparison:
    """Return which rows or triples of an answer another has not, and the other way round, each as often as it is."""
    if then.body == now.body:
        return Comparison(SAME)
    before, after = _lines(then), _lines(now)
    removed, added = Counter(before) - Counter(after), Counter(after) - Counter(before)
    if not removed and not added:
        return Comparison(OTHER_ORDER if then.kind == "solutions" else SAME)
    return Comparison(DIFFERS, tuple(removed.elements()), tuple(added.elements()))


def _lines(answer: Answer) -> list[str]:
    """Return the rows of an answer, each as one text that equal rows share; the triples of a graph, each once."""
    if answer.kind == "graph":
        return list(dict.fromkeys(answer.body.decode().splitlines()))
    told = json.loads(answer.body)
    if "boolean" in told:
        return [json.dumps({"boolean": told["boolean"]})]
    return [json.dumps(row, sort_keys=True, ensure_ascii=False) for row in told["results"]["bindings"]]


def _tell(
    context: Context, question: Cited, answer: Answer, compared: Comparison | None, trouble: str
) -> dict[str, Any]:
    """Return what the page and the form in JSON have in common."""
    release = context.manifest
    served = context.site.serving.current().manifest.id
    bytes_at = f"{question.bytes_at}{'&' if '?' in question.bytes_at else '?'}{urlencode({RELEASE: release.id})}"
    address = "/cited?" + urlencode([*question.pairs, (RELEASE, release.id)])
    return {
        "query": question.text,
        "parameters": [pair for pair in question.pairs if pair[0] != "query"],
        "release": release.id,
        "issued": release.issued,
        "release_sha256": release.digest,
        "served": served,
        "address": context.root + address[1:],
        "answer": context.root + bytes_at[1:],
        "answer_type": answer.media_type,
        "answer_sha256": sha256(answer.body),
        "state": compared.state if compared else ("" if trouble else "served"),
        "not_compared": trouble,
        "removed_count": len(compared.removed) if compared else 0,
        "added_count": len(compared.added) if compared else 0,
    }


def _terms(answer: Answer, lines: tuple[str, ...]) -> list[Any]:
    return list(lines) if answer.kind == "graph" else [json.loads(line) for line in lines]


def _tables(context: Context, answer: Answer, compared: Comparison | None) -> dict[str, Table]:
    """Return the rows that are gone and those that are new as tables."""
    if compared is None or compared.state != DIFFERS:
        return {}
    return {name: _table(context, answer, getattr(compared, name)) for name in ("removed", "added")}


def _table(context: Context, answer: Answer, lines: tuple[str, ...]) -> Table:
    shown = list(islice(lines, MOST_ROWS))
    iris = context.iris
    if answer.kind == "graph":
        from kg.web.data.turtle import read_nquads

        columns = ["subject", "predicate", "object"]
        triples = read_nquads("\n".join(shown).encode())
        rows: list[list[Any]] = [[read_term(term) for term in triple] for triple, _ in triples]
    else:
        found = [json.loads(line) for line in shown]
        names = json.loads(answer.body).get("head", {}).get("vars", [])
        columns = list(names) or ["boolean"]
        rows = [[_cell(row, name) for name in columns] for row in found]
    return make_table(columns, rows, len(lines), iris, find_labels(context, own_iris(rows, iris)))


def _cell(row: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = row.get(name)
    return {"type": "literal", "value": str(value).lower()} if isinstance(value, bool) else value
