"""Findings → those among them that no other finding explains: one cause, one finding.

A wrong prefix, a name used twice, a passage that is not the text's and a wrong code each make many findings. What only
follows from another finding is left out, and a violation only where another one stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pyoxigraph import NamedNode, Store
from rdflib import URIRef
from rdflib.term import Node

from kg.corpus.checks.losses import TOLD
from kg.corpus.rdf.convert import to_rdflib, to_triple
from kg.corpus.rdf.turtle import NotTurtle, read_lines
from kg.corpus.report import VIOLATION, Place, Result
from kg.corpus.sources.sources import read_source
from kg.errors import DataError
from kg.settings import Settings
from kg.terms import PREFIXES, Iris

FEW = 5
"""Number of passages up to which a message names them."""
MANY = 3
"""Things of another article in one file from which its prefix is at fault, and of two files, one of which is a copy."""
WORDS_FILE = "words.ttl"
_TWO_KINDS = {"FormerRecord", "OneKind"}
"""Checks that say why a thing is described twice."""
_TYPE = URIRef(PREFIXES["rdf"] + "type")
_PLACED = {"PassagesMatch", "EvidenceMatches"}
_TEXTUAL = {"PrintedWords", "WordsPlace", "BoundKept", "QuotedInMarks", "FactKept", "CellInRow"}
"""Checks that hold statements against the words of their passages."""
_EVIDENCE = {"StatementEvidence", "StatementNumber", "ContextPassage"}
_CODES = {f"Statement{name}" for name in ("Modality", "Attribution", "Frequency", "Aspect", "Quantity", "Degree")}
_EXPLAINED: Mapping[str, set[str]] = {
    **dict.fromkeys(_TEXTUAL, _EVIDENCE),
    "ArticleReference": {"ArticleDescribed"},
    "AttributedTo": {"StatementClaimant", "StatementHolder"},
    "CodeInWords": _CODES,
    "ExpressedCode": _CODES,
    "ObservationBound": {"BoundKept"},
    "PrintedValue": {"PrintedWords"},
    "QuotedInMarks": _EVIDENCE | {"FewWords", "PrintedWords"},
    "RowCell": _EVIDENCE,
    "StatementLabel": {"Label"},
}
"""Check → checks that explain what it finds of the same statement, or of what a figure prints."""


def without_consequences(settings: Settings, store: Store, results: Iterable[Result]) -> list[Result]:
    """Return the findings, each with its place, that no other of them explains."""
    iris = Iris(settings.base_iri)
    found = _of_prefixes(settings, iris, list(results))
    found = _of_passages(_of_doubles(settings, found))
    return _of_words_file([result for result in found if not _Told(store, iris, found).explains(result)])


def base(node: Node | None) -> str:
    """Return the name of what a finding is about: of a statement's words and inferences, the statement's."""
    return str(node).partition("#")[0] if "/statement/" in str(node) else str(node)


# A wrong prefix


def _of_prefixes(settings: Settings, iris: Iris, results: list[Result]) -> list[Result]:
    """Replace the findings of things that lie under another article by one for each prefix that says so."""
    spaces: dict[tuple[Path, str], list[Result]] = defaultdict(list)
    for result in results:
        if result.shape == "ArticleFolder" and result.place is not None:
            spaces[result.place.file, str(result.focus).rpartition("/")[0] + "/"].append(result)
    kept = results
    for (file, space), same in spaces.items():
        if len({result.focus for result in same}) >= MANY:
            kept = [r for r in kept if not str(r.focus).startswith(space) and not _is_in(r, file.parent)]
            short = space.removeprefix(iris.base)
            message = f"Things of this file lie under <{short}>, which is another article's. Correct the prefix here."
            place = Place(file, _line_of(settings, file, f"<{short}>"))
            kept.append(replace(same[0], path=None, value=None, message=message, place=place))
    return kept


def _is_in(result: Result, folder: Path) -> bool:
    """Return whether a finding is of an article's folder: while a prefix is wrong there, no other check means much."""
    return result.place is not None and result.place.file.parent == folder


def _line_of(settings: Settings, file: Path, words: str) -> int:
    try:
        lines = read_source(file, settings).decode("utf-8", "replace").splitlines()
    except DataError:
        return 1
    return next((number for number, line in enumerate(lines, 1) if words in line and "prefix" in line.lower()), 1)


# A name used twice


def _of_doubles(settings: Settings, results: list[Result]) -> list[Result]:
    """Replace the findings of what two places of a folder describe by one that names both."""
    about = {str(result.focus).partition("#")[0] for result in results if isinstance(result.focus, URIRef)}
    about -= {str(result.focus) for result in results if result.shape in _TWO_KINDS}
    places = _described(settings, {result.place.file for result in results if result.place}, about)
    kept = []
    told: dict[str, list[Place]] = {}
    for result in results:
        name = str(result.focus).partition("#")[0]
        folder = result.place.file.parent if result.place else None
        where = [place for place in places.get(name, []) if place.file.parent == folder]
        if len(where) < 2:
            kept.append(result)
        elif name not in told:
            told[name] = where
    return [*kept, *_of_copies(told)]


def _of_copies(told: Mapping[str, list[Place]]) -> Iterator[Result]:
    """Give a finding for each name that is given twice, or one for all of the same two files, if they are many."""
    pairs: dict[tuple[Path, Path], list[str]] = defaultdict(list)
    for name, where in told.items():
        pairs[where[0].file, where[-1].file].append(name)
    for (first, last), names in pairs.items():
        is_copy = first != last and len(names) > MANY
        for name in [min(names, key=lambda name: told[name][-1].line)] if is_copy else names:
            message = (
                f"This name is given twice: here, and in {told[name][0]}. Give one of both another number, or take out"
                " what is a copy."
            )
            if is_copy:
                message = (
                    f"{len(names)} things of this file are in {first}, too, this one among them. If one of both files"
                    " is a copy, take it out of the folder."
                )
            yield Result(VIOLATION, "DescribedOnce", URIRef(name), None, None, message, told[name][-1])


def _described(settings: Settings, files: Iterable[Path], names: set[str]) -> dict[str, list[Place]]:
    """Return where some names are given a class, one place for each description."""
    found: dict[str, list[Place]] = defaultdict(list)
    for path in sorted({path for file in files for path in file.parent.glob("*.ttl")}):
        last: tuple[str, int] = ("", 0)
        try:
            for quad, line in read_lines(read_source(path, settings), settings.base_iri):
                subject, predicate, _ = to_triple(quad)
                is_new = last[0] != str(subject) or (predicate == _TYPE and line > last[1])
                if str(subject) in names and predicate == _TYPE and is_new:
                    found[str(subject)].append(Place(path, line))
                last = (str(subject), line)
        except (NotTurtle, DataError, StopIteration):
            continue
    return found


# Passages that are not the text's


def _of_passages(results: list[Result]) -> list[Result]:
    """Replace the findings of passages by one for each article, and leave out what their statements lack there."""
    kept, wrong = [], defaultdict(list)
    for result in results:
        folder = result.place.file.parent if result.place else None
        if result.shape in {*_PLACED, "ArticleDigestMatches"}:
            wrong[folder].append(result)
        else:
            kept.append((folder, result))
    rest = [result for folder, result in kept if folder not in wrong or result.shape not in _TEXTUAL]
    return [*rest, *(one for same in wrong.values() for one in _one_of_passages(same))]


def _one_of_passages(results: list[Result]) -> Iterator[Result]:
    of_text = [result for result in results if result.shape == "ArticleDigestMatches"]
    of_passages = [result for result in results if "/passage/" in str(result.focus)]
    first = min(of_text or of_passages or results, key=lambda result: result.sort_key)
    names = sorted({str(result.focus).rpartition("/")[2] for result in of_passages})
    if names and (of_text or len(names) > 1):
        told = ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")
        first = replace(first, message=f"{first.message} Passages that differ: {told}.")
    yield first


# What follows from what else is wrong with a statement


class _Told:
    """Which checks have findings about which statement."""

    def __init__(self, store: Store, iris: Iris, results: Iterable[Result]) -> None:
        self._store, self._prints = store, NamedNode(iris.term("prints"))
        self._shapes: dict[str, set[str]] = defaultdict(set)
        for result in results:
            self._shapes[base(result.focus)].add(result.shape)

    def explains(self, result: Result) -> bool:
        """Return whether another finding explains this one."""
        own = base(result.focus)
        if result.shape == "LabelSaysMore":
            return bool(self._of({own, *self._linked(result.focus)}) - {"LabelSaysMore"})
        if result.shape == "FactKept" and f"has {TOLD['bound']}" in str(result.message):
            return "BoundKept" in self._of({own})
        causes = _EXPLAINED.get(result.shape)
        return causes is not None and not causes.isdisjoint(self._of({own, *self._printing(result.focus)}))

    def _of(self, things: Iterable[str]) -> set[str]:
        return set().union(*(self._shapes.get(thing, ()) for thing in things))

    def _linked(self, node: Node | None) -> Iterator[str]:
        """Give the statements to which a statement leads, with what they print."""
        if isinstance(node, URIRef):
            for quad in self._store.quads_for_pattern(NamedNode(str(node)), None, None):
                value = to_rdflib(quad.object)
                if "/statement/" in str(value) or "/observation/" in str(value):
                    yield base(value)

    def _printing(self, node: Node | None) -> Iterator[str]:
        """Give the figures that print an observation."""
        if isinstance(node, URIRef):
            for quad in self._store.quads_for_pattern(None, self._prints, NamedNode(str(node))):
                yield base(to_rdflib(quad.subject))


# Places of words that statements no longer hold


def _of_words_file(results: list[Result]) -> list[Result]:
    """Keep one finding for each file of words, and none where another problem must be corrected first."""
    files: dict[Path, list[Result]] = defaultdict(list)
    for result in results:
        if result.place is not None and result.place.file.name == WORDS_FILE:
            files[result.place.file].append(result)
    for file, same in files.items():
        gone = set(same)
        results = [result for result in results if result not in gone]
        if not any(_is_in(result, file.parent) and result.severity == VIOLATION for result in results):
            message = f"Places of words are not those of the statements any more. Run kg words {file.parent.name}."
            first = min(same, key=lambda result: result.sort_key)
            results.append(replace(first, message=message))
    return results
