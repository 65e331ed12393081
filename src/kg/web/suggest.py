"""Reconciliation Service API 0.2: completions as somebody types, what to show of one, and the preview of an entity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, Gone, NotFound

from kg.names import fold
from kg.web import access, extend
from kg.web.authority import ENTITIES, Named, authority, type_name
from kg.web.citations import evidence
from kg.web.documents import refuse
from kg.web.reconcile import MATCHED, refuse_jsonp, to_json
from kg.web.sparql import require_utf8

blueprint = Blueprint("suggest", __name__)
blueprint.before_request(refuse_jsonp)

MOST = 20
"""Completions at once; ``cursor`` leads on."""

PREVIEW_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"
)
"""The one page that others may show in a frame."""


@blueprint.route("/reconcile/suggest/<any(entity,property,type):what>")
def suggest(what: str) -> Response:
    """Complete the prefix of a name (§6)."""
    require_utf8()
    prefix, cursor = request.args.get("prefix", ""), whole_number("cursor", 0)
    if not fold(prefix):
        raise BadRequest("Give the parameter prefix: the beginning of a name, with a letter or digit in it.")
    if what == "entity":
        types = [type_name(each) for each in request.args.getlist("type") if each]
        known = authority()
        found: list[dict[str, Any]] = [
            Named(entity.id, entity.name, entity.description).to_json(described=True)
            | {"notable": [known.types[name].to_json() for name in entity.types]}
            for entity in known.candidates.starting(prefix, types)
        ]
    else:
        offered = {pid: extend.PROPERTIES[pid] for pid in MATCHED} if what == "property" else _named(what)
        found = [each.to_json(described=True) for each in _completed(offered, prefix)]
    limit = min(whole_number("limit", MOST), MOST)
    return to_json({"result": found[cursor : cursor + limit]})


@blueprint.route("/reconcile/flyout/<any(entity,property,type):what>")
def flyout(what: str) -> Response:
    """Say in a few words what a completion is (§6.2)."""
    identifier = request.args.get("id", "")
    named: Any = authority().candidates.entities.get(identifier) if what == "entity" else _named(what).get(identifier)
    if named is None:
        raise NotFound(f"There is no {what} {identifier[:80]} here.")
    html = Markup('<p class="flyout"><strong>{}</strong> {}</p>').format(named.name, named.description)
    return to_json({"id": identifier, "html": str(html)})


@blueprint.route("/reconcile/properties")
def properties() -> Response:
    """Propose properties of a type (§7)."""
    require_utf8()
    return to_json(extend.propose(request.args.get("type") or None, whole_number("limit", 0) or None))


@blueprint.route("/reconcile/preview")
def preview() -> Response:
    """Show an entity in a frame of another site (§5): without script, and also where there is nothing to show."""
    identifier = request.args.get("id", "")
    entity = authority().candidates.entities.get(identifier)
    status, had = 200, ""
    statements: dict[str, list[Any]] = {}
    if entity is None:
        status, had = _missing(identifier)
    else:
        statements = extend.said([entity])[entity.id]
    page = render_template(
        "preview.html",
        entity=entity,
        types=authority().types,
        statements=statements,
        missing=had,
        iri=access.iris().base + ENTITIES + identifier,
        root=access.root(),
        evidence=evidence,
    )
    response = Response(page, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def whole_number(name: str, default: int) -> int:
    """Return a parameter as a whole number, 0 or more; raises BadRequest."""
    text = request.args.get(name, "")
    if text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadRequest(f"The parameter {name} is a whole number, 0 or more.")
    return int(text)


def _missing(identifier: str) -> tuple[int, str]:
    """Return the status and the words for an entity that this release has not."""
    try:
        refuse(ENTITIES + identifier)
    except (NotFound, Gone) as error:
        return error.code or 404, error.description or ""


def _named(what: str) -> dict[str, Named]:
    return extend.PROPERTIES if what == "property" else authority().types


def _completed(named: dict[str, Named], prefix: str) -> Iterable[Named]:
    sought = fold(prefix)
    return (each for each in named.values() if f" {sought}" in f" {fold(each.name)}")
