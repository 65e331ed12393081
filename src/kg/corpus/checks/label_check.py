"""What a label says and the triples do not, LabelSaysMore, and what they deny and it does not: LabelNegated.

The words of the label are compared with the reading of the triples and the names of the things and codes they lead to.
A negation, a hedge or a number must be the statement's own; any other word may come from a statement that it links to.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from rdflib import RDFS, Literal, URIRef
from rdflib.namespace import RDF
from rdflib.term import Node

from kg.corpus.checks.label_words import Meanings, meanings, numbers, words
from kg.corpus.rdf.graph_view import GraphView
from kg.corpus.report import WARNING, Result
from kg.corpus.sources.load import Corpus
from kg.errors import DataError
from kg.reading import read_bare
from kg.reading.clause import SILENT
from kg.reading.phrases import KINDS, LINKS, PHRASES
from kg.reading.view import READ, Lookup

OWN = tuple(name for name in READ if name not in LINKS and name not in ("evidence", "context", "inference", "infers"))
"""Properties that lead from a statement to what its label may name."""
NAMES = ("inverseLabel", "subjectRole", "objectRole", "passiveForms", "forms", "verb", "printed")
"""Properties whose texts are words of a term, besides its labels."""
_WORDS, _LABELS = tuple(f"att:{name}" for name in NAMES), ("rdfs:label", "skos:prefLabel", "skos:altLabel")
_FURTHER = ("Words", "Quotation", "NameUse", "PrintedNumber", "Observation", "Event")
_NEGATING = ("un", "in", "im", "ir", "il", "dis", "non", "nicht")
_PART, _JOINT = 4, 3
"""Letters of a part of a German compound at the least, and of what joins its parts at the most."""


def labels_that_say_more(corpus: Corpus) -> Iterator[Result]:
    """Find labels with a name, number, negation, hedge or other word that no term of the statement says.

    An att:labelNote on the statement, which gives the reason, silences the check for it.
    """
    terms = Terms(corpus)
    excused = set(corpus.data.subjects(URIRef(corpus.iris.term("labelNote"))))
    statements = {s for kind in KINDS for s in corpus.data.subjects(RDF.type, URIRef(corpus.iris.term(kind)))}
    for statement in filter(corpus.validates, statements - excused):
        for label in corpus.data.objects(statement, RDFS.label):
            if isinstance(label, Literal) and (label.language or "").split("-")[0] in PHRASES:
                more = terms.missing(str(statement), str(label), str(label.language).split("-")[0])
                if more:
                    said = ", ".join(f"“{word}”" for word in more)
                    message = (
                        f"The label says {said}, which no term of the statement says. Give the term (a modality, "
                        "negation, quantity, an adjunct, printed words), or drop it from the label."
                    )
                    yield Result(WARNING, "LabelSaysMore", statement, RDFS.label, label, message, None)


def labels_without_negation(corpus: Corpus) -> Iterator[Result]:
    """Find labels that affirm what the statement denies; an att:labelNote silences the check."""
    terms, data = Terms(corpus), corpus.data
    excused = set(data.subjects(URIRef(corpus.iris.term("labelNote"))))
    negated = {
        s for s, value in data.subject_objects(URIRef(corpus.iris.term("negated"))) if str(value) in ("true", "1")
    }
    for statement in filter(corpus.validates, negated - excused):
        for label in data.objects(statement, RDFS.label):
            language = str(getattr(label, "language", None) or "").split("-")[0]
            if language in PHRASES and not terms.denies(str(statement), str(label), language):
                yield Result(WARNING, "LabelNegated", statement, RDFS.label, label, None, None)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a statement says without its label, and the stems of the words of that."""

    texts: list[str]
    stems: frozenset[str]


class Terms:
    """The words that statements' terms carry."""

    def __init__(self, corpus: Corpus) -> None:
        """Look at the data of a corpus."""
        self._data, self._iris = corpus.data, corpus.iris
        self._view = GraphView(corpus.data, corpus.iris)
        self._silent = {
            s for s, o in self._data.subject_objects(URIRef(corpus.iris.term("template"))) if str(o) == SILENT
        }
        """Codes that a reading passes over, as it does what is said outright: their labels carry nothing."""
        self._looks = {language: Lookup(self._view, language) for language in PHRASES}
        self._kinds = {URIRef(corpus.iris.term(kind)) for kind in KINDS}
        self._further = self._kinds | {URIRef(corpus.iris.term(cls)) for cls in _FURTHER}
        self._position = URIRef(corpus.iris.term("Position"))
        self._leading = {URIRef(corpus.iris.term(name)) for name in OWN}
        self._known: dict[tuple[str, str], _Said] = {}
        self._led: dict[Node, tuple[set[Node], set[Node]]] = {}

    def missing(self, statement: str, label: str, language: str) -> list[str]:
        """Return the words and numbers of a label that no triple carries, as written and in that order."""
        known = meanings(language)
        own = self._said(statement, language)
        stems = set(own.stems)
        for name in LINKS:
            for other in self._view.links(statement, f"att:{name}"):
                stems |= self._said(other, language).stems
        found = []
        for word, root in words(label, language):
            carrying = own.stems if known.is_strict(root) else stems
            if root not in known.empty and not _carried(root, carrying, known, language) and word not in found:
                found.append(word)
        counted = numbers(label, language)
        if counted:
            counted -= {n for text in own.texts for tongue in PHRASES for n in numbers(text, tongue)}
        return found + [f"{number:,f}" for number in sorted(counted)]

    def denies(self, statement: str, label: str, language: str) -> bool:
        """Return whether a label has a word that negates, or one with a prefix that negates a word of a triple."""
        denying, stems = meanings(language).denying, self._said(statement, language).stems
        return "n't" in label.replace("’", "'") or any(
            root in denying or any(root.removeprefix(prefix) in stems - {root} for prefix in _NEGATING)
            for _, root in words(label, language)
        )

    def _said(self, statement: str, language: str) -> _Said:
        """Return what a statement says in a language without its label, and all names of its terms."""
        found = self._known.get((statement, language))
        if found is None:
            texts = self._texts(statement, language)
            stems = frozenset(root for text in texts for _, root in words(text, language))
            found = self._known[statement, language] = _Said(texts, stems)
        return found

    def _texts(self, statement: str, language: str) -> list[str]:
        try:
            frame, sentence = read_bare(self._looks[language], statement)
        except DataError:  # the shapes report what is wrong with it
            return []
        phrases = PHRASES[language]
        whole = frame
        for fixed in (phrases.nobody, *phrases.frames.values()):
            frame = frame.removeprefix(fixed)
        texts = [sentence, frame, *([] if frame != whole else [phrases.says.singular])]
        for term in self._terms(URIRef(statement)):
            texts += self._names(term, language)
        return texts

    def _terms(self, statement: URIRef) -> set[Node]:
        """Return what a statement leads to, and what the statements, words and events among that lead to in turn."""
        found: set[Node] = {statement}
        waiting: list[Node] = [statement]
        while waiting:
            new, further = self._led_to(waiting.pop())
            waiting.extend(further - found)
            found |= new
        return found

    def _led_to(self, node: Node) -> tuple[set[Node], set[Node]]:
        """Return what a node leads to, and those among that which lead further."""
        known = self._led.get(node)
        if known is None:
            said = self._view.said(node)
            values = (value for name in self._leading & said.keys() for value in said[name])
            terms: set[Node] = {value for value in values if isinstance(value, URIRef)}
            found = terms - self._silent
            further = {v for v in found if not self._further.isdisjoint(self._view.values(v, "rdf:type"))}
            known = self._led[node] = found, further
        return known

    def _names(self, term: Node, language: str) -> list[str]:
        """Return the names of a term in a language or in none; of a statement only its words, never its label."""
        classes = self._view.values(term, "rdf:type")
        texts = [PHRASES[language].properties["position"]] if self._position in classes else []
        names = _WORDS if not self._kinds.isdisjoint(classes) else (*_WORDS, *_LABELS)
        return texts + [
            str(value)
            for name in names
            for value in self._view.values(term, name)
            if isinstance(value, Literal) and (not value.language or value.language.split("-")[0] in (language, "en"))
        ]


def _carried(root: str, stems: Set[str], known: Meanings, language: str) -> bool:
    """Return True where one of the stems is the word, means the same, or is part of one German word with it."""
    if root in stems:
        return True
    meant = known.of(root)
    if meant and any(meant & known.of(other) for other in stems):
        return True
    return language == "de" and not known.is_strict(root) and _in_compound(root, stems)


def _in_compound(root: str, stems: Set[str]) -> bool:
    """Return True where a word is part of a longer one, or is itself put together of others."""
    if len(root) < _PART:
        return False
    if any(root in other for other in stems):
        return True
    rest = root
    for part in sorted((other for other in stems if len(other) >= _PART), key=len, reverse=True):
        rest = rest.replace(part, "", 1)
    return len(rest) <= _JOINT and rest != root
