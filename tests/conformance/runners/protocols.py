"""Protocol and graph store tests: those that pytest runs, run once more for the report."""

from __future__ import annotations

from collections.abc import Callable

from conformance.manifest import Test, read_tests
from conformance.outcomes import Outcome
from conformance.runners.test_graph_store import test_graph_store
from conformance.runners.test_protocol import test_protocol
from conformance.servers import SuiteServer
from conformance.suites import root

Check = Callable[[SuiteServer, Test], None]


def run_protocol(server: SuiteServer) -> list[Outcome]:
    """Return the outcomes of the SPARQL 1.1 Protocol tests."""
    return _run("sparql11/protocol/manifest.ttl", test_protocol, server)


def run_graph_store(server: SuiteServer) -> list[Outcome]:
    """Return the outcomes of the Graph Store Protocol tests, with direct and indirect graph names."""
    return _run("sparql11/graph-store-protocol/manifest.ttl", test_graph_store, server)


def _run(manifest: str, check: Check, server: SuiteServer) -> list[Outcome]:
    server.load(())
    return [_run_one(test, check, server) for test in read_tests(root() / manifest)]


def _run_one(test: Test, check: Check, server: SuiteServer) -> Outcome:
    name = f"{test.manifest.parent.relative_to(root()).as_posix()}/{test.key}"
    try:
        check(server, test)
    except Exception as error:
        return Outcome(name, f"{type(error).__name__}: {' '.join(str(error).split())[:160]}")
    return Outcome(name)
