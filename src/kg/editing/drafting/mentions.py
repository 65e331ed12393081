"""Which known things a passage names: each name once, the longest first, and none where two things share it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import SKOS
from rdflib.term import Node

from kg.corpus.checks.classes import superclasses
from kg.corpus.languages.cues import Cue, Found
from kg.corpus.sources.load import Corpus
from kg.names import plain

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_BEFORE, _BEHIND = 45, 30
"""Characters between words of attribution and the name of who is cited: before the words, and behind them."""
BEHIND_FIRST = frozenset(
    "according to, laut, nach angaben, nach einschätzung, selon, d'après, d’après, за словами, за даними".split(", ")
)
"""Words of attribution that come before the name."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a passage, by its place, and the thing that it is a name of."""

    iri: str
    start: int
    end: int
    is_actor: bool


class Names:
    """The names of the things that articles share, and of one article's own."""

    def __init__(self, corpus: Corpus, slug: str, language: str) -> None:
        """Read the names; labels in the article's language, where there are any, and other names of any language."""
        above = superclasses(corpus)
        entity, actor, person = (URIRef(corpus.iris.term(name)) for name in ("Entity", "Actor", "Person"))
        voice = URIRef(corpus.iris.term("ArticleVoice"))
        self._by_name: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self._actors: set[str] = set()
        self._persons: set[str] = set()
        for graph in (corpus.graph("authority"), corpus.graph(f"article/{slug}")):
            for node, cls in graph.subject_objects(RDF.type):
                kinds = {cls, *above.get(URIRef(str(cls)), ())}
                if entity in kinds and cls != voice:
                    self._note(graph, node, language, is_person=person in kinds)
                    if actor in kinds:
                        self._actors.add(str(node))
                    if person in kinds:
                        self._persons.add(str(node))
        self._longest = max(map(len, self._by_name), default=0)

    def _note(self, graph: Graph, node: Node, language: str, *, is_person: bool) -> None:
        labels = [text for text in graph.objects(node, RDFS.label) if isinstance(text, Literal)]
        own = [str(text) for text in labels if text.language == language] or [str(text) for text in labels]
        names = {*own, *map(str, graph.objects(node, SKOS.altLabel))}
        names |= {name.split()[-1] for name in own if is_person and " " in name}
        for name in names:
            words = tuple(_word(word) for word in _WORD.findall(re.sub(r"^(?:the|an?) ", "", name)))
            if words:
                self._by_name[words].add(str(node))

    def find(self, text: str) -> list[Mention]:
        """Return the names of a passage, in order."""
        found, at = [], 0
        words = [(_word(match[0]), *match.span()) for match in _WORD.finditer(text)]
        while at < len(words):
            size = next(
                (n for n in range(min(self._longest, len(words) - at), 0, -1) if self._is_name(words, at, n)), 0
            )
            if size:
                things = self._by_name[tuple(word for word, _, _ in words[at : at + size])]
                if len(things) == 1:
                    iri = next(iter(things))
                    found.append(Mention(iri, words[at][1], words[at + size - 1][2], iri in self._actors))
            at += size or 1
        return found

    def is_actor(self, iri: str) -> bool:
        """Return whether a thing is an actor, and not an article's voice."""
        return iri in self._actors

    def is_person(self, iri: str) -> bool:
        """Return whether a thing is a person."""
        return iri in self._persons

    def actors_called(self, noun: str) -> list[str]:
        """Return the actors in whose names a noun is, as in that of the transport ministry."""
        word = _word(noun)
        return sorted({iri for name, things in self._by_name.items() if word in name for iri in things & self._actors})

    def _is_name(self, words: list[tuple[str, int, int]], at: int, size: int) -> bool:
        return tuple(word for word, _, _ in words[at : at + size]) in self._by_name


def _word(text: str) -> str:
    """Return a word as names are compared: without case, diacritics, and the ending of a genitive."""
    return plain(re.sub(r"['’]s?$", "", text))


def cited(
    found: Found, mentions: list[Mention], pronouns: Set[str] = frozenset()
) -> Iterator[tuple[Cue, Mention | None]]:
    """Give the words of attribution with the actor who is named next to them, and none where a pronoun is."""
    actors = [mention for mention in mentions if mention.is_actor]
    for cue in found.cues:
        if cue.kind == "attribution":
            before = [m for m in actors if m.end <= cue.start and _is_near(found.text[m.end : cue.start], _BEFORE)]
            behind = [m for m in actors if m.start >= cue.end and _is_near(found.text[cue.end : m.start], _BEHIND)]
            is_behind = found.words(cue).lower() in BEHIND_FIRST
            nearest = behind[:1] if is_behind else (before[-1:] or behind[:1])
            is_told = nearest and (is_behind or _last(found, cue) not in pronouns)
            yield cue, nearest[0] if is_told else None


def _last(found: Found, cue: Cue) -> str:
    """Return the word before words of attribution."""
    return next(reversed(found.text[: cue.start].lower().split()), "")


def _is_near(between: str, most: int) -> bool:
    return len(between) <= most and not re.search(r"[.;:!?]\s", between)
