"""Views of the whole: issues, the timeline, figures, articles, and what all this is; each also as rows or a chart."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import BadRequest, NotFound

from kg.corpus.text import STATES
from kg.web import access
from kg.web.articles import article_list
from kg.web.charts import Chart, figures_chart, looks_source, sign, standalone, timeline_chart
from kg.web.figures import BOUNDS, FigureGroup, figure_groups
from kg.web.issues import columns, issue_views
from kg.web.language import gettext
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
from kg.web.timeline import STATUSES, Moment, Timeline, timeline

blueprint = Blueprint("views", __name__)

PAGE_LENGTH = 50
"""Articles of one page."""


@blueprint.route("/issues")
def issues() -> str:
    """Set the parties' positions on each issue side by side, who disputes what, and why the gap is hard to bridge."""
    views = issue_views(access.ask_resources("issues"))
    return render_template("issues.html", views=views, columns=columns(views))


@blueprint.route("/issues.csv")
def issues_csv() -> Response:
    """Give a row for each issue, party and position."""
    return _csv("issues", ISSUE_COLUMNS, issue_rows(issue_views(access.ask_resources("issues"))))


@blueprint.route("/timeline")
def events() -> str:
    """Show the events in the order of time, and apart from them what has no date."""
    times, status = _timeline()
    chart = timeline_chart(times.dated) if times.dated else None
    return render_template(
        "timeline.html",
        times=times,
        chart=chart,
        status=status,
        statuses=STATUSES,
        sign=sign,
        query=_query(status=status),
    )


@blueprint.route("/timeline.svg")
def events_svg() -> Response:
    """Give the chart of the timeline."""
    times, _ = _timeline()
    return _svg("timeline", [timeline_chart(times.dated)] if times.dated else [])


@blueprint.route("/timeline.csv")
def events_csv() -> Response:
    """Give a row for each event."""
    return _csv("timeline", EVENT_COLUMNS, event_rows(_timeline()[0]))


def _timeline() -> tuple[Timeline, str]:
    """Return the timeline with the events of the status that is asked for, or of all; raises NotFound."""
    status = request.args.get("status", "")
    if status and status not in STATUSES:
        known = ", ".join(STATUSES)
        raise NotFound(f"There is no status called {status}. An event can be {known}: try /timeline?status=occurred.")
    times = timeline(access.ask_resources("timeline"))

    def wanted(moments: list[Moment]) -> list[Moment]:
        return [moment for moment in moments if status in ("", moment.status)]

    return Timeline(wanted(times.dated), wanted(times.undated), times.relative), status


@blueprint.route("/figures")
def figures() -> str:
    """Show the figures with their bounds, those that measure the same together."""
    groups, indicator, offered = _figures()
    said = [figure for group in groups for figure in group.figures]
    return render_template(
        "figures.html",
        groups=[(group, figures_chart(group)) for group in groups],
        differing=[figure for figure in said if figure.others and figure.bound != "as-printed"],
        indicator=indicator,
        offered=offered,
        sign=sign,
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

    Raises NotFound for an indicator of which there is no figure.
    """
    indicator = request.args.get("indicator", "")
    groups = figure_groups(access.ask_resources("figures"))
    offered = {group.indicator.key: group.indicator for group in groups}
    if indicator and indicator not in offered:
        raise NotFound(f"There is no figure of {indicator}. There are figures of {', '.join(offered)}: see /figures.")
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
    return render_template("about.html", bounds=BOUNDS, statuses=STATUSES, sign=sign, mistaken=_mistaken())


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


def _csv(name: str, columns_: tuple[str, ...], rows: list[Row]) -> Response:
    return _download(write_csv(columns_, rows), "text/csv; charset=utf-8; header=present", f"{name}.csv")


def _svg(name: str, charts: list[Chart]) -> Response:
    """Return charts as a file that also shows in a browser: its own looks are all that the policy lets in."""
    manifest = access.release().manifest
    source = gettext("Attested, release %(release)s", release=manifest.id)
    response = _download(standalone(charts, source), "image/svg+xml; charset=utf-8", f"{name}.svg")
    response.headers["Content-Security-Policy"] = f"default-src 'none'; style-src {looks_source()}"
    return response


def _download(text: str, content_type: str, name: str) -> Response:
    response = Response(text, content_type=content_type)
    kind = "inline" if name.endswith(".svg") else "attachment"
    response.headers["Content-Disposition"] = f'{kind}; filename="attested-{name}"'
    response.last_modified = access.release_date()
    return response
