"""The stored queries of a release as questions that can be asked with values: their parameters, read and bound."""

from __future__ import annotations

from dataclasses import dataclass

from kg.catalogue.finding import parameters
from kg.queries import ANY_CODE, ANY_IRI, ANY_THING, Parameter
from kg.web.data.context import Context
from kg.web.data.resources import Resource, best
from kg.web.http.negotiate import ACCEPT_NAMES, GRAPH_NAMES
from kg.web.text.language import SOURCE

JSON = "application/json"
ROW_FORMS = {
    "json": JSON,
    "srj": ACCEPT_NAMES["json"],
    "xml": ACCEPT_NAMES["xml"],
    "csv": ACCEPT_NAMES["csv"],
    "tsv": ACCEPT_NAMES["tsv"],
}
"""Suffix → media type of rows, the preferred first: a plain list of objects, then those of SPARQL."""
GRAPH_FORMS = {name: ACCEPT_NAMES[name] for name in GRAPH_NAMES}
"""Suffix → media type of graphs, the preferred first."""
_CLASSES = {"Resource": ANY_THING, "Concept": ANY_CODE}
"""Classes that are none of the ontology's → the kind of parameter that takes their records."""


@dataclass(frozen=True, slots=True)
class Question:
    """A stored query. ``gives_rows`` is False where its answer is a graph.

    ``language`` is that of title, description and those of the parameters; what is not said in it is in English.
    ``replaces`` are the addresses, relative to ``/query/``, of what it took the place of.
    """

    name: str
    title: str
    description: str
    text: str
    gives_rows: bool
    parameters: tuple[Parameter, ...]
    replaces: tuple[str, ...] = ()
    language: str = SOURCE


def questions(context: Context, language: str | None = None) -> dict[str, Question]:
    """Return the stored queries of this request's release by their names, in the order of those.

    They are in a language, that of the page if none is named; what is not said in it is in English.
    """
    wanted = language or context.language
    return context.once(f"questions {wanted}", lambda: _questions(context, wanted))


def successor(context: Context, name: str) -> tuple[Question, str] | None:
    """Return the question that took the place of one of an earlier release, and the parameters to ask it with."""
    for question in questions(context, SOURCE).values():
        for replaced in question.replaces:
            old, _, parameters = replaced.partition("?")
            if old == name:
                return question, parameters
    return None


def _questions(context: Context, language: str) -> dict[str, Question]:
    stored = context.ask_resources("catalogue").of_type("sh:SPARQLExecutable")
    return {query.key: _question(query, language) for query in sorted(stored, key=lambda query: query.key)}


def _question(stored: Resource, language: str) -> Question:
    rows = stored.text("sh:select") or stored.text("sh:ask")
    graph = stored.text("sh:construct") or stored.text("sh:describe")
    title = best(stored.values("rdfs:label"), language)
    parameters = (_parameter(each, language) for each in stored.links("sh:parameter"))
    return Question(
        name=stored.key,
        title=title.text if title else stored.key,
        description=_text(stored, "rdfs:comment", language),
        text=rows or graph or "",
        gives_rows=rows is not None,
        parameters=tuple(sorted(parameters, key=lambda each: each.name)),
        replaces=tuple(link.iri.partition("/query/")[2] for link in stored.links("dcterms:replaces")),
        language=(title.language if title else None) or SOURCE,
    )


def _parameter(stored: Resource, language: str) -> Parameter:
    datatype, cls = stored.link("sh:datatype"), stored.link("sh:class")
    if datatype is not None:
        kind = datatype.key.replace("langString", "label")
    else:
        kind = ANY_IRI if cls is None else _CLASSES.get(cls.key, cls.key)
    return Parameter(stored.key, kind, stored.text("skos:example") or "", _text(stored, "sh:description", language))


def _text(stored: Resource, name: str, language: str) -> str:
    found = best(stored.values(name), language)
    return found.text if found else ""


def to_term(context: Context, parameter: Parameter, value: str) -> str:
    """Return a parameter's value as a term, as this request's release has it; raises ParameterError."""
    return parameters.to_term(context.catalogue, context.iris.base, parameter, value)


def resolve(context: Context, parameter: str, kind: str, value: str) -> str:
    """Return the IRI of the record of a kind that a parameter's value names; raises ParameterError."""
    return parameters.resolve(context.catalogue, context.iris.base, parameter, kind, value)
