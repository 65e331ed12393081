"""What a paragraph is besides running text: a caption, credit, byline, dateline, link or heading, by its words."""

from __future__ import annotations

import re

from kg.corpus.cutting.kinds import BYLINE, CAPTION, CREDIT, DATELINE, LINK
from kg.corpus.cutting.words import Language

LONGEST_HEADING = 15
"""Words. A line of its own without an end mark, or a single question, is a heading up to this length."""
LONGEST_NAMES = 12
"""Words. A byline or a line with a date is no longer."""

LONGEST_LABEL = 4
"""Words of a newspaper's name before a date."""

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
_ENDED = re.compile(r"[.!:;,…][\"'”’»“)\]]*(?:\s?\[\w{1,3}\]|[¹²³⁰⁴-⁹*†‡])*$")
_NUMERIC_DATE = re.compile(r"\b(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2})\b")
_AGENCY = re.compile(r"[^\W\d_][\w.'’ -]*/[^\W\d_][\w.'’ -]*")
_PLACE = re.compile(
    r"(?P<line>(?P<place>[^\W\d_][\w’'./ -]{0,40}?)"
    r"(?P<more>(?:,\s[^–—()-]{1,40}?)?(?:\s?\([^()]{2,30}\))?))\s+[–—-]{1,2}\s+(?=\S)"
)
_PLACE_STOP = re.compile(r"(?P<line>(?P<place>[^\W\d_][\w’'/-]*),\s(?P<date>\d{1,2}\.\s\w+\.))\s+(?=\S)")


def kind_of_line(words: str, known: Language) -> str | None:
    """Return what a paragraph of one short line is, or None where it is a heading or running text."""
    if _starts_with(words, known.link):
        return LINK
    if words.startswith("©") or _starts_with(words, known.credit, colon=True):
        return CREDIT
    if _starts_with(words, known.caption, colon=True, number=True):
        is_counted = any(part[0].isdigit() for part in words.partition(":")[0].split())
        return CREDIT if not is_counted and _is_credit(after_label(words), known) else CAPTION
    if _AGENCY.fullmatch(words) and _are_names(words, known) and len(words.split()) <= 7:
        return CREDIT
    if _is_byline(words, known):
        return BYLINE
    return DATELINE if _is_dateline(words, known) else None


def is_credit_sentence(words: str, known: Language) -> bool:
    """Return whether the last sentence of a paragraph names who took the picture above it."""
    if _starts_with(words, known.credit, colon=True):
        return True
    return _starts_with(words, known.caption, colon=True) and _is_credit(after_label(words), known)


def after_label(words: str) -> str:
    """Return the text after the first colon."""
    return words.partition(":")[2].strip()


def place_line(words: str, known: Language, *, is_first: bool) -> tuple[int, int] | None:
    """Return where a dateline before running text ends and where that text begins, or None where there is none."""
    match = _PLACE.match(words)
    if match:
        place, more = match.group("place"), match.group("more")
        in_capitals = place.isupper() and len(place) > 1
        has_agency = "(" in more and place[0].isupper() and len(place.split()) <= 3
        if has_agency or (in_capitals and (more or is_first)):
            return match.end("line"), match.end()
    match = _PLACE_STOP.match(words)
    if match and match.group("place").isupper() and _has_month(match.group("date"), known):
        return match.end("line"), match.end()
    return None


def is_ended(words: str) -> bool:
    """Return whether a line ends as a sentence does; a question may be a heading."""
    return bool(_ENDED.search(words))


def is_short(words: str) -> bool:
    """Return whether a line is no longer than a heading, and no turn of a dialogue."""
    return len(words.split()) <= LONGEST_HEADING and not re.match(r"[—–-]\s", words)


def are_names(words: str, known: Language) -> bool:
    """Return whether a short line is names and the small words between them."""
    return _are_names(words, known) and len(words.split()) <= LONGEST_NAMES


def _starts_with(words: str, phrases: frozenset[str], *, colon: bool = False, number: bool = False) -> bool:
    lower = words.lower()
    for phrase in phrases:
        if lower.startswith(phrase):
            rest = lower[len(phrase) :]
            if number:
                rest = re.sub(r"^\s*\d{1,3}[a-z]?(?=\s?[:.])", "", rest)
            if colon and re.match(r"[\s\u00a0\u202f]?:", rest):
                return True
            if not colon and (not rest or re.match(r"[\s\u00a0\u202f]?[:|>»→–-]", rest) or _is_call(phrase, rest)):
                return True
    return False


def _is_call(phrase: str, rest: str) -> bool:
    """Return whether a reader is asked to do something, as with "Click here to …"; no such line ends as a sentence."""
    return " " in phrase and rest.startswith(" ") and not re.search(r"[.!?]$", rest)


def _is_credit(words: str, known: Language) -> bool:
    parts = [word for word in words.split() if word not in known.joining]
    is_name = bool(parts) and all(part[0].isupper() for part in parts) and parts[0].lower() not in known.starters
    return len(words.split()) <= 6 and (is_name or "/" in words) and not is_ended(words)


def _are_names(words: str, known: Language) -> bool:
    found = _WORD.findall(words)
    return (
        bool(found)
        and all(word[0].isupper() or word.lower() in known.small for word in found)
        and found[0][0].isupper()
    )


def _is_byline(words: str, known: Language) -> bool:
    if is_ended(words) or words.endswith("?") or len(words.split()) > LONGEST_NAMES:
        return False
    for phrase in sorted(known.byline, key=len, reverse=True):
        match = re.match(rf"{re.escape(phrase)}(?:\s*:\s*|\s+)(?=\S)", words, re.IGNORECASE)
        if match and words[0].isupper():
            rest = words[match.end() :]
            if _are_names(rest, known) and not any(month in rest.lower().split() for month in known.months):
                return True
    return False


def _is_dateline(words: str, known: Language) -> bool:
    if len(words.split()) > LONGEST_NAMES or not (_NUMERIC_DATE.search(words) or _has_month(words, known)):
        return False
    for phrase in sorted(known.dateline, key=len, reverse=True):
        if re.match(rf"{re.escape(phrase)}(?!\w)", words, re.IGNORECASE):
            return True
    name, _, date = words.rpartition(",")
    plain = [
        word for word in _WORD.findall(date) if word.lower() not in known.months | known.small and not word[0].isdigit()
    ]
    if name and not plain and "," not in name and len(name.split()) <= LONGEST_LABEL and not is_ended(words):
        return True
    rest = [word for word in _WORD.findall(words) if word.lower() not in known.months and not word[0].isdigit()]
    return not is_ended(words) and not words.endswith("?") and (not rest or _are_names(" ".join(rest), known))


def _has_month(words: str, known: Language) -> bool:
    """Return whether a day or a year is next to the name of a month."""
    months = "|".join(sorted(map(re.escape, known.months), key=len, reverse=True))
    date = rf"\d{{1,2}}(?:er|st|nd|rd|th)?\.?\s+(?:{months})\b|\b(?:{months})\.?\s+\d{{1,2}}(?:,\s+\d{{4}})?\b"
    return bool(months) and bool(re.search(date, words, re.IGNORECASE))
