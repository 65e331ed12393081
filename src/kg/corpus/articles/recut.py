"""Correct the cut of an article that was begun: write ``cutting.toml`` and make ``passages.ttl`` anew from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCTERMS, SKOS, Namespace
from rdflib.term import Node

from kg.corpus.articles.new import Started, passages_turtle
from kg.corpus.cutting import cut
from kg.corpus.cutting.corrections import (
    FILE,
    Correction,
    check_overlap,
    check_sections,
    read_corrections,
    write_corrections,
)
from kg.corpus.cutting.pieces import Piece
from kg.corpus.evidence.anchors import ANCHOR, anchored
from kg.corpus.evidence.check import find_texts, recorded_passages
from kg.corpus.evidence.placing import FILE as WORDS
from kg.corpus.evidence.placing import recorded_spans, words_turtle
from kg.corpus.sources.load import Corpus, load_corpus
from kg.corpus.text import Passage, digest, read_text
from kg.durable import write_all
from kg.errors import DataError
from kg.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an editor asks for, each by the numbers that passages have now."""

    join: Sequence[tuple[int, int]] = ()
    split: Sequence[tuple[int, str]] = ()
    kind: Sequence[tuple[int, str]] = ()
    section: Sequence[tuple[int, int]] = ()
    speaker: Sequence[tuple[int, str]] = ()


def recut(settings: Settings, slug: str, wanted: Wanted, text_file: Path | None = None) -> Started:
    """Apply what is wanted, and what ``cutting.toml`` holds already; return the passages as they are now.

    Raises DataError where there is no such article or text, a correction is at fault, or a passage that something rests
    on would change its number or bounds. Nothing is written then.
    """
    corpus = load_corpus(settings)
    if slug not in corpus.slugs:
        raise DataError(f"There is no article {slug}. There is {', '.join(corpus.slugs) or 'none'}.")
    folder = settings.data_dir / "articles" / slug
    graph = corpus.graph(f"article/{slug}")
    language = str(graph.value(URIRef(corpus.iris.article(slug)), DCTERMS.language) or "und")
    text = _text(corpus, settings, slug, graph, text_file)
    kinds = {str(code).rpartition("/")[2] for code in corpus.graph("codes").subjects(SKOS.inScheme, _scheme(corpus))}
    path = folder / FILE
    before = read_corrections(path, text, kinds)
    asked = list(_Asked(cut(text, language, before), before, text, kinds).corrections(wanted))
    corrections = check_overlap([*(c for c in before if not any(_share(c, a) for a in asked)), *asked], path)
    passages = cut(text, language, _checked(corrections, text, language, path))
    _refuse_moves(graph, Namespace(corpus.iris.term("")), passages, folder)
    names = _names(graph, Namespace(corpus.iris.term("")), passages)
    files = {"passages.ttl": passages_turtle(slug, passages, names)}
    files |= {FILE: write_corrections(corrections, slug, text)} if corrections else {}
    called = names or {passage.number: f"{passage.number:03d}" for passage in passages}
    order = [called[passage.number] for passage in passages]
    spans = recorded_spans(graph, Namespace(corpus.iris.term("")))
    files |= {WORDS: words_turtle(order, corpus.iris.base, spans)} if (folder / WORDS).exists() else {}
    _write(folder, files | _anchored(folder, order))
    return Started(folder, text, language, passages)


def _checked(corrections: list[Correction], text: str, language: str, path: Path) -> list[Correction]:
    bare = [Correction(c.start, c.end, c.kind) for c in corrections]
    pieces = [Piece(p.kind, p.start, p.end) for p in cut(text, language, bare)]
    check_sections(pieces, corrections, path)
    return corrections


def _scheme(corpus: Corpus) -> URIRef:
    return URIRef(corpus.iris.code("passage-kind"))


def _share(one: Correction, other: Correction) -> bool:
    return one.start < other.end and other.start < one.end


def _text(corpus: Corpus, settings: Settings, slug: str, graph: Graph, file: Path | None) -> str:
    recorded = str(graph.value(URIRef(corpus.iris.article(slug)), URIRef(corpus.iris.term("digest"))))
    text = read_text(file) if file else find_texts(corpus, settings.texts)[0].get(slug)
    if text is None:
        raise DataError(f"No text of {slug} was found. Give it with --text, or set KG_TEXTS to its folder.")
    if digest(text) != recorded:
        raise DataError(f"This is not the text of {slug} that was cut: digests differ. Find that text.")
    return text


class _Asked:
    """Corrections made from an editor's words, added to the existing ones."""

    def __init__(self, passages: list[Passage], before: list[Correction], text: str, kinds: Iterable[str]) -> None:
        self._passages, self._text, self._kinds = passages, text, frozenset(kinds)
        self._before = {c.start: c for c in before}

    def corrections(self, wanted: Wanted) -> Iterator[Correction]:
        """Give the corrections, one for each passage that they concern."""
        found: dict[int, Correction] = {}
        for first, last in wanted.join:
            if not first < last:
                raise DataError(f"--join {first} {last}: name the first passage and a later one.")
            start, end = self._at(first), self._at(last)
            found[start.start] = Correction(start.start, end.end, start.kind)
        for number, words in wanted.split:
            found |= {c.start: c for c in self._split(number, words)}
        for number, kind in wanted.kind:
            if kind not in self._kinds:
                raise DataError(f"There is no kind {kind!r}. There is {', '.join(sorted(self._kinds))}.")
            self._change(found, number, kind=kind)
        for number, heading in wanted.section:
            self._change(found, number, section=self._at(heading).start if heading else False)
        for number, name in wanted.speaker:
            self._change(found, number, speaker=name)
        yield from found.values()

    def _at(self, number: int) -> Passage:
        if not 0 < number <= len(self._passages):
            raise DataError(f"There is no passage {number}. They are numbered from 1 to {len(self._passages)}.")
        return self._passages[number - 1]

    def _split(self, number: int, words: str) -> list[Correction]:
        passage = self._at(number)
        inside = self._text[passage.start : passage.end]
        if inside.count(words) != 1 or not words.strip() or inside.startswith(words):
            raise DataError(
                f"{words!r} must stand once in passage {number}, behind its beginning. Give a few more words."
            )
        place = passage.start + inside.index(words)
        first = self._text[passage.start : place].rstrip()
        return [
            Correction(passage.start, passage.start + len(first), passage.kind),
            Correction(place, passage.end, passage.kind),
        ]

    def _change(self, found: dict[int, Correction], number: int, **change: str | int | bool) -> None:
        passage = self._at(number)
        old = found.get(passage.start) or self._before.get(passage.start) or Correction(passage.start, passage.end)
        values = {name: getattr(old, name) for name in ("start", "end", "kind", "section", "speaker")}
        found[passage.start] = Correction(**(values | change))


def _refuse_moves(graph: Graph, term: Namespace, passages: Sequence[Passage], folder: Path) -> None:
    """Raise DataError where something rests on a passage whose number or bounds would be others."""
    recorded = recorded_passages(graph, term)
    if recorded is None:
        raise DataError(f"The passages of {folder} have a number or an offset that is none. See kg check.")
    places = {p.number: (p.start, p.end) for p in passages}
    moved = sorted(
        p.number
        for node, p in recorded.items()
        if _is_used(graph, term, node) and places.get(p.number) != (p.start, p.end)
    )
    if moved:
        numbers = ", ".join(map(str, moved[:12])) + (" …" if len(moved) > 12 else "")
        raise DataError(
            f"Statements or notes rest on passages that would move: {numbers}. Nothing was written."
            " Kinds, sections and speakers can be corrected at any time; join and split before statements are written."
        )


def _is_used(graph: Graph, term: Namespace, passage: Node) -> bool:
    uses = (term.evidence, term.context)
    return any((None, use, passage) in graph for use in uses) or (passage, SKOS.editorialNote, None) in graph


def _names(graph: Graph, term: Namespace, passages: Sequence[Passage]) -> dict[int, str] | None:
    """Return the names of passages of an article that was renewed, where names and numbers differ; None for another."""
    recorded = recorded_passages(graph, term) or {}
    names = {(p.start, p.end): str(node).rpartition("/")[2] for node, p in recorded.items()}
    if all(name == f"{p.number:03d}" for name, p in zip(names.values(), recorded.values(), strict=True)):
        return None
    gone = {str(node).rpartition("/")[2] for node in graph.subjects(RDF.type, term.FormerRecord)}
    free = 1 + max(int(name) for name in {*names.values(), *gone} if name.isdecimal())
    new = (f"{number:03d}" for number in count(free))
    return {p.number: names.get((p.start, p.end)) or next(new) for p in passages}


def _anchored(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Return the file of statements with a line for each passage, where it is the one that has such lines."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("statements*.ttl"))}
    marked = [name for name, text in texts.items() if ANCHOR.search(text)]
    return {name: anchored(texts[name], names) for name in marked} if len(marked) == 1 else {}


def _write(folder: Path, files: Mapping[str, str]) -> None:
    write_all({folder / name: content.encode() for name, content in files.items()})
