"""What is known of a language: how it prints numbers and dates, and its words for hedges, speakers and bounds.

The lists are data, a file for each language. Commas separate alternatives.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

KNOWN = ("en", "de", "fr", "uk")


@dataclass(frozen=True, slots=True)
class Notation:
    """How a language prints numbers; ``en.toml`` explains each field."""

    group: str
    point: str
    joiner: str
    never_alone: frozenset[str]
    articles: tuple[str, ...]
    times: dict[str, int]
    attached: dict[str, int]
    words: dict[str, int]


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its numbers, its words for units and dates, by kind of cue and code the words that are one, and words
    for those who speak without being named."""

    code: str
    numbers: Notation
    units: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cues: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    speakers: dict[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def language(code: str) -> Language | None:
    """Return what is known of a language by its code, as in ``de`` or ``de-AT``; None for one that has no file."""
    short = code.partition("-")[0].lower()
    if short not in KNOWN:
        return None
    found = tomllib.loads((resources.files(__package__) / f"{short}.toml").read_text(encoding="utf-8"))
    numbers = found["numbers"]
    notation = Notation(
        numbers["group"],
        numbers["point"],
        numbers["joiner"],
        frozenset(listed(numbers["never_alone"])),
        listed(numbers["articles"]),
        numbers["times"],
        numbers["attached"],
        numbers["words"],
    )
    cues = {kind: _lists(table) for kind, table in found["cues"].items()}
    units, dates, speakers = (_lists(found[name]) for name in ("units", "dates", "speakers"))
    return Language(short, notation, units, dates, cues, speakers)


def listed(text: str) -> tuple[str, ...]:
    """Return the alternatives, which commas separate."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _lists(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: listed(text) for name, text in table.items()}
