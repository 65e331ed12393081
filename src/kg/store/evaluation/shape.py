"""What is made of an engine's answer before it leaves: rows for a spreadsheet, or the first rows for a page."""

from __future__ import annotations

import json
from dataclasses import replace

from kg.errors import QueryTooLarge
from kg.store import Answer, Query
from kg.store.evaluation.spreadsheet import for_spreadsheet


def shape(answer: Answer, query: Query) -> Answer:
    """Return the answer as the query asks for it; raises QueryTooLarge for triples nested past all measure."""
    if query.first is not None:
        try:
            return _take_first(answer, query.skip, query.first)
        except RecursionError:
            raise QueryTooLarge("The answer nests triples too deeply for a page. Ask for it in another form.") from None
    if query.spreadsheet:
        return replace(answer, body=for_spreadsheet(answer.body, answer.media_type))
    return answer


def _take_first(answer: Answer, skip: int, most: int) -> Answer:
    """Return an answer in SPARQL JSON or N-Triples cut to ``most`` rows after ``skip``, with the total number of rows.

    A triple that the engine gives twice is one.
    """
    if answer.kind == "graph":
        lines = list(dict.fromkeys(line for line in answer.body.split(b"\n") if line))
        return replace(answer, body=b"\n".join(lines[skip : skip + most]), total=len(lines))
    found = json.loads(answer.body)
    if "boolean" in found:
        return answer
    rows = found["results"]["bindings"]
    if skip or len(rows) > most:
        found["results"]["bindings"] = rows[skip : skip + most]
        answer = replace(answer, body=json.dumps(found).encode())
    return replace(answer, total=len(rows))
