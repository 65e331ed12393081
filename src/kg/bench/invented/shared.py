"""What all articles speak of: actors, places, topics and issues, drawn by Zipf's law."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.bench.invented.names import Names
from kg.bench.invented.turtle import write

PARTIES, PLACES, TOPICS, ISSUES = 400, 300, 600, 20
"""Shared records, whatever the number of articles."""
ZIPF = 1.1
"""Exponent of Zipf's law by which shared records are drawn."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The keys of shared records, the most popular first."""

    keys: tuple[str, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, keys: list[str]) -> Pool:
        """Return a pool whose n-th key is drawn with a weight of 1/n to the power of ZIPF."""
        return cls(tuple(keys), tuple(1 / (rank**ZIPF) for rank in range(1, len(keys) + 1)))

    def draw(self, rng: random.Random, count: int = 1) -> list[str]:
        """Return that many different keys."""
        found: dict[str, None] = {}
        while len(found) < count:
            found[rng.choices(self.keys, self.weights)[0]] = None
        return list(found)


@dataclass(frozen=True, slots=True)
class Shared:
    """Pools of all shared records, and the label of each."""

    parties: Pool
    places: Pool
    topics: Pool
    issues: Pool
    labels: dict[str, str]


def write_shared(folder: Path, names: Names) -> Shared:
    """Write the shared records into a folder, and return their pools."""
    folder.mkdir(parents=True)
    kinds = ("State", "Organisation", "Person", "Group")
    parties = {f"party-{n}": (kinds[n % 4], names.party(kinds[n % 4])) for n in range(PARTIES)}
    places = {f"place-{n}": ("Place", names.place()) for n in range(PLACES)}
    issues = {f"issue-{n}": ("Issue", names.topic()) for n in range(ISSUES)}
    topics = {f"topic-{n}": ("Topic", names.topic()) for n in range(TOPICS)}
    editors = {"attested-editors": ("Group", "encoders of the benchmark")}
    for name, records in (("actors", parties | editors), ("places", places), ("issues", issues)):
        write(folder / f"{name}.ttl", (_record(key, *record) for key, record in records.items()))
    write(folder / "topics.ttl", _topics(topics))
    labels = {key: label for records in (parties, places, topics, issues) for key, (_, label) in records.items()}
    return Shared(Pool.of(list(parties)), Pool.of(list(places)), Pool.of(list(topics)), Pool.of(list(issues)), labels)


def _record(key: str, kind: str, label: str) -> str:
    text = f'id:{key} a att:{kind} ;\n  rdfs:label "{label}"@en , "{label}"@de'
    if kind == "Issue":
        text += f' ;\n  skos:prefLabel "{label}"@en , "{label}"@de ;\n  skos:definition "Dispute over {label}."@en'
    return text + " .\n"


def _topics(topics: dict[str, tuple[str, str]]) -> Iterator[str]:
    yield (
        "code:topic a skos:ConceptScheme ;\n"
        '  rdfs:label "Topics"@en , "Themen"@de ;\n  skos:prefLabel "Topics"@en , "Themen"@de ;\n'
        '  skos:definition "Topics of the benchmark."@en .\n'
    )
    for number, (key, (kind, label)) in enumerate(topics.items()):
        above = "skos:topConceptOf code:topic" if number < 12 else f"skos:broader id:topic-{number % 12}"
        yield (
            f'id:{key} a att:{kind} ;\n  rdfs:label "{label}"@en , "{label}"@de ;\n'
            f"  skos:inScheme code:topic ;\n  {above} .\n"
        )
