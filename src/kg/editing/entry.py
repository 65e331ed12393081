"""Things as an editor fills them in: values by property, read from blocks of Turtle and written back into them.

What did not change keeps its bytes; what changed is written where it was; what is new is put next to others of its
kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from kg.editing.desk import Desk
from kg.editing.turtle import RDF_TYPE, Block, Edit, Turtle, Value, literal
from kg.errors import DataError
from kg.terms import PREFIXES

XSD = PREFIXES["xsd"]
_LITERAL = re.compile(r"""("{3}|'{3}|"|')(.*?)\1(?:@([A-Za-z0-9-]+)|\^\^(\S+))?$""", re.DOTALL)
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)")
"""A whole or decimal number as Turtle has it."""
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Val:
    """A value: an IRI, or a literal with the tag of its language or the IRI of its datatype."""

    iri: str | None = None
    text: str = ""
    language: str | None = None
    datatype: str | None = None

    def written(self, turtle: Turtle) -> str:
        """Return the value as written in a file: numbers and truth values bare, the rest in quotation marks."""
        if self.iri is not None:
            return turtle.shorten(self.iri)
        if self.datatype is None:
            return literal(self.text, self.language)
        if self.datatype in (XSD + "integer", XSD + "decimal", XSD + "boolean"):
            return self.text
        return f"{literal(self.text)}^^{turtle.shorten(self.datatype)}"


@dataclass(slots=True)
class Entry:
    """What is said of one thing, and of its parts behind a ``#``: printed words and what is inferred.

    ``values`` are by the IRI of their property, in the order in which they are written. Of a part whose node is new,
    ``iri`` is empty.
    """

    iri: str
    values: dict[str, list[Val]] = field(default_factory=dict)
    parts: dict[str, list[Entry]] = field(default_factory=dict)

    def first(self, predicate: str) -> Val | None:
        """Return the first value of a property, or None."""
        found = self.values.get(predicate)
        return found[0] if found else None

    def triples(self) -> list[tuple[str, str, Val]]:
        """Return all that is said, parts included."""
        own = [(self.iri, predicate, value) for predicate, values in self.values.items() for value in values]
        for predicate, parts in self.parts.items():
            own += [(self.iri, predicate, Val(part.iri)) for part in parts]
            own += [triple for part in parts for triple in part.triples()]
        return own


def read_value(turtle: Turtle, value: Value) -> Val | None:
    """Return a value of a block, or None for what is in brackets."""
    if value.iri is not None:
        return Val(value.iri)
    text = value.text
    if text in ("true", "false"):
        return Val(text=text, datatype=XSD + "boolean")
    if NUMBER.fullmatch(text):
        return Val(text=text, datatype=XSD + ("decimal" if "." in text else "integer"))
    match = _LITERAL.match(text)
    if match is None:
        return None
    datatype = turtle.resolve(match[4], value.start) if match[4] else None
    return Val(text=_ESCAPE.sub(_character, match[2]), language=match[3], datatype=datatype)


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _CONTROLS.get(match[3], match[3])


def read_entry(desk: Desk, iri: str, paths: Sequence[Path], parts: Sequence[str] = ()) -> Entry | None:
    """Return what some files say of a thing, and of its parts by the properties that lead to them; None for nothing."""
    found = list(desk.find(iri, paths))
    if not found:
        return None
    entry = Entry(iri)
    for path, block in found:
        turtle = desk.turtle(path)
        for one in block.properties:
            values = (read_value(turtle, value) for value in one.values)
            entry.values.setdefault(one.iri, []).extend(value for value in values if value)
    for predicate in parts:
        nodes = [value.iri for value in entry.values.pop(predicate, []) if value.iri]
        read = [read_entry(desk, node, paths) for node in nodes]
        entry.parts[predicate] = [part for part in read if part is not None]
    return entry


# Writing


def block_text(turtle: Turtle, entry: Entry) -> str:
    """Return the blocks of a new thing, its class first, and of its parts, as written in a file."""
    own = dict(entry.values)
    classes = [value.written(turtle) for value in own.pop(RDF_TYPE, [])]
    lines = [f"{turtle.shorten(entry.iri)} a {' , '.join(classes)}"]
    lines += [_line(turtle, predicate, values) for predicate, values in own.items() if values]
    lines += [
        _line(turtle, predicate, [Val(part.iri) for part in parts]) for predicate, parts in entry.parts.items() if parts
    ]
    blocks = [" ;\n  ".join(lines) + " .\n"]
    blocks += [block_text(turtle, part) for parts in entry.parts.values() for part in parts]
    return "\n".join(blocks)


def _line(turtle: Turtle, predicate: str, values: Sequence[Val]) -> str:
    return f"{turtle.shorten(predicate)} {' , '.join(value.written(turtle) for value in values)}"


def name_parts(entry: Entry, letters: Mapping[str, str]) -> None:
    """Give parts that are new the next free name, as in ``#w3``; ``letters`` has the letter of each property."""
    for predicate, parts in entry.parts.items():
        taken = {part.iri for part in parts}
        number = 1
        for part in parts:
            while not part.iri:
                name = f"{entry.iri}#{letters[predicate]}{number}"
                part.iri, number = (name, number) if name not in taken else ("", number + 1)
            taken.add(part.iri)


Shown = Callable[[Entry, str, Val], Val | None]
"""Gives what a value of a property of a thing was shown as to whoever changed it, or None for what was not shown."""


class Reviser:
    """Writes changed entries into the files of a desk where they are."""

    def __init__(self, desk: Desk, paths: Sequence[Path], order: Sequence[str]) -> None:
        """Take the files that may describe things, and the order in which properties are written."""
        self._desk, self._paths = desk, paths
        self._rank = {predicate: number for number, predicate in enumerate(order)}

    def revise(self, old: Entry, new: Entry, shown: Shown) -> None:
        """Stage what differs between what was shown of a thing and what it is to be; what was not shown stays."""
        for predicate in dict.fromkeys([*new.values, *old.values]):
            before = {value: shown(old, predicate, value) for value in old.values.get(predicate, [])}
            after = new.values.get(predicate, [])
            dropped = {value for value, told in before.items() if told is not None and told not in after}
            added = [value for value in after if value not in before.values() and value not in before]
            self.change(old.iri, predicate, dropped, added, _behind(after, added))
        for predicate in dict.fromkeys([*new.parts, *old.parts]):
            self._parts(old, new, predicate, shown)

    def _parts(self, old: Entry, new: Entry, predicate: str, shown: Shown) -> None:
        before = {part.iri: part for part in old.parts.get(predicate, [])}
        after = {part.iri: part for part in new.parts.get(predicate, [])}
        gone = before.keys() - after.keys()
        added = [Val(iri) for iri in after if iri not in before]
        self.change(old.iri, predicate, {Val(iri) for iri in gone}, added, _behind([Val(iri) for iri in after], added))
        for iri in sorted(gone):
            self.remove(iri)
        for iri, part in after.items():
            if iri in before:
                self.revise(before[iri], part, shown)
            else:
                self._insert_part(old.iri, part)

    def _insert_part(self, owner: str, part: Entry) -> None:
        path, last = self._last(owner)
        turtle = self._desk.turtle(path)
        is_close = last.subject != owner and not turtle.text[: last.start].endswith(("\n\n", "\n\r\n"))
        edit = turtle.insertion(last, block_text(turtle, part), is_close=is_close)
        self._desk.edit(path, [edit])

    def _last(self, owner: str) -> tuple[Path, Block]:
        """Return the last block of a thing or of its parts, in the file that describes the thing."""
        path, _ = self._main(owner)
        blocks = [b for b in self._desk.turtle(path).blocks if b.subject == owner or b.subject.startswith(f"{owner}#")]
        return path, blocks[-1]

    def _main(self, iri: str) -> tuple[Path, Block]:
        found = list(self._desk.find(iri, self._paths))
        if not found:
            raise DataError(f"{iri} is in no file of this article.")
        return next(((path, block) for path, block in found if block.get(RDF_TYPE)), found[0])

    def change(
        self, iri: str, predicate: str, dropped: Set[Val], added: Sequence[Val], behind: Sequence[int] = ()
    ) -> None:
        """Stage other values of a property of a thing, in the place of those that are dropped where they can be.

        ``behind`` says of each added value behind how many of those that stay it comes.
        """
        left = list(added)
        for path in self._paths if dropped else ():
            turtle, edits = self._desk.turtle(path), list[Edit]()
            for block in turtle.find(iri):
                there = block.get(predicate)
                gone = [value for value in (there.values if there else ()) if read_value(turtle, value) in dropped]
                if gone:
                    put = [value.written(turtle) for value in left]
                    edits += turtle.revising(block, predicate, gone.__contains__, put, behind)
                    left = []
            self._desk.edit(path, edits)
        if left:
            self._add(iri, predicate, left)

    def _add(self, iri: str, predicate: str, values: Sequence[Val]) -> None:
        holder = next(((p, b) for p, b in self._desk.find(iri, self._paths) if b.get(predicate)), None)
        path, block = holder or self._main(iri)
        turtle, rank = self._desk.turtle(path), self._rank.get(predicate, len(self._rank))
        above = [one for one in block.properties if self._rank.get(one.iri, len(self._rank)) <= rank]
        written = [value.written(turtle) for value in values]
        self._desk.edit(path, [turtle.adding(block, predicate, written, above[-1] if above else None)])

    def remove(self, iri: str) -> None:
        """Take out a thing with its parts; comments above it stay."""
        while found := next(
            ((p, b) for p in self._paths for b in self._desk.turtle(p).blocks if _is_of(b.subject, iri)), None
        ):
            path, block = found
            self._desk.edit(path, [self._desk.turtle(path).removal(block, with_comments=False)])


def _behind(after: Sequence[Val], added: Sequence[Val]) -> list[int]:
    """Return of each added value how many of those that stay come before it."""
    return [sum(one not in added for one in after[: after.index(new)]) for new in added]


def _is_of(subject: str, iri: str) -> bool:
    return subject == iri or subject.startswith(f"{iri}#")
