"""What reading takes: pages of every kind, stored queries, and looking things up, in the server, without a network."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from os import getpid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from werkzeug import Request
from werkzeug.test import Client, create_environ

from kg.bench.addresses import find_addresses
from kg.bench.scale.figures import Times, together
from kg.bench.scale.processes import spent
from kg.bench.scale.server import NO_LIMITS
from kg.errors import KgError
from kg.release.bounds import collect_rarely
from kg.settings import Settings
from kg.store import Query
from kg.terms import Iris
from kg.web.app import create_app
from kg.web.data.context import Context
from kg.web.data.questions import Question, questions
from kg.web.http.policy import FILE

if TYPE_CHECKING:
    from kg.web.data.serving import Serving

PAGES, QUERIES, LOOKUPS = 20, 7, 200
"""Requests of each page, of each stored query, and of each way to look something up."""
TURNS = 4
"""Turns in which a page is asked of each number of articles."""
PATIENT = {"query_seconds": 600.0}
"""Settings for queries that are to be measured and not stopped."""

NAMES = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?label ?class WHERE { { SELECT ?thing ?class WHERE { ?thing a ?class } LIMIT 2000 } ?thing rdfs:label ?label }
"""


@dataclass(frozen=True, slots=True)
class Page:
    """What an address took, and the bytes of its answer; ``rows`` where it has any."""

    path: str
    times: Times
    size: int
    rows: int = 0


class Reader:
    """A client of the application, which is open in this process."""

    def __init__(self, app: Any) -> None:
        """Ask this application."""
        self._client: Client = app.test_client()
        self.app = app

    @property
    def serving(self) -> Serving:
        """What the application serves."""
        found: Serving = self.app.extensions["kg-serving"]
        return found

    def get(self, path: str) -> bytes:
        """Return what a browser gets; raises KgError for anything but an answer."""
        with closing(self._client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})) as response:
            if response.status_code != 200:
                raise KgError(f"{path} answered {response.status}, so it cannot be measured: {response.text[:200]}")
            return bytes(response.data)

    def measure(self, paths: Iterable[str]) -> Times:
        """Return what requests of some addresses take, one after the other."""
        took = []
        before = spent(getpid())
        for path in paths:
            start = time.perf_counter()
            self.get(path)
            took.append(time.perf_counter() - start)
        return Times(tuple(took), (spent(getpid()) - before) / len(took))


@contextmanager
def reading(settings: Settings) -> Iterator[Reader]:
    """Give a client of the active release."""
    app = create_app(settings.with_(**NO_LIMITS, **PATIENT))
    reader = Reader(app)
    collect_rarely()  # as kg serve does
    try:
        yield reader
    finally:
        reader.serving.close()


def measure_pages(readers: Mapping[int, Reader]) -> Iterator[tuple[int, str, Page]]:
    """Yield what each kind of page takes in each number of articles, of the thing of which most is to be shown.

    The numbers are asked in turns: whatever else the machine does then slows all of them down alike.
    """
    addresses = {articles: _addresses(reader) for articles, reader in readers.items()}
    for kind in dict.fromkeys(kind for paths in addresses.values() for kind in paths):
        paths = {articles: found[kind] for articles, found in addresses.items() if kind in found}
        sizes = {articles: len(readers[articles].get(path)) for articles, path in paths.items()}
        took: dict[int, list[Times]] = {articles: [] for articles in paths}
        for _ in range(TURNS):
            for articles, path in paths.items():
                took[articles].append(readers[articles].measure([path] * (PAGES // TURNS)))
        for articles, path in paths.items():
            yield articles, kind, Page(path, together(took[articles]), sizes[articles])


def _addresses(reader: Reader) -> dict[str, str]:
    release = reader.serving.current()
    return find_addresses(release.engine, Iris(release.manifest.base_iri), release.manifest.id)


def measure_queries(reader: Reader) -> Iterator[tuple[str, Page]]:
    """Yield each stored query, and what the first page of its answer takes, without any value for a parameter.

    Exports are not among them: the answer of one is the whole graph, has no pages, and grows with it.
    """
    for question in ask_questions(reader):
        if not question.gives_rows:
            continue
        path = f"/api/{question.name}.srj"
        body = reader.get(path)
        rows = len(json.loads(body)["results"]["bindings"])
        yield question.name, Page(path, reader.measure([path] * QUERIES), len(body), rows)


def ask_questions(reader: Reader) -> list[Question]:
    """Return the stored queries of the release."""
    context = Context(reader.app.extensions["kg-site"], Request(create_environ()), FILE)
    try:
        return list(questions(context).values())
    finally:
        context.give_back()


def measure_lookups(reader: Reader) -> Iterator[tuple[str, Times]]:
    """Yield each way to look something up, and what requests of names and facets that there are take."""
    chance = random.Random("lookups")  # noqa: S311 - nothing secret is drawn
    names, selections = _names(reader), _selections(reader)
    asked = [chance.choice(names) for _ in range(LOOKUPS)]
    ways = {
        "search": ["/search?" + urlencode({"q": " ".join(name.split()[-2:])}) for name in asked],
        "suggestion": ["/suggest?" + urlencode({"q": name[: chance.randint(2, 6)]}) for name in asked],
        "browse by three facets": [chance.choice(selections) for _ in asked],
    }
    for way, paths in ways.items():
        reader.measure(paths[:5])
        yield way, reader.measure(paths)


def _names(reader: Reader) -> list[str]:
    """Return names of entities."""
    release = reader.serving.current()
    entity = f"<{Iris(release.manifest.base_iri).term('Entity')}>"
    answer = release.query(Query(NAMES, bindings={"class": entity}, internal=True))
    return sorted({row["label"]["value"] for row in json.loads(answer.body)["results"]["bindings"]})


def _selections(reader: Reader) -> list[str]:
    """Return addresses of statements that are narrowed down by three facets, of those that there are."""
    found = []
    for number in range(5):
        for narrowed in (
            {"type": "Assertion", "about": f"topic-{number}", "modality": "flat"},
            {"type": "Position", "holder": f"party-{number}", "modality": "flat"},
        ):
            path = "/browse?" + urlencode({"group": "statement", **narrowed})
            with suppress(KgError):
                reader.get(path)
                found.append(path)
    return found
