"""A dataset and a write → the dataset after it. Runs in a process that can be killed, never in the front.

The dataset is taken whole into memory, so a write happens as a whole or not at all.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse, serialize

from kg.errors import ContentError, GraphNotFound, QueryError, QuerySyntaxError, QueryTooLarge, WriteRefused
from kg.store.syntax import explain
from kg.store.tokens import read_prologue
from kg.store.using import NO_LOAD, add_using, drop_silent_loads, names_dataset, refuse_load
from kg.store.writes import Document, GraphWrite, Update, Write

ABSENT = "urn:x-attested:absent"
"""A graph that no dataset has."""

MOST_TIMES = 20
"""How much longer than it was sent a document may be when it is written out: a prefix or two letters stand for much."""
ALWAYS_BYTES = 1_000_000
"""What it may be in any case."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A dataset after a write. ``touched`` are the graphs whose quads are others now, "" for the default graph."""

    nquads: bytes
    touched: frozenset[str]
    created: bool


def change(nquads: bytes, write: Write, base_iri: str, *, network_denied: bool, union: bool = False) -> Changed:
    """Return the dataset after the write.

    With ``union``, the WHERE of an update that names no dataset sees the union of all graphs as its default graph, as
    queries do. Raises QuerySyntaxError, WriteRefused, ContentError, GraphNotFound, and QueryError where an update
    fails.
    """
    before = frozenset(parse(nquads, format=RdfFormat.N_QUADS))
    if isinstance(write, Update):
        if union and not (write.using or write.using_named or names_dataset(write.text)):
            graphs = tuple(sorted({_name(quad) for quad in before} - {""}))
            write = replace(write, using=graphs, using_named=graphs)
        after, created = _update(before, write, base_iri, network_denied=network_denied), False
    else:
        after, created = _write_graph(before, write, base_iri)
    touched = frozenset(_name(quad) for quad in before ^ after)
    return Changed(serialize(after, format=RdfFormat.N_QUADS) or b"", touched, created)


def as_stored(nquads: bytes) -> bytes:
    """Return a dataset as a store holds it, in N-Quads: some literals get another form, as ``01`` becomes ``1``.

    Raises ContentError for what is not N-Quads.
    """
    store = Store()
    try:
        store.extend(parse(nquads, format=RdfFormat.N_QUADS))
    except SyntaxError as error:
        raise ContentError(f"The data are not N-Quads: {error}") from None
    return store.dump(format=RdfFormat.N_QUADS) or b""


def count_graphs(nquads: bytes) -> dict[str, int]:
    """Return the number of triples of each named graph, by its IRI."""
    counts: dict[str, int] = {}
    for quad in parse(nquads, format=RdfFormat.N_QUADS):
        counts[_name(quad)] = counts.get(_name(quad), 0) + 1
    return {name: counts[name] for name in sorted(counts) if name}


def _name(quad: Quad) -> str:
    return "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


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


def _update(before: frozenset[Quad], update: Update, base_iri: str, *, network_denied: bool) -> frozenset[Quad]:
    update = replace(update, text=drop_silent_loads(update.text))
    try:
        refuse_load(update.text)
    except WriteRefused:
        _require_syntax(update.text, base_iri)  # what is no SPARQL is told as that, whatever it asks for
        raise
    words = update.text.casefold()
    if not network_denied and ("load" in words or "service" in words):
        raise WriteRefused(NO_LOAD)
    store = Store()
    try:
        text = _with_dataset(update, base_iri)
        store.extend(before)
        store.update(text, base_iri=base_iri)
    except SyntaxError as error:
        raise explain(str(error), update.text, is_update=True) from None
    except ValueError as error:
        raise QuerySyntaxError(f"{error}.") from None
    except MemoryError:
        raise QueryTooLarge("The update needed more memory than it may have. Split it.") from None
    except OSError as error:
        raise WriteRefused(NO_LOAD) from error
    except RuntimeError as error:
        raise QueryError(f"The update failed, and nothing was changed: {error}.") from None
    return frozenset(store)


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


def _write_graph(before: frozenset[Quad], write: GraphWrite, base_iri: str) -> tuple[frozenset[Quad], bool]:
    """Return the dataset after the operation, and whether its graph is new (Graph Store Protocol §5)."""
    graph = DefaultGraph() if write.graph is None else _iri(write.graph)
    own = frozenset(quad for quad in before if quad.graph_name == graph)
    created = not own and write.graph is not None
    if write.verb == "DELETE":
        if created:
            raise GraphNotFound(f"There is no graph <{write.graph}>, so nothing was deleted.")
        return before - own, False
    sent = frozenset(
        Quad(quad.subject, quad.predicate, quad.object, graph)
        for document in write.documents
        for quad in _read(document, base_iri if write.graph is None else write.graph)
    )
    return (before | sent if write.verb == "POST" else (before - own) | sent), created


def _read(document: Document, base_iri: str) -> list[Quad]:
    """Return what a document says; raises ContentError, and QueryTooLarge where it says far more than it is long."""
    quads, room = [], max(MOST_TIMES * len(document.body), ALWAYS_BYTES)
    try:
        for quad in parse(
            document.body,
            format=RdfFormat.from_media_type(document.media_type),
            base_iri=base_iri,
            without_named_graphs=True,
            rename_blank_nodes=True,
        ):
            room -= len(str(quad))
            if room < 0:
                raise QueryTooLarge(
                    f"Written out, the content is more than {MOST_TIMES} times as long as it was sent, as entities that"
                    " hold entities make it. Nothing was changed; send it written out."
                )
            quads.append(quad)
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        raise ContentError(f"The content is not {document.media_type}: {error}. Nothing was changed.") from None
    except MemoryError:
        raise QueryTooLarge("The content needed more memory than it may have. Split it.") from None
    return quads
