"""The stored queries as REST: ``/api/NAME?parameter=value``, described in OpenAPI at ``/api/openapi.json``."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Response
from werkzeug.exceptions import BadRequest, NotAcceptable, NotFound

from kg.catalogue.finding.parameters import INTEGER_DIGITS, XSD
from kg.queries import page
from kg.store import Answer, Query
from kg.web.data.choices import choices_of
from kg.web.data.context import RELEASE, Context
from kg.web.data.questions import GRAPH_FORMS, JSON, ROW_FORMS, Question, questions, successor, to_term
from kg.web.http.negotiate import HTML, best, prefers_html, read_accept
from kg.web.http.policy import API, PAGE, Routes
from kg.web.protocol.openapi import describe
from kg.web.protocol.sparql import content_type, require_utf8
from kg.web.text.language import SOURCE

blueprint = Routes("api", API)

PAGING = ("limit", "offset")
PAGE_ROWS = 1000
"""Rows of an answer unless a limit is given; a link leads to the next ones."""
MOST = 10**9
"""Largest limit and offset."""
_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{INTEGER_DIGITS}}}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@blueprint.route("/api", policy=PAGE)
def catalogue(context: Context) -> Response:
    """List the questions: as a page, or as JSON."""
    accept = read_accept(context.request.headers.get("Accept"))
    if prefers_html(accept, (JSON,)):
        response = Response(context.render("api.html", questions=questions(context).values()), mimetype=HTML)
    else:
        listed = [_listed(question) for question in questions(context, SOURCE).values()]
        response = _json({"openapi": "/api/openapi.json", "questions": listed})
    response.headers["Vary"] = "Accept"
    response.headers["Link"] = '</api/openapi.json>; rel="service-desc"'
    return response


def _listed(question: Question) -> dict[str, Any]:
    return {
        "name": question.name,
        "title": question.title,
        "path": f"/api/{question.name}",
        "parameters": [parameter.name for parameter in question.parameters],
    }


@blueprint.route("/api/openapi.json")
def openapi(context: Context) -> Response:
    """Describe the API in OpenAPI 3.1, in English."""
    found = questions(context, SOURCE)
    choices = {name: choices_of(context, question) for name, question in found.items()}
    release = context.manifest.id
    return _json(describe(found.values(), ROW_FORMS, GRAPH_FORMS, release, context.root, choices))


@blueprint.route("/api/<name>")
def ask(context: Context, name: str) -> Response:
    """Answer a question, in the form of its suffix or that the client likes best."""
    stem, _, suffix = name.partition(".")
    question = questions(context, SOURCE).get(stem)
    if question is None and (moved := _moved(context, stem, suffix)):
        return moved
    if question is None:
        raise NotFound(f"There is no stored query called {stem}. /api lists all that there are.")
    forms = ROW_FORMS if question.gives_rows else GRAPH_FORMS
    if suffix and suffix not in forms:
        raise NotFound(f"{stem} comes as {', '.join(f'/api/{stem}.{known}' for known in forms)}.")
    given = _read_parameters(context, question)
    offers = tuple(forms.values())
    media_type = forms.get(suffix) or best(read_accept(context.request.headers.get("Accept")), offers)
    if media_type is None:
        raise NotAcceptable(f"Accept one of {', '.join(offers)}.")
    answer = context.ask_engine(_bind(context, question, given, ROW_FORMS["srj"] if media_type == JSON else media_type))
    response = _respond(answer, media_type)
    response.headers["Vary"] = "Accept"
    described = f'</query/{stem}>; rel="describedby", </api/openapi.json>; rel="service-desc"'
    response.headers["Link"] = ", ".join((described, *_next(context, question, given, answer)))
    return response


def _moved(context: Context, name: str, suffix: str) -> Response | None:
    """Return a redirect to the question that took the place of one of an earlier release, if there is one."""
    found = successor(context, name)
    if found is None:
        return None
    question, parameters = found
    asked = "&".join(part for part in (parameters, context.request.query_string.decode("ascii", "ignore")) if part)
    address = f"/api/{question.name}{'.' + suffix if suffix else ''}"
    return Response(status=301, headers={"Location": f"{address}?{asked}" if asked else address})


def _read_parameters(context: Context, question: Question) -> dict[str, str]:
    """Return the parameters of this request, without those left empty, which mean any value.

    Raises BadRequest for one that is unknown, repeated or not UTF-8.

    An unknown one is refused, because who misspells a parameter would take the whole answer for a part of it.
    """
    require_utf8(context)
    known = [parameter.name for parameter in question.parameters] + list(PAGING if question.gives_rows else ())
    known.append(RELEASE)
    for name in context.args:
        if name not in known:
            takes = f"takes {', '.join(known)}" if known else "takes no parameter"
            raise BadRequest(f"There is no parameter {name[:50]!r}: {question.name} {takes}.")
        if len(context.args.getlist(name)) > 1:
            raise BadRequest(f"Send the parameter {name} once.")
    return {name: value for name, value in context.args.items() if value or name in (*PAGING, RELEASE)}


def _bind(context: Context, question: Question, given: dict[str, str], media_type: str) -> Query:
    """Return the question with its values; raises ParameterError for one that cannot be used."""
    bound = {each.name: to_term(context, each, given[each.name]) for each in question.parameters if each.name in given}
    text = page(question.text, *_page(given)) if question.gives_rows else question.text
    row_type, graph_type = (media_type, None) if question.gives_rows else (None, media_type)
    return Query(text, row_type, graph_type, bound, base_iri=context.settings.base_iri)


def _page(given: dict[str, str]) -> tuple[int, int]:
    """Return the limit and the offset that are asked for."""
    limit, offset = PAGING
    return _whole(limit, given.get(limit, str(PAGE_ROWS))), _whole(offset, given.get(offset, "0"))


def _next(context: Context, question: Question, given: dict[str, str], answer: Answer) -> Iterator[str]:
    """Yield the link to the rows that follow, where there may be more."""
    if not question.gives_rows:
        return
    limit, offset = _page(given)
    if 0 < limit <= count_rows(answer):
        following = context.args.to_dict() | {"limit": str(limit), "offset": str(offset + limit)}
        yield f'<{context.path}?{urlencode(following)}>; rel="next"'


def count_rows(answer: Answer) -> int:
    """Return how many rows an answer to a SELECT has, in whichever form; 0 for a boolean."""
    if answer.kind != "solutions":
        return 0
    if answer.media_type == ROW_FORMS["srj"]:
        return len(json.loads(answer.body)["results"]["bindings"])
    if answer.media_type == ROW_FORMS["xml"]:
        return answer.body.count(b"<result>")
    if answer.media_type == ROW_FORMS["tsv"]:
        return answer.body.count(b"\n") - 1
    return sum(1 for _ in csv.reader(io.StringIO(answer.body.decode(), newline=""))) - 1


def _whole(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal()) or len(value) > len(str(MOST)) or int(value) > MOST:
        raise BadRequest(f"The parameter {name} is a whole number from 0 to {MOST}.")
    return int(value)


def _respond(answer: Answer, media_type: str) -> Response:
    if media_type == JSON:
        return _json(to_objects(answer))
    return Response(answer.body, content_type=content_type(media_type))


def to_objects(answer: Answer) -> list[dict[str, Any]] | bool:
    """Return rows in SPARQL's JSON as plain objects, in which a variable without a value is left out.

    Integers and booleans are JSON's; every other term is its text, and so is what is no integer though its datatype
    says so: a decimal may have more digits than a client's numbers.
    """
    result = json.loads(answer.body)
    if "boolean" in result:
        return bool(result["boolean"])
    return [{name: _plain(term) for name, term in row.items()} for row in result["results"]["bindings"]]


def _plain(term: dict[str, Any]) -> Any:
    datatype, text = term.get("datatype"), term["value"]
    if datatype == f"{XSD}integer" and _INTEGER.fullmatch(text):
        return int(text)
    if datatype == f"{XSD}boolean" and text in _BOOLEANS:
        return _BOOLEANS[text]
    return text


def _json(content: Any) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, indent=1) + "\n", content_type=JSON)
