"""What one request is answered from: its release, that release's catalogue and engine, and the server's settings."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from werkzeug import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from kg.catalogue.view import View, open_catalogue
from kg.errors import QuerySyntaxError
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.settings import Settings
from kg.store import Answer, Plan, Query
from kg.store.stores.writes import Write, Written
from kg.terms import Iris
from kg.web.data.page_queries import Values, page_query, subject_query, with_values
from kg.web.data.past import PastReleases
from kg.web.data.resources import Resource, Resources
from kg.web.data.serving import OpenRelease, Serving
from kg.web.data.site import Site
from kg.web.http.policy import Policy
from kg.web.http.share import SHARE, Share
from kg.web.text.language import PARAMETER, current

RELEASE = "release"
"""The parameter of any address that names the release to answer from."""
SOLUTIONS = "application/sparql-results+json"

Made = TypeVar("Made")


class Context:
    """One request and what answers it. Each view gets it, and passes it on to what needs it.

    The release is opened when it is first asked for, and stays the same for all that the request asks.
    """

    def __init__(self, site: Site, request: Request, policy: Policy) -> None:
        """Start without a release; ``policy`` is that of the request's route."""
        self.site = site
        self.request = request
        self.policy = policy
        self.share: Share = request.environ.get(SHARE) or Share(request.remote_addr or "")
        self._held: OpenRelease | None = None
        self._holder: Serving | PastReleases = site.serving
        self._view: View | None = None
        self._things: dict[str, Resource] = {}

    @property
    def settings(self) -> Settings:
        """The server's settings."""
        return self.site.settings

    @property
    def iris(self) -> Iris:
        """The IRIs that are minted here."""
        return self.site.iris

    @property
    def releases(self) -> Releases:
        """The folder of releases."""
        return self.site.releases

    @property
    def language(self) -> str:
        """The language of the page."""
        return current()

    @property
    def args(self) -> MultiDict[str, str]:
        """The parameters in the request's address."""
        return self.request.args

    @property
    def path(self) -> str:
        """The path of the request's address."""
        return self.request.path

    @property
    def root(self) -> str:
        """The address under which this server was reached, with a slash at its end.

        Without a host that can be read, as in ``Host: a>b``, there is none but the base IRI.
        """
        return self.request.host_url if self.request.host else self.iris.base

    @property
    def release(self) -> OpenRelease:
        """The release of this request: the one served, or the one that the parameter ``release`` names.

        Raises NotFound or EngineUnavailable where that one is not available.
        """
        if self._held is None:
            served = self.hold_served()  # first, so that an error is shown in a page
            wanted = self.args.get(RELEASE)
            if wanted is None or wanted == served.manifest.id:
                return served
            return self._hold(self.site.past, lambda: self.site.past.acquire(wanted, self.share.client))
        return self._held

    def hold_served(self, *, waits: bool = True) -> OpenRelease:
        """Have the request answered by the release that is served, unless it uses one already; return that one.

        Without ``waits`` nothing is to be asked of it (kg.web.data.serving).
        """
        serving = self.site.serving
        return self._held or self._hold(serving, partial(serving.acquire, waits=waits))

    def _hold(self, holder: Serving | PastReleases, acquire: Callable[[], OpenRelease]) -> OpenRelease:
        """Have the request use a release of the holder, once it is open, and no other."""
        with self.share.aside():  # it may have to be opened first
            taken = acquire()
        self.share.releases.add(taken.manifest.id)
        self.give_back()
        self._held, self._holder = taken, holder
        return taken

    def give_back(self) -> None:
        """End the use of the request's release."""
        held, self._held, self._view = self._held, None, None
        self._things.clear()
        if held is not None:
            self._holder.give_back(held)

    @property
    def manifest(self) -> Manifest:
        """The manifest of this request's release."""
        return self.release.manifest

    @property
    def release_date(self) -> datetime.datetime:
        """When the release of this request was issued: the date of all that is made from it."""
        return date_of(self.manifest)

    @property
    def is_past(self) -> bool:
        """Whether the request asks an earlier release than the one served."""
        return self.release is self._held and self._holder is self.site.past

    @property
    def asked_release(self) -> dict[str, str]:
        """The parameter by which this request asks an earlier release than the one served; none if it does not."""
        return {RELEASE: self.manifest.id} if self.is_past else {}

    @property
    def is_listed(self) -> bool:
        """Whether search engines may list the page."""
        return self.policy.listed and not self.is_past

    @property
    def catalogue(self) -> View:
        """The catalogue as of this request's release; raises EngineUnavailable where it has not that release."""
        if self._view is None:
            self._view = open_catalogue(self.settings.releases).at(self.manifest.id)
        return self._view

    def once(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """Return what ``make`` makes of this request's release, made once and kept under a name.

        Raises what ``make`` raises.
        """
        return self.site.kept.once((self.manifest.id, name), make)

    def in_release(self, address: str) -> str:
        """Return the address of another form of what this request shows: of the same release, if it asks an earlier."""
        asked = urlencode(self.asked_release)
        return f"{address}{'&' if '?' in address else '?'}{asked}" if asked else address

    def as_served(self) -> str:
        """Return the address of this page in the release that is served, with all else that it was asked with."""
        asked = urlencode([(name, value) for name, value in self.args.items(multi=True) if name != RELEASE])
        return quote(self.path) + (f"?{asked}" if asked else "")

    def in_language(self, language: str) -> str:
        """Return the address of this page in a language, with all else that it was asked with."""
        asked = [(name, value) for name, value in self.args.items(multi=True) if name != PARAMETER]
        return f"{quote(self.path)}?{urlencode([*asked, (PARAMETER, language)])}"

    def graph_size(self, iri: str) -> int | None:
        """Return the number of triples of a named graph of this request's release; None where there is none."""
        if iri == self.iris.graph("description"):
            return self.manifest.described or None
        entry = self.releases.graphs(self.manifest).get(iri)
        return entry.triples if entry else None

    def render(self, template: str, **values: Any) -> str:
        """Return what a template makes of the values; it has this as ``context``."""
        return self.site.templates.get_template(template).render(values, context=self)

    def submit(self, write: Write, report_type: str) -> Written:
        """Return the result of a write once it can be read here; this request reads it, too.

        Raises what kg.release.submit raises, and nothing once the write is made, so that nobody makes it again.
        """
        with self.site.metrics.write(), self.share.aside():
            result = self.site.writer.submit(write, report_type)
        serving = self.site.serving
        self.give_back()  # a service goes on to another release once nobody uses the one before
        self._hold(serving, serving.take_up)
        return replace(result, is_served=serving.trouble is None)

    def ask_engine(self, query: Query) -> Answer:
        """Return the engine's answer to a query for this request's client; raises QueryError."""
        own = self.share
        if own.raised is not None and not query.internal:  # the layer ahead of the application has asked it
            raise own.raised
        own.note_query(query.text)
        asked, held = replace(query, client=own.client, cancellation=own.cancellation), self.release
        with own.aside():
            return held.query(asked)

    def explain(self, query: Query) -> Plan:
        """Return the engine's plan of a query for this request's client; raises QueryError."""
        own, held = self.share, self.release
        own.note_query(query.text)
        with own.aside():
            return held.explain(replace(query, client=own.client, cancellation=own.cancellation))

    def ask_served(self, query: Query) -> Answer:
        """Return the answer of the release that is served now, for this request's client; raises QueryError."""
        own, serving = self.share, self.site.serving
        own.note_query(query.text)
        with own.aside():
            held = serving.acquire()
            try:
                return held.query(replace(query, client=own.client, cancellation=own.cancellation))
            finally:
                serving.give_back(held)

    def ask_own(self, query: Query) -> Answer:
        """Return the answer to a query of the site itself, which waits for no client's.

        Raises QueryError, and NotFound where a binding is no term, such as an address with bytes that are not UTF-8.
        """
        try:
            return self.ask_engine(replace(query, internal=True))
        except QuerySyntaxError:  # the query is ours, so the fault is in what the address put into it
            raise NotFound(
                "There is nothing at this address: it can be no part of an IRI. Is it spelt right?"
            ) from None

    def ask(self, name: str, media_type: str, values: Values | None = None) -> Answer:
        """Return the answer of a page's CONSTRUCT query, serialised as a media type for graphs; raises as ask_own."""
        values = dict(values or {})
        select = subject_query(name)
        if select is not None:
            rows = self._rows(with_values(select, values))
            values["x"] = [row["x"]["value"] for row in rows if row["x"]["type"] == "uri"]
        return self.ask_own(Query(with_values(page_query(name), values), None, media_type, base_iri=self.iris.base))

    def ask_rows(self, name: str, values: Values | None = None) -> list[dict[str, str]]:
        """Return the rows of the answer of a page's SELECT query: variable → text of the term; raises as ask_own."""
        rows = self._rows(with_values(page_query(name), values or {}))
        return [{variable: term["value"] for variable, term in row.items()} for row in rows]

    def ask_number(self, text: str) -> int:
        """Return the ``?number`` that a query gives; raises as ask_own."""
        return int(self._rows(text)[0]["number"]["value"])

    def _rows(self, text: str) -> list[dict[str, dict[str, str]]]:
        answer = self.ask_own(Query(text, SOLUTIONS, None, base_iri=self.iris.base))
        rows: list[dict[str, dict[str, str]]] = json.loads(answer.body)["results"]["bindings"]
        return rows

    def ask_resources(self, name: str, values: Values | None = None) -> Resources:
        """Return the resources of the answer of a page's CONSTRUCT query."""
        return self.read_resources(self.ask(name, "application/n-triples", values))

    def read_resources(self, answer: Answer) -> Resources:
        """Return the resources of a graph in N-Triples."""
        return Resources(answer.body, self.iris, self)

    def ask_thing(self, iri: str) -> Resource:
        """Return one thing with what the release says of it, and the labels of what that leads to; asked once."""
        if iri not in self._things:
            self._things[iri] = self.ask_resources("code", {"thing": [iri]}).get(iri)
        return self._things[iri]

    def stored_query(self, name: str) -> Resource | None:
        """Return a stored query of the release, or None where it has none of that name."""
        found = self.ask_thing(self.iris.query(name))
        return found if found.is_described else None


def date_of(manifest: Manifest) -> datetime.datetime:
    """Return when a release was issued."""
    return datetime.datetime.fromisoformat(manifest.issued)
