"""A buffer for an answer that is whole or is an error: it counts bytes and solutions as the engine writes them.

An engine has no limit of its own and writes an answer in one call, so what can be counted is what it writes. Each
format of solutions has a mark that occurs once per solution and never inside one. Triples are counted in N-Triples and
N-Quads the same way; in other forms only bytes are.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from kg.errors import QueryTooLarge

T = TypeVar("T")
Counter = Callable[[bytes], int]
"""Counts the solutions that begin or end in a piece of an answer; called with the pieces in their order."""


class Bounded(io.BytesIO):
    """A buffer with a maximum of bytes and, for formats whose solutions are counted, of solutions."""

    def __init__(self, most_bytes: int, most_rows: int, media_type: str = "") -> None:
        """Count the solutions of a media type that has rows."""
        super().__init__()
        self._most_bytes, self._most_rows = most_bytes, most_rows
        self._media_type = media_type
        self._mark = _MARKS.get(media_type)
        self._at_most = 0
        self._count: Counter | None = None if self._mark else _count_none
        self._rows = 0

    def write(self, data: Any, /) -> int:
        """Append; raises QueryTooLarge, which passes through the engine unchanged."""
        if self.tell() + len(data) > self._most_bytes:
            raise too_long(self._most_bytes)
        data = bytes(data)
        if self._count is None:
            self._at_most += data.count(self._mark or b"") + 1
            if self._at_most > self._most_rows:  # or perhaps not: the mark of a row may be inside a term
                self._count = _COUNTERS[self._media_type]()
                self._rows = _HEADS.get(self._media_type, 0) + self._count(self.getvalue())
        if self._count is not None:
            self._rows += self._count(data)
        if self._rows > self._most_rows:
            raise too_many_rows(self._most_rows)
        return super().write(data)


def too_long(limit: int) -> QueryTooLarge:
    """Return the error for an answer of more bytes than may be."""
    return QueryTooLarge(f"The answer is longer than {limit:,} bytes. Add a LIMIT.", "answer-bytes")


def too_many_rows(limit: int) -> QueryTooLarge:
    """Return the error for an answer of more solutions or triples than may be."""
    return QueryTooLarge(f"The answer has more than {limit:,} rows. Add a LIMIT.", "rows")


def limited(items: Iterable[T], limit: int) -> Iterator[T]:
    """Yield the items; raises QueryTooLarge at one more than the limit."""
    for number, item in enumerate(items):
        if number >= limit:
            raise too_many_rows(limit)
        yield item


def _count_none(_: bytes) -> int:
    return 0


def _count_xml() -> Counter:
    """Count ``<result>``, which text contains only as ``&lt;result>``; a piece may end inside it."""
    mark = b"<result>"
    rest = b""

    def count(data: bytes) -> int:
        nonlocal rest
        joined = rest + data
        rest = joined[-len(mark) + 1 :]
        return joined.count(mark)

    return count


def _count_tsv() -> Counter:
    """Count the ends of lines, which are escaped in a term, as in N-Triples and N-Quads too."""
    return lambda data: data.count(b"\n")


def _count_csv() -> Counter:
    """Count the ends of lines outside quotation marks."""
    quoted = False

    def count(data: bytes) -> int:
        nonlocal quoted
        parts = data.split(b'"')
        found = sum(part.count(b"\n") for part in parts[quoted::2])
        quoted ^= not len(parts) % 2
        return found

    return count


def _count_json() -> Counter:
    """Count the objects that open in an array, which solutions alone are, outside of strings."""
    quoted = escaped = False
    last = b""

    def count(data: bytes) -> int:
        nonlocal quoted, escaped, last
        if escaped:
            data = data[1:]
        slashes = len(data) - len(data.rstrip(b"\\"))
        escaped = bool(slashes % 2)
        parts = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = last + b'"'.join(parts[quoted::2]).translate(None, b" \t\r\n")
        quoted ^= not len(parts) % 2
        last = outside[-1:]
        return outside.count(b"[{") + outside.count(b",{")

    return count


_COUNTERS: dict[str, Callable[[], Counter]] = {
    "application/sparql-results+json": _count_json,
    "application/sparql-results+xml": _count_xml,
    "text/csv": _count_csv,
    "text/tab-separated-values": _count_tsv,
    "application/n-triples": _count_tsv,
    "application/n-quads": _count_tsv,
}
_MARKS = {
    "application/sparql-results+json": b"{",
    "application/sparql-results+xml": b"<result>",
    "text/csv": b"\n",
    "text/tab-separated-values": b"\n",
    "application/n-triples": b"\n",
    "application/n-quads": b"\n",
}
"""A mark that each row has at least once, and that may occur elsewhere too: its number, and one more for each piece, is
an upper bound of the number of rows. Counting it takes a hundredth of the time that counting rows takes."""
_HEADS = {"text/csv": -1, "text/tab-separated-values": -1}
"""What is no solution though it counts as one: the line of names."""
