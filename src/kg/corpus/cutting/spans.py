"""Quotations and brackets: from where to where each goes in a paragraph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CLOSERS = "\"'”’“‘»«)\\]"
"""Marks that may follow the end of a sentence and belong to it; for use between brackets of a pattern."""
OPENERS = "\"'“„‘‚«»(\\["
"""Marks that may precede the first word of a sentence."""

_PAIRS = {"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "‚": "‘’", '"': '"', "(": ")", "[": "]"}
_BRACKETS = "(["
DEEPEST = 8
"""So many marks may be open at once; further out, none is looked for."""


@dataclass(frozen=True, slots=True)
class Span:
    """A quotation or text in brackets, with its marks."""

    start: int
    end: int
    is_quotation: bool


def find_spans(text: str) -> list[Span]:
    """Return the paired quotations and brackets of a paragraph, the outermost only; a mark without its pair is none."""
    stack: list[tuple[str, int]] = []
    found: list[Span] = []
    for place, mark in enumerate(text):
        expected = [index for index, (opened, _) in enumerate(stack) if _closes(text, place, opened)]
        if expected:
            opened, start = stack[expected[-1]]
            del stack[expected[-1] :]
            found.append(Span(start, place + 1, opened not in _BRACKETS))
        elif mark in _PAIRS and _opens(text, place):
            stack.append((mark, place))
            del stack[:-DEEPEST]
    return list(_outermost(found))


def _closes(text: str, place: int, opened: str) -> bool:
    mark, following = text[place], text[place + 1 : place + 2]
    if mark not in _PAIRS[opened]:
        return False
    return not (mark in "’‘" and following.isalpha())  # an apostrophe


def _opens(text: str, place: int) -> bool:
    mark, before, following = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    free = not before or before.isspace() or before in '([{-–—/"„“«»'
    if mark in '"‘‚':
        return free and bool(following) and not following.isspace()
    return mark in "([" or (free and bool(following))


def _outermost(spans: list[Span]) -> Iterator[Span]:
    end = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.start >= end:
            yield span
            end = span.end
