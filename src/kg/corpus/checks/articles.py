"""Checks of articles as wholes: that each is described, owns what is in its folder, and has its passages in order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rdflib import RDF, Graph, URIRef
from rdflib.namespace import Namespace

from kg.corpus.checks.bare import ALSO_GIVEN, REFERENCE
from kg.corpus.checks.classes import superclasses
from kg.corpus.report import VIOLATION, Result
from kg.corpus.sources.load import Corpus

TYPE = RDF.type  # looked up once: rdflib makes it anew each time
PARTS = ("Passage", "Event", "Period", "Statement", "Observation", "Entity", "Words", "Inference")
"""Classes, those below them included, of what an article's folder describes: each thing lies under the article."""


def own_folder(corpus: Corpus) -> Iterator[Result]:
    """Find things of one article in the folder of another, and articles but the folder's own."""
    term = Namespace(corpus.iris.term(""))
    tops = {term[name] for name in PARTS}
    parts = tops | {cls for cls, above in superclasses(corpus).items() if tops & above}
    for slug, graph in _article_graphs(corpus):
        article = corpus.iris.article(slug)
        for subject, cls in graph.subject_objects(TYPE):
            is_part = cls in parts and not str(subject).startswith(article + "/")
            if is_part or (cls == term.Article and str(subject) != article):
                yield Result(VIOLATION, "ArticleFolder", subject, TYPE, cls, None, None)


def section_headings(corpus: Corpus) -> Iterator[Result]:
    """Find sections that are no heading of the same article."""
    term = Namespace(corpus.iris.term(""))
    heading = URIRef(corpus.iris.code("heading"))
    for _, graph in _article_graphs(corpus):
        for subject, section in graph.subject_objects(term.section):
            known = (section, TYPE, term.Passage) in corpus.graph_of  # else KnownThing reports it
            if known and (section, term.kind, heading) not in graph:
                yield Result(VIOLATION, "SectionHeading", subject, term.section, section, None, None)


def references(corpus: Corpus) -> Iterator[Result]:
    """Find articles whose identifying properties are neither given nor said to be lacking, or both."""
    term = Namespace(corpus.iris.term(""))
    for slug, graph in _article_graphs(corpus):
        article = URIRef(corpus.iris.article(slug))
        if (article, TYPE, term.Article) in graph:
            lacking = set(graph.objects(article, term.notGiven))
            given = {name for name in (*REFERENCE, *ALSO_GIVEN) if graph.value(article, name) is not None}
            if given & lacking or not given | lacking >= set(REFERENCE):
                yield Result(VIOLATION, "ArticleReference", article, None, None, None, None)


def _article_graphs(corpus: Corpus) -> Iterator[tuple[str, Graph]]:
    """Give the graphs of articles, whole or not, that a corpus holds, each with its slug."""
    prefix = corpus.iris.graph("article/")
    for name, graph in corpus.graphs.items():
        if name.startswith(prefix):
            yield name.removeprefix(prefix), graph


def described_articles(corpus: Corpus) -> Iterator[Result]:
    """Find folders without their article."""
    cls = URIRef(corpus.iris.term("Article"))
    for slug in corpus.slugs:
        article = URIRef(corpus.iris.article(slug))
        if (article, TYPE, cls) not in corpus.graph(f"article/{slug}"):
            yield Result(VIOLATION, "ArticleDescribed", article, None, None, None, None)


def passage_order(corpus: Corpus) -> Iterator[Result]:
    """Find, for each article, the first passage whose number is not that of its place."""
    number = URIRef(corpus.iris.term("number"))
    for slug in corpus.slugs:
        found = [
            (int(str(value)), str(subject), Result(VIOLATION, "PassageOrder", subject, number, value, None, None))
            for subject, value in corpus.graph(f"article/{slug}").subject_objects(number)
            if str(value).isdecimal()
        ]
        yield from islice(_out_of_order(found), 1)


def _out_of_order(passages: list[tuple[int, str, Result]]) -> Iterator[Result]:
    """Find the passages, in order, whose number is not that of their place."""
    in_order = sorted(passages, key=lambda passage: passage[:2])
    return (found for expected, (number, _, found) in enumerate(in_order, start=1) if number != expected)
