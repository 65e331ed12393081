"""A text → its passages: headings, sentences, list items, table rows, captions, questions and others, with offsets.

``blocks`` finds the blocks of a text, ``marks`` and ``interview`` classify paragraphs, ``sentences`` cuts running
text, ``words`` holds what is known of each language, and ``corrections`` what an editor knows better.
"""

from __future__ import annotations

from collections.abc import Sequence

from kg.corpus.cutting.corrections import Correction, correct
from kg.corpus.cutting.kinds import HEADING
from kg.corpus.cutting.pieces import find_pieces
from kg.corpus.text import Passage, digest


def cut(text: str, language: str, corrections: Sequence[Correction] = ()) -> list[Passage]:
    """Return the passages of an article in the order of the document, an editor's corrections applied.

    ``language`` is a code, as in ``en`` or ``de-AT``. Offsets count Unicode code points.
    """
    pieces = correct(find_pieces(text, language), corrections, text)
    set_by_editor = {one.start: one for one in corrections}
    numbers = {piece.start: number for number, piece in enumerate(pieces, 1)}
    passages: list[Passage] = []
    section: int | None = None
    for number, piece in enumerate(pieces, 1):
        editor = set_by_editor.get(piece.start)
        within = None if piece.kind == HEADING else section
        if editor is not None and editor.section is not None:
            within = numbers.get(editor.section) if editor.section is not False else None
        key = digest(text[piece.start : piece.end])
        made = Passage(number, piece.kind, within, piece.start, piece.end, key, piece.speaker, editor is not None)
        passages.append(made)
        if piece.kind == HEADING:
            section = number
    return passages
