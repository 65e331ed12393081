"""Steps of a plan in words, and what of a plan costs: from what Oxigraph calls its steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kg.store import MOST_COUNTED, Plan, Step
from kg.web.data.context import Context
from kg.web.guide.vocabulary import shorten
from kg.web.text.language import gettext, mark

MANY_ROWS = 1_000
"""Rows from which a step is worth a word."""
KEPT_OF = 100
"""A filter that keeps less than one row of so many could be a pattern."""
RDF_TYPE = "rdf:type"
_TERM = re.compile(r"<([^<>\s]*)>|\?([0-9a-f]{31,32})\b|\"((?:[^\"\\]|\\.)*)\"\^\^<[^<>]*#(?:integer|boolean|decimal)>")
_KEYS = re.compile(r"keys = ([^)]*?)(?:, expression = .*)?$")
_SLICE = re.compile(r"start = (\d+)(?:, length = (\d+))?")

WORDS = {
    "QuadPattern": mark("Look up %(what)s"),
    "Path": mark("Follow the path %(what)s"),
    "Lateral": mark("For each row of the first step, carry out the second"),
    "LeftJoin": mark("Add what the second step has, and keep the rows for which it has nothing (OPTIONAL)"),
    "AntiJoin": mark("Leave out the rows that the second step has (MINUS)"),
    "Filter": mark("Keep the rows where %(what)s"),
    "Union": mark("Take the rows of each step, one after the other (UNION)"),
    "Extend": mark("Compute %(what)s"),
    "Aggregate": mark("Group and count: %(what)s"),
    "Project": mark("Keep the columns %(what)s"),
    "Distinct": mark("Leave out repeated rows (DISTINCT)"),
    "Sort": mark("Sort all rows by %(what)s"),
    "StaticBindings": mark("Take the rows that the query itself lists"),
    "Graph": mark("Go through the named graphs %(what)s"),
}
"""Start of the name of a step → what it does."""
ALIKE = {"ForLoopLeftJoin": "LeftJoin"}
"""Names of what a reader need not distinguish."""


@dataclass(frozen=True, slots=True)
class Told:
    """A step as a reader sees it; ``own`` is its seconds without those of the steps below."""

    words: str
    engine: str
    rows: int | None
    is_more: bool
    seconds: float | None
    own: float | None
    steps: list[Told] = field(default_factory=list)

    def all(self) -> Iterator[Told]:
        """Yield this step and all below it."""
        yield self
        for step in self.steps:
            yield from step.all()

    def to_json(self) -> dict[str, object]:
        """Return it as the endpoint gives it."""
        told = {"step": self.words, "engine": self.engine, "rows": self.rows, "seconds": self.seconds}
        return told | {"own_seconds": self.own, "steps": [step.to_json() for step in self.steps]}


def tell(context: Context, plan: Plan) -> Told:
    """Return a plan in words."""
    return _tell(context, plan.root, is_counted=not plan.is_complete)


def _tell(context: Context, step: Step, *, is_counted: bool) -> Told:
    below = sum(each.seconds or 0.0 for each in step.steps)
    own = None if step.seconds is None else max(0.0, step.seconds - below)
    steps = [_tell(context, each, is_counted=is_counted) for each in step.steps]
    is_more = is_counted and step.rows == MOST_COUNTED
    return Told(describe(context, step.name), step.name, step.rows, is_more, step.seconds, own, steps)


def describe(context: Context, name: str) -> str:
    """Return what a step does, in the language of the page; what is not known keeps the engine's name for it."""
    start, _, inner = name.removesuffix(")").partition("(")
    start = ALIKE.get(start, start)
    if start == "Join":
        return _join(inner)
    if start == "Slice":
        return _slice(inner)
    words = WORDS.get(start)
    return gettext(words, what=_readable(context, inner)) if words else name


def _join(inner: str) -> str:
    keys = _KEYS.search(inner)
    if keys is None or not keys[1]:
        return gettext("Join each row of one step with each row of the other: they share no variable")
    return gettext("Join the rows of both steps that have the same %(what)s", what=keys[1])


def _slice(inner: str) -> str:
    found = _SLICE.search(inner)
    if found is None or found[2] is None:
        return gettext("Leave out the first %(n)s rows (OFFSET)", n=found[1] if found else "")
    return gettext("Give %(n)s rows at most (LIMIT)", n=found[2])


def _readable(context: Context, text: str) -> str:
    """Return terms with prefixes, and the engine's own variables as numbers."""
    prefixes = context.iris.prefixes()
    seen: dict[str, int] = {}

    def write(found: re.Match[str]) -> str:
        if found[1] is not None:
            name = shorten(found[1], prefixes)
            return "a" if name == RDF_TYPE else name or found[0]
        if found[2] is not None:
            return f"?_{seen.setdefault(found[2], len(seen) + 1)}"
        return found[3]

    return _TERM.sub(write, text).replace(" -> ", " as ")


def costs(told: Told, *, is_complete: bool) -> list[str]:
    """Return what of a plan costs, the dearest first, and what may be done."""
    steps = list(told.all())
    found: list[str] = []
    if not is_complete:
        found.append(
            gettext(
                "It was not carried out to its end in the time that a query has. So no step was measured, and each"
                " pattern has the number of rows that it has by itself."
            )
        )
    if told.seconds:
        dearest = max(steps, key=lambda step: step.own or 0.0)
        share = round(100 * (dearest.own or 0.0) / told.seconds)
        found.append(gettext("%(share)s %% of the time goes to: %(step)s.", share=share, step=dearest.words))
    largest = max(steps, key=lambda step: step.rows or 0)
    if (largest.rows or 0) >= MANY_ROWS:
        number = gettext("%(n)s or more", n=f"{largest.rows:,}") if largest.is_more else f"{largest.rows:,}"
        found.append(gettext("Most rows, %(n)s, come from: %(step)s.", n=number, step=largest.words))
    advised = [advice for step in steps for check in _CHECKS if (advice := check(step))]
    return [*found, *dict.fromkeys(advised)]


def _product(step: Told) -> str | None:
    keys = _KEYS.search(step.engine.removesuffix(")")) if step.engine.startswith("Join(") else None
    rows = [each.rows or 0 for each in step.steps]
    if keys is None or keys[1] or (step.rows is not None and step.rows < MANY_ROWS and min(rows, default=0) < 2):
        return None
    return gettext("Two parts share no variable, so their rows are multiplied. Name a variable that both have.")


def _sieve(step: Told) -> str | None:
    taken = step.steps[0].rows or 0 if step.engine.startswith("Filter(") and step.steps else 0
    if step.rows is None or taken < MANY_ROWS or step.rows * KEPT_OF >= taken:
        return None
    return gettext(
        "A FILTER keeps %(kept)s of %(taken)s rows. A pattern in its place would not look the others up.",
        kept=f"{step.rows:,}",
        taken=f"{taken:,}",
    )


_CHECKS: tuple[Callable[[Told], str | None], ...] = (_product, _sieve)
