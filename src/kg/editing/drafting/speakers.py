"""Whom a pronoun or "the ministry" may mean: a choice of actors, and never one of them taken for granted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.corpus.languages import Language
from kg.corpus.languages.cues import Cue, Found
from kg.editing.drafting.mentions import Mention, Names

BACK = 4
"""Passages before, in which somebody who is spoken of by a pronoun may be named."""
MOST = 4
"""Actors that are offered for one word."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Words of a passage for somebody, and the IRIs of the actors who may be meant, the likeliest first."""

    words: str
    actors: tuple[str, ...]
    speaks: bool
    """Whether they are next to words of attribution, so that the claimant is meant."""


class Speakers:
    """Finds who may be meant, by what the passages before have named."""

    def __init__(self, names: Names, known: Language | None) -> None:
        """Take the names of things, and the words of the article's language."""
        self._names, self._words = names, known.speakers if known else {}

    def choices(self, found: Found, mentions: Sequence[Mention], before: Sequence[Sequence[Mention]]) -> list[Choice]:
        """Return whom the words of a passage may mean; ``before`` are the mentions of earlier passages, in order."""
        told: dict[str, Choice] = {}
        for choice in (*self._of_pronouns(found, mentions, before), *self._of_nouns(found, mentions)):
            if choice.actors:
                told.setdefault(choice.words.lower(), choice)
        return list(told.values())

    def _of_pronouns(
        self, found: Found, mentions: Sequence[Mention], before: Sequence[Sequence[Mention]]
    ) -> Iterator[Choice]:
        """Give a choice for each pronoun that speaks, and for each other that can only stand for a person."""
        for kind in ("persons", "groups", "things"):
            for match in self._pronouns(kind).finditer(found.text):
                cues = [cue for cue in _said(found) if _touches(found, cue, *match.span())]
                is_person = kind == "persons" and match[0].lower() not in self._words.get("groups", ())
                if is_person or any(kind != "things" or match.end() <= cue.start for cue in cues):
                    near = [m for m in mentions if m.end <= match.start()]
                    actors = dict.fromkeys(self._actors(match[0].lower(), [*before[-BACK:], near]))
                    yield Choice(match[0], tuple(actors)[:MOST], bool(cues))

    def _of_nouns(self, found: Found, mentions: Sequence[Mention]) -> Iterator[Choice]:
        """Give a choice for each noun with a definite article that speaks, and is nobody's whole name."""
        for cue in _said(found):
            for match in self._definite(found.text, cue):
                if not any(m.start < match.end() and match.start() < m.end for m in mentions):
                    yield Choice(match[0].strip(), tuple(self._names.actors_called(match["noun"]))[:MOST], speaks=True)

    def _pronouns(self, kind: str) -> re.Pattern[str]:
        words = "|".join(map(re.escape, self._words.get(kind, ())))
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)" if words else r"(?!)", re.IGNORECASE)

    def _actors(self, pronoun: str, named: Sequence[Sequence[Mention]]) -> Iterator[str]:
        """Give the actors named before, the last first, of the kinds that a pronoun stands for."""
        kinds = {kind for kind in ("persons", "groups", "things") if pronoun in self._words.get(kind, ())}
        for mentions in reversed(named):
            for mention in reversed(mentions):
                is_person = self._names.is_person(mention.iri)
                if mention.is_actor and ("persons" in kinds if is_person else kinds - {"persons"}):
                    yield mention.iri

    def _definite(self, text: str, cue: Cue) -> Iterator[re.Match[str]]:
        """Give the nouns with a definite article that are right before words of attribution, or right after."""
        articles = "|".join(map(re.escape, self._words.get("definite", ())))
        if articles:
            phrase = rf"(?<!\w)(?:{articles})\s+(?:\w+\s+)?(?P<noun>\w[\w-]*)"
            before = re.search(phrase + r"\s*$", text[: cue.start], re.IGNORECASE)
            behind = re.compile(r"\s*" + phrase, re.IGNORECASE).match(text, cue.end)
            yield from (match for match in (before, behind) if match)


def _said(found: Found) -> Iterator[Cue]:
    return (cue for cue in found.cues if cue.kind == "attribution")


def _touches(found: Found, cue: Cue, start: int, end: int) -> bool:
    """Return whether words are right before words of attribution, or right after."""
    return not found.text[end : cue.start].strip() if end <= cue.start else not found.text[cue.end : start].strip()
