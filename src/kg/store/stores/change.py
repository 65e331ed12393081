"""A write → the graphs that it changes. Runs in a process that can be killed, never in the front.

An update runs on a store drafted for it and thrown away afterwards, so a write happens as a whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse, serialize

from kg.errors import (
    GraphNotFound,
    QueryError,
    QuerySyntaxError,
    QueryTooLarge,
    ReleaseError,
    WriteRefused,
)
from kg.store.sparql.reach import find_reach
from kg.store.sparql.syntax import explain
from kg.store.sparql.tokens import read_prologue
from kg.store.sparql.using import NO_LOAD, add_using, drop_silent_loads, has_pattern, names_dataset, refuse_load
from kg.store.stores.bulk import OpenStore, canonical_nquads
from kg.store.stores.document import read_document
from kg.store.stores.draft import Draft
from kg.store.stores.writes import GraphWrite, Update

_OF_THE_DISK = re.compile(r"IO error|no space|quota", re.IGNORECASE)
"""What the engine says of its own files, and not of another server's."""

ABSENT = "urn:x-attested:absent"
"""A graph that no dataset has."""

Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Changed:
    """The graphs that a write changes, each as it is afterwards in canonical N-Quads, "" for the default graph."""

    graphs: dict[str, bytes]
    created: bool


def change_by_update(
    source: Path, folder: Path, update: Update, base_iri: str, read: Read, *, network_denied: bool, union: bool
) -> Changed:
    """Return what an update changes; it runs on a draft in ``folder`` of the store ``source``.

    ``read`` gives a graph as it is, in canonical N-Quads.

    With ``union``, the WHERE of an update that names no dataset sees the union of all graphs as its default graph, as
    queries do. Raises QuerySyntaxError, WriteRefused, and QueryError where the update fails.
    """
    draft = Draft(source, folder)
    reach = find_reach(update.text, base_iri)
    sees_all = union and has_pattern(update.text) and not (update.using or update.using_named)
    try:
        named = draft.graphs() if reach is None or sees_all else set()  # to ask for all takes time where there are many
        if sees_all and not names_dataset(update.text):
            graphs = tuple(sorted(named - {""}))
            update = replace(update, using=graphs, using_named=graphs)
        _update(draft, update, base_iri, network_denied=network_denied)
        if reach is None:
            before = OpenStore(source)
            reach = {iri for iri in named | draft.graphs() if draft.raw(iri) != before.raw(iri)}
        after = {iri: draft.graph(iri) for iri in reach}
    finally:
        draft.discard()
    return Changed({iri: nquads for iri, nquads in after.items() if nquads != read(iri)}, created=False)


def change_graph(write: GraphWrite, read: Read, base_iri: str) -> Changed:
    """Return what an operation on one graph changes, and whether its graph is new (Graph Store Protocol §5).

    ``read`` gives a graph as it is, in canonical N-Quads. Raises GraphNotFound, ContentError and QueryTooLarge.
    """
    graph = DefaultGraph() if write.graph is None else _iri(write.graph)
    name = write.graph or ""
    before = read(name)
    created = not before and write.graph is not None
    if write.verb == "DELETE":
        if created:
            raise GraphNotFound(f"There is no graph <{write.graph}>, so nothing was deleted.")
        return Changed({name: b""} if before else {}, created=False)
    after = {
        Quad(quad.subject, quad.predicate, quad.object, graph)
        for document in write.documents
        for quad in read_document(document, base_iri if write.graph is None else write.graph)
    }
    if write.verb == "POST":
        after |= set(parse(before, format=RdfFormat.N_QUADS))
    nquads = canonical_nquads(serialize(after, format=RdfFormat.N_QUADS) or b"")
    return Changed({} if nquads == before else {name: nquads}, created)


def _require_syntax(text: str, base_iri: str) -> None:
    """Raise QuerySyntaxError where the text is no update, without running any of it.

    pyoxigraph has no call that only parses: an operation that must fail, put first, keeps the others from being run.
    Where the whole cannot be parsed, neither can the text alone, so that running it runs nothing and gives the place.
    """
    prologue = read_prologue(text)
    start = prologue[-1].end if prologue else 0
    store = Store()
    try:
        store.update(f"{text[:start]}\nDROP GRAPH <{ABSENT}> ;\n{text[start:]}", base_iri=base_iri)
    except SyntaxError:
        try:
            store.update(text, base_iri=base_iri)
        except SyntaxError as error:
            raise explain(str(error), text, is_update=True) from None
    except (OSError, RuntimeError, ValueError):
        return


def _update(draft: Draft, update: Update, base_iri: str, *, network_denied: bool) -> None:
    update = replace(update, text=drop_silent_loads(update.text))
    try:
        refuse_load(update.text)
    except WriteRefused:
        _require_syntax(update.text, base_iri)  # a syntax error is reported first, whatever the update asks for
        raise
    words = update.text.casefold()
    if not network_denied and ("load" in words or "service" in words):
        raise WriteRefused(NO_LOAD)
    try:
        draft.store.update(_with_dataset(update, base_iri), base_iri=base_iri)
    except SyntaxError as error:
        raise explain(str(error), update.text, is_update=True) from None
    except ValueError as error:
        raise QuerySyntaxError(f"{error}.") from None
    except MemoryError:
        raise QueryTooLarge("The update needed more memory than it may have. Split it.") from None
    except OSError as error:
        if _OF_THE_DISK.search(str(error)):
            raise ReleaseError(f"The update cannot be run: {error}") from error
        raise WriteRefused(NO_LOAD) from error
    except RuntimeError as error:
        raise QueryError(f"The update failed, and nothing was changed: {error}.") from None


def _with_dataset(update: Update, base_iri: str) -> str:
    """Return the update's text with the dataset of its request; raises SyntaxError for what is no update."""
    if not (update.using or update.using_named):
        return update.text
    with suppress(OSError, RuntimeError):  # that it fails on an empty store says nothing
        Store().update(update.text, base_iri=base_iri)  # so that a mistake is found where the client made it
    if names_dataset(update.text):  # SPARQL 1.1 Protocol §2.2.3
        raise QuerySyntaxError(
            "The update names its dataset by USING or WITH, and the request by using-graph-uri or"
            " using-named-graph-uri. Use one of them."
        )
    clauses = [f"USING {_iri(iri)}" for iri in dict.fromkeys(update.using)]
    clauses += [f"USING NAMED {_iri(iri)}" for iri in dict.fromkeys(update.using_named)]
    return add_using(update.text, " ".join(clauses))


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError:
        raise QuerySyntaxError(f"{text!r} is not an absolute IRI, so it names no graph.") from None
