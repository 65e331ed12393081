"""What the views offer as tables: issues, events and figures as rows of CSV, which no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from kg.web.figures import FigureGroup
from kg.web.issues import IssueView
from kg.web.resources import Resource
from kg.web.spreadsheet import neutralise
from kg.web.timeline import Timeline
from kg.web.words import slug_of

Row = dict[str, str]

ISSUE_COLUMNS = (
    *("issue", "party", "position", "stance", "on", "modality", "hedge", "passages"),
    *("reasons", "contradicts", "inferred", "statement"),
)
EVENT_COLUMNS = (
    *("firstDay", "lastDay", "period", "precision", "event", "status", "participants", "place"),
    *("claimants", "passages", "inferred", "iri"),
)
FIGURE_COLUMNS = (
    *("indicator", "population", "period", "firstDay", "lastDay", "bound", "value", "unit", "printed", "claimants"),
    *("via", "asOf", "modality", "caveat", "passages", "differsFrom", "inferred", "statement"),
)


def write_csv(columns: tuple[str, ...], rows: Iterable[Row]) -> str:
    """Return rows as CSV (RFC 4180) with a header; several things in one cell are set apart by ``; ``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([neutralise(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def issue_rows(views: list[IssueView]) -> list[Row]:
    """Return a row for each issue, party and position."""
    return [
        {
            "issue": view.issue.label,
            "party": party.label,
            "position": position.label,
            "stance": _labels(position, "att:relation"),
            "on": _labels(position, "att:object"),
            "modality": _labels(position, "att:modality"),
            "hedge": _texts(position, "att:hedge"),
            "passages": _passages(position),
            "reasons": "; ".join(reason.label for reason in view.grounds.get(position.iri, [])),
            "contradicts": "; ".join(link.iri for link in position.links("att:contradicts")),
            "inferred": position.text("att:inferred") or "false",
            "statement": position.iri,
        }
        for view in views
        for party, positions in view.parties
        for position in positions
    ]


def event_rows(times: Timeline) -> list[Row]:
    """Return a row for each event, those with a date first and in its order."""
    rows = []
    for moment in [*times.dated, *times.undated]:
        event, period = moment.event, moment.event.link("att:period")
        reports = event.links("att:attestedBy")
        claimants = dict.fromkeys(c.label for report in reports for c in report.links("att:claimant"))
        rows.append(
            {
                "firstDay": (period.text("att:firstDay") or "") if period else "",
                "lastDay": (period.text("att:lastDay") or "") if period else "",
                "period": period.label if period else "",
                "precision": _labels(period, "att:precision") if period else "",
                "event": event.label,
                "status": _labels(event, "att:status"),
                "participants": _labels(event, "att:participant"),
                "place": _labels(event, "att:place"),
                "claimants": "; ".join(claimants),
                "passages": _passages(*reports),
                "inferred": event.text("att:inferred") or "false",
                "iri": event.iri,
            }
        )
    return rows


def figure_rows(groups: list[FigureGroup]) -> list[Row]:
    """Return a row for each figure, in the order of the groups."""
    rows = []
    for figure in (figure for group in groups for figure in group.figures):
        said, period = figure.statement, figure.link("att:period")
        rows.append(
            {
                "indicator": _labels(said, "att:indicator"),
                "population": _labels(said, "att:population"),
                "period": period.label if period else "",
                "firstDay": (period.text("att:firstDay") or "") if period else "",
                "lastDay": (period.text("att:lastDay") or "") if period else "",
                "bound": _labels(said, "att:bound"),
                "value": said.text("att:value") or "",
                "unit": _labels(said, "att:unit"),
                "printed": _texts(said, "att:printed"),
                "claimants": _labels(said, "att:claimant"),
                "via": _labels(said, "att:via"),
                "asOf": _labels(said, "att:asOf"),
                "modality": _labels(said, "att:modality"),
                "caveat": _texts(said, "att:caveat"),
                "passages": _passages(said),
                "differsFrom": "; ".join(other.statement.iri for other in figure.others),
                "inferred": said.text("att:inferred") or "false",
                "statement": said.iri,
            }
        )
    return rows


def _labels(resource: Resource, name: str) -> str:
    return "; ".join(link.label for link in resource.links(name))


def _texts(resource: Resource, name: str) -> str:
    return "; ".join(sorted(value.text for value in resource.values(name)))


def _passages(*statements: Resource) -> str:
    """Return the article and number of each passage that the statements rest on."""
    passages = {passage for statement in statements for passage in statement.links("att:evidence")}
    ordered = sorted(passages, key=lambda passage: passage.sort_key)
    return "; ".join(f"{slug_of(passage)} {passage.number('att:number')}" for passage in ordered)
