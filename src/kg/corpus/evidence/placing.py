"""Where the printed words of an article's statements stand in its text, set by ``kg words`` and never by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph
from rdflib.namespace import Namespace
from rdflib.term import Node

from kg.corpus.evidence.check import find_texts, passage_texts
from kg.corpus.sources.load import load_corpus
from kg.durable import write_all
from kg.errors import DataError
from kg.settings import Settings
from kg.terms import PREFIXES

FILE = "words.ttl"
OA = Namespace(PREFIXES["oa"])
_APOSTROPHES = "['’]"


@dataclass(frozen=True, slots=True)
class Placed:
    """What was written: the file, how many words have a place, and those that the passage has not, or not once."""

    path: Path
    count: int
    absent: tuple[str, ...]
    repeated: tuple[str, ...]


def place_words(settings: Settings, slug: str, text: str | None = None) -> Placed:
    """Write ``words.ttl`` of an article: start and end of all words that the passage of their statement has once.

    Words that the passage lacks are looked for in the statement's context. Offsets count code points of the text, which
    is looked for below KG_TEXTS where it is not given.
    Raises DataError where there is no such article, no text of it at hand, or another text than was encoded.
    """
    corpus = load_corpus(settings)
    if slug not in corpus.slugs:
        raise DataError(f"There is no article {slug}. There is {', '.join(corpus.slugs)}.")
    if any(result.shape == "Syntax" for result in corpus.results):
        raise DataError("Some files cannot be read. See kg check.")
    texts = {slug: text} if text is not None else find_texts(corpus, settings.texts)[0]
    if slug not in texts:
        raise DataError(f"The text of {slug} is not at hand. Set KG_TEXTS to a folder that holds {slug}.txt.")
    finder = _Finder(corpus.graph(f"article/{slug}"), texts[slug], Namespace(corpus.iris.term("")))
    spans, absent, repeated = finder.find_all()
    path = settings.data_dir / "articles" / slug / FILE
    lines = [
        f"<{node.removeprefix(corpus.iris.base)}> att:start {start} ; att:end {end} ."
        for node, (start, end) in sorted(spans.items())
    ]
    head = [
        "# Where printed words stand in the text, in Unicode code points. Made by `kg words`; not edited by hand.",
        "",
        "@prefix att: <ns#> .",
        "",
    ]
    write_all({path: ("\n".join(head + lines) + "\n").encode()})
    return Placed(path, len(spans), tuple(absent), tuple(repeated))


class _Finder:
    def __init__(self, graph: Graph, text: str, term: Namespace) -> None:
        self._graph, self._text, self._term = graph, text, term
        self._passages = passage_texts(graph, text, term)

    def find_all(self) -> tuple[dict[str, tuple[int, int]], list[str], list[str]]:
        """Return the spans of words by the IRIs of their nodes, and the nodes of those that have none."""
        spans: dict[str, tuple[int, int]] = {}
        absent: list[str] = []
        repeated: list[str] = []
        for statement, node in self._graph.subject_objects(self._term.words):
            found = self._find(statement, str(self._graph.value(node, self._term.printed) or ""))
            if len(found) == 1:
                spans[str(node)] = found[0]
            else:
                (repeated if found else absent).append(str(node))
        return spans, sorted(absent), sorted(repeated)

    def _find(self, statement: Node, printed: str) -> list[tuple[int, int]]:
        for name in ("evidence", "context"):
            found = [
                span
                for passage in self._graph.objects(statement, self._term[name])
                for span in self._in_passage(passage, printed)
            ]
            if found:
                return found
        return []

    def _in_passage(self, passage: Node, printed: str) -> list[tuple[int, int]]:
        words = r"\s+".join(re.sub("['’]", _APOSTROPHES, re.escape(word)) for word in printed.split())
        if passage not in self._passages or not words:
            return []
        start = int(str(self._graph.value(self._graph.value(passage, OA.hasSelector), OA.start)))
        pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
        return [(start + m.start(), start + m.end()) for m in pattern.finditer(self._passages[passage])]
