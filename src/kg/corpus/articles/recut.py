"""Correct the cut of an article that was begun: write ``cutting.toml`` and make ``passages.ttl`` anew from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCTERMS, SKOS, Namespace
from rdflib.term import Node

from kg.corpus.articles.new import Started, passages_turtle
from kg.corpus.cutting import cut
from kg.corpus.cutting.corrections import (
    FILE,
    LONGEST_NAME,
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
from kg.corpus.text import Passage, digest, read_text, with_line_ends
from kg.errors import DataError
from kg.journal import write_all
from kg.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an editor asks for, each by the numbers that passages have now.

    A passage is split before words of it, or at a place in the article's text. Section 0 is none.
    """

    join: Sequence[tuple[int, int]] = ()
    split: Sequence[tuple[int, str | int]] = ()
    kind: Sequence[tuple[int, str]] = ()
    section: Sequence[tuple[int, int]] = ()
    speaker: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class Recut:
    """A cut as corrected: the files of the article's folder by their names, nothing of it written yet."""

    language: str
    passages: list[Passage]
    files: Mapping[str, str]


def recut(settings: Settings, slug: str, wanted: Wanted, text_file: Path | None = None) -> Started:
    """Apply what is wanted, and what ``cutting.toml`` holds already; return the passages as they are now.

    Raises DataError where there is no such article or text, and as ``plan_recut`` does. Nothing is written then.
    """
    corpus = load_corpus(settings)
    if slug not in corpus.slugs:
        raise DataError(f"There is no article {slug}. There is {', '.join(corpus.slugs) or 'none'}.")
    folder = settings.data_dir / "articles" / slug
    text = _text(corpus, settings, slug, text_file)
    planned = plan_recut(corpus, folder, text, wanted)
    write_all({folder / name: content.encode() for name, content in planned.files.items()})
    return Started(folder, text, planned.language, planned.passages)


def plan_recut(corpus: Corpus, folder: Path, text: str, wanted: Wanted) -> Recut:
    """Return the cut of a text as wanted, with the files that make it so.

    Raises DataError where a correction is at fault, or a passage that something rests on would change its number or
    bounds.
    """
    slug, term = folder.name, Namespace(corpus.iris.term(""))
    graph = corpus.graph(f"article/{slug}")
    language = str(graph.value(URIRef(corpus.iris.article(slug)), DCTERMS.language) or "und")
    kinds = {str(code).rpartition("/")[2] for code in corpus.graph("codes").subjects(SKOS.inScheme, _scheme(corpus))}
    path = folder / FILE
    before = read_corrections(path, text, kinds)
    asked = list(_Asked(cut(text, language, before), before, text, kinds).corrections(wanted))
    corrections = check_overlap([*(c for c in before if not any(_share(c, a) for a in asked)), *asked], path)
    passages = cut(text, language, _checked(corrections, text, language, path))
    _refuse_moves(graph, term, passages, folder)
    names = _names(graph, term, passages)
    files = {"passages.ttl": passages_turtle(slug, passages, names)}
    files |= {FILE: write_corrections(corrections, slug, text, _there(path))} if corrections else {}
    called = names or {passage.number: f"{passage.number:03d}" for passage in passages}
    order = [called[passage.number] for passage in passages]
    spans = recorded_spans(graph, term)
    files |= {WORDS: words_turtle(order, corpus.iris.base, spans)} if (folder / WORDS).exists() else {}
    files = {name: with_line_ends(content, _there(folder / name)) for name, content in files.items()}
    return Recut(language, passages, files | _anchored(folder, order))


def _there(path: Path) -> str | None:
    """Return what a file holds, byte for byte, or None where there is none."""
    return path.read_bytes().decode("utf-8") if path.exists() else None


def _checked(corrections: list[Correction], text: str, language: str, path: Path) -> list[Correction]:
    bare = [Correction(c.start, c.end, c.kind) for c in corrections]
    pieces = [Piece(p.kind, p.start, p.end) for p in cut(text, language, bare)]
    check_sections(pieces, corrections, path)
    return corrections


def _scheme(corpus: Corpus) -> URIRef:
    return URIRef(corpus.iris.code("passage-kind"))


def _share(one: Correction, other: Correction) -> bool:
    return one.start < other.end and other.start < one.end


def _text(corpus: Corpus, settings: Settings, slug: str, file: Path | None) -> str:
    graph = corpus.graph(f"article/{slug}")
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
            found[start.start] = self._like(start, start.start, end.end)
        for number, words in wanted.split:
            found |= {c.start: c for c in self._split(number, words)}
        for number, kind in wanted.kind:
            if kind not in self._kinds:
                raise DataError(f"There is no kind {kind!r}. There is {', '.join(sorted(self._kinds))}.")
            self._change(found, number, kind=kind)
        for number, heading in wanted.section:
            self._change(found, number, section=self._at(heading).start if heading else False)
        for number, name in wanted.speaker:
            if not 0 < len(name.split()) <= LONGEST_NAME:
                raise DataError(f"{name!r} is no speaker: give a name of {LONGEST_NAME} words at most, as printed.")
            self._change(found, number, speaker=name)
        yield from found.values()

    def _at(self, number: int) -> Passage:
        if not 0 < number <= len(self._passages):
            raise DataError(f"There is no passage {number}. They are numbered from 1 to {len(self._passages)}.")
        return self._passages[number - 1]

    def _split(self, number: int, before: str | int) -> list[Correction]:
        passage = self._at(number)
        place = before if isinstance(before, int) else self._place(passage, before)
        if not passage.start < place < passage.end or self._text[place].isspace():
            raise DataError(f"Passage {number} can be split before any of its words but the first.")
        first = self._text[passage.start : place].rstrip()
        return [
            self._like(passage, passage.start, passage.start + len(first)),
            self._like(passage, place, passage.end),
        ]

    def _like(self, passage: Passage, start: int, end: int) -> Correction:
        """Return a correction that keeps what was corrected of a passage."""
        old = self._before.get(passage.start) or Correction(start, end)
        return replace(old, start=start, end=end, kind=passage.kind)

    def _place(self, passage: Passage, words: str) -> int:
        inside = self._text[passage.start : passage.end]
        if inside.count(words) != 1 or not words.strip() or inside.startswith(words):
            raise DataError(
                f"{words!r} must occur once in passage {passage.number}, after its beginning. Give a few more words."
            )
        return passage.start + inside.index(words)

    def _change(self, found: dict[int, Correction], number: int, **change: str | int | bool) -> None:
        passage = self._at(number)
        old = found.get(passage.start) or self._before.get(passage.start) or Correction(passage.start, passage.end)
        found[passage.start] = replace(old, **change)  # type: ignore[arg-type]


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
    texts = {path.name: path.read_bytes().decode("utf-8") for path in sorted(folder.glob("statements*.ttl"))}
    marked = [name for name, text in texts.items() if ANCHOR.search(text)]
    return {name: anchored(texts[name], names) for name in marked} if len(marked) == 1 else {}
