"""Checks of what an article's folder holds: the article, its passages in order, and nothing of another article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rdflib import RDF, URIRef
from rdflib.namespace import Namespace
from rdflib.term import Node

from kg.corpus.classes import superclasses
from kg.corpus.load import Corpus
from kg.corpus.report import VIOLATION, Result


def check_articles(corpus: Corpus) -> Iterator[Result]:
    """Find articles that are not described, things of one in the folder of another, and passages out of order."""
    term = Namespace(corpus.iris.term(""))
    heading = URIRef(corpus.iris.code("heading"))
    parts = {term.Passage, term.Event, term.Period, term.Statement}
    parts |= {cls for cls, above in superclasses(corpus).items() if term.Statement in above}
    prefix = corpus.iris.graph("article/")
    described: set[str] = set()
    numbers: dict[URIRef, list[tuple[int, Node]]] = defaultdict(list)
    for triple, graph in corpus.graph_of.items():
        if not graph.startswith(prefix):
            continue
        subject, predicate, value = triple
        article = corpus.iris.article(graph.removeprefix(prefix))
        if predicate == RDF.type:
            if value == term.Article and str(subject) == article:
                described.add(article)
            elif value == term.Article or (value in parts and not str(subject).startswith(article + "/")):
                yield Result(VIOLATION, "ArticleFolder", subject, predicate, value, None, None)
        elif predicate == term.number and str(value).isdecimal():
            numbers[graph].append((int(str(value)), subject))
        elif predicate == term.section and corpus.graph_of.get((value, term.kind, heading)) != graph:
            if (value, RDF.type, term.Passage) in corpus.graph_of:  # else KnownThing reports it
                yield Result(VIOLATION, "SectionHeading", subject, predicate, value, None, None)
    yield from _undescribed(corpus, described)
    for found in numbers.values():
        yield from _out_of_order(found, term.number)


def _undescribed(corpus: Corpus, described: set[str]) -> Iterator[Result]:
    """Find folders without their article, each at the first line that the folder has."""
    for slug in corpus.slugs:
        article = URIRef(corpus.iris.article(slug))
        if str(article) not in described:
            graph = URIRef(corpus.iris.graph(f"article/{slug}"))
            first = next((t for t, g in corpus.graph_of.items() if g == graph), None)
            place = corpus.places.get(first) if first else None
            yield Result(VIOLATION, "ArticleDescribed", article, None, None, None, place)


def _out_of_order(found: list[tuple[int, Node]], path: URIRef) -> Iterator[Result]:
    """Find the first passage whose number is not the one after that of the passage before it."""
    for expected, (number, passage) in enumerate(sorted(found, key=lambda pair: (pair[0], str(pair[1]))), start=1):
        if number != expected:
            yield Result(VIOLATION, "PassageOrder", passage, path, None, None, None)
            return
