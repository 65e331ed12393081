"""Invented names, each once: syllables put together by chance, so that none is anybody's by intention."""

from __future__ import annotations

import random
from collections.abc import Callable

_STARTS = (
    "Bra",
    "Cel",
    "Dor",
    "Est",
    "Fal",
    "Gri",
    "Hov",
    "Ist",
    "Jar",
    "Kel",
    "Lor",
    "Mav",
    "Nor",
    "Ost",
    "Pel",
    "Qui",
)
_MIDDLES = ("an", "be", "di", "el", "fo", "ga", "in", "ka", "lo", "mi", "na", "or", "pe", "ra", "si", "tu")
_ENDS = ("dal", "fen", "gard", "holm", "kirk", "land", "mark", "ness", "port", "rona", "stad", "tor", "vale", "wick")
_FIRST = (
    "Ada",
    "Bero",
    "Cira",
    "Dovan",
    "Elka",
    "Fenn",
    "Gita",
    "Haro",
    "Ilsa",
    "Jovo",
    "Kira",
    "Lemm",
    "Mira",
    "Nilo",
)
_BODIES = ("Agency of", "Council of", "Union of", "Institute of", "Chamber of", "Authority of")
_GROUPS = ("officials of", "residents of", "traders of", "monitors in", "delegates of")
_MATTERS = (
    "access to",
    "cost of",
    "control of",
    "future of",
    "supply of",
    "safety of",
    "tax on",
    "limits on",
    "trade in",
)
_GOODS = (
    "water",
    "grain",
    "rail freight",
    "power",
    "housing",
    "fishing",
    "timber",
    "data",
    "schools",
    "ports",
    "steel",
)


class Names:
    """A source of names that gives none twice."""

    def __init__(self, rng: random.Random) -> None:
        """Draw from a source of chance."""
        self._rng, self._given = rng, set[str]()

    def word(self, rng: random.Random | None = None) -> str:
        """Return an invented word with a capital; not necessarily a new one."""
        source = rng or self._rng
        return source.choice(_STARTS) + source.choice(_MIDDLES) + source.choice(_ENDS)

    def place(self) -> str:
        """Return a new name of a place."""
        return self._new(lambda: self.word())

    def party(self, kind: str) -> str:
        """Return a new name of a State, an Organisation, a Person or a Group."""
        if kind == "Person":
            return self._new(lambda: f"{self._rng.choice(_FIRST)} {self.word()}")
        if kind == "Organisation":
            return self._new(lambda: f"{self._rng.choice(_BODIES)} {self.word()}")
        if kind == "Group":
            return self._new(lambda: f"{self._rng.choice(_GROUPS)} {self.word()}")
        return self._new(lambda: f"Republic of {self.word()}")

    def topic(self) -> str:
        """Return a new name of a matter."""
        choice = self._rng.choice
        return self._new(lambda: f"{choice(_MATTERS)} {choice(_GOODS)} in {self.word()}")

    def _new(self, make: Callable[[], str]) -> str:
        while (name := make()) in self._given:
            pass
        self._given.add(name)
        return name
