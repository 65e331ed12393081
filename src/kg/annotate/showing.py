"""The article as the page shows it: passages with their words, statements with readings and findings, and what can
be found."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import SKOS

from kg.annotate.loaded import PARTS, said
from kg.annotate.saving import Saver, Sent
from kg.annotate.seen import MEANINGS, comments_in_order, form_of
from kg.annotate.workspace import Workspace
from kg.corpus.evidence.coverage import Coverage, measure_coverage
from kg.corpus.evidence.placing import recorded_spans
from kg.corpus.languages.cues import finder
from kg.corpus.report import Report
from kg.editing.entry import Entry, Val, read_entry
from kg.editing.find import Record
from kg.editing.turtle import RDF_TYPE
from kg.errors import DataError
from kg.reading import Text, View, read_bare, read_statement
from kg.reading.view import Lookup

LANGUAGES = ("en", "de")
TOKEN = re.compile(r"\d+(?:[.,]\d+)*|\w+|\S")
"""What can be selected: numbers, words, and signs by themselves."""
MOST = 8
"""So many records are offered at once."""
_EDGES = re.compile(r"\||\t+")

Json = dict[str, Any]


class Overlay:
    """A view in which some things are as they would be."""

    def __init__(self, below: View, entries: Sequence[Entry]) -> None:
        """Look at a view, and at entries instead of what it says of them."""
        self._below = below
        self._said: dict[str, dict[str, list[Val]]] = defaultdict(lambda: defaultdict(list))
        for entry in entries:
            for subject, predicate, value in entry.triples():
                self._said[subject][predicate].append(value)
        self._expand: dict[str, str] = {}

    def links(self, iri: str, name: str) -> Sequence[str]:
        """Return the IRIs that a property of a thing leads to."""
        found = self._values(iri, name)
        return self._below.links(iri, name) if found is None else [value.iri for value in found if value.iri]

    def texts(self, iri: str, name: str) -> Sequence[Text]:
        """Return the literals of a property of a thing."""
        found = self._values(iri, name)
        if found is None:
            return self._below.texts(iri, name)
        return [Text(value.text, value.language) for value in found if value.iri is None]

    def with_prefixes(self, prefixes: dict[str, str]) -> Overlay:
        """Take the namespaces by which properties are named."""
        self._expand = prefixes
        return self

    def _values(self, iri: str, name: str) -> list[Val] | None:
        said = self._said.get(iri)
        prefix, _, local = name.partition(":")
        return None if said is None else said.get(self._expand[prefix] + local, [])


class Shower:
    """Shows a workspace."""

    def __init__(self, work: Workspace) -> None:
        """Show what is in a workspace at each call."""
        self._work, self._forms = work, work.forms

    def short(self, iri: str) -> str:
        """Return how a thing is named: without the article where it is its own."""
        work = self._work
        own = iri.removeprefix(f"{work.article}/")
        return own if own != iri else work.catalogue.short(URIRef(iri))

    def labels(self, iri: str) -> dict[str, str]:
        """Return the labels of a thing by language."""
        found = self._work.corpus.data.objects(URIRef(iri), RDFS.label)
        return {str(text.language): str(text) for text in found if isinstance(text, Literal)}

    # The whole

    def state(self) -> Json:
        """Return passages, statements and own records in brief, with the progress."""
        work = self._work
        coverage = measure_coverage(work.corpus, work.slug, None, {work.slug: work.text})[0]
        return {
            "slug": work.slug,
            "title": str(work.graph.value(work.article, URIRef(self._forms.expand("schema:headline"))) or work.slug),
            "language": work.language,
            "voice": f"{work.article}/voice",
            "revision": work.revision,
            **work.can,
            "passages": list(self._passages(coverage)),
            "things": list(self._own_things()),
            "progress": self._progress(coverage),
        }

    @staticmethod
    def _progress(coverage: Coverage) -> Json:
        totals = coverage.totals
        open_ = totals["open"]
        done = totals["encoded"] + totals["not encoded"]
        facts = sum(p.facts or 0 for p in coverage.passages)
        kept = sum(p.kept or 0 for p in coverage.passages)
        statements = {s for p in coverage.passages for s in p.statements}
        drafts = {s for p in coverage.passages for s in p.drafts}
        return {
            "facts": [kept, facts],
            "passages": [done, done + open_],
            "statements": len(statements),
            "drafts": len(drafts),
        }

    def _passages(self, coverage: Coverage) -> Iterator[Json]:
        told = {passage.number: passage for passage in coverage.passages}
        header: str | None = None
        lead: str | None = None
        item = 0
        for node, passage in self._work.passages.items():
            name, one = str(node).rpartition("/")[2], told[passage.number]
            text = self._work.text[passage.start : passage.end]
            header = name if passage.kind == "table-header" else header if passage.kind == "table-row" else None
            item = item + 1 if passage.kind == "list-item" else 0
            lead = lead if passage.kind == "list-item" else name
            yield {
                "name": name,
                "iri": str(node),
                "number": passage.number,
                "kind": passage.kind,
                "kindLabel": self.labels(self._work.corpus.iris.code(passage.kind)),
                "section": passage.section,
                "speaker": passage.speaker,
                "isCorrected": passage.is_corrected,
                "text": text,
                "start": passage.start,
                "tokens": [(passage.start + m.start(), passage.start + m.end(), m[0]) for m in TOKEN.finditer(text)],
                "state": one.state,
                "facts": [one.kept or 0, one.facts or 0],
                "lost": list(one.lost),
                "note": one.reason or "",
                "statements": [self._brief(statement) for statement in one.statements],
                "header": header,
                "lead": lead if item else None,
                "item": item,
                "cells": _cells(text, passage.start) if passage.kind == "table-row" else [],
            }

    def _brief(self, name: str) -> Json:
        iri = f"{self._work.article}/statement/{name}"
        draft = self._work.graph.value(URIRef(iri), URIRef(self._work.term.draft))
        return {"iri": iri, "name": name, "label": self.labels(iri), "draft": str(draft) if draft else ""}

    def _own_things(self) -> Iterator[Json]:
        """Give the records that this article has of its own."""
        forms = {
            str(self._forms.term(form.name)): form for form in self._forms.by_name.values() if form.group == "thing"
        }
        for node, cls in sorted(self._work.graph.subject_objects(RDF.type), key=str):
            form = forms.get(str(cls))
            if form is not None:
                label = self.labels(str(node))
                yield {"iri": str(node), "name": self.short(str(node)), "form": form.name, "label": label}

    # One passage, one thing

    def passage(self, name: str) -> list[Json]:
        """Return the statements of a passage as they are, each with its readings."""
        passage = URIRef(f"{self._work.article}/passage/{name}")
        nodes = sorted(map(str, self._work.graph.subjects(self._work.term.evidence, passage)), key=_natural)
        return [self.thing(node) | {"reading": self._readings(self._work.view, node)} for node in nodes]

    def _readings(self, view: View, iri: str) -> Json:
        found = {}
        for language in LANGUAGES:
            try:
                reading = read_statement(view, iri, language)
                found[language] = {"frame": reading.frame, "sentence": reading.sentence, "notes": reading.notes}
            except DataError as error:
                found[language] = {"frame": "", "sentence": str(error), "notes": ()}
        return found

    def thing(self, iri: str) -> Json:
        """Return a statement or record as the form takes it; raises DataError where there is none."""
        work, desk = self._work, self._work.files
        paths = work.paths if iri.startswith(f"{work.article}/") else desk.paths()
        parts = [self._forms.expand(name) for name in PARTS]
        entry = read_entry(desk, iri, paths, parts)
        if entry is None:
            raise DataError(f"There is no {self.short(iri)} any more.")
        form = form_of(work, iri)
        by_iri = {field.iri: field for field in form.fields}
        values = {
            by_iri[predicate].name: [self._value(value) for value in values]
            for predicate, values in entry.values.items()
            if predicate in by_iri
        }
        evidence = entry.first(self._forms.expand("att:evidence"))
        return {
            "iri": iri,
            "name": self.short(iri),
            "form": form.name,
            "passage": (evidence.iri or "").rpartition("/")[2] if evidence else "",
            "values": values,
            "words": [self._words(part) for part in entry.parts[parts[0]]] if parts[0] in entry.parts else [],
            "inferences": [self._inference(part) for part in entry.parts.get(parts[1], ())],
            "label": self.labels(iri),
            "was": said(entry),
        }

    def _value(self, value: Val) -> Json:
        if value.iri is None:
            return {"text": value.text, "lang": value.language or ""}
        return {"iri": value.iri, "name": self.short(value.iri), "label": self.labels(value.iri)}

    def _words(self, part: Entry) -> Json:
        cls = (part.first(RDF_TYPE) or Val("")).iri or ""
        cls = cls.replace("#", "/").rpartition("/")[2]
        meaning = MEANINGS.get(cls)
        means = part.values.get(self._forms.expand(meaning), ()) if meaning else ()
        start, end = recorded_spans(self._work.graph, self._work.term).get(part.iri, (None, None))
        printed = part.first(self._forms.expand("att:printed"))
        return {
            "iri": part.iri,
            "cls": cls,
            "printed": printed.text if printed else "",
            "start": start,
            "end": end,
            "means": [self._value(value) for value in means if value.iri],
        }

    def _inference(self, part: Entry) -> Json:
        infers = part.first(self._forms.expand("att:infers"))
        comments = comments_in_order(part.values.get(self._forms.expand("rdfs:comment"), ()))
        return {
            "iri": part.iri,
            "infers": self._forms.shorten(infers.iri) if infers and infers.iri else "",
            "comment": comments[0].text if comments else "",
            "lang": (comments[0].language or "") if comments else "",
            "others": [{"text": value.text, "lang": value.language or ""} for value in comments[1:]],
        }

    # While somebody fills in

    def preview(self, sent: Sent) -> Json:
        """Return how a statement would read, and the sentence alone as a proposal for its label."""
        entry = sent.entry
        entry.iri = entry.iri or Saver(self._work).next_statement(sent.passage)
        for predicate, parts in entry.parts.items():
            for number, part in enumerate(parts):
                part.iri = part.iri or f"{entry.iri}#{predicate[-1]}{number}new"
        entry.values[RDF_TYPE] = [Val(self._work.corpus.iris.term(sent.form.name))]
        evidence = Val(f"{self._work.article}/passage/{sent.passage}")
        entry.values[self._forms.expand("att:evidence")] = [evidence]
        view = Overlay(self._work.view, [entry]).with_prefixes(self._work.corpus.iris.prefixes())
        proposed = {}
        for language in LANGUAGES:
            try:
                sentence = read_bare(Lookup(view, language), entry.iri)[1]
                proposed[language] = sentence[:1].upper() + sentence[1:]
            except DataError:
                continue
        return {"reading": self._readings(view, entry.iri), "proposed": proposed, "name": self.short(entry.iri)}

    def number(self, start: int, end: int) -> Json | None:
        """Return what the text says of a selected number: its value written out, its bound and its unit, as codes."""
        passage = next((p for p in self._work.passages.values() if p.start <= start < p.end), None)
        if passage is None:
            raise DataError("This is in no passage.")
        iris, codes = self._work.corpus.iris, self._work.corpus.graph("codes")
        found = finder(codes, iris, self._work.language).find(self._work.text[passage.start : passage.end])
        first, last = start - passage.start, end - passage.start
        amount = next((a for a in found.amounts if a.start < last and first < a.end), None)
        if amount is None:
            return None
        value = amount.value
        written = str(int(value)) if value == value.to_integral() else f"{value.normalize():f}"
        unit = amount.unit and self._value(Val(iris.code(amount.unit)))
        return {"value": written, "bound": self._value(Val(iris.code(amount.bound))), "unit": unit}

    def find(self, words: str, kinds: Sequence[str]) -> list[Json]:
        """Return the records of some kinds that a name leads to, the nearest first; of no other article's own."""
        catalogue, found = self._work.catalogue, {}
        own, others = f"{self._work.article}/", self._work.corpus.iris.article("")
        for kind in kinds or (None,):
            if kind is not None and kind not in catalogue.kinds:
                continue
            for node in catalogue.of_kind(kind):
                if str(node).startswith(own) or not str(node).startswith(others):
                    found[node] = catalogue.likeness(node, words)
        ranked = [(score, catalogue.record(n)) for n, score in found.items() if score >= 80 or not words.strip()]
        ranked.sort(key=lambda pair: (-pair[0], -pair[1].uses, pair[1].iri))
        return [self._record(record) for _, record in ranked[:MOST]]

    def _record(self, record: Record) -> Json:
        told = asdict(record) | {"name": self.short(record.iri)}
        definitions = self._work.corpus.data.objects(URIRef(record.iri), SKOS.definition)
        told["definition"] = {str(t.language): str(t) for t in definitions if isinstance(t, Literal)}
        return told

    def schemes(self) -> list[Json]:
        """Return the lists that topics can be on top of."""
        nodes = self._work.corpus.graph("codes").subjects(RDF.type, SKOS.ConceptScheme)
        return [
            {"iri": str(n), "name": self.short(str(n)), "labels": self.labels(str(n))} for n in sorted(nodes, key=str)
        ]

    def findings(self, report: Report) -> Json:
        """Return what is wrong, by the thing that it concerns; what concerns no statement here comes under ""."""
        found: dict[str, list[Json]] = defaultdict(list)
        for result in report.results:
            focus = str(result.focus or "").partition("#")[0]
            known = focus if focus.startswith(f"{self._work.article}/") else ""
            told = {"severity": result.severity, "shape": result.shape, "message": result.message or ""}
            told["path"] = (
                self._forms.shorten(str(result.path)) if _is_ours(str(result.path), self._forms.order) else ""
            )
            told["name"] = self.short(focus) if focus else str(result.place or "")
            found[known].append(told)
        return {"findings": found, "conforms": report.conforms, "revision": self._work.revision}


def _is_ours(path: str, order: Sequence[str]) -> bool:
    return path in order


def _cells(row: str, start: int) -> list[Json]:
    """Return the cells of a row with their numbers, from 1, words and places."""
    edges = [0, *(match.end() for match in _EDGES.finditer(row))]
    ends = [*(match.start() for match in _EDGES.finditer(row)), len(row)]
    pieces = [(a, b) for a, b in zip(edges, ends, strict=True)]
    if row.lstrip().startswith("|"):
        pieces = pieces[1:]
    found = []
    for number, (first, last) in enumerate(pieces, 1):
        words = row[first:last]
        if words.strip():
            lead = len(words) - len(words.lstrip())
            text = words.strip()
            place = start + first + lead
            found.append({"number": number, "text": text, "start": place, "end": place + len(text)})
    return found


def _natural(iri: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", iri)]
