"""Printed words looked for in a text: in any case and normal form, and never as a part of a word or of a number."""

from __future__ import annotations

import re
import unicodedata

from kg.corpus.text import normalise

_APOSTROPHES = "['’]"


def plain(text: str) -> str:
    """Return a text as printed words are compared: normalised, in small letters, with straight apostrophes."""
    return normalise(text).lower().replace("’", "'")


def alone(pattern: str, *, is_number: bool) -> str:
    """Return a pattern that finds no part of a word, and of a number printed in digits no part of a longer one."""
    before, after = (r"(?<!\d[.,])", r"(?![.,]\d)") if is_number else ("", "")
    return rf"(?<!\w){before}{pattern}(?!\w){after}"


def find_printed(printed: str, text: str, *, is_number: bool) -> list[tuple[int, int]]:
    """Return start and end of each place of printed words in a text, in its own code points, whatever its form."""
    parts = unicodedata.normalize("NFC", printed).split()
    if not parts:
        return []
    words = r"\s+".join(re.sub("['’]", _APOSTROPHES, re.escape(word)) for word in parts)
    composed, edges = _composed(text)
    found = re.finditer(alone(words, is_number=is_number), composed, re.IGNORECASE)
    return [(edges[m.start()], edges[m.end()]) for m in found if m.start() in edges and m.end() in edges]


def has_printed(printed: str, text: str, start: int, end: int, *, is_number: bool) -> bool:
    """Return whether a text has printed words at a place, be it within a word, but not within a number."""
    is_part = is_number and re.search(r"\d[.,]?$", text[:start][-2:]) and printed[:1].isdecimal()
    goes_on = is_number and re.match(r"[.,]?\d", text[end : end + 2]) and printed[-1:].isdecimal()
    return plain(text[start:end]) == plain(printed) and not is_part and not goes_on


def _composed(text: str) -> tuple[str, dict[int, int]]:
    """Return a text in NFC, and the place in the text of each place in it at which no character is cut in two."""
    parts: list[str] = []
    edges, length, start = {0: 0}, 0, 0
    for end in range(1, len(text) + 1):
        if end == len(text) or _is_apart(text[start:end], text[end]):
            parts.append(unicodedata.normalize("NFC", text[start:end]))
            length, start = length + len(parts[-1]), end
            edges[length] = end
    return "".join(parts), edges


def _is_apart(before: str, char: str) -> bool:
    """Return whether a character does not combine with those before it."""
    if char.isascii():
        return True
    both = unicodedata.normalize("NFC", before + char)
    return not unicodedata.combining(char) and both == unicodedata.normalize("NFC", before) + char
