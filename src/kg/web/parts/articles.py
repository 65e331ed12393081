"""The articles with how much of each is encoded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kg.catalogue.finding.search import labelled
from kg.catalogue.things import Thing
from kg.web.data import access
from kg.web.data.resources import Value
from kg.web.text.language import current


@dataclass(frozen=True, slots=True)
class ArticleCoverage:
    """One article: its passages by state, its statements, and how many make them."""

    path: str
    label: Value
    states: Counter[str]
    statements: int
    claimants: int

    @property
    def passages(self) -> int:
        """Number of passages."""
        return self.states.total()


def article_list(limit: int, offset: int = 0) -> list[ArticleCoverage]:
    """Return some articles in the order of their names; raises EngineUnavailable."""
    return [_coverage(thing) for thing in access.catalogue().articles(limit, offset)[1]]


def _coverage(thing: Thing) -> ArticleCoverage:
    text, language = labelled(thing, current())
    told = thing.more
    label = Value(text, language, None)
    return ArticleCoverage(f"/{thing.path}", label, Counter(told["states"]), told["statements"], told["claimants"])
