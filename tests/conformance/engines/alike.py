"""What is asked of a server with another engine, and has to be answered as the embedded one answers it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import unified_diff

from helpers.serving import BASE, HOME, Answer, Server
from kg.queries import StoredQuery, read_queries
from kg.store import GRAPH_TYPES, ROW_TYPES

EXPECTED = HOME / "tests" / "expected"
STATEMENT = "/article/florida-talks/statement/007-2"
PAGES = (
    "/",
    "/browse",
    "/browse?letter=R",
    "/issues",
    "/issues.csv",
    "/timeline",
    "/timeline.svg",
    "/figures",
    "/figures.csv",
    "/articles",
    "/about",
    "/query",
    "/search?q=russia",
    "/doc/russia",
    "/doc/russia.ttl",
    "/doc/russia.nt",
    STATEMENT,
    f"{STATEMENT}.ttl",
    f"{STATEMENT}.trig",
    f"{STATEMENT}.bib",
    "/article/florida-talks",
    "/article/florida-talks/passage/7",
    "/article/florida-talks/event/joint-statement",
    "/code/flat",
    "/query/claims-by-speaker",
    "/ns",
    "/releases",
    "/api",
    "/api/passages-per-claimant?claimant=Russia",
    "/export/reifiers",
    "/export/casualties",
    "/graphs?default",
    "/doc/no-such-thing",
)
"""A page of each kind, which is made from the same triples whichever engine gave them."""
ROWS = f"SELECT ?o {{ <{BASE}id/russia> <{BASE}ns#none>|a ?o }}"
GRAPH = f"CONSTRUCT {{ <{BASE}id/russia> a ?o }} {{ <{BASE}id/russia> a ?o }}"


@dataclass(frozen=True, slots=True)
class Likeness:
    """One thing asked: ``compare`` raises AssertionError where the answers of two servers are not alike."""

    name: str
    compare: Callable[[Server, Server], None]


def likenesses() -> list[Likeness]:
    """Return all that is asked."""
    return [*_pages(), *_queries(), *_forms(), *_mistakes()]


def _pages() -> Iterator[Likeness]:
    for path in PAGES:

        def compare(here: Server, there: Server, path: str = path) -> None:
            ours, theirs = (each.get(path, "text/html,*/*;q=0.1") for each in (here, there))
            assert (theirs.status, theirs.media_type) == (ours.status, ours.media_type), said(theirs)
            found, wanted = plain(theirs.text, there), plain(ours.text, here)
            assert found == wanted, "\n".join(unified_diff(wanted.split("\n"), found.split("\n"), lineterm="", n=0))

        yield Likeness(f"page {path}", compare)


def plain(text: str, server: Server) -> str:
    """Return a page without what differs from server to server and request to request."""
    return re.sub(r"when reporting: \w+", "", text.replace(server.url, ""))


def _queries() -> Iterator[Likeness]:
    for query in read_queries(HOME / "queries", BASE):

        def compare(here: Server, there: Server, query: StoredQuery = query) -> None:
            (compare_rows if query.form in ("SELECT", "ASK") else compare_graphs)(here, there, query)

        yield Likeness(f"query {query.name}", compare)


def compare_rows(here: Server, there: Server, query: StoredQuery) -> None:
    """Compare with the file worked out from the article, or for an export with the embedded engine's answer."""
    answer, file = there.query(query.text, "text/csv"), EXPECTED / f"{query.name}.csv"
    assert answer.status == 200, said(answer)
    wanted = file.read_text("utf-8") if file.exists() else here.query(query.text, "text/csv").text
    found, rows = (list(csv.reader(io.StringIO(each))) for each in (answer.text, wanted))
    if "ORDER BY" not in query.text:
        found, rows = sorted(found), sorted(rows)
    assert found == rows


def compare_graphs(here: Server, there: Server, query: StoredQuery) -> None:
    """Compare the triples: blank nodes apart from their labels, joined texts apart from the order of their parts."""
    ours, theirs = (each.query(query.text, "application/n-triples") for each in (here, there))
    assert theirs.status == 200, said(theirs)
    assert shape(theirs.text) == shape(ours.text)


def shape(ntriples: str) -> list[str]:
    lines = (re.sub(r"_:\w+", "_:", line) for line in set(ntriples.splitlines()))
    return sorted("".join(sorted(line)) if "printed" in line else line for line in lines)


def _forms() -> Iterator[Likeness]:
    for media_type in ROW_TYPES + GRAPH_TYPES:

        def compare(_: Server, there: Server, media_type: str = media_type) -> None:
            answer = there.query(ROWS if media_type in ROW_TYPES else GRAPH, media_type)
            assert (answer.status, answer.media_type) == (200, media_type), said(answer)
            assert "State" in answer.text

        yield Likeness(f"form {media_type}", compare)


def _mistakes() -> Iterator[Likeness]:
    for name, text, status in (
        ("relative IRI", "ASK { <id/russia> a ?c }", 200),
        ("syntax error", "SELECT ?s { ?s ?p ?o ", 400),
        ("SERVICE", "ASK { SERVICE <http://127.0.0.1/> {} }", 400),
        ("update", "INSERT DATA { <urn:a> <urn:b> <urn:c> }", 400),
    ):

        def compare(_: Server, there: Server, text: str = text, status: int = status) -> None:
            answer = there.query(text, "application/sparql-results+json")
            assert answer.status == status, said(answer)
            assert status != 200 or "true" in answer.text

        yield Likeness(name, compare)


def said(answer: Answer) -> str:
    """Return the beginning of an answer, for a message."""
    return f"{answer.status} {answer.text[:200]}"
