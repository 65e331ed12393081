"""Programs as clients, each in processes of its own: curl, other servers, and what is built from js/ and java/."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

from pyoxigraph import RdfFormat, parse

from conformance.clients.libraries import answer_all
from conformance.clients.questions import FORMS, Questions, Row, judge
from conformance.servers import oxigraph_version

SECONDS = 120
"""Longest that a client's program may take; two are usual."""
WEB_TYPES = {
    "select": "text/csv",
    "error": "text/csv",
    "construct": "application/n-triples",
    "describe": "application/n-triples",
}


def run(command: list[str], text: str | None = None) -> str:
    """Return what a program writes; raises RuntimeError with what it says where it fails."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"status {done.returncode}: {done.stdout} {done.stderr}")
    return done.stdout


def count_triples(ntriples: str) -> int:
    """Return the number of triples; raises SyntaxError for what is not N-Triples, as an error in mid-answer is."""
    return len(list(parse(ntriples.encode(), format=RdfFormat.N_TRIPLES)))


def try_curl(questions: Questions) -> Row:
    """Return the row of curl; SERVICE by way of the second endpoint."""
    if shutil.which("curl") is None:
        return Row("curl", "", missing="curl is not installed on this machine")
    asks: dict[str, Callable[[], Any]] = {
        form: lambda form=form: _curl(questions.endpoint, form, getattr(questions, form)) for form in FORMS
    }
    asks["service"] = lambda: _curl(questions.second, "select", questions.service)
    found = re.search(r"[\d.]+", run(["curl", "--version"]))
    return Row("curl", found[0] if found else "", judge(answer_all(asks), questions))


def _curl(endpoint: str, form: str, query: str) -> Any:
    accept = ["--header", f"Accept: {WEB_TYPES.get(form, 'application/sparql-results+json')}"]
    command = ["curl", "--silent", "--show-error", "--fail-with-body", *accept]
    body = run([*command, "--data-urlencode", "query=" + query, endpoint])
    return _read(form, body)


def _read(form: str, body: str) -> Any:
    """Return labels, a truth value or a number of triples, from CSV, JSON or N-Triples."""
    if form in ("construct", "describe"):
        return count_triples(body)
    return json.loads(body)["boolean"] if form == "ask" else body.split()[1:]


def try_server(name: str, version: str, query_url: str, questions: Questions) -> Row:
    """Return the row of another SPARQL server that holds SECOND_DATA and reaches us by SERVICE."""
    asks: dict[str, Callable[[], Any]] = {
        form: lambda form=form: _curl(query_url, _shape(form), questions.through_service(form)) for form in FORMS
    }
    # Some begin their answer with status 200, and say what went wrong in place of rows
    asks["error"] = lambda: {"failed": " ".join(_curl(query_url, "select", questions.through_service("error")))}
    return Row(name, version, judge(answer_all(asks), questions.describing_locally()))


def _shape(form: str) -> str:
    return "select" if form == "service" else form


def try_oxigraph_server(questions: Questions) -> Row:
    """Return the row of ``oxigraph serve``, which is the second endpoint itself."""
    return try_server("oxigraph serve, SERVICE", oxigraph_version(), questions.second, questions)
