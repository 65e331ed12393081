"""What the words of a passage show without guessing: numbers, dates, quoted words, and words that express codes."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rdflib import RDFS, Graph, Literal, URIRef
from rdflib.namespace import SKOS

from kg.corpus.languages import Language, language
from kg.corpus.languages.numbers import find_numbers
from kg.corpus.text import normalise
from kg.terms import Iris

CUES = ("modality", "attribution", "condition", "frequency", "quantity", "negation")
"""Kinds of cue that a language's file lists; each cue has the name of a code."""
_QUOTED = re.compile('“([^”]{2,})”|„([^“”]{2,})[“”]|«([^»]{2,})»|"([^"]{2,})"|(?<!\\w)‘([^’]{2,})’(?!\\w)')
_YEAR = r"(?:1[89]|20)\d\d"


@dataclass(frozen=True, slots=True)
class Cue:
    """Words of a passage, by their place in it, and the code that they express."""

    kind: str
    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of a passage with its bound and unit, as names of codes; None where no unit is printed."""

    value: Decimal
    bound: str
    unit: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """A time that a passage names: its first and last day, as far as they are known, how precise, and the words.

    ``is_inferred`` marks a year that is the article's and not printed.
    """

    first: datetime.date | None
    last: datetime.date | None
    precision: str
    start: int
    end: int
    is_inferred: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """All that the words of one passage show."""

    text: str
    cues: tuple[Cue, ...] = ()
    amounts: tuple[Amount, ...] = ()
    spans: tuple[Span, ...] = ()
    quotations: tuple[str, ...] = ()
    is_question: bool = False

    def codes(self, kind: str) -> set[str]:
        """Return the codes of a kind that some words express."""
        return {cue.code for cue in self.cues if cue.kind == kind}

    def words(self, cue: Cue | Amount | Span) -> str:
        """Return the words of a cue."""
        return self.text[cue.start : cue.end]


@dataclass(slots=True)
class Finder:
    """Looks for what the words of an article show: by its language, the bounding words, and its date."""

    known: Language | None
    bounds: Mapping[str, str] = field(default_factory=dict)
    date: datetime.date | None = None
    _patterns: dict[str, list[tuple[str, re.Pattern[str]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make patterns of the words."""
        for kind, table in (self.known.cues if self.known else {}).items():
            self._patterns[kind] = [
                (code, _any_of(words, is_ending=code == "contracted")) for code, words in table.items()
            ]

    def find(self, text: str) -> Found:
        """Return what a passage shows; of a language that nothing is known of, only its quoted words."""
        quoted = quotations(text)
        if self.known is None:
            return Found(text, quotations=quoted)
        spans = tuple(_Dates(self.known, self.date).find(text))
        amounts = tuple(self._amounts(text, spans))
        cues = (c for c in self._cues(text) if not any(s.start < c.end and c.start < s.end for s in spans))
        return Found(text, tuple(cues), amounts, spans, quoted, text.rstrip('”"“« ').endswith("?"))

    def _cues(self, text: str) -> Iterator[Cue]:
        negations = [m.end() for _, pattern in self._patterns.get("negation", ()) for m in pattern.finditer(text)]
        for kind, patterns in self._patterns.items():
            found = [Cue(kind, code, *m.span()) for code, pattern in patterns for m in pattern.finditer(text)]
            taken: list[Cue] = []
            for cue in sorted(found, key=lambda c: (c.start, -c.end)):
                if not taken or cue.start >= taken[-1].end:
                    taken.append(cue)
            yield from (cue for cue in taken if kind != "attribution" or not self._is_unsaid(text, cue, negations))

    def _is_unsaid(self, text: str, cue: Cue, negations: Sequence[int]) -> bool:
        """Return whether words of attribution are a noun, as in "that estimate", or denied, as in "has not said"."""
        speakers = self.known.speakers if self.known else {}
        before = text[: cue.start].lower().split()[-1:]
        is_noun = text[cue.start : cue.end].lower() in speakers.get("nouns", ())
        if is_noun and set(before) & set(speakers.get("determiners", ())):
            return True
        return any(end <= cue.start and re.fullmatch(r"\s*(?:\w+\s+)?", text[end : cue.start]) for end in negations)

    def _amounts(self, text: str, spans: Sequence[Span]) -> Iterator[Amount]:
        known = self.known
        units = [(unit, word) for unit, words in known.units.items() for word in words] if known else []
        units.sort(key=lambda pair: -len(pair[1]))
        for number in find_numbers(text, known.code if known else "en"):
            if any(span.start < number.end and number.start < span.end for span in spans):
                continue
            before, after = text[: number.start], text[number.end :]
            unit = next((u for u, word in units if _follows(after, word) or _precedes(before, word)), None)
            bare = before.rstrip("$€£ \u00a0")
            yield Amount(number.value, self._bound(bare), unit, number.start, number.end)

    def _bound(self, before: str) -> str:
        plain = normalise(before).lower().replace("’", "'")
        for words in sorted(self.bounds, key=len, reverse=True):
            if re.search(rf"(?<!\w){re.escape(words)}$", plain):
                return self.bounds[words]
        return "as-printed"


def finder(codes: Graph, iris: Iris, code: str, date: datetime.date | None = None) -> Finder:
    """Return a finder for an article in a language; the bounding words are names of the codes."""
    return Finder(language(code), bounding_words(codes, iris, code.partition("-")[0].lower()), date)


def bounding_words(codes: Graph, iris: Iris, code: str) -> dict[str, str]:
    """Return the words that bound the number behind them, in small letters, and the last part of the bound's IRI."""
    return {
        normalise(str(name)).lower().replace("’", "'"): str(bound).rpartition("/")[2]
        for bound in codes.subjects(SKOS.inScheme, URIRef(iris.code("bound")))
        for predicate in (RDFS.label, SKOS.altLabel)
        for name in codes.objects(bound, predicate)
        if isinstance(name, Literal) and name.language == code
    }


def quotations(text: str) -> tuple[str, ...]:
    """Return the words in quotation marks, in order."""
    return tuple(next(part for part in match.groups() if part) for match in _QUOTED.finditer(text))


def _follows(after: str, word: str) -> bool:
    return re.match(rf"[\s\u00a0-]*{re.escape(word)}(?!\w)", after, re.IGNORECASE) is not None


def _precedes(before: str, word: str) -> bool:
    return (word in "$€£" and before.rstrip().endswith(word)) or (word.endswith("$") and before.lower().endswith(word))


def _any_of(words: Iterable[str], *, is_ending: bool = False) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    alternatives = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first)
    start = "" if is_ending else r"(?<!\w)"
    return re.compile(rf"{start}(?:{alternatives})(?!\w)", re.IGNORECASE)


class _Dates:
    """Times as a language prints them. A pattern comes before those that it contains."""

    def __init__(self, known: Language, date: datetime.date | None) -> None:
        names = {name: i for names in ("months", "short") for i, name in enumerate(known.dates[names], 1)}
        self._months, self._date = names, date
        month = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        since, until = ("|".join(map(re.escape, known.dates[name])) for name in ("since", "until"))
        self._since, self._until = set(known.dates["since"]), set(known.dates["until"])
        relative = "|".join(map(re.escape, (*known.dates["relative"], *known.dates["weekdays"])))
        m, y = rf"(?P<month>{month})\.?", rf"(?P<year>{_YEAR})"
        self._patterns = [
            re.compile(rf"(?<!\w)(?P<day>\d{{1,2}})\.?(?:er)?\s+{m}(?:,?\s+{y})?(?!\w)", re.IGNORECASE),
            re.compile(rf"(?<!\w){m}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+{y})?(?!\w)", re.IGNORECASE),
            re.compile(rf"(?<!\w)(?<!\d\s)(?:(?P<how>{since}|{until})\s+)?{m}\s+{y}(?!\w)", re.IGNORECASE),
            re.compile(rf"(?<!\w){y}\s*(?:–|-|{until})\s*(?P<other>{_YEAR})(?!\w)", re.IGNORECASE),
            re.compile(rf"(?<!\w)(?:(?P<how>{since}|{until})\s+)?{y}(?!\w|[.,]\d)", re.IGNORECASE),
            re.compile(rf"(?<!\w)(?P<relative>{relative})(?!\w)", re.IGNORECASE),
            re.compile(rf"(?<=\s)(?P<month>{month})(?!\w)", re.IGNORECASE),
        ]

    def find(self, text: str) -> list[Span]:
        """Return the times of a text, in order."""
        found: list[Span] = []
        for pattern in self._patterns:
            for match in pattern.finditer(text):
                is_new = not any(s.start < match.end() and match.start() < s.end for s in found)
                span = self._span(match) if is_new else None
                if span is not None:
                    found.append(span)
        return sorted(found, key=lambda span: span.start)

    def _span(self, match: re.Match[str]) -> Span | None:
        parts = match.groupdict()
        month = self._months.get((parts.get("month") or "").lower())
        year = int(parts["year"]) if parts.get("year") else None
        if parts.get("relative") or (month and not year and not parts.get("day")):
            is_name = month is None or match["month"][0].isupper() or not match["month"].isascii()
            return Span(None, None, "relative", *match.span()) if is_name else None
        if parts.get("day"):
            return self._day(int(parts["day"]), month, year, match)
        if year is None:
            return None
        last_year = int(parts["other"]) if parts.get("other") else year
        first = datetime.date(year, month or 1, 1)
        last = datetime.date(last_year, month or 12, calendar.monthrange(last_year, month or 12)[1])
        how = (parts.get("how") or "").lower()
        is_since, is_until = how in self._since, how in self._until
        return Span(
            None if is_until else first, None if is_since else last, "month" if month else "year", *match.span()
        )

    def _day(self, day: int, month: int | None, year: int | None, match: re.Match[str]) -> Span | None:
        found = year or (self._date.year if self._date else None)
        if found is None:
            return Span(None, None, "relative", *match.span())
        try:
            date = datetime.date(found, month or 0, day)
        except ValueError:
            return None
        return Span(date, date, "day", *match.span(), is_inferred=year is None)
