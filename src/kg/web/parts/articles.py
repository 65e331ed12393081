"""The articles with how much of each is encoded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kg.catalogue.finding.search import labelled
from kg.catalogue.things import Thing
from kg.web.data.context import Context
from kg.web.data.resources import Value


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


def article_list(context: Context, limit: int, offset: int = 0) -> list[ArticleCoverage]:
    """Return some articles in the order of their names; raises EngineUnavailable."""
    return [_coverage(thing, context.language) for thing in context.catalogue.articles(limit, offset)[1]]


def _coverage(thing: Thing, language: str) -> ArticleCoverage:
    text, spoken = labelled(thing, language)
    told = thing.more
    label = Value(text, spoken, None)
    return ArticleCoverage(f"/{thing.path}", label, Counter(told["states"]), told["statements"], told["claimants"])
