"""What reconciliation names: types, properties and entities, by their identifiers."""

from __future__ import annotations

from dataclasses import dataclass

from kg.catalogue.fields import ENTITY_PATH as ENTITIES
from kg.catalogue.finding import names
from kg.catalogue.finding.names import Entity
from kg.web.data.context import Context

__all__ = ["ENTITIES", "Named", "entities", "entity", "type_name", "type_of", "types"]


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


def types(context: Context) -> dict[str, Named]:
    """Return the classes that entities of this release are of, in the order of their names."""
    return {name: type_of(context, name) for name in names.used_types(context.catalogue)}


def type_of(context: Context, name: str) -> Named:
    """Return a class of the ontology by its identifier."""
    cls = context.catalogue.classes[name]
    return Named(name, cls["label"], cls["definition"])


def type_name(context: Context, given: str) -> str:
    """Return the identifier of a type, which may be given as the whole IRI of its class."""
    return given.removeprefix(context.iris.term(""))


def entity(context: Context, identifier: str) -> Entity | None:
    """Return an entity of this release, or None."""
    return entities(context, [identifier]).get(identifier)


def entities(context: Context, identifiers: list[str]) -> dict[str, Entity]:
    """Return those of some entities that this release has, by identifier."""
    return names.entities(context.catalogue, identifiers)
