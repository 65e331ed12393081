"""Canonical N-Triples and N-Quads → Turtle and TriG as a person would write them.

The engine writes triples as they come and declares every prefix it is given; here a subject is in one piece, its
class and label come first, and only prefixes in use are declared. Triple terms (RDF 1.2) are kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

_IRI_OR_BLANK = r"<[^>]*>|_:\S+"
_OBJECT = rf'{_IRI_OR_BLANK}|<<\( .* \)>>|".*"(?:@[\w-]+|\^\^<[^>]*>)?'
_LINE = re.compile(rf"({_IRI_OR_BLANK}) (<[^>]*>) ({_OBJECT})(?: (<[^>]*>))? \.")
_TRIPLE_TERM = re.compile(rf"<<\( ({_IRI_OR_BLANK}) (<[^>]*>) ({_OBJECT}) \)>>")
_LITERAL = re.compile(r'"(.*)"(?:@([\w-]+)|\^\^<([^>]*)>)?', re.DOTALL)
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[\w-]*[A-Za-z0-9_])?", re.ASCII)
"""Local names that need no escape (Turtle §6.5, PN_LOCAL); others are written as whole IRIs."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_RDFS_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
_BARE = {f"{_XSD}integer": r"-?\d+", f"{_XSD}boolean": "true|false"}
"""Datatypes whose literals are written without quotation marks, and which of them are."""

Triple = tuple[str, str, str]


def sort_lines(ntriples: bytes) -> bytes:
    """Return N-Triples in the order of their lines, so that the same triples are the same bytes."""
    return b"".join(sorted(ntriples.splitlines(keepends=True)))


def to_turtle(ntriples: bytes, prefixes: Mapping[str, str], first: str = "") -> bytes:
    """Return N-Triples as Turtle, the subject with the IRI ``first`` before the others, which are in order."""
    terms = _Terms(prefixes)
    triples = [triple for triple, _ in read_nquads(ntriples)]
    body = terms.write(triples, "", f"<{first}>")
    return (terms.declarations() + "\n".join(body) + "\n").encode()


def to_trig(nquads: bytes, prefixes: Mapping[str, str]) -> bytes:
    """Return N-Quads, each in a named graph, as TriG; the graphs are in the order in which they first come."""
    graphs: dict[str, list[Triple]] = defaultdict(list)
    for triple, graph in read_nquads(nquads):
        graphs[graph].append(triple)
    terms = _Terms(prefixes)
    blocks = []
    for graph, triples in graphs.items():
        blocks += [f"{terms.write_term(graph)} {{", *terms.write(triples, "  ", ""), "}", ""]
    return (terms.declarations() + "\n".join(blocks)).encode()


def read_nquads(lines: bytes) -> Iterator[tuple[Triple, str]]:
    """Yield the triples of canonical N-Quads or N-Triples, each with its graph; raises ValueError for what is not."""
    for line in lines.decode("utf-8").split("\n"):
        if line:
            match = _LINE.fullmatch(line)
            if match is None:
                raise ValueError(f"Not canonical N-Quads: {line!r}")
            subject, predicate, value, graph = match.groups()
            yield (subject, predicate, value), graph or ""


def split_literal(term: str) -> tuple[str, str | None, str | None]:
    """Return the text of a literal, still escaped, its language and its datatype's IRI; raises ValueError."""
    match = _LITERAL.fullmatch(term)
    if match is None:
        raise ValueError(f"Not a literal: {term!r}")
    return match.groups()  # type: ignore[return-value]


def split_triple_term(term: str) -> Triple:
    """Return the terms of a triple term (RDF 1.2 N-Triples §2.5); raises ValueError."""
    match = _TRIPLE_TERM.fullmatch(term)
    if match is None:
        raise ValueError(f"Not a triple term: {term!r}")
    return match.groups()  # type: ignore[return-value]


def reading_order(triple: Triple) -> tuple[object, ...]:
    """Return the key that sorts triples as people read them: by subject, its class and label first."""
    subject, predicate, value = triple
    return subject.startswith("_:"), subject, predicate != _RDF_TYPE, predicate != _RDFS_LABEL, predicate, value


class _Terms:
    """Writes terms, and remembers which prefixes they need."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = sorted(prefixes.items(), key=lambda pair: -len(pair[1]))
        self._used: dict[str, str] = {}

    def declarations(self) -> str:
        """Return the declarations of the prefixes in use, and an empty line where there are any."""
        lines = [f"@prefix {name}: <{iri}> .\n" for name, iri in sorted(self._used.items())]
        return "".join(lines) + "\n" if lines else ""

    def write(self, triples: Iterable[Triple], indent: str, first: str) -> list[str]:
        """Return the lines of triples, one block for each subject."""
        subjects: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for subject, predicate, value in triples:
            values = subjects[subject][predicate]
            if value not in values:
                values.append(value)
        lines: list[str] = []
        for subject in sorted(subjects, key=lambda s: (s != first, s.startswith("_:"), s)):
            written = [
                f"{self._write_predicate(predicate)} {', '.join(self.write_term(v) for v in sorted(values))}"
                for predicate, values in sorted(subjects[subject].items(), key=_predicate_order)
            ]
            start = f"{indent}{self.write_term(subject)} "
            lines.append(start + f" ;\n{indent}    ".join(written) + " .")
        return lines

    def _write_predicate(self, predicate: str) -> str:
        return "a" if predicate == _RDF_TYPE else self.write_term(predicate)

    def write_term(self, term: str) -> str:
        """Return a term of N-Triples in Turtle."""
        if term.startswith("<<("):
            return f"<<( {' '.join(self.write_term(part) for part in split_triple_term(term))} )>>"
        if term.startswith("<"):
            return self._write_iri(term)
        return self._write_literal(term) if term.startswith('"') else term

    def _write_iri(self, term: str) -> str:
        iri = term[1:-1]
        for name, namespace in self._prefixes:
            if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                self._used[name] = namespace
                return f"{name}:{iri[len(namespace) :]}"
        return term

    def _write_literal(self, term: str) -> str:
        text, language, datatype = split_literal(term)
        if datatype in _BARE and re.fullmatch(_BARE[datatype], text):
            return text
        # A text of several lines is written as such, unless a backslash of its own makes \n ambiguous
        quoted = '""' + f'"{text}"'.replace(r"\n", "\n") + '""' if r"\n" in text and "\\\\" not in text else f'"{text}"'
        if language:
            return f"{quoted}@{language}"
        return f"{quoted}^^{self._write_iri(f'<{datatype}>')}" if datatype else quoted


def _predicate_order(pair: tuple[str, list[str]]) -> tuple[bool, bool, str]:
    return pair[0] != _RDF_TYPE, pair[0] != _RDFS_LABEL, pair[0]
