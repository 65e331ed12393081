"""The entities of a release as reconciliation knows them: their names, types and properties."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kg.web import access
from kg.web.candidates import Candidates, Entity
from kg.web.citations import english, english_text
from kg.web.resources import Resource

ENTITIES = "id/"
"""Path below which entities stand: an identifier is what follows it, as in ``russia``."""


@dataclass(frozen=True, slots=True)
class Named:
    """A type or a property: its identifier, name and description."""

    id: str
    name: str
    description: str = ""

    def to_json(self, *, described: bool = False) -> dict[str, str]:
        """Return it as the API writes it."""
        whole = {"id": self.id, "name": self.name}
        return whole | ({"description": self.description} if described and self.description else {})


@dataclass(frozen=True, slots=True)
class Authority:
    """All entities of a release with the classes that they are of, by their identifiers."""

    candidates: Candidates
    types: dict[str, Named]


def authority() -> Authority:
    """Return the entities of this request's release."""
    return _authority(access.release().manifest.id)


def type_name(given: str) -> str:
    """Return the identifier of a type, which may be given as the whole IRI of its class."""
    return given.removeprefix(access.iris().term(""))


@lru_cache(maxsize=4)  # a release never changes
def _authority(_: str) -> Authority:
    found = access.ask_resources("reconcile")
    classes = {cls.iri: _depth(cls) for cls in found.of_type("owl:Class")}
    start = access.iris().base + ENTITIES
    things = [r for r in found if r.iri.startswith(start) and r.is_described and r.links("rdf:type")]
    candidates = Candidates(_entity(thing, start, classes) for thing in things)
    used = {name for entity in candidates.entities.values() for name in entity.types}
    types = [
        Named(cls.key, english(cls), english_text(cls, "skos:definition"))
        for cls in found.of_type("owl:Class")
        if cls.key in used
    ]
    return Authority(candidates, {each.id: each for each in sorted(types, key=lambda each: each.name)})


def _depth(cls: Resource, below: frozenset[str] = frozenset()) -> int:
    """Return how many classes stand above a class, of those in a circle each once."""
    below |= {cls.iri}
    above = [each for each in cls.links("rdfs:subClassOf") if each.iri not in below]
    return 1 + max(_depth(each, below) for each in above) if above else 0


def _entity(thing: Resource, start: str, classes: dict[str, int]) -> Entity:
    types = sorted((t for t in thing.links("rdf:type") if t.iri in classes), key=lambda t: (-classes[t.iri], t.key))
    return Entity(
        id=thing.iri.removeprefix(start),
        name=english(thing),
        alternatives=tuple(sorted(value.text for value in thing.values("skos:altLabel"))),
        types=tuple(t.key for t in types),
        description=english_text(thing, "skos:definition") or english_text(thing, "rdfs:comment"),
        properties={
            "iri": (thing.iri,),
            "name": (english(thing),),
            "alternativeName": tuple(sorted(value.text for value in thing.values("skos:altLabel"))),
            "type": tuple(t.key for t in types),
            "note": tuple(v.text for v in thing.values("skos:definition") + thing.values("rdfs:comment")),
            "sameAs": tuple(sorted(other.iri for other in thing.links("schema:sameAs"))),
            "actsFor": tuple(other.iri.removeprefix(start) for other in thing.links("att:actsFor")),
        },
    )
