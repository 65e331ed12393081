"""What the editor of the query page completes: prefixes, classes and properties, by the release's own statistics."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Response

from kg.web.data.context import Context
from kg.web.http.policy import PAGE, Routes
from kg.web.text.language import SOURCE

blueprint = Routes("vocabulary", PAGE)

_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@blueprint.route("/query/vocabulary.json")
def vocabulary(context: Context) -> Response:
    """Give prefixes and terms, each term with its label and definition in the page's language, and how often it is
    used; ``of`` are the classes that a property is for."""
    prefixes = context.iris.prefixes()
    found: dict[str, dict[str, Any]] = {}
    for row in context.ask_rows("vocabulary"):
        name = shorten(row["term"], prefixes)
        if name is None:
            continue
        told = {"term": name, "iri": row["term"], "kind": row["kind"], "uses": int(row["uses"])}
        term = found.setdefault(name, told | {"label": "", "definition": "", "of": []})
        if row.get("language") in (context.language, SOURCE) and (
            row["language"] == context.language or not term["label"]
        ):
            term |= {"label": row["label"], "definition": row["definition"]}
        if "of" in row and (cls := shorten(row["of"], prefixes)) and cls not in term["of"]:
            term["of"].append(cls)
    for term in found.values():
        term["of"].sort()
    terms = sorted(found.values(), key=lambda term: (-term["uses"], term["term"]))
    body = {"base": context.iris.base, "prefixes": prefixes, "terms": terms}
    return Response(json.dumps(body, ensure_ascii=False) + "\n", content_type="application/json")


def shorten(iri: str, prefixes: dict[str, str]) -> str | None:
    """Return an IRI as a prefixed name, or None where it has none."""
    for prefix, start in prefixes.items():
        if iri.startswith(start) and _LOCAL.fullmatch(iri[len(start) :]):
            return f"{prefix}:{iri[len(start) :]}"
    return None
