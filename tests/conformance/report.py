"""Outcomes → CONFORMANCE.md: what passed, what did not and why, and what clients could do."""

from __future__ import annotations

import platform
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import version

import kg
from conformance.clients.questions import FORMS, Row
from conformance.engines.exceptions import ENGINE_EXCEPTIONS
from conformance.engines.tried import Tried
from conformance.exceptions import EXCEPTIONS
from conformance.plan import Done

UNEXPLAINED = "**The cause is not known.**"
INTRODUCTION = """# Conformance

What the W3C's test suites and real clients found, over HTTP, on running servers of this software. `make conformance`
ran them and wrote this file; nothing in it is written by hand.
"""
JUDGED = """## How it is judged

- Every test goes through a running `kg serve`. The data of query tests are published as a release, which the running
  server takes up; each file is a named graph of it, and every request names its dataset by `default-graph-uri` and
  `named-graph-uri`. Updates are sent to `/update` on a release that holds the test's dataset; then what
  `/graphs?default` and a query of all named graphs give is compared with what the test says.
- Answers are asked for in the format of the expected result, so that XML, JSON, CSV and TSV are all read. Solutions
  are compared as a multiset, in order where the test gives one, and with blank nodes matched one to one; graphs and
  datasets by canonical form (RDFC-1.0). Literals of one datatype are equal if their values are.
- *By value* means besides that a type derived from `xsd:integer` counts as `xsd:integer`: the store keeps it so.
- Relative IRIs of a query resolve against the test's file: a `BASE` is put before it. Tests of syntax go as they are.
- A query or update that is parsed, and then refused for calling a function or another server, counts as taken.
- Not run: the entailment regimes, of which this service offers none; and an older copy of the graph store tests.
"""


def write_report(done: list[Done], rows: list[Row], engines: list[Tried], date: str, commit: str) -> str:
    """Return the report in Markdown."""
    tried = [_clients(rows), write_engines(engines)]
    parts = [INTRODUCTION, _versions(date, commit), _suites(done), _misses(done), *tried, JUDGED]
    return "\n".join(parts)


def problems(done: list[Done], rows: list[Row]) -> list[str]:
    """Return what must not be: a reach that was missed, and a miss or a pass that is not as it is listed."""
    found = [
        f"{d.suite.title}: {d.passed} of {len(d.outcomes)} passed; {d.suite.reach} of {d.suite.total} are the reach"
        for d in done
        if not d.is_reached
    ]
    for outcome in (outcome for d in done for outcome in d.outcomes):
        if not outcome.passed and outcome.name not in EXCEPTIONS:
            found.append(f"{outcome.name} does not pass, and no cause is listed: {outcome.failure}")
        if outcome.passed and outcome.name in EXCEPTIONS:
            found.append(f"{outcome.name} passes now: take it from the exceptions")
    return found + [
        f"{row.client}, {name}: {failure}" for row in rows for name, failure in row.tried.items() if failure
    ]


def _versions(date: str, commit: str) -> str:
    packages = ("pyoxigraph", "rdflib", "Flask", "granian")
    named = ", ".join(f"{package} {version(package)}" for package in packages)
    return _table(
        ("", ""),
        [
            ("date", date),
            ("software", f"attested-kg {kg.__version__}, commit {commit}"),
            ("with", f"Python {platform.python_version()}, {named}"),
            ("suites", "W3C rdf-tests: SPARQL 1.0, 1.1 and 1.2"),
        ],
    )


def _suites(done: list[Done]) -> str:
    lines = [
        (d.suite.title, str(d.passed), str(len(d.outcomes)), str(d.suite.reach or "counted"), _verdict(d)) for d in done
    ]
    return "## Suites\n\n" + _table(("suite", "passed", "of", "reach", ""), lines)


def _verdict(done: Done) -> str:
    return "" if done.suite.reach is None else "reached" if done.is_reached else "**missed**"


def _misses(done: list[Done]) -> str:
    by_cause: dict[tuple[str, str], list[str]] = defaultdict(list)
    for d in done:
        for outcome in d.outcomes:
            if not outcome.passed:
                by_cause[d.suite.title, EXCEPTIONS.get(outcome.name, UNEXPLAINED)].append(
                    _miss(outcome.name, outcome.failure)
                )
    lines = [(title, "<br>".join(names), cause) for (title, cause), names in by_cause.items()]
    return "## Tests that do not pass\n\n" + _table(("suite", "tests, and what was seen", "cause"), lines)


def _miss(name: str, failure: str | None) -> str:
    return f"`{name}`: {failure}"


def _clients(rows: list[Row]) -> str:
    lines = [(row.client, row.version, *_cells(row)) for row in rows]
    head = ("client", "version", "SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "error", "SERVICE into us", "besides")
    return (
        "## Clients\n\nEach asks a server of the real data. *Error*: a query that is refused, and the client says so."
        " *SERVICE into us*: an\nengine that holds other data joins them with ours; the client's own where it has one,"
        " else that of a second endpoint.\nA client that reaches endpoints by SERVICE only does the rest by it too.\n\n"
        + _table(head, lines)
    )


def write_engines(engines: list[Tried]) -> str:
    """Return the section on engines behind our pages."""
    lines = [(t.engine, t.version, t.missing or f"{t.asked - len(t.failures)} of {t.asked}") for t in engines]
    by_cause: dict[tuple[str, str], list[str]] = defaultdict(list)
    for t in engines:
        for name, failure in t.failures.items():
            cause = ENGINE_EXCEPTIONS.get(t.engine, {}).get(name, UNEXPLAINED)
            by_cause[t.engine, cause].append(_miss(name, failure))
    misses = [(engine, "<br>".join(names), cause) for (engine, cause), names in by_cause.items()]
    text = (
        "## Engines\n\nThe real data, served with `KG_ENGINE=remote`: a page of each kind, every stored query (held"
        " against its file of expected\nanswers), each form of an answer, and what is to be refused. An answer must be"
        " that of the embedded engine.\n\n" + _table(("engine", "version", "alike"), lines)
    )
    return text + ("\n" + _table(("engine", "not alike, and what was seen", "cause"), misses) if misses else "")


def _cells(row: Row) -> Iterator[str]:
    if row.missing is not None:
        yield from ["not tried", *[""] * (len(FORMS) - 1), row.missing]
        return
    for form in FORMS:
        yield _cell(row.tried[form]) if form in row.tried else "–"
    yield ", ".join(f"{name} {_cell(failure)}" for name, failure in row.tried.items() if name not in FORMS)


def _cell(failure: str | None) -> str:
    return "works" if failure is None else f"**fails**: {failure}"


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = [head, ("---",) * len(head), *lines]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)
