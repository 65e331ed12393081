"""Evidence held against the article's text, wherever a copy of it is at hand.

A text belongs to an article if its file is named ``<slug>.txt``, or if its digest is the one that the article records.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import Namespace
from rdflib.term import Node

from kg.corpus.load import Corpus, Triple
from kg.corpus.report import VIOLATION, Result
from kg.corpus.text import Texts, cut, digest, normalise, read_texts
from kg.terms import PREFIXES, Iris

OA = Namespace(PREFIXES["oa"])
PRINTED_TERMS = ("hedge", "quoted", "printed", "caveat", "nameUsed")
"""Properties whose values are words of the passage."""

RECORDS = ("authority", "codes")
"""Short names of the graphs that no article's text may be copied into."""

LONGEST_RUN = 7
"""So many consecutive words of an article may stand in the data."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

BOUNDING_WORDS = {
    "at least": "at-least",
    "no fewer than": "at-least",
    "no less than": "at-least",
    "over": "more-than",
    "more than": "more-than",
    "about": "approximately",
    "around": "approximately",
    "nearly": "approximately",
    "almost": "approximately",
    "some": "approximately",
}
"""Words that, standing right before a number, bound it; and the code of the bound."""


def find_texts(
    corpus: Corpus, folder: Path | None, texts: Texts | None = None
) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """Return the texts at hand by slug, and a line on each article whose evidence was and was not checked.

    ``texts`` are those of the folder, where it was read already.
    """
    texts = read_texts(folder) if texts is None else texts
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
    if str(graph.value(article, term.digest)) == digest(text):
        yield from _check_cut(graph, term, article, text)
    yield from _check_cells(corpus, graph, term, passages)
    for statement in set(graph.subjects(term.evidence, None)):
        words = " ".join(_plain(passages.get(p, "")) for p in graph.objects(statement, term.evidence))
        yield from _check_words(graph, term, statement, words)
        yield from _check_bound(corpus, graph, term, statement, words)


def check_texts(corpus: Corpus, texts: Mapping[str, str]) -> Iterator[Result]:
    """Find what the texts at hand, by slug, do not bear out, and what was copied from them."""
    for slug, text in texts.items():
        yield from check_article(corpus, slug, text)
    yield from _check_borrowed(corpus, texts)


def _check_borrowed(corpus: Corpus, texts: Mapping[str, str]) -> Iterator[Result]:
    """Find literals that share a run of words with their article's text or, among the records, with any."""
    runs = {corpus.iris.graph(f"article/{slug}"): set(_runs(text)) for slug, text in texts.items()}
    shared = set().union(*runs.values())
    runs |= {corpus.iris.graph(name): shared for name in RECORDS}
    few = {URIRef(corpus.iris.term(name)) for name in PRINTED_TERMS}  # for these, the shape FewWords counts
    for name, copied in runs.items():
        for triple in corpus.graphs.get(URIRef(name), ()):
            if _is_long(triple, few) and not copied.isdisjoint(_runs(str(triple[2]))):
                yield Result(VIOLATION, "BorrowedWords", *triple, None, None)


def borrowed(iris: Iris, triples: Iterable[Triple], texts: Iterable[str]) -> Iterator[Result]:
    """Find literals that share a run of words with one of the texts, which are looked at one after the other."""
    few = {URIRef(iris.term(name)) for name in PRINTED_TERMS}
    by_run: dict[tuple[str, ...], list[Triple]] = defaultdict(list)
    for triple in triples:
        for run in _runs(str(triple[2])) if _is_long(triple, few) else ():
            by_run[run].append(triple)
    if not by_run:
        return
    copied = {triple for text in texts for run in _runs(text) for triple in by_run.get(run, ())}
    for triple in copied:
        yield Result(VIOLATION, "BorrowedWords", *triple, None, None)


def _is_long(triple: Triple, few: set[URIRef]) -> bool:
    """Tell whether a value is a text that can hold a run of words too long."""
    _, predicate, value = triple
    return predicate not in few and isinstance(value, Literal) and value.count(" ") >= LONGEST_RUN


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.lower().replace("’", "'"))
    return zip(*(words[start:] for start in range(LONGEST_RUN + 1)), strict=False)


def _check_cut(graph: Graph, term: Namespace, article: URIRef, text: str) -> Iterator[Result]:
    """Find recorded passages that are none of the text's, and report the article where passages are missing."""
    spans = {(passage.start, passage.end) for passage in cut(text)}
    recorded = set()
    for passage in graph.subjects(RDF.type, term.Passage):
        selector = graph.value(passage, OA.hasSelector)
        ends = str(graph.value(selector, OA.start)), str(graph.value(selector, OA.end))
        if not all(end.isdecimal() for end in ends) or int(ends[0]) >= int(ends[1]):
            return  # the shape PassagePosition reports it; what is missing cannot be told
        span = int(ends[0]), int(ends[1])
        recorded.add(span)
        if span not in spans:
            yield Result(VIOLATION, "PassagesMatch", passage, RDF.type, term.Passage, None, None)
    if spans - recorded:
        yield Result(VIOLATION, "PassagesMatch", article, RDF.type, term.Article, None, None)


def _check_cells(corpus: Corpus, graph: Graph, term: Namespace, passages: dict[Node, str]) -> Iterator[Result]:
    row = URIRef(corpus.iris.code("table-row"))
    for statement, cell in graph.subject_objects(term.cell):
        rows = [p for p in graph.objects(statement, term.evidence) if (p, term.kind, row) in graph]
        cells = max((len(passages.get(p, "").strip("| ").split("|")) for p in rows), default=0)
        if cells and str(cell).isdecimal() and int(str(cell)) > cells:
            yield Result(VIOLATION, "CellInRow", statement, term.cell, cell, None, None)


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
