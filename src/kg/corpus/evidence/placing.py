"""Offsets of the printed words of an article's statements in its text, set by ``kg words`` and never by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, Graph, URIRef
from rdflib.namespace import Namespace
from rdflib.term import Node

from kg.corpus.evidence.anchors import anchor
from kg.corpus.evidence.check import find_texts, passage_texts
from kg.corpus.evidence.printed import find_printed, has_printed
from kg.corpus.sources.load import load_corpus
from kg.errors import DataError
from kg.journal import write_all
from kg.settings import Settings
from kg.terms import PREFIXES

FILE = "words.ttl"
_HEAD = """\
# Where printed words stand in the text, in Unicode code points. Made by `kg words`; not edited by hand.

@prefix att: <ns#> .
"""
OA = Namespace(PREFIXES["oa"])


@dataclass(frozen=True, slots=True)
class Placed:
    """What was written: the file, how many words have a place, and those that the passage has not, or not once."""

    path: Path
    count: int
    absent: tuple[str, ...]
    repeated: tuple[str, ...]


def place_words(settings: Settings, slug: str, text: str | None = None, *, forget: bool = True) -> Placed:
    """Write ``words.ttl`` of an article: start and end of all words that the passage of their statement has once.

    Of words that it has more than once, the place that is recorded stays. Words that the passage lacks are looked for
    in the statement's context. Offsets count code points of the text, which is looked for below KG_TEXTS where it is
    not given. Places of statements that are gone go, if these may be forgotten.

    Raises DataError where there is no such article, no text of it, and for statements that are gone and not forgotten.
    """
    corpus = load_corpus(settings)
    if slug not in corpus.slugs:
        raise DataError(f"There is no article {slug}. There is {', '.join(corpus.slugs)}.")
    if any(result.shape == "Syntax" for result in corpus.results):
        raise DataError("Some files cannot be read. See kg check.")
    texts = {slug: text} if text is not None else find_texts(corpus, settings.texts)[0]
    if slug not in texts:
        raise DataError(f"No text of {slug} was found. Set KG_TEXTS to a folder that holds {slug}.txt.")
    graph, term = corpus.graph(f"article/{slug}"), Namespace(corpus.iris.term(""))
    if not forget:
        _refuse_gone(graph, term, slug)
    spans, absent, repeated = _Finder(graph, texts[slug], term).find_all()
    path = settings.data_dir / "articles" / slug / FILE
    write_all({path: words_turtle(passage_names(graph, term), corpus.iris.base, spans).encode()})
    return Placed(path, len(spans), tuple(absent), tuple(repeated))


def _refuse_gone(graph: Graph, term: Namespace, slug: str) -> None:
    """Raise DataError where places are recorded of statements that the article has no more."""
    owners = {node.partition("#")[0] for node in recorded_spans(graph, term)}
    gone = [_last(owner) for owner in sorted(owners, key=_natural) if (URIRef(owner), None, None) not in graph]
    if gone:
        raise DataError(
            f"{FILE} has places of words of statements that are in no file any more: {', '.join(gone)}. Put their"
            f" file back. If they are gone on purpose: kg words {slug} --forget"
        )


def words_turtle(names: Sequence[str], base: str, spans: Mapping[str, tuple[int, int]]) -> str:
    """Return ``words.ttl``: start and end of words by the IRIs of their nodes, those of each passage below its name.

    A passage that has none is named too, so that two editors' words on different passages merge line by line.
    """
    lines: dict[str, list[str]] = {name: [] for name in names}
    for node, (start, end) in sorted(spans.items(), key=lambda item: _natural(item[0])):
        name = _last(node).partition("-")[0]
        lines.setdefault(name, []).append(f"<{node.removeprefix(base)}> att:start {start} ; att:end {end} .")
    return _HEAD + "".join("\n".join([f"\n{anchor(name)}", *found, ""]) for name, found in lines.items())


def passage_names(graph: Graph, term: Namespace) -> list[str]:
    """Return the names of an article's passages, in order."""
    numbered = [(int(str(number)), _last(node)) for node, number in graph.subject_objects(term.number)]
    return [name for _, name in sorted(numbered)]


def recorded_spans(graph: Graph, term: Namespace) -> dict[str, tuple[int, int]]:
    """Return the places of words that are recorded, by the IRIs of their nodes; not those that are no numbers."""
    starts = ((node, str(start), str(graph.value(node, term.end))) for node, start in graph.subject_objects(term.start))
    return {str(node): (int(start), int(end)) for node, start, end in starts if start.isdecimal() and end.isdecimal()}


def _last(node: object) -> str:
    return str(node).rpartition("/")[2]


def _natural(iri: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", iri)]


class _Finder:
    def __init__(self, graph: Graph, text: str, term: Namespace) -> None:
        self._graph, self._text, self._term = graph, text, term
        self._passages = passage_texts(graph, text, term)
        self._recorded = recorded_spans(graph, term)

    def find_all(self) -> tuple[dict[str, tuple[int, int]], list[str], list[str]]:
        """Return the spans of words by the IRIs of their nodes, and the nodes of those that have none."""
        spans: dict[str, tuple[int, int]] = {}
        absent: list[str] = []
        repeated: list[str] = []
        for statement, node in self._graph.subject_objects(self._term.words):
            printed = str(self._graph.value(node, self._term.printed) or "")
            is_number = (node, RDF.type, self._term.PrintedNumber) in self._graph
            found = self._find(statement, printed, is_number=is_number)
            recorded = self._recorded.get(str(node))
            if len(found) == 1:
                spans[str(node)] = found[0]
            elif recorded and (recorded in found or self._fits(statement, printed, recorded, is_number=is_number)):
                spans[str(node)] = recorded
            else:
                (repeated if found else absent).append(str(node))
        return spans, sorted(absent), sorted(repeated)

    def _find(self, statement: Node, printed: str, *, is_number: bool) -> list[tuple[int, int]]:
        for name in ("evidence", "context"):
            found = [
                (first + start, first + end)
                for first, passage in self._read(statement, name)
                for start, end in find_printed(printed, passage, is_number=is_number)
            ]
            if found:
                return found
        return []

    def _fits(self, statement: Node, printed: str, recorded: tuple[int, int], *, is_number: bool) -> bool:
        """Return whether the text has the words where they are recorded, in a passage that the statement reads."""
        start, end = recorded
        return has_printed(printed, self._text, start, end, is_number=is_number) and any(
            first <= start < end <= first + len(passage)
            for name in ("evidence", "context")
            for first, passage in self._read(statement, name)
        )

    def _read(self, statement: Node, name: str) -> Iterator[tuple[int, str]]:
        """Yield the start and the words of the passages that a statement has as evidence, or as context."""
        for passage in self._graph.objects(statement, self._term[name]):
            if passage in self._passages:
                start = self._graph.value(self._graph.value(passage, OA.hasSelector), OA.start)
                yield int(str(start)), self._passages[passage]
