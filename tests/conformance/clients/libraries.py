"""Python libraries as clients, in this process."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pyoxigraph
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, JSONLD, N3, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper

from conformance.clients.questions import FORMS, LABELS, SECOND_DATA, Questions, Row, judge

Ask = Callable[[], Any]


def answer_all(asks: dict[str, Ask]) -> dict[str, Any]:
    """Return what each question gives: its answer, or ``{"failed": message}`` where it raises."""
    return {name: _answer(ask) for name, ask in asks.items()}


def _answer(ask: Ask) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):
            return ask()
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def try_sparqlwrapper(questions: Questions) -> Row:
    """Return the row of SPARQLWrapper: every return format; SERVICE by way of the second endpoint."""
    asks: dict[str, Ask] = {
        "select": lambda: _bindings(_wrapped(questions.endpoint, questions.select, JSON)),
        "ask": lambda: _wrapped(questions.endpoint, questions.ask, JSON)["boolean"],
        "construct": lambda: len(_wrapped(questions.endpoint, questions.construct, RDFXML)),
        "describe": lambda: len(_wrapped(questions.endpoint, questions.describe, RDFXML)),
        "error": lambda: _wrapped(questions.endpoint, questions.error, JSON),
        "service": lambda: _bindings(_wrapped(questions.second, questions.service, JSON)),
        "default format": lambda: _labels_of_xml(_wrapped(questions.endpoint, questions.select, None)),
        "POST": lambda: _bindings(_wrapped(questions.endpoint, questions.select, JSON, method=POST)),
        "XML": lambda: _labels_of_xml(_wrapped(questions.endpoint, questions.select, XML)),
        "CSV": lambda: _wrapped(questions.endpoint, questions.select, CSV).decode().split()[1:],
        "TSV": lambda: _labels_in(_wrapped(questions.endpoint, questions.select, TSV).decode()),
    }
    asks |= {
        f"{form} graph": lambda form=form: _labels_of_graph(_wrapped(questions.endpoint, questions.construct, form))
        for form in (TURTLE, N3, RDFXML, JSONLD)
    }
    return Row("SPARQLWrapper", version("SPARQLWrapper"), judge(answer_all(asks), questions))


def _wrapped(endpoint: str, query: str, form: str | None, method: str | None = None) -> Any:
    wrapper = SPARQLWrapper(endpoint)
    wrapper.setQuery(query)
    if form is not None:
        wrapper.setReturnFormat(form)
    if method is not None:
        wrapper.setMethod(method)
    return wrapper.query().convert()


def _bindings(result: dict[str, Any]) -> list[str]:
    return [row["label"]["value"] for row in result["results"]["bindings"]]


def _labels_in(table: str) -> list[str]:
    return [label for language, label in LABELS.items() if f'"{label}"@{language}' in table]


def _labels_of_xml(document: Any) -> list[str]:
    return [node.firstChild.data for node in document.getElementsByTagName("literal")]


def _labels_of_graph(converted: Any) -> list[str]:
    graph = converted if isinstance(converted, rdflib.Graph) else rdflib.Graph().parse(data=converted, format="turtle")
    return [str(label) for label in graph.objects(None, rdflib.RDFS.label)]


def try_rdflib(questions: Questions) -> Row:
    """Return the row of rdflib: SPARQLStore for all but SERVICE, which its own engine calls."""
    remote = rdflib.Graph(SPARQLStore(questions.endpoint))
    local = rdflib.Graph().parse(data=SECOND_DATA, format="nt")
    asks: dict[str, Ask] = {
        "select": lambda: [str(row[0]) for row in remote.query(questions.select)],
        "ask": lambda: remote.query(questions.ask).askAnswer,
        "construct": lambda: len(remote.query(questions.construct).graph),
        "describe": lambda: len(remote.query(questions.describe).graph),
        "error": lambda: list(remote.query(questions.error)),
        "service": lambda: [str(row[0]) for row in local.query(questions.service)],
    }
    return Row("rdflib (SPARQLStore, SERVICE)", version("rdflib"), judge(answer_all(asks), questions))


def try_pyoxigraph(questions: Questions) -> Row:
    """Return the row of pyoxigraph, which reaches an endpoint by SERVICE only."""
    store = pyoxigraph.Store()
    store.load(SECOND_DATA.encode(), format=pyoxigraph.RdfFormat.N_TRIPLES)

    def ask(form: str) -> Any:
        result = store.query(questions.through_service(form))
        if isinstance(result, pyoxigraph.QueryBoolean):
            return bool(result)
        if isinstance(result, pyoxigraph.QueryTriples):
            return len(list(result))
        return [row["label"].value for row in result]

    asks: dict[str, Ask] = {form: lambda form=form: ask(form) for form in FORMS}
    return Row("pyoxigraph SERVICE", version("pyoxigraph"), judge(answer_all(asks), questions.describing_locally()))
