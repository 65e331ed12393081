"""HTTP fuzz: what schemathesis makes of the API's description, and requests that are wrong in every way.

``python -m torture.inputs.fuzz SEED…`` sends the requests of these seeds again and shows what comes back.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import schemathesis
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from helpers.serving import HOME
from helpers.writing import WritingServer
from kg.release.work.build import build
from kg.settings import read_settings
from torture.inputs.mutants import Request, make_request
from torture.trial import Finding, Say, Trial, scale

THREADS = 4
SECONDS = 20.0
"""How long an answer is waited for: longer than any deadline that the server is given here."""
SETTINGS = {
    "KG_QUERY_SECONDS": "10",
    "KG_WRITE_SECONDS": "15",
    # All come from one address, and most are errors
    "KG_CLIENT_ERRORS": "0",
    "KG_CLIENT_SECONDS": "0",
    "KG_CLIENT_REQUESTS": "0",
}


@contextmanager
def serving() -> Iterator[WritingServer]:
    """Give a server of the real data that takes writes."""
    with tempfile.TemporaryDirectory() as folder:
        build(read_settings().with_(home=HOME, releases=Path(folder)), lambda _: None)
        server = WritingServer(Path(folder), **SETTINGS)
        try:
            yield server
        finally:
            server.stop()


class Connection:
    """A connection that is kept as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, request: Request) -> int | None:
        """Return the status of the answer, None where the connection ended without one; raises TimeoutError."""
        reused = self._socket is not None
        try:
            status = self._exchange(request)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            if isinstance(error, TimeoutError):
                raise
            # A kept connection may have ended before this request: only on a new one is that an answer to it
            return self.send(request) if reused else None
        if not request.framed:
            self.close()
        return status

    def _exchange(self, request: Request) -> int:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), SECONDS)
        self._socket.sendall(request.to_bytes(f"127.0.0.1:{self._port}"))
        if not request.framed:
            self._socket.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(self._socket, method=request.method)
        response.begin()
        response.read()
        if response.will_close or response.status >= 400:
            self.close()
        return response.status

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def send_all(port: int, seeds: range) -> Iterator[tuple[int, Request, int | str | None]]:
    """Send the requests of the seeds over one connection; give each with its status, or what came instead."""
    connection = Connection(port)
    for seed in seeds:
        request = make_request(seed)
        try:
            yield seed, request, connection.send(request)
        except TimeoutError:
            yield seed, request, "no answer in time"
    connection.close()


ADDRESS = re.compile(rb"(?:/|http:)[\x21-\x7e]*")
"""What can be the target of a request (RFC 9112 §3.2)."""


def is_failure(request: Request, outcome: int | str | None) -> bool:
    """Return whether an outcome must not be: the server's fault, or no answer to a request that has an end."""
    if outcome is None:
        # To an address that is none, the answer may be lost: the server refuses it before it has read the body
        return request.framed and ADDRESS.fullmatch(request.target) is not None
    return isinstance(outcome, str) or outcome in (500, 502, 504)


def mutants(server: WritingServer, count: int) -> tuple[Counter[str], list[str]]:
    """Return how often each kind of outcome came, and the failures."""
    outcomes: Counter[str] = Counter()
    failures: list[str] = []

    def run(part: int) -> None:
        for seed, request, outcome in send_all(server.port, range(part, count, THREADS)):
            outcomes["none" if outcome is None else str(outcome)] += 1
            if is_failure(request, outcome):
                failures.append(f"seed {seed}: {outcome} for {request.method} {request.target[:80]!r}")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, range(THREADS)))
    return outcomes, failures


def described(server: WritingServer, examples: int) -> tuple[int, list[str]]:
    """Return how many requests schemathesis made of the API's description, and what it found wrong."""
    schema = schemathesis.openapi.from_url(f"{server.url}/api/openapi.json")
    sent = 0
    failures: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        # Without a parameter there is nothing that could be wrong
        modes = [
            GenerationMode.POSITIVE,
            *([GenerationMode.NEGATIVE] if len(list(operation.iter_parameters())) else []),
        ]
        for mode in modes:

            @hypothesis.settings(
                max_examples=examples, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
            )
            @hypothesis.seed(1)
            @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
            def check(case: schemathesis.Case) -> None:
                nonlocal sent
                sent += 1
                # No schema says which strings are SPARQL
                apart = [positive_data_acceptance] if case.operation.path == "/explain" else []
                case.call_and_validate(excluded_checks=apart)

            try:
                check()
            except (Exception, BaseExceptionGroup) as error:  # schemathesis raises failures in groups of its own
                failures.append(f"{operation.label}, {mode.value}: {type(error).__name__}: {str(error)[:600]}")
    return sent, failures


def run(say: Say) -> Finding:
    """Try both on one server, which must answer after all of it by the same process."""
    with serving() as server:
        sent, failures = described(server, scale(40, 3))
        say(f"schemathesis sent {sent} requests")
        count = scale(10_000, 400)
        outcomes, more = mutants(server, count)
        say(f"outcomes of the mutated requests: {dict(outcomes.most_common())}")
        failures += more
        if server.process.poll() is not None or server.get("/health").status != 200:
            failures.append("the server is not well afterwards")
    total = sum(outcomes.values())
    measured = (
        f"{sent} requests by schemathesis and {total} mutated ones, of which {outcomes['200']} were answered with 200;"
        f" {len(failures)} failures, {outcomes['500']} of them 500"
    )
    return Finding(measured, not failures and total == count and sent > 0, tuple(failures))


TRIAL = Trial(
    "HTTP fuzz: schemathesis on the API, and 10,000 mutated requests",
    "0 status 500, each request with an end is answered, the server lives",
    run,
)


def replay(seeds: list[int]) -> None:
    """Send the requests of some seeds, and show them with what comes back."""
    with serving() as server:
        for seed in seeds:
            for _, request, outcome in send_all(server.port, range(seed, seed + 1)):
                print(seed, request.to_bytes("127.0.0.1")[:2000], "→", outcome)


if __name__ == "__main__":
    os.environ.setdefault("KG_LOG_LEVEL", "warning")
    replay([int(word) for word in sys.argv[1:]])
