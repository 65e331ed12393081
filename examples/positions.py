"""Who holds which position on an issue? Asked by SPARQLWrapper: python examples/positions.py [SERVER]."""

from __future__ import annotations

import sys

from SPARQLWrapper import JSON, SPARQLWrapper

SERVER = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
QUERY = """
PREFIX att: <ns#>
PREFIX id: <id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?party ?position ?passage WHERE {
  ?statement a att:Position ;
    att:issue id:issue-territory ;
    att:holder/rdfs:label ?party ;
    rdfs:label ?position ;
    att:evidence/att:number ?passage .
  FILTER(LANG(?party) = "en" && LANG(?position) = "en")
} ORDER BY ?party ?passage ?position
"""

endpoint = SPARQLWrapper(f"{SERVER}/sparql")
endpoint.setQuery(QUERY)
endpoint.setReturnFormat(JSON)
party = ""
for row in endpoint.queryAndConvert()["results"]["bindings"]:
    if row["party"]["value"] != party:
        party = row["party"]["value"]
        print(party)
    print(f"  passage {row['passage']['value']:>3}: {row['position']['value']}")
