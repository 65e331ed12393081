"""Charts as SVG, made here and without script: figures with their bounds, events with their status.

A chart has no scale of its own: lengths along it are percentages, so that it fits any screen with letters of one size.
Its looks are ``static/chart.css``, which a page links and a chart that is taken away carries within it. Shapes and
words say what colours do, too.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise

from markupsafe import Markup

from kg.web.data.resources import Resource
from kg.web.parts.figures import Count, FigureGroup
from kg.web.parts.timeline import Moment, span_words
from kg.web.text.language import gettext, ngettext
from kg.web.words.codes import amount_words, are_several, slug_of

LINE = 19
"""Height of a line of text, in pixels as all that follows."""
TRACK = 24
"""Height of the line below the text on which a bar or an event is drawn."""
GAP = 14
"""What keeps a row from the next."""
LETTERS = 28
"""Most letters of a line: so many fit the narrowest screen, 320 pixels wide."""
LONGEST_BAR = 82
"""Percentage of the width that the largest number takes: the rest is for the arrow of its bound."""
WIDTH = 640
"""Width of a chart that is taken away."""
MARGIN = 16
BREAK_DAYS = 120
"""Days without any event after which the axis of time is broken."""
MOST_PARTS = 4
"""Parts of a broken axis; with more, one could not read their dates."""

_ARROW = '<path class="line{kind}" d="M0 0H27"/><path class="line" d="M20 -6L28 0L20 6"/>'
_STOP = '<path class="stop" d="M0 -9V9"/>'
_OPEN = '<circle class="open" r="5"/>'
_BACK = '<g transform="rotate(180)">{}</g>'
BOUND_MARKS = {
    "as-printed": _STOP,
    "at-least": _STOP + _ARROW.format(kind=""),
    "more-than": _ARROW.format(kind="") + _OPEN,
    "at-most": _STOP + _BACK.format(_ARROW.format(kind="")),
    "less-than": _BACK.format(_ARROW.format(kind="")) + _OPEN,
    "approximately": '<path class="line dashed" d="M-22 0H22"/><path class="line" d="M-22 -5V5M22 -5V5"/>',
    "at-least-scope-unclear": _STOP + _ARROW.format(kind=" dashed") + '<text class="small" x="32" y="4">?</text>',
}
"""Code of a bound → how the end of a bar is drawn."""
DIRECTION_MARKS = {
    "exact": BOUND_MARKS["as-printed"],
    "lower": BOUND_MARKS["at-least"],
    "upper": BOUND_MARKS["at-most"],
    "either-side": BOUND_MARKS["approximately"],
}
"""The same for a bound that has no mark of its own, by the code of its direction."""
STATUS_MARKS = {
    "occurred": '<circle class="full" r="7"/>',
    "ongoing": '<path class="full" d="M-6 -8L9 0L-6 8Z"/>',
    "scheduled": '<path class="open dashed" d="M0 -9L9 0L0 9L-9 0Z"/>',
    "alleged": '<path class="open" d="M-8 -8H8V8H-8Z"/><text class="small middle" y="4">?</text>',
    "hypothetical": '<circle class="open dashed" r="7"/>',
    "cancelled": '<path class="line" d="M-6 -6L6 6M6 -6L-6 6"/>',
    "not-stated": '<circle class="open" r="7"/><path class="line" d="M-3.5 0H3.5"/>',
}
"""Code of a status → the shape of an event."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart; ``body`` is the content of the SVG, ``height`` in pixels."""

    name: str
    title: str
    subtitle: str
    description: str
    body: Markup
    height: int

    def inline(self) -> Markup:
        """Return the chart as part of a page, as wide as there is room."""
        size = Markup('width="100%" height="{}"').format(self.height)
        return Markup('<svg class="chart" {} role="img" aria-labelledby="{n}-title {n}-desc">{}</svg>').format(
            size, self.named(), n=self.name
        )

    def named(self) -> Markup:
        """Return the content of the SVG, with its name and what it shows in words (SVG 2 §5.8)."""
        return Markup('<title id="{n}-title">{}</title><desc id="{n}-desc">{}</desc>{}').format(
            self.title, self.description, self.body, n=self.name
        )


def standalone(charts: Iterable[Chart], source: str) -> str:
    """Return charts one below the other as a document of its own, with their looks, and a last line for the source."""
    parts, top = [], MARGIN
    for chart in charts:
        heading, height = _text(textwrap.wrap(chart.title, 2 * LETTERS), [chart.subtitle], 0)
        drawn = Markup('{}<svg y="{}" overflow="visible">{}</svg>').format(heading, height + GAP, chart.named())
        placed = Markup('<svg x="{}" y="{}" width="{}" overflow="visible">{}</svg>')
        parts.append(placed.format(MARGIN, top, WIDTH, drawn))
        top += height + GAP + chart.height + MARGIN
    body = Markup("").join(parts)
    whole = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {w} {h}" width="{w}" height="{h}">'
        '<style>{}</style><rect class="paper" width="100%" height="100%"/>{}'
        '<text class="soft" x="{m}" y="{y}">{}</text></svg>\n'
    )
    size = {"w": WIDTH + 2 * MARGIN, "h": top + 2 * MARGIN, "m": MARGIN, "y": top + MARGIN}
    return str(whole.format(Markup(looks()), body, source, **size))  # noqa: S704 - the style sheet is ours


@cache
def looks() -> str:
    """Return the style sheet of charts."""
    return (files("kg.web") / "static" / "chart.css").read_text("utf-8")


def looks_source() -> str:
    """Return the style sheet as a source that a Content-Security-Policy allows (CSP 3 §2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(looks().encode()).digest()).decode()}'"


def status_sign(status: Resource) -> Markup:
    """Return a small picture of how an event of a status is drawn, for a legend whose words are next to it."""
    return _sign(STATUS_MARKS.get(status.key, STATUS_MARKS["not-stated"]), 24, 12)


def bound_sign(bound: Resource | None) -> Markup:
    """Return a small picture of how a bound is drawn, for a legend whose words are next to it."""
    return _sign(_bound_mark(bound), 68, 32)


def _bound_mark(bound: Resource | None) -> str:
    if bound is None:
        return _STOP
    direction = bound.link("att:direction")
    return BOUND_MARKS.get(bound.key) or DIRECTION_MARKS.get(direction.key if direction else "", _STOP)


def _sign(drawn: str, width: int, left: int) -> Markup:
    frame = Markup('<svg class="chart sign" width="{}" height="22" aria-hidden="true">{}</svg>')
    return frame.format(width, _mark(drawn, str(left), 11))


def figures_chart(group: FigureGroup) -> Chart:
    """Return bars from nought, one for each count of a group that is a number, each ending as its bound says."""
    largest = max((abs(c.value) for c in group.counts if isinstance(c.value, Decimal)), default=Decimal(0)) or Decimal(
        1
    )
    rows, top = [], 0
    for count in group.counts:
        share = abs(count.value) / largest if isinstance(count.value, Decimal) else Decimal(0)
        length = f"{float(share) * LONGEST_BAR:.2f}%"
        text, height = _text(_lines(count.words), _lines(_told(count)), top)
        middle = top + height + TRACK // 2
        bar = Markup('<rect class="bar" y="{}" height="12" width="{}"/><path class="axis" d="M0 {}V{}"/>{}').format(
            middle - 6, length, middle - 10, middle + 10, _mark(_bound_mark(count.bound), length, middle)
        )
        rows += [text, bar]
        top += height + TRACK + GAP
    rows.append(_scale(largest, top))
    said = "; ".join(f"{_told(count)}: {count.words}" for count in group.counts)
    periods = ", ".join(period.label for period in group.periods)
    return Chart(f"figures-{group.key}", measure_words(group), periods, said, Markup("").join(rows), top + LINE + 6)


def _told(count: Count) -> str:
    """Return the period of a count, and where the release has several articles, which of them print it."""
    slugs = dict.fromkeys(slug_of(p.statement) for p in count.printings if are_several(p.statement))
    return " · ".join([_label(count.link("att:period")), *slugs])


def _scale(largest: Decimal, top: int) -> Markup:
    """Return the axis below bars: from nought, which it names, to the largest number."""
    line = Markup('<svg y="{}" overflow="visible"><rect class="rail" width="{}%" height="1"/>').format(top, LONGEST_BAR)
    ends = Markup('<text class="small" y="{y}">0</text><text class="small end" x="{x}%" y="{y}">{}</text></svg>')
    return line + ends.format(amount_words(largest), x=LONGEST_BAR, y=LINE)


def measure_words(group: FigureGroup) -> str:
    """Return what the figures of a group measure, in words."""
    parts = [group.indicator.label, *([group.population.label] if group.population else [])]
    unit = f" ({group.unit.label})" if group.unit else ""
    return ": ".join(parts) + unit


def timeline_chart(moments: list[Moment]) -> Chart:
    """Return events along an axis of time, which is broken where there is nothing for long."""
    axis = Axis(moments)
    rows, top = [], 0
    for moment in moments:
        status = moment.event.link("att:status")
        text, height = _text(_lines(moment.event.label), [f"{moment.when} · {_label(status)}"], top)
        middle = top + height + TRACK // 2
        rows += [text, axis.rails(middle), axis.draw(moment, middle)]
        top += height + TRACK + GAP
    count = len(moments)
    title = ngettext("%(num)s dated event", "%(num)s dated events", count)
    said = "; ".join(f"{m.when}: {m.event.label}, {_label(m.event.link('att:status'))}" for m in moments)
    return Chart(
        "timeline", title, gettext("each with its status"), said, Markup("").join([*rows, axis.labels(top)]), top + LINE
    )


class Axis:
    """The days of events along a line, in parts of equal width, each on a scale of its own."""

    def __init__(self, moments: list[Moment]) -> None:
        """Break the line where there is nothing for BREAK_DAYS: at the longest such times, MOST_PARTS - 1 at most."""
        spans: list[tuple[datetime.date, datetime.date]] = []
        for first, last in sorted((_first(m), _last(m)) for m in moments):
            if spans and first <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], last))
            else:
                spans.append((first, last))
        gaps = [(after[0] - before[1]).days for before, after in pairwise(spans)]
        longest = sorted((gap for gap in gaps if gap > BREAK_DAYS), reverse=True)[: MOST_PARTS - 1]
        parts = spans[:1]
        for gap, (first, last) in zip(gaps, spans[1:], strict=True):
            if longest and gap >= longest[-1] and len(parts) < MOST_PARTS:
                parts.append((first, last))
            else:
                parts[-1] = (parts[-1][0], last)
        self._parts = parts
        self._share = 100 / len(parts) if parts else 100

    def place(self, day: datetime.date) -> float:
        """Return where a day is, in percent of the width."""
        number = next(i for i, (first, last) in enumerate(self._parts) if first <= day <= last)
        first, last = self._parts[number]
        within = (day - first).days / ((last - first).days or 1)
        return number * self._share + 6 + within * (self._share - 14)

    def draw(self, moment: Moment, middle: int) -> Markup:
        """Return an event: its shape, and for more than a day the length of its period behind it."""
        start, end = self.place(_first(moment)), self.place(_last(moment))
        shape = STATUS_MARKS.get(moment.status, STATUS_MARKS["not-stated"])
        if moment.first == moment.last:
            return _mark(shape, f"{start:.2f}%", middle)
        kind = "span" if moment.status in ("occurred", "ongoing") else "span open dashed"
        span = Markup('<rect class="{}" x="{:.2f}%" y="{}" width="{:.2f}%" height="8"/>').format(
            kind, start, middle - 4, max(end - start, 6)
        )
        arrow = _ARROW.format(kind="")
        if moment.last is None:
            span += _mark(arrow, f"{start + 6:.2f}%", middle)
        if moment.first is None:
            span += _mark(f'<g transform="rotate(180)">{arrow}</g>', f"{end:.2f}%", middle)
        return span + _mark(shape, f"{(start + max(end, start + 6)) / 2:.2f}%", middle)

    def rails(self, middle: int) -> Markup:
        """Return the line of a row, which ends where the axis is broken."""
        drawn = []
        for number in range(len(self._parts)):
            start = number * self._share
            drawn.append(
                Markup('<rect class="rail" x="{:.2f}%" y="{}" width="{:.2f}%" height="1"/>').format(
                    start, middle, self._share - 3
                )
            )
            if number:
                drawn.append(_mark('<path class="line" d="M-4 7L2 -7M2 7L8 -7"/>', f"{start - 2:.2f}%", middle))
        return Markup("").join(drawn)

    def labels(self, top: int) -> Markup:
        """Return the first and the last day of each part below it."""
        drawn = []
        for number, (first, last) in enumerate(self._parts):
            start = number * self._share
            drawn.append(
                Markup('<text class="small" x="{:.2f}%" y="{}">{}</text>').format(start, top, span_words(first, last))
            )
        return Markup("").join(drawn)


def _first(moment: Moment) -> datetime.date:
    return moment.first or moment.last or datetime.date.max


def _last(moment: Moment) -> datetime.date:
    return moment.last or moment.first or datetime.date.max


def _mark(drawn: str, x: str, y: int) -> Markup:
    """Return a mark at a percentage of the width, in pixels around that point."""
    return Markup('<svg x="{}" y="{}" overflow="visible">{}</svg>').format(x, y, Markup(drawn))  # noqa: S704 - ours


def _text(said: list[str], soft: list[str], top: int) -> tuple[Markup, int]:
    """Return the lines of a row, those below quieter, and their height."""
    lines = [("said", line) for line in said] + [("soft", line) for line in soft]
    drawn = [
        Markup('<text class="{}" y="{}">{}</text>').format(look, top + LINE * n + 15, line)
        for n, (look, line) in enumerate(lines)
    ]
    return Markup("").join(drawn), LINE * len(lines) + 2


def _lines(text: str) -> list[str]:
    return textwrap.wrap(text, LETTERS, break_on_hyphens=False) or [""]


def _label(resource: Resource | None) -> str:
    return resource.label if resource else ""
