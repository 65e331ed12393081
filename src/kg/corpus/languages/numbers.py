"""Numbers as an article prints them, in digits or words, in the notation of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from kg.corpus.languages import KNOWN, Notation, language

_LONGEST = 100
"""Characters of a number that is read: none that an article prints is longer, and arithmetic ends somewhere."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: its value and its place, including the word that multiplies it."""

    value: Decimal
    start: int
    end: int


def read_numbers(text: str, code: str = "en") -> set[Decimal]:
    """Return the numbers that a text prints, written out: 66,000,000,000 for 66B, 21 for einundzwanzig.

    In a language that nothing is known of, a number has each of the values that it has in those that are known.
    """
    codes = (code,) if language(code) else KNOWN
    return {number.value for one in codes for number in find_numbers(text, one)}


def read_digits(text: str, code: str = "en") -> set[Decimal]:
    """Return the numbers that a text prints in digits, in a known language, or else as in English."""
    return {number.value for number in _reader(code if language(code) else "en").in_digits(text)}


def find_numbers(text: str, code: str = "en") -> list[Number]:
    """Return the numbers of a text in a known language, in order; of another, as in English.

    What only seems one is left out: “one” by itself, and “tens of thousands”.
    """
    reader = _reader(code if language(code) else "en")
    found = sorted([*reader.in_digits(text), *reader.in_words(text)], key=lambda n: (n.start, -n.end))
    kept: list[Number] = []
    for number in found:
        if not kept or number.start >= kept[-1].end:
            kept.append(number)
    return kept


@cache
def _reader(code: str) -> _Reader:
    known = language(code)
    if known is None:
        raise ValueError(code)
    return _Reader(known.numbers)


class _Reader:
    def __init__(self, notation: Notation) -> None:
        self._notation = notation
        group, point = re.escape(notation.group), re.escape(notation.point)
        apart = rf"[\s\u00a0\u202f-]*(?P<times>{_any(notation.times)})(?!\w)"
        attached = rf"(?P<attached>{_any(notation.attached)})(?!\w)"
        digits = rf"(?:\d{{1,3}}(?:[{group}]\d{{3}})+(?!\d)|\d+)(?:{point}\d+)?"
        self._digits = re.compile(rf"(?P<digits>{digits})(?:{apart}|{attached})?", re.I)
        word = _any({**notation.words, **notation.times})
        joiner = rf"(?:{re.escape(notation.joiner)})?" if notation.joiner else ""
        between = rf"(?:[\s\u00a0-]*{joiner}[\s\u00a0-]*|(?<=hundred)\sand\s)"
        self._words = re.compile(rf"(?<!\w){word}(?:{between}{word})*(?!\w)", re.I)
        self._word = re.compile(word, re.I)

    def in_digits(self, text: str) -> Iterator[Number]:
        """Yield the numbers in digits."""
        for match in self._digits.finditer(text):
            if len(match["digits"]) <= _LONGEST:
                plain = re.sub(rf"[{re.escape(self._notation.group)}]", "", match["digits"])
                factor = self._notation.times.get((match["times"] or "").lower(), 1)
                factor *= self._notation.attached.get((match["attached"] or "").lower(), 1)
                yield Number(Decimal(plain.replace(self._notation.point, ".")) * factor, match.start(), match.end())

    def in_words(self, text: str) -> Iterator[Number]:
        """Yield the numbers in words."""
        for match in self._words.finditer(text):
            if match[0].lower() not in self._notation.never_alone:
                yield from self._composed(match)

    def _composed(self, match: re.Match[str]) -> Iterator[Number]:
        """Give the numbers of a run of words: one, or several where the words do not add up to one."""
        whole, rest = 0, 0
        start, end = match.start(), match.start()
        for word in self._word.finditer(match[0]):
            name = word[0].lower()
            value = self._notation.words.get(name) or self._notation.times[name]
            fitted = _fit(rest, value, is_joined=bool(self._notation.joiner))
            if fitted is None or (not whole and not rest and name in self._notation.times):
                if whole or rest:
                    yield Number(Decimal(whole + rest), start, end)
                whole, rest, start = 0, 0, match.start() + word.start()
                fitted = None if name in self._notation.times else value
                if fitted is None:
                    continue
            if value >= 1000:
                whole, rest = whole + max(rest, 1) * value, 0
            else:
                rest = fitted
            end = match.start() + word.end()
        if whole or rest:
            yield Number(Decimal(whole + rest), start, end)


def _fit(rest: int, value: int, *, is_joined: bool) -> int | None:
    """Return a number below a thousand with one more word, or None where they are two numbers."""
    if value >= 1000 or rest == 0:
        return value
    if value == 100:
        return rest * 100 if rest < 10 else None
    if value < 100 and rest % 100 == 0:
        return rest + value
    tens = rest % 100
    if tens >= 20 and tens % 10 == 0 and value < (20 if tens in (60, 80) else 10):
        return rest + value
    return rest + value if is_joined and 0 < tens < 10 and 20 <= value < 100 and value % 10 == 0 else None


def _any(words: dict[str, int]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, longest_first)) + ")" if words else r"(?!)"
