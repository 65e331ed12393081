"""Turtle that is changed where it has to be, and left byte for byte everywhere else.

A text is read into blocks, one for each subject, and blocks into properties and values, each with its place. A change
is a list of edits: pieces of the text and what replaces them. Nothing is ever written anew from triples, so
comments, order and spacing stay, and two editors' changes to different blocks merge line by line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kg.corpus.rdf.turtle import NotTurtle, read_turtle
from kg.editing.tokens import Block, Edit, Gone, Property, Token, Value, apply, cut, end_of_block, skip, tokens_of
from kg.errors import DataError
from kg.terms import PREFIXES

__all__ = ["RDF_TYPE", "Block", "Edit", "Property", "Turtle", "Value", "apply", "literal", "require_turtle"]

RDF_TYPE = PREFIXES["rdf"] + "type"

_ESCAPE = re.compile(r"\\(.)")
_CODE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LETTER = "A-Za-z0-9_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff"
_LOCAL = re.compile(rf"[{_LETTER}:.~!$&'()*+,;=?#@%-]+")
_TO_ESCAPE = re.compile(rf"[^{_LETTER}:.-]|^[.-]|\.$")
_DIRECTIVE = re.compile(r"@prefix|@base|prefix|base", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\Z)")
_COMMENT = re.compile(r"[ \t]*#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names mean from a place on."""

    start: int
    base: str
    prefixes: Mapping[str, str]


class Turtle:
    """A text in Turtle, seen as blocks. It does not change: each change is another text.

    ``prefixes`` are those with which a name can be written at any place behind ``head``, where the first block may
    begin: they are declared before, and mean the same to the end.
    """

    def __init__(self, text: str, base: str, name: str = "the text") -> None:
        """Read a text whose relative IRIs are resolved against a base; ``name`` is how an error calls it."""
        self.text, self._name = text, name
        self._scopes = [_Scope(0, base, {})]
        self._tokens = tokens_of(text, name)
        self.head = 0
        self.blocks: tuple[Block, ...] = tuple(self._read_blocks())
        first = self.blocks[0].start if self.blocks else len(text)
        head, *later = self._scopes[bisect_right(self._scopes, first, key=lambda one: one.start) - 1 :]
        self.head = head.start
        self.prefixes: dict[str, str] = {
            name: iri for name, iri in head.prefixes.items() if all(one.prefixes[name] == iri for one in later)
        }
        self._base = head.base if all(one.base == head.base for one in later) else ""

    @cached_property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    # Reading

    def find(self, subject: str) -> list[Block]:
        """Return the blocks of a subject."""
        return [block for block in self.blocks if block.subject == subject]

    def resolve(self, name: str, place: int) -> str | None:
        """Return the IRI that a name or an IRI in brackets stands for at a place, or None for what is no name."""
        scope = self._scopes[bisect_right(self._scopes, place, key=lambda one: one.start) - 1]
        if name.startswith("<"):
            inner = _CODE.sub(lambda match: chr(int(match[1] or match[2], 16)), name[1:-1])
            return inner if _ABSOLUTE.match(inner) else scope.base + inner
        if name == "a":
            return RDF_TYPE
        prefix, colon, local = name.partition(":")
        if not colon or prefix not in scope.prefixes:
            return None
        return scope.prefixes[prefix] + _ESCAPE.sub(r"\1", local)

    def _iri_of(self, token: Token) -> str | None:
        return self.resolve(token.text, token.start) if token.kind in ("iri", "name") else None

    def shorten(self, iri: str) -> str:
        """Return how an IRI is written in this text: by the longest of its prefixes that fits, else in brackets."""
        fitting = [(len(space), name) for name, space in self.prefixes.items() if iri.startswith(space)]
        for length, name in sorted(fitting, reverse=True):
            local = iri[length:]
            if _LOCAL.fullmatch(local):
                return f"{name}:" + _TO_ESCAPE.sub(r"\\\g<0>", local)
        relative = iri.removeprefix(self._base)
        return f"<{iri if _ABSOLUTE.match(relative) else relative}>"

    def _read_blocks(self) -> Iterator[Block]:
        tokens, at = self._tokens, 0
        while at < len(tokens):
            first = tokens[at]
            is_directive = bool(_DIRECTIVE.fullmatch(first.text)) and first.kind in ("tag", "name")
            end = at if is_directive else end_of_block(tokens, at)
            if end is None:
                raise self._fault(first, "What begins here has no full stop at its end.")
            try:
                if is_directive:
                    at = self._read_directive(at)
                else:
                    yield self._block(at, end)
                    at = end + 1
            except IndexError:
                raise self._fault(first, "What begins here is not Turtle.") from None

    def _fault(self, token: Token, what: str) -> DataError:
        line = self.text.count("\n", 0, token.start) + 1
        return DataError(f"{self._name}:{line}: {what} See kg check.")

    def _read_directive(self, at: int) -> int:
        tokens, scope = self._tokens, self._scopes[-1]
        is_prefix = "prefix" in tokens[at].text.lower()
        target = at + (2 if is_prefix else 1)
        iri = self._iri_of(tokens[target]) or ""
        last = target + tokens[at].text.startswith("@")
        start = tokens[last].end
        if is_prefix:
            name = tokens[at + 1].text.removesuffix(":")
            self._scopes.append(_Scope(start, scope.base, {**scope.prefixes, name: iri}))
        else:
            self._scopes.append(_Scope(start, iri, scope.prefixes))
        return last + 1

    def _block(self, first: int, last: int) -> Block:
        tokens = self._tokens
        at = skip(tokens, first)
        properties = []
        while at < last:
            if tokens[at].text == ";":
                at += 1
                continue
            name, values, place = tokens[at], [], at
            while True:
                after = skip(tokens, at + 1)
                values.append(self._value(at + 1, after - 1))
                at = after
                if tokens[after].text != ",":
                    break
            iri = self._iri_of(name) or name.text
            properties.append(Property(iri, name.start, values[-1].end, tuple(values), place))
        subject = self._iri_of(tokens[first]) or tokens[first].text
        return Block(subject, tokens[first].start, tokens[last].end, tuple(properties))

    def _value(self, first: int, last: int) -> Value:
        start, end = self._tokens[first].start, self._tokens[last].end
        iri = self._iri_of(self._tokens[first]) if first == last else None
        return Value(self.text[start:end], start, end, iri, first, last)

    # Changing blocks: each returns edits, to be applied together

    def removal(self, block: Block, *, with_comments: bool = True) -> Edit:
        """Return the edit that takes a block out, and the comment lines above it if asked.

        Its lines go where nothing else is on them, and of the empty lines before and behind it, one stays.
        """
        text, rest = self.text, _REST_OF_LINE.match(self.text, block.end)
        if not self._begins_line(block) or rest is None:
            blanks = len(text[block.end :]) - len(text[block.end :].lstrip(" \t"))
            return Edit(block.start, block.end + blanks, "")
        start = self._top(block) if with_comments else self._line_start(block.start)
        end = rest.end()
        is_apart = not text[self._line_start(start - 1) : start].strip() if start else True
        if is_apart and end < len(text) and not text[end : self._line_end(end)].strip():
            end = self._line_end(end)
        return Edit(start, end, "")

    def preceding(self, block: Block, text: str) -> Edit:
        """Return the edit that puts new blocks before a block and the comment lines above it."""
        is_own_line = self._begins_line(block)
        place = self._top(block) if is_own_line else block.start
        return Edit(place, place, ("" if is_own_line else 2 * self.newline) + self._lines(text) + self.newline)

    def insertion(self, after: Block | None, text: str, *, is_close: bool = False) -> Edit:
        """Return the edit that puts new blocks behind a block, or at the end.

        They begin lines of their own, set apart by an empty line unless ``is_close``.
        """
        if after is None:
            return self._apart(len(self.text), text, is_close=is_close)
        rest = _REST_OF_LINE.match(self.text, after.end)
        if rest is not None:
            return self._apart(rest.end(), text, is_close=is_close)
        gap = self.newline if is_close else 2 * self.newline
        return Edit(after.end, after.end, gap + self._lines(text) + gap.removesuffix(self.newline))

    def below(self, place: int, text: str) -> Edit:
        """Return the edit that puts new blocks below the line of a place that is in a comment."""
        around = next((block for block in self.blocks if block.start < place < block.end), None)
        if around is not None:
            return self.insertion(around, text)
        return self._apart(self._line_end(max(place, self.head)), text)

    def _apart(self, place: int, text: str, *, is_close: bool = False) -> Edit:
        before, newline = self.text[:place], self.newline
        gap = newline if before and not before.endswith("\n") else ""
        gap += newline if before and not is_close and not before.endswith(("\n\n", "\r\n\r\n")) else ""
        return Edit(place, place, gap + self._lines(text))

    def _lines(self, text: str) -> str:
        return text.strip("\n").replace("\n", self.newline) + self.newline

    # Changing what a block says

    def adding(self, block: Block, predicate: str, values: Sequence[str], after: Property | None = None) -> Edit:
        """Return the edit that says more of a block's subject: behind like values, or else on a line of its own.

        The line comes behind a property of the block, its class unless another is given.
        """
        there = block.get(predicate)
        written = " , ".join(values)
        if there is not None:
            return Edit(there.end, there.end, f" , {written}")
        above = after or next((one for one in block.properties if one.iri == RDF_TYPE), block.properties[0])
        line = f"{self.shorten(predicate)} {written}"
        following = self._tokens[above.values[-1].last + 1]
        for start, around in ((following.end if following.text == ";" else -1, "  {} ;"), (above.end, "  ; {}")):
            comment = _COMMENT.match(self.text, start) if start >= 0 else None
            if comment is not None:  # it is about the property above
                return Edit(comment.end(), comment.end(), self.newline + around.format(line))
        return Edit(above.end, above.end, f" ;{self.newline}  {line}")

    def dropping(
        self, block: Block, predicate: str, is_dropped: Callable[[Value], bool] = lambda _: True
    ) -> list[Edit]:
        """Return the edits that take values of a property out of a block, and the property if none is left.

        A block that has no other property is taken out as a whole.
        """
        return self.revising(block, predicate, is_dropped, ())

    def setting(self, block: Block, predicate: str, value: str) -> Edit:
        """Return the edit that gives a property of a block this one value."""
        edits = self.revising(block, predicate, lambda _: True, [value])
        start, end = min(edit.start for edit in edits), max(edit.end for edit in edits)
        moved = [Edit(edit.start - start, edit.end - start, edit.text) for edit in edits]
        return Edit(start, end, apply(self.text[start:end], moved))

    def revising(
        self,
        block: Block,
        predicate: str,
        is_dropped: Callable[[Value], bool],
        added: Sequence[str],
        behind: Sequence[int] = (),
    ) -> list[Edit]:
        """Return the edits that drop values of a property and add others, these in the place of those if they can be.

        Values that stay keep their text, and the comments between them. ``behind`` says of each added value behind how
        many of those it comes.
        """
        there = block.get(predicate)
        values = list(there.values) if there else []
        stay = [value for value in values if not is_dropped(value)]
        dropped = [value for value in values if value not in stay]
        edits, more = [], []
        for place, new in enumerate(added):
            before = stay[: behind[place]][-1:] if behind else []
            old = next((one for one in dropped if not behind or _between(before, one, stay)), None)
            if old is None:
                more.append(new)
            else:
                dropped.remove(old)
                edits.append(Edit(old.start, old.end, new))
        last = next((value for value in reversed(values) if value not in dropped), None)
        if more and last is not None:
            edits.append(Edit(last.end, last.end, "".join(f" , {new}" for new in more)))
        elif more:
            edits.append(self.adding(block, predicate, more))
        return edits + (self.without(block, dropped) if dropped else [])

    def without(self, block: Block, values: Sequence[Value]) -> list[Edit]:
        """Return the edits that take values out of a block, properties of which none is left, or the whole block."""
        gone = {value.first for value in values}
        kept = [one for one in block.properties if any(value.first not in gone for value in one.values)]
        if not kept:
            return [self.removal(block, with_comments=False)]
        found: list[Gone] = []
        for one in block.properties:
            end = last = one.values[-1].last
            while self._tokens[end + 1].text == ";":
                end += 1
            if one not in kept:
                found.append(Gone(one.first, last))
                found += [Gone(at, at, is_separator=at > last + 1) for at in range(last + 1, end + 1)]
                continue
            found += _values_gone(one, gone)
            is_last_now = one is kept[-1] and one is not block.properties[-1]
            if is_last_now and end > last and not _COMMENT.match(self.text, self._tokens[end].end):
                found.append(Gone(last + 1, end, is_separator=True))
        return cut(self.text, self._tokens, found)

    def renaming(self, old: str, new: str) -> list[Edit]:
        """Return the edits that put one IRI in place of another, and of what is named after it behind a ``#``."""
        edits = []
        for token in self._tokens:
            iri = self._iri_of(token)
            if iri is not None and token.text != "a" and (iri == old or iri.startswith(old + "#")):
                edits.append(Edit(token.start, token.end, self.shorten(new + iri[len(old) :])))
        return edits

    # Lines

    def _begins_line(self, block: Block) -> bool:
        return not self.text[self._line_start(block.start) : block.start].strip(" \t\ufeff")

    def _top(self, block: Block) -> int:
        """Return where a block that begins a line begins with the comment lines above it."""
        start = self._line_start(block.start)
        while start > 0:
            above = self._line_start(start - 1)
            if not self.text[above:start].startswith("#"):
                break
            start = above
        return start

    def _line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, max(place, 0)) + 1

    def _line_end(self, place: int) -> int:
        found = self.text.find("\n", place)
        return len(self.text) if found < 0 else found + 1


def _between(before: Sequence[Value], one: Value, stay: Sequence[Value]) -> bool:
    """Return whether the last value that stays above a value is a certain one, or none."""
    return [value for value in stay if value.start < one.start][-1:] == list(before)


def _values_gone(one: Property, gone: set[int]) -> Iterator[Gone]:
    """Give what is cut out of a property of which a value stays: values that go, each with a comma."""
    last_kept = max(value.first for value in one.values if value.first not in gone)
    for value in one.values:
        is_last = value is one.values[-1]
        if value.first in gone:
            yield Gone(value.first, value.last)
            if not is_last:
                yield Gone(value.last + 1, value.last + 1)
        elif value.first == last_kept and not is_last:
            yield Gone(value.last + 1, value.last + 1, is_separator=True)


def require_turtle(texts: Mapping[Path, str | None], base: str) -> None:
    """Raise DataError, with file and line, where one of the texts that files of Turtle are to have is none."""
    for path, text in texts.items():
        try:
            content = (text or "").encode("utf-8")
            if path.suffix == ".ttl":
                read_turtle(content, base)
        except NotTurtle as error:
            raise DataError(
                f"{path}:{error.line}: This would not be Turtle: {error.why} Nothing was written."
            ) from None
        except UnicodeEncodeError:
            raise DataError(
                f"{path}: A text has half a character in it. Enter it again. Nothing was written."
            ) from None


def literal(text: str, language: str | None = None) -> str:
    """Return a literal as it is written on one line, with the tag of its language if it has one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"' + (f"@{language}" if language else "")
