"""Checks of what an article's folder holds: the article, its passages in order, and nothing of another article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from rdflib import RDF, URIRef
from rdflib.namespace import Namespace

from kg.corpus.bare import REFERENCE
from kg.corpus.classes import superclasses
from kg.corpus.load import Corpus
from kg.corpus.report import VIOLATION, Result


def check_articles(corpus: Corpus) -> Iterator[Result]:
    """Find articles that are not described, things in the wrong folder, and passages out of order."""
    term = Namespace(corpus.iris.term(""))
    heading = URIRef(corpus.iris.code("heading"))
    parts = _parts(corpus, term)
    prefix = corpus.iris.graph("article/")
    looked_at = {RDF.type, term.number, term.section}
    described: set[str] = set()
    numbers: dict[URIRef, list[tuple[int, str, Result]]] = defaultdict(list)
    for triple, graph in corpus.graph_of.items():
        subject, predicate, value = triple
        if predicate not in looked_at or not graph.startswith(prefix):
            continue
        article = corpus.iris.article(graph.removeprefix(prefix))
        if predicate == term.number and str(value).isdecimal():
            found = Result(VIOLATION, "PassageOrder", subject, predicate, value, None, None)
            numbers[graph].append((int(str(value)), str(subject), found))
        elif predicate == term.section:
            known = (value, RDF.type, term.Passage) in corpus.graph_of  # else KnownThing reports it
            if known and corpus.graph_of.get((value, term.kind, heading)) != graph:
                yield Result(VIOLATION, "SectionHeading", subject, predicate, value, None, None)
        elif value == term.Article and str(subject) == article:
            described.add(article)
        elif value == term.Article or (value in parts and not str(subject).startswith(article + "/")):
            yield Result(VIOLATION, "ArticleFolder", subject, predicate, value, None, None)
    yield from _undescribed(corpus, described)
    for article in described:
        yield from _reference(corpus, URIRef(article), term)
    for passages in numbers.values():
        yield from islice(_out_of_order(passages), 1)


def _parts(corpus: Corpus, term: Namespace) -> set[URIRef]:
    """Return the classes of what an article's folder describes, each of which lies under the article's IRI."""
    tops = {term[name] for name in ("Passage", "Event", "Period", "Statement", "Observation", "Entity")}
    tops |= {term.Words, term.Inference}
    return tops | {cls for cls, above in superclasses(corpus).items() if tops & above}


def _reference(corpus: Corpus, article: URIRef, term: Namespace) -> Iterator[Result]:
    """Find an article of which neither is given nor said to be lacking what identifies it, or both."""
    lacking = set(corpus.data.objects(article, term.notGiven))
    if any((corpus.data.value(article, name) is not None) is (name in lacking) for name in REFERENCE):
        yield Result(VIOLATION, "ArticleReference", article, None, None, None, None)


def _undescribed(corpus: Corpus, described: set[str]) -> Iterator[Result]:
    """Find folders without their article, each at the first line that the folder has."""
    for slug in corpus.slugs:
        article = URIRef(corpus.iris.article(slug))
        if str(article) not in described:
            graph = URIRef(corpus.iris.graph(f"article/{slug}"))
            first = next((t for t, g in corpus.graph_of.items() if g == graph), None)
            place = corpus.places.get(first) if first else None
            yield Result(VIOLATION, "ArticleDescribed", article, None, None, None, place)


def _out_of_order(passages: list[tuple[int, str, Result]]) -> Iterator[Result]:
    """Find the passages, in order, whose number is not that of their place."""
    in_order = sorted(passages, key=lambda passage: passage[:2])
    return (found for expected, (number, _, found) in enumerate(in_order, start=1) if number != expected)
