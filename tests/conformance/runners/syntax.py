"""Syntax tests of queries: the server takes what is SPARQL, and answers 400 with a syntax error to what is not."""

from __future__ import annotations

from conformance.outcomes import Outcome
from conformance.servers import EMPTY, SuiteServer, post_query
from conformance.suites import Case, read_text

ACCEPT = "application/sparql-results+json, application/n-triples"
PARSED = ("Calls to other endpoints (SERVICE)", "There is no function <")
"""Starts of the messages for queries that were parsed, and then ask for what is not offered here."""
NOT_SPARQL = ("Syntax error at line", "The query is not SPARQL", "There is no query", "This is an update")
"""Starts of the messages for what was not parsed."""


def run_syntax(cases: list[Case], server: SuiteServer) -> list[Outcome]:
    """Return the outcomes; every query is asked of an empty graph, so that only its syntax counts."""
    return [_run_case(case, server) for case in cases]


def _run_case(case: Case, server: SuiteServer) -> Outcome:
    try:
        text = read_text(case.action)
    except UnicodeDecodeError:
        return Outcome(case.name, "the query is not UTF-8")
    answer = post_query(server, text, ACCEPT, [("default-graph-uri", EMPTY)])
    message = " ".join(answer.text.split())[:160]
    if case.kind.startswith("Positive"):
        taken = answer.status == 200 or message.startswith(PARSED)
        return Outcome(case.name, None if taken else f"status {answer.status}: {message}")
    if answer.status == 400 and message.startswith(NOT_SPARQL):
        return Outcome(case.name)
    return Outcome(case.name, f"was taken, though it is not SPARQL (status {answer.status})")
