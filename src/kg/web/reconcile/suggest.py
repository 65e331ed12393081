"""Reconciliation Service API 0.2: completions as somebody types, what to show of one, and the preview of an entity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, Gone, NotFound

from kg.catalogue.finding.names import Entity, starting
from kg.names import fold
from kg.web.data.context import Context
from kg.web.documents.document import refuse
from kg.web.http.policy import API, Routes
from kg.web.protocol.sparql import require_utf8
from kg.web.reconcile import authority, extend
from kg.web.reconcile.authority import ENTITIES, Named, type_name, type_of, types
from kg.web.reconcile.service import MATCHED, refuse_jsonp, to_json
from kg.web.words.citations import evidence

blueprint = Routes("suggest", API)
blueprint.before(refuse_jsonp)

MOST = 20
"""Completions at once; ``cursor`` leads on."""
PREFIX_CHARACTERS = 200
"""Characters of a prefix that are looked at."""
MOST_TYPES = 20
PREVIEWED = 2
"""Statements of each kind that the preview of an entity shows."""

PREVIEW_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"
)
"""The one page that others may show in a frame."""


@blueprint.route("/reconcile/suggest/<any(entity,property,type):what>")
def suggest(context: Context, what: str) -> Response:
    """Complete the prefix of a name (§6)."""
    require_utf8(context)
    prefix, cursor = context.args.get("prefix", "")[:PREFIX_CHARACTERS], whole_number(context, "cursor", 0)
    if not prefix.strip():
        raise BadRequest("Give the parameter prefix: the beginning of a name.")
    limit = min(whole_number(context, "limit", MOST), MOST)
    if what == "entity":
        wanted = [type_name(context, each) for each in context.args.getlist("type")[:MOST_TYPES] if each]
        found = [_completion(context, each) for each in starting(context.catalogue, prefix, wanted, limit, cursor)]
    else:
        offered = {pid: extend.PROPERTIES[pid] for pid in MATCHED} if what == "property" else types(context)
        found = [each.to_json(described=True) for each in _completed(offered, prefix)][cursor : cursor + limit]
    return to_json({"result": found})


def _completion(context: Context, entity: Entity) -> dict[str, Any]:
    named = Named(entity.id, entity.name, entity.description).to_json(described=True)
    return named | {"notable": [type_of(context, name).to_json() for name in entity.types]}


@blueprint.route("/reconcile/flyout/<any(entity,property,type):what>")
def flyout(context: Context, what: str) -> Response:
    """Say in a few words what a completion is (§6.2)."""
    identifier = context.args.get("id", "")
    named: Any = authority.entity(context, identifier) if what == "entity" else _named(context, what).get(identifier)
    if named is None:
        raise NotFound(f"There is no {what} {identifier[:80]} here.")
    html = Markup('<p class="flyout"><strong>{}</strong> {}</p>').format(named.name, named.description)
    return to_json({"id": identifier, "html": str(html)})


@blueprint.route("/reconcile/properties")
def properties(context: Context) -> Response:
    """Propose properties of a type (§7)."""
    require_utf8(context)
    return to_json(extend.propose(context, context.args.get("type") or None, whole_number(context, "limit", 0) or None))


@blueprint.route("/reconcile/preview")
def preview(context: Context) -> Response:
    """Show an entity in a frame of another site (§5): without script, and also where there is nothing to show."""
    identifier = context.args.get("id", "")
    entity = authority.entity(context, identifier)
    status, had = 200, ""
    statements: dict[str, list[Any]] = {}
    counts: dict[str, int] = {}
    if entity is None:
        status, had = _missing(context, identifier)
    else:
        counts, statements = (
            extend.count_said(context, entity),
            extend.said(context, [entity], 2 * PREVIEWED)[entity.id],
        )
    page = context.render(
        "preview.html",
        entity=entity,
        types={name: type_of(context, name) for name in entity.types} if entity else {},
        statements=statements,
        counts=counts,
        missing=had,
        iri=context.iris.base + ENTITIES + identifier,
        root=context.root,
        evidence=evidence,
    )
    response = Response(page, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def whole_number(context: Context, name: str, default: int) -> int:
    """Return a parameter as a whole number, 0 or more; raises BadRequest."""
    text = context.args.get(name, "")
    if text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadRequest(f"The parameter {name} is a whole number, 0 or more.")
    return int(text)


def _missing(context: Context, identifier: str) -> tuple[int, str]:
    """Return the status and the words for an entity that this release has not."""
    try:
        refuse(context, ENTITIES + identifier)
    except (NotFound, Gone) as error:
        return error.code or 404, error.description or ""


def _named(context: Context, what: str) -> dict[str, Named]:
    return extend.PROPERTIES if what == "property" else types(context)


def _completed(named: dict[str, Named], prefix: str) -> Iterable[Named]:
    sought = fold(prefix)
    return (each for each in named.values() if sought and f" {sought}" in f" {fold(each.name)}")
