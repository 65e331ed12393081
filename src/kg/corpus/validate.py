"""A corpus → a report: SHACL by pyshacl, then the checks that SHACL cannot make.

The only importer of pyshacl.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyshacl
import rdflib.plugin
from pyparsing import ParseBaseException
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.processor import SPARQLProcessor
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Processor
from rdflib.term import IdentifiedNode, Node

from kg.corpus import checks, evidence
from kg.corpus.load import ONTOLOGY_FILES, Corpus, Reading, load_corpus
from kg.corpus.report import INFO, VIOLATION, WARNING, Place, Report, Result
from kg.errors import DataError
from kg.settings import Settings

TRIPLE_TERM = "<<("
"""What a query of SPARQL 1.2 holds: rdflib, which reads 1.1, cannot tell whether it is well formed."""

_SEVERITIES = {SH.Violation: VIOLATION, SH.Warning: WARNING, SH.Info: INFO}


class CachingProcessor(SPARQLProcessor):
    """rdflib's SPARQL processor, keeping the translation of each query text.

    pyshacl hands over the same few texts once for each focus node, and parsing them is most of a validation's time.
    """

    def query(
        self,
        strOrQuery: str | Query,  # noqa: N803 - rdflib's name
        initBindings: Mapping[str, Any] | None = None,  # noqa: N803
        initNs: Mapping[str, Any] | None = None,  # noqa: N803
        *args: Any,
        **kwargs: Any,
    ) -> Mapping[str, Any]:
        """Evaluate as SPARQLProcessor does."""
        query = strOrQuery
        if isinstance(query, str):
            query = _translate(query, frozenset((prefix, str(iri)) for prefix, iri in (initNs or {}).items()))
        return super().query(query, initBindings, initNs, *args, **kwargs)


@lru_cache(maxsize=256)
def _translate(text: str, prefixes: frozenset[tuple[str, str]]) -> Query:
    return translateQuery(parseQuery(text), initNs=dict(prefixes))


rdflib.plugin.register("sparql", Processor, __name__, CachingProcessor.__name__)


def check(settings: Settings, reading: Reading = lambda _: None) -> tuple[Corpus, Report]:
    """Return what was read and what is wrong with it; ``reading`` is told of each file before it is read.

    Where a file cannot be read, only such files are reported: the rest would be noise. Raises DataError where there is
    nothing to check.
    """
    corpus = load_corpus(settings, reading)
    corpus.results += check_queries(settings)
    if any(result.shape == "Syntax" for result in corpus.results):
        return corpus, make_report(corpus, [], (), ("everything else: mend the files above first",))
    _require_shapes(corpus)
    return corpus, validate(corpus, settings.texts)


def validate(corpus: Corpus, texts: Path | None) -> Report:
    """Return what is wrong with a corpus by its own shapes, by the checks, and by the texts of a folder, if any.

    Raises DataError where the corpus has no shapes, or shapes that are themselves at fault.
    """
    found = run_shacl(corpus) + checks.check_dataset(corpus)
    at_hand, checked, unchecked = evidence.find_texts(corpus, texts)
    found += evidence.check_texts(corpus, at_hand)
    return make_report(corpus, found, checked, unchecked)


def check_queries(settings: Settings) -> Iterator[Result]:
    """Find stored queries that are not SPARQL 1.1, each at the line where that shows."""
    for path in sorted(settings.queries_dir.rglob("*.rq")):
        text = path.read_text(encoding="utf-8")
        error = None if TRIPLE_TERM in text else _syntax_error(text)
        if error:
            message = f"This is not SPARQL: {error[1]}. Mend the query, here or just before."
            yield Result(VIOLATION, "Syntax", None, None, None, message, Place(path, error[0]))


@lru_cache(maxsize=256)
def _syntax_error(text: str) -> tuple[int, str] | None:
    """Return the line up to which a text can be read and why no further, if it is no query."""
    try:
        translateQuery(parseQuery(text))
    except ParseBaseException as error:
        return error.lineno, error.msg
    except Exception as error:  # rdflib raises nothing narrower for a prefix that is not declared
        prefix = re.search(r"prefix : (\S*)", str(error))
        before = text.partition(f"{prefix.group(1)}:" if prefix else text)[0]
        return before.count("\n") + 1, str(error)
    return None


def _require_shapes(corpus: Corpus) -> None:
    """Raise DataError where a file of shapes holds none, so that nothing could be found wrong."""
    kinds = (SH.NodeShape, SH.PropertyShape)
    holders = {place.file.name for (_, p, value), place in corpus.places.items() if p == RDF.type and value in kinds}
    for name, graph_name in ONTOLOGY_FILES.items():
        if graph_name == "shapes" and name not in holders:
            raise DataError(f"ontology/{name} holds no shape, so nothing could be found wrong. Restore the file.")


def make_report(corpus: Corpus, found: list[Result], checked: tuple[str, ...], unchecked: tuple[str, ...]) -> Report:
    """Return the report of the corpus's own results and those found, each with its shape's message and a place."""
    shapes = corpus.graph("shapes")
    whole = [_completed(corpus, shapes, result) for result in (*corpus.results, *found)]
    return Report(tuple(sorted(set(whole), key=lambda r: r.sort_key)), corpus.iris, checked, unchecked)


def _completed(corpus: Corpus, shapes: Graph, result: Result) -> Result:
    shape = URIRef(corpus.iris.shape(result.shape))
    place = result.place or corpus.place(result.focus, result.path, result.value)
    if place is None and isinstance(result.focus, Literal):  # it stands where an IRI is needed
        uses = set(shapes.objects(shape, SH.targetObjectsOf))
        place = next((at for (_, p, o), at in corpus.places.items() if o == result.focus and p in uses), None)
    message = result.message or shapes.value(shape, SH.message)
    if message is None:
        raise DataError(f"The check {result.shape} has no sh:message in ontology/shapes.ttl; write one there.")
    return replace(result, place=place, message=str(message))


def run_shacl(corpus: Corpus) -> list[Result]:
    """Return pyshacl's findings on the union of all graphs but the shapes and stored queries.

    Raises DataError where the shapes are empty or themselves at fault.
    """
    shapes = shapes_graph(corpus)
    if not any(shapes.subjects(RDF.type, SH.NodeShape)):
        raise DataError("The shapes graph holds no shape, so nothing could be found wrong. Restore ontology/.")
    conforms, report, text = pyshacl.validate(corpus.data, shacl_graph=shapes, inference="none", inplace=True)
    if not isinstance(report, Graph):
        raise DataError(f"The shapes cannot be run: {text.strip()}")
    found = [_from_shacl(corpus, shapes, report, node) for node in report.objects(None, SH.result)]
    if not conforms and not found:
        raise DataError("pyshacl says that the data do not conform but gives no result. Is its version locked?")
    return found


def shapes_graph(corpus: Corpus) -> Graph:
    """Return the shapes, the prefixes of SHACL-SPARQL made absolute: they are literals, which no parser resolves."""
    shapes = Graph()
    for triple in corpus.graph("shapes"):
        subject, predicate, value = triple
        if predicate == SH.namespace and isinstance(value, Literal) and ":" not in value:
            value = Literal(corpus.iris.base + str(value), datatype=value.datatype)
        shapes.add((subject, predicate, value))
    return shapes


def _from_shacl(corpus: Corpus, shapes: Graph, report: Graph, node: Node) -> Result:
    focus, value = report.value(node, SH.focusNode), report.value(node, SH.value)
    path = _predicate(corpus, report, report.value(node, SH.resultPath), focus, value)
    source = report.value(node, SH.sourceShape)
    severity = report.value(node, SH.resultSeverity)
    messages = sorted(str(message) for message in report.objects(node, SH.resultMessage))
    return Result(
        severity=_SEVERITIES[severity] if isinstance(severity, URIRef) else VIOLATION,
        shape=_shape_name(corpus, shapes, source),
        focus=focus,
        path=path,
        value=value,
        message=messages[0] if messages else None,
        place=None,
    )


def _predicate(
    corpus: Corpus, report: Graph, path: Node | None, focus: Node | None, value: Node | None
) -> URIRef | None:
    """Return the property that a path is; of alternatives, the one by which the focus node has the value."""
    if isinstance(path, URIRef):
        return path
    alternatives = report.value(path, SH.alternativePath) if path else None
    for predicate in report.items(alternatives) if alternatives else ():
        if isinstance(predicate, URIRef) and (focus, predicate, value) in corpus.graph_of:
            return predicate
    return None


def _shape_name(corpus: Corpus, shapes: Graph, shape: Node | None) -> str:
    """Return the short name of a shape, or of the shape that holds it where it has none of its own."""
    own = corpus.iris.shape("")
    while shape is not None and not str(shape).startswith(own):
        shape = next((s for s in shapes.subjects(None, shape) if isinstance(s, IdentifiedNode)), None)
    if shape is None:
        raise DataError("A shape in ontology/ has no name; give each shape an IRI in shapes#.")
    return str(shape).removeprefix(own)
