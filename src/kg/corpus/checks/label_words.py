"""Words as the check of labels compares them: without endings, by meaning, numbers by value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from kg.corpus.languages.numbers import read_digits
from kg.names import plain

_ENDINGS = {
    "en": "ibility ures ure ability ations ation ments ment ities ity ness ings ions ance ence ing ion ies ied ers est "
    "al ly ed es er e s y",
    "de": "ierungen ierung ungen ung heiten heit keiten keit lich isch ten tet en em er es et st e n s t",
}
"""Language → endings that are cut off, the longest first."""
_SHORTEST = 4
"""Letters that stay of a word at the least."""
_NUMBER = re.compile(
    r"\d[\d.,]*(?:[\s-]*(?:thousand|tausend|(?:m|b|tr)illion(?:en)?|milliarden?|bn|[kmb])(?!\w))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Meanings:
    """One language's list of words: those that say nothing, and those of one meaning, each by its stem."""

    empty: frozenset[str]
    groups: dict[str, set[int]] = field(default_factory=dict)
    strict: frozenset[int] = frozenset()
    denying: frozenset[str] = frozenset()
    """Stems of the words that negate, or deny what follows."""

    def of(self, word: str) -> set[int]:
        """Return the numbers of the meanings of a stem."""
        return self.groups.get(word, set())

    def is_strict(self, word: str) -> bool:
        """Return True for a stem that the statement itself must carry: a negation, a hedge and the like."""
        return bool(self.of(word) & self.strict)


@lru_cache
def meanings(language: str) -> Meanings:
    """Return the words of label-words.txt by their stems in a language."""
    empty: set[str] = set()
    groups: dict[str, set[int]] = {}
    strict: set[int] = set()
    denying: set[str] = set()
    lines = files("kg.corpus").joinpath("label-words.txt").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        kind, _, rest = line.partition(" ")
        parts = (part for word in rest.split() for part in plain(word).split())
        stems = {stem(part, language) for part in parts} if kind in "-!=~" else set()
        if kind == "-":
            empty |= stems
        if kind == "~" or (kind == "!" and not strict):
            denying |= stems
        for each in stems if kind in ("!", "=") else ():
            groups.setdefault(each, set()).add(number)
            if kind == "!":
                strict.add(number)
    own = {s for s, found in groups.items() if found & strict}
    return Meanings(frozenset(empty - own), groups, frozenset(strict), frozenset(denying))


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str) -> str:
    """Return a plain word without its endings, as many as leave four letters."""
    for _ in range(2):
        for ending in _ENDINGS[language].split():
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
                word = word.removesuffix(ending)
                break
    return word


@lru_cache(maxsize=1 << 14)
def words(text: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return each word of a text that is no number with its stem."""
    return tuple(
        (word.strip("“”„()[],.;:?!"), stem(part, language))
        for word in _NUMBER.sub(" ", text.replace("’", "'").replace("'s ", " ")).split()
        for part in plain(word).split()
    )


def numbers(text: str, language: str) -> set[Decimal]:
    """Return the numbers that a text has in digits, written out."""
    return read_digits(text, language)
