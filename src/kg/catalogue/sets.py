"""Sets of records by group, facet and value: written in chunks that hold from release to release, read as of one.

A set is a compressed bitmap (https://roaringbitmap.org), so that counting what several facets have in common takes
microseconds. A chunk holds the members whose numbers share all but their last 16 bits: a change of one record rewrites
8 kB at most of each set that it enters or leaves.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from pyroaring import BitMap

from kg.catalogue.schema import CHUNK_SHIFT, HOLDS, OPEN, PRUNED, read_meta

Records = BitMap
"""Numbers of records, for those who do not write them."""
Key = tuple[int, str, str]
"""Number of the group, name of the facet, value."""
UNLOADED = ("to", "period", "class", "key")
"""Sets that few ask for: read when they are."""
MOST_SETS = 3000
"""Values of a facet among which the commonest of a selection are sought."""


BLOCK = 100
"""Values that are counted before it is looked whether others can be as common."""


_BITS = 5000
"""Members with which a chunk of a bitmap is one of bits: up to 4096, it is a list."""


class Changes:
    """Members that enter and leave sets, gathered and written at once."""

    def __init__(self) -> None:
        """Start with none."""
        self._changes: dict[tuple[Key, int], dict[int, bool]] = defaultdict(dict)

    def note(self, record: int, before: Iterable[Key], after: Iterable[Key]) -> None:
        """Note the sets that a record was in and those that it is in."""
        old, new = set(before), set(after)
        for key in old - new:
            self._changes[key, record >> CHUNK_SHIFT][record] = False
        for key in new - old:
            self._changes[key, record >> CHUNK_SHIFT][record] = True

    def write(self, base: sqlite3.Connection, sequence: int) -> None:
        """Write the changed chunks, valid from a release on."""
        for (key, chunk), members in sorted(self._changes.items()):
            row = base.execute(
                "SELECT id, since, members FROM sets WHERE grp = ? AND name = ? AND value = ? AND chunk = ?"
                f" AND until = {OPEN}",
                (*key, chunk),
            ).fetchone()
            found = BitMap.deserialize(row[2]) if row else BitMap()
            found |= BitMap([record for record, enters in members.items() if enters])
            found -= BitMap([record for record, enters in members.items() if not enters])
            if row and row[1] == sequence:
                base.execute("DELETE FROM sets WHERE id = ?", (row[0],))
            elif row:
                base.execute("UPDATE sets SET until = ? WHERE id = ?", (sequence, row[0]))
            if found:
                found.run_optimize()
                base.execute(
                    "INSERT INTO sets (grp, name, value, chunk, since, until, members) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (*key, chunk, sequence, OPEN, found.serialize()),
                )


class Sets:
    """The sets as of one release, in memory. Not changed once made, so safe for many threads."""

    def __init__(
        self,
        sequence: int,
        held: dict[tuple[int, str], dict[str, BitMap]],
        near: Sets | None = None,
        *,
        pruned: str | None = None,
    ) -> None:
        """Take the sets by group and name, then value; ``near`` are others, with which it shares what is equal.

        ``pruned`` is how often the catalogue had been pruned when they were read.
        """
        self.sequence, self.pruned = sequence, pruned
        self._held = held
        self._sizes: dict[tuple[int, str], dict[str, int]] = {}
        self._ordered: dict[tuple[int, str], list[str]] = {}
        for key, values in held.items():
            if near is not None and near._held.get(key) is values:
                self._sizes[key], self._ordered[key] = near._sizes[key], near._ordered[key]
            else:
                sizes = self._sizes[key] = {value: len(found) for value, found in values.items()}
                self._ordered[key] = sorted(sizes, key=lambda value: (-sizes[value], value))
        self._sorted: dict[tuple[int, str], list[str]] = {}
        self._besides: dict[int, BitMap] = {}
        if near is not None:  # what is in a group now is no longer outside it
            self._besides = {grp: found - self.get(grp, "", "") for grp, found in dict(near._besides).items()}

    def get(self, group: int, name: str, value: str) -> BitMap:
        """Return the members of a set; do not change them."""
        return self._held.get((group, name), {}).get(value) or BitMap()

    def sorted_values(self, group: int, name: str) -> list[str]:
        """Return the values of a set's name in their own order."""
        found = self._sorted.get((group, name))
        if found is None:
            found = self._sorted[group, name] = sorted(self.values(group, name))
        return found

    def values(self, group: int, name: str) -> list[str]:
        """Return the values of a facet in a group, the commonest first."""
        return self._ordered.get((group, name), [])

    def size(self, group: int, name: str, value: str) -> int:
        """Return how many members a set has."""
        return self._sizes.get((group, name), {}).get(value, 0)

    def count(self, group: int, name: str, selected: BitMap | None, most: int) -> list[tuple[str, int]]:
        """Return the values that most of the selected records have, None for all records, with how many; most first.

        A set's size bounds what it has in common with the selection, so few sets are looked at where ``most`` is small;
        and never more than the MOST_SETS largest.
        """
        sizes, sets = self._sizes.get((group, name), {}), self._held.get((group, name), {})
        ordered = self.values(group, name)[:MOST_SETS]
        if selected is None:
            return [(value, sizes[value]) for value in ordered[:most]]
        if len(ordered) > BLOCK:
            selected = selected | self._beside(group)
        found: list[tuple[int, str]] = []
        least = 1
        for start in range(0, len(ordered), BLOCK):
            block = ordered[start : start + BLOCK]
            if sizes[block[0]] < least:
                break
            common = map(selected.intersection_cardinality, map(sets.__getitem__, block))
            found += [(-size, value) for value, size in zip(block, common, strict=True) if size >= least]
            found = sorted(found)[:most]
            least = -found[-1][0] if len(found) == most else 1
        return [(value, -size) for size, value in found]

    def _beside(self, group: int) -> BitMap:
        """Return numbers that no set of a group holds, so many that a selection with them is one of bits.

        Whether bits are set that a small set names is seen at once, where two lists are gone through side by side: to
        count three thousand sets takes an eighth of the time.
        """
        found = self._besides.get(group)
        if found is None:
            found = self._besides[group] = _make_beside(self.get(group, "", ""))
        return found

    def number(self, group: int, name: str, selected: BitMap) -> int:
        """Return how many values the selected records have, among the MOST_SETS commonest."""
        sets, values = self._held.get((group, name), {}), self.values(group, name)[:MOST_SETS]
        if len(values) > BLOCK:
            selected = selected | self._beside(group)
        return sum(map(selected.intersect, map(sets.__getitem__, values)))


def _make_beside(members: BitMap) -> BitMap:
    found: list[int] = []
    for start in range(0, members.max() + 1 if members else 0, 1 << CHUNK_SHIFT):
        found += islice(BitMap(range(start, start + (1 << CHUNK_SHIFT))) - members, _BITS)
    return BitMap(found, optimize=False)


def read_sets(base: sqlite3.Connection, sequence: int, near: Sets | None = None) -> Sets:
    """Return the sets as of a release: from those of another release that is near, only what differs is read.

    If the catalogue was pruned since those were read, all is: the rows are gone that say what left them.
    """
    base.execute("BEGIN")  # so that nothing is pruned in the middle
    try:
        pruned = read_meta(base, PRUNED)
        if near is not None and near.pruned == pruned:
            return Sets(sequence, _bring(base, sequence, near), near, pruned=pruned)
        held = _read(base, f"SELECT grp, name, value, members FROM sets WHERE {HOLDS}", sequence)
        return Sets(sequence, held, pruned=pruned)
    finally:
        if base.in_transaction:
            base.execute("COMMIT")


def _bring(base: sqlite3.Connection, sequence: int, near: Sets) -> dict[tuple[int, str], dict[str, BitMap]]:
    """Return the sets of a release that is near, brought to another one."""
    low, high = sorted((near.sequence, sequence))
    keys = base.execute(
        "SELECT grp, name, value FROM sets WHERE since > :low AND since <= :high"
        " UNION SELECT grp, name, value FROM sets WHERE until > :low AND until <= :high",
        {"low": low, "high": high},
    ).fetchall()
    held = dict(near._held)
    copied: set[tuple[int, str]] = set()
    for group, name, value in keys:
        if name in UNLOADED:
            continue
        found, key = read_set(base, sequence, group, name, value), (group, name)
        if key not in copied:
            held[key] = dict(held.get(key, {}))
            copied.add(key)
        if found:
            held[key][value] = found
        else:
            held[key].pop(value, None)
    return {key: values for key, values in held.items() if values}


def read_set(base: sqlite3.Connection, sequence: int, group: int, name: str, value: str) -> BitMap:
    """Return one set as of a release."""
    rows = base.execute(
        f"SELECT members FROM sets WHERE grp = :grp AND name = :name AND value = :value AND {HOLDS}",
        {"grp": group, "name": name, "value": value, "n": sequence},
    )
    return BitMap.union(*[BitMap.deserialize(row[0]) for row in rows] or [BitMap()])


def members(base: sqlite3.Connection, name: str, value: str) -> BitMap:
    """Return the members that a set has now, in whatever group."""
    rows = base.execute(f"SELECT members FROM sets WHERE name = ? AND value = ? AND until = {OPEN}", (name, value))
    return BitMap.union(*[BitMap.deserialize(row[0]) for row in rows] or [BitMap()])


def _read(base: sqlite3.Connection, sql: str, sequence: int) -> dict[tuple[int, str], dict[str, BitMap]]:
    held: dict[tuple[int, str], dict[str, BitMap]] = defaultdict(dict)
    for group, name, value, members in base.execute(sql, {"n": sequence}):
        if name in UNLOADED:
            continue
        found, values = BitMap.deserialize(members), held[group, name]
        values[value] = values[value] | found if value in values else found
    return dict(held)


def keys_of(group: int, sets: Iterable[tuple[str, str]]) -> set[Key]:
    """Return the keys of a thing's sets."""
    return {(group, name, value) for name, value in sets}
