"""Turtle, read by the parser of the engine that publishes: what is checked is what is published.

The parser is given a file line by line, so that it is known on which line each triple ends.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import IO, cast

from pyoxigraph import Literal, Quad, RdfFormat, Triple, parse

from kg.corpus.rdf.turtle_help import explain
from kg.errors import KgError

_AT = re.compile(r"Parser error (?:at|between) line \d+ (?:columns? \d+|between columns \d+ and \d+|.*?): ")
_LATER = "triple terms, annotations and directions of text are of RDF 1.2, and data are RDF 1.1. Take them out."


class NotTurtle(KgError):
    """A file that is not Turtle of RDF 1.1: at which line, and why and what to do."""

    def __init__(self, line: int, why: str) -> None:
        """Take the line, from 1, and the reason, in a sentence or two without a capital."""
        super().__init__(f"line {line}: {why}")
        self.line, self.why = line, why


class _Lines(io.RawIOBase):
    """A file object that gives at most one line for each read, and knows how many it has begun."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._lines = content.splitlines(keepends=True)
        self._rest = io.BytesIO()
        self.number = 0

    def text(self) -> list[str]:
        """Return all lines."""
        return [line.decode("utf-8", "replace") for line in self._lines]

    def read(self, size: int = -1) -> bytes:
        part = self._rest.read(size)
        if part or self.number >= len(self._lines):
            return part
        self._rest = io.BytesIO(self._lines[self.number])
        self.number += 1
        return self._rest.read(size)


def read_turtle(content: bytes, base_iri: str) -> list[Quad]:
    """Return the triples of a file, as quads of the default graph; raises NotTurtle."""
    return list(_parse(_Lines(_body(content)), base_iri))


def read_lines(content: bytes, base_iri: str) -> Iterator[tuple[Quad, int]]:
    """Give each triple with the line, from 1, on which it ends; raises NotTurtle where the file is none.

    A blank node has another label at each reading.
    """
    lines = _Lines(_body(content))
    for quad in _parse(lines, base_iri):
        yield quad, lines.number


def _body(content: bytes) -> bytes:
    """Return the content without the byte order mark that editors may put first; raises NotTurtle if not UTF-8."""
    body = content.removeprefix(codecs.BOM_UTF8)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise NotTurtle(line, f"it is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    return body


def _parse(source: _Lines, base_iri: str) -> Iterator[Quad]:
    lines = cast("IO[bytes]", source)  # of a file object the parser uses read alone
    try:
        for quad in parse(lines, format=RdfFormat.TURTLE, base_iri=base_iri, rename_blank_nodes=True):
            if isinstance(quad.object, Triple) or (isinstance(quad.object, Literal) and quad.object.direction):
                raise NotTurtle(source.number, _LATER)
            yield quad
    except SyntaxError as error:
        raise NotTurtle(*explain(source.text(), error.lineno or 1, _AT.sub("", error.msg))) from None
