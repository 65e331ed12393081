"""Who asks and who answers: the turns of an interview among the paragraphs of a text.

Turns are known by the speakers' names before them or, without names, by questions and answers that alternate. Where an
answer has several paragraphs and no name precedes the next question, nothing separates them: a correction does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg.corpus.cutting.kinds import ANSWER, QUESTION
from kg.corpus.cutting.words import Language

LONGEST_LABEL = 4
"""Words of a speaker's name."""
FEWEST_QUESTIONS = 3
"""Without names, fewer make no interview."""
LONGEST_QUESTION = 60
"""Words. Without names, a longer paragraph is no question."""

_LABEL = re.compile(r"(?P<label>[^\W\d_][\w.’' -]{0,40}?)[ \u00a0\u202f]?:\s+(?=\S)")
_QUESTION = re.compile(r"\?[\"'”’»“)\]]*$")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a paragraph is in an interview. ``skip`` counts the code points of the speaker's name before it."""

    kind: str
    speaker: str | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with its place among the blocks of the text; ``section`` counts the headings marked before it."""

    index: int
    words: str
    is_apart: bool


def find_turns(paragraphs: Sequence[Paragraph], known: Language) -> Mapping[int, Turn]:
    """Return the turns by the paragraphs' places; none where the text is no interview."""
    return _labelled(paragraphs, known) or _alternating(paragraphs)


def _labelled(paragraphs: Sequence[Paragraph], known: Language) -> dict[int, Turn]:
    labels = {p.index: match for p in paragraphs if (match := _label(p.words, known))}
    turns = Counter(match.group("label") for match in labels.values())
    asked = Counter(
        labels[p.index].group("label") for p in paragraphs if p.index in labels and _QUESTION.search(p.words)
    )
    if len(turns) < 2 or not asked:
        return {}
    named = {label for label in turns if label.lower() in known.question | known.answer}
    if len(named) < 2 and (turns.total() < 3 or max(turns.values()) < 2):
        return {}
    asking = [label for label in turns if label.lower() in known.question]
    asker = asking[0] if asking and len(named) > 1 else max(asked, key=lambda label: asked[label] / turns[label])
    found: dict[int, Turn] = {}
    turn: Turn | None = None
    for paragraph in paragraphs:
        match = labels.get(paragraph.index)
        if match:
            label = match.group("label")
            turn = Turn(QUESTION if label == asker else ANSWER, label, match.end())
        elif turn:
            turn = Turn(turn.kind, turn.speaker)
        if turn:
            found[paragraph.index] = turn
    return found


def _label(words: str, known: Language) -> re.Match[str] | None:
    match = _LABEL.match(words)
    if not match:
        return None
    parts = match.group("label").split()
    is_name = all(part[0].isupper() or part.lower() in known.small for part in parts) and parts[0][0].isupper()
    return match if is_name and len(parts) <= LONGEST_LABEL else None


def _alternating(paragraphs: Sequence[Paragraph]) -> dict[int, Turn]:
    asked = [
        i for i, p in enumerate(paragraphs) if _QUESTION.search(p.words) and len(p.words.split()) <= LONGEST_QUESTION
    ]
    if len(asked) < FEWEST_QUESTIONS:
        return {}
    turns = paragraphs[asked[0] :]
    places = range(0, len(turns), 2)
    questions = {index - asked[0] for index in asked}
    alternate = questions <= set(places) and 2 * len(questions) >= len(places)
    short = all(len(turns[place].words.split()) <= LONGEST_QUESTION for place in places)
    if not (alternate and short and all(turn.is_apart for turn in turns)):
        return {}
    return {turn.index: Turn(ANSWER if place % 2 else QUESTION) for place, turn in enumerate(turns)}
