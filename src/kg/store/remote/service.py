"""A SPARQL 1.1 service that holds one release at a time, and how another is loaded into it.

::

    held: A ──▶ the description is replaced by a note, "A is being replaced by B"
            ──▶ each graph that differs is put or dropped, one by one
            ──▶ the description of B is put: held: B

Which release the service holds is what its description graph says (``dcat:hasCurrentVersion``), and that is written
last. Where a replacement ended half done, the note is there instead: the next process sends again what differs
between A, B and the release that it needs.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from kg.errors import EngineUnavailable
from kg.settings import Settings
from kg.store import Query
from kg.store.content import Content
from kg.store.evaluation.bounded import Bounded
from kg.store.remote.endpoint import RemoteEndpoint
from kg.store.remote.http import Address, Reply

_log = logging.getLogger(__name__)

CURRENT = "http://www.w3.org/ns/dcat#hasCurrentVersion"
_REPLACES, _BY = "http://purl.org/dc/terms/replaces", "http://purl.org/dc/terms/isReplacedBy"
NTRIPLES = "application/n-triples"
_SAID = 10_000  # bytes of what a service says of a write, which nobody reads


@dataclass(frozen=True, slots=True)
class Held:
    """What a service says that it holds: a release by its IRI, or of a half-done replacement the IRIs of both."""

    release: str | None = None
    replaces: str | None = None
    by: str | None = None


class Service:
    """The three addresses of a service. Safe for use by many threads; one at a time may load a release."""

    def __init__(self, settings: Settings) -> None:
        """Keep the addresses and credentials; nothing is asked. Raises SettingsError where these cannot be read."""
        authorization = settings.engine_authorization
        self._settings = settings
        self.endpoint = RemoteEndpoint(settings.engine_query, settings, authorization)
        self._update = Address(settings.engine_update, authorization)
        self._graphs = Address(settings.engine_graphs, authorization)

    def close(self) -> None:
        """Close the connections that are kept."""
        for each in (self.endpoint, self._update, self._graphs):
            each.close()

    def holds(self, content: Content, deadline: float) -> bool:
        """Return whether the service holds the release whole, and no replacement has begun; raises QueryError."""
        return self._has(content, deadline, content.description)

    def held(self, content: Content) -> Held:
        """Return what the service says that it holds; raises QueryError."""
        graph, dataset = content.description, f"{content.base_iri}dataset"
        rows = self._select(
            f"SELECT ?release ?replaces ?by {{ GRAPH <{graph}> {{ {{ <{dataset}> <{CURRENT}> ?release }}"
            f" UNION {{ <{graph}> <{_BY}> ?by OPTIONAL {{ <{graph}> <{_REPLACES}> ?replaces }} }} }} }}"
        )
        return Held(**rows[0]) if len(rows) == 1 else Held()

    def bring(self, content: Content) -> None:
        """Have the service hold the release: send what differs from what it holds, and prove what was sent.

        Raises EngineUnavailable, or another QueryError, where that fails; it can then be tried again.
        """
        held = self.held(content)
        if held.release == content.iri:
            self._require_union(content)
            return
        present = self._list_graphs()
        changed = self._find_changed(content, held, present)
        began = time.monotonic()
        self._note(content, held)
        for graph in changed:
            self._replace(graph, content.read(graph) if graph in content.graphs else b"")
        description = content.read(content.description)
        if f"<{CURRENT}> <{content.iri}>".encode() not in description:  # a release that does not describe itself
            description += f"<{content.base_iri}dataset> <{CURRENT}> <{content.iri}> .\n".encode()
        self._replace(content.description, description)
        self._require_union(content)
        seconds = time.monotonic() - began
        _log.info("the service holds release %s: %d graphs sent, %.1f s", content.identifier, len(changed), seconds)

    def find_foreign(self, content: Content) -> list[str]:
        """Return the names of graphs in the service that are none of the release's; raises QueryError."""
        return sorted(self._list_graphs() - content.graphs.keys() - {content.description})

    def _find_changed(self, content: Content, held: Held, present: set[str]) -> list[str]:
        """Return the graphs to put, and those to drop, which are of a release that was held or below the base IRI."""
        before = [_find(content, iri) for iri in (held.release or held.replaces, held.by) if iri is not None]
        if not before or None in before:
            _log.info("what the service holds is not known here, so all graphs are sent")
            known: list[Mapping[str, str]] = [{}]
        else:
            known = [each.graphs for each in before if each is not None]
        wanted = content.graphs
        put = [g for g, digest in wanted.items() if g not in present or any(k.get(g) != digest for k in known)]
        ours = {g for g in present if g.startswith(content.base_iri) or any(g in each for each in known)}
        return sorted(put) + sorted(ours - wanted.keys() - {content.description})

    def _note(self, content: Content, held: Held) -> None:
        """Put the note in the place of the description, in one request; from now on no release is held."""
        graph, before = content.description, held.release or held.replaces
        note = f"<{graph}> <{_BY}> <{content.iri}> ." + (f" <{graph}> <{_REPLACES}> <{before}> ." if before else "")
        self._send_update(f"DROP SILENT GRAPH <{graph}> ; INSERT DATA {{ GRAPH <{graph}> {{ {note} }} }}")

    def _replace(self, graph: str, ntriples: bytes) -> None:
        """Put a graph and count its triples in the service; drop an empty one."""
        if not ntriples:
            self._send_update(f"DROP SILENT GRAPH <{graph}>")
            return
        headers = {"Content-Type": NTRIPLES}
        _require_done(
            self._graphs, self._send(self._graphs, "PUT", ntriples, headers, f"graph={quote(graph, safe='')}")
        )
        sent = ntriples.count(b"\n")
        [row] = self._select(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
        if int(row["n"]) != sent:
            raise EngineUnavailable(
                f"{self._graphs.url} was sent {sent:,} triples of <{graph}> and holds {int(row['n']):,} of it."
            )

    def _require_union(self, content: Content) -> None:
        if not self._has(content, self._deadline()):
            raise EngineUnavailable(
                f"The default graph of {self._settings.engine_query} is not the union of its named graphs, as queries"
                " here take it to be. Switch that on: --union-default-graph (Oxigraph), tdb2:unionDefaultGraph true"
                " (Jena)."
            )

    def _list_graphs(self) -> set[str]:
        rows = self._select("SELECT ?g { GRAPH ?g {} }")
        if not all(rows):  # a service that does not list graphs so gives a row of nothing
            rows = self._select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
        return {row["g"] for row in rows}

    def _has(self, content: Content, deadline: float, graph: str | None = None) -> bool:
        """Return whether a graph, or the default graph, names the release as the current one.

        A SELECT, since not every service answers an ASK as the standard says.
        """
        pattern = f"{{ <{content.base_iri}dataset> <{CURRENT}> ?release }}"
        rows = self._select(f"SELECT ?release {f'{{ GRAPH <{graph}> {pattern} }}' if graph else pattern}", deadline)
        return rows == [{"release": content.iri}]

    def _select(self, text: str, deadline: float | None = None) -> list[dict[str, str]]:
        query = Query(text, graph_type=None, internal=True)
        answer = self.endpoint.ask(query, self._deadline() if deadline is None else deadline)
        solutions = json.loads(answer.body)["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in solutions]

    def _deadline(self) -> float:
        return time.monotonic() + self._settings.engine_seconds

    def _send_update(self, text: str) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        _require_done(self._update, self._send(self._update, "POST", urlencode({"update": text}).encode(), headers))

    def _send(self, address: Address, method: str, body: bytes, headers: dict[str, str], parameters: str = "") -> Reply:
        sink = Bounded(_SAID, _SAID)
        return address.send(method, body, headers, sink, self._deadline(), parameters)


def _require_done(address: Address, reply: Reply) -> None:
    if reply.status not in range(200, 300):
        raise EngineUnavailable(f"{address.url} answered with status {reply.status}. {reply.said[:300]}".strip())


def _find(content: Content, iri: str) -> Content | None:
    prefix = f"{content.base_iri}release/"
    return content.earlier(iri.removeprefix(prefix)) if iri.startswith(prefix) else None
