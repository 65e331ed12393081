"""What every view needs: the release of this request, a query asked of it, and the texts at hand."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, g, request
from werkzeug.exceptions import NotFound

from kg import terms
from kg.catalogue.view import View, open_catalogue
from kg.corpus.text import digest, read_texts
from kg.errors import QuerySyntaxError
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.submit import Writer
from kg.settings import Settings
from kg.store import Answer, Plan, Query
from kg.store.stores.writes import Write, Written
from kg.terms import Iris
from kg.web.data.past import PastReleases
from kg.web.data.resources import Resource, Resources
from kg.web.data.serving import OpenRelease, Serving
from kg.web.data.turtle import sort_lines
from kg.web.http.share import SHARE, Share

RELEASE = "release"
"""The parameter of any address that names the release to answer from."""
_SHOW = re.compile(r"^# show: ([a-z-]+)$", re.MULTILINE)
_VALUES = re.compile(r"# values: ([a-z]+)$", re.MULTILINE)
SOLUTIONS = "application/sparql-results+json"


def settings() -> Settings:
    """Return the settings."""
    found: Settings = current_app.extensions["kg-settings"]
    return found


def iris() -> Iris:
    """Return the IRIs that are minted here."""
    found: Iris = current_app.extensions["kg-iris"]
    return found


def root() -> str:
    """Return the address under which this server was reached, with a slash at its end.

    Without a host that can be read, as in ``Host: a>b``, there is none but the base IRI.
    """
    return request.host_url if request.host else iris().base


def release() -> OpenRelease:
    """Return the release of this request: the same one for all that the request asks.

    It is the one served, or the one that the parameter ``release`` names. Raises NotFound or EngineUnavailable where
    that one cannot be had.
    """
    if "kg_release" not in g:
        hold_served()  # first, so that what is said of an error stands in a page
        wanted = request.args.get(RELEASE)
        if wanted is not None and wanted != g.kg_release.manifest.id:
            _hold(current_app.extensions["kg-past"], wanted, share().client)
    found: OpenRelease = g.kg_release
    return found


def hold_served() -> None:
    """Have the request answered by the release that is served, whatever it names, unless it uses one already."""
    if "kg_release" not in g:
        _hold(current_app.extensions["kg-serving"])


def _hold(holder: Serving | PastReleases, *asked: str) -> None:
    """Have the request use a release of the holder, once it is open, and no other."""
    with share().aside():  # it may have to be opened first
        taken = holder.acquire(*asked)
    share().releases.add(taken.manifest.id)
    give_back()
    g.kg_release, g.kg_holder = taken, holder


def asked_release() -> dict[str, str]:
    """Return the parameter by which this request asks an earlier release than the one served; none if it does not."""
    identifier = release().manifest.id
    return {RELEASE: identifier} if g.kg_holder is current_app.extensions["kg-past"] else {}


def in_release(address: str) -> str:
    """Return the address of another form of what this request shows: of the same release, if it asks an earlier one."""
    asked = urlencode(asked_release())
    return f"{address}{'&' if '?' in address else '?'}{asked}" if asked else address


def as_served() -> str:
    """Return the address of this page in the release that is served, with all else that it was asked with."""
    asked = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != RELEASE])
    return quote(request.path) + (f"?{asked}" if asked else "")


def releases() -> Releases:
    """Return the folder of releases."""
    return Releases(settings().releases)


def graph_size(iri: str) -> int | None:
    """Return the number of triples of a named graph of this request's release; None where there is none."""
    manifest = release().manifest
    if iri == iris().graph("description"):
        return manifest.described or None
    entry = releases().graphs(manifest).get(iri)
    return entry.triples if entry else None


def catalogue() -> View:
    """Return the catalogue as of this request's release; raises EngineUnavailable where it has not that release."""
    if "kg_view" not in g:
        g.kg_view = open_catalogue(settings().releases).at(release().manifest.id)
    view: View = g.kg_view
    return view


def date_of(manifest: Manifest) -> datetime.datetime:
    """Return when a release was issued."""
    return datetime.datetime.fromisoformat(manifest.issued)


def release_date() -> datetime.datetime:
    """Return when the release of this request was issued: the date of all that is made from it."""
    return date_of(release().manifest)


def give_back(_: BaseException | None = None) -> None:
    """End the use of the request's release."""
    g.pop("kg_view", None)
    held = g.pop("kg_release", None)
    if held is not None:
        g.pop("kg_holder").give_back(held)


def submit(write: Write, report_type: str) -> Written:
    """Return what came of a write once it can be read here; this request reads it, too.

    Raises what kg.release.submit raises, and nothing once the write is made, so that nobody makes it again.
    """
    writer: Writer = current_app.extensions["kg-writer"]
    with current_app.extensions["kg-metrics"].write(), share().aside():
        result = writer.submit(write, report_type)
    serving: Serving = current_app.extensions["kg-serving"]
    give_back()
    g.kg_release, g.kg_holder = serving.take_up(), serving
    return replace(result, is_served=serving.trouble is None)


def site() -> dict[str, Any]:
    """Return what the frame of every page shows."""
    manifest: Manifest = release().manifest
    return {"release": manifest, "base_iri": settings().base_iri, "is_past": bool(asked_release())}


@cache
def page_query(name: str) -> str:
    """Return the text of a query that a page asks: ``queries/<name>.rq`` beside this file.

    With a line ``# show: <part>`` it is that of ``queries/parts/<part>.rq``, which asks for things ``?x`` and what
    belongs to each, and for what the file holds after a line ``# further``; ``subject_query`` tells which things.
    """
    text = _read_query(name)
    shown = _SHOW.search(text)
    if shown is None:
        return text
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith(("#", "PREFIX")))
    return head + _read_query(f"parts/{shown[1]}").replace("# further", text.partition("# further\n")[2])


@cache
def subject_query(name: str) -> str | None:
    """Return the query that selects the things ``?x`` that a page shows, where a query does.

    It is asked first, and its answer stands in the second as VALUES: an engine that joins the two in one query may
    read all that it has of each property.
    """
    text = _read_query(name).partition("# further\n")[0]
    return text if "SELECT DISTINCT ?x" in text else None


def _read_query(name: str) -> str:
    return (files("kg.web") / "queries" / f"{name}.rq").read_text(encoding="utf-8")


Values = Mapping[str, Iterable[str]]
"""Name of a ``# values:`` line of a page's query → the IRIs that it stands for."""


def ask(name: str, media_type: str, values: Values | None = None) -> Answer:
    """Return the answer of a page's CONSTRUCT query, serialised as a media type for graphs; raises as ask_own."""
    values = dict(values or {})
    select = subject_query(name)
    if select is not None:
        rows = _rows(with_values(select, values))
        values["x"] = [row["x"]["value"] for row in rows if row["x"]["type"] == "uri"]
    return ask_own(Query(with_values(page_query(name), values), None, media_type, base_iri=iris().base))


def with_values(text: str, values: Values) -> str:
    """Return a query in which each line ``# values: <name>`` holds the IRIs that are asked for, as VALUES of ?name."""

    def write(line: re.Match[str]) -> str:
        return f"VALUES ?{line[1]} {{ {' '.join(map(iri_term, values[line[1]]))} }}"

    return _VALUES.sub(write, text)


def share() -> Share:
    """Return this request's share of the server."""
    found: Share = request.environ.get(SHARE) or g.setdefault("kg_share", Share(request.remote_addr or ""))
    return found


def ask_engine(query: Query) -> Answer:
    """Return the engine's answer to a query for this request's client; raises QueryError."""
    own = share()
    if own.raised is not None and not query.internal:  # it was asked already, by the layer ahead of the application
        raise own.raised
    own.note_query(query.text)
    asked, held = replace(query, client=own.client, cancellation=own.cancellation), release()
    with own.aside():
        return held.query(asked)


def explain(query: Query) -> Plan:
    """Return the engine's plan of a query for this request's client; raises QueryError."""
    own, held = share(), release()
    own.note_query(query.text)
    with own.aside():
        return held.explain(replace(query, client=own.client, cancellation=own.cancellation))


def served() -> str:
    """Return the identifier of the release that is served now, whichever this request asks."""
    serving: Serving = current_app.extensions["kg-serving"]
    return serving.current().manifest.id


def ask_served(query: Query) -> Answer:
    """Return the answer of the release that is served now, for this request's client; raises QueryError."""
    own, serving = share(), current_app.extensions["kg-serving"]
    own.note_query(query.text)
    with own.aside():
        held = serving.acquire()
        try:
            found: Answer = held.query(replace(query, client=own.client, cancellation=own.cancellation))
        finally:
            serving.give_back(held)
    return found


def ask_own(query: Query) -> Answer:
    """Return the answer to a query of the site itself, which waits for no stranger's.

    Raises QueryError, and NotFound where a binding is no term, such as an address with bytes that are not UTF-8.
    """
    try:
        return ask_engine(replace(query, internal=True))
    except QuerySyntaxError:  # the query is ours, so it is what a stranger's address put into it
        raise NotFound("There is nothing at this address: it can be no part of an IRI. Is it spelt right?") from None


def ask_resources(name: str, values: Values | None = None) -> Resources:
    """Return the resources of the answer of a page's CONSTRUCT query."""
    return read_resources(ask(name, "application/n-triples", values))


def ask_thing(iri: str) -> Resource:
    """Return one thing with what the release says of it, and the labels of what that leads to."""
    return ask_resources("code", {"thing": [iri]}).get(iri)


def ask_rows(name: str, values: Values | None = None) -> list[dict[str, str]]:
    """Return the rows of the answer of a page's SELECT query: variable → text of the term; raises as ask_own."""
    rows = _rows(with_values(page_query(name), values or {}))
    return [{variable: term["value"] for variable, term in row.items()} for row in rows]


def ask_number(text: str) -> int:
    """Return the ``?number`` that a query gives; raises as ask_own."""
    return int(_rows(text)[0]["number"]["value"])


def _rows(text: str) -> list[dict[str, dict[str, str]]]:
    answer = ask_own(Query(text, SOLUTIONS, None, base_iri=iris().base))
    rows: list[dict[str, dict[str, str]]] = json.loads(answer.body)["results"]["bindings"]
    return rows


def read_resources(answer: Answer) -> Resources:
    """Return the resources of a graph in N-Triples, in an order that does not depend on the engine."""
    return Resources(sort_lines(answer.body), iris())


def stored_query(name: str) -> Resource | None:
    """Return a stored query of the release, or None where it has none of that name."""
    iri = iris().query(name)
    found = ask_thing(iri)
    return found if found.is_described else None


def iri_term(iri: str) -> str:
    """Return an IRI as a term in N-Triples syntax; raises NotFound for what can be none."""
    try:
        iri.encode()
    except UnicodeEncodeError:
        raise NotFound("There is nothing at this address: it can be no part of an IRI. Is it spelt right?") from None
    return terms.iri_term(iri)


class Texts:
    """Article texts at hand, to show passages from; without a folder there are none."""

    def __init__(self, folder: Path | None) -> None:
        """Read the folder once."""
        self._texts = read_texts(folder)

    def passage(self, slug: str, article_digest: str | None, passage: Resource) -> str | None:
        """Return the words of a passage, or None where no text at hand bears its digest."""
        text = self._texts.text_of(slug, article_digest)
        selector = passage.link("oa:hasSelector")
        if text is None or selector is None:
            return None
        start, end = selector.number("oa:start"), selector.number("oa:end")
        if start is None or end is None:
            return None
        words = text[start:end]
        return words if digest(words) == passage.text("att:digest") else None


def texts() -> Texts:
    """Return the article texts at hand."""
    found: Texts = current_app.extensions["kg-texts"]
    return found


def words_of(passage: Resource) -> str | None:
    """Return the words of a passage, or None where its text is not at hand or its place is not told."""
    source = passage.link("oa:hasSource")
    return None if source is None else texts().passage(source.key, source.text("att:digest"), passage)


GLOBALS: dict[str, Callable[..., Any]] = {"in_release": in_release, "as_served": as_served}

__all__ = [
    "GLOBALS",
    "RELEASE",
    "Texts",
    "as_served",
    "ask",
    "ask_engine",
    "ask_own",
    "ask_resources",
    "ask_rows",
    "ask_served",
    "ask_thing",
    "asked_release",
    "catalogue",
    "date_of",
    "explain",
    "give_back",
    "graph_size",
    "hold_served",
    "in_release",
    "iri_term",
    "iris",
    "page_query",
    "quote",
    "read_resources",
    "release",
    "release_date",
    "releases",
    "root",
    "served",
    "settings",
    "share",
    "site",
    "stored_query",
    "submit",
    "texts",
    "with_values",
    "words_of",
]
