"""What a validation found, and how it is written: as text, as JSON, or as a SHACL validation report in Turtle."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from kg.terms import Iris

VIOLATION, WARNING, INFO = "violation", "warning", "info"
_GRAPH_FORMATS = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
}
REPORT_TYPES = (*_GRAPH_FORMATS, "application/json", "text/plain")
"""Media types of a report, the preferred first."""

_SEVERITY_IRIS = {VIOLATION: SH.Violation, WARNING: SH.Warning, INFO: SH.Info}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file. ``is_use`` marks a line that uses a thing which no line describes."""

    file: Path
    line: int
    is_use: bool = False

    def __str__(self) -> str:
        """Return ``file:line``, the file relative to the working folder where it lies below it."""
        path = self.file.resolve()
        here = Path.cwd()
        return f"{path.relative_to(here) if path.is_relative_to(here) else path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Result:
    """One finding. ``message`` is None until the shape's own message is filled in."""

    severity: str
    shape: str
    focus: Node | None
    path: Node | None
    value: Node | None
    message: str | None
    place: Place | None

    @property
    def sort_key(self) -> tuple[bool, str, int, str, str, str, str]:
        """Order of files, lines, then shapes; findings without a place last."""
        place = self.place
        file, line = (str(place.file), place.line) if place else ("", 0)
        return (place is None, file, line, self.shape, str(self.focus), str(self.path), str(self.value))


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one validation, in the order of files and lines, and what was looked at."""

    results: tuple[Result, ...]
    iris: Iris
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def conforms(self) -> bool:
        """True where nothing is a violation; warnings do not count (SHACL §3.6.2 applied to violations only)."""
        return not any(result.severity == VIOLATION for result in self.results)

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings by severity."""
        found = Counter(result.severity for result in self.results)
        return {severity: found[severity] for severity in (VIOLATION, WARNING, INFO)}

    def to_text(self) -> str:
        """Return a line for each finding and a line that sums up."""
        lines = [self._line(result) for result in self.results]
        lines += [f"checked: {line}" for line in self.checked]
        lines += [f"not checked: {line}" for line in self.unchecked]
        counts = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in self.counts.items() if name != INFO)
        lines.append(f"{'The data conform' if self.conforms else 'The data do not conform'}: {counts}.")
        return "\n".join(lines) + "\n"

    def to_json(self) -> str:
        """Return an object with ``conforms``, ``counts`` and ``results``."""
        results = [
            {
                "severity": r.severity,
                "shape": r.shape,
                "file": str(r.place).rsplit(":", 1)[0] if r.place else None,
                "line": r.place.line if r.place else None,
                "focus": None if r.focus is None else str(r.focus),
                "path": None if r.path is None else str(r.path),
                "value": None if r.value is None else str(r.value),
                "message": r.message,
            }
            for r in self.results
        ]
        whole = {
            "conforms": self.conforms,
            "counts": self.counts,
            "checked": list(self.checked),
            "unchecked": list(self.unchecked),
            "results": results,
        }
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"

    def to_turtle(self) -> str:
        """Return the SHACL validation report in Turtle."""
        return self.to_graph().serialize(format="turtle")

    def to_media_type(self, media_type: str) -> str:
        """Return the report as one of REPORT_TYPES; raises KeyError for another."""
        if media_type == "text/plain":
            return self.to_text()
        if media_type == "application/json":
            return self.to_json()
        return self.to_graph().serialize(format=_GRAPH_FORMATS[media_type])

    def to_graph(self) -> Graph:
        """Return a SHACL validation report (SHACL §3.6)."""
        graph = Graph()
        graph.bind("sh", SH)
        report = BNode()
        graph.add((report, RDF.type, SH.ValidationReport))
        graph.add((report, SH.conforms, Literal(self.conforms)))
        for result in self.results:
            node = BNode()
            graph.add((report, SH.result, node))
            for predicate, value in self._properties(result):
                graph.add((node, predicate, value))
        return graph

    def _properties(self, result: Result) -> Iterable[tuple[URIRef, Node]]:
        yield RDF.type, SH.ValidationResult
        yield SH.resultSeverity, _SEVERITY_IRIS[result.severity]
        yield SH.sourceShape, URIRef(self.iris.shape(result.shape))
        text = result.message or ""
        yield SH.resultMessage, Literal(f"{result.place}: {text}" if result.place else text, lang="en")
        if result.focus is not None:
            yield SH.focusNode, result.focus
        if result.path is not None:
            yield SH.resultPath, result.path
        if result.value is not None:
            yield SH.value, result.value

    def _line(self, result: Result) -> str:
        where = f"{result.place}: " if result.place else ""
        name = "" if result.focus is None else f"{self.shorten(result.focus)}: "
        return f"{where}{result.severity} [{result.shape}] {name}{result.message or ''}"

    def shorten(self, node: Node) -> str:
        """Return a node's IRI without the base IRI, or its text."""
        return str(node).removeprefix(self.iris.base)


FEW = 3
"""Number of articles up to which each is named."""
_EVIDENCE = re.compile(r"evidence of (\S+) against its text(.*)")


def in_few_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """Return lines on articles, as evidence.find_texts gives them, in one for all of the same reason where many are."""
    reasons: dict[str, list[str]] = {}
    others = []
    for line in lines:
        match = _EVIDENCE.fullmatch(line)
        if match is None:
            others.append(line)
        else:
            reasons.setdefault(match[2], []).append(match[1])
    for reason, slugs in reasons.items():
        if len(slugs) > FEW:
            others.append(f"evidence of {len(slugs):,} articles, such as {slugs[0]}, against their texts{reason}")
        else:
            others += [f"evidence of {slug} against its text{reason}" for slug in slugs]
    return tuple(others)
