"""What one IRI stands for, as a part of a page: of a statement or figure who says it, how firmly and where."""

from __future__ import annotations

from flask import Response
from werkzeug.exceptions import BadRequest, NotFound

from kg.web.data.context import Context
from kg.web.data.resources import Resource
from kg.web.http.negotiate import HTML
from kg.web.http.policy import SEARCH, Routes

blueprint = Routes("gist", SEARCH)

MOST = 3
"""Statements that print an observation, at most, in a gist."""


@blueprint.route("/query/gist")
def gist(context: Context) -> Response:
    """Say in a few lines what an IRI of this release, given whole or below the base IRI, stands for."""
    base = context.iris.base
    given = context.args.get("iri", "")
    if not given:
        raise BadRequest("Name what is asked for, by its IRI in the parameter iri.")
    iri = given if given.startswith(base) else base + given
    thing = context.ask_thing(iri)
    if not thing.is_described:
        raise NotFound(f"This release says nothing of {given[:200]}.")
    page = context.render("_gist.html", thing=thing, statements=_statements(context, thing))
    return Response(page, mimetype=HTML)


def _statements(context: Context, thing: Resource) -> list[Resource]:
    """Return the statement itself, or those that print an observation, each with its evidence."""
    if thing.has_type("att:Statement"):
        return [context.ask_resources("statement", {"thing": [thing.iri]}).get(thing.iri)]
    if not thing.has_type("att:Observation"):
        return []
    known = context.ask_resources("thing", {"thing": [thing.iri], "linked": []})
    printing = (s for s in known.of_type("att:Statement") if known.get(thing.iri) in s.links("att:prints"))
    return sorted(printing, key=lambda each: each.sort_key)[:MOST]
