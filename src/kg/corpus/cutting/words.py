"""What the cutter knows of a language: abbreviations, first words of sentences, words that mark captions and the like.

The lists are data, a file for each language in ``words/``. A language without a file has none, and its sentences are
those that sentencex finds.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Language:
    """The lists of one language, in small letters; its file explains each list."""

    code: str
    never_end: Words = frozenset()
    may_end: Words = frozenset()
    end_before_capital: Words = frozenset()
    before_number: Words = frozenset()
    before_number_endings: Words = frozenset()
    before_no: Words = frozenset()
    starters: Words = frozenset()
    months: Words = frozenset()
    ordinal_nouns: Words = frozenset()
    before_ordinal: Words = frozenset()
    small: Words = frozenset()
    joining: Words = frozenset()
    caption: Words = frozenset()
    credit: Words = frozenset()
    byline: Words = frozenset()
    dateline: Words = frozenset()
    link: Words = frozenset()
    question: Words = frozenset()
    answer: Words = frozenset()


@cache
def language(code: str) -> Language:
    """Return what is known of a language by its code, as in ``de`` or ``de-AT``."""
    short = code.partition("-")[0].lower()
    path = resources.files(__package__) / "words" / f"{short}.toml"
    if not path.is_file():
        return Language(short)
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    return Language(
        short, **{name: frozenset(value.split() if isinstance(value, str) else value) for name, value in lists.items()}
    )
