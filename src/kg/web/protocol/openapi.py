"""The description of the API in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0), made from the questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import kg
from kg.catalogue.finding.parameters import INTEGER_DIGITS
from kg.queries import Parameter
from kg.web.data.choices import Choice
from kg.web.data.questions import Question
from kg.web.http.problem import PROBLEM

_GREATEST = 10**INTEGER_DIGITS - 1
_SCHEMAS: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer", "minimum": -_GREATEST, "maximum": _GREATEST},
    "date": {"type": "string", "format": "date"},
    "IRI": {"type": "string", "format": "iri-reference"},
}
_PAGES = (
    ("limit", "Give at most so many rows, 1,000 by default; a header Link with rel=next leads to more."),
    ("offset", "Leave out so many rows."),
)
_PAGING = [
    {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "integer", "minimum": 0, "maximum": 10**9},
    }
    for name, description in _PAGES
]
_RELEASE = {
    "name": "release",
    "in": "query",
    "description": "Answer from this release, and not from the one that is served; 410 where it is no longer kept.",
    "schema": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{12}$"},
}
Choices = Mapping[str, Mapping[str, Sequence[Choice]]]
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "instance": {"type": "string", "description": "The request, as this server's log names it."},
    },
}
_ERRORS = {
    "400": "A parameter is unknown, repeated, or has a value that cannot be used",
    "404": "A value names no record of the release, or there is no release of that name",
    "406": "The answer comes in none of the forms that are accepted",
    "410": "The release is no longer kept",
    "429": "This client has asked for too much; Retry-After says when to ask again",
    "503": "All query workers are busy, or the answer took too long",
}
_EXPLAINED = {
    "413": "The query passes a limit",
    "501": "There is no plan of this query, or this server's engine gives none",
}
_STEP_SCHEMA = {
    "type": "object",
    "required": ["step", "engine", "rows", "seconds", "own_seconds", "steps"],
    "properties": {
        "step": {"type": "string", "description": "What is done, in words"},
        "engine": {"type": "string", "description": "What the engine calls it"},
        "rows": {"type": ["integer", "null"]},
        "seconds": {"type": ["number", "null"], "description": "With those of the steps below"},
        "own_seconds": {"type": ["number", "null"], "description": "Without them"},
        "steps": {"type": "array", "items": {"$ref": "#/components/schemas/Step"}},
    },
}


def describe(
    questions: Iterable[Question],
    row_forms: Mapping[str, str],
    graph_forms: Mapping[str, str],
    release: str,
    root: str,
    choices: Choices,
) -> dict[str, Any]:
    """Return the OpenAPI document of the questions; the forms map a suffix to its media type.

    ``root`` is the address of the server, with a slash at its end; ``choices`` are those of each parameter
    of each question.
    """
    paths = {
        f"/api/{each.name}": {"get": _operation(each, row_forms, graph_forms, root, choices[each.name])}
        for each in questions
    }
    paths["/explain"] = {"get": _explained(root)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Attested: the stored questions",
            "version": kg.__version__,
            "description": (
                f"Questions to the release {release}. Each also answers at its path with a suffix:"
                f" {', '.join('.' + name for name in row_forms)} for rows,"
                f" {', '.join('.' + name for name in graph_forms)} for graphs."
            ),
            "license": {"name": "Data: CC0 1.0", "identifier": "CC0-1.0"},
        },
        "servers": [{"url": "/"}],
        "externalDocs": {"url": f"{root}query", "description": "The questions, and a form to ask others"},
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM_SCHEMA, "Rows": _rows_schema(), "Step": _STEP_SCHEMA},
            "responses": {status: _error(text) for status, text in (_ERRORS | _EXPLAINED).items()},
        },
    }


def _operation(
    question: Question,
    row_forms: Mapping[str, str],
    graph_forms: Mapping[str, str],
    root: str,
    choices: Mapping[str, Sequence[Choice]],
) -> dict[str, Any]:
    content: dict[str, Any] = {media: {} for media in (row_forms if question.gives_rows else graph_forms).values()}
    if question.gives_rows:
        content["application/json"] = {"schema": {"$ref": "#/components/schemas/Rows"}}
    return {
        "operationId": question.name,
        "summary": question.title,
        "description": question.description,
        "externalDocs": {"url": f"{root}query/{question.name}"},
        "parameters": [
            *(_parameter(each, choices[each.name]) for each in question.parameters),
            *(_PAGING if question.gives_rows else ()),
            _RELEASE,
        ],
        "responses": {
            "200": {"description": "The answer", "content": content},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _ERRORS},
        },
    }


_EXPLANATION = {
    "type": "object",
    "required": ["release", "issued", "complete", "costs", "plan"],
    "properties": {
        "release": {"type": "string"},
        "issued": {"type": "string", "format": "date-time"},
        "complete": {
            "type": "boolean",
            "description": "Whether the plan was carried out to its end. Where not, no step has seconds, and a"
            " pattern has the rows that it has by itself, 100,000 for more.",
        },
        "costs": {"type": "array", "items": {"type": "string"}},
        "plan": {"$ref": "#/components/schemas/Step"},
    },
}
"""What a query's explanation is, as JSON Schema."""


def _explained(root: str) -> dict[str, Any]:
    """Return the operation that explains any query."""
    return {
        "operationId": "explain",
        "summary": "How is a query answered, and what of it costs?",
        "description": "The engine's own plan of a SPARQL query in words. It is carried out for that, under the limits"
        " of any query. 501 for a query with SERVICE, and where the server answers from a SPARQL service.",
        "externalDocs": {"url": f"{root}query"},
        "parameters": [
            {
                "name": "query",
                "in": "query",
                "required": True,
                "description": "The query, in SPARQL 1.1",
                "schema": {"type": "string"},
                "example": "SELECT * WHERE { ?s ?p ?o } LIMIT 10",
            },
            _RELEASE,
        ],
        "responses": {
            "200": {"description": "The plan", "content": {"application/json": {"schema": _EXPLANATION}}},
            **{
                status: {"$ref": f"#/components/responses/{status}"}
                for status in (*_ERRORS, "413", "501")
                if status != "406"
            },
        },
    }


def _parameter(parameter: Parameter, choices: Sequence[Choice]) -> dict[str, Any]:
    example: str | int = int(parameter.example) if parameter.kind == "integer" else parameter.example
    return {
        "name": parameter.name,
        "in": "query",
        "description": f"Only where this is {parameter.description}; empty for any. An IRI, its last part, or a name."
        if parameter.kind[0].isupper()
        else f"Only where this is {parameter.description}; empty for any",
        "schema": _SCHEMAS.get(parameter.kind, {"type": "string"}),
        "allowEmptyValue": True,
        **(_examples(choices) if choices else {"example": example}),
    }


def _examples(choices: Sequence[Choice]) -> dict[str, Any]:
    """Return the choices as examples and not as an enumeration: a value may also be an IRI or a name."""
    return {
        "examples": {f"value-{n}": {"value": each.value, "summary": each.label} for n, each in enumerate(choices, 1)}
    }


def _rows_schema() -> dict[str, Any]:
    row = {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean"]}}
    return {"anyOf": [{"type": "array", "items": row}, {"type": "boolean"}]}


def _error(text: str) -> dict[str, Any]:
    return {"description": text, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
