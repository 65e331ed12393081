"""The queries that statements, figures and entities are read by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.terms import iri_term

PREFIXES = """\
PREFIX att: <{base}ns#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""

FILTERS = {
    "about": "?s att:about {value} .",
    "article": "?s att:evidence/oa:hasSource {value} .",
    "claimant": "?s att:claimant {value} .",
    "holder": "?s att:holder {value} .",
    "indicator": "?s att:prints/att:indicator {value} .",
    "issue": "?s att:issue {value} .",
    "kind": "?s a {value} .",
    "modality": "?s att:modality {value} .",
    "passage": "?s att:evidence {value} .",
    "relation": "?s att:relation/skos:broader* {value} .",
}
"""Parameter of ``statements`` → the pattern by which statements are chosen."""
_FIGURES = "?s att:prints ?printed ."
_TOLD = "?n ?p ?o OPTIONAL { ?o rdfs:label ?label } OPTIONAL { ?o skos:prefLabel ?other }"


def statements(
    base: str,
    chosen: Mapping[str, str],
    limit: int,
    offset: int,
    *,
    figures: bool = False,
    only: Sequence[str] = (),
) -> str:
    """Return a SELECT of all that is said of some statements, and of the nodes that they are made of.

    Its rows have ``n``, a statement or a node of one, property ``p``, value ``o`` and the value's ``label``.
    """
    patterns = " ".join(FILTERS[name].format(value=iri_term(value)) for name, value in chosen.items())
    values = f"VALUES ?s {{ {' '.join(map(iri_term, only))} }}" if only else ""
    return f"""{PREFIXES.format(base=base)}
SELECT ?s ?n ?p ?o (COALESCE(?label, ?other) AS ?name) WHERE {{
  {{ SELECT DISTINCT ?s WHERE {{ {values} ?s a att:Statement . {patterns} {_FIGURES if figures else ""} }}
     ORDER BY ?s LIMIT {limit:d} OFFSET {offset:d} }}
  {{ ?s att:evidence ?any BIND(?s AS ?n) }}
  UNION {{ ?s att:evidence|att:words|att:inference|att:prints ?n }}
  UNION {{ ?s (att:evidence/(oa:hasSelector|oa:hasSource))|(att:prints/att:period) ?n }}
  {_TOLD}
}}"""


def entity(base: str, iri: str) -> str:
    """Return a SELECT of all that is said of a thing; its rows have ``p``, ``o`` and the value's ``label``."""
    thing = iri_term(iri)
    return f"""{PREFIXES.format(base=base)}
SELECT ({thing} AS ?n) ?p ?o (COALESCE(?label, ?other) AS ?name) WHERE {{ {_TOLD.replace("?n ?p", f"{thing} ?p")} }}"""


def counts(base: str, iri: str) -> str:
    """Return a SELECT of how many statements a thing claims, holds, and is the subject matter of."""
    thing = iri_term(iri)
    parts = " ".join(
        f"{{ SELECT (COUNT(DISTINCT ?s) AS ?{name}) WHERE {{ ?s a att:Statement ; att:{link} {thing} }} }}"
        for name, link in (("claims", "claimant"), ("holds", "holder"), ("about", "about"))
    )
    return f"{PREFIXES.format(base=base)}\nSELECT ?claims ?holds ?about WHERE {{ {parts} }}"


def passage(base: str, iri: str) -> str:
    """Return a SELECT of a passage, or of the evidence of a statement: its IRI, article, digests and place."""
    return f"""{PREFIXES.format(base=base)}
SELECT ?passage ?article ?digest ?whole ?start ?end WHERE {{
  {iri_term(iri)} att:evidence? ?passage .
  ?passage a att:Passage ; att:digest ?digest ; oa:hasSource ?article ; oa:hasSelector ?place .
  ?place oa:start ?start ; oa:end ?end .
  OPTIONAL {{ ?article att:digest ?whole }}
}}"""


def printed(base: str, iri: str) -> str:
    """Return a SELECT of the words that are recorded as printed in a passage, by any statement that rests on it."""
    return f"""{PREFIXES.format(base=base)}
SELECT DISTINCT ?printed WHERE {{ ?s att:evidence {iri_term(iri)} ; att:words/att:printed ?printed }}"""


def stored(base: str) -> str:
    """Return a SELECT of the stored queries, a row for each parameter; one that has none has one row."""
    return f"""{PREFIXES.format(base=base)}
SELECT ?query ?title ?description ?text ?parameter ?datatype ?class ?example ?told WHERE {{
  ?query a sh:SPARQLExecutable ; rdfs:label ?title ; sh:select|sh:construct|sh:ask|sh:describe ?text .
  FILTER(LANG(?title) = "en")
  OPTIONAL {{ ?query rdfs:comment ?description FILTER(LANG(?description) = "en") }}
  OPTIONAL {{
    ?query sh:parameter ?parameter .
    OPTIONAL {{ ?parameter sh:datatype ?datatype }} OPTIONAL {{ ?parameter sh:class ?class }}
    OPTIONAL {{ ?parameter skos:example ?example }}
    OPTIONAL {{ ?parameter sh:description ?told FILTER(LANG(?told) = "en") }}
  }}
}} ORDER BY ?query ?parameter"""


def terms(base: str) -> str:
    """Return a SELECT of the ontology's classes and properties, with how often each is used."""
    return f"""{PREFIXES.format(base=base)}
SELECT ?term ?kind ?label ?definition ?example ?uses WHERE {{
  ?term rdfs:isDefinedBy <{base}ns> ; a ?kind ; rdfs:label ?label ; skos:definition ?definition .
  FILTER(?kind IN (owl:Class, owl:ObjectProperty, owl:DatatypeProperty))
  FILTER(LANG(?label) = "en" && LANG(?definition) = "en")
  OPTIONAL {{ ?term skos:example ?example }}
  {{ SELECT ?term (COUNT(*) AS ?uses) WHERE {{
       {{ ?x a ?term }} UNION {{ ?x ?term ?y }} ?term rdfs:isDefinedBy <{base}ns> }} GROUP BY ?term }}
}} ORDER BY ?kind ?term"""
