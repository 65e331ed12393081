"""Finding things by words: the same name first, then names that begin so, then what has all of the words.

Where nothing has all of them, what has most is found. The work is bounded: of each group at most MOST things are
counted and ranked, the newest of them where there are more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import itemgetter

from rapidfuzz import process
from rapidfuzz.distance import Indel

from kg.catalogue import fields
from kg.catalogue.schema import GROUP_SHIFT, HOLDS
from kg.catalogue.things import Thing
from kg.catalogue.view import View
from kg.catalogue.words import Sought, sought_words, stem, to_match
from kg.names import fold, plain

MOST = 300
"""Things of a group that are counted and ranked."""
MOST_NAMES = 50
"""Names equal to the text, or beginning so, that are taken from the index of names."""
MOST_BEGUN = 30
"""Words that begin like the last one up to which each of them is looked for."""
LONGEST = 200
"""Characters of a search that are looked at."""
MOST_LEFT_OUT = 6
"""Words up to which all but one are tried where nothing has all."""
ALIKE = 0.75
"""Likeness from which a known word is proposed for an unknown one, 1 for the same."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: the records' numbers by group, the best first. ``is_partial`` where nothing had all words.

    ``more`` are the groups that have more than MOST, which is then the number that is listed.
    """

    words: tuple[Sought, ...]
    records: dict[str, list[int]]
    more: frozenset[str] = frozenset()
    is_partial: bool = False
    best: tuple[tuple[str, int], ...] = ()
    """Group and record of those that are best of all groups."""

    @property
    def counts(self) -> dict[str, int]:
        """How many each group has; MOST means that or more."""
        return {group: len(records) for group, records in self.records.items()}


_Row = tuple[int, str]
"""A record, and its folded label."""
_Ranked = tuple[int, tuple[object, ...]]
"""A record, and what it is sorted by."""


def find(view: View, text: str, groups: Sequence[str] = fields.GROUPS, most: int | None = None) -> Found:
    """Return what matches a text in some groups, and of each at most so many, or MOST, the newest."""
    text, most = text[:LONGEST], MOST if most is None else most
    words = tuple(sought_words(text))
    if not words:
        return Found((), {})
    found = _find_all(view, text, words, groups, most)
    if not found.records and len(words) > 1:
        found = _find_most(view, text, words, groups, most)
    return found


def alike(view: View, text: str) -> str | None:
    """Return the text with words that nothing has replaced by known ones much like them; None where that finds
    nothing."""
    words = sought_words(text[:LONGEST])
    better = [_known(view, one) or _nearest(view, one.word) for one in words]
    if not all(better) or better == [one.word for one in words]:
        return None
    proposed = " ".join(str(word) for word in better)
    return proposed if any(_is_found(view, one) for one in sought_words(proposed)) else None


def parts(text: str, words: Sequence[Sought]) -> tuple[tuple[str, bool], ...]:
    """Return a text in parts, each with whether it is a word that was looked for, or begins like one."""
    if not words:
        return ((text, False),) if text else ()
    found: list[tuple[str, bool]] = []
    for piece in re.split(r"((?:\w|[\u0300-\u036f])+)", text):
        is_match = any(
            word.startswith(one.word) or stem(word) == one.stem for word in plain(piece).split() for one in words
        )
        if found and not is_match and not found[-1][1]:
            found[-1] = (found[-1][0] + piece, False)
        elif piece:
            found.append((piece, is_match))
    return tuple(found)


def _find_all(view: View, text: str, words: Sequence[Sought], groups: Sequence[str], most: int) -> Found:
    sought = fold(text)
    named, order = _named(view, sought), _Order(words, sought)
    listed: dict[str, list[_Ranked]] = {}
    more = set()
    matching = _matching(view, words, groups, most + 1)
    for group in groups:
        rows = matching.get(group, [])
        if len(rows) > most:
            more.add(group)
        ranked = {record: order.rank(folded, named.get(record)) for record, folded in rows[:most]}
        others = [record for record in named if named[record][2] == group and record not in ranked]
        ranked |= {record: order.rank(named[record][1], named[record]) for record in others}
        if ranked:
            listed[group] = sorted(ranked.items(), key=itemgetter(1))
    records = {group: [record for record, _ in ranked][:most] for group, ranked in listed.items()}
    return Found(tuple(words), records, frozenset(more), best=_best(listed))


def _best(listed: dict[str, list[_Ranked]]) -> tuple[tuple[str, int], ...]:
    """Return the best of all groups: by the name first, then statements after all others."""
    order = {group: number for number, group in enumerate(fields.GROUPS)}
    merged = [(key[0], group == "statement", key[1:], order[group], group, record)
              for group, ranked in listed.items() for record, key in ranked[:MOST_NAMES]]  # fmt: skip
    return tuple((group, record) for *_, group, record in sorted(merged))


def _match(view: View, words: Sequence[Sought], begun: int) -> str:
    """Return words as a query of the full-text index, in which the last may be a beginning."""

    def known(beginning: str) -> list[str]:
        rows = view.ask(
            "SELECT word FROM vocabulary WHERE word >= :low AND word < :high LIMIT :limit",
            low=beginning,
            high=beginning + "\U0010ffff",
            limit=MOST_BEGUN + 1,
        )
        return [row["word"] for row in rows] if len(rows) <= MOST_BEGUN else []

    return to_match(words, begun, known)


_TABLES = (("said", 2, (fields.STATEMENT,)),
           ("words", 1, tuple(n for n in range(len(fields.GROUPS)) if n != fields.STATEMENT)))  # fmt: skip
"""Full-text index, letters from which it knows beginnings, and the groups that it has."""


def _matching(view: View, words: Sequence[Sought], groups: Sequence[str], limit: int) -> dict[str, list[_Row]]:
    """Return the newest things that match, of each group at most ``limit``."""
    found: dict[str, list[_Row]] = {}
    for table, begun, held in _TABLES:
        numbers = [number for number in held if fields.GROUPS[number] in groups]
        if numbers:
            found |= _newest(view, table, _match(view, words, begun), numbers, limit)
    return found


def _newest(view: View, table: str, match: str, numbers: Sequence[int], limit: int) -> dict[str, list[_Row]]:
    """Return what matches in a table, from the highest number down; what a group has beyond the limit is skipped."""
    found: dict[int, list[_Row]] = {number: [] for number in numbers}
    low, above = numbers[0] << GROUP_SHIFT, (numbers[-1] + 1) << GROUP_SHIFT
    while low < above:
        with view.each(
            f"SELECT things.id, record, folded FROM {table} CROSS JOIN things ON things.id = {table}.rowid"
            f" WHERE {table} MATCH :match AND {table}.rowid >= :low AND {table}.rowid < :above AND {HOLDS}"
            f" ORDER BY {table}.rowid DESC LIMIT :limit",
            match=match,
            low=low,
            above=above,
            limit=limit,
        ) as each:
            rows = list(each)
        for thing, record, folded in rows:
            found.setdefault(thing >> GROUP_SHIFT, []).append((record, folded))
        if len(rows) < limit:
            break
        above = rows[-1][0]
        group = above >> GROUP_SHIFT
        if len(found[group]) >= limit or group not in numbers:
            above = group << GROUP_SHIFT
    return {fields.GROUPS[number]: found[number][:limit] for number in numbers if found[number]}


_Named = tuple[int, str, str]
"""0 for the same name and 1 for one that begins so; the label, folded; the group."""


def _named(view: View, sought: str) -> dict[int, _Named]:
    """Return what has a name that is the one sought, or begins so."""
    if not sought:
        return {}
    rows = view.ask(
        "SELECT things.record, names.folded = :sought AS same, things.folded, grp FROM names JOIN things ON things.id ="
        " thing WHERE names.folded >= :sought AND names.folded < :end AND names.since <= :n AND names.until > :n"
        " ORDER BY names.folded LIMIT :limit",
        sought=sought,
        end=sought + "\U0010ffff",
        limit=MOST_NAMES,
    )
    found: dict[int, _Named] = {}
    for record, same, folded, group in rows:
        found[record] = min(found.get(record, (2, "", "")), (0 if same else 1, folded, fields.GROUPS[group]))
    return found


class _Order:
    """What things are sorted by that match some words: how the name fits, how many words the label lacks, its length,
    and the label."""

    def __init__(self, words: Sequence[Sought], sought: str) -> None:
        """Take the words, and the whole text, folded."""
        self._words, self._sought = words, sought
        self._spaced = [f" {one.word} " for one in words]

    def rank(self, folded: str, named: _Named | None = None) -> tuple[int, int, int, int, str]:
        """Return what a thing of a folded label is sorted by."""
        tier = named[0] if named else 2
        if folded == self._sought:
            tier = 0
        elif tier == 2 and folded.startswith(self._sought):
            tier = 1
        spaced = f" {folded} "
        whole = 0
        for word in self._spaced:  # as quick as it gets: a search ranks hundreds of things
            if word in spaced:
                whole += 1
        lacking = 0 if tier < 2 or whole == len(self._words) else self._count_lacking(spaced)
        return tier, lacking, -whole, len(folded), folded

    def _count_lacking(self, spaced: str) -> int:
        left = [one for one in self._words if f" {one.word}" not in spaced]
        stems = set(map(stem, spaced.split())) if left else ()
        return sum(one.stem not in stems for one in left)


def _find_most(view: View, text: str, words: Sequence[Sought], groups: Sequence[str], most: int) -> Found:
    """Return what has all words but one, or else what has most of them, the rarest words counting most."""
    if 2 < len(words) <= MOST_LEFT_OUT:
        merged: dict[str, list[int]] = {}
        for some in combinations(words, len(words) - 1):
            found_of_some = _find_all(view, " ".join(one.word for one in some), some, groups, most)
            for group, records in found_of_some.records.items():
                merged.setdefault(group, []).extend(records)
        if merged:
            return _partial(words, {group: list(dict.fromkeys(records)) for group, records in merged.items()})
    found: dict[str, list[int]] = {}
    order = _Order(words, fold(text))
    matching = [_matching(view, [one], groups, max(most // 2, 1)) for one in words]
    for group in groups:
        weights: Counter[int] = Counter()
        labels: dict[int, str] = {}
        for matched in matching:
            rows = matched.get(group, [])
            labels |= dict(rows)
            for record, _ in rows:
                weights[record] += 1_000_000 // len(rows)
        ordered = sorted(weights, key=lambda record: (-weights[record], order.rank(labels[record])))
        if ordered:
            found[group] = ordered[:most]
    return _partial(words, found)


def _partial(words: Sequence[Sought], records: dict[str, list[int]]) -> Found:
    best = [(group, record) for group in fields.GROUPS for record in records.get(group, ())[:MOST_NAMES]]
    return Found(tuple(words), records, is_partial=True, best=tuple(best))


def _is_found(view: View, one: Sought) -> bool:
    return any(
        view.ask(f"SELECT 1 FROM {table} WHERE {table} MATCH :match LIMIT 1", match=_match(view, [one], begun))
        for table, begun, _ in _TABLES
    )


def _known(view: View, one: Sought) -> str | None:
    rows = view.ask(
        "SELECT 1 FROM words WHERE words MATCH :match UNION ALL SELECT 1 FROM said WHERE said MATCH :match LIMIT 1",
        match=to_match([one], len(one.word) + 1),
    )
    return one.word if rows else None


def _nearest(view: View, word: str) -> str | None:
    """Return the known word that is most like another, among those that begin with the same letter and whose length
    lets them be like it at all: of words as long as m and n, 2 min(m, n) / (m + n) bounds the likeness."""
    rows = view.ask(
        "SELECT word FROM vocabulary WHERE word >= :low AND word < :high AND length(word) BETWEEN :least AND :most",
        low=word[0],
        high=word[0] + "\U0010ffff",
        least=int(len(word) * ALIKE / (2 - ALIKE)),
        most=int(len(word) * (2 - ALIKE) / ALIKE),
    )
    known = [row["word"] for row in rows]
    nearest = process.extractOne(word, known, scorer=Indel.normalized_similarity, score_cutoff=ALIKE)
    return nearest[0] if nearest else None


def labelled(thing: Thing, language: str) -> tuple[str, str | None]:
    """Return a thing's label and its language: the one in the language that is wished for, or else the first."""
    spoken = {(tag or "").split("-")[0].lower(): (text, tag) for text, tag in reversed(thing.labels)}
    return spoken.get(language, thing.labels[0])
