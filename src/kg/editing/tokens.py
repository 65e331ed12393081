"""The tokens of Turtle and what they make up, and how some are cut out: comments about what stays, stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from kg.errors import DataError

_NAME = r"""(?:[^\s<>"'\[\](),;#.\\@^]|\\.|\.+(?=[^\s<>"'\[\](),;#.]))+"""
_TOKEN = re.compile(
    rf"""(?P<space>[\s\ufeff]+|\#[^\r\n]*)
    |(?P<iri><[^<>"{{}}|^`\x00-\x20]*>)
    |(?P<literal>\"{{3}}(?:\"{{0,2}}(?:[^"\\]|\\.))*\"{{3}}|'{{3}}(?:'{{0,2}}(?:[^'\\]|\\.))*'{{3}}
        |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
    |(?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^)
    |(?P<mark>[;,()\[\]]|\.(?!\d))
    |(?P<name>{_NAME})""",
    re.VERBOSE | re.DOTALL,
)
_LINE_ENDS = re.compile(r"[\r\n]\s*\Z")
_COMMENT_BEHIND = re.compile(r"^[ \t]*#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Token:
    """A token of Turtle: ``iri``, ``literal``, ``tag`` (of a language or datatype), ``mark`` or ``name``.

    A number is a name, also one as ``.5``.
    """

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Value:
    """One object of one property in a block: its text as written, its place, and those of its tokens in the file."""

    text: str
    start: int
    end: int
    iri: str | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Property:
    """One property in a block, its values in the order of the file; ``end`` is where the last value ends.

    ``first`` is the place of its token in the file.
    """

    iri: str
    start: int
    end: int
    values: tuple[Value, ...]
    first: int


@dataclass(frozen=True, slots=True)
class Block:
    """All that is said in one go of a subject, from it to the full stop; a property may come several times."""

    subject: str
    start: int
    end: int
    properties: tuple[Property, ...]

    def get(self, iri: str) -> Property | None:
        """Return all that is said by a property, or None."""
        found = [one for one in self.properties if one.iri == iri]
        if not found:
            return None
        return replace(found[0], end=found[-1].end, values=tuple(value for one in found for value in one.values))


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """What replaces a piece of the text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Tokens to be cut out, from the first to the last: something said, or else a separator that is not needed."""

    first: int
    last: int
    is_separator: bool = False


def tokens_of(text: str, name: str) -> list[Token]:
    """Return the tokens of a text; raises DataError, with the name and the line, where something is none."""
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            line = text.count("\n", 0, at) + 1
            raise DataError(f"{name}:{line}: This is not Turtle. See kg check.")
        at = match.end()
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match[0], match.start(), match.end()))
    return found


def end_of_block(tokens: Sequence[Token], at: int) -> int | None:
    """Return the place of the full stop that ends what begins at a place, or None where there is none."""
    depth = 0
    for index in range(at, len(tokens)):
        mark = tokens[index].text if tokens[index].kind == "mark" else ""
        depth += (mark in ("[", "(")) - (mark in ("]", ")"))
        if mark == "." and depth == 0:
            return index
    return None


def skip(tokens: Sequence[Token], at: int) -> int:
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


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with the edits made; raises ValueError where two of them share a place."""
    parts, at = [], 0
    for edit in sorted(edits):
        if edit.start < at:
            raise ValueError(f"two edits at {edit.start}")
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def cut(text: str, tokens: Sequence[Token], gone: Iterable[Gone]) -> list[Edit]:
    """Return the edits that cut tokens out; the first and the last token of all have to stay.

    Comments stay, except those within what goes, and one on a line on which nothing else was.
    """
    runs: list[list[Gone]] = []
    for one in sorted(gone, key=lambda one: one.first):
        if runs and runs[-1][-1].last + 1 == one.first:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_cut_run(text, tokens, run) for run in runs]


def _cut_run(text: str, tokens: Sequence[Token], run: Sequence[Gone]) -> Edit:
    before, behind = tokens[run[0].first - 1], tokens[run[-1].last + 1]
    left = text[before.end : tokens[run[0].first].start]
    begins_line = "\n" in left
    for one in run:
        gap = text[tokens[one.last].end : tokens[one.last + 1].start]
        if begins_line and not one.is_separator:
            gap = _COMMENT_BEHIND.sub("", gap)
        begins_line = "\n" in gap or (begins_line and not one.is_separator)
        left = _joined(left, gap, is_first=before.kind != "mark" and not run[0].is_separator)
    left = left or ("" if behind.kind == "mark" else " ")
    return _smallest(text, Edit(before.end, behind.start, left))


def _joined(one: str, other: str, *, is_first: bool) -> str:
    """Return the space before and behind what is cut out as one: its comments, or else either of the two.

    What comes up to the first place, behind a subject or property, stays on the line of that.
    """
    if "#" not in one:
        return one if is_first and "#" not in other else other
    if "#" not in other:
        return one
    is_on_next_line = other.lstrip(" \t").startswith(("\n", "\r"))
    return _LINE_ENDS.sub("", one) + other if is_on_next_line else one + other.lstrip()


def _smallest(text: str, edit: Edit) -> Edit:
    """Return the edit without what is the same before and after it."""
    old = text[edit.start : edit.end]
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, edit.text, strict=False)))
    old, new = old[same:], edit.text[same:]
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old[::-1], new[::-1], strict=False)))
    return Edit(edit.start + same, edit.end - tail, new[: len(new) - tail])
