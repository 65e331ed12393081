"""Words of texts and of searches: plain (kg.names), with their English stems, and without those that say nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from Stemmer import Stemmer

from kg.names import plain

MOST_WORDS = 12
"""Words of a search that are looked for; more of them narrow down nothing."""
LONGEST_WORD = 40
"""Characters of a word that are looked at."""
INDEXED = 4
"""Letters up to which the full-text index knows what begins with them (kg.catalogue.schema)."""
STOP_WORDS = frozenset(
    "a about an and are as at be been by can did do does for from had has have he her him his how i in is it its of"
    " on or s she should t that the their them they this to was we were what when where which who whom whose why"
    " will with would you".split()
)
"""English words that are passed over in a search, unless it has no others."""
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)

_stemmer = Stemmer("english", 0)  # stem keeps what it found


class Sought(NamedTuple):
    """A word that is looked for, and its stem."""

    word: str
    stem: str


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a plain English word."""
    found: str = _stemmer.stemWord(word)
    return found


def sought_words(text: str) -> list[Sought]:
    """Return the words of a search without stop words, unless there are no others; MOST_WORDS at most."""
    words = list(dict.fromkeys(word[:LONGEST_WORD] for word in plain(_POSSESSIVE.sub("", text)).split()))
    telling = [word for word in words if word not in STOP_WORDS] or words
    return [Sought(word, stem(word)) for word in telling[:MOST_WORDS]]


def indexed(texts: Iterable[str]) -> str:
    """Return what the full-text index holds of some texts: their plain words, and the stems, each with ``=`` before."""
    words = dict.fromkeys(word[:LONGEST_WORD] for text in texts for word in plain(_POSSESSIVE.sub("", text)).split())
    return " ".join([*words, *dict.fromkeys("=" + stem(word) for word in words)])


def to_match(words: Iterable[Sought], begun: int = 1, known: Callable[[str], Sequence[str]] = lambda _: ()) -> str:
    """Return words as a query of the full-text index; the last one, of ``begun`` letters or more, may be a beginning.

    ``known`` gives the words that begin so, where they are few. The index meets what has one of some words bit by bit,
    but gathers all that has a beginning of more than INDEXED letters first. No word is ever the index's own syntax:
    each is in quotation marks, and has letters and digits only.
    """
    listed = list(words)
    last = listed[-1] if listed and len(listed[-1].word) >= begun else None
    return " AND ".join(f"({_either(one, known if one is last else None)})" for one in listed)


def _either(one: Sought, known: Callable[[str], Sequence[str]] | None) -> str:
    """Return what meets one word: its stem, which the index has wherever it has the word, or what begins like it."""
    whole = f'"={one.stem}"'
    if known is None:
        return whole
    few = known(one.word) if len(one.word) > INDEXED else ()
    begun = [f'"{word}"' for word in few if word != one.word] if few else [f'"{one.word}"*']
    return " OR ".join([*begun, whole])
