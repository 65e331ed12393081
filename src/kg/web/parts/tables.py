"""What the views offer as tables: issues, events and figures as rows of CSV, which no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain

from kg.store.evaluation.spreadsheet import neutralise
from kg.web.data.resources import Resource
from kg.web.parts.figures import FigureGroup
from kg.web.parts.issues import IssueView
from kg.web.parts.timeline import Timeline
from kg.web.words.codes import slug_of
from kg.web.words.wording import printed, printed_numbers

Row = dict[str, str]

ISSUE_COLUMNS = (
    *("issue", "party", "position", "claimants", "stance", "negated", "on", "attribution", "modality", "printed"),
    *("passages", "context", "reasons", "contradicts", "opposes", "inferred", "statement"),
)
EVENT_COLUMNS = (
    *("firstDay", "lastDay", "period", "precision", "event", "status", "participants", "place"),
    *("claimants", "passages", "inferred", "iri"),
)
FIGURE_COLUMNS = (
    *("indicator", "population", "period", "firstDay", "lastDay", "bound", "value", "unit", "printed", "claimants"),
    *("attribution", "via", "asOf", "modality", "negated", "remarks", "passages", "differsFrom", "inferred"),
    *("observation", "statement"),
)


def write_csv(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows as lines of CSV (RFC 4180) after a header; several things in one cell are set apart by ``; ``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for cells in chain([list(columns)], ([neutralise(row[column]) for column in columns] for row in rows)):
        writer.writerow(cells)
        yield text.getvalue()
        text.seek(0)
        text.truncate()


def issue_rows(views: list[IssueView]) -> list[Row]:
    """Return a row for each issue, party and position; the party is whose position it is."""
    return [
        {
            "issue": view.issue.label,
            "party": party.label,
            "position": position.label,
            "claimants": _labels(position, "att:claimant"),
            "stance": _labels(position, "att:relation"),
            "negated": position.text("att:negated") or "",
            "on": _labels(position, "att:object"),
            "attribution": _labels(position, "att:attribution"),
            "modality": _labels(position, "att:modality"),
            "printed": "; ".join(words.text("att:printed") or "" for words in printed(position)),
            "passages": _passages("att:evidence", position),
            "context": _passages("att:context", position),
            "reasons": "; ".join(reason.label for reason in view.grounds.get(position.iri, [])),
            "contradicts": "; ".join(link.iri for link in position.links("att:contradicts")),
            "opposes": "; ".join(link.iri for link in position.links("att:opposes")),
            "inferred": _inferred(position),
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
                "passages": _passages("att:evidence", *reports),
                "inferred": _inferred(event),
                "iri": event.iri,
            }
        )
    return rows


def figure_rows(groups: list[FigureGroup]) -> list[Row]:
    """Return a row for each printing of each count, in the order of the groups; one count is one ``observation``."""
    rows = []
    for printing in (printing for group in groups for printing in group.printings):
        said, count = printing.statement, printing.count.observation
        period = count.link("att:period")
        remarks = [s for s in said.resources.of_type("att:Statement") if said in s.links("att:qualifies")]
        rows.append(
            {
                "indicator": _labels(count, "att:indicator"),
                "population": _labels(count, "att:population"),
                "period": period.label if period else "",
                "firstDay": (period.text("att:firstDay") or "") if period else "",
                "lastDay": (period.text("att:lastDay") or "") if period else "",
                "bound": _labels(said, "att:bound"),
                "value": count.text("att:value") or "",
                "unit": _labels(count, "att:unit"),
                "printed": "; ".join(words.text("att:printed") or "" for words in printed_numbers(said)),
                "claimants": _labels(said, "att:claimant"),
                "attribution": _labels(said, "att:attribution"),
                "via": _labels(said, "att:via"),
                "asOf": _labels(said, "att:asOf"),
                "modality": _labels(said, "att:modality"),
                "negated": said.text("att:negated") or "",
                "remarks": "; ".join(remark.label for remark in remarks),
                "passages": _passages("att:evidence", said),
                "differsFrom": "; ".join(printing.differing),
                "inferred": _inferred(said),
                "observation": count.iri,
                "statement": said.iri,
            }
        )
    return rows


def _labels(resource: Resource, name: str) -> str:
    return "; ".join(link.label for link in resource.links(name))


def _inferred(thing: Resource) -> str:
    """Return the properties of a thing that are inferred and not printed, as their names in the ontology."""
    return "; ".join(sorted({p.key for node in thing.links("att:inference") for p in node.links("att:infers")}))


def _passages(name: str, *statements: Resource) -> str:
    """Return the article and number of each passage that a property of the statements names."""
    passages = {passage for statement in statements for passage in statement.links(name)}
    ordered = sorted(passages, key=lambda passage: passage.sort_key)
    return "; ".join(f"{slug_of(passage)} {passage.number('att:number') or passage.key}" for passage in ordered)
