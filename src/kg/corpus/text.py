"""Available article texts, what a passage of one is, and how a text is identified by its digest.

A passage is addressed, not quoted: by its number, kind, section, offsets in Unicode code points (as the Web
Annotation Data Model's TextPositionSelector counts them, §4.2.4) and the SHA-256 of its normalised text.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kg.errors import DataError

ENCODED, STRUCTURAL, NOT_ENCODED, OPEN = "encoded", "structural", "not encoded", "open"
STATES = (ENCODED, STRUCTURAL, NOT_ENCODED, OPEN)
"""States of a passage: statements rest on it; it only gives structure; a reason is written; nothing yet."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One addressed part of an article. ``start`` and ``end`` count code points; ``section`` is a heading's number.

    ``speaker`` is the name printed before a question or an answer; ``is_corrected`` is set where an editor and
    not the cutter decided.
    """

    number: int
    kind: str
    section: int | None
    start: int
    end: int
    digest: str
    speaker: str | None = None
    is_corrected: bool = False


def normalise(text: str) -> str:
    """Return the text in NFC with runs of white space collapsed to a space and none at either end."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def digest(text: str) -> str:
    """Return the lower-case hexadecimal SHA-256 of the normalised text in UTF-8."""
    return hashlib.sha256(normalise(text).encode("utf-8")).hexdigest()


def coverage_state(has_statements: bool, has_reason: bool, *, is_structural: bool) -> str:
    """Return the state of a passage; its kind, a code, says whether it needs no statement (``att:structural``)."""
    if has_statements:
        return ENCODED
    if is_structural:
        return STRUCTURAL
    return NOT_ENCODED if has_reason else OPEN


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


def with_line_ends(text: str, before: str | None) -> str:
    """Return a text whose lines end in a line feed with the line ends of what it replaces, if there is something."""
    return text.replace("\n", "\r\n") if before and "\r\n" in before else text


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
