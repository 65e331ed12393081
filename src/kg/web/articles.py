"""The articles with how much of each is encoded."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from kg.corpus.text import coverage_state
from kg.names import fold
from kg.web import access
from kg.web.resources import Value, best


@dataclass(slots=True)
class ArticleCoverage:
    """One article: its passages by state, its statements, and how many make them."""

    path: str
    label: Value
    states: Counter[str] = field(default_factory=Counter)
    statements: int = 0
    claimants: int = 0

    @property
    def passages(self) -> int:
        """Number of passages."""
        return self.states.total()


def article_list() -> list[ArticleCoverage]:
    """Return the articles of the release in the order of their names; raises QueryError."""
    found: dict[str, ArticleCoverage] = {}
    labels: dict[str, list[Value]] = defaultdict(list)
    for row in access.ask_rows("articles"):
        label = Value(row["label"], row["language"] or None, None)
        labels[row["article"]].append(label)
        path = access.iris().path(row["article"]) or row["article"]
        article = found.setdefault(row["article"], ArticleCoverage(path, label))
        if label != article.label:  # the same once more, under the label in another language
            continue
        kind = row["kind"].rpartition("/")[2]
        article.states[coverage_state(kind, row["said"] == "true", row["reason"] == "true")] += int(row["passages"])
    for row in access.ask_rows("articles-statements"):
        if row["article"] in found:
            found[row["article"]].statements = int(row["statements"])
            found[row["article"]].claimants = int(row["claimants"])
    for iri, article in found.items():
        article.label = best(labels[iri]) or article.label
    return sorted(found.values(), key=lambda article: (fold(article.label.text), article.path))
