"""What search and browsing list: items with their labels in the reader's language, and facets with theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from kg.catalogue import fields
from kg.catalogue.finding import browse
from kg.catalogue.finding.search import labelled, parts
from kg.catalogue.things import Thing
from kg.catalogue.view import View
from kg.catalogue.words import Sought
from kg.web.text.language import SOURCE, gettext
from kg.web.words.codes import modality_of

Parts = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An item with what matched in its label, and the other name that matched if the label did not.

    ``claimants`` are the path and the label of each who puts a statement forward, ``modality`` the key of its code.
    ``language`` and ``other_language`` are those of the two names, None where they are not known.
    """

    path: str
    label: Parts
    other: Parts
    kind: str
    group: str
    note: str
    claimants: tuple[tuple[str, str], ...]
    modality: str
    language: str | None = None
    other_language: str | None = None

    @property
    def text(self) -> str:
        """The label as it is."""
        return "".join(part for part, _ in self.label)

    @property
    def claimant(self) -> str:
        """The labels of all who put a statement forward."""
        return ", ".join(label for _, label in self.claimants)

    @property
    def said(self) -> str:
        """Who says a statement, and how firmly, in words; nothing for what is no statement."""
        who = gettext("%(who)s says it", who=self.claimant) if self.claimant else ""
        how = modality_of(self.modality, self.modality) if self.modality else ""
        return " · ".join(filter(None, (who, how)))


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a facet has among what is selected, and how often."""

    value: str
    label: str
    count: int
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of a facet that are shown; ``of`` is how many it has in the group, where there may be more."""

    values: list[Value]
    of: int | None


def items(view: View, records: Iterable[int], words: Sequence[Sought] = (), language: str = SOURCE) -> list[Item]:
    """Return the items of some records, in their order."""
    listed = list(records)
    things = view.things(listed)
    return items_of(view, [things[record] for record in listed if record in things], words, language)


def items_of(view: View, found: Sequence[Thing], words: Sequence[Sought] = (), language: str = SOURCE) -> list[Item]:
    """Return the items of some things, in their order."""
    claimants = _labels(view, "claimant", {value for thing in found for value in thing.facets.get("claimant", ())})
    return [_item(thing, claimants, words, language) for thing in found]


def facets(view: View, group: str, selection: browse.Selection, letter: str, whole: str) -> dict[str, Facet]:
    """Return the facets of what is selected, with their values' labels."""
    counted = browse.facets(view, group, selection, letter, whole)
    found = {}
    for name, values in counted.items():
        labels = _labels(view, name, {one.value for one in values.shown})
        shown = [Value(one.value, labels.get(one.value, one.value), one.count, one.is_selected) for one in values.shown]
        found[name] = Facet(shown, values.of if values.is_cut and name != whole else None)
    return found


def _labels(view: View, name: str, values: Iterable[str]) -> Mapping[str, str]:
    """Return the English labels of a facet's values."""
    return {value: thing.labels[0][0] for value, thing in things_of(view, name, values).items()}


def things_of(view: View, name: str, values: Iterable[str]) -> dict[str, Thing]:
    """Return the records that a facet's values name, as far as they name any."""
    facet = fields.LABELLED.get(name)
    if facet is None:
        return {}
    paths = {value: facet.path(value) for value in values}
    things = view.named(paths.values())
    return {value: things[path] for value, path in paths.items() if path in things}


def _item(thing: Thing, claimants: Mapping[str, str], words: Sequence[Sought], language: str) -> Item:
    label, tag = labelled(thing, language)
    names = [(parts(text, words), spoken) for text, spoken in (*thing.labels, *thing.others) if text != label]
    other = next(
        (name for name in names if any(is_match for _, is_match in name[0])), names[0] if names else ((), None)
    )
    who = {value: claimants.get(value, value) for value in thing.facets.get("claimant", ())}
    return Item(
        "/" + thing.path,
        parts(label, words),
        other[0],
        thing.kind,
        thing.group,
        thing.note,
        tuple(sorted(((fields.LABELLED["claimant"].path(v), label) for v, label in who.items()), key=itemgetter(1))),
        ", ".join(thing.facets.get("modality", ())),
        tag,
        other[1],
    )
