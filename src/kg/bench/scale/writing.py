"""What it takes to publish: everything at first, nothing, one changed article, and one triple over HTTP."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kg.bench.scale.commands import Ran, held, run
from kg.bench.scale.figures import Times
from kg.bench.scale.processes import spent
from kg.bench.scale.server import Server
from kg.errors import KgError
from kg.settings import Settings

CHANGES, UPDATES = 10, 20
"""Times that a changed article is published, and that a triple is added."""
SEEN_SECONDS = 60.0
SEEN_PAUSE = 0.005
UNBOUNDED = {"check_seconds": 36_000.0}
"""Settings for a build that may take as long as it takes: it is measured."""
RECORD = "id/party-0"
"""The shared record of which most articles speak."""


@dataclass(frozen=True, slots=True)
class Updates:
    """How long updates took, and the bytes of disk that one of them takes."""

    times: Times
    disk: float


def build(settings: Settings) -> Ran:
    """Build the data; raises KgError where they do not conform."""
    return run(settings.with_(**UNBOUNDED), "build")


def publish_changed(settings: Settings, server: Server) -> Times:
    """Publish an article again and again, each time with another label, until a page of the server shows that."""
    slug = first_article(settings)
    path, before = f"/article/{slug}/encoding", f"encoding of {slug}"
    took, cost = [], 0.0
    server.get(path)
    with _put_back(settings.data_dir / "articles" / slug / "article.ttl") as file:
        original = file.read_text(encoding="utf-8")
        for number in range(CHANGES):
            label = f"{before}, revision {number}"
            file.write_text(original.replace(f'"{before}"', f'"{label}"'), encoding="utf-8")
            start = time.perf_counter()
            cost += build(settings).spent
            _await(server, path, label)
            took.append(time.perf_counter() - start)
    build(settings)
    return Times(tuple(took), cost / CHANGES)


def publish_by_request(settings: Settings, server: Server) -> Times:
    """Put the graph of an article again and again, each time with another label; the answer comes when it is served."""
    slug = first_article(settings)
    graph, before = f"{settings.base_iri}graph/article/{slug}", f"encoding of {slug}"
    original = server.get_graph(graph)

    def put(number: int) -> float:
        return server.put_graph(graph, original.replace(before.encode(), f"{before}, put {number}".encode())).seconds

    put(0)
    cost = spent(server.process.pid)
    took = tuple(put(number) for number in range(1, CHANGES + 1))
    cost = spent(server.process.pid) - cost
    server.put_graph(graph, original)
    return Times(took, cost / CHANGES)


def update_article(settings: Settings, server: Server, run_number: int = 0) -> Updates:
    """Add a triple to an article, so many times."""
    slug = first_article(settings)
    base = settings.base_iri
    graph, thing = f"{base}graph/article/{slug}", f"{base}article/{slug}/statement/002-1"
    return _update(settings, server, graph, thing, f"note {run_number}")


def update_record(settings: Settings, server: Server, run_number: int = 0) -> Updates:
    """Add a triple to the shared record that most is about, so many times."""
    base = settings.base_iri
    return _update(settings, server, f"{base}graph/authority", base + RECORD, f"remark {run_number}")


def first_article(settings: Settings) -> str:
    """Return the slug of an article."""
    return min(path.name for path in (settings.data_dir / "articles").iterdir())


def _update(settings: Settings, server: Server, graph: str, thing: str, text: str) -> Updates:
    comment = "http://www.w3.org/2000/01/rdf-schema#comment"
    text = f"{text} of {time.time_ns()}"  # new in releases that were measured before: else nothing would be written

    def add(words: str) -> float:
        return server.update(f'INSERT DATA {{ GRAPH <{graph}> {{ <{thing}> <{comment}> "{words}"@en }} }}').seconds

    add(f"{text}, to warm up")
    disk, cost = held(settings.releases), spent(server.process.pid)
    took = tuple(add(f"{text}, {number}") for number in range(UPDATES))
    cost = spent(server.process.pid) - cost
    return Updates(Times(took, cost / UPDATES), (held(settings.releases) - disk) / UPDATES)


@contextmanager
def _put_back(file: Path) -> Iterator[Path]:
    before = file.read_bytes()
    try:
        yield file
    finally:
        file.write_bytes(before)


def _await(server: Server, path: str, words: str) -> None:
    until = time.monotonic() + SEEN_SECONDS
    for _ in itertools.count():
        if words.encode() in server.get(path).body:
            return
        if time.monotonic() > until:
            raise KgError(f"{path} does not show {words!r} {SEEN_SECONDS:.0f} seconds after it was published.")
        time.sleep(SEEN_PAUSE)
