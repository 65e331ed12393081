#!/bin/sh
# Ask a server with curl: sh examples/ask.sh [SERVER]
set -eu
server=${1:-http://127.0.0.1:8000}

echo "-- SPARQL: how many statements does each claimant make?"
curl --fail --silent --show-error "$server/sparql" -H 'Accept: text/csv' --data-urlencode 'query=
  PREFIX att: <ns#>
  PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
  SELECT ?claimant (COUNT(*) AS ?statements) WHERE {
    ?statement att:claimant/rdfs:label ?claimant . FILTER(LANG(?claimant) = "en")
  } GROUP BY ?claimant ORDER BY DESC(?statements) ?claimant LIMIT 3'

echo "-- REST: the same for one claimant, with the number of passages"
curl --fail --silent --show-error "$server/api/passages-per-claimant.csv?claimant=Russia"

echo "-- The reference of a statement"
curl --fail --silent --show-error "$server/article/florida-talks/statement/007-2.txt"

echo "-- The release that answered"
curl --fail --silent --show-error "$server/releases.json" | grep -m 1 '"id"'
