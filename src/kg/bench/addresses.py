"""An address of each kind of page, picked from what a release holds."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

from kg.store import Engine, Query
from kg.terms import PREFIXES, Iris

MOST_LINKED = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?thing ?label (COUNT(?other) AS ?links) ?class WHERE {
  { SELECT ?thing ?class WHERE { ?thing a ?class } LIMIT 5000 }
  OPTIONAL { ?thing rdfs:label ?label }
  OPTIONAL { ?other ?link ?thing }
}
GROUP BY ?thing ?label ?class
ORDER BY DESC(?links) STR(?thing)
"""
"""The things of a class, or of many so many, first that to which most leads: its page has the most to show."""

FIXED = {
    "home": "/",
    "issues": "/issues",
    "timeline": "/timeline",
    "figures": "/figures",
    "browse": "/browse",
    "browse statements": "/browse?group=statement",
    "statements": "/statements",
    "articles": "/articles",
    "about": "/about",
    "query page": "/query",
    "answer": "/sparql?" + urlencode({"query": "SELECT * { ?s ?p ?o } LIMIT 50"}),
    "ontology": "/ns",
    "shapes": "/shapes",
    "dataset": "/dataset",
    "graph": "/graph/codes",
    "releases": "/releases",
    "api": "/api",
    "reconciliation manifest": "/reconcile",
    "feed": "/feed/records.atom",
    "sitemap": "/sitemap.xml",
}
"""Kind → path of the pages that every release has at the same address."""

CLASSES = {
    "statement": "Assertion",
    "figure": "Figure",
    "period": "Period",
    "event": "Event",
    "issue": "Issue",
    "document": "Document",
    "article": "Article",
    "voice of an article": "ArticleVoice",
    "passage": "Passage",
    "encoding": "Encoding",
}
"""Kind → class of the ontology that its pages are of, apart from the entity, which is searched for, too."""
ROWS = 100
"""Rows of the answer of a stored query."""
ENTITIES = "/id/"
"""Start of an entity's path: it leads on to the document, as the voice of an article, that is one too, does not."""


def find_addresses(engine: Engine, iris: Iris, release: str) -> dict[str, str]:
    """Return kind of page → path; a kind of which the release holds nothing is left out."""
    found = FIXED | {"release": f"/release/{release}"}
    if entity := _most_linked(engine, iris, iris.term("Entity"), ENTITIES):
        path, name = entity
        found["entity"] = path
        found["search"] = "/search?" + urlencode({"q": name})
        found["completion"] = "/suggest?" + urlencode({"q": name[:3]})
        found["statements of"] = "/statements?" + urlencode({"of": path.replace("/doc/", "id/", 1)}, safe="/")
        found["preview"] = "/reconcile/preview?" + urlencode({"id": path.removeprefix("/doc/")})
    classes = {kind: iris.term(name) for kind, name in CLASSES.items()}
    classes |= {
        "code": PREFIXES["skos"] + "Concept",
        "code list": PREFIXES["skos"] + "ConceptScheme",
        "stored query": PREFIXES["sh"] + "SPARQLSelectExecutable",
    }
    for kind, class_iri in classes.items():
        if thing := _most_linked(engine, iris, class_iri):
            found[kind] = thing[0]
    if "stored query" in found:
        found["API answer"] = found["stored query"].replace("/query/", "/api/", 1) + f"?limit={ROWS}"
    return found


def _most_linked(engine: Engine, iris: Iris, class_iri: str, under: str = "/") -> tuple[str, str] | None:
    """Return the path of the page of a thing, and its label: "" where it has none."""
    answer = engine.query(Query(MOST_LINKED, bindings={"class": f"<{class_iri}>"}, internal=True))
    for row in json.loads(answer.body)["results"]["bindings"]:
        path = iris.path(row["thing"]["value"])
        if path is not None and path.startswith(under):
            return quote(path.replace(ENTITIES, "/doc/", 1)), row["label"]["value"] if "label" in row else ""
    return None
