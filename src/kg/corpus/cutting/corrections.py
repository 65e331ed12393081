"""An editor's corrections of a cut: ``cutting.toml`` in an article's folder.

::

    text = "…"             # the digest of the text that is corrected, as in article.ttl

    [[passage]]            # from here to here the text is one passage, whatever the cutter found
    start = 1204
    end = 1400             # as ``kg cut`` and passages.ttl give them
    kind = "question"      # where it is to be another; a code of data/codes/passage-kind.ttl
    section = 300          # start of the heading that it is under; false: none
    speaker = "Tassler"    # who asks or answers, as printed

A correction says what is right, not what to do, so it holds whatever the cutter finds later. One that covers several
passages joins them; of one that covers a part of a passage, the rest stays a passage of its own: that splits it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from kg.corpus.cutting.kinds import HEADING, KINDS, SENTENCE
from kg.corpus.cutting.pieces import Piece
from kg.corpus.text import digest
from kg.errors import DataError

FILE = "cutting.toml"
HEAD = """\
# Where an editor knows better than the cutter: see the guide in data/README.md.
# Offsets count Unicode code points. Apply it with: kg cut {slug}

text = "{digest}"
"""
LONGEST_NAME = 7
"""Words of a speaker's name."""
_LINE = re.compile(r"""([ \t]*(start|end|kind|section|speaker)[ \t]*=[ \t]*)("(?:[^"\\]|\\.)*"|'[^']*'|[\w+-]+)(.*)""")
_START = re.compile(r"^[ \t]*start[ \t]*=[ \t]*(\d+)", re.MULTILINE)
_KEYS = {"start", "end", "kind", "section", "speaker"}


@dataclass(frozen=True, slots=True)
class Correction:
    """What is right: from start to end one passage. ``section`` is its heading's start, or False; None: as cut."""

    start: int
    end: int
    kind: str | None = None
    section: int | bool | None = None
    speaker: str | None = None


def read_corrections(path: Path, text: str, kinds: Iterable[str] = KINDS) -> list[Correction]:
    """Return the corrections of a file, in order; none where there is no file.

    Raises DataError, with the file and the line, for what is no correction of that text.
    """
    if not path.exists():
        return []
    try:
        source = path.read_text(encoding="utf-8-sig")
        found = tomllib.loads(source)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path} cannot be read as TOML: {error}.") from None
    unknown = found.keys() - {"text", "passage"}
    if unknown:
        raise DataError(f"{path} has {_listed(unknown)}, which nothing reads. It may have text and [[passage]].")
    if found.get("text") != digest(text):
        raise DataError(
            f"{path} corrects another text than this: its text is not {digest(text)}."
            " Look its offsets over for this text, then write that digest there."
        )
    reader = _Reader(path, source, text, frozenset(kinds))
    return check_overlap([reader.read(index, entry) for index, entry in enumerate(found.get("passage", []))], path)


def check_overlap(corrections: Sequence[Correction], path: Path) -> list[Correction]:
    """Return corrections in the order of the text; raises DataError where two of them share text."""
    found = sorted(corrections, key=lambda c: c.start)
    for one, other in pairwise(found):
        if other.start < one.end:
            raise DataError(
                f"{path}: the passages {one.start} to {one.end} and {other.start} to {other.end} overlap."
                " Correct one of them."
            )
    return found


class _Reader:
    def __init__(self, path: Path, source: str, text: str, kinds: frozenset[str]) -> None:
        self._path, self._text, self._kinds = path, text, kinds
        heads = re.finditer(r"^[ \t]*\[\[passage\]\]", source, re.MULTILINE)
        self._lines = [source.count("\n", 0, head.start()) + 1 for head in heads]

    def read(self, index: int, entry: dict[str, Any]) -> Correction:
        """Return one correction; raises DataError for what is wrong with it."""
        line = self._lines[index] if index < len(self._lines) else 1
        wrong = self._fault(entry)
        if wrong:
            raise DataError(f"{self._path}:{line}: {wrong}")
        return Correction(**entry)

    def _fault(self, entry: dict[str, Any]) -> str | None:
        unknown = entry.keys() - _KEYS
        if unknown:
            return f"A passage has no {_listed(unknown)}. It may have {_listed(_KEYS)}."
        start, end = entry.get("start"), entry.get("end")
        if not (type(start) is int and type(end) is int and 0 <= start < end <= len(self._text)):
            return f"A passage needs a start and a later end, up to {len(self._text)}, the length of the text."
        words = self._text[start:end]
        if words != words.strip() or not words:
            begin = start + len(words) - len(words.lstrip())
            end = begin + len(words.strip())
            return f"This passage begins or ends with white space. Without it, it is {begin} to {end}."
        if entry.get("kind") is not None and entry["kind"] not in self._kinds:
            return f"There is no kind {entry['kind']!r}. There is {_listed(self._kinds)}."
        section = entry.get("section")
        if not (section is None or section is False or type(section) is int):
            return "A section is the start of its heading, a whole number, or false for none."
        speaker = entry.get("speaker")
        if speaker is not None and not (isinstance(speaker, str) and 0 < len(speaker.split()) <= LONGEST_NAME):
            return f"A speaker is a name of {LONGEST_NAME} words at most, as printed."
        return None


def correct(pieces: Iterable[Piece], corrections: Sequence[Correction], text: str) -> list[Piece]:
    """Return the pieces with what the corrections say in place of what they cover."""
    found = list(pieces)
    for correction in corrections:
        covered = [piece for piece in found if piece.start < correction.end and correction.start < piece.end]
        first = covered[0] if covered else Piece(SENTENCE, 0, 0)
        corrected = replace(
            first,
            kind=correction.kind or first.kind,
            start=correction.start,
            end=correction.end,
            speaker=correction.speaker or first.speaker,
        )
        left = [(piece, piece.start, correction.start) for piece in covered if piece.start < correction.start]
        left += [(piece, correction.end, piece.end) for piece in covered if piece.end > correction.end]
        rest = [trimmed for piece, start, end in left if (trimmed := _trim(piece, start, end, text))]
        found = sorted([*(p for p in found if p not in covered), corrected, *rest], key=lambda p: p.start)
    return found


def _trim(piece: Piece, start: int, end: int, text: str) -> Piece | None:
    """Return what is left of a piece, without white space around it, or None."""
    words = text[start:end]
    begin = start + len(words) - len(words.lstrip())
    return replace(piece, start=begin, end=begin + len(words.strip())) if words.strip() else None


def check_sections(pieces: Iterable[Piece], corrections: Iterable[Correction], path: Path) -> None:
    """Raise DataError where a correction names a section that is no heading before it."""
    headings = {piece.start for piece in pieces if piece.kind == HEADING}
    for correction in corrections:
        section = correction.section
        if section is not None and section is not False and (section not in headings or section >= correction.start):
            raise DataError(
                f"{path}: the section {section} of the passage at {correction.start} is the start of no heading above."
            )


def write_corrections(corrections: Iterable[Correction], slug: str, text: str, before: str | None = None) -> str:
    """Return a file of corrections of a text; of the file as it was before, the lines about what stays are kept.

    Its lines end in a line feed.
    """
    wanted = sorted(corrections, key=lambda c: c.start)
    head, there = _parts(before or "")
    parts = [head or HEAD.format(slug=slug, digest=digest(text))]
    parts += [_revised(there.get(one.start, "[[passage]]\n"), one) for one in wanted]
    whole = "\n".join(part.strip("\n") + "\n" for part in parts)
    # where the file has a layout of its own, it is written anew
    return whole if before is None or _says(whole, wanted, digest(text)) else write_corrections(wanted, slug, text)


def _says(source: str, corrections: Sequence[Correction], text: str) -> bool:
    try:
        found = tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return False
    fields = [asdict(one).items() for one in corrections]
    return found == {"text": text, "passage": [{k: v for k, v in one if v is not None} for one in fields]}


def _parts(source: str) -> tuple[str, dict[int, str]]:
    """Return what stands before the first correction, and each by its start with the comment lines above it."""
    lines = source.removeprefix("\ufeff").replace("\r\n", "\n").splitlines(keepends=True)
    starts = []
    for number, line in enumerate(lines):
        if re.match(r"[ \t]*\[\[passage\]\]", line):
            while number and lines[number - 1].lstrip().startswith("#"):
                number -= 1
            starts.append(number)
    texts = ["".join(lines[one:other]) for one, other in pairwise([*starts, len(lines)])]
    found = {int(match[1]): text for text in texts if (match := _START.search(text))}
    return "".join(lines[: starts[0]] if starts else lines), found


def _revised(part: str, correction: Correction) -> str:
    """Return the lines of a correction as it is now: each line that says so already stays, with its comment."""
    lines, last = part.splitlines(), 0
    said = {
        "start": str(correction.start),
        "end": str(correction.end),
        "kind": f'"{correction.kind}"' if correction.kind else None,
        "section": None if correction.section is None else str(correction.section).replace("False", "false"),
        "speaker": _quoted(correction.speaker) if correction.speaker else None,
    }
    kept = []
    for line in lines:
        match = _LINE.match(line)
        value = said.pop(match[2], None) if match else None
        if match and value is not None:
            kept.append(line if _value(match[3]) == _value(value) else f"{match[1]}{value}{match[4]}")
        elif match is None:
            kept.append(line)
        last = len(kept) if match or "[[passage]]" in line else last
    new = [f"{key} = {value}" for key, value in said.items() if value is not None]
    return "\n".join([*kept[:last], *new, *kept[last:]]) + "\n"


def _value(written: str) -> object:
    return tomllib.loads(f"value = {written}")["value"]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(map(str, names)))
