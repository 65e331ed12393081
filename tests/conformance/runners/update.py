"""Update tests: the dataset published, the update sent by POST to /update, and what the server then holds compared."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Dataset, DefaultGraph, NamedNode, Quad

from conformance.outcomes import Outcome
from conformance.results import difference
from conformance.servers import SuiteServer, read_quads
from conformance.suites import Case, Content, read_text
from helpers.serving import Answer

DIRECT = "application/sparql-update"
FAILED = "The update failed"
"""Start of the message for an update that was parsed, and could not be made of an empty dataset."""
NO_LOAD = "Nothing is loaded or asked from other servers here"
"""Start of the message for one that would load."""
BAD_LOAD = "LOAD ;"


def run_updates(cases: list[Case], server: SuiteServer) -> list[Outcome]:
    """Return the outcomes of evaluation and syntax tests of updates, in the cases' order."""
    return [_run_syntax(case, server) if case.is_syntax_test else _run_evaluation(case, server) for case in cases]


def _run_evaluation(case: Case, server: SuiteServer) -> Outcome:
    server.load(quads_of(case.data))
    answer = _post(case, server)
    if answer.status not in (200, 204):
        return Outcome(case.name, f"status {answer.status}: {_short(answer)}")
    return Outcome(case.name, difference(Dataset(quads_of(case.result_data)), Dataset(server.held())))


def _run_syntax(case: Case, server: SuiteServer) -> Outcome:
    """Return the outcome of an update that is, or is not, SPARQL; it is sent to an empty dataset."""
    server.load(())
    answer = _post(case, server, with_base=False)
    if case.kind.startswith("Positive"):
        return Outcome(case.name, None if _was_read(answer, server) else f"status {answer.status}: {_short(answer)}")
    refused = answer.status == 400 and not answer.text.startswith(FAILED)
    return Outcome(case.name, None if refused else f"no syntax error: status {answer.status}: {_short(answer)}")


def _was_read(answer: Answer, server: SuiteServer) -> bool:
    """Return whether an update was found to be SPARQL, whatever came of it then."""
    if answer.text.startswith(NO_LOAD):  # which shows nothing where a LOAD is refused before it is parsed
        return server.update(BAD_LOAD).status == 400
    return answer.status in (200, 204) or answer.text.startswith(FAILED)


def _post(case: Case, server: SuiteServer, *, with_base: bool = True) -> Answer:
    base = f"BASE <{case.action}>\n" if with_base else ""
    return server.write("POST", "/update", (base + read_text(case.action)).encode(), content_type=DIRECT)


def _short(answer: Answer) -> str:
    return " ".join(answer.text.split())[:160]


def quads_of(content: Content) -> Iterator[Quad]:
    """Yield the quads of a test's dataset."""
    for file in content.default:
        yield from read_quads(file, DefaultGraph())
    for graph in content.named:
        yield from read_quads(graph.file, NamedNode(graph.name))
