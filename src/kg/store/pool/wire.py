"""How the front speaks with a query worker and a writer: one line of JSON, then as many raw bytes as the line says.

After the answer of a worker comes a line with its digest. Nothing is pickled, so a worker that a hostile query took
over could send no more than wrong bytes. The framing is our own because importing multiprocessing.connection makes a
worker's start half as long again.
"""

from __future__ import annotations

import hashlib
import json
from typing import IO, Any

from kg import errors
from kg.store import Query

HEADER_BYTES = 1_000_000
"""The longest header; room for some thousand graph names or bindings."""

SPOOL_BYTES = 256_000
"""The body of an answer longer than this is in the memory that its worker shares (kg.store.pool.shared)."""

END, LOWER, PAUSE, RESUME = b"e", b"l", b"p", b"r"
"""Orders to a worker by its parent: end; lower the priority, for good; pause; resume."""
LOWERED = 5
"""The nice value of a worker that lets others go first: it has a third of what another at work has of the processor."""

_MESSAGE_LENGTH = 2_000  # characters; a message may repeat what was sent, which may be long

_ERRORS = {
    cls.__name__: cls
    for cls in (
        errors.SettingsError,
        errors.DataError,
        errors.QueryError,
        errors.QueryTooLarge,
        errors.QueryTimeout,
        errors.QueryRefused,
        errors.QueryNotAcceptable,
        errors.EngineUnavailable,
        errors.ReleaseError,
        errors.NotStorable,
        errors.ReleasesBusy,
        errors.WriteError,
        errors.WriteTimeout,
        errors.LogDamaged,
        errors.StorageFailed,
        errors.StorageFull,
        errors.WriteRefused,
        errors.ContentError,
        errors.GraphNotFound,
    )
}


def to_line(header: dict[str, Any], body: bytes) -> bytes:
    """Return the header's line, to go before the body. Raises QueryTooLarge where it passes HEADER_BYTES."""
    line = json.dumps({**header, "bytes": len(body)}).encode() + b"\n"
    if len(line) > HEADER_BYTES:
        raise errors.QueryTooLarge(f"The graphs and bindings take more than {HEADER_BYTES:,} bytes.")
    return line


Content = bytes | IO[bytes]
"""A body, or the file without a name that holds it."""


def receive(reader: IO[bytes], limit: int) -> tuple[dict[str, Any], bytes]:
    """Return the next header and body. Raises EOFError where there is none within the limit in bytes."""
    header, size = receive_header(reader, limit)
    return header, receive_body(reader, size)


def receive_header(reader: IO[bytes], limit: int) -> tuple[dict[str, Any], int]:
    """Return the next header and the length of its body; raises EOFError where there is none within the limit."""
    line = reader.readline(HEADER_BYTES)
    if not line.endswith(b"\n"):
        raise EOFError
    header: dict[str, Any] = json.loads(line)
    size: int = header.pop("bytes")
    if not 0 <= size <= limit:
        raise EOFError
    return header, size


def receive_body(reader: IO[bytes], size: int) -> bytes:
    """Return the body; raises EOFError where it ends before."""
    part = reader.read(size)
    if len(part) < size:
        raise EOFError
    return part


def to_digest(body: bytes) -> bytes:
    """Return the line that follows an answer's body: its digest, made while the front takes a long one."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest().encode() + b"\n"


def receive_digest(reader: IO[bytes]) -> str:
    """Return the digest of the body before it; raises EOFError where none comes."""
    line = reader.readline(HEADER_BYTES)
    if not line.endswith(b"\n"):
        raise EOFError
    return line[:-1].decode("ascii", "replace")


def from_query(query: Query, *, parse_only: bool = False) -> dict[str, Any]:
    """Return the header that asks the query, or asks only whether it is one; its text is the body."""
    return {
        "parse_only": parse_only,
        "row_type": query.row_type,
        "graph_type": query.graph_type,
        "bindings": dict(query.bindings),
        "default_graphs": query.default_graphs,
        "named_graphs": query.named_graphs,
        "base_iri": query.base_iri,
        "union": query.union,
        "spreadsheet": query.spreadsheet,
        "first": query.first,
        "skip": query.skip,
    }


def to_query(header: dict[str, Any], body: bytes) -> Query:
    """Return the query that the header, without its parse_only and rows, and the body ask."""
    graphs: dict[str, Any] = {name: tuple(header[name]) for name in ("default_graphs", "named_graphs")}
    return Query(**{**header, **graphs, "text": body.decode()})


def from_error(error: errors.KgError) -> dict[str, Any]:
    """Return the header that reports the error."""
    place: dict[str, Any] = {}
    if isinstance(error, errors.QuerySyntaxError):
        place = {"line": error.line, "column": error.column}
    if isinstance(error, errors.QueryError) and error.limit:
        place["limit"] = error.limit
    return {"error": type(error).__name__, "message": str(error)[:_MESSAGE_LENGTH], **place}


def to_error(header: dict[str, Any]) -> errors.KgError:
    """Return the error that the header reports; a kind that is not known here as a KgError."""
    if header["error"] == errors.QuerySyntaxError.__name__:
        return errors.QuerySyntaxError(header["message"], header["line"], header["column"])
    kind = _ERRORS.get(header["error"], errors.KgError)
    if "limit" in header and issubclass(kind, errors.QueryError):
        return kind(header["message"], header["limit"])
    return kind(header["message"])
