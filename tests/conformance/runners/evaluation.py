"""Query evaluation tests: the test's query over HTTP on the test's dataset, and its answer against the expected one."""

from __future__ import annotations

from conformance.outcomes import Outcome
from conformance.results import difference, distinct, read_csv, read_result
from conformance.servers import EMPTY, SuiteServer, graph_names, post_query, to_batches
from conformance.suites import Case, GraphData, path_of, read_text
from helpers.serving import Answer, Server
from kg.store.sparql.tokens import names_dataset

ROWS = {
    "srx": "application/sparql-results+xml",
    "srj": "application/sparql-results+json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
"""Suffix of the expected result → media type asked for, so that each format is tested; JSON for the rest."""
SUFFIXES = {media_type: suffix for suffix, media_type in ROWS.items()} | {"application/n-triples": "nt"}


def run_evaluation(cases: list[Case], server: SuiteServer, *, derived: bool = False) -> list[Outcome]:
    """Return the outcomes, in the cases' order; ``derived`` as in results.difference."""
    outcomes = {}
    for batch in to_batches(cases):
        server.load(batch.quads())
        outcomes |= {case.name: run_case(case, server, derived) for case in batch.cases}
    return [outcomes[case.name] for case in cases]


def run_case(case: Case, server: Server, derived: bool = False) -> Outcome:
    """Return the outcome of one case whose data the server holds, each file as the graph of its name."""
    answer = ask(case, server)
    if answer.status != 200:
        return Outcome(case.name, f"status {answer.status}: {' '.join(answer.text.split())[:160]}")
    return Outcome(case.name, compare(case, answer, derived))


def ask(case: Case, server: Server) -> Answer:
    """Return the server's answer to the case's query, in the format of the expected result."""
    text = read_text(case.action)
    suffix = (case.result or "").rpartition(".")[2]
    accept = f"{ROWS.get(suffix, ROWS['srj'])}, application/n-triples"
    return post_query(server, f"BASE <{case.action}>\n{text}", accept, dataset_of(case, text))


def dataset_of(case: Case, text: str) -> list[tuple[str, str]]:
    """Return the protocol's dataset parameters (SPARQL 1.1 Protocol §2.1.4); none where the query has FROM."""
    if names_dataset(text):
        return []
    default = [("default-graph-uri", iri) for iri in case.data.default or (EMPTY,)]
    return default + [("named-graph-uri", graph.name) for graph in named_graphs(case)]


def named_graphs(case: Case) -> list[GraphData]:
    """Return the named graphs of the case's data, with those in its TriG files."""
    inside = [GraphData(name, file) for file in case.data.default for name in sorted(graph_names(file))]
    return [*case.data.named, *inside]


def compare(case: Case, answer: Answer, derived: bool = False) -> str | None:
    """Return how the answer differs from the expected result, None where it does not."""
    assert case.result is not None
    expected_body = path_of(case.result).read_bytes()
    suffix = SUFFIXES[answer.media_type]
    if suffix == "csv":
        return difference(read_csv(expected_body), read_csv(answer.body))
    expected = read_result(expected_body, case.result, case.result)
    actual = read_result(answer.body, f"answer.{suffix}")
    if case.lax:
        expected, actual = distinct(expected), distinct(actual)
    return difference(expected, actual, derived=derived)
