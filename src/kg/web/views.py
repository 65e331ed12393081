"""Views of the whole: issues, the timeline, figures, articles, and what all this is; each also as rows or a chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlencode

from flask import Response, redirect, render_template, request, stream_with_context
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from kg.corpus.text import STATES
from kg.errors import ParameterError
from kg.queries import ANY_CODE
from kg.web import access, issue_lists
from kg.web.articles import article_list
from kg.web.charts import (
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
from kg.web.figures import BOUNDS, PLAIN, FigureGroup, figure_groups
from kg.web.issues import clusters, issue_views
from kg.web.language import gettext
from kg.web.listing import filters, narrow, take_page
from kg.web.naming import resolve
from kg.web.policy import PAGE, Routes
from kg.web.resources import Resource
from kg.web.tables import (
    EVENT_COLUMNS,
    FIGURE_COLUMNS,
    ISSUE_COLUMNS,
    Row,
    event_rows,
    figure_rows,
    issue_rows,
    write_csv,
)
from kg.web.timeline import Moment, Timeline, timeline

blueprint = Routes("views", PAGE)

PAGE_LENGTH = 50
"""Articles of one page."""
ISSUE_FILTERS = ("article", "date", "claimant")
OLD_STATUSES = {"planned": "scheduled"}
"""What a status was called in an earlier release → what it is called now."""


@blueprint.route("/issues")
def issues() -> str:
    """Set the parties' positions on each issue side by side, who disputes what, and why the gap is hard to bridge.

    Where that is more than one page holds, list the issues with how much is said on each.
    """
    view = access.catalogue()
    selection = narrow(view, "statement", ISSUE_FILTERS)
    found = None if selection else issue_lists.whole(view)
    if found is not None:
        views = issue_views(found)
        return render_template("issues.html", views=views, clusters=clusters(views))
    page = take_page(
        lambda limit, offset: issue_lists.count_issues(view, selection, limit, offset),
        issue_lists.number_of_issues(view, selection),
        PAGE_LENGTH,
        filters=filters(view, "statement", ISSUE_FILTERS, selection),
    )
    return render_template("issue-list.html", listed=page)


@blueprint.route("/issues.csv")
def issues_csv() -> Response:
    """Give a row for each issue, party and position."""
    view = access.catalogue()
    found = issue_lists.whole(view)
    parts = [issue_views(found)] if found is not None else issue_lists.position_chunks(view)
    return _csv("issues", ISSUE_COLUMNS, (row for part in parts for row in issue_rows(part)))


@blueprint.route("/timeline")
def events() -> str | BaseResponse:
    """Show the events in the order of time, and apart from them what has no date."""
    if request.args.get("status") in OLD_STATUSES:  # as the status was called once
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != "status"]
        return redirect(f"/timeline?{urlencode([*kept, ('status', OLD_STATUSES[request.args['status']])])}", 301)
    times, status, statuses = _timeline()
    chart = timeline_chart(times.dated) if times.dated else None
    return render_template(
        "timeline.html",
        times=times,
        chart=chart,
        status=status,
        statuses=statuses,
        sign=status_sign,
        query=_query(status=status),
    )


@blueprint.route("/timeline.svg")
def events_svg() -> Response:
    """Give the chart of the timeline."""
    times, *_ = _timeline()
    return _svg("timeline", [timeline_chart(times.dated)] if times.dated else [])


@blueprint.route("/timeline.csv")
def events_csv() -> Response:
    """Give a row for each event."""
    return _csv("timeline", EVENT_COLUMNS, event_rows(_timeline()[0]))


def _timeline() -> tuple[Timeline, str, list[Resource]]:
    """Return the timeline with the events of the status that is asked for, or of all; that status; and all there are.

    Raises BadRequest for what is no status.
    """
    statuses = _members("status", STATUS_MARKS)
    status = _chosen("status", {each.key: each for each in statuses})
    times = timeline(access.ask_resources("timeline"))

    def wanted(moments: list[Moment]) -> list[Moment]:
        return [moment for moment in moments if status in ("", moment.status)]

    return Timeline(wanted(times.dated), wanted(times.undated), times.relative), status, statuses


def _members(scheme: str, known: Iterable[str]) -> list[Resource]:
    """Return the codes of a list, those that are known in their order and then all others."""
    iri, order = access.iris().code(scheme), list(known)
    found = access.ask_resources("code", {"thing": access.iri_term(iri)})
    codes = [code for code in found.of_type("skos:Concept") if found.get(iri) in code.links("skos:inScheme")]
    return sorted(codes, key=lambda c: (order.index(c.key) if c.key in order else len(order), c.sort_key))


def _chosen(parameter: str, offered: Mapping[str, Resource]) -> str:
    """Return the key of the code that a parameter names in any way, "" for none; raises BadRequest for another."""
    value = request.args.get(parameter, "")
    if value in offered or not value:
        return value
    try:
        key = resolve(parameter, ANY_CODE, value).rpartition("/")[2]
    except ParameterError as error:
        raise BadRequest(f"{error} It is one of {', '.join(offered)}.") from None
    if key not in offered:
        raise BadRequest(f"The parameter {parameter}: {key} is not among {', '.join(offered)}.")
    return key


@blueprint.route("/figures")
def figures() -> str:
    """Show the figures with their bounds, those that measure the same together."""
    groups, indicator, offered = _figures()
    printings = [printing for group in groups for printing in group.printings]
    return render_template(
        "figures.html",
        groups=[(group, figures_chart(group)) for group in groups],
        differing=[one for one in printings if one.others and one.bound and one.bound.key != PLAIN],
        indicator=indicator,
        offered=offered,
        sign=bound_sign,
        query=_query(indicator=indicator),
    )


@blueprint.route("/figures.svg")
def figures_svg() -> Response:
    """Give the charts of the figures."""
    return _svg("figures", [figures_chart(group) for group in _figures()[0]])


@blueprint.route("/figures.csv")
def figures_csv() -> Response:
    """Give a row for each figure."""
    return _csv("figures", FIGURE_COLUMNS, figure_rows(_figures()[0]))


def _figures() -> tuple[list[FigureGroup], str, dict[str, Resource]]:
    """Return the groups of the indicator that is asked for, or all; its code; and the codes that there are.

    Raises BadRequest for an indicator of which there is no figure.
    """
    groups = figure_groups(access.ask_resources("figures"))
    offered = {group.indicator.key: group.indicator for group in groups}
    indicator = _chosen("indicator", offered)
    return [group for group in groups if indicator in ("", group.indicator.key)], indicator, offered


@blueprint.route("/articles")
def articles() -> str:
    """List the articles, with how much of each is encoded."""
    page = request.args.get("page", "1")
    if not (page.isascii() and page.isdigit() and 1 <= int(page[:9]) <= 1_000_000):
        raise BadRequest("The parameter page is a number from 1.")
    number = int(page[:9])
    total, found = article_list(PAGE_LENGTH, (number - 1) * PAGE_LENGTH)
    if number > 1 and not found:
        raise NotFound(f"There is no page {number} here: {total} articles are listed in all.")
    return render_template("articles.html", articles=found, states=STATES, total=total, page=number, length=PAGE_LENGTH)


@blueprint.route("/about")
def about() -> str:
    """Say what this is, how to read it, what may be done with it, and how to correct what the address names."""
    return render_template(
        "about.html",
        bounds=[(code, BOUNDS.get(code.key)) for code in _members("bound", BOUND_MARKS)],
        statuses=_members("status", STATUS_MARKS),
        bound_sign=bound_sign,
        status_sign=status_sign,
        mistaken=_mistaken(),
    )


def _mistaken() -> Resource | None:
    """Return what the parameter ``correct`` names by its path; raises NotFound where there is nothing of that name."""
    path = request.args.get("correct", "")
    if not path:
        return None
    iri = access.iris().base + path
    found = access.ask_resources("code", {"thing": access.iri_term(iri)}).get(iri)
    if not found.is_described:
        raise NotFound(f"There is nothing called {path} here that could be corrected. Is it spelt right?")
    return found


def _query(**chosen: str) -> str:
    """Return what is chosen as a query string for the downloads, empty where nothing is."""
    return "".join(f"?{name}={access.quote(value)}" for name, value in chosen.items() if value)


def _csv(name: str, columns_: tuple[str, ...], rows: Iterable[Row]) -> Response:
    """Return rows as CSV, sent as they are made."""
    lines = stream_with_context(write_csv(columns_, rows))
    return _download(lines, "text/csv; charset=utf-8; header=present", f"{name}.csv")


def _svg(name: str, charts: list[Chart]) -> Response:
    """Return charts as a file that also shows in a browser: its own looks are all that the policy lets in."""
    manifest = access.release().manifest
    source = gettext("Attested, release %(release)s", release=manifest.id)
    response = _download(standalone(charts, source), "image/svg+xml; charset=utf-8", f"{name}.svg")
    response.headers["Content-Security-Policy"] = f"default-src 'none'; style-src {looks_source()}"
    return response


def _download(text: str | Iterator[str], content_type: str, name: str) -> Response:
    response = Response(text, content_type=content_type)
    kind = "inline" if name.endswith(".svg") else "attachment"
    response.headers["Content-Disposition"] = f'{kind}; filename="attested-{name}"'
    response.last_modified = access.release_date()
    return response
