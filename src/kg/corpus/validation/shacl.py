"""The core of SHACL, by pyshacl, on a corpus in memory. SHACL-SPARQL is in kg.corpus.validation.constraints.

The only importer of pyshacl.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Set
from contextlib import contextmanager

import pyshacl
from pyshacl.errors import ReportableRuntimeError
from pyshacl.pytypes import SHACLExecutor
from pyshacl.shapes_graph import ShapesGraph
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.term import IdentifiedNode, Node

from kg.corpus.rdf.triples import TripleGraph
from kg.corpus.report import INFO, VIOLATION, WARNING, Result
from kg.corpus.sources.load import Corpus
from kg.errors import DataError
from kg.terms import Iris

SEVERITIES = {SH.Violation: VIOLATION, SH.Warning: WARNING, SH.Info: INFO}

_log = logging.getLogger(__name__)
_END = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|\$", re.DOTALL)


def core_shapes(shapes: Graph) -> Graph:
    """Return the shapes for pyshacl: without SHACL-SPARQL, and ``$`` in a pattern written as Python writes it.

    In SHACL ``$`` matches at the end of the text only (XPath functions §5.6.1, without the flag m); in Python, before a
    final line end too.
    """
    core = TripleGraph()
    for subject, predicate, value in shapes:
        if predicate == SH.sparql:
            continue
        if predicate == SH.pattern and "m" not in str(shapes.value(subject, SH.flags) or ""):
            value = Literal(_END.sub(lambda match: match[1] or r"\Z", str(value)))
        core.add((subject, predicate, value))
    return core


class Core:
    """The core of SHACL with the shapes of a graph, which are read once."""

    def __init__(self, shapes: Graph, iris: Iris) -> None:
        """Read the shapes; raises DataError where there are none, or a shape is at fault."""
        if not any(shapes.subjects(RDF.type, SH.NodeShape)):
            raise DataError("The shapes graph holds no shape, so nothing could be found wrong. Restore ontology/.")
        self._iris = iris
        self._graph = ShapesGraph(core_shapes(shapes), False, _log)
        with _telling_of_faults():
            self._shapes = list(self._graph.shapes)

    def run(self, corpus: Corpus, focus: Set[Node] | None = None) -> list[Result]:
        """Return what is wrong with the targets in a corpus that are focus nodes, or with all targets.

        Raises DataError where a shape is at fault.
        """
        executor, data = SHACLExecutor(), corpus.data
        reports = []
        with _telling_of_faults():
            for shape in self._shapes:
                targets = set(shape.focus_nodes(data))
                chosen = targets if focus is None else targets & focus
                if chosen:
                    reports += shape.validate(executor, data, focus=list(chosen))[1]
            report, _ = pyshacl.Validator.create_validation_report(self._graph, not reports, reports)
        return [_to_result(corpus, self._graph.graph, report, node) for node in report.objects(None, SH.result)]


@contextmanager
def _telling_of_faults() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            # Of values that cannot be compared, rdflib's Literal warns; what is ill-formed is found by its datatype
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    except ReportableRuntimeError as error:
        raise DataError(f"The shapes cannot be run: {error}") from error


def _to_result(corpus: Corpus, shapes: Graph, report: Graph, node: Node) -> Result:
    focus, value = report.value(node, SH.focusNode), report.value(node, SH.value)
    path = _predicate(corpus, report, report.value(node, SH.resultPath), focus, value)
    source = report.value(node, SH.sourceShape)
    severity = report.value(node, SH.resultSeverity)
    messages = sorted(str(message) for message in report.objects(node, SH.resultMessage))
    return Result(
        severity=SEVERITIES[severity] if isinstance(severity, URIRef) else VIOLATION,
        shape=shape_name(corpus.iris, shapes, source),
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


def shape_name(iris: Iris, shapes: Graph, shape: Node | None) -> str:
    """Return the short name of a shape, or of the shape that holds it where it has none of its own."""
    own = iris.shape("")
    while shape is not None and not str(shape).startswith(own):
        shape = next((s for s in shapes.subjects(None, shape) if isinstance(s, IdentifiedNode)), None)
    if shape is None:
        raise DataError("A shape in ontology/ has no name; give each shape an IRI in shapes#.")
    return str(shape).removeprefix(own)
