"""Rows of what is said of some nodes → statements, figures and entities."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from kg.client.records import Evidence, Figure, Statement
from kg.client.values import Iri, Literal, Named, Row, Value
from kg.terms import Iris

Words = Callable[[str, str | None, int, int, str], str | None]
"""Slug of an article, digest of its text, start, end and digest of a passage → its words where they are available."""


class Nodes:
    """All that an answer says of some nodes. Properties are named with their prefix, as in ``att:claimant``."""

    def __init__(self, rows: Iterable[Row], iris: Iris, language: str) -> None:
        """Take rows of ``n``, ``p``, ``o`` and the value's ``name``; labels in several languages repeat a row."""
        self._prefixes = iris.prefixes()
        self._language = language
        self._values: defaultdict[tuple[str, str], list[Value]] = defaultdict(list)
        self._labels: dict[str, list[Literal | str]] = defaultdict(list)
        self.order: list[Iri] = []
        seen: set[Iri] = set()
        for row in rows:
            node, value, label = row["n"], row["o"], row.get("name")
            values = self._values[str(node), str(row["p"])]
            if value not in values:
                values.append(value)
            if isinstance(value, Iri) and isinstance(label, str):
                self._labels[value].append(label)
            statement = row.get("s")
            if isinstance(statement, Iri) and statement not in seen:
                seen.add(statement)
                self.order.append(statement)
        self.order.sort()

    def values(self, node: str, name: str) -> list[Value]:
        """Return the values of a property, in the order of their texts."""
        prefix, _, local = name.partition(":")
        return sorted(self._values.get((str(node), self._prefixes[prefix] + local), ()), key=str)

    def links(self, node: str, name: str) -> tuple[Iri, ...]:
        """Return the IRIs that a property leads to."""
        return tuple(value for value in self.values(node, name) if isinstance(value, Iri))

    def named(self, node: str, name: str) -> tuple[Named, ...]:
        """Return what a property leads to, with labels."""
        return tuple(Named(iri, self._label(iri)) for iri in self.links(node, name))

    def one(self, node: str, name: str) -> Named | None:
        """Return the first of what a property leads to, or None."""
        return next(iter(self.named(node, name)), None)

    def text(self, node: str, name: str) -> str | None:
        """Return the text that suits the language best, or None."""
        found = [value for value in self.values(node, name) if isinstance(value, str)]
        return best(found, self._language)

    def number(self, node: str, name: str) -> int | None:
        """Return the first whole number, or None."""
        return next((v for v in self.values(node, name) if isinstance(v, int) and not isinstance(v, bool)), None)

    def day(self, node: str, name: str) -> datetime.date | None:
        """Return the first day, or None."""
        return next((v for v in self.values(node, name) if isinstance(v, datetime.date)), None)

    def kinds(self, node: str) -> tuple[str, ...]:
        """Return the last parts of the IRIs of the classes."""
        return tuple(iri.key for iri in self.links(node, "rdf:type"))

    def _label(self, iri: Iri) -> str:
        return best(self._labels.get(iri, ()), self._language) or iri.key


def best(texts: Sequence[str], language: str) -> str | None:
    """Return the text in a language, or else in English, or else the first one; None where there is none."""
    for wanted in (language, "en"):
        for text in texts:
            if isinstance(text, Literal) and text.language and text.language.split("-")[0].lower() == wanted:
                return str(text)
    return str(texts[0]) if texts else None


def read_statement(nodes: Nodes, iri: Iri, release: str, words: Words) -> Statement | None:
    """Return a statement, or None where its evidence is not told."""
    evidence = _read_evidence(nodes, iri, words)
    if evidence is None:
        return None
    inferred = (each.key for node in nodes.links(iri, "att:inference") for each in nodes.links(node, "att:infers"))
    printed = (str(text) for node in nodes.links(iri, "att:words") for text in nodes.values(node, "att:printed"))
    return Statement(
        iri=iri,
        label=nodes.text(iri, "rdfs:label") or iri.key,
        kinds=nodes.kinds(iri),
        claimants=nodes.named(iri, "att:claimant"),
        holders=nodes.named(iri, "att:holder"),
        modality=nodes.one(iri, "att:modality"),
        attribution=nodes.one(iri, "att:attribution"),
        negated=True in nodes.values(iri, "att:negated"),
        subjects=nodes.named(iri, "att:subject"),
        relation=nodes.one(iri, "att:relation"),
        objects=nodes.named(iri, "att:object"),
        qualities=nodes.named(iri, "att:quality"),
        issues=nodes.named(iri, "att:issue"),
        periods=nodes.named(iri, "att:period"),
        contradicts=nodes.links(iri, "att:contradicts"),
        opposes=nodes.links(iri, "att:opposes"),
        printed=tuple(printed),
        inferred=tuple(sorted(set(inferred))),
        evidence=evidence,
        context=nodes.links(iri, "att:context"),
        release=release,
    )


def read_figure(nodes: Nodes, statement: Statement) -> Figure | None:
    """Return the figure of a statement that prints an observation, or None where the observation is not told."""
    observation = next(iter(nodes.links(statement.iri, "att:prints")), None)
    if observation is None:
        return None
    values = [v for v in nodes.values(observation, "att:value") if isinstance(v, int | Decimal | float)]
    indicator, period = nodes.one(observation, "att:indicator"), nodes.one(observation, "att:period")
    if not values or indicator is None:
        return None
    return Figure(
        statement=statement,
        observation=observation,
        indicator=indicator,
        population=nodes.one(observation, "att:population"),
        period=period,
        first_day=nodes.day(period.iri, "att:firstDay") if period else None,
        last_day=nodes.day(period.iri, "att:lastDay") if period else None,
        value=values[0],
        unit=nodes.one(observation, "att:unit"),
        bound=nodes.one(statement.iri, "att:bound"),
        observation_bound=nodes.one(observation, "att:bound"),
    )


def _read_evidence(nodes: Nodes, statement: Iri, words: Words) -> Evidence | None:
    passage = next(iter(nodes.links(statement, "att:evidence")), None)
    if passage is None:
        return None
    place, article = next(iter(nodes.links(passage, "oa:hasSelector")), ""), nodes.links(passage, "oa:hasSource")
    start, end = nodes.number(place, "oa:start"), nodes.number(place, "oa:end")
    digest = nodes.text(passage, "att:digest")
    if start is None or end is None or digest is None or not article:
        return None
    return Evidence(
        passage,
        article[0],
        start,
        end,
        digest,
        words(article[0].key, nodes.text(article[0], "att:digest"), start, end, digest),
    )
