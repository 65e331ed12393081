"""Which suites are run, by what, and how many of each must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance.outcomes import Outcome
from conformance.runners.description import run_description
from conformance.runners.evaluation import run_evaluation
from conformance.runners.federation import run_federation
from conformance.runners.protocols import run_graph_store, run_protocol
from conformance.runners.syntax import run_syntax
from conformance.runners.update import run_updates
from conformance.servers import SuiteServer
from conformance.suites import Case, read_cases
from helpers.serving import Server

QUERY = "sparql11/manifest-sparql11-query.ttl"
UPDATE = "sparql11/manifest-sparql11-update.ttl"
RESULTS = "sparql11/manifest-sparql11-results.ttl"
FED_SYNTAX = "sparql11/syntax-fed/manifest.ttl"
FED = "sparql11/service/manifest.ttl"


@dataclass(frozen=True, slots=True)
class Suite:
    """A line of the report. ``total`` is how many tests there must be, and ``reach`` how many must pass; None: any."""

    title: str
    run: Callable[[SuiteServer, Server], list[Outcome]]
    total: int | None = None
    reach: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A suite and its outcomes."""

    suite: Suite
    outcomes: list[Outcome]

    @property
    def passed(self) -> int:
        """How many passed."""
        return sum(outcome.passed for outcome in self.outcomes)

    @property
    def is_reached(self) -> bool:
        """True where the suite is whole and as many passed as must."""
        whole = self.suite.total is None or self.suite.total == len(self.outcomes) > 0
        return whole and self.passed >= (self.suite.reach or 0)


def run_queries(cases: Iterable[Case], server: SuiteServer, *, derived: bool = False) -> list[Outcome]:
    """Return the outcomes of the tests of queries among the cases, whether of their syntax or of their answers."""
    queries = [case for case in cases if not case.is_update]
    evaluated = run_evaluation([case for case in queries if not case.is_syntax_test], server, derived=derived)
    return evaluated + run_syntax([case for case in queries if case.is_syntax_test], server)


def run_whole(manifest: str, server: SuiteServer) -> list[Outcome]:
    """Return the outcomes of a manifest that holds tests of queries and of updates."""
    cases = read_cases(manifest)
    return run_queries(cases, server) + run_updates([case for case in cases if case.is_update], server)


SUITES = (
    Suite("SPARQL 1.1 Protocol", lambda scratch, _: run_protocol(scratch), 34, 34),
    Suite("Graph Store HTTP Protocol", lambda scratch, _: run_graph_store(scratch), 13, 13),
    Suite("Service description", lambda _, server: run_description(server), 3, 3),
    Suite(
        "SPARQL 1.1 query, evaluation and syntax",
        lambda scratch, _: run_queries(read_cases(QUERY), scratch),
        328,
        318,
    ),
    Suite("SPARQL 1.1 update", lambda scratch, _: run_updates(read_cases(UPDATE), scratch), 157, 157),
    Suite(
        "Results in CSV, TSV and JSON, by value",
        lambda scratch, _: run_queries(read_cases(RESULTS), scratch, derived=True),
        10,
        10,
    ),
    Suite("Federated query, syntax", lambda scratch, _: run_queries(read_cases(FED_SYNTAX), scratch), 3, 3),
    Suite("Federated query, SERVICE through the allow-list", lambda _, __: run_federation(read_cases(FED)), 7, 6),
    Suite("SPARQL 1.0", lambda scratch, _: run_whole("sparql10/manifest.ttl", scratch), 482),
    Suite("SPARQL 1.2 (working draft)", lambda scratch, _: run_whole("sparql12/manifest.ttl", scratch), 269),
)


def run_suites(scratch: SuiteServer, server: Server, say: Callable[[str], None]) -> list[Done]:
    """Run every suite and return them with their outcomes; ``say`` is called with each."""
    done = []
    for suite in SUITES:
        done.append(Done(suite, suite.run(scratch, server)))
        say(f"{suite.title}: {done[-1].passed} of {len(done[-1].outcomes)}")
    return done
