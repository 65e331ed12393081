"""Pages that lead somewhere: home, entities, statements."""

from __future__ import annotations

from itertools import islice

from flask import redirect
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from kg.catalogue.fields import EXAMPLE, UNDATED
from kg.catalogue.finding.browse import count, select
from kg.catalogue.sets import Records
from kg.catalogue.view import View
from kg.release.format.dumps import DUMPS
from kg.web.data.context import Context
from kg.web.data.questions import questions
from kg.web.data.resources import Resource
from kg.web.http.policy import PAGE, Routes
from kg.web.lists.linked import statements_of
from kg.web.lists.listing import (
    ARTICLE,
    EVENT,
    ISSUE,
    OBSERVATION,
    PAGES,
    STATEMENT,
    address_with,
    both,
    filters,
    in_order,
    iris_of,
    narrow,
    place_of,
    take_page,
)
from kg.web.parts.figures import Count, read_counts
from kg.web.text.language import gettext, mark

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
"""Statements a page."""
MOST_POINTING = 1000
"""Statements of which one list knows that they point to a thing of one article (``queries/statements-of.rq``)."""
STATEMENT_FILTERS = ("article", "date", "claimant")
HOME_ISSUES, HOME_ARTICLES, HOME_CLAIMANTS, HOME_EVENTS, HOME_FIGURES = 12, 12, 12, 6, 4
"""How many of each the home page leads to."""


@blueprint.route("/")
def home(context: Context) -> str:
    """Say what this is and what is in the release, show one statement as an example, and lead on."""
    view = context.catalogue
    events = in_order(view, EVENT, "span", _dated_of(view, EVENT), HOME_EVENTS, is_last_first=True)
    observations = in_order(view, OBSERVATION, "span", _dated_of(view, OBSERVATION), HOME_FIGURES, is_last_first=True)
    shown = {"event": iris_of(context, events), "observation": iris_of(context, observations)}
    named = iris_of(context, [*_issues(view), *view.set(ARTICLE, "", "")[-HOME_ARTICLES:]])
    found = context.ask_resources("home", shown | {"thing": [*named, *_claimants(context)]})
    return context.render(
        "home.html",
        issues=found.of_type("att:Issue"),
        articles=found.of_type("att:Article"),
        counts=sorted(read_counts(found), key=_latest, reverse=True),
        claimants=sorted(found.of_type("att:Actor"), key=lambda r: r.sort_key),
        dated=_dated(found.of_type("att:Event")),
        totals=view.totals(),
        example=_example(context),
        questions=_questions(context),
        dumps=DUMPS,
    )


def _dated_of(view: View, group: int) -> Records:
    return view.set(group, "", "") - view.set(group, "span", UNDATED)


def _issues(view: View) -> list[int]:
    """Return the issues on which most is said, and then others."""
    said = (view.record(f"id/{key}") for key in view.sets.values(STATEMENT, "issue")[:HOME_ISSUES])
    others = view.set(ISSUE, "", "")[:HOME_ISSUES]
    return list(dict.fromkeys([*filter(None, said), *others]))[:HOME_ISSUES]


def _claimants(context: Context) -> list[str]:
    """Return the IRIs of those to whom most statements are attributed, the articles' own voices left out."""
    view = context.catalogue
    others = (key for key in view.sets.values(STATEMENT, "claimant") if "/" not in key)
    return [f"{context.iris.base}id/{key}" for key in islice(others, HOME_CLAIMANTS)]


def _example(context: Context) -> Resource | None:
    """Return the statement that the home page explains: of those whose words are marked, one that shows most."""
    view = context.catalogue
    ranked = view.sets.sorted_values(STATEMENT, EXAMPLE)
    if not ranked:
        return None
    (iri,) = iris_of(context, view.set(STATEMENT, EXAMPLE, ranked[-1])[:1])
    return context.ask_resources("statement", {"thing": [iri]}).get(iri)


def _questions(context: Context) -> list[tuple[str, str]]:
    """Return the examples of what can be asked that this release has: the name of the query, and the question."""
    return [(name, gettext(words)) for name, words in EXAMPLES.items() if name in questions(context)]


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
def statements(context: Context) -> str | BaseResponse:
    """List all statements, or those that point to one thing, a page at a time."""
    of, role = (context.args.get(name, "") for name in ("of", "role"))
    if role not in ROLES:
        raise BadRequest(f"The parameter role is one of {', '.join(filter(None, ROLES))}; without it, all are listed.")
    thing = context.ask_thing(context.iris.base + of) if of else None
    if thing is not None and not thing.is_described:
        raise NotFound(f"There is nothing called {of} here, so no statement points to it.")
    view = context.catalogue
    selection, within = narrow(context, "statement", STATEMENT_FILTERS), _within(context, of, role) if of else None
    pointing = _number_of(context, of) if within is not None and len(within) >= MOST_POINTING and not role else 0
    selected = both(select(view, "statement", selection), within)
    if "after" in context.args:  # how pages were named once
        return redirect(
            address_with(context, (*PAGES, "after"), page=_page_after(view, selected, context.args["after"])), 301
        )
    page = take_page(
        context,
        lambda limit, offset: iris_of(context, in_order(view, STATEMENT, "article", selected, limit, offset)),
        count(view, "statement", selected),
        PAGE_LENGTH,
        filters=filters(context, "statement", STATEMENT_FILTERS, selection, within),
    )
    found = context.ask_resources("statements", {"x": page.shown})
    return context.render(
        "statements.html",
        listed=page,
        statements=[found.get(iri) for iri in page.shown],
        thing=thing,
        within=within,
        pointing=pointing,
        heading=gettext(ROLES[role], thing="%(thing)s") if thing else "",
    )


def _within(context: Context, of: str, role: str) -> Records:
    """Return the statements that point to the thing of a path in a role."""
    view = context.catalogue
    known = statements_of(view, of, role)
    if known is not None:
        return known
    rows = context.ask_rows("statements-of", {"thing": [context.iris.base + of]})
    return Records(view.records(row["x"].removeprefix(context.iris.base) for row in rows))


def _number_of(context: Context, of: str) -> int:
    """Return how many statements point to the thing of a path, of which some may not be among those listed."""
    if statements_of(context.catalogue, of, "") is not None:
        return 0
    return int(context.ask_rows("number-of-statements", {"thing": [context.iris.base + of]})[0]["statements"])


def _page_after(view: View, selected: Records | None, path: str) -> str:
    """Return the number of the page that begins after a statement or holds what comes after it.

    Raises NotFound where the statement is not in the list.
    """
    place = place_of(view, STATEMENT, "article", selected, view.record(path) or 0)
    if place is None:
        raise NotFound(f"There is no statement {path} in this list. Begin it without the parameter after.")
    last = count(view, "statement", selected) - 1
    return str(min(place + 1, last) // PAGE_LENGTH + 1)
