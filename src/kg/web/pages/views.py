"""Views of the whole: issues, the timeline, figures, articles, and what all this is; each also as rows or a chart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from urllib.parse import urlencode

from flask import Response, redirect, stream_with_context
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from kg.corpus.text import STATES
from kg.errors import ParameterError
from kg.queries import ANY_CODE
from kg.web.data.context import Context
from kg.web.data.questions import resolve
from kg.web.data.resources import Resource
from kg.web.http.policy import PAGE, Routes
from kg.web.lists import issue_lists
from kg.web.lists.event_lists import EventSelection
from kg.web.lists.figure_lists import FigureSelection, indicators, shared_by
from kg.web.lists.listing import ARTICLE, OBSERVATION, filters, narrow, take_page
from kg.web.parts.articles import article_list
from kg.web.parts.charts import (
    BOUND_MARKS,
    STATUS_MARKS,
    Chart,
    bound_sign,
    figures_chart,
    looks_source,
    standalone,
    status_sign,
    timeline_chart,
)
from kg.web.parts.figures import BOUNDS, PLAIN
from kg.web.parts.issues import clusters, issue_views
from kg.web.parts.tables import (
    EVENT_COLUMNS,
    FIGURE_COLUMNS,
    ISSUE_COLUMNS,
    Row,
    event_rows,
    figure_rows,
    issue_rows,
    write_csv,
)
from kg.web.text.language import gettext

blueprint = Routes("views", PAGE)

PAGE_LENGTH = 50
"""Issues of one page."""
ARTICLES = 25
"""Articles of one page."""
ISSUE_FILTERS = ("article", "date", "claimant")
OLD_STATUSES = {"planned": "scheduled"}
"""What a status was called in an earlier release → what it is called now."""


@blueprint.route("/issues")
def issues(context: Context) -> str:
    """Set the parties' positions on each issue side by side, who disputes what, and why the gap is hard to bridge.

    Where that is more than one page holds, list the issues with how much is said on each.
    """
    view = context.catalogue
    selection = narrow(context, "statement", ISSUE_FILTERS)
    found = None if selection else issue_lists.whole(context)
    if found is not None:
        views = issue_views(found)
        return context.render("issues.html", views=views, clusters=clusters(views))
    page = take_page(
        context,
        lambda limit, offset: issue_lists.count_issues(context, selection, limit, offset),
        issue_lists.number_of_issues(view, selection),
        PAGE_LENGTH,
        filters=filters(context, "statement", ISSUE_FILTERS, selection, issue_lists.on_issues(view)),
    )
    return context.render("issue-list.html", listed=page)


@blueprint.route("/issues.csv")
def issues_csv(context: Context) -> Response:
    """Give a row for each issue, party and position that is selected."""
    selection = narrow(context, "statement", ISSUE_FILTERS)
    found = None if selection else issue_lists.whole(context)
    parts = [issue_views(found)] if found is not None else issue_lists.position_chunks(context, selection)
    return _csv(context, "issues", ISSUE_COLUMNS, (row for part in parts for row in issue_rows(part)))


@blueprint.route("/timeline")
def events(context: Context) -> str | BaseResponse:
    """Show the events in the order of time, and apart from them what has no date."""
    if context.args.get("status") in OLD_STATUSES:  # as the status was called once
        kept = [(name, value) for name, value in context.args.items(multi=True) if name != "status"]
        return redirect(f"/timeline?{urlencode([*kept, ('status', OLD_STATUSES[context.args['status']])])}", 301)
    selection, status, statuses = _events(context)
    page = selection.page()
    return context.render(
        "timeline.html",
        page=page,
        times=page.times,
        chart=timeline_chart(page.times.dated) if page.times.dated else None,
        status=status,
        statuses=statuses,
        sign=status_sign,
    )


@blueprint.route("/timeline.svg")
def events_svg(context: Context) -> Response:
    """Give the chart of one page of the timeline."""
    times = _events(context)[0].page().times
    return _svg(context, "timeline", [timeline_chart(times.dated)] if times.dated else [])


@blueprint.route("/timeline.csv")
def events_csv(context: Context) -> Response:
    """Give a row for each event."""
    parts = _events(context)[0].parts()
    return _csv(context, "timeline", EVENT_COLUMNS, (row for part in parts for row in event_rows(part)))


def _events(context: Context) -> tuple[EventSelection, str, list[Resource]]:
    """Return the events that are asked for, the status that they have, "" for any, and all that there are.

    Raises BadRequest for what is no status, or a value that nothing has.
    """
    statuses = _members(context, "status", STATUS_MARKS)
    status = _chosen(context, "status", [each.key for each in statuses])
    return EventSelection.of_request(context, status), status, statuses


def _members(context: Context, scheme: str, known: Iterable[str]) -> list[Resource]:
    """Return the codes of a list, those that are known in their order and then all others."""
    iri, order = context.iris.code(scheme), list(known)
    found = context.ask_resources("code", {"thing": [iri]})
    codes = [code for code in found.of_type("skos:Concept") if found.get(iri) in code.links("skos:inScheme")]
    return sorted(codes, key=lambda c: (order.index(c.key) if c.key in order else len(order), c.sort_key))


def _chosen(context: Context, parameter: str, offered: Collection[str]) -> str:
    """Return the key of the code that a parameter names in any way, "" for none; raises BadRequest for another."""
    value = context.args.get(parameter, "")
    if value in offered or not value:
        return value
    try:
        key = resolve(context, parameter, ANY_CODE, value).rpartition("/")[2]
    except ParameterError as error:
        raise BadRequest(f"{error} It is one of {', '.join(offered)}.") from None
    if key not in offered:
        raise BadRequest(f"The parameter {parameter}: {key} is not among {', '.join(offered)}.")
    return key


@blueprint.route("/figures")
def figures(context: Context) -> str:
    """Show the figures with their bounds, those that measure the same together."""
    selection = _figures(context)
    groups, page = selection.page()
    offered, left_out = indicators(context)
    printings = [printing for group in groups for printing in group.printings]
    return context.render(
        "figures.html",
        listed=page,
        groups=[(group, figures_chart(group), shared_by(group)) for group in groups],
        differing=[one for one in printings if one.others and one.bound and one.bound.key != PLAIN],
        indicator=selection.indicator,
        offered=offered,
        indicators_left_out=left_out,
        sign=bound_sign,
    )


@blueprint.route("/figures.svg")
def figures_svg(context: Context) -> Response:
    """Give the charts of one page of the figures."""
    groups, _ = _figures(context).page()
    return _svg(context, "figures", [figures_chart(group) for group in groups])


@blueprint.route("/figures.csv")
def figures_csv(context: Context) -> Response:
    """Give a row for each figure."""
    parts = _figures(context).parts()
    return _csv(context, "figures", FIGURE_COLUMNS, (row for part in parts for row in figure_rows(part)))


def _figures(context: Context) -> FigureSelection:
    """Return the figures that are asked for; raises BadRequest for an indicator or another value of which there is
    none."""
    indicator = _chosen(context, "indicator", context.catalogue.sets.values(OBSERVATION, "indicator"))
    return FigureSelection.of_request(context, indicator)


@blueprint.route("/articles")
def articles(context: Context) -> str:
    """List the articles, with how much of each is encoded."""
    total = context.catalogue.sets.size(ARTICLE, "", "")
    page = take_page(context, partial(article_list, context), total, ARTICLES)
    return context.render("articles.html", listed=page, states=STATES)


@blueprint.route("/about")
def about(context: Context) -> str:
    """Say what this is, how to read it, what may be done with it, and how to correct what the address names."""
    return context.render(
        "about.html",
        bounds=[(code, BOUNDS.get(code.key)) for code in _members(context, "bound", BOUND_MARKS)],
        statuses=_members(context, "status", STATUS_MARKS),
        bound_sign=bound_sign,
        status_sign=status_sign,
        mistaken=_mistaken(context),
    )


def _mistaken(context: Context) -> Resource | None:
    """Return what the parameter ``correct`` names by its path; raises NotFound where there is nothing of that name."""
    path = context.args.get("correct", "")
    if not path:
        return None
    iri = context.iris.base + path
    found = context.ask_thing(iri)
    if not found.is_described:
        raise NotFound(f"There is nothing called {path} here that could be corrected. Is it spelt right?")
    return found


def _csv(context: Context, name: str, columns_: tuple[str, ...], rows: Iterable[Row]) -> Response:
    """Return rows as CSV, sent as they are made."""
    lines = stream_with_context(write_csv(columns_, rows))
    return _download(context, lines, "text/csv; charset=utf-8; header=present", f"{name}.csv")


def _svg(context: Context, name: str, charts: list[Chart]) -> Response:
    """Return charts as a file that also shows in a browser: its own looks are all that the policy lets in."""
    manifest = context.manifest
    source = gettext("Attested, release %(release)s", release=manifest.id)
    response = _download(context, standalone(charts, source), "image/svg+xml; charset=utf-8", f"{name}.svg")
    response.headers["Content-Security-Policy"] = f"default-src 'none'; style-src {looks_source()}"
    return response


def _download(context: Context, text: str | Iterator[str], content_type: str, name: str) -> Response:
    response = Response(text, content_type=content_type)
    kind = "inline" if name.endswith(".svg") else "attachment"
    response.headers["Content-Disposition"] = f'{kind}; filename="attested-{name}"'
    response.last_modified = context.release_date
    return response
