"""What a client may ask to be written, and how it travels to the process that writes it.

This module imports no engine, so a front can name these types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Verb = Literal["PUT", "POST", "DELETE"]

SUFFIX_TYPES = {
    ".ttl": "text/turtle",
    ".nt": "application/n-triples",
    ".rdf": "application/rdf+xml",
    ".jsonld": "application/ld+json",
    ".trig": "application/trig",
    ".nq": "application/n-quads",
}
"""Ends of a file's name → media type, for a part of a form that is sent as nothing in particular."""


@dataclass(frozen=True, slots=True)
class Update:
    """A SPARQL 1.1 Update, and the dataset that its WHERE clauses see (SPARQL 1.1 Protocol §2.2.3)."""

    text: str
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A graph as it was sent."""

    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class GraphWrite:
    """An operation of the Graph Store Protocol (§5) on one graph; None is the default graph."""

    verb: Verb
    graph: str | None
    documents: tuple[Document, ...] = ()


Write = Update | GraphWrite


@dataclass(frozen=True, slots=True)
class Written:
    """The result of a write: the release that is active now, whether it is another, whether a graph is new.

    ``is_served`` is False where that release is active and could not be opened yet.
    """

    identifier: str
    is_new: bool
    created: bool
    is_served: bool = True


def to_message(write: Write) -> tuple[dict[str, Any], bytes]:
    """Return the header and the body that carry a write."""
    if isinstance(write, Update):
        return {"using": write.using, "using_named": write.using_named}, write.text.encode()
    documents = [[document.media_type, len(document.body)] for document in write.documents]
    header = {"verb": write.verb, "graph": write.graph, "documents": documents}
    return header, b"".join(document.body for document in write.documents)


def from_message(header: dict[str, Any], body: bytes) -> Write:
    """Return the write that a header and a body carry."""
    if "verb" not in header:
        return Update(body.decode(), tuple(header["using"]), tuple(header["using_named"]))
    documents, start = [], 0
    for media_type, size in header["documents"]:
        documents.append(Document(media_type, body[start : start + size]))
        start += size
    return GraphWrite(header["verb"], header["graph"], tuple(documents))
