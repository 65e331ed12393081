"""One statement as linked data, read by rdflib: python examples/statement.py [SERVER]."""

from __future__ import annotations

import sys

from rdflib import RDFS, Graph, Namespace, URIRef

SERVER = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
BASE = "https://attested.example/"
"""The base IRI of the data. Here it is not the server's address, so a path is read from the server."""
ATT = Namespace(f"{BASE}ns#")
PATH = "article/florida-talks/statement/007-2"

graph = Graph().parse(f"{SERVER}/{PATH}.ttl", format="turtle")
statement = URIRef(BASE + PATH)


def label(node: object) -> str:
    """Return the English label of a node, or its IRI."""
    labels = graph.objects(URIRef(str(node)), RDFS.label)
    return next((str(each) for each in labels if getattr(each, "language", None) == "en"), str(node))


print(label(statement))
print("who says it: ", "; ".join(sorted(map(label, graph.objects(statement, ATT.claimant)))))
print("how firmly:  ", label(graph.value(statement, ATT.modality)))
print("where:       ", graph.value(statement, ATT.evidence))
