"""Checks of what statements say of themselves that SHACL cannot make, or only slowly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import Namespace
from rdflib.term import Node

from kg.corpus.checks.classes import superclasses
from kg.corpus.report import VIOLATION, WARNING, Result
from kg.corpus.sources.load import Corpus

TYPE = RDF.type  # looked up once: rdflib makes it anew each time
_NAME = re.compile(r"/statement/(\d+)-\d+$")
COMBINED = {
    "subjectCombination": ("subject",),
    "objectCombination": ("object", "quality"),
    "antecedentCombination": ("antecedent",),
    "consequentCombination": ("consequent",),
}
"""Property that says how several values belong together → the properties that have the values."""


def check_statements(corpus: Corpus) -> Iterator[Result]:
    """Find statements that are at odds with themselves: who says them, how firmly, and where."""
    view = _Statements(corpus)
    for statement, kinds in view.kinds.items():
        yield from view.kind(statement, kinds)
        yield from view.content(statement, kinds)
        yield from view.number(statement)
        yield from view.claimant(statement, kinds)
        yield from view.attribution(statement)
        yield from view.denial(statement)
        yield from view.combination(statement)
        if view.term.Question in kinds:
            yield from view.question(statement)
        if view.term.Conditional in kinds:
            yield from view.conditional(statement)


def drafts(corpus: Corpus) -> Iterator[Result]:
    """Find statements and observations that are not finished, and say what is left to do."""
    draft = URIRef(corpus.iris.term("draft"))
    for statement, what in corpus.data.subject_objects(draft):
        told = f"A draft: “{what}” It is not published before."
        yield Result(VIOLATION, "Draft", statement, draft, what, told, None)


def repeated_statements(data: Graph, term: Namespace) -> Iterator[Result]:
    """Find statements that say what another of their passage says, in all but label, words and reasons."""
    silent = {term.words, term.inference, term.about, RDFS.label, RDFS.comment, term.labelNote}
    seen: dict[frozenset[tuple[Node, Node]], Node] = {}
    for statement in sorted(set(data.subjects(term.evidence)), key=str):
        said = frozenset((p, o) for p, o in data.predicate_objects(statement) if p not in silent)
        first = seen.setdefault(said, statement) if (statement, term.relation, None) in data else statement
        if first != statement:
            told = (
                f"Statement s:{str(first).rpartition('/')[2]} says the same. Take one out, or say what sets them apart."
            )
            yield Result(WARNING, "StatementTwice", statement, None, None, told, None)


def single_kinds(corpus: Corpus) -> Iterator[Result]:
    """Find things of two classes neither of which is a subclass of the other, such as a state that is also a place."""
    above = superclasses(corpus)
    entity = URIRef(corpus.iris.term("Entity"))
    kinds: dict[Node, set[URIRef]] = {}
    for cls in (cls for cls, higher in above.items() if entity in higher):
        for thing in corpus.data.subjects(TYPE, cls):
            kinds.setdefault(thing, set()).add(cls)
    for thing, own in kinds.items():
        leaves = sorted(cls for cls in own if not any(cls in above.get(other, ()) for other in own))
        for cls in leaves[1:]:
            yield Result(VIOLATION, "OneKind", thing, TYPE, cls, None, None)


def former_records(corpus: Corpus) -> Iterator[Result]:
    """Find records that are said to be former ones, and described as something else all the same."""
    former = URIRef(corpus.iris.term("FormerRecord"))
    for record in corpus.data.subjects(TYPE, former):
        if set(corpus.data.objects(record, TYPE)) - {former}:
            yield Result(VIOLATION, "FormerRecord", record, TYPE, former, None, None)


class _Statements:
    def __init__(self, corpus: Corpus) -> None:
        self.data = corpus.data
        self.term, self.code = Namespace(corpus.iris.term("")), Namespace(corpus.iris.code(""))
        below = {cls for cls, above in superclasses(corpus).items() if self.term.Statement in above}
        self.kinds: dict[Node, set[Node]] = {}
        for kind in (self.term.Statement, *below):
            for statement in self.data.subjects(TYPE, kind):
                self.kinds.setdefault(statement, set()).add(kind)
        self.voices = set(self.data.subjects(TYPE, self.term.ArticleVoice))
        self.passages = set(self.data.subjects(self.term.number))

    def values(self, statement: Node, *names: str) -> list[Node]:
        return [value for name in names for value in self.data.objects(statement, self.term[name])]

    def kind(self, statement: Node, kinds: set[Node]) -> Iterator[Result]:
        if kinds == {self.term.Statement}:
            yield _found("StatementKind", statement, TYPE, self.term.Statement)

    def content(self, statement: Node, kinds: set[Node]) -> Iterator[Result]:
        has_content = kinds & {self.term.Assertion, self.term.Position, self.term.Evaluation}
        if has_content and not self.values(statement, "subject", "object"):
            yield _found("ContentSubject", statement)

    def number(self, statement: Node) -> Iterator[Result]:
        """Find a statement whose name does not begin with that of the one passage on which it rests."""
        named, passages = _NAME.search(str(statement)), self.values(statement, "evidence")
        for passage in passages if len(passages) == 1 else ():  # the shape StatementEvidence reports more
            if named and passage in self.passages and named[1] != str(passage).rpartition("/")[2]:
                local = str(passage).rpartition("/")[2]
                told = f"This rests on p:{local}, but its own number begins with {named[1]}. Correct one of them: "
                told += f"a statement on p:{local} is s:{local}-1, s:{local}-2 and so on."
                yield _found("StatementNumber", statement, self.term.evidence, passage, told)

    def claimant(self, statement: Node, kinds: set[Node]) -> Iterator[Result]:
        """Find what nobody says or holds though it is no supposition, and what somebody does though it is one."""
        modality = set(self.values(statement, "modality"))
        is_supposed = modality <= {self.code.supposed, self.code.asked}
        names = ("claimant", "holder") if self.term.Position in kinds else ("claimant",)
        for name in names:
            found = self.values(statement, name)
            if is_supposed:
                for value in found if modality else ():
                    yield _found(f"{name.title()}Absent", statement, self.term[name], value)
            elif not found:
                yield _found(f"Statement{name.title()}", statement)
        asked, may_ask = self.code.asked in modality, kinds & {self.term.Question, self.term.Conditional}
        if (asked and not may_ask) or (modality and self.term.Question in kinds and not asked):
            yield _found("QuestionAsked", statement, self.term.modality, next(iter(modality)))

    def denial(self, statement: Node) -> Iterator[Result]:
        """Find what somebody denies, recorded as if it were affirmed, unless what it denies is itself a negation."""
        denied = self.code.denies in self.values(statement, "attribution")
        quantities = self.values(statement, "quantity", "subjectQuantity", "objectQuantity")
        said_not = [n for other in self.values(statement, "contradicts") for n in self.values(other, "negated")]
        if denied and not (self.values(statement, "negated") or said_not or self.code.none in quantities):
            yield replace(_found("DenialNegated", statement, self.term.attribution, self.code.denies), severity=WARNING)

    def attribution(self, statement: Node) -> Iterator[Result]:
        if not set(self.values(statement, "claimant", "holder")) - self.voices:
            for attribution in self.values(statement, "attribution"):
                yield _found("AttributedTo", statement, self.term.attribution, attribution)

    def combination(self, statement: Node) -> Iterator[Result]:
        for name, places in COMBINED.items():
            said = self.values(statement, name)
            is_several = len(self.values(statement, *places)) > 1
            if is_several and len(said) != 1:
                yield _found("Combination", statement)
            elif said and not is_several:
                yield _found("Combination", statement, self.term[name], said[0])

    def question(self, statement: Node) -> Iterator[Result]:
        words = set(self.values(statement, "asks"))
        targets = self.values(statement, "asksFor")
        untargeted = {self.code.whether, self.code.why}
        if words and ((not targets and not words & untargeted) or (targets and self.code.whether in words)):
            yield _found("QuestionTarget", statement)
        if bool(self.values(statement, "askedBy")) != bool(self.values(statement, "answerStatus")):
            yield _found("QuestionReport", statement)

    def conditional(self, statement: Node) -> Iterator[Result]:
        is_asserted = self.code["even-if"] in self.values(statement, "conditionKind")
        for name in ("antecedent", "consequent"):
            for part in self.values(statement, name):
                modality = self.values(part, "modality")
                supposed = self.code.supposed in modality
                is_right = supposed is not (is_asserted and name == "consequent") or (
                    self.term.Question in self.kinds.get(part, ()) and name == "consequent"
                )
                if modality and not is_right:
                    yield _found("ConditionalSupposed", statement, self.term[name], part)


def _found(
    shape: str, focus: Node, path: Node | None = None, value: Node | None = None, told: str | None = None
) -> Result:
    return Result(VIOLATION, shape, focus, path, value, told, None)


def row_cells(corpus: Corpus) -> Iterator[Result]:
    """Find statements that rest on a table row and do not say on which of its cells."""
    evidence, kind, cell = (URIRef(corpus.iris.term(name)) for name in ("evidence", "kind", "cell"))
    row = URIRef(corpus.iris.code("table-row"))
    rows = set(corpus.data.subjects(kind, row))
    in_rows = {statement for passage in rows for statement in corpus.data.subjects(evidence, passage)}
    for statement in in_rows - set(corpus.data.subjects(cell)):
        yield _found("RowCell", statement)


def observation_bounds(corpus: Corpus) -> Iterator[Result]:
    """Find observations with a value whose bound is that of no figure that prints them."""
    data, term = corpus.data, Namespace(corpus.iris.term(""))
    for observation in data.subjects(TYPE, term.Observation):
        bounds = set(data.objects(observation, term.bound))
        printed = {b for figure in data.subjects(term.prints, observation) for b in data.objects(figure, term.bound)}
        if isinstance(data.value(observation, term.value), Literal) and printed and not (bounds and bounds <= printed):
            yield _found("ObservationBound", observation)
