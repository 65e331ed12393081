"""A text → its blocks: marked headings, list items, table rows, footnotes, block quotations, and paragraphs.

Lines that a mail program, a PDF or a wire broke are put together again: a block is from its first to its last code
point, line breaks included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from kg.corpus.cutting.kinds import FOOTNOTE, HEADING, LIST_ITEM, TABLE_HEADER, TABLE_ROW
from kg.corpus.cutting.words import Language

PARAGRAPH, QUOTED = "paragraph", "quoted"
"""Blocks whose kind the words decide: running text, and what is marked as a block quotation."""

NARROWEST, WIDEST = 35, 110
"""Characters. Lines between these may be the lines of a wrapped paragraph."""
RAGGED = 8
"""Characters by which a full line may be shorter than the longest."""

_MARKED = re.compile(r"#{1,6}\s+")
_UNDERLINE = re.compile(r"(=|-){3,}")
_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*|[-*_]{3,}|=+")
_LIST = re.compile(r"(?:[-*•–]|\d{1,3}[.)]|\([a-z0-9]{1,2}\)|[a-z]\))\s+(?=\S)")
_DASH = re.compile(r"[—–]\s+")
_FOOTNOTE = re.compile(r"(?:\[\^?\w{1,3}\]:?|[¹²³⁴-⁹]+)\s*(?=\S)")
_QUOTED = re.compile(r">\s?")
_OPEN = re.compile(r"[^.!?:…\"'”’»“)\]]$")


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a text. ``is_apart`` is set where an empty line or another kind of block precedes it."""

    kind: str
    start: int
    end: int
    is_apart: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A line without white space around it. ``indent`` is the width of what was before it; ``parts`` its cells."""

    start: int
    words: str
    indent: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.words)


def find_blocks(text: str, known: Language) -> list[Block]:
    """Return the blocks of a text in order."""
    groups = list(_groups(text))
    width = max((w for group in groups if (w := _width_of_wrapped(group))), default=0)
    return [block for group in groups for block in _Group(group, known, width).blocks()]


def _groups(text: str) -> Iterator[list[Line]]:
    """Yield the groups of lines without an empty line between them."""
    group: list[Line] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        words = line.strip()
        if words:
            indent = len(line) - len(line.lstrip())
            group.append(Line(offset + indent, words, indent))
        elif group:
            yield group
            group = []
        offset += len(line)
    if group:
        yield group


def _width_of_wrapped(group: list[Line]) -> int | None:
    """Return the width of lines that were wrapped, or None where no sentence runs from one into the next."""
    width = max(len(line.words) for line in group)
    torn = [_is_torn(one, other) and _is_full(one, other, width) for one, other in pairwise(group)]
    return width if NARROWEST <= width <= WIDEST and any(torn) else None


def _is_full(line: Line, following: Line, width: int) -> bool:
    return len(line.words) + 1 + len(following.words.split()[0]) > width - RAGGED


def _is_torn(line: Line, following: Line) -> bool:
    """Return whether a sentence runs from a line into the next, as both show."""
    return bool(_OPEN.search(line.words)) and following.words[0].islower()


class _Group:
    """The blocks of a group of lines."""

    def __init__(self, lines: list[Line], known: Language, width: int) -> None:
        self._lines, self._known = lines, known
        wrapped = _width_of_wrapped(lines)
        self._width = max(width, wrapped or 0) if max(len(line.words) for line in lines) <= WIDEST else 0
        self._table = _table_lines(lines)
        self._listed, self._dialogue = _dashed(lines)

    def blocks(self) -> Iterator[Block]:
        """Give the blocks in order."""
        index, apart, header = 0, True, True
        while index < len(self._lines):
            line = self._lines[index]
            if index in self._table:
                if not _RULE.fullmatch(line.words):
                    yield Block(TABLE_HEADER if header else TABLE_ROW, line.start, line.end)
                    header = False
                index, apart = index + 1, True
                continue
            header = True
            if _RULE.fullmatch(line.words):
                index += 1
                continue
            kind, mark = self._kind(index)
            last = index if kind == HEADING else self._last_line(index, kind)
            yield Block(kind, line.start + mark, self._lines[last].end, apart)
            apart = kind != PARAGRAPH
            index = last + 1

    def _kind(self, index: int) -> tuple[str, int]:
        """Return the kind of the block that starts with a line, and the length of its mark."""
        words = self._lines[index].words
        for pattern, kind in ((_MARKED, HEADING), (_QUOTED, QUOTED), (_FOOTNOTE, FOOTNOTE)):
            mark = pattern.match(words)
            if mark:
                return kind, mark.end()
        following = self._lines[index + 1].words if index + 1 < len(self._lines) else ""
        if _UNDERLINE.fullmatch(following) and len(following) > 2:
            return HEADING, 0
        mark = _LIST.match(words) or (_DASH.match(words) if index in self._listed else None)
        if mark and not self._is_date(words) and index not in self._dialogue:
            return LIST_ITEM, mark.end()
        return PARAGRAPH, 0

    def _is_date(self, words: str) -> bool:
        match = re.match(r"\d{1,2}\.\s+(\w+)", words)
        return bool(match) and match.group(1).lower() in self._known.months  # type: ignore[union-attr]

    def _last_line(self, index: int, kind: str) -> int:
        """Return the last line of a block that starts with a line."""
        while index + 1 < len(self._lines) and index + 1 not in self._table:
            line, following = self._lines[index], self._lines[index + 1]
            if self._kind(index + 1)[0] != PARAGRAPH or _RULE.fullmatch(following.words):
                break
            indented = kind == LIST_ITEM and following.indent > line.indent and following.words[0].islower()
            if kind == LIST_ITEM and not indented and not _is_torn(line, following):
                break
            full = self._width >= NARROWEST and _is_full(line, following, self._width)
            if not (indented or full or _is_torn(line, following)):
                break
            index += 1
        return index


def _dashed(lines: list[Line]) -> tuple[set[int], set[int]]:
    """Return which lines with a dash are points of a list below a colon, and which are turns of a dialogue."""
    listed: set[int] = set()
    dialogue: set[int] = set()
    for is_dashed, group in groupby(range(len(lines)), lambda i: bool(_DASH.match(lines[i].words))):
        run = list(group)
        asked = [lines[i].words.endswith("?") for i in run]
        if is_dashed and run[0] > 0 and lines[run[0] - 1].words.endswith(":"):
            listed |= set(run)
        elif is_dashed and len(run) > 1 and asked[0] and not all(asked):
            dialogue |= set(run)
    return listed, dialogue


def _table_lines(lines: list[Line]) -> set[int]:
    """Return which lines are rows of tables: with outer pipes, or two and more that have as many pipes or tabs."""
    found = {index for index, line in enumerate(lines) if re.fullmatch(r"\|.*\|", line.words)}
    for mark in (r"\s\|\s", r"\t+"):
        counts = [len(re.findall(mark, line.words)) for line in lines]
        for index, count in enumerate(counts):
            near = [i for i in (index - 1, index + 1) if 0 <= i < len(lines)]
            if count and any(counts[i] == count for i in near):
                found.add(index)
    return found | {i for i, line in enumerate(lines) if {i - 1, i + 1} & found and _RULE.fullmatch(line.words)}
