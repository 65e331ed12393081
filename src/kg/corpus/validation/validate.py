"""What is wrong with a dataset: all of it, or what a change concerns.

The store holds the dataset as it would be published. A change concerns the things of which a triple came or went, and
those whose shapes or checks read such a triple on a path: the rest is validated as before, and is not looked at.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Quad, Store
from pyoxigraph import Literal as StoredLiteral
from rdflib import URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from kg.corpus.crew import Crew
from kg.corpus.evidence import check as evidence
from kg.corpus.rdf.convert import Term, to_quad, to_rdflib
from kg.corpus.rdf.derive import TYPE as RDF_TYPE
from kg.corpus.rdf.graphs import GraphFile, graph_of
from kg.corpus.rdf.turtle import read_turtle
from kg.corpus.report import Report, Result, in_few_lines
from kg.corpus.sources.literals import ILL_FORMED, check_literals
from kg.corpus.sources.load import Corpus
from kg.corpus.sources.places import locate
from kg.corpus.sources.read import read_graphs
from kg.corpus.sources.sources import ONTOLOGY_FILES, Reading, read_source
from kg.corpus.validation.advice import advise
from kg.corpus.validation.changes import Change, Pair
from kg.corpus.validation.reads import Sequence, Step
from kg.corpus.validation.validator import NAMES, Found, Validator
from kg.errors import DataError
from kg.settings import Settings
from kg.terms import Iris

RULES = ("ontology", "shapes")
"""Short names of the graphs by which all others are validated."""

REST = "everything else: correct the files above first"
"""What is not checked where a file cannot be read."""

DRAFT = "Draft"
"""The check that finds what is not finished."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Validation:
    """What is wrong with what was validated.

    ``seen`` are the nodes that every rule validated, None for all; ``seen_by`` those that one rule validated besides.
    """

    results: tuple[Result, ...]
    checked: tuple[str, ...]
    unchecked: tuple[str, ...]
    seen: frozenset[Node] | None = None
    seen_by: Mapping[str, frozenset[Node]] = field(default_factory=dict)

    def report(self, iris: Iris, standing: Iterable[Result] = ()) -> Report:
        """Return the report of the dataset, with the findings of the last report that still hold."""
        kept = filter(self.leaves, standing)
        return make_report(iris, (*self.results, *kept), self.checked, self.unchecked)

    def leaves(self, result: Result) -> bool:
        """Return whether an earlier finding still holds, since what it is about was not validated again."""
        if self.seen is None:
            return False
        return result.focus not in self.seen and result.focus not in self.seen_by.get(result.shape, ())


def make_report(
    iris: Iris, results: Iterable[Result], checked: tuple[str, ...] = (), unchecked: tuple[str, ...] = ()
) -> Report:
    """Return a report in order, with each cause reported once.

    No literal is reported as ill-formed and by its shape too; of a draft nothing is said but that it is one.
    """
    whole = set(results)
    told = {(r.focus, r.value) for r in whole if r.shape != ILL_FORMED}
    drafts = {str(r.focus) for r in whole if r.shape == DRAFT}
    kept = (
        r
        for r in whole
        if (r.shape != ILL_FORMED or (r.focus, r.value) not in told)
        and (r.shape == DRAFT or str(r.focus).partition("#")[0] not in drafts)
    )
    ordered = tuple(sorted(kept, key=lambda r: r.sort_key))
    return Report(ordered, iris, in_few_lines(checked), in_few_lines(unchecked))


def validate(store: Store, iris: Iris, changes: Collection[Change], texts: Path | None) -> Validation:
    """Validate what some changes concern, in a store that holds the dataset after them.

    ``texts`` is the folder of articles' texts. The findings are those that validating everything would give, less those
    that were there before in what the changes do not concern. Raises DataError where the shapes are at fault.
    """
    validator = Validator(store, iris, texts)
    if {change.graph for change in changes} & {iris.graph(name) for name in RULES}:
        return validate_everything(validator)
    pairs = {pair for change in changes for pair in change.triples()}
    nodes = concerned(validator, pairs) | _nameless(store, changes, pairs) | _came_or_went(validator, changes)
    found = [
        _validate_article(validator, change) for change in changes if change.after and validator.slug_of(change.graph)
    ]
    results: list[Result] = [result for one in found for result in one.results]
    results += validator.validate_nodes(nodes)
    near = _near(store, pairs)
    results += validator.validate_constraints(near)
    seen_by = {constraint.shape: frozenset(map(to_rdflib, near)) for constraint in validator.constraints}
    seen_by |= dict.fromkeys(evidence.WARNED, _held_against_texts(validator, changes))
    if validator.concerns_names(pairs):
        named = validator.validate_names(_named_in(store, changes, pairs))
        results += named.results
        seen_by["SharedName"] = named.seen
    results += _validate_records(validator, changes, pairs)
    results += chain.from_iterable(check_literals(change.added()) for change in changes)
    return Validation(
        tuple(complete(validator, result) for result in dict.fromkeys(results)),
        tuple(line for one in found for line in one.checked),
        tuple(line for one in found for line in one.unchecked),
        frozenset(map(to_rdflib, nodes)),
        seen_by,
    )


def _came_or_went(validator: Validator, changes: Iterable[Change]) -> set[Term]:
    """Return the articles whose folders came or went, whether or not a triple named them."""
    slugs = (validator.slug_of(change.graph) for change in changes if change.before is None or change.after is None)
    return {NamedNode(validator.iris.article(slug)) for slug in slugs if slug}


def _held_against_texts(validator: Validator, changes: Iterable[Change]) -> frozenset[Node]:
    """Return the statements of changed articles whose texts are available: all were compared with the text again."""
    slugs = {change.graph: validator.slug_of(change.graph) for change in changes if change.after}
    graphs = [graph for graph, slug in slugs.items() if slug and validator.text_of(slug) is not None]
    quads = (quad for graph in graphs for quad in validator.store.quads_for_pattern(None, None, None, NamedNode(graph)))
    return frozenset(to_rdflib(subject) for subject in {quad.subject for quad in quads})


def _named_in(store: Store, changes: Iterable[Change], pairs: Iterable[Pair]) -> set[str]:
    """Return the graphs that changed, and those in which what changed its class has names."""
    things = {subject for subject, predicate, _ in pairs if predicate not in NAMES}
    named = (quad for thing in things for name in NAMES for quad in store.quads_for_pattern(thing, name, None))
    return {*(change.graph for change in changes), *map(graph_of, named)}


def concerned(validator: Validator, pairs: Iterable[Pair]) -> set[Term]:
    """Return the nodes that are validated otherwise, perhaps, since some triples came or went."""
    rules, store = validator.rules, validator.store
    by_predicate: dict[NamedNode, list[tuple[Sequence, int]]] = defaultdict(list)
    for sequence in rules.sequences:
        for place, step in enumerate(sequence):
            by_predicate[step.predicate].append((sequence, place))
    found: set[Term] = set()
    for subject, predicate, value in pairs:
        found.add(subject)
        if predicate in rules.used and not isinstance(value, str):
            found.add(value)
        for sequence, place in by_predicate.get(predicate, ()):
            start = value if sequence[place].inverse and not isinstance(value, str) else subject
            found |= _back(store, start, sequence[:place])
    around = rules.around
    found |= _statements_about(validator, {subject for subject, predicate, _ in pairs if predicate in around.told})
    return found | _wholes(store, around.parts, found)


def _statements_about(validator: Validator, things: Iterable[Term]) -> set[Term]:
    """Return the statements whose checks read some things, and those things that are statements."""
    around, store = validator.rules.around, validator.store
    found = set(things)
    ahead = list(found)
    while ahead:
        thing = ahead.pop()
        quads = (quad for name in around.followed for quad in store.quads_for_pattern(None, name, thing))
        new = {quad.subject for quad in quads} - found
        found |= new
        ahead.extend(new)
    for linked in around.linked:
        found |= {quad.subject for one in set(found) for quad in store.quads_for_pattern(None, linked, one)}
    modality = NamedNode(validator.iris.term("modality"))
    return {one for one in found if any(_said(store, one, modality))}


def _wholes(store: Store, parts: Iterable[NamedNode], nodes: Collection[Term]) -> set[Term]:
    """Return the wholes that some nodes are parts of, with all their parts, and the parts of the nodes."""
    owners = {quad.subject for part in parts for node in nodes for quad in store.quads_for_pattern(None, part, node)}
    wholes = {*nodes, *owners}
    return owners | {q.object for part in parts for whole in wholes for q in _said(store, whole, part)}


def _said(store: Store, node: Term, predicate: NamedNode) -> Iterator[Quad]:
    return iter(()) if isinstance(node, StoredLiteral) else store.quads_for_pattern(node, predicate, None)


def _nameless(store: Store, changes: Iterable[Change], pairs: Iterable[Pair]) -> set[Term]:
    """Return the blank nodes of the changed graphs, where one that nothing refers to came or went."""
    if not any(isinstance(subject, BlankNode) for subject, _, _ in pairs):
        return set()
    graphs = [NamedNode(change.graph) for change in changes]
    quads = (quad for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph))
    return {quad.subject for quad in quads if isinstance(quad.subject, BlankNode)}


def _back(store: Store, start: Term, steps: Sequence) -> set[Term]:
    """Return the nodes from which some steps lead to a node."""
    ends = {start}
    for step in reversed(steps):
        ends = {one for end in ends for one in _step_back(store, end, step)}
    return ends


def _step_back(store: Store, end: Term, step: Step) -> Iterator[Term]:
    if not step.inverse:
        return (quad.subject for quad in store.quads_for_pattern(None, step.predicate, end))
    if isinstance(end, StoredLiteral):
        return iter(())
    return (quad.object for quad in store.quads_for_pattern(end, step.predicate, None))


def _near(store: Store, pairs: Iterable[Pair]) -> set[Term]:
    """Return the things with a triple added or removed, and all their values, old and new."""
    subjects = {subject for subject, _, _ in pairs}
    old = {value for _, _, value in pairs if not isinstance(value, str)}
    return subjects | old | {quad.object for one in subjects for quad in store.quads_for_pattern(one, None, None)}


def _validate_article(validator: Validator, change: Change) -> Found:
    slug = validator.slug_of(change.graph)
    return validator.validate_article(slug, {predicate for _, predicate, _ in change.triples()}) if slug else Found()


def _validate_records(validator: Validator, changes: Collection[Change], pairs: Collection[Pair]) -> Iterator[Result]:
    """Hold records that came against all texts, and all records against the texts of articles that came."""
    added = [quad for change in changes if validator.slug_of(change.graph) is None for quad in change.added()]
    yield from validator.validate_records(added, validator.texts.all if added else ())
    digest = NamedNode(validator.iris.term("digest"))
    described = {subject for subject, predicate, _ in pairs if predicate == digest}
    slugs = [slug for change in changes if change.after and (slug := validator.slug_of(change.graph))]
    came = [slug for slug in slugs if NamedNode(validator.iris.article(slug)) in described]
    texts = [text for slug in came if (text := validator.text_of(slug)) is not None]
    if texts:
        yield from validator.validate_records(None, texts)


def complete(validator: Validator, result: Result) -> Result:
    """Return a finding with the message of its shape, where it has none of its own."""
    if result.message is not None:
        return result
    message = validator.rules.shapes.value(URIRef(validator.iris.shape(result.shape)), SH.message)
    if message is None:
        raise DataError(f"The check {result.shape} has no sh:message in ontology/check-shapes.ttl; write one there.")
    return replace(result, message=str(message))


def validate_all(
    directory: Path, iris: Iris, texts: Path | None, crew: Crew | None = None, progress: Progress = lambda _: None
) -> Validation:
    """Validate all of a closed store, which each process of a crew opens read-only; ``progress`` gets each graph."""
    validator = _open(str(directory), iris, texts)
    work = partial(_validate_one, str(directory), iris, texts)
    return _validate_all(validator, (crew or Crew()).map(work, _telling(validator.graphs(), progress)))


def _telling(graphs: Iterable[str], progress: Progress) -> Iterator[str]:
    for graph in graphs:
        progress(graph)
        yield graph


def _validate_one(directory: str, iris: Iris, texts: Path | None, graph: str) -> Found:
    return _open(directory, iris, texts).validate_graph(graph)


@lru_cache(maxsize=1)
def _open(directory: str, iris: Iris, texts: Path | None) -> Validator:
    return Validator(Store.read_only(directory), iris, texts)


def validate_everything(validator: Validator) -> Validation:
    """Validate all that a validator's store holds, in this process."""
    return _validate_all(validator, map(validator.validate_graph, validator.graphs()))


def _validate_all(validator: Validator, found: Iterable[Found]) -> Validation:
    results: set[Result] = set()
    checked: list[str] = []
    unchecked: list[str] = []
    for one in found:
        results.update(one.results)
        checked += one.checked
        unchecked += one.unchecked
    results.update(validator.validate_constraints(None))
    results.update(validator.validate_names(None).results)
    results.update(validator.validate_rules())
    results.update(validator.validate_records(None, validator.texts.all))
    return Validation(tuple(complete(validator, result) for result in results), tuple(checked), tuple(unchecked))


def check(settings: Settings, reading: Reading = lambda _: None, crew: Crew | None = None) -> Report:
    """Return what is wrong with the files of a folder of data, each finding with file and line.

    Where a file cannot be read, only such files are reported: the rest would be noise. ``reading`` gets each
    file before it is read. With a crew, the data are held on disk meanwhile and not in memory. Raises DataError where
    there is nothing to check.
    """
    iris = Iris(settings.base_iri)
    results: list[Result] = []

    def graphs() -> Iterator[GraphFile]:
        for read in read_graphs(settings, crew=crew, reading=reading):
            results.extend(read.results)
            if read.graph is not None:
                yield read.graph

    with tempfile.TemporaryDirectory() if crew else nullcontext() as folder:
        store = Store(folder) if folder else Store()
        load_graphs(store, graphs())
        syntax = [result for result in results if result.shape == "Syntax"]
        if syntax:
            return make_report(iris, syntax, (), (REST,))
        require_shapes(settings)
        if folder:
            store.flush()
            del store
            found = validate_all(Path(folder), iris, settings.texts, crew)
            store = Store.read_only(folder)
        else:
            validator = Validator(store, iris, settings.texts)
            found = validate_everything(validator)
        located = locate(settings, store, {*results, *found.results})
        told = advise(settings, store, located) if located else []
        return make_report(iris, told, found.checked, found.unchecked)


def validate_corpus(corpus: Corpus, texts: Path | None) -> Report:
    """Return the report of a corpus that holds everything in memory."""
    store = Store()
    for name, graph in corpus.graphs.items():
        graph_name = NamedNode(str(name))
        store.extend(to_quad(triple, graph_name) for triple in graph)
    validator = Validator(store, corpus.iris, texts)
    found = validate_everything(validator)
    return make_report(corpus.iris, (*corpus.results, *found.results), found.checked, found.unchecked)


def load_graphs(store: Store, graphs: Iterable[GraphFile]) -> None:
    """Put graphs into a store, each with blank nodes of its own."""
    store.bulk_extend(quad for graph in graphs for quad in graph.renamed())


def require_shapes(settings: Settings) -> None:
    """Raise DataError where a file of shapes holds none, so that nothing could be found wrong."""
    kinds = {NamedNode(str(kind)) for kind in (SH.NodeShape, SH.PropertyShape)}
    for name, graph in ONTOLOGY_FILES.items():
        if graph == "shapes":
            path = settings.ontology_dir / name
            quads = read_turtle(read_source(path, settings), settings.base_iri)
            if not any(quad.predicate == RDF_TYPE and quad.object in kinds for quad in quads):
                raise DataError(f"ontology/{name} holds no shape, so nothing could be found wrong. Restore the file.")
