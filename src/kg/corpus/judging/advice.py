"""Findings → findings of which each has a cause of its own, with the name that was meant where one is misspelt.

A wrong name, a name used twice and a wrong prefix each make many findings. What only follows from another finding is
left out, so never all of them: data that do not conform do not conform afterwards either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from pyoxigraph import NamedNode, Quad, Store
from rdflib import URIRef
from rdflib.term import Node

from kg.corpus.rdf.convert import to_triple
from kg.corpus.rdf.turtle import NotTurtle, read_lines
from kg.corpus.report import VIOLATION, Place, Result
from kg.corpus.sources.sources import read_source
from kg.errors import DataError
from kg.settings import Settings
from kg.terms import PREFIXES, Iris

ALIKE = 0.75
"""Likeness of names from which one may be meant by the other."""
MANY = 3
"""Things of another article in one file from which its prefix is at fault, and not they."""
_TWO_KINDS = {"FormerRecord", "OneKind"}
"""Checks that tell why a thing is described twice."""
_TYPE = URIRef(PREFIXES["rdf"] + "type")


def advise(settings: Settings, store: Store, results: Iterable[Result]) -> list[Result]:
    """Return the findings, with places, without those that follow from others, and with the names that were meant."""
    iris = Iris(settings.base_iri)
    found = _of_prefixes(settings, iris, list(results))
    found = _of_doubles(settings, found)
    names = _Names(store, iris)
    return [names.with_nearest(result) for result in _without_consequences(store, names, found)]


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
            kept = [r for r in kept if not str(r.focus).startswith(space) and not _is_of(r, file.parent)]
            short = space.removeprefix(iris.base)
            message = f"Things of this file lie under <{short}>, which is another article's. Correct the prefix here."
            place = Place(file, _line_of(settings, file, f"<{short}>"))
            kept.append(replace(same[0], path=None, value=None, message=message, place=place))
    return kept


def _is_of(result: Result, folder: Path) -> bool:
    """Tell whether a finding is of an article's folder: while a prefix is wrong there, nothing else can be told."""
    return result.place is not None and result.place.file.parent == folder


def _line_of(settings: Settings, file: Path, words: str) -> int:
    try:
        lines = read_source(file, settings).decode("utf-8", "replace").splitlines()
    except DataError:
        return 1
    return next((number for number, line in enumerate(lines, 1) if words in line and "prefix" in line.lower()), 1)


# A name used twice


def _of_doubles(settings: Settings, results: list[Result]) -> list[Result]:
    """Replace the findings of what two places describe by one that tells of both."""
    about = {str(result.focus).partition("#")[0] for result in results if isinstance(result.focus, URIRef)}
    about -= {str(result.focus) for result in results if result.shape in _TWO_KINDS}
    places = _described(settings, {result.place.file for result in results if result.place}, about)
    kept = []
    told: set[str] = set()
    for result in results:
        name = str(result.focus).partition("#")[0]
        where = places.get(name, [])
        if len(where) < 2:
            kept.append(result)
        elif name not in told:
            told.add(name)
            message = f"This name stands for two things: here, and in {where[0]}. Give one of them another number."
            kept.append(Result(VIOLATION, "DescribedOnce", URIRef(name), None, None, message, where[-1]))
    return kept


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


# A misspelt name


class _Names:
    """The names that there are, by the space that they lie in."""

    def __init__(self, store: Store, iris: Iris) -> None:
        self._store, self._iris = store, iris
        self._known: dict[str, list[str]] = {}

    def is_unknown(self, node: Node | None) -> bool:
        """Tell whether a node is a name of ours that nothing describes."""
        if not isinstance(node, URIRef) or not node.startswith(self._iris.base):
            return False
        return not any(self._store.quads_for_pattern(NamedNode(str(node)), None, None))

    def with_nearest(self, result: Result) -> Result:
        """Return a finding with the name that may be meant, where what it is about has none."""
        wrong = next((n for n in (result.value, result.focus, result.path) if self.is_unknown(n)), None)
        nearest = self._nearest(str(wrong)) if wrong is not None else None
        return replace(result, message=f"{result.message} Is {nearest} meant?") if nearest else result

    def _nearest(self, wrong: str) -> str | None:
        space = wrong[: max(wrong.rfind("/"), wrong.rfind("#")) + 1]
        if space not in self._known:
            subjects = {q.subject.value for q in self._graphs(space) if isinstance(q.subject, NamedNode)}
            known = (s.removeprefix(space) for s in subjects if s.startswith(space))
            self._known[space] = sorted(local for local in known if "/" not in local and "#" not in local)
        if wrong[len(space) :].replace("-", "").isdigit():
            return None  # of numbers, none is nearer than another
        near = get_close_matches(wrong[len(space) :], self._known[space], 1, ALIKE)
        return self._short(space + near[0]) if near else None

    def _graphs(self, space: str) -> Iterable[Quad]:
        rest = space.removeprefix(self._iris.base)
        slug = rest.split("/")[1] if rest.startswith("article/") and rest.count("/") > 1 else None
        name = {"code/": "codes", "id/": "authority", "ns#": "ontology"}.get(rest, f"article/{slug}")
        return self._store.quads_for_pattern(None, None, None, NamedNode(self._iris.graph(name)))

    def _short(self, iri: str) -> str:
        for prefix, space in self._iris.prefixes().items():
            if iri.startswith(space) and "/" not in iri[len(space) :]:
                return f"{prefix}:{iri[len(space) :]}"
        return iri.removeprefix(self._iris.base)


def _without_consequences(store: Store, names: _Names, results: list[Result]) -> Iterator[Result]:
    """Give the findings; of a thing that has a misspelt name in it, one for each such name, and no other yet."""
    by_focus: dict[Node | None, list[Result]] = defaultdict(list)
    for result in results:
        by_focus[result.focus].append(result)
    alone = {focus for focus in by_focus if names.is_unknown(focus)}
    for focus, own in by_focus.items():
        if isinstance(focus, URIRef) and focus not in alone:
            used = {node for pair in _values(store, focus) for node in pair if names.is_unknown(node)}
            yield from _one_each(own, used, used & alone) if used else own
        else:
            yield from own


def _one_each(results: list[Result], used: set[Node], told: set[Node]) -> Iterator[Result]:
    """Give one finding for each misspelt name that no finding of its own tells of; all findings where there is none."""
    found: dict[Node, Result] = {}
    for result in sorted(results, key=lambda r: r.sort_key):
        for name in (result.value, result.path):
            if name in used and name is not None:
                found.setdefault(name, result)
    shown = {name: result for name, result in found.items() if name not in told}
    yield from shown.values() if found or told else results


def _values(store: Store, node: URIRef) -> Iterator[tuple[Node, Node]]:
    for quad in store.quads_for_pattern(NamedNode(str(node)), None, None):
        _, predicate, value = to_triple(quad)
        yield predicate, value
