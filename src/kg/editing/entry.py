"""Things as an editor fills them in: values by property, read from blocks of Turtle and written back into them.

What did not change keeps its bytes; what changed is written where it was; what is new is put next to others of its
kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg.editing.desk import Desk
from kg.editing.turtle import RDF_TYPE, Block, Edit, Turtle, Value, literal
from kg.errors import DataError
from kg.terms import PREFIXES

XSD = PREFIXES["xsd"]
_LITERAL = re.compile(r"""("{3}|'{3}|"|')(.*?)\1(?:@([A-Za-z0-9-]+)|\^\^(\S+))?$""", re.DOTALL)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
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
    if _NUMBER.fullmatch(text):
        return Val(text=text, datatype=XSD + ("decimal" if "." in text else "integer"))
    match = _LITERAL.match(text)
    if match is None:
        return None
    datatype = _datatype(turtle, match[4]) if match[4] else None
    return Val(text=_ESCAPE.sub(_character, match[2]), language=match[3], datatype=datatype)


def _datatype(turtle: Turtle, name: str) -> str:
    prefix, _, local = name.partition(":")
    return name[1:-1] if name.startswith("<") else turtle.prefixes.get(prefix, "") + local


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


class Reviser:
    """Writes changed entries into the files of a desk where they are."""

    def __init__(self, desk: Desk, paths: Sequence[Path], order: Sequence[str]) -> None:
        """Take the files that may describe things, and the order in which properties are written."""
        self._desk, self._paths = desk, paths
        self._rank = {predicate: number for number, predicate in enumerate(order)}

    def revise(self, old: Entry, new: Entry, known: Sequence[str]) -> None:
        """Stage what differs between two states of a thing, of the known properties; the others stay as they are."""
        self._parts(old, new)
        for predicate in known:
            if predicate in new.parts or predicate in old.parts:
                continue
            before, after = old.values.get(predicate, []), new.values.get(predicate, [])
            if set(before) != set(after):
                self._set(new.iri, predicate, after)

    def _parts(self, old: Entry, new: Entry) -> None:
        for predicate in dict.fromkeys([*new.parts, *old.parts]):
            before = {part.iri: part for part in old.parts.get(predicate, [])}
            after = new.parts.get(predicate, [])
            if list(before) != [part.iri for part in after]:
                self._set(new.iri, predicate, [Val(part.iri) for part in after])
            for iri in before.keys() - {part.iri for part in after}:
                self.remove(iri)
            for part in after:
                if part.iri in before:
                    was = before[part.iri]
                    self.revise(was, part, list(dict.fromkeys([*was.values, *part.values])))
                else:
                    self._insert_part(new.iri, part)

    def _insert_part(self, owner: str, part: Entry) -> None:
        path, last = self._last(owner)
        turtle = self._desk.turtle(path)
        is_terse = turtle.text[last.end :].startswith("\n" + turtle.shorten(owner)) if last.subject == owner else False
        edit = turtle.insertion(last, block_text(turtle, part))
        self._desk.edit(path, [Edit(edit.start, edit.end, edit.text.lstrip("\n")) if is_terse else edit])

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

    def _set(self, iri: str, predicate: str, values: Sequence[Val]) -> None:
        """Give a property of a thing these values; values that stay keep their text."""
        holder = next(((p, b) for p, b in self._desk.find(iri, self._paths) if b.get(predicate)), None)
        path, block = holder or self._main(iri)
        turtle, there = self._desk.turtle(path), block.get(predicate)
        if not values:
            self._desk.edit(path, turtle.dropping(block, predicate))
            return
        kept = {read_value(turtle, value): value.text for value in there.values} if there else {}
        written = " , ".join(kept.get(value) or value.written(turtle) for value in values)
        if there is not None:
            self._desk.edit(path, [Edit(there.values[0].start, there.end, written)])
            return
        rank = self._rank.get(predicate, len(self._rank))
        above = [one for one in block.properties if self._rank.get(one.iri, len(self._rank)) <= rank]
        after = above[-1] if above else block.properties[0]
        line = f" ;{turtle.newline}  {turtle.shorten(predicate)} {written}"
        self._desk.edit(path, [Edit(after.end, after.end, line)])

    def remove(self, iri: str) -> None:
        """Take out a thing with its parts; comments above it stay."""
        while found := next(
            ((p, b) for p in self._paths for b in self._desk.turtle(p).blocks if _is_of(b.subject, iri)), None
        ):
            path, block = found
            self._desk.edit(path, [self._desk.turtle(path).removal(block, with_comments=False)])


def _is_of(subject: str, iri: str) -> bool:
    return subject == iri or subject.startswith(f"{iri}#")
