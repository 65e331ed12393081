"""What can be known of each passage of an article without guessing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, Namespace
from rdflib.term import Node

from kg.corpus.evidence.check import recorded_passages
from kg.corpus.evidence.coverage import structural_kinds
from kg.corpus.languages import language
from kg.corpus.languages.cues import Amount, Found, finder
from kg.corpus.sources.load import Corpus
from kg.corpus.text import Passage
from kg.editing.drafting.mentions import Mention, Names, cited
from kg.editing.drafting.speakers import Choice, Speakers
from kg.errors import DataError
from kg.names import plain
from kg.terms import PREFIXES


@dataclass(frozen=True, slots=True)
class Stub:
    """What a passage shows: cues, names, whom it cites, and in a row of a table the numbers with their cells.

    ``claimant`` is the one actor cited, or who speaks, or the article's voice where nobody else does; None where it
    is not known.
    """

    name: str
    passage: Passage
    found: Found
    mentions: tuple[Mention, ...]
    claimant: str | None
    is_cited: bool
    cells: tuple[tuple[int, Amount], ...] = ()
    header: str | None = None
    lead: str | None = None
    """The passage that a list item goes on from, as in: The union demands:"""
    choices: tuple[Choice, ...] = ()


class Stubs:
    """The stubs of an article, whose text is available."""

    def __init__(self, corpus: Corpus, slug: str, text: str) -> None:
        """Read what is known; raises DataError where the passages of the article cannot be read."""
        self.corpus, self.slug, self.text = corpus, slug, text
        self.graph: Graph = corpus.graph(f"article/{slug}")
        self.article = corpus.iris.article(slug)
        self.term = Namespace(corpus.iris.term(""))
        self.language = str(self.graph.value(URIRef(self.article), DCTERMS.language) or "en")
        passages = recorded_passages(self.graph, self.term)
        if passages is None:
            raise DataError(f"The passages of {slug} cannot be read. See kg check.")
        self._passages = sorted(passages.items(), key=lambda item: item[1].number)
        self._finder = finder(corpus.graph("codes"), corpus.iris, self.language, self._date())
        self._names = Names(corpus, slug, self.language.partition("-")[0])
        known = language(self.language)
        self._speakers = Speakers(self._names, known)
        self._pronouns = {
            w for kind in ("persons", "groups", "things") for w in (known.speakers[kind] if known else ())
        }

    def _date(self) -> datetime.date | None:
        printed = self.graph.value(URIRef(self.article), URIRef(PREFIXES["schema"] + "datePublished"))
        try:
            return datetime.date.fromisoformat(str(printed)[:10])
        except ValueError:
            return None

    def bounding_words(self, bound: str) -> set[str]:
        """Return the words that stand for a bound, as names are compared."""
        return {plain(words) for words, code in self._finder.bounds.items() if code == bound}

    def is_actor(self, iri: str) -> bool:
        """Return whether a thing is an actor other than an article's voice."""
        return self._names.is_actor(iri)

    def passage(self, name: str) -> str:
        """Return the IRI of a passage by its name."""
        return f"{self.article}/passage/{name}"

    @property
    def voice(self) -> str:
        """IRI of the article's own voice."""
        return f"{self.article}/voice"

    def all(self) -> Iterator[Stub]:
        """Give the stubs of all passages, in order."""
        header = lead = None
        before: list[tuple[Mention, ...]] = []
        for node, passage in self._passages:
            name = str(node).rpartition("/")[2]
            if passage.kind == "table-header":
                header = name
            elif passage.kind != "table-row":
                header = None
            if passage.kind != "list-item":
                lead = name if self.text[: passage.end].endswith(":") else None
            stub = self._stub(name, passage, before)
            yield replace(stub, header=header, lead=lead if passage.kind == "list-item" else None)
            before.append(stub.mentions)

    def open(self) -> Iterator[Stub]:
        """Give the stubs of passages that need statements and have none, nor a reason for it."""
        structural = {str(code).rpartition("/")[2] for code in structural_kinds(self.corpus)}
        for stub in self.all():
            node = URIRef(self.passage(stub.name))
            has_one = (None, self.term.evidence, node) in self.graph or any(self._notes(node))
            if not has_one and stub.passage.kind not in structural:
                yield stub

    def _notes(self, node: Node) -> Iterator[Node]:
        return self.graph.objects(node, URIRef(PREFIXES["skos"] + "editorialNote"))

    def _stub(self, name: str, passage: Passage, before: Sequence[Sequence[Mention]]) -> Stub:
        words = self.text[passage.start : passage.end]
        found = self._finder.find(words)
        mentions = self._names.find(words)
        whom = [mention for _, mention in cited(found, mentions, self._pronouns)]
        actors = {mention.iri for mention in whom if mention is not None}
        speakers = [m.iri for m in self._names.find(passage.speaker or "") if m.is_actor]
        if found.is_question:
            claimant = None
        elif not whom:
            claimant = speakers[0] if len(speakers) == 1 else None if passage.speaker else self.voice
        else:
            claimant = next(iter(actors)) if len(actors) == 1 else None
        outside = [a for a in found.amounts if not any(m.start <= a.start < m.end for m in mentions)]
        cells = tuple(_cells(words, outside)) if passage.kind == "table-row" else ()
        found = Found(found.text, found.cues, tuple(outside), found.spans, found.quotations, found.is_question)
        choices = tuple(self._speakers.choices(found, mentions, before))
        return Stub(name, passage, found, tuple(mentions), claimant, claimant != self.voice, cells, choices=choices)


def _cells(row: str, amounts: list[Amount]) -> Iterator[tuple[int, Amount]]:
    """Give the numbers of a row of a table, each with its cell, counted from 1."""
    edges = [match.start() for match in re.finditer(r"\||\t+", row)]
    first = 0 if row.lstrip().startswith("|") else 1
    for cell, group in groupby(amounts, key=lambda a: first + sum(edge < a.start for edge in edges)):
        yield cell, next(group)
