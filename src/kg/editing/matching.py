"""Passages of a text and of its successor → which is which: by digest, by words, then by likeness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kg.corpus.text import normalise

SAME, MARKS, CHANGED, MERGED, SPLIT, GONE, NEW = "same", "marks", "changed", "merged", "split", "vanished", "new"
ALIKE = 0.6
"""Share of words in common from which a passage counts as another's successor."""
MADE_OF = 0.75
"""Share of words from which a passage counts as made of several, or several as made of it."""
MOST_PARTS = 4
_MARKS = str.maketrans({**dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‘’‚‹›", "'"), **dict.fromkeys("–—‑", "-")})


@dataclass(frozen=True, slots=True)
class Words:
    """A passage as it is compared: its digest, and its words where the text is available."""

    digest: str
    text: str | None

    @property
    def tokens(self) -> list[str]:
        """Words and numbers, in small letters."""
        return re.findall(r"\d[\d.,]*\d|\w+", (self.text or "").lower())

    @property
    def bare(self) -> str:
        """The text whatever kind of quotation marks, apostrophes and dashes it has."""
        return re.sub(r"(?<=\s)'|'(?=\s|$|\W)", '"', normalise(self.text or "").translate(_MARKS))


@dataclass(frozen=True, slots=True)
class Match:
    """Passages of the old text and of the new one, by their places from 0, and how they belong together."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    how: str
    is_moved: bool = False


def match(old: Sequence[Words], new: Sequence[Words]) -> list[Match]:
    """Return what happened to each passage and where each new one comes from, in the order of the new text.

    Each place of either text is in exactly one match.
    """
    found = _Matcher(old, new).run()
    return sorted(found, key=lambda m: (m.new or (_place_of(m, found),), m.old))


def _place_of(gone: Match, found: Sequence[Match]) -> float:
    """Return where a vanished passage would be in the new text: after what came before it."""
    before = [m.new[-1] for m in found if m.old and m.new and m.old[-1] < gone.old[0]]
    return max(before, default=-1) + 0.5


class _Matcher:
    def __init__(self, old: Sequence[Words], new: Sequence[Words]) -> None:
        self._old, self._new = old, new
        self._left_old, self._left_new = set(range(len(old))), set(range(len(new)))
        self._found: list[Match] = []

    def run(self) -> list[Match]:
        """Match by digest in order, then anywhere; by words; by likeness; what is left came or went."""
        self._in_order([w.digest for w in self._old], [w.digest for w in self._new])
        self._anywhere(SAME, [w.digest for w in self._old], [w.digest for w in self._new])
        self._anywhere(MARKS, [w.bare for w in self._old], [w.bare for w in self._new])
        self._several()
        self._alike()
        self._found += [Match((i,), (), GONE) for i in sorted(self._left_old)]
        self._found += [Match((), (j,), NEW) for j in sorted(self._left_new)]
        return self._found

    def _add(self, old: Sequence[int], new: Sequence[int], how: str, *, is_moved: bool = False) -> None:
        self._found.append(Match(tuple(old), tuple(new), how, is_moved))
        self._left_old -= set(old)
        self._left_new -= set(new)

    def _in_order(self, old: Sequence[str], new: Sequence[str]) -> None:
        for i, j, size in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            for step in range(size):
                self._add([i + step], [j + step], SAME)

    def _anywhere(self, how: str, old: Sequence[str], new: Sequence[str]) -> None:
        for j in sorted(self._left_new):
            i = next((i for i in sorted(self._left_old) if old[i] and old[i] == new[j]), None)
            if i is not None:
                self._add([i], [j], how, is_moved=self._is_moved(i, j))

    def _is_moved(self, i: int, j: int) -> bool:
        """Return whether a passage passed over another that stayed in order."""
        kept = [(m.old[0], m.new[0]) for m in self._found if m.old and m.new and not m.is_moved]
        return any((a < i) != (b < j) for a, b in kept)

    def _several(self) -> None:
        """Match a passage with the consecutive ones that it is made of, or that were made of it."""
        for j in sorted(self._left_new):
            run = _best_run(self._left_old, self._old, self._new[j])
            if run:
                self._add(run, [j], MERGED)
        for i in sorted(self._left_old):
            run = _best_run(self._left_new, self._new, self._old[i])
            if run:
                self._add([i], run, SPLIT)

    def _alike(self) -> None:
        pairs = sorted(self._likeness(), reverse=True)
        for _, _, i, j in pairs:
            if i in self._left_old and j in self._left_new:
                self._add([i], [j], CHANGED, is_moved=self._is_moved(i, j))

    def _likeness(self) -> Iterator[tuple[float, float, int, int]]:
        for i in self._left_old:
            for j in self._left_new:
                alike = _ratio(self._old[i].tokens, self._new[j].tokens)
                if alike >= ALIKE:
                    yield alike, -abs(i / len(self._old) - j / len(self._new)), i, j


def _ratio(one: Sequence[str], other: Sequence[str]) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if one and other and matcher.real_quick_ratio() >= ALIKE else 0.0


def _best_run(left: set[int], passages: Sequence[Words], whole: Words) -> list[int]:
    """Return the run of consecutive passages, two at least, that a whole is made of; none where one alone is nearer."""
    best: list[int] = []
    most = max([MADE_OF, *(_ratio(passages[i].tokens, whole.tokens) for i in left)])
    for first in sorted(left):
        run, words = [first], passages[first].tokens
        while len(run) < MOST_PARTS and run[-1] + 1 in left:
            run.append(run[-1] + 1)
            words = words + passages[run[-1]].tokens
            alike = _ratio(words, whole.tokens)
            if alike > most:
                best, most = list(run), alike
    return best


def differences(old: str, new: str) -> list[str]:
    """Return what replaces what, as in ``148 → 140``, each side of a few words at most."""
    one, other = old.split(), new.split()
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(f"{_few(one[a:b]) or '(nothing)'} → {_few(other[c:d]) or '(nothing)'}")
    return found


def _few(words: Sequence[str]) -> str:
    return " ".join(words[:6]) + (" …" if len(words) > 6 else "")
