"""Article texts at hand, and a text → its passages: where each heading, sentence, list item and table row stands.

A passage is addressed, not quoted: by its number, kind, section, offsets in Unicode code points (as the Web
Annotation Data Model's TextPositionSelector counts them, §4.2.4) and the SHA-256 of its normalised text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.errors import DataError

HEADING, SENTENCE, LIST_ITEM = "heading", "sentence", "list-item"
TABLE_HEADER, TABLE_ROW = "table-header", "table-row"

ENCODED, STRUCTURAL, NOT_ENCODED, OPEN = "encoded", "structural", "not encoded", "open"
STATES = (ENCODED, STRUCTURAL, NOT_ENCODED, OPEN)
"""What can be said of a passage: statements rest on it; it only gives structure; a reason is written; nothing yet."""

LONGEST_HEADING = 15
"""Words. A line of its own without an end mark, or a single question, is a heading up to this length."""

ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof gen col lt sgt st vs inc ltd co corp gov sen rep rev hon u.s u.k u.n e.u a.m p.m i.e e.g".split()
)
"""Words whose dot ends no sentence."""

NUMBERED = frozenset("jan feb mar apr jun jul aug sep sept oct nov dec no nos art fig vol approx est".split())
"""Words whose dot ends no sentence where a number follows."""

_LIST_MARK = re.compile(r"(?:[-*•–]|\d{1,3}[.)])\s+")
_TABLE_RULE = re.compile(r"\|[\s:|-]*-[\s:|-]*\|")
_SENTENCE_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]*(\w))")
_LAST_WORD = re.compile(r"([^\s(\[“‘\"']+)$")


@dataclass(frozen=True, slots=True)
class Passage:
    """One addressed part of an article. ``start`` and ``end`` count code points; ``section`` is a heading's number."""

    number: int
    kind: str
    section: int | None
    start: int
    end: int
    digest: str


def normalise(text: str) -> str:
    """Return the text in NFC with runs of white space collapsed to a space and none at either end."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def digest(text: str) -> str:
    """Return the lower-case hexadecimal SHA-256 of the normalised text in UTF-8."""
    return hashlib.sha256(normalise(text).encode("utf-8")).hexdigest()


def cut(text: str) -> list[Passage]:
    """Return the passages of an article in the order of the document.

    A line is a heading, a list item, a table row, or a paragraph that is cut into sentences.
    """
    passages: list[Passage] = []
    section: int | None = None
    for kind, start, end in _spans(text):
        number = len(passages) + 1
        within = None if kind == HEADING else section
        passages.append(Passage(number, kind, within, start, end, digest(text[start:end])))
        if kind == HEADING:
            section = number
    return passages


def coverage_state(kind: str, has_statements: bool, has_reason: bool) -> str:
    """Return the state of a passage of that kind."""
    if has_statements:
        return ENCODED
    if kind in (HEADING, TABLE_HEADER):
        return STRUCTURAL
    return NOT_ENCODED if has_reason else OPEN


def _spans(text: str) -> Iterator[tuple[str, int, int]]:
    in_table = False
    offset = 0
    for line in text.splitlines(keepends=True):
        body = line.strip()
        start = offset + (len(line) - len(line.lstrip()))
        offset += len(line)
        if not body:
            in_table = False
            continue
        if body.startswith("|") and body.endswith("|") and len(body) > 1:
            if not _TABLE_RULE.fullmatch(body):
                yield (TABLE_ROW if in_table else TABLE_HEADER), start, start + len(body)
                in_table = True
            continue
        in_table = False
        yield from _line_spans(body, start)


def _line_spans(body: str, start: int) -> Iterator[tuple[str, int, int]]:
    mark = re.match(r"#{1,6}\s+", body)
    if mark:
        yield HEADING, start + mark.end(), start + len(body)
        return
    mark = _LIST_MARK.match(body)
    if mark:
        yield LIST_ITEM, start + mark.end(), start + len(body)
        return
    sentences = list(_sentences(body))
    if len(sentences) == 1 and _is_heading(body):
        yield HEADING, start, start + len(body)
        return
    for first, last in sentences:
        yield SENTENCE, start + first, start + last


def _is_heading(line: str) -> bool:
    return len(line.split()) <= LONGEST_HEADING and not re.search(r"[.!:;,…][\"'”’)\]]*$", line)


def _sentences(body: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(body):
        if not (match.group(1).isupper() or match.group(1).isdigit()):
            continue
        word = _LAST_WORD.search(body[start : match.start()])
        if match.group().startswith(".") and word and _is_abbreviation(word.group(1), match.group(1)):
            continue
        yield start, match.end()
        start = match.end() + len(body[match.end() :]) - len(body[match.end() :].lstrip())
    yield start, len(body)


def _is_abbreviation(word: str, following: str) -> bool:
    """Return True where a dot after the word, with that character following, belongs to the word."""
    known = word.lower() in ABBREVIATIONS or (word.lower() in NUMBERED and following.isdigit())
    return known or (len(word) == 1 and word.isupper())


@dataclass(frozen=True, slots=True)
class Texts:
    """The folder of article texts, each read once and found by file name or digest."""

    by_name: dict[str, str]
    by_digest: dict[str, str]

    def text_of(self, slug: str, recorded_digest: str | None) -> str | None:
        """Return the text of an article, or None where no file is its text."""
        return self.by_name.get(slug) or self.by_digest.get(recorded_digest or "")

    @property
    def all(self) -> Iterable[str]:
        """Every text."""
        return self.by_name.values()


def read_text(path: Path) -> str:
    """Return an article's text, less a byte order mark; raises DataError where the file cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def read_texts(folder: Path | None) -> Texts:
    """Return the ``.txt`` files of a folder; none where no folder is given."""
    texts = {path.stem: read_text(path) for path in sorted(folder.glob("*.txt"))} if folder else {}
    return Texts(texts, {digest(text): text for text in texts.values()})
