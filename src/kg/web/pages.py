"""Pages that lead somewhere: home, entities, statements."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import render_template, request
from werkzeug.exceptions import BadRequest, NotFound

from kg.release.format.dumps import DUMPS
from kg.web import access
from kg.web.figures import Count, read_counts
from kg.web.language import gettext, mark
from kg.web.policy import PAGE, Routes
from kg.web.questions import questions
from kg.web.resources import Resource

blueprint = Routes("pages", PAGE)

EXAMPLES = {
    "what-someone-wants": mark("What does each party want or refuse, and who reports it?"),
    "who-disputes-what": mark("Who disputes whose claims, and for what reasons?"),
    "figures-printed-differently": mark("Which counts are printed twice, differently?"),
    "what-is-only-scheduled": mark("What is only scheduled?"),
    "open-questions": mark("Which questions are left open?"),
}
"""Name of a stored query → how the home page asks it."""
ROLES = {
    "": mark("Statements that point to %(thing)s"),
    "says": mark("What %(thing)s says"),
    "wants": mark("What %(thing)s wants"),
    "about": mark("What is said about %(thing)s"),
}
"""How statements point to a thing → the heading of the list of those."""
PAGE_LENGTH = 50
"""Statements a page; the queries ask for one more, to know whether there is a next page."""


@blueprint.route("/")
def home() -> str:
    """Say what this is and what is in the release, show one statement as an example, and lead on."""
    found = access.ask_resources("home")
    return render_template(
        "home.html",
        issues=found.of_type("att:Issue"),
        articles=found.of_type("att:Article"),
        counts=sorted(read_counts(found), key=_latest, reverse=True),
        claimants=sorted(found.of_type("att:Actor"), key=lambda r: r.sort_key),
        dated=_dated(found.of_type("att:Event")),
        totals=access.catalogue().totals(),
        example=_example(),
        questions=_questions(),
        dumps=DUMPS,
    )


def _example() -> Resource | None:
    """Return the statement that the home page explains: of those whose words are marked, one with the most to tell."""
    rows = access.ask_rows("example")
    if not rows:
        return None
    iri = rows[0]["statement"]
    return access.ask_resources("statement", {"thing": access.iri_term(iri)}).get(iri)


def _questions() -> list[tuple[str, str]]:
    """Return the examples of what can be asked that this release has: the name of the query, and the question."""
    return [(name, gettext(words)) for name, words in EXAMPLES.items() if name in questions()]


def _latest(count: Count) -> tuple[str, str]:
    period = count.link("att:period")
    return (period.text("att:firstDay") or "") if period else "", count.observation.iri


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
    of, after, role = (request.args.get(name, "") for name in ("of", "after", "role"))
    if role not in ROLES:
        raise BadRequest(f"The parameter role is one of {', '.join(filter(None, ROLES))}; without it, all are listed.")
    iris = access.iris()
    bindings = {"after": _string_term(iris.base + after if after else "")}
    thing = None
    if of:
        bindings |= {"thing": access.iri_term(iris.base + of), "role": _string_term(role)}
        thing = access.ask_resources("code", {"thing": bindings["thing"]}).get(iris.base + of)
        if not thing.is_described:
            raise NotFound(f"There is nothing called {of} here, so no statement points to it.")
    found = access.ask_resources("statements-of" if of else "statements", bindings).of_type("att:Statement")
    more = found[PAGE_LENGTH - 1].iri.removeprefix(iris.base) if len(found) > PAGE_LENGTH else None
    return render_template(
        "statements.html",
        statements=found[:PAGE_LENGTH],
        thing=thing,
        heading=gettext(ROLES[role], thing="%(thing)s") if thing else "",
        asked=urlencode([(name, value) for name, value in (("of", of), ("role", role)) if value]),
        after=after,
        more=more,
    )


def _string_term(text: str) -> str:
    """Return a string as a literal in N-Triples syntax."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
