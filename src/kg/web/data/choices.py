"""What a parameter of a stored query may be: the values that its column has in the release."""

from __future__ import annotations

import json
from dataclasses import dataclass

from kg.errors import QueryError
from kg.queries import page
from kg.store import Query
from kg.web.data.context import SOLUTIONS, Context
from kg.web.data.questions import Question

MOST_ROWS = 1_000
"""Rows of the answer that are looked at."""
MOST = 100
"""Choices that are offered; a column with more values has none, as have columns that may have more than was seen."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value as it is sent, which is the last part of an IRI where that is ours, and what it is called."""

    value: str
    label: str


def choices_of(context: Context, question: Question) -> dict[str, tuple[Choice, ...]]:
    """Return the choices of each parameter, in the order of their labels; none for one with too many values."""
    return context.once(("choices", question), lambda: _choices(context, question))


def _choices(context: Context, question: Question) -> dict[str, tuple[Choice, ...]]:
    none: dict[str, tuple[Choice, ...]] = {each.name: () for each in question.parameters}
    if not question.gives_rows or not question.parameters:
        return none
    query = Query(page(question.text, MOST_ROWS), SOLUTIONS, None, base_iri=context.iris.base)
    try:
        rows = json.loads(context.ask_own(query).body)["results"]["bindings"]
    except QueryError:  # such as one that takes too long: values are typed then
        return none
    if len(rows) == MOST_ROWS:
        return none
    found: dict[str, tuple[Choice, ...]] = {}
    for name in none:
        labels: dict[str, str] = {}
        for row in rows:
            if name in row:
                value = _short(context, row[name]["value"]) if row[name]["type"] == "uri" else row[name]["value"]
                labels.setdefault(value, row.get(f"{name}Label", {}).get("value", value))
        made = [Choice(value, label) for value, label in labels.items()]
        found[name] = tuple(sorted(made, key=lambda each: (each.label.casefold(), each.value)))
    return {name: listed if len(listed) <= MOST else () for name, listed in found.items()}


def _short(context: Context, iri: str) -> str:
    """Return the last part of the IRI of an entity or code, another of ours below the base IRI, or the whole one."""
    rest = iri.removeprefix(context.iris.base)
    folder, _, last = rest.partition("/")
    return last if folder in ("id", "code") and rest != iri else rest
