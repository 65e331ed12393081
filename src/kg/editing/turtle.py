"""Turtle that is changed where it has to be, and left byte for byte everywhere else.

A text is read into blocks, one for each subject, and blocks into properties and values, each with its place. A change
is a list of edits: pieces of the text and what replaces them. Nothing is ever written anew from triples, so
comments, order and spacing stay, and two editors' changes to different blocks merge line by line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from kg.errors import DataError
from kg.terms import PREFIXES

RDF_TYPE = PREFIXES["rdf"] + "type"

_NAME = r"""(?:[^\s<>"'\[\](),;#.\\@^]|\\.|\.+(?=[^\s<>"'\[\](),;#.]))+"""
_TOKEN = re.compile(
    rf"""(?P<space>[\s\ufeff]+|\#[^\r\n]*)
    |(?P<iri><[^<>"{{}}|^`\x00-\x20]*>)
    |(?P<literal>\"{{3}}(?:\"{{0,2}}(?:[^"\\]|\\.))*\"{{3}}|'{{3}}(?:'{{0,2}}(?:[^'\\]|\\.))*'{{3}}
        |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
    |(?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^)
    |(?P<mark>[;,.()\[\]])
    |(?P<name>{_NAME})""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)")
_TO_ESCAPE = re.compile(r"(?!\.)([^\w:.\-%]|(?<=^)\.|\.$)")
_DIRECTIVE = re.compile(r"@prefix|@base|prefix|base", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A token of Turtle: ``iri``, ``literal``, ``tag`` (of a language or datatype), ``mark`` or ``name``."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Value:
    """One object of one property in a block: its text as written, and its place."""

    text: str
    start: int
    end: int
    iri: str | None


@dataclass(frozen=True, slots=True)
class Property:
    """One property in a block, its values in the order of the file; ``end`` is where the last value ends."""

    iri: str
    start: int
    end: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """All that is said in one go of a subject, from it to the full stop."""

    subject: str
    start: int
    end: int
    properties: tuple[Property, ...]

    def get(self, iri: str) -> Property | None:
        """Return what is said by a property, or None."""
        return next((one for one in self.properties if one.iri == iri), None)


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """What replaces a piece of the text."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with the edits made; raises ValueError where two of them share a place."""
    parts, at = [], 0
    for edit in sorted(edits):
        if edit.start < at:
            raise ValueError(f"two edits at {edit.start}")
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


class Turtle:
    """A text in Turtle, seen as blocks. It does not change: each change is another text."""

    def __init__(self, text: str, base: str, name: str = "the text") -> None:
        """Read a text whose relative IRIs are resolved against a base; ``name`` is how an error calls it."""
        self.text, self._base, self._name = text, base, name
        self.prefixes: dict[str, str] = {}
        self.blocks: tuple[Block, ...] = tuple(self._read_blocks())

    @cached_property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    @cached_property
    def _tokens(self) -> list[Token]:
        found, at = [], 0
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                line = self.text.count("\n", 0, at) + 1
                raise DataError(f"{self._name}:{line}: This is not Turtle. See kg check.")
            at = match.end()
            if match.lastgroup != "space":
                found.append(Token(str(match.lastgroup), match[0], match.start(), match.end()))
        return found

    # Reading

    def find(self, subject: str) -> list[Block]:
        """Return the blocks of a subject."""
        return [block for block in self.blocks if block.subject == subject]

    def iri_of(self, token: Token) -> str | None:
        """Return the IRI that a token names, or None for what is no name."""
        if token.kind == "iri":
            inner = token.text[1:-1]
            return inner if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", inner) else self._base + inner
        if token.kind != "name":
            return None
        if token.text == "a":
            return RDF_TYPE
        prefix, colon, local = token.text.partition(":")
        if not colon or prefix not in self.prefixes:
            return None
        return self.prefixes[prefix] + _ESCAPE.sub(r"\1", local)

    def shorten(self, iri: str) -> str:
        """Return how an IRI is written in this text: by the longest of its prefixes that fits, else in brackets."""
        fitting = [(len(space), name) for name, space in self.prefixes.items() if iri.startswith(space)]
        for length, name in sorted(fitting, reverse=True):
            local = iri[length:]
            if "/" not in local and local:
                return f"{name}:{_TO_ESCAPE.sub(_escaped, local)}"
        return f"<{iri.removeprefix(self._base)}>"

    def _read_blocks(self) -> Iterator[Block]:
        tokens, at = self._tokens, 0
        while at < len(tokens):
            first = tokens[at]
            if _DIRECTIVE.fullmatch(first.text) and first.kind in ("tag", "name"):
                at = self._read_directive(at)
                continue
            end = _end(tokens, at)
            if end is None:
                line = self.text.count("\n", 0, first.start) + 1
                raise DataError(f"{self._name}:{line}: What begins here has no full stop at its end. See kg check.")
            yield self._block(tokens[at : end + 1])
            at = end + 1

    def _read_directive(self, at: int) -> int:
        tokens = self._tokens
        is_prefix = "prefix" in tokens[at].text.lower()
        name = tokens[at + 1].text.removesuffix(":") if is_prefix else None
        target = tokens[at + (2 if is_prefix else 1)]
        iri = self.iri_of(target) or ""
        if name is None:
            self._base = iri
        else:
            self.prefixes[name] = iri
        after = at + (3 if is_prefix else 2)
        return after + (tokens[at].text.startswith("@"))

    def _block(self, tokens: Sequence[Token]) -> Block:
        subject = self.iri_of(tokens[0]) or tokens[0].text
        at = _skip(tokens, 0)
        properties = []
        while at < len(tokens) - 1:
            if tokens[at].text == ";":
                at += 1
                continue
            name, values = tokens[at], []
            at += 1
            while True:
                after = _skip(tokens, at)
                values.append(self._value(tokens[at:after]))
                at = after + 1
                if tokens[after].text != ",":
                    at = after
                    break
            properties.append(Property(self.iri_of(name) or name.text, name.start, values[-1].end, tuple(values)))
        return Block(subject, tokens[0].start, tokens[-1].end, tuple(properties))

    def _value(self, tokens: Sequence[Token]) -> Value:
        start, end = tokens[0].start, tokens[-1].end
        return Value(self.text[start:end], start, end, self.iri_of(tokens[0]) if len(tokens) == 1 else None)

    # Changing: each returns edits, to be applied together

    def removal(self, block: Block, *, with_comments: bool = True) -> Edit:
        """Return the edit that takes a block out, and the comment lines above it if asked.

        Of the empty lines before and behind it, one stays.
        """
        start = self._top(block) if with_comments else self._line_start(block.start)
        end = self._line_end(block.end)
        is_apart = not self.text[self._line_start(start - 1) : start].strip() if start else True
        if is_apart and self.text[end : self._line_end(end)].strip() == "" and end < len(self.text):
            end = self._line_end(end)
        return Edit(start, end, "")

    def preceding(self, block: Block, text: str) -> Edit:
        """Return the edit that puts new blocks before a block and the comment lines above it."""
        place = self._top(block)
        return Edit(place, place, text.strip("\n").replace("\n", self.newline) + 2 * self.newline)

    def _top(self, block: Block) -> int:
        """Return where a block begins, with the comment lines above it."""
        start = self._line_start(block.start)
        while start > 0:
            above = self._line_start(start - 1)
            if not self.text[above:start].startswith("#"):
                break
            start = above
        return start

    def insertion(self, after: Block | None, text: str) -> Edit:
        """Return the edit that puts new blocks, set apart by an empty line, behind a block, or at the end."""
        place = len(self.text) if after is None else self._line_end(after.end)
        lines = text.strip("\n").replace("\n", self.newline) + self.newline
        before = self.text[:place]
        gap = self.newline if before and not before.endswith(("\n\n", "\r\n\r\n")) else ""
        gap = gap if before.endswith("\n") or not before else gap + self.newline
        return Edit(place, place, gap + lines)

    def adding(self, block: Block, predicate: str, values: Sequence[str]) -> Edit:
        """Return the edit that says more of a block's subject, on a line behind its class, or behind like values."""
        there = block.get(predicate)
        if there is not None:
            return Edit(there.end, there.end, "".join(f" , {value}" for value in values))
        first = block.properties[0]
        written = f"{self.shorten(predicate)} {' , '.join(values)}"
        return Edit(first.end, first.end, f" ;{self.newline}  {written}")

    def dropping(
        self, block: Block, predicate: str, is_dropped: Callable[[Value], bool] = lambda _: True
    ) -> list[Edit]:
        """Return the edits that take values of a property out of a block, and the property if none is left.

        A block that would be left without any property has to be removed as a whole; ValueError is raised for it.
        """
        found = block.get(predicate)
        if found is None or not any(map(is_dropped, found.values)):
            return []
        kept = [value for value in found.values if not is_dropped(value)]
        if kept:
            return [Edit(found.values[0].start, found.end, " , ".join(value.text for value in kept))]
        place = block.properties.index(found)
        if len(block.properties) == 1:
            raise ValueError(f"nothing would be left of {block.subject}")
        following = block.properties[place + 1].start if place + 1 < len(block.properties) else None
        if following is not None and (place == 0 or self._is_on_lines_of_its_own(found, following)):
            return [Edit(found.start, following, "")]
        return [Edit(block.properties[place - 1].end, found.end, "")]

    def _is_on_lines_of_its_own(self, found: Property, following: int) -> bool:
        before = self.text[self._line_start(found.start) : found.start]
        return not before.strip() and "\n" in self.text[found.end : following]

    def setting(self, block: Block, predicate: str, value: str) -> Edit:
        """Return the edit that gives a property of a block this one value."""
        found = block.get(predicate)
        if found is None:
            return self.adding(block, predicate, [value])
        return Edit(found.values[0].start, found.end, value)

    def renaming(self, old: str, new: str) -> list[Edit]:
        """Return the edits that put one IRI in place of another, and of what is named after it behind a ``#``."""
        edits = []
        for token in self._tokens:
            iri = self.iri_of(token)
            if iri is not None and token.text != "a" and (iri == old or iri.startswith(old + "#")):
                edits.append(Edit(token.start, token.end, self.shorten(new + iri[len(old) :])))
        return edits

    def _line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        found = self.text.find("\n", place)
        return len(self.text) if found < 0 else found + 1


def _end(tokens: Sequence[Token], at: int) -> int | None:
    depth = 0
    for index in range(at, len(tokens)):
        mark = tokens[index].text if tokens[index].kind == "mark" else ""
        depth += (mark in ("[", "(")) - (mark in ("]", ")"))
        if mark == "." and depth == 0:
            return index
    return None


def _skip(tokens: Sequence[Token], at: int) -> int:
    """Return the place behind one term: a name, a literal with its tag, or what is in brackets."""
    depth = 0
    while True:
        mark = tokens[at].text if tokens[at].kind == "mark" else ""
        depth += (mark in ("[", "(")) - (mark in ("]", ")"))
        at += 1
        if depth == 0:
            break
    if tokens[at - 1].kind == "literal" and tokens[at].kind == "tag":
        at += 2 if tokens[at].text == "^^" else 1
    return at


def _escaped(match: re.Match[str]) -> str:
    return "\\" + match[0]


def literal(text: str, language: str | None = None) -> str:
    """Return a literal as it is written on one line, with the tag of its language if it has one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"' + (f"@{language}" if language else "")
