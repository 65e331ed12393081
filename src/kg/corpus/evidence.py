"""Evidence held against the article's text, wherever a copy of it is at hand.

A text belongs to an article if its file is named ``<slug>.txt``, or if its digest is the one that the article records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rdflib import RDF, Graph, URIRef
from rdflib.namespace import Namespace
from rdflib.term import Node

from kg.corpus.load import Corpus
from kg.corpus.report import VIOLATION, Result
from kg.corpus.text import digest, normalise, read_texts
from kg.terms import PREFIXES

OA = Namespace(PREFIXES["oa"])
PRINTED_TERMS = ("hedge", "quoted", "printed", "caveat", "nameUsed")
"""Properties whose values are words of the passage."""

BOUNDING_WORDS = {
    "at least": "at-least",
    "no fewer than": "at-least",
    "over": "more-than",
    "more than": "more-than",
    "about": "approximately",
    "around": "approximately",
    "nearly": "approximately",
    "some": "approximately",
}
"""Words that, standing right before a number, bound it; and the code of the bound."""


def find_texts(corpus: Corpus, folder: Path | None) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """Return the texts at hand by slug, and a line on each article whose evidence was and was not checked."""
    texts = read_texts(folder)
    found: dict[str, str] = {}
    checked, unchecked = [], []
    for slug in corpus.slugs:
        article = URIRef(corpus.iris.article(slug))
        recorded = corpus.graph(f"article/{slug}").value(article, URIRef(corpus.iris.term("digest")))
        text = texts.text_of(slug, str(recorded) if recorded else None)
        if text is None:
            where = f"{folder} has no text of it" if folder else "KG_TEXTS names no folder of texts"
            unchecked.append(f"evidence of {slug} against its text ({where})")
        else:
            found[slug] = text
            checked.append(f"evidence of {slug} against its text")
    return found, tuple(checked), tuple(unchecked)


def passage_texts(graph: Graph, text: str, term: Namespace) -> dict[Node, str]:
    """Return the words that each passage of an article's graph points to."""
    found = {}
    for passage in graph.subjects(RDF.type, term["Passage"]):
        selector = graph.value(passage, OA.hasSelector)
        start, end = graph.value(selector, OA.start), graph.value(selector, OA.end)
        if str(start).isdecimal() and str(end).isdecimal():  # else the shape PassagePosition reports it
            found[passage] = text[int(str(start)) : int(str(end))]
    return found


def check_article(corpus: Corpus, slug: str, text: str) -> Iterator[Result]:
    """Find evidence that the text does not bear out.

    That is a digest that is not the passage's, words recorded as printed that the passage does not print, and a figure
    whose bounding word was lost.
    """
    term = Namespace(corpus.iris.term(""))
    graph = corpus.graph(f"article/{slug}")
    article = URIRef(corpus.iris.article(slug))
    recorded = graph.value(article, term.digest)
    if recorded is not None and str(recorded) != digest(text):
        yield Result(VIOLATION, "ArticleDigestMatches", article, term.digest, recorded, None, None)
    passages = passage_texts(graph, text, term)
    for passage, words in passages.items():
        recorded = graph.value(passage, term.digest)
        if recorded is not None and str(recorded) != digest(words):
            yield Result(VIOLATION, "EvidenceMatches", passage, term.digest, recorded, None, None)
    for statement in set(graph.subjects(term.evidence, None)):
        words = " ".join(_plain(passages.get(p, "")) for p in graph.objects(statement, term.evidence))
        yield from _check_words(graph, term, statement, words)
        yield from _check_bound(corpus, graph, term, statement, words)


def _plain(text: str) -> str:
    return normalise(text).lower().replace("’", "'")


def _check_words(graph: Graph, term: Namespace, statement: Node, passage: str) -> Iterator[Result]:
    for name in PRINTED_TERMS:
        for value in graph.objects(statement, term[name]):
            if not re.search(rf"(?<!\w){re.escape(_plain(str(value)))}(?!\w)", passage):
                yield Result(VIOLATION, "PrintedWords", statement, term[name], value, None, None)


def _check_bound(corpus: Corpus, graph: Graph, term: Namespace, statement: Node, passage: str) -> Iterator[Result]:
    bound = graph.value(statement, term.bound)
    printed = graph.value(statement, term.printed)
    if bound is None or printed is None:
        return
    number = re.search(r"[\d.,]*\d", str(printed))
    if number is None:
        return
    before = rf"(?<!\w)({'|'.join(map(re.escape, BOUNDING_WORDS))})\s+\W?{re.escape(number.group())}(?!\d)"
    found = re.search(before, passage)
    if found and str(bound) != corpus.iris.code(BOUNDING_WORDS[found.group(1)]):
        yield Result(VIOLATION, "BoundKept", statement, term.bound, bound, None, None)
