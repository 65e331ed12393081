"""One query on one open store → one whole answer. Runs in a query worker only."""

from __future__ import annotations

import re
from typing import Any

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Variable,
    serialize,
)
from pyoxigraph import parse as parse_rdf

from kg.errors import (
    EngineUnavailable,
    QueryError,
    QueryNotAcceptable,
    QueryRefused,
    QuerySyntaxError,
    QueryTooLarge,
)
from kg.store import GRAPH_TYPES, ROW_TYPES, Answer, Kind, Query
from kg.store.evaluation.bounded import Bounded, limited, too_long
from kg.store.evaluation.markup import RDF_XML, nameable, usable, well_formed
from kg.store.evaluation.shape import shape
from kg.store.sparql.mistakes import name_custom
from kg.store.sparql.syntax import explain
from kg.store.sparql.tokens import names_dataset, read_base, read_prefixes, resolve
from kg.terms import PREFIXES, Iris

UNABBREVIATED = ("application/n-triples", "application/n-quads")
"""Types of graphs that are written without prefixes."""
_NO_CALLS = "Calls to other endpoints (SERVICE) are not allowed here. Ask the other endpoint from your side."
_NO_MEMORY = "The query needed more memory than it may have. Narrow it or add a LIMIT."


def evaluate(store: Store, query: Query, answer_bytes: int, rows: int, *, network_denied: bool) -> Answer:
    """Return the answer, of at most ``answer_bytes`` bytes and ``rows`` rows (solutions, or triples).

    ``network_denied`` says that the operating system refuses connections; where it does not, a query that
    holds the word "service" is refused. Raises QueryError, by the kind of what went wrong.
    """
    calls_out = "service" in query.text.casefold()
    if calls_out and not network_denied:
        raise QueryRefused(_NO_CALLS)
    given = {**_dataset(query), "substitutions": _substitutions(query)}
    try:
        results = store.query(query.text, base_iri=query.base_iri, **given)
        answer = shape(_serialise(results, query, answer_bytes, rows), query)
        if len(answer.body) > answer_bytes:  # made longer, as what XML cannot hold as it is
            raise too_long(answer_bytes)
        return answer
    except SyntaxError as error:
        raise explain(str(error), query.text) from None
    except ValueError as error:
        raise QuerySyntaxError(f"{error}.") from None
    except MemoryError:
        raise QueryTooLarge(_NO_MEMORY, "memory") from None
    except OSError as error:
        raise QueryRefused(_NO_CALLS) if calls_out else _failure(str(error)) from None
    except RuntimeError as error:
        raise _failure(str(error)) from None


def parse(query: Query, *, network_denied: bool) -> Answer:
    """Return an empty answer to a query that is SPARQL; raises QuerySyntaxError for one that is not.

    pyoxigraph parses only what it then begins to evaluate: here over no data, and only where no SERVICE can call out.
    """
    if network_denied:
        try:
            Store().query(query.text, base_iri=query.base_iri)
        except SyntaxError as error:
            raise explain(str(error), query.text) from None
        except (OSError, RuntimeError, ValueError):
            pass  # a SERVICE that ASK comes to at once: the query has been parsed
    return Answer("boolean", "", b"")


def _failure(message: str) -> QueryError:
    if "RDF 1.2" in message:
        return QueryNotAcceptable(f"This answer cannot be written in the format asked for: {message}.")
    if custom := re.fullmatch(r"The custom function <(.*)> is not supported", message):
        return QueryError(name_custom(custom[1]))
    if "in its SELECT projection" in message:
        return QueryError(f"{message}, so it cannot be given a value. Name it after SELECT.")
    if message.startswith(("Corruption", "IO error")):
        return EngineUnavailable(f"The store cannot be read: {message}")
    return QueryError(f"The query failed: {message}")


def _dataset(query: Query) -> dict[str, Any]:
    """Return pyoxigraph's arguments for the dataset (SPARQL 1.1 Protocol §2.1.4, Query §13.2)."""
    if query.default_graphs or query.named_graphs:
        # dict.fromkeys: pyoxigraph gives every solution twice for a graph that is named twice
        return {
            "default_graph": [_iri(graph) for graph in dict.fromkeys(query.default_graphs)],
            "named_graphs": [_iri(graph) for graph in dict.fromkeys(query.named_graphs)],
        }
    # pyoxigraph's union flag would override the query's own FROM without a word
    return {"use_default_graph_as_union": query.union and not names_dataset(query.text)}


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError:
        raise QuerySyntaxError(f"{text!r} is not an absolute IRI, so it names no graph.") from None


def _substitutions(query: Query) -> dict[Variable, Any]:
    given = {}
    for name, term in query.bindings.items():
        try:
            [statement] = parse_rdf(f"<b:> <b:> {term} .", format=RdfFormat.N_TRIPLES)
            given[Variable(name)] = statement.object
        except (SyntaxError, ValueError):
            raise QuerySyntaxError(f"?{name} cannot be {term!r}: that is not an N-Triples term.") from None
    return given


def _serialise(
    results: QuerySolutions | QueryBoolean | QueryTriples, query: Query, answer_bytes: int, rows: int
) -> Answer:
    if isinstance(results, QueryTriples):
        media_type = _acceptable(query.graph_type, GRAPH_TYPES, "a graph (CONSTRUCT or DESCRIBE)")
        body = Bounded(answer_bytes, rows)
        triples, prefixes = limited(results, rows), {} if media_type in UNABBREVIATED else _prefixes(query)
        if media_type == RDF_XML:
            triples, prefixes = nameable(triples), usable(prefixes)
        serialize(triples, body, format=RdfFormat.from_media_type(media_type), prefixes=prefixes)
        return Answer("graph", media_type, well_formed(body.getvalue(), media_type, prefixes))
    kind: Kind = "boolean" if isinstance(results, QueryBoolean) else "solutions"
    media_type = _acceptable(query.row_type, ROW_TYPES, "solutions (SELECT) or a boolean (ASK)")
    body = Bounded(answer_bytes, rows, media_type)
    results.serialize(body, format=QueryResultsFormat.from_media_type(media_type))
    return Answer(kind, media_type, well_formed(body.getvalue(), media_type))


def _prefixes(query: Query) -> dict[str, str]:
    """Return the prefixes of a graph's Turtle, TriG and RDF/XML: those that the query declares, and ours."""
    base = query.base_iri or ""
    own_base = read_base(query.text, base)
    resolved = {name: resolve(iri, own_base) for name, iri in read_prefixes(query.text).items()}
    declared = {name: iri for name, iri in resolved.items() if _is_absolute(iri)}
    ours = Iris(base).prefixes() if base.endswith("/") else PREFIXES
    return {name: iri for name, iri in ours.items() if iri not in declared.values()} | declared


def _acceptable(media_type: str | None, supported: tuple[str, ...], what: str) -> str:
    if media_type not in supported:
        raise QueryNotAcceptable(f"The answer is {what}. Accept one of: {', '.join(supported)}.")
    return media_type


def _is_absolute(iri: str) -> bool:
    try:
        NamedNode(iri)
    except ValueError:
        return False
    return True
