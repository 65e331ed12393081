"""How much of an article is encoded: each passage with its state, its statements, and the reason if it has none.

On demand each statement is put into words from its triples, to be compared with the passage.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass, replace

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, SKOS, Namespace
from rdflib.term import Node

from kg.corpus.checks.losses import Keeper
from kg.corpus.evidence.check import passage_texts
from kg.corpus.languages.cues import finder
from kg.corpus.rdf.graph_view import GraphView
from kg.corpus.sources.load import Corpus
from kg.corpus.text import ENCODED, OPEN, STATES, coverage_state
from kg.errors import DataError
from kg.reading import read_statement


@dataclass(frozen=True, slots=True)
class PassageCoverage:
    """One passage. ``statements`` are the last parts of their IRIs, in order; ``readings`` are theirs, where asked.

    ``drafts`` are those of the statements that are not finished. ``facts`` counts what the words of the passage show,
    where the text is available, ``kept`` what of it a statement keeps; ``lost`` are the words of the rest.
    """

    number: int
    kind: str
    section: int | None
    state: str
    statements: tuple[str, ...]
    reason: str | None
    readings: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    facts: int | None = None
    kept: int | None = None
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The passages of an article in the order of the document."""

    slug: str
    passages: tuple[PassageCoverage, ...]

    @property
    def totals(self) -> dict[str, int]:
        """Number of passages by state."""
        found = Counter(passage.state for passage in self.passages)
        return {state: found[state] for state in STATES}

    def to_text(self) -> str:
        """Return a line for each passage and each reading, and a line that sums up."""
        lines = []
        for p in self.passages:
            names = ", ".join(f"{name}{' (draft)' if name in p.drafts else ''}" for name in p.statements)
            facts = f"{p.kept}/{p.facts}" if p.facts else ""
            lines.append(f"{p.number:4d}  {p.state:<12} {p.kind:<13} {facts:<6} {p.reason or names}")
            lines += [f"      not kept: {', '.join(p.lost)}"] if p.lost and p.state == ENCODED else []
            lines += [f"      {name}  {text}" for name, text in zip(p.statements, p.readings, strict=False)]
        totals = ", ".join(f"{count} {state}" for state, count in self.totals.items())
        statements = {s for p in self.passages for s in p.statements}
        drafts = {s for p in self.passages for s in p.drafts}
        counted = f"{len(statements)} statements" + (f", {len(drafts)} of them drafts" if drafts else "")
        lines.append(f"{self.slug}: {len(self.passages)} passages: {totals}; {counted}.")
        shown, kept = sum(p.facts or 0 for p in self.passages), sum(p.kept or 0 for p in self.passages)
        if shown:
            lines.append(f"{self.slug}: {kept} of {shown} facts kept (hedges, bounds, negations, numbers, dates …).")
        return "\n".join(lines) + "\n"

    def to_json(self) -> str:
        """Return an object with ``article``, ``totals`` and ``passages``."""
        whole = {"article": self.slug, "totals": self.totals, "passages": [asdict(p) for p in self.passages]}
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def measure_coverage(
    corpus: Corpus, slug: str | None = None, language: str | None = None, texts: Mapping[str, str] | None = None
) -> list[Coverage]:
    """Return the coverage of one article, or of all, with readings in a language if one is given.

    Of articles whose texts are given, by slug, it counts facts too.

    Raises DataError where there is no such article, or where its files must be corrected first.

    A passage is *encoded* if a statement that is no draft rests on it, *structural* if none does and its kind needs
    none (a heading, a byline …), *not encoded* if a skos:editorialNote gives the reason, and *open* otherwise.
    """
    if any(result.shape == "Syntax" for result in corpus.results):
        raise DataError("Some files cannot be read. See kg check.")
    if slug is not None and slug not in corpus.slugs:
        raise DataError(f"There is no article {slug}. There is {', '.join(corpus.slugs)}.")
    found = [_measure(corpus, name, language) for name in corpus.slugs if slug in (None, name)]
    return [_with_facts(corpus, one, (texts or {}).get(one.slug)) for one in found]


def _with_facts(corpus: Corpus, coverage: Coverage, text: str | None) -> Coverage:
    if text is None:
        return coverage
    term, graph = Namespace(corpus.iris.term("")), corpus.graph(f"article/{coverage.slug}")
    language = str(graph.value(URIRef(corpus.iris.article(coverage.slug)), DCTERMS.language) or "en")
    words, keeper = finder(corpus.graph("codes"), corpus.iris, language), Keeper(graph, corpus.data, term)
    by_number = {}
    for node, printed in passage_texts(graph, text, term).items():
        by_number[int(str(graph.value(node, term.number)))] = keeper.facts(node, words.find(printed))
    passages = []
    for passage in coverage.passages:
        facts = by_number.get(passage.number, [])
        lost = tuple(fact.words for fact in facts if not fact.is_kept)
        is_open = passage.state in (ENCODED, OPEN)
        counted = replace(passage, facts=len(facts), kept=len(facts) - len(lost), lost=lost) if is_open else passage
        passages.append(counted)
    return replace(coverage, passages=tuple(passages))


def _measure(corpus: Corpus, slug: str, language: str | None) -> Coverage:
    term = Namespace(corpus.iris.term(""))
    graph = corpus.graph(f"article/{slug}")
    structural = structural_kinds(corpus)
    passages = [_passage(graph, term, node, structural) for node in graph.subjects(RDF.type, term.Passage)]
    if language is not None:
        passages = [_with_readings(corpus, slug, passage, language) for passage in passages]
    return Coverage(slug, tuple(sorted(passages, key=lambda p: p.number)))


def structural_kinds(corpus: Corpus) -> set[Node]:
    """Return the codes of those kinds of passage that need no statement of their own."""
    return set(corpus.graph("codes").subjects(URIRef(corpus.iris.term("structural")), Literal(True)))


def _passage(graph: Graph, term: Namespace, node: Node, structural: Container[Node | None]) -> PassageCoverage:
    code = graph.value(node, term.kind)
    within = graph.value(node, term.section)
    section = str(graph.value(within, term.number)) if within is not None else ""
    resting = list(graph.subjects(term.evidence, node))
    statements = sorted(map(_last, resting), key=_statement_order)
    drafts = {_last(s) for s in resting if (s, term.draft, None) in graph}
    reason = graph.value(node, SKOS.editorialNote)
    number = str(graph.value(node, term.number))
    if not number.isdecimal():
        raise DataError(f"The passage {node} has no number. See kg check.")
    return PassageCoverage(
        number=int(number),
        kind=_last(code),
        section=int(section) if section.isdecimal() else None,
        state=coverage_state(len(statements) > len(drafts), reason is not None, is_structural=code in structural),
        statements=tuple(statements),
        reason=str(reason) if reason is not None else None,
        drafts=tuple(sorted(drafts, key=_statement_order)),
    )


def _with_readings(corpus: Corpus, slug: str, passage: PassageCoverage, language: str) -> PassageCoverage:
    view, article = GraphView(corpus.data, corpus.iris), corpus.iris.article(slug)
    readings = []
    for name in passage.statements:
        try:
            readings.append(str(read_statement(view, f"{article}/statement/{name}", language)))
        except DataError as error:
            readings.append(f"cannot be read: {error}")
    return replace(passage, readings=tuple(readings))


def _last(node: Node | None) -> str:
    return str(node).rsplit("/", 1)[-1] if isinstance(node, URIRef) else ""


def _statement_order(name: str) -> tuple[str, int]:
    passage, _, number = name.partition("-")
    return passage, int(number) if number.isdigit() else 0
