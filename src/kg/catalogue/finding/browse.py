"""Listing the things of a group in the order of their names, narrowed down by letter and by facets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

from pyroaring import BitMap

from kg.catalogue import fields
from kg.catalogue.schema import HOLDS
from kg.catalogue.things import BUCKET_CHARACTERS
from kg.catalogue.view import View

MOST_VALUES = 20
"""Values of a facet that are counted and shown at once."""
ALL_VALUES = 2000
"""Values of the one facet of which all are asked for."""
MOST_LISTED = 10_000
"""Things that can be paged through; more are to be narrowed down."""
_FEW = 500
"""Selected things in one bucket up to which they are read at once and sorted, and not met in the order of all."""
_COUNTED = 150
"""Selected things up to which facets are counted one by one."""

Selection = Mapping[str, Sequence[str]]
"""Name of a facet → the values of which one must hold."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a facet has among what is selected, and how often."""

    value: str
    count: int
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Values:
    """The commonest values of a facet among what is selected, and how many values the facet has in the group."""

    shown: tuple[Value, ...]
    of: int

    @property
    def is_cut(self) -> bool:
        """Whether there may be others than those shown."""
        return len(self.shown) >= MOST_VALUES and self.of > len(self.shown)


def select(view: View, group: str, selection: Selection, letter: str = "") -> BitMap | None:
    """Return the records that are selected; None for all of the group."""
    number = fields.GROUPS.index(group)
    found: BitMap | None = None
    for name, values in selection.items():
        either = BitMap.union(*[view.set(number, name, value) for value in values] or [BitMap()])
        found = either if found is None else found & either
    if letter:
        beginning = view.set(number, "letter", letter)
        found = beginning if found is None else found & beginning
    return found


def count(view: View, group: str, selected: BitMap | None) -> int:
    """Return how many records are selected."""
    return view.sets.size(fields.GROUPS.index(group), "", "") if selected is None else len(selected)


def letters(view: View, group: str, selected: BitMap | None) -> dict[str, int]:
    """Return how many of the selected things begin with each letter."""
    number = fields.GROUPS.index(group)
    return dict(sorted(view.sets.count(number, "letter", selected, ALL_VALUES)))


def facets(view: View, group: str, selection: Selection, letter: str = "", whole: str = "") -> dict[str, Values]:
    """Return the values of each facet, each counted among what the letter and the other facets select.

    Of the facet named by ``whole`` all values are given.
    """
    number = fields.GROUPS.index(group)
    selected = select(view, group, selection, letter)
    few = _count_few(view, selected) if selected is not None and len(selected) <= _COUNTED else None
    found = {}
    for name in fields.FACETS:
        values = view.sets.values(number, name)
        chosen = selection.get(name, ())
        most = ALL_VALUES if name == whole else MOST_VALUES
        if few is not None and not chosen:
            counted = sorted(few[name].items(), key=lambda one: (-one[1], one[0]))[:most]
        else:
            others = {key: wanted for key, wanted in selection.items() if key != name}
            among = select(view, group, others, letter) if chosen else selected
            counted = view.sets.count(number, name, among, most)
            missing = [value for value in chosen if value not in dict(counted)]
            counted += [(value, _common(view.sets.get(number, name, value), among)) for value in missing]
        if counted:
            found[name] = Values(tuple(Value(value, size, value in chosen) for value, size in counted), len(values))
    return found


def _common(members: BitMap, among: BitMap | None) -> int:
    return len(members) if among is None else members.intersection_cardinality(among)


def _count_few(view: View, selected: BitMap) -> dict[str, Counter[str]]:
    """Return how often each value of each facet is among few records, counted one by one."""
    found: dict[str, Counter[str]] = {name: Counter() for name in fields.FACETS}
    for thing in view.things(selected).values():
        for name in fields.FACETS:
            found[name].update(thing.facets.get(name, ()))
    return found


def has(view: View, name: str, value: str) -> bool:
    """Return whether anything has this value of a facet."""
    return any(view.sets.size(number, name, value) for number in range(len(fields.GROUPS)))


def values_of(view: View, group: str, name: str) -> list[str]:
    """Return the values that a group has of a set's name whose sets are read one by one (``sets.UNLOADED``)."""
    rows = view.ask(
        f"SELECT DISTINCT value FROM sets WHERE name = :name AND grp = :grp AND {HOLDS}",
        name=name,
        grp=fields.GROUPS.index(group),
    )
    return [row["value"] for row in rows]


def as_named(view: View, name: str, value: str) -> str:
    """Return a facet's value as it is named now: addresses that were saved may name a code without ``code/``."""
    code = f"code/{value}"
    return code if not has(view, name, value) and has(view, name, code) else value


def page(view: View, group: str, selected: BitMap | None, limit: int, offset: int = 0) -> list[int]:
    """Return the records of one page of what is selected, in the order of their labels."""
    number = fields.GROUPS.index(group)
    if selected is None:
        rows = view.ask(
            f"SELECT record FROM things WHERE grp = :grp AND {HOLDS} ORDER BY folded, record"
            " LIMIT :limit OFFSET :offset",
            grp=number,
            limit=limit,
            offset=offset,
        )
        return [row["record"] for row in rows]
    if len(selected) <= _FEW:
        return _sorted(view, selected, limit, offset)
    found: list[int] = []
    for bucket in view.sets.sorted_values(number, "bucket"):
        members = view.sets.get(number, "bucket", bucket)
        size = selected.intersection_cardinality(members)
        if offset >= size:
            offset -= size
            continue
        common = selected & members
        found += _of_bucket(view, number, bucket, common, len(members), limit - len(found), offset)
        offset = 0
        if len(found) == limit:
            break
    return found


def _of_bucket(view: View, number: int, bucket: str, wanted: BitMap, size: int, limit: int, offset: int) -> list[int]:
    """Return some of what is wanted of a bucket, in order: by sorting that, or by reading all of the bucket.

    Whichever meets fewer things: how many are read until so many wanted ones are met follows from how many there are.
    """
    to_read = (offset + limit) * size // len(wanted)
    if len(wanted) <= max(_FEW, to_read):
        return _sorted(view, wanted, limit, offset)
    in_order = (
        f"SELECT record FROM things WHERE grp = :grp AND folded >= :bucket AND folded < :end AND {HOLDS}"
        " ORDER BY folded, record"
    )
    end = bucket + "\U0010ffff" if len(bucket) == BUCKET_CHARACTERS else bucket + "\x00"
    with view.each(in_order, grp=number, bucket=bucket, end=end) as rows:
        return list(islice(filter(wanted.__contains__, map(itemgetter(0), rows)), offset, offset + limit))


def _sorted(view: View, records: BitMap, limit: int, offset: int) -> list[int]:
    rows = view.ask(
        "SELECT record FROM things INDEXED BY things_by_record"
        f" WHERE record IN (SELECT value FROM json_each(:records)) AND {HOLDS}"
        " GROUP BY record ORDER BY min(folded), record LIMIT :limit OFFSET :offset",
        records=json.dumps(list(records)),
        limit=limit,
        offset=offset,
    )
    return [row["record"] for row in rows]
