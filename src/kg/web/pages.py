"""Pages that lead somewhere: home, entities, statements."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.exceptions import NotFound

from kg.release.format.dumps import DUMPS
from kg.web import access
from kg.web.resources import Resource, Resources

blueprint = Blueprint("pages", __name__)

PAGE_LENGTH = 50
"""Statements a page; the queries ask for one more, to know whether there is a next page."""


@blueprint.route("/")
def home() -> str:
    """Say what this is and what is in the release, and lead on."""
    found = access.ask_resources("home")
    return render_template(
        "home.html",
        issues=found.of_type("att:Issue"),
        articles=found.of_type("att:Article"),
        figures=found.of_type("att:Figure"),
        claimants=_claimants(found),
        dated=_dated(found.of_type("att:Event")),
        dumps=DUMPS,
        counts=access.catalogue().totals(),
    )


def _claimants(found: Resources) -> list[Resource]:
    return sorted((r for r in found.of_type("att:Actor")), key=lambda r: r.sort_key)


def _dated(events: list[Resource]) -> list[tuple[str, Resource]]:
    """Return the events that have a day, in the order of days."""
    dated = [(day, event) for event in events if (day := _first_day(event))]
    return sorted(dated, key=lambda pair: (pair[0], pair[1].sort_key))


def _first_day(event: Resource) -> str | None:
    period = event.link("att:period")
    return period.text("att:firstDay") if period else None


@blueprint.route("/statements")
def statements() -> str:
    """List all statements, or those that point to one thing, a page at a time."""
    of, after = request.args.get("of", ""), request.args.get("after", "")
    iris = access.iris()
    bindings = {"after": _string_term(iris.base + after if after else "")}
    thing = None
    if of:
        bindings["thing"] = access.iri_term(iris.base + of)
        thing = access.ask_resources("code", {"thing": bindings["thing"]}).get(iris.base + of)
        if not thing.is_described:
            raise NotFound(f"There is nothing called {of} here, so no statement points to it.")
    found = access.ask_resources("statements-of" if of else "statements", bindings).of_type("att:Statement")
    more = found[PAGE_LENGTH - 1].iri.removeprefix(iris.base) if len(found) > PAGE_LENGTH else None
    return render_template(
        "statements.html", statements=found[:PAGE_LENGTH], thing=thing, of=of, after=after, more=more
    )


def _string_term(text: str) -> str:
    """Return a string as a literal in N-Triples syntax."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
