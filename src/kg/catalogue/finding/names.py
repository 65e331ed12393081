"""Names → the entities that they may mean, each with a score: what reconciliation and its suggestions rest on.

Names are compared folded (kg.names). Which are compared is decided by the runs of three letters that they share with
the one sought, so that slips do no harm. The work for one name is bounded, whatever is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyroaring import BitMap
from rapidfuzz import fuzz

from kg.catalogue import fields
from kg.catalogue.schema import HOLDS
from kg.catalogue.things import Thing
from kg.catalogue.view import View
from kg.catalogue.words import LONGEST_WORD, stem
from kg.names import fold, plain

EXACT = 100.0
EXACT_ALTERNATIVE = 95.0
"""Score of a name that is another name of the entity: a capital's name may stand for a government, or for the city."""
LIKENESS = 90.0
"""Score to which the likeness of names that differ is scaled."""
LEAST = 40.0
"""Least score that makes a candidate."""
LOOKED_AT = 50
"""Entities whose names are compared in full: those that share most, and all of just that name up to MOST_SAME."""
MOST_SAME = 100
MOST_TYPED = 1000
"""Entities that share letters, among which those of the types that are required are sought."""
OTHER_TYPE = 0.6
"""What the score is multiplied by where another type was wished for, and not required."""
NAME_SHARE = 0.7
"""Share of the name in the score where properties are given, too."""
COMPARED = 100
"""Characters of a folded name that are compared."""
MOST_RUNS = 10
"""Runs of three letters of a name that are looked for: the rarest."""
MOST_STARTING = 500
"""Names that begin with a prefix, or have a word that does, among which the completions are."""
IRI = "iri"
"""The property that names one entity and no other, by its IRI or identifier, whatever name is given with it."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What is known of an entity by which it can be identified; ``types`` with the most special first."""

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


def entities(view: View, identifiers: Sequence[str]) -> dict[str, Entity]:
    """Return those of some entities that the release has, by identifier."""
    found = view.named(fields.ENTITY_PATH + each for each in identifiers)
    made = (to_entity(view, thing) for thing in found.values() if "class" in thing.facets)
    return {entity.id: entity for entity in made}


def to_entity(view: View, thing: Thing) -> Entity:
    """Return a thing as reconciliation knows it."""
    depths = {name: cls["depth"] for name, cls in view.classes.items()}
    types = sorted((name for name in thing.facets["class"] if name in depths), key=lambda name: (-depths[name], name))
    name = thing.labels[0][0]
    identifier = thing.path.removeprefix(fields.ENTITY_PATH)
    alternatives = tuple(text for text, _ in (*thing.labels[1:], *thing.others) if text != name)
    properties = {
        "name": (name,),
        "alternativeName": alternatives,
        "type": tuple(types),
        "note": tuple(thing.more.get("note", ())),
        "sameAs": tuple(thing.more.get("sameAs", ())),
        "actsFor": tuple(thing.more.get("actsFor", ())),
    }
    return Entity(identifier, name, alternatives, tuple(types), thing.note, properties)


def find(view: View, wanted: Wanted, base_iri: str) -> list[Candidate]:
    """Return the candidates, the best first, equals in the order of their identifiers."""
    found = [_judge(entity, wanted, base_iri) for entity in _likely(view, wanted, base_iri)]
    kept = [candidate for candidate in found if candidate is not None and candidate.score >= LEAST]
    return sorted(kept, key=lambda candidate: (-candidate.score, candidate.entity.id))


def starting(view: View, prefix: str, types: Sequence[str] = (), limit: int = 20, offset: int = 0) -> list[Entity]:
    """Return entities with a word that begins so in a name; names that begin so and short ones first."""
    sought = fold(prefix)[:COMPARED]
    if not sought:
        return []
    first = rows_of_names(
        view, "names.folded >= :sought AND names.folded < :end ORDER BY folded", sought, MOST_STARTING
    )
    words = [word[:LONGEST_WORD] for word in plain(sought).split()]
    match = " AND ".join(f'"{word}"*' if word is words[-1] else f'"{word}"' for word in words)
    inside = "thing IN (SELECT rowid FROM words WHERE words MATCH :match LIMIT :limit)"
    ranked: dict[int, tuple[int, int, str]] = {}
    for record, name in [*first, *rows_of_names(view, inside, sought, MOST_STARTING, match=match)]:
        rank = _prefix_rank(name, sought)
        if rank < _NO_RANK:
            ranked[record] = min(ranked.get(record, (_NO_RANK, 0, "")), (rank, len(name), name))
    fitting = _of_types(view, ranked, types)
    ordered = sorted(fitting, key=lambda record: (ranked[record], record))[offset : offset + limit]
    found = view.things(ordered)
    return [to_entity(view, found[record]) for record in ordered if record in found]


def _of_types(view: View, records: Iterable[int], types: Sequence[str]) -> list[int]:
    """Return those of some records that can be reconciled with, and are of one of the types if there are any."""
    held = BitMap(records)
    wanted = types or [name.partition(":")[2] for name in fields.RECONCILED]
    groups = range(len(fields.GROUPS))
    fitting = BitMap.union(*[view.set(group, "class", name) & held for group in groups for name in wanted])
    return [record for record in records if record in fitting]


def used_types(view: View) -> list[str]:
    """Return the names of the classes that entities are of, in the order of their labels."""
    rows = view.ask(f"SELECT DISTINCT value FROM sets WHERE name = 'class' AND {HOLDS}")
    used = {row["value"] for row in rows} & view.classes.keys()
    return sorted(used, key=lambda name: view.classes[name]["label"])


def certain(found: Sequence[Candidate], wanted: Wanted) -> Candidate | None:
    """Return the candidate that may be taken unseen: the only one of the exact name, type and properties.

    Another name alone is not enough, since in a column of cities a capital is no government; with the entity's own
    type, or a property, it is. A property that the entity has no value of says nothing.
    """
    sure = [each for each in found if _is_sure(each, wanted)]
    return sure[0] if len(sure) == 1 and sure[0] is found[0] else None


def rows_of_names(view: View, where: str, sought: str, limit: int, match: str = "") -> list[tuple[int, str]]:
    """Return the records and folded names that a condition picks, in no order but the one that it gives."""
    rows = view.ask(
        f"SELECT record, folded FROM names WHERE since <= :n AND until > :n AND {where} LIMIT :limit",
        sought=sought,
        end=sought + "\U0010ffff",
        match=match,
        limit=limit,
    )
    return [(row["record"], row["folded"]) for row in rows]


def _likely(view: View, wanted: Wanted, base_iri: str) -> list[Entity]:
    sought = fold(wanted.name)[:COMPARED]
    records = _called(view, wanted, base_iri)
    if sought:
        records += [record for record, _ in rows_of_names(view, "names.folded = :sought", sought, MOST_SAME)]
        required = wanted.types if wanted.strict != "should" else ()
        sharing = records_sharing(view, sought, MOST_TYPED if required else LOOKED_AT)
        for each in [[name] for name in required] if wanted.strict == "all" else [required]:
            sharing = _of_types(view, sharing, each)
        records += sharing[:LOOKED_AT]
    elif wanted.properties:
        records += _having(view, wanted)
    things = view.things(dict.fromkeys(records))
    made = [
        to_entity(view, things[record])
        for record in dict.fromkeys(records)
        if record in things and "class" in things[record].facets
    ]
    fitting = [entity for entity in made if _may_be(entity, wanted)]
    same = [entity for entity in fitting if sought and sought in _names(entity)]
    return list({entity.id: entity for entity in [*same, *fitting[: max(LOOKED_AT, len(same))]]}.values())


def _called(view: View, wanted: Wanted, base_iri: str) -> list[int]:
    """Return the records that the property IRI names."""
    values = [value.removeprefix(base_iri + fields.ENTITY_PATH) for value in dict(wanted.properties).get(IRI, ())]
    found = (view.record(fields.ENTITY_PATH + value) for value in values)
    return [record for record in found if record is not None]


def _having(view: View, wanted: Wanted) -> list[int]:
    """Return entities with some value of the properties, where no name is given, up to LOOKED_AT for each value."""
    found: list[int] = []
    for pid, values in wanted.properties:
        for value in values:
            if pid in ("name", "alternativeName"):
                found += [
                    r for r, _ in rows_of_names(view, "names.folded = :sought", fold(value)[:COMPARED], MOST_SAME)
                ]
            elif pid != IRI:
                name = "class" if pid == "type" else "key"
                wanted_value = value if pid == "type" else fields.key_of(pid, value)
                for group in range(len(fields.GROUPS)):
                    found += view.set(group, name, wanted_value)[:LOOKED_AT]
    return found


def records_sharing(view: View, sought: str, limit: int) -> list[int]:
    """Return the records whose names share most runs of three letters with a name."""
    padded = f"  {sought} "
    runs = list(dict.fromkeys(padded[at : at + 3] for at in range(len(padded) - 2)))
    rarest = view.ask(
        "SELECT term FROM runs WHERE term IN (SELECT value FROM json_each(:runs)) ORDER BY doc, term LIMIT :most",
        runs=json.dumps(runs),
        most=MOST_RUNS,
    )
    if not rarest:
        return []
    rows = view.ask(
        "SELECT record FROM (SELECT rowid AS r, rank AS k FROM trigrams WHERE trigrams MATCH :match ORDER BY rank"
        " LIMIT :limit) JOIN names ON names.id = r WHERE since <= :n AND until > :n ORDER BY k, record",
        match=" OR ".join(f'"{row["term"]}"' for row in rarest),
        limit=2 * limit,
    )
    return list(dict.fromkeys(row["record"] for row in rows))[:limit]


def _judge(entity: Entity, wanted: Wanted, base_iri: str) -> Candidate | None:
    """Return the entity as a candidate; None where it is not of a type that is required."""
    if not _may_be(entity, wanted):
        return None
    features: dict[str, float | bool] = {}
    score = None
    sought = fold(wanted.name)[:COMPARED]
    if sought:
        score = features["name"] = _name_score(entity, sought)
        features["name_exact"] = score >= EXACT_ALTERNATIVE
    known = {pid: _share(entity, pid, values, base_iri) for pid, values in wanted.properties}
    shares = {pid: share for pid, share in known.items() if share is not None}
    if shares:
        features |= {f"property_{pid}": share for pid, share in shares.items()}
        had = EXACT * sum(shares.values()) / len(shares)
        score = had if score is None else NAME_SHARE * score + (1 - NAME_SHARE) * had
        score = EXACT if shares.get(IRI) == 1.0 else score
    if wanted.types:
        features["type"] = of_type = _is_of(entity, wanted)
        score = (score or 0.0) * (1.0 if of_type else OTHER_TYPE)
    return Candidate(entity, round(score or 0.0, 2), features)


def _is_sure(candidate: Candidate, wanted: Wanted) -> bool:
    features = candidate.features
    if features.get(f"property_{IRI}") == 1.0:
        return bool(features.get("type", True))
    shares = {name: value for name, value in features.items() if name.startswith("property_")}
    exact = bool(features.get("name_exact", not fold(wanted.name)))
    special = candidate.entity.types[:1]
    own = features.get("name") == EXACT or (bool(special) and special[0] in wanted.types)
    told = own or any(name != "property_name" for name in shares)
    return exact and told and all(value == 1.0 for value in shares.values()) and bool(features.get("type", True))


def _names(entity: Entity) -> list[str]:
    return [fold(name)[:COMPARED] for name in (entity.name, *entity.alternatives)]


def _name_score(entity: Entity, sought: str) -> float:
    name, *alternatives = _names(entity)
    if sought == name:
        return EXACT
    if sought in alternatives:
        return EXACT_ALTERNATIVE
    return round(LIKENESS * max(_likeness(sought, each) for each in (name, *alternatives)), 2)


def _likeness(one: str, other: str) -> float:
    """Return how alike two folded names are, from 0 to 1: by their letters, or by the words they share."""
    words, others = set(map(stem, one.split())), set(map(stem, other.split()))
    shared = 2 * len(words & others) / max(1, len(words) + len(others))
    return max(shared, fuzz.ratio(one, other) / 100)


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


def _share(entity: Entity, pid: str, values: tuple[str, ...], base_iri: str) -> float | None:
    """Return which share of the values the entity has, None where it has no value of the property at all; an IRI is
    also known by its last part, as in Q159."""
    if pid == IRI:
        return sum(value in (entity.id, base_iri + fields.ENTITY_PATH + entity.id) for value in values) / len(values)
    held = entity.properties.get(pid, ())
    if not held or not values:
        return None
    had = {fold(form) for value in held for form in (value, value.rstrip("/").split("/")[-1])}
    return sum(fold(value) in had for value in values) / len(values)
