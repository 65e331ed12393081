"""What can be filled in for each class of thing, read from the ontology and its shapes.

A property belongs to the classes of its schema:domainIncludes; what it takes follows from schema:rangeIncludes, or
from the code list that a shape names; a shape's sh:minCount and sh:maxCount say whether it is needed, and only once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import RDF, RDFS, XSD, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH, SKOS
from rdflib.term import Node

from kg.corpus.checks.classes import superclasses
from kg.corpus.sources.load import Corpus
from kg.terms import PREFIXES

SCHEMA = PREFIXES["schema"]
ORDER = (
    *("att:draft", "rdfs:label", "skos:prefLabel", "skos:altLabel", "skos:definition", "skos:broader"),
    *("skos:topConceptOf", "skos:notation", "skos:related", "att:labelNote", "att:claimant", "att:holder", "att:via"),
    *("att:evidence", "att:context", "att:cell", "att:order", "att:subject", "att:subjectCombination"),
    *("att:subjectQuantity", "att:relation", "att:verb", "att:negated", "att:object", "att:quality"),
    *("att:objectCombination", "att:objectQuantity", "att:recipient", "att:respect", "att:purpose", "att:means"),
    *("att:exchange", "att:comparedWith", "att:place", "att:period", "att:prints", "att:indicator"),
    *("att:population", "att:value", "att:unit", "att:bound", "att:asOf", "att:conditionKind"),
    *("att:antecedent", "att:antecedentCombination", "att:consequent", "att:consequentCombination", "att:asks"),
    *("att:asksFor", "att:askedBy", "att:answerStatus", "att:attribution", "att:modality", "att:frequency"),
    *("att:aspect", "att:quantity", "att:degree", "att:issue", "att:sameContentAs", "att:overlapsWith"),
    *("att:contradicts", "att:opposes", "att:supports", "att:qualifies", "att:contrastsWith", "att:exampleOf"),
    *("att:elaborates", "att:precision"),
    *("att:firstDay", "att:lastDay", "att:printed", "att:status", "att:participant", "att:concerns", "att:actsFor"),
    *("att:partOf", "att:subjectRole", "att:objectRole", "att:inverseLabel", "att:forms", "att:passiveForms"),
    *("att:template", "att:grammaticalNumber", "schema:sameAs", "att:attestedBy", "rdfs:comment"),
    *("att:words", "att:inference"),
)
"""Properties in the order in which they are written and shown; those of a class that are not here come last."""

MAIN = {
    "Position": ("att:claimant", "att:holder", "att:subject", "att:relation", "att:object", "att:modality"),
    "Evaluation": ("att:claimant", "att:subject", "att:relation", "att:quality", "att:object", "att:modality"),
    "Figure": ("att:claimant", "att:prints", "att:bound", "att:modality"),
    "Conditional": ("att:claimant", "att:conditionKind", "att:antecedent", "att:consequent", "att:modality"),
    "Question": ("att:asks", "att:asksFor", "att:subject", "att:relation", "att:object", "att:modality"),
    "Statement": ("att:claimant", "att:subject", "att:relation", "att:object", "att:modality"),
    "Observation": ("att:value", "att:unit", "att:indicator", "att:population", "att:period", "att:bound"),
    "Period": ("att:precision", "att:firstDay", "att:lastDay", "att:printed"),
    "Event": ("att:status", "att:participant", "att:place", "att:period", "att:attestedBy"),
    "Relation": ("skos:definition", "att:subjectRole", "att:objectRole", "att:forms"),
    "Topic": ("skos:broader", "att:concerns"),
    "Issue": ("skos:definition", "att:concerns"),
    "Concept": ("skos:definition",),
    "Entity": ("att:concerns",),
}
"""Class → the fields that its form shows at once, the narrower class first; the others are called by name. What is
required is always shown."""

COMMON = {
    "rdfs:label": ("text", True, "label", "Bezeichnung", "Entity Event Issue Period Observation Concept Statement"),
    "skos:altLabel": ("text", False, "other name", "anderer Name", "Entity Concept"),
    "skos:definition": ("text", False, "definition", "Definition", "Concept Issue"),
    "skos:broader": ("record", False, "broader", "Oberbegriff", "Topic Population Arrangement Concept"),
    "skos:topConceptOf": ("scheme", False, "top concept of", "oberster Begriff von", "Topic"),
    "schema:sameAs": ("address", False, "same as", "dasselbe wie", "Entity"),
    "rdfs:comment": ("text", False, "comment", "Anmerkung", "Entity Event Issue Period Observation Concept"),
}
"""Properties of other vocabularies: what they take, whether they are needed, their names, and their classes."""

OMITTED = {"about", "words", "inference", "evidence", "start", "end", "attestedBy"}
"""Properties that have a place of their own on the page, or that commands write; but see ``att:attestedBy``."""


@dataclass(frozen=True, slots=True)
class Field:
    """A property as a form shows it.

    ``kind`` is record, thing (a record or a statement), code, scheme, statement, passage, property, text (in
    languages), string, number, boolean, date or address; ``kinds`` are those of kg find that it takes.
    """

    name: str
    iri: str
    kind: str
    kinds: tuple[str, ...]
    label: dict[str, str]
    definition: dict[str, str]
    is_required: bool
    is_single: bool
    is_main: bool


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a class or code list, in order.

    ``group`` is statement, thing or code; ``above`` are the classes that it belongs to, as kg find names kinds.
    """

    name: str
    above: tuple[str, ...]
    label: dict[str, str]
    definition: dict[str, str]
    group: str
    fields: tuple[Field, ...]


class Forms:
    """All forms of an ontology."""

    def __init__(self, corpus: Corpus) -> None:
        """Read the ontology and the shapes of a corpus."""
        self._iris, self._prefixes = corpus.iris, corpus.iris.prefixes()
        self._codes = corpus.graph("codes")
        self._ontology, self._shapes = corpus.graph("ontology"), corpus.graph("shapes")
        self._above = superclasses(corpus)
        self._lists = dict(self._code_lists())
        self._counts = list(self._find_counts())
        self.order = [self.expand(name) for name in ORDER]
        self.by_name = {form.name: form for form in self._all(corpus)}

    @property
    def codes(self) -> dict[str, dict[str, object]]:
        """Return each code by the last part of its IRI, with its labels and its list."""
        codes = self._codes
        return {
            _local(code): {"label": self._labels(codes, code), "list": _local(scheme)}
            for code, scheme in codes.subject_objects(SKOS.inScheme)
        }

    def expand(self, name: str) -> str:
        """Return the IRI of a property that is named with its prefix."""
        prefix, _, local = name.partition(":")
        return self._prefixes[prefix] + local

    def shorten(self, iri: str) -> str:
        """Return a property's name with its prefix."""
        fitting = [(len(space), prefix) for prefix, space in self._prefixes.items() if iri.startswith(space)]
        length, prefix = max(fitting)
        return f"{prefix}:{iri[length:]}"

    def term(self, name: str) -> URIRef:
        """Return the IRI of a term of ours."""
        return URIRef(self._iris.term(name))

    def _all(self, corpus: Corpus) -> Iterator[Form]:
        statement = self.term("Statement")
        tops = [self.term(name) for name in ("Entity", "Event", "Period", "Observation", "Issue")]
        for cls in [statement, *(cls for cls, above in self._above.items() if statement in above)]:
            if cls != statement:
                yield self._form(cls, "statement", ())
        abstract = {self.term(name) for name in ("Entity", "Actor", "ArticleVoice")}
        for cls in [*tops, *(cls for cls, above in self._above.items() if set(tops) & set(above))]:
            if cls not in abstract:
                yield self._form(URIRef(str(cls)), "thing", ())
        for scheme in sorted(corpus.graph("codes").subjects(RDF.type, SKOS.ConceptScheme), key=str):
            kind = str(scheme).rpartition("/")[2]
            codes = corpus.graph("codes")
            members = set(codes.subjects(SKOS.inScheme, scheme))
            classes = {str(cls) for member in members for cls in codes.objects(member, RDF.type)}
            own = sorted(cls for cls in classes if cls.startswith(self._iris.base)) or [str(SKOS.Concept)]
            if members:
                yield self._form(URIRef(own[0]), "code", (kind, self._labels(codes, scheme)))

    def _form(self, cls: URIRef, group: str, scheme: tuple[str, dict[str, str]] | tuple[()]) -> Form:
        above = [cls, *self._above.get(cls, ())]
        is_code = bool(scheme)
        classes = {*above, *((SKOS.Concept,) if is_code else ())}
        local = {_local(one) for one in classes if str(one).startswith((self._iris.base, str(SKOS)))}
        shown = next((fields for name, fields in MAIN.items() if name in local), ())
        found = [*self._common(local, shown, scheme[0] if scheme else None), *self._own(classes, shown)]
        rank = {name: number for number, name in enumerate(ORDER)}
        found.sort(key=lambda one: rank.get(one.name, len(rank)))
        label = scheme[1] if scheme else self._labels(self._ontology, cls)
        definition = self._labels(self._ontology, cls, SKOS.definition)
        name = scheme[0] if scheme else _local(cls)
        own = tuple(_local(one).lower() for one in above if str(one).startswith(self._iris.base))
        return Form(name, own, label, definition, group, tuple(found))

    def _common(self, classes: set[str], shown: tuple[str, ...], scheme: str | None) -> Iterator[Field]:
        for name, (kind, required, english, german, of) in COMMON.items():
            if classes & set(of.split()):
                kinds = (scheme or "entity",) if kind == "record" else ()
                label = {"en": english, "de": german}
                is_main = required or name in shown
                yield Field(name, self.expand(name), kind, kinds, label, {}, required, False, is_main)

    def _own(self, classes: set[Node], shown: tuple[str, ...]) -> Iterator[Field]:
        includes = URIRef(SCHEMA + "domainIncludes")
        statements = self.term("Statement") in classes
        names = {p for cls in classes for p in self._ontology.subjects(includes, cls)}
        for term in sorted(names, key=str):
            name = f"att:{_local(term)}"
            if _local(term) in OMITTED and not (name == "att:attestedBy" and not statements):
                continue
            kind, kinds = self._takes(URIRef(str(term)))
            required, single = self._count(term, classes)
            yield Field(
                name,
                str(term),
                kind,
                kinds,
                self._labels(self._ontology, term),
                self._labels(self._ontology, term, SKOS.definition),
                required,
                single,
                required or name in shown,
            )

    def _takes(self, term: URIRef) -> tuple[str, tuple[str, ...]]:
        """Return what a property takes, and the kinds of kg find among which its values are."""
        if term in self._lists:
            return "code", self._lists[term]
        ranges = {str(one) for one in self._ontology.objects(term, URIRef(SCHEMA + "rangeIncludes"))}
        literals = {
            str(XSD.string): "string",
            str(RDF.langString): "text",
            str(XSD.integer): "number",
            str(XSD.decimal): "number",
            str(XSD.boolean): "boolean",
            str(XSD.date): "date",
            str(RDF.Property): "property",
        }
        plain = next((literals[one] for one in sorted(ranges) if one in literals), None)
        if plain:
            return plain, ()
        local = {_local(one) for one in ranges}
        if local == {"Passage"}:
            return "passage", ()
        kinds = tuple(sorted(name.lower() for name in local if name != "Statement"))
        if not kinds:
            return "statement", ()
        return ("thing" if "Statement" in local else "record"), kinds

    def _code_lists(self) -> Iterator[tuple[Node, tuple[str, ...]]]:
        """Give each property whose values a shape takes from code lists, with the names of the lists."""
        for shape, node in self._shapes.subject_objects(SH.node):
            inner = next(self._shapes.objects(node, SH.property), None)
            value = self._shapes.value(inner, SH.hasValue) if inner is not None else None
            if value is not None and self._shapes.value(inner, SH.path) == SKOS.inScheme:
                for path in self._paths(shape):
                    yield path, (_local(value),)

    def _paths(self, shape: Node) -> list[Node]:
        path = self._shapes.value(shape, SH.path)
        choice = self._shapes.value(path, SH.alternativePath) if path is not None else None
        return list(Collection(self._shapes, choice)) if choice is not None else [path] if path is not None else []

    def _find_counts(self) -> Iterator[tuple[Node, set[Node], bool, bool]]:
        """Give property, target classes, and whether a value is needed and whether only one may be."""
        for shape in self._shapes.subjects(RDF.type, SH.PropertyShape):
            least, most = (self._shapes.value(shape, name) for name in (SH.minCount, SH.maxCount))
            classes = set(self._shapes.objects(shape, SH.targetClass))
            path = self._shapes.value(shape, SH.path)
            if path is not None:
                yield path, classes, str(least or 0) != "0", str(most) == "1"

    def _count(self, term: Node, classes: set[Node]) -> tuple[bool, bool]:
        same = [(of, needed, once) for path, of, needed, once in self._counts if path == term]
        needed = any(needed for of, needed, _ in same if of & classes)
        return needed, any(once for of, _, once in same if not of or of & classes)

    @staticmethod
    def _labels(graph: Graph, node: Node, predicate: URIRef = RDFS.label) -> dict[str, str]:
        return {str(text.language): str(text) for text in graph.objects(node, predicate) if isinstance(text, Literal)}


def _local(node: object) -> str:
    return str(node).replace("#", "/").rpartition("/")[2]
