"""Checks of what an article's folder holds: the article, its passages in order, and nothing of another article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from rdflib import RDF, URIRef
from rdflib.namespace import Namespace

from kg.corpus.classes import superclasses
from kg.corpus.load import Corpus
from kg.corpus.report import VIOLATION, Result

TYPE = RDF.type  # looked up once: rdflib makes it anew each time


def own_folder(corpus: Corpus) -> Iterator[Result]:
    """Find things of one article in the folder of another, and articles but the folder's own."""
    term = Namespace(corpus.iris.term(""))
    parts = {term.Passage, term.Event, term.Period, term.Statement}
    parts |= {cls for cls, above in superclasses(corpus).items() if term.Statement in above}
    prefix = corpus.iris.graph("article/")
    for (subject, predicate, value), graph in corpus.graph_of.items():
        if predicate != TYPE or not graph.startswith(prefix):
            continue
        article = corpus.iris.article(graph.removeprefix(prefix))
        is_own = str(subject) == article
        if (value == term.Article and not is_own) or (value in parts and not str(subject).startswith(article + "/")):
            yield Result(VIOLATION, "ArticleFolder", subject, predicate, value, None, None)


def section_headings(corpus: Corpus) -> Iterator[Result]:
    """Find sections that are no heading of the same article."""
    term = Namespace(corpus.iris.term(""))
    heading = URIRef(corpus.iris.code("heading"))
    prefix = corpus.iris.graph("article/")
    for (subject, predicate, value), graph in corpus.graph_of.items():
        if predicate == term.section and graph.startswith(prefix):
            known = (value, TYPE, term.Passage) in corpus.graph_of  # else KnownThing reports it
            if known and corpus.graph_of.get((value, term.kind, heading)) != graph:
                yield Result(VIOLATION, "SectionHeading", subject, predicate, value, None, None)


def described_articles(corpus: Corpus) -> Iterator[Result]:
    """Find folders without their article, each at the first line that the folder has."""
    term = Namespace(corpus.iris.term(""))
    for slug in corpus.slugs:
        article = URIRef(corpus.iris.article(slug))
        graph = URIRef(corpus.iris.graph(f"article/{slug}"))
        if corpus.graph_of.get((article, TYPE, term.Article)) != graph:
            first = next((t for t, g in corpus.graph_of.items() if g == graph), None)
            place = corpus.places.get(first) if first else None
            yield Result(VIOLATION, "ArticleDescribed", article, None, None, None, place)


def passage_order(corpus: Corpus) -> Iterator[Result]:
    """Find, for each article, the first passage whose number is not that of its place."""
    term = Namespace(corpus.iris.term(""))
    prefix = corpus.iris.graph("article/")
    numbers: dict[URIRef, list[tuple[int, str, Result]]] = defaultdict(list)
    for (subject, predicate, value), graph in corpus.graph_of.items():
        if predicate == term.number and graph.startswith(prefix) and str(value).isdecimal():
            found = Result(VIOLATION, "PassageOrder", subject, predicate, value, None, None)
            numbers[graph].append((int(str(value)), str(subject), found))
    for passages in numbers.values():
        yield from islice(_out_of_order(passages), 1)


def _out_of_order(passages: list[tuple[int, str, Result]]) -> Iterator[Result]:
    """Find the passages, in order, whose number is not that of their place."""
    in_order = sorted(passages, key=lambda passage: passage[:2])
    return (found for expected, (number, _, found) in enumerate(in_order, start=1) if number != expected)
