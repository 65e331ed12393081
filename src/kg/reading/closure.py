"""What a reading needs of a statement's neighbours, as one query, so that a page can fetch it."""

from __future__ import annotations

from kg.reading.phrases import ADJUNCTS, LINKS

STEPS = ("subject", "object", "antecedent", "consequent", *ADJUNCTS)
"""Properties by which one statement stands within another, to any depth."""
READ = (
    *("subject", "relation", "object", "quality", "negated", "verb", "order", "words", "inference"),
    *(f"{name}Combination" for name in ("subject", "object", "antecedent", "consequent")),
    *("subjectQuantity", "objectQuantity", "modality", "frequency", "aspect", "quantity", "degree"),
    *("claimant", "holder", "attribution", "via", "askedBy", "answerStatus", "asks", "asksFor"),
    *("conditionKind", "antecedent", "consequent", "evidence", "context", "issue", *ADJUNCTS, "asOf", *LINKS),
    *("prints", "indicator", "population", "populationQuantity", "value", "unit", "bound"),
    *("status", "participant", "partOf", "printed", "expresses", "quotedFrom", "names", "infers"),
    *("forms", "passiveForms", "template", "grammaticalNumber"),
)
"""Properties that a reading looks at, of a statement and of what it leads to."""


def closure_query(base: str, thing: str) -> str:
    """Return a CONSTRUCT for a statement, an IRI in N-Triples syntax: the triples that its reading needs, few others.

    The statement and those it links to, with the statements within them; the things, codes, words, observations and
    events that these lead to; and what the words, observations and events lead to in turn. Each part begins at
    the statement, since an engine may else read all properties of all things to join them.
    """
    within = "|".join(f"att:{name}" for name in STEPS)
    links = "|".join(f"att:{name}" for name in LINKS)
    statements = f"{{ SELECT DISTINCT ?s WHERE {{ {thing} ({links})?/({within})* ?s }} }}"
    inner = "|".join(f"att:{name}" for name in ("words", "inference", "prints", *STEPS))
    names = ", ".join(("rdf:type", "rdfs:label", "rdfs:comment", "skos:prefLabel", *(f"att:{name}" for name in READ)))
    read = f"FILTER(?p IN ({names}))"
    return f"""PREFIX att: <{base}ns#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
CONSTRUCT {{ ?node ?p ?o }} WHERE {{
  {{ {statements} BIND(?s AS ?node) ?node ?p ?o . {read} }}
  UNION {{ {statements} ?s ?step ?node . ?node ?p ?o . {read} }}
  UNION {{ {statements} ?s {inner} ?next . ?next ?further ?node . ?node ?p ?o . {read} }}
}}
"""
