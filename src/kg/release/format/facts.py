"""What a graph holds in numbers, and the sum of several: what a release says of itself is made from these alone.

The facts of a graph are an object next to it, so a write counts the graphs that it changes and nothing else. All
numbers of a release are sums of its graphs': no triple is in two graphs, and no two graphs give a thing the same class.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kg.terms import PREFIXES, Iris

TYPE = f"<{PREFIXES['rdf']}type>"
SAME_AS = f"<{PREFIXES['schema']}sameAs>"
EXAMPLES = ("Article", "Statement", "Issue", "State", "Figure", "Event")
"""Classes whose first thing is given as an example (VoID §2.6)."""


@dataclass(slots=True)
class Facts:
    """The numbers of one graph (VoID §4), and what else of it the description of a release gives; terms in N-Quads."""

    triples: int = 0
    subjects: int = 0
    objects: int = 0
    entities: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    properties: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    first_day: str = ""
    last_day: str = ""

    def to_json(self) -> bytes:
        """Return the facts as JSON, the same facts as the same bytes."""
        whole = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def read_facts(content: bytes) -> Facts:
    """Return the facts that ``to_json`` wrote."""
    return Facts(**json.loads(content))


def count_graph(nquads: bytes, graph: str, iris: Iris) -> Facts:
    """Return the facts of a graph in canonical N-Quads."""
    classes: Counter[str] = Counter()
    properties: Counter[str] = Counter()
    subjects, objects, same = set(), set(), set()
    things: dict[str, set[str]] = {f"<{iris.term(name)}>": set() for name in (*EXAMPLES, "Place")}
    days = {f"<{iris.term('firstDay')}>": set[str](), f"<{iris.term('lastDay')}>": set[str]()}
    ending = f" <{graph}> ." if graph else " ."
    lines = nquads.decode().split("\n")
    for line in lines:
        if not line:
            continue
        subject, predicate, rest = line.split(" ", 2)
        value = rest.removesuffix(ending)
        subjects.add(subject)
        objects.add(value)
        properties[predicate] += 1
        if predicate == TYPE:
            classes[value] += 1
            if value in things:
                things[value].add(subject)
        elif predicate == SAME_AS:
            same.add(subject)
        elif predicate in days:
            days[predicate].add(value)
    first, last = days.values()
    places = things.pop(f"<{iris.term('Place')}>")
    return Facts(
        triples=len(lines) - 1,
        subjects=len(subjects),
        objects=len(objects),
        entities=sum(subject.startswith(f"<{iris.base}") for subject in subjects),
        classes=dict(classes),
        properties=dict(properties),
        examples={cls: min(found) for cls, found in things.items() if found},
        places=sorted(places & same),
        first_day=min(first, default=""),
        last_day=max(last, default=""),
    )


@dataclass(slots=True)
class Totals:
    """The sum of the facts of all graphs. A chosen value is kept with the graph that it was found in."""

    triples: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    properties: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    chosen: dict[str, list[str]] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Return the totals as JSON, the same totals as the same bytes."""
        whole = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    def value(self, name: str) -> str:
        """Return a chosen value: the example of a class, by its IRI in brackets, first_day or last_day; else ""."""
        return self.chosen.get(name, [""])[0]


def read_totals(content: bytes) -> Totals:
    """Return the totals that ``to_json`` wrote."""
    whole = json.loads(content)
    return Totals(
        whole["triples"],
        Counter(whole["classes"]),
        Counter(whole["properties"]),
        whole["places"],
        whole["chosen"],
    )


AllFacts = Callable[[], Iterable[tuple[str, Facts]]]
"""Returns the facts of all graphs as they are after a change; asked only where what was chosen is gone."""


def sum_up(before: Totals, changes: Mapping[str, tuple[Facts | None, Facts | None]], everything: AllFacts) -> Totals:
    """Return the totals after some graphs changed, each given by its facts before and after, None for no graph."""
    after = Totals(before.triples, Counter(before.classes), Counter(before.properties), dict(before.places))
    for iri, (old, new) in changes.items():
        for facts, add in ((old, -1), (new, 1)):
            if facts is not None:
                after.triples += add * facts.triples
                _add(after.classes, facts.classes, add)
                _add(after.properties, facts.properties, add)
        after.places.pop(iri, None)
        if new is not None and new.places:
            after.places[iri] = new.places
    after.chosen = _choose(before.chosen, changes, everything)
    return after


def _add(counts: Counter[str], more: Mapping[str, int], times: int) -> None:
    for name, number in more.items():
        counts[name] += times * number
        if not counts[name]:
            del counts[name]


def _choose(
    before: Mapping[str, list[str]], changes: Mapping[str, tuple[Facts | None, Facts | None]], everything: AllFacts
) -> dict[str, list[str]]:
    """Return the first example of each class, and the outermost days, each with its graph.

    What was found in a graph that changed is looked for again; in all graphs where that one no longer has it.
    """
    chosen = {name: found for name, found in before.items() if found[1] not in changes}
    lost = before.keys() - chosen.keys()
    new = {iri: facts for iri, (_, facts) in changes.items() if facts is not None}
    _offer(chosen, new.items())
    if any(chosen.get(name) != before[name] and _is_worse(name, chosen.get(name), before[name]) for name in lost):
        chosen = {}
        _offer(chosen, everything())
    return chosen


def _offer(chosen: dict[str, list[str]], graphs: Iterable[tuple[str, Facts]]) -> None:
    for iri, facts in graphs:
        offered = facts.examples | {"first_day": facts.first_day, "last_day": facts.last_day}
        for name, value in offered.items():
            if value and (name not in chosen or _is_better(name, value, chosen[name][0])):
                chosen[name] = [value, iri]


def _is_better(name: str, value: str, other: str) -> bool:
    return value > other if name == "last_day" else value < other


def _is_worse(name: str, now: list[str] | None, before: list[str]) -> bool:
    return now is None or _is_better(name, before[0], now[0])
