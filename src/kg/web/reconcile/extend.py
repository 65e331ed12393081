"""Data extension (Reconciliation Service API 0.2): values of properties for entities that are known by identifier.

What is said of an entity is given with who says it, how surely, and the passage that bears it out: never bare.
"""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import BadRequest

from kg.catalogue.fields import STATEMENT
from kg.catalogue.finding.names import Entity
from kg.catalogue.sets import Records
from kg.catalogue.view import View
from kg.web.data.context import Context
from kg.web.data.resources import Resource
from kg.web.reconcile import authority
from kg.web.reconcile.authority import ENTITIES, Named, type_name, type_of, types
from kg.web.words.citations import english, evidence

MOST_IDS = 50
MOST_PROPERTIES = 20
MOST_VALUES = 1000
MOST_STATEMENTS = 2000
"""Statements that are read for one request."""
ACTOR, ENTITY = "Actor", "Entity"

PROPERTIES = {
    each.id: each
    for each in (
        Named("name", "name", "The name in the authority file."),
        Named("alternativeName", "alternative name", "Other names that articles use."),
        Named("type", "type", "The classes it is of, the most special first."),
        Named("note", "note", "What the record says besides names."),
        Named("sameAs", "same as", "IRI of the same thing elsewhere, such as its Wikidata item."),
        Named("actsFor", "acts for", "The state or organisation for which it speaks or acts."),
        Named("iri", "IRI", "Its IRI here."),
        Named("statementsBy", "what it says", "Statements whose claimant it is, each with its evidence."),
        Named("statementsAbout", "what others say of it", "Statements of other claimants, each with its evidence."),
    )
}
STATEMENTS = ("statementsBy", "statementsAbout")
ACTORS = ("actsFor", "statementsBy")
"""Properties that only actors have."""

Said = dict[str, dict[str, list[Resource]]]
"""Identifier of an entity → property of STATEMENTS → statements."""

SETTINGS: list[dict[str, Any]] = [
    {
        "name": "limit",
        "label": "Limit",
        "type": "number",
        "default": 0,
        "help_text": "Most values a row; 0 for all of them",
    },
    {
        "name": "content",
        "label": "Statements as",
        "type": "select",
        "default": "evidence",
        "help_text": "What is given of a statement",
        "choices": [
            {"value": "evidence", "name": "words, claimant and passage"},
            {"value": "label", "name": "words only"},
            {"value": "iri", "name": "IRI"},
        ],
    },
]


def propose(context: Context, type_: str | None, limit: int | None) -> dict[str, Any]:
    """Return the properties that entities of a type have, None for any type."""
    known = types(context)
    type_ = type_name(context, type_ or "")
    if type_ and type_ not in known:
        raise BadRequest(f"There is no type {type_[:80]}. There are {', '.join(known)}.")
    offered = [p for p in PROPERTIES.values() if not type_ or _is_of_actors(context, type_) or p.id not in ACTORS]
    listed = [each.to_json(described=True) for each in offered[: limit or None]]
    return {"properties": listed} | ({"type": type_} if type_ else {}) | ({"limit": limit} if limit else {})


def _is_of_actors(context: Context, name: str) -> bool:
    """Return whether a class is that of actors, lies below it, or above but is not that of all entities."""
    classes = context.catalogue.classes
    below = any(ACTOR in cls["above"] and name in (one, *cls["above"]) for one, cls in classes.items())
    return name != ENTITY and (name == ACTOR or below)


def extend(context: Context, ids: list[str], properties: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the values of the properties for each identifier, once; an unknown one has none. Raises BadRequest."""
    if len(ids) > MOST_IDS:
        raise BadRequest(f"These are {len(ids)} ids; at most {MOST_IDS} are extended at once. Send the rest after.")
    if len(properties) > MOST_PROPERTIES:
        raise BadRequest(f"These are {len(properties)} properties; at most {MOST_PROPERTIES} are given at once.")
    for each in properties:
        if each["id"] not in PROPERTIES:
            raise BadRequest(f"There is no property {each['id'][:80]}. There are {', '.join(PROPERTIES)}.")
    if len({each["id"] for each in properties}) < len(properties):
        raise BadRequest("A property is named twice. Name each once; a row has its values under its name.")
    meta = [_meta(context, PROPERTIES[each["id"]]) for each in properties]
    known = authority.entities(context, ids)
    acted_for = authority.entities(
        context, [other for entity in known.values() for other in entity.properties["actsFor"]]
    )
    said_of = (
        said(context, list(known.values())) if known and any(each["id"] in STATEMENTS for each in properties) else {}
    )
    rows = {each: _row(context, known.get(each), said_of, acted_for, properties) for each in dict.fromkeys(ids)}
    return {"meta": meta, "rows": rows}


def _meta(context: Context, one: Named) -> dict[str, Any]:
    kind = type_of(context, ACTOR) if one.id == "actsFor" and ACTOR in context.catalogue.classes else None
    return one.to_json() | ({"type": kind.to_json()} if kind else {})


def _row(
    context: Context, entity: Entity | None, found: Said, acted_for: dict[str, Entity], properties: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    if entity is None:
        return {each["id"]: [] for each in properties}
    row = {}
    for each in properties:
        limit, content = _settings(each.get("settings") or {})
        if each["id"] in STATEMENTS:
            values = [{"str": _write(statement, content)} for statement in found[entity.id][each["id"]]]
        else:
            values = _values(context, entity, each["id"], acted_for)
        row[each["id"]] = values[: limit or MOST_VALUES]
    return row


def _settings(given: dict[str, Any]) -> tuple[int, str]:
    """Return the limit, which some clients send as text, and the content; raises BadRequest."""
    content = given.get("content", "evidence")
    if content not in ("evidence", "label", "iri"):
        raise BadRequest("The setting content is one of evidence, label, iri.")
    try:
        limit = int(given.get("limit") or 0)
    except (TypeError, ValueError, OverflowError):
        limit = -1
    if limit < 0:
        raise BadRequest("The setting limit is a whole number, 0 for all values.")
    return limit, content


def _values(context: Context, entity: Entity, pid: str, acted_for: dict[str, Entity]) -> list[dict[str, Any]]:
    if pid == "iri":
        return [{"str": context.iris.base + ENTITIES + entity.id}]
    values = entity.properties[pid]
    if pid == "actsFor":
        return [{"id": v, "name": acted_for[v].name} if v in acted_for else {"str": v} for v in values]
    return [{"str": type_of(context, value).name if pid == "type" else value} for value in values]


def said(context: Context, entities: list[Entity], most: int = MOST_STATEMENTS) -> Said:
    """Return statements of each entity and those of others about it, by identifier: all by one query, whose seconds
    count for the client. There are ``most`` at most, of each kind and entity equally many."""
    view, base = context.catalogue, context.iris.base
    each_most = most // (2 * len(entities))
    wanted: list[int] = []
    for each in entities:
        wanted += [record for found in _said_with(view, each) for record in found[:each_most]]
    found = context.ask_resources("said", {"x": [base + path for path in view.paths(dict.fromkeys(wanted))]})
    statements = found.of_type("att:Statement")
    return {each.id: _about(found.get(base + ENTITIES + each.id), statements, each_most) for each in entities}


def count_said(context: Context, entity: Entity) -> dict[str, int]:
    """Return how many statements there are of each property of STATEMENTS."""
    return dict(zip(STATEMENTS, map(len, _said_with(context.catalogue, entity)), strict=True))


def _said_with(view: View, entity: Entity) -> tuple[Records, Records]:
    """Return the statements that an entity makes, and those of others that lead to it."""
    claimed, linked = view.set(STATEMENT, "claimant", entity.id), view.set(STATEMENT, "to", entity.id)
    return claimed, linked - claimed


def _about(thing: Resource, statements: list[Resource], most: int) -> dict[str, list[Resource]]:
    about = [statement for statement in statements if statement.leads_to(thing)]
    by = [statement for statement in about if thing in statement.links("att:claimant")]
    others = [statement for statement in about if statement not in by]
    return {"statementsBy": by[:most], "statementsAbout": others[:most]}


def _write(statement: Resource, content: str) -> str:
    if content == "iri":
        return statement.iri
    return english(statement) if content == "label" else f"{english(statement)} [{evidence(statement)}]"
