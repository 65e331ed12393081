"""A text → its pieces, each with kind and offsets, before they are corrected and numbered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from kg.corpus.cutting.blocks import PARAGRAPH, QUOTED, Block, find_blocks
from kg.corpus.cutting.interview import Paragraph, Turn, find_turns
from kg.corpus.cutting.kinds import CAPTION, CREDIT, DATELINE, HEADING, LINK, PULL_QUOTE, SENTENCE
from kg.corpus.cutting.marks import is_credit_sentence, is_ended, is_short, kind_of_line, place_line
from kg.corpus.cutting.sentences import cut_sentences
from kg.corpus.cutting.spans import find_spans
from kg.corpus.cutting.words import Language, language

LONGEST_NAME_LINE = 6
"""Words. So long is the line that names who said a pull quote."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text. ``is_marked`` is set where a mark, and not its looks alone, makes it a heading."""

    kind: str
    start: int
    end: int
    speaker: str | None = None
    is_marked: bool = True


def find_pieces(text: str, code: str) -> list[Piece]:
    """Return the pieces of a text in order; a language that is not known has sentences and marked blocks only."""
    return _Cutter(text, language(code)).pieces()


class _Cutter:
    def __init__(self, text: str, known: Language) -> None:
        self._text, self._known = text, known
        self._blocks = find_blocks(text, known)
        self._folded = _fold(text)

    def pieces(self) -> list[Piece]:
        """Return the pieces in order."""
        found: list[Piece] = []
        turns = self._turns()
        for index, block in enumerate(self._blocks):
            found += self._pieces_of(index, block, turns, found[-1] if found else None)
        return list(_without_idle_headings(found))

    def _words(self, block: Block) -> str:
        """Return a block's text with each line break as a space, so that offsets stay."""
        return re.sub(r"\s", " ", self._text[block.start : block.end])

    def _turns(self) -> Mapping[int, Turn]:
        paragraphs = [
            Paragraph(index, self._words(block), block.is_apart)
            for index, block in enumerate(self._blocks)
            if block.kind == PARAGRAPH
            and not (kind_of_line(self._words(block), self._known) or self._is_pull_quote(index, block))
        ]
        return find_turns(paragraphs, self._known)

    def _pieces_of(self, index: int, block: Block, turns: Mapping[int, Turn], last: Piece | None) -> Iterator[Piece]:
        if block.kind not in (PARAGRAPH, QUOTED):
            yield Piece(block.kind, block.start, block.end)
        elif index in turns:
            turn = turns[index]
            yield from self._sentences(block.start + turn.skip, block.end, turn.kind, turn.speaker)
        elif self._is_pull_quote(index, block) or self._names_speaker(block, last):
            yield Piece(PULL_QUOTE, block.start, block.end)
        elif block.kind == QUOTED:
            yield from self._sentences(block.start, block.end)
        else:
            yield from self._paragraph(block, is_first=last is None or last.kind == HEADING)

    def _paragraph(self, block: Block, *, is_first: bool) -> Iterator[Piece]:
        words = self._words(block)
        kind = kind_of_line(words, self._known)
        if kind == CAPTION:
            yield from self._caption(block)
        elif kind is not None:
            yield Piece(kind, block.start, block.end)
        else:
            line = place_line(words, self._known, is_first=is_first)
            if line:
                yield Piece(DATELINE, block.start, block.start + line[0])
            sentences = list(self._sentences(block.start + (line[1] if line else 0), block.end))
            if len(sentences) == 1 and not line and is_short(words) and not is_ended(words):
                yield Piece(HEADING, block.start, block.end, is_marked=False)
            elif len(sentences) == 2 and self._is_credit(sentences[-1]):
                yield replace(sentences[0], kind=CAPTION)
                yield replace(sentences[1], kind=CREDIT)
            else:
                yield from sentences

    def _caption(self, block: Block) -> Iterator[Piece]:
        *sentences, last = self._sentences(block.start, block.end, CAPTION)
        yield from sentences
        yield replace(last, kind=CREDIT) if sentences and self._is_credit(last) else last

    def _is_credit(self, piece: Piece) -> bool:
        return is_credit_sentence(self._text[piece.start : piece.end], self._known)

    def _sentences(self, start: int, end: int, kind: str = SENTENCE, speaker: str | None = None) -> Iterator[Piece]:
        words = re.sub(r"\s", " ", self._text[start:end])
        for first, last in cut_sentences(words, self._known.code):
            yield Piece(kind, start + first, start + last, speaker)

    def _is_pull_quote(self, index: int, block: Block) -> bool:
        """Return whether a block repeats words that the text has elsewhere, and is marked or quoted as a whole."""
        if index == 0 or block.kind not in (PARAGRAPH, QUOTED):
            return False
        words = self._words(block)
        spans = find_spans(words)
        whole = len(spans) == 1 and spans[0].is_quotation and (spans[0].start, spans[0].end) == (0, len(words))
        if not (whole or block.kind == QUOTED):
            return False
        folded = _fold(words)
        return len(folded.split()) > 1 and f" {self._folded} ".count(f" {folded} ") > 1

    def _names_speaker(self, block: Block, last: Piece | None) -> bool:
        """Return whether a line below a pull quote says whose words they are."""
        words = self._words(block)
        parts = words.split()
        if last is None or last.kind != PULL_QUOTE or is_ended(words) or not 1 < len(parts) <= LONGEST_NAME_LINE:
            return False
        previous = self._text[last.start : last.end]
        is_below = not self._text[last.end : block.start].strip("> \n\r\t—–-")
        return is_below and bool(find_spans(previous)) and all(part.strip("—–-")[:1].isupper() for part in parts[:2])


def _fold(text: str) -> str:
    """Return the words of a text in small letters, with a space between them and nothing else."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", text).lower()))


def _without_idle_headings(pieces: list[Piece]) -> Iterator[Piece]:
    """Give the pieces; what looks like a heading but has nothing below it, and a text above it, is a sentence."""
    content = [place for place, piece in enumerate(pieces) if piece.kind not in (HEADING, LINK, CREDIT)]
    for place, piece in enumerate(pieces):
        idle = piece.kind == HEADING and not piece.is_marked and content and content[0] < place and content[-1] < place
        yield replace(piece, kind=SENTENCE) if idle else piece
