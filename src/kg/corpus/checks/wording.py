"""Checks of words: each code is printed or inferred, each printed word means something, and verb forms can be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import SKOS, XSD, Namespace
from rdflib.term import Node

from kg.corpus.rdf.spoken import LEADS, MEASURED, PLACES, TAKES_PART, WITHIN, fillers, reach
from kg.corpus.report import VIOLATION, Result
from kg.corpus.sources.load import Corpus
from kg.errors import DataError
from kg.reading.grammar import read_forms
from kg.reading.phrases import CODE_SLOTS, RELATION_SLOTS

CODED = ("attribution", "frequency", "aspect", "quantity", "subjectQuantity", "objectQuantity", "degree")
"""Properties whose codes are expressed by printed words, or are inferred."""
SILENT = {"modality": ("flat", "supposed", "asked"), "bound": ("as-printed",)}
"""Properties whose codes do so as well, but for these, which are what no word says."""
FEW = re.compile(r"\S+( \S+){0,6}")
"""So many words of an article may be recorded at once."""


def check_words(corpus: Corpus) -> Iterator[Result]:
    """Find codes without words or inference, words and names that express nothing here, and unused inferences."""
    data, term = corpus.data, Namespace(corpus.iris.term(""))
    named = _Named(corpus)
    silent = {name: {URIRef(corpus.iris.code(code)) for code in codes} for name, codes in SILENT.items()}
    for statement in filter(corpus.validates, set(data.subjects(term.modality))):
        words = list(data.objects(statement, term.words))
        yield from _expressed(corpus, term, statement, words)
        yield from named.here(statement, words)
        inferred = {data.value(node, term.infers) for node in data.objects(statement, term.inference)}
        shown = {code for node in words for code in data.objects(node, term.expresses)}
        for name in (*CODED, *SILENT):
            for code in set(data.objects(statement, term[name])) - silent.get(name, set()) - shown:
                if term[name] not in inferred:
                    told = f"Nothing shows that {corpus.iris.short(str(code))} is printed. Add its words to att:words "
                    told += f"with att:expresses, or an att:inference of att:{name} that says why."
                    yield Result(VIOLATION, "CodeInWords", statement, term[name], code, told, None)
    for holder in set(data.subjects(term.inference)):
        yield from _inferences(data, term, holder)
    yield from _few(data, term)
    yield from _parts(data, term)


def _expressed(corpus: Corpus, term: Namespace, statement: Node, words: list[Node]) -> Iterator[Result]:
    """Find words that are said to express a code that their statement does not have."""
    carried = set(corpus.data.objects(statement))
    carried |= {above for code in carried for above in corpus.data.objects(code, SKOS.broader)}
    for node in words:
        for code in set(corpus.data.objects(node, term.expresses)) - carried:
            yield Result(VIOLATION, "ExpressedCode", node, term.expresses, code, None, None)


class _Named:
    """Which names a statement may use: those of what it carries, such as its claimant, and of what it is about."""

    def __init__(self, corpus: Corpus) -> None:
        self._data, self._term = corpus.data, Namespace(corpus.iris.term(""))
        self._places, self._leads = (
            self._terms(*PLACES, *WITHIN, *MEASURED),
            [*self._terms(*LEADS, *TAKES_PART), SKOS.broader],
        )

    def here(self, statement: Node, words: list[Node]) -> Iterator[Result]:
        """Find names used of what has no part in the statement."""
        named = [(node, thing) for node in words for thing in self._data.objects(node, self._term.names)]
        if not named:
            return
        things = fillers(statement, self._values(self._places), self._is_made_of_more)
        carried = {*things, *self._data.objects(statement)}
        known = reach(carried, self._values(self._leads))
        known |= set(self._data.objects(statement))  # a period or an observation that it carries has a name, too
        for node, thing in named:
            if thing not in known:
                yield Result(VIOLATION, "NameInStatement", node, self._term.names, thing, None, None)

    def _terms(self, *names: str) -> list[URIRef]:
        return [self._term[name] for name in names]

    def _values(self, predicates: list[URIRef]) -> Callable[[Node], Iterator[Node]]:
        return lambda node: (value for predicate in predicates for value in self._data.objects(node, predicate))

    def _is_made_of_more(self, node: Node) -> bool:
        """Return whether it is a statement or an observation, and not a thing."""
        return any((node, self._term[name], None) in self._data for name in ("modality", "indicator"))


def _inferences(data: Graph, term: Namespace, holder: Node) -> Iterator[Result]:
    """Find inferences of what has no value here, and two of one property."""
    nodes = list(data.objects(holder, term.inference))
    targets = [(node, target) for node in nodes for target in data.objects(node, term.infers)]
    for node, target in targets:
        if data.value(holder, target) is None:
            yield Result(VIOLATION, "InferredValue", node, term.infers, target, None, None)
    if len({target for _, target in targets}) < len(targets):
        yield Result(VIOLATION, "InferredOnce", holder, None, None, None, None)


def _few(data: Graph, term: Namespace) -> Iterator[Result]:
    """Find words of an article that are more than seven, or no plain string."""
    for name in ("printed", "verb"):
        for node, value in data.subject_objects(term[name]):
            is_plain = isinstance(value, Literal) and value.datatype in (None, XSD.string) and not value.language
            if not is_plain or not FEW.fullmatch(str(value)):
                yield Result(VIOLATION, "FewWords", node, term[name], value, None, None)


def _parts(data: Graph, term: Namespace) -> Iterator[Result]:
    """Find words and inferences that belong to nothing, or to more than one thing."""
    for name, classes in (("words", ("Words", "Quotation", "NameUse", "PrintedNumber")), ("inference", ("Inference",))):
        held = Counter(data.objects(None, term[name]))
        for node in {node for cls in classes for node in data.subjects(RDF.type, term[cls])}:
            if held[node] != 1:
                yield Result(VIOLATION, "PartOfOne", node, None, None, None, None)


# What a reading could not use: found here and not when a page is made


def unusable_phrases(corpus: Corpus) -> Iterator[Result]:
    """Find att:forms and att:passiveForms that are not three forms, and att:template with a slot that there is not."""
    term = corpus.iris.term
    for name in ("forms", "passiveForms"):
        for subject, value in corpus.data.subject_objects(URIRef(term(name))):
            try:
                read_forms(str(value), name)
            except DataError as error:
                yield Result(VIOLATION, "VerbForms", subject, URIRef(term(name)), value, str(error), None)
    relations = set(corpus.data.subjects(RDF.type, URIRef(term("Relation"))))
    for subject, value in corpus.data.subject_objects(URIRef(term("template"))):
        message = _fault(str(value), subject in relations)
        if message:
            yield Result(VIOLATION, "ClauseTemplate", subject, URIRef(term("template")), value, message, None)


def _fault(template: str, relation: bool) -> str | None:
    """Return what is wrong with a pattern, or None."""
    known = RELATION_SLOTS if relation else CODE_SLOTS
    slots = set(re.findall(r"\{(.*?)\}", template))
    listed = ", ".join(f"{{{slot}}}" for slot in known)
    if not slots or slots - set(known):
        return f"The pattern “{template}” needs slots out of {listed}. Correct it."
    bare = re.sub(r"\{\w+\}", "", re.sub(r"\[[^\[\]]*\]", "", template))
    if re.search(r"[{}\[\]]", bare):
        return f"The pattern “{template}” has a bracket without its other half. Correct it."
    return None
