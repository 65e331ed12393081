"""What one IRI stands for, as a part of a page: of a statement or figure who says it, how firmly and where."""

from __future__ import annotations

from flask import Response, render_template, request
from werkzeug.exceptions import BadRequest, NotFound

from kg.web.data import access
from kg.web.data.resources import Resource
from kg.web.http.negotiate import HTML
from kg.web.http.policy import SEARCH, Routes

blueprint = Routes("gist", SEARCH)

MOST = 3
"""Statements that print an observation, of which a gist tells."""


@blueprint.route("/query/gist")
def gist() -> Response:
    """Tell in a few lines what an IRI of this release, given whole or below the base IRI, stands for."""
    base = access.iris().base
    given = request.args.get("iri", "")
    if not given:
        raise BadRequest("Name what is asked for, by its IRI in the parameter iri.")
    iri = given if given.startswith(base) else base + given
    thing = access.ask_thing(iri)
    if not thing.is_described:
        raise NotFound(f"This release says nothing of {given[:200]}.")
    page = render_template("_gist.html", thing=thing, statements=_statements(thing))
    return Response(page, mimetype=HTML)


def _statements(thing: Resource) -> list[Resource]:
    """Return the statement itself, or those that print an observation, each with its evidence."""
    if thing.has_type("att:Statement"):
        return [access.ask_resources("statement", {"thing": [thing.iri]}).get(thing.iri)]
    if not thing.has_type("att:Observation"):
        return []
    known = access.ask_resources("thing", {"thing": [thing.iri], "linked": []})
    printing = (s for s in known.of_type("att:Statement") if known.get(thing.iri) in s.links("att:prints"))
    return sorted(printing, key=lambda each: each.sort_key)[:MOST]
