"""Names → the entities that they may mean, each with a score: what reconciliation and its suggestions rest on.

Names are compared folded (kg.names). Which are looked at is told by the runs of three letters that they share with the
one sought, so that slips do no harm.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from kg.names import fold

EXACT = 100.0
EXACT_ALTERNATIVE = 95.0
"""Score of a name that is another name of the entity: a capital's name may stand for a government, or for the city."""
LIKENESS = 90.0
"""Score to which the likeness of names that differ is scaled."""
LEAST = 40.0
"""Least score that makes a candidate."""
LOOKED_AT = 50
"""Entities whose names are compared in full: those that share most, and all of just that name."""
OTHER_TYPE = 0.6
"""What the score is multiplied by where another type was wished for, and not required."""
NAME_SHARE = 0.7
"""Share of the name in the score where properties are given, too."""
IRI = "iri"
"""The property that names one entity and no other, by its IRI or identifier, whatever name is given beside it."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What is known of an entity by which it can be told; ``types`` with the most special first."""

    id: str
    name: str
    alternatives: tuple[str, ...]
    types: tuple[str, ...]
    description: str
    properties: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One question: the entities of a name, of types, and with values of properties.

    ``strict`` is how types count where there are several: *any* or *all* of them are required, or *should* be.
    """

    name: str = ""
    types: tuple[str, ...] = ()
    strict: str = "any"
    properties: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity with its score from 0 to 100, and what made it."""

    entity: Entity
    score: float
    features: Mapping[str, float | bool] = field(default_factory=dict)


class Candidates:
    """The entities of a release by the three-letter runs of their names."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        """Index the entities."""
        self.entities = {entity.id: entity for entity in sorted(entities, key=lambda e: e.id)}
        self._names = {e.id: [fold(name) for name in (e.name, *e.alternatives)] for e in self.entities.values()}
        self._called = {form: e.id for e in self.entities.values() for form in (e.id, *e.properties.get(IRI, ()))}
        self._having: dict[str, set[str]] = defaultdict(set)
        for identifier, names in self._names.items():
            for run in set().union(*map(_runs, names)):
                self._having[run].add(identifier)

    def find(self, wanted: Wanted) -> list[Candidate]:
        """Return the candidates, the best first, equals in the order of their identifiers."""
        found = [self._judge(entity, wanted) for entity in self._likely(wanted)]
        kept = [candidate for candidate in found if candidate is not None and candidate.score >= LEAST]
        return sorted(kept, key=lambda candidate: (-candidate.score, candidate.entity.id))

    def starting(self, prefix: str, types: Sequence[str] = ()) -> list[Entity]:
        """Return the entities with a word that begins so in a name; names that begin so and short ones first."""
        sought = fold(prefix)
        ranked = []
        for identifier, names in self._names.items():
            rank, length = min((_prefix_rank(name, sought), len(name)) for name in names)
            if rank < _NO_RANK and (not types or set(types) & set(self.entities[identifier].types)):
                ranked.append((rank, length, identifier))
        return [self.entities[identifier] for _, _, identifier in sorted(ranked)]

    def _likely(self, wanted: Wanted) -> list[Entity]:
        sought = fold(wanted.name)
        if not sought:
            return list(self.entities.values()) if wanted.properties else []
        called = {self._called[value] for value in dict(wanted.properties).get(IRI, ()) if value in self._called}
        shared = Counter(identifier for run in _runs(sought) for identifier in self._having.get(run, ()))
        fitting = [identifier for identifier in shared if _may_be(self.entities[identifier], wanted)]
        exact = [identifier for identifier in fitting if sought in self._names[identifier]]

        def distance(identifier: str) -> tuple[bool, int, int, str]:
            names = self._names[identifier]
            longer = min(abs(len(name) - len(sought)) for name in names)
            return sought not in names, -shared[identifier], longer, identifier

        kept = sorted(fitting, key=distance)[: max(LOOKED_AT, len(exact))]
        return [self.entities[identifier] for identifier in sorted({*kept, *called})]

    def _judge(self, entity: Entity, wanted: Wanted) -> Candidate | None:
        """Return the entity as a candidate; None where it is not of a type that is required."""
        if not _may_be(entity, wanted):
            return None
        of_type = _is_of(entity, wanted)
        features: dict[str, float | bool] = {}
        score = None
        sought = fold(wanted.name)
        if sought:
            score = features["name"] = self._name_score(entity, sought)
            features["name_exact"] = score >= EXACT_ALTERNATIVE
        if wanted.properties:
            shares = {pid: _share(entity, pid, values) for pid, values in wanted.properties}
            features |= {f"property_{pid}": share for pid, share in shares.items()}
            had = EXACT * sum(shares.values()) / len(shares)
            score = had if score is None else NAME_SHARE * score + (1 - NAME_SHARE) * had
            score = EXACT if shares.get(IRI) == 1.0 else score
        if wanted.types:
            features["type"] = of_type
            score = (score or 0.0) * (1.0 if of_type else OTHER_TYPE)
        return Candidate(entity, round(score or 0.0, 2), features)

    def _name_score(self, entity: Entity, sought: str) -> float:
        name, *alternatives = self._names[entity.id]
        if sought == name:
            return EXACT
        if sought in alternatives:
            return EXACT_ALTERNATIVE
        return round(LIKENESS * max(_likeness(sought, each) for each in (name, *alternatives)), 2)


def certain(found: Sequence[Candidate], wanted: Wanted) -> Candidate | None:
    """Return the candidate that may be taken unseen: the only one of the exact name, type and properties.

    Another name alone is not enough, since in a column of cities a capital is no government; with the entity's own
    type, or a property, it is.
    """
    sure = [each for each in found if _is_sure(each, wanted)]
    return sure[0] if len(sure) == 1 and sure[0] is found[0] else None


def _is_sure(candidate: Candidate, wanted: Wanted) -> bool:
    features = candidate.features
    if features.get(f"property_{IRI}") == 1.0:
        return bool(features.get("type", True))
    exact = bool(features.get("name_exact", not fold(wanted.name)))
    own = features.get("name", EXACT) == EXACT or candidate.entity.types[0] in wanted.types
    told = own or any(pid != "name" for pid, _ in wanted.properties)
    all_had = all(features[f"property_{pid}"] == 1.0 for pid, _ in wanted.properties)
    return exact and told and all_had and bool(features.get("type", True))


def _runs(name: str) -> set[str]:
    padded = f"  {name} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _likeness(one: str, other: str) -> float:
    """Return how alike two folded names are, from 0 to 1: by their letters, or by the words they share."""
    words, others = set(one.split()), set(other.split())
    shared = 2 * len(words & others) / (len(words) + len(others))
    return max(shared, SequenceMatcher(None, one, other, autojunk=False).ratio())


_NO_RANK = 3


def _prefix_rank(name: str, sought: str) -> int:
    if name.startswith(sought):
        return 0 if name == sought else 1
    return 2 if f" {sought}" in f" {name}" else _NO_RANK


def _may_be(entity: Entity, wanted: Wanted) -> bool:
    """Return False for an entity that is not of a type that is required."""
    return not wanted.types or wanted.strict == "should" or _is_of(entity, wanted)


def _is_of(entity: Entity, wanted: Wanted) -> bool:
    had = [each in entity.types for each in wanted.types]
    return all(had) if wanted.strict == "all" else any(had)


def _share(entity: Entity, pid: str, values: tuple[str, ...]) -> float:
    """Return which share of the values the entity has; an IRI is also known by its last part, as in Q159."""
    if pid == IRI:
        return sum(value in (entity.id, *entity.properties.get(IRI, ())) for value in values) / len(values)
    had = {fold(form) for value in entity.properties.get(pid, ()) for form in (value, value.rstrip("/").split("/")[-1])}
    return sum(fold(value) in had for value in values) / len(values) if values else 0.0
