"""A new record of a thing or code: in the file and at the place of others of its kind, and only once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz import fuzz
from rdflib import RDF, URIRef
from rdflib.namespace import OWL, SKOS

from kg.corpus.checks.classes import superclasses
from kg.corpus.report import VIOLATION
from kg.corpus.sources.load import Corpus, load_corpus
from kg.corpus.validation.validate import validate_corpus
from kg.editing.desk import Desk
from kg.editing.find import Catalogue
from kg.editing.history import former
from kg.editing.turtle import Block, Edit, Turtle, literal
from kg.errors import DataError, SettingsError
from kg.names import fold
from kg.settings import Settings
from kg.terms import SLUG

LIKE = 84
"""Likeness from which a name may be another spelling of one that there is."""
THINGS = "things.ttl"
BROADER = str(SKOS.broader)


@dataclass(frozen=True, slots=True)
class New:
    """What is known of a new record. ``said`` are further properties and values as written in Turtle."""

    kind: str
    label: str
    label_de: str | None = None
    name: str | None = None
    also: Sequence[str] = ()
    also_de: Sequence[str] = ()
    comment: str | None = None
    definition: str | None = None
    definition_de: str | None = None
    said: Sequence[str] = field(default=())
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """A record that was added: its short name, its IRI, the file, and what an editor may want to add to it."""

    name: str
    iri: str
    path: Path
    advice: str = ""


def add(settings: Settings, new: New, *, anyway: bool = False) -> Added:
    """Check a record, and write it where it conforms.

    Raises DataError where the name is given up or taken, another record bears the same or nearly the same name (unless
    ``anyway``), or the record breaks a rule; SettingsError for what cannot be asked for.
    """
    corpus = load_corpus(settings)
    if any(result.shape == "Syntax" for result in corpus.results):
        raise DataError("Some files cannot be read. See kg check.")
    work = Adding(settings, new, corpus, Desk(settings))
    if not anyway:
        work.refuse_twins()
    path = work.stage(work.block)
    faults = work.faults()
    if faults:
        told = "\n".join(f"  {fault}" for fault in faults)
        hint = "  Give it by an option, or as in --set 'skos:broader id:economy'; kg find shows what there is."
        raise DataError(f"The record of {work.short} is not complete. Nothing was written.\n{told}\n{hint}")
    work.desk.write()
    return Added(work.short, work.iri, path, work.advice())


class Adding:
    """A new record on its way: its IRI and class, what bears its name already, and the place where it belongs."""

    def __init__(self, settings: Settings, new: New, corpus: Corpus, desk: Desk) -> None:
        """Take the corpus as it is and the desk to write on; raises as ``add`` does for a kind or name that is none."""
        self._settings, self._new = settings, new
        self.desk, self._corpus = desk, corpus
        self._catalogue = Catalogue(self._corpus)
        self._class, self._scheme = self._kind(new.kind.lower())
        if new.article is not None and self._scheme is not None:
            raise SettingsError(f"A {new.kind} belongs to all articles. Leave out --article.")
        local = new.name or "-".join(fold(new.label).split())
        if not SLUG.fullmatch(local):
            raise SettingsError(f"{local!r} is no name: use small letters, digits and single hyphens, as in --name.")
        self.iri = self._iri_of(local)
        self.short = self._catalogue.short(URIRef(self.iri))
        self._refuse_taken()

    def _iri_of(self, local: str) -> str:
        iris = self._corpus.iris
        if self._new.article is not None:
            self.desk.article_folder(self._new.article)
            return f"{iris.article(self._new.article)}/thing/{local}"
        return iris.code(local) if self._scheme else f"{iris.base}id/{local}"

    def _kind(self, kind: str) -> tuple[str, str | None]:
        """Return the class of a kind, and the scheme if it is a code list; raises SettingsError for another."""
        corpus, codes = self._corpus, self._corpus.graph("codes")
        scheme = URIRef(corpus.iris.code(kind))
        members = list(codes.subjects(SKOS.inScheme, scheme))
        if members:
            kinds = Counter(str(cls) for member in members for cls in codes.objects(member, RDF.type))
            return kinds.most_common(1)[0][0], str(scheme)
        tops = {URIRef(corpus.iris.term(name)) for name in ("Entity", "Issue", "Period")}
        above = superclasses(corpus)
        classes = {_local(cls): str(cls) for cls in (*tops, *(c for c, higher in above.items() if tops & higher))}
        schemes = {_local(s) for s in codes.subjects(RDF.type, SKOS.ConceptScheme)}
        if kind not in classes or (URIRef(classes[kind]), RDF.type, OWL.Class) not in corpus.graph("ontology"):
            raise SettingsError(f"There is no kind {kind!r}. There is {', '.join(sorted({*classes, *schemes}))}.")
        return classes[kind], None

    # Twins

    def _refuse_taken(self) -> None:
        gone = {iri for folder in self._folders() for iri in former(self.desk, folder)}
        if self.iri in gone:
            raise DataError(f"{self.short} named something else once, and was given up. Give another --name.")
        if any((URIRef(self.iri), None, None) in graph for graph in self._corpus.graphs.values()):
            kind = self._catalogue.record(URIRef(self.iri)).kind
            raise DataError(f"{self.short} exists already, of kind {kind}. Use it, or give another --name.")

    def _folders(self) -> list[Path]:
        article = [self.desk.article_folder(self._new.article)] if self._new.article else []
        return [self.desk.data / "authority", self.desk.data / "codes", *article]

    def refuse_twins(self) -> None:
        """Raise DataError where something bears one of the names, or nearly so."""
        new = self._new
        names = [name for name in (new.label, new.label_de, *new.also, *new.also_de) if name]
        found = [
            line for record in self._catalogue.records() for line in self._twin(names, record.all_names, record.name)
        ]
        if found:
            told = "\n".join(f"  {line}" for line in sorted(found))
            raise DataError(f"There is something of this name. Use it, or add another one with --anyway.\n{told}")

    def _twin(self, names: Sequence[str], others: Sequence[str], short: str) -> Iterator[str]:
        foreign = short.startswith("article/") and not short.startswith(f"article/{self._new.article}/")
        is_code = short.startswith("code:")
        if foreign or is_code != (self._scheme is not None):
            return
        pairs = [(fuzz.ratio(fold(a), fold(b)), a, b) for a in names for b in others]
        like, name, other = max(pairs, default=(0.0, "", ""))
        if like >= LIKE:
            yield f"{short} is called “{other}”" + ("" if like == 100 else f", nearly “{name}”")

    # Writing

    @property
    def kind(self) -> tuple[str, str | None]:
        """IRI of its class, and of its code list if it is a code."""
        return self._class, self._scheme

    def stage(self, block: Callable[[Turtle], str]) -> Path:
        """Put the record, as ``block`` writes it in the file that it is given, where it belongs; return the file."""
        path = self._file()
        turtle = self.desk.turtle(path)
        self.desk.edit(path, [self._place(turtle, block(turtle))])
        return path

    def _file(self) -> Path:
        """Return the file that holds most records of the kind, or of one above it."""
        if self._new.article is not None:
            return self.desk.article_folder(self._new.article) / THINGS
        kinds = [URIRef(self._class), *superclasses(self._corpus).get(URIRef(self._class), ())]
        folder = "codes" if self._scheme else "authority"
        for kind in kinds:
            files = Counter(
                place.file
                for node in self._corpus.graph(folder).subjects(RDF.type, kind)
                if (place := self._corpus.place(node)) and self._is_like(node)
            )
            if files:
                return max(sorted(files), key=lambda file: files[file])
        raise DataError(f"No file of {self.desk.data / folder} holds a {self._new.kind}. Write the first by hand.")

    def _is_like(self, node: object) -> bool:
        scheme = URIRef(self._scheme) if self._scheme else None
        return scheme is None or (node, SKOS.inScheme, scheme) in self._corpus.graph("codes")  # type: ignore[operator]

    def block(self, turtle: Turtle) -> str:
        """Return the record as it is written in a file."""
        new = self._new
        labels = _texts(new.label, new.label_de)
        is_concept = self._scheme is not None or self._class == self._corpus.iris.term("Issue")
        said = [("rdfs:label", labels)]
        if self._scheme:
            said = [("skos:inScheme", turtle.shorten(self._scheme)), *said]
        if is_concept:
            said.append(("skos:prefLabel", labels))
        if new.also or new.also_de:
            said.append(
                (
                    "skos:altLabel",
                    " , ".join([*(literal(t, "en") for t in new.also), *(literal(t, "de") for t in new.also_de)]),
                )
            )
        if new.definition:
            said.append(("skos:definition", _texts(new.definition, new.definition_de)))
        said += [tuple(one.strip().split(None, 1)) for one in new.said if len(one.split()) > 1]  # type: ignore[misc]
        if new.comment:
            said.append(("rdfs:comment", literal(new.comment, "en")))
        lines = [f"{self._shorten(turtle, name)} {value}" for name, value in said]
        return f"{turtle.shorten(self.iri)} a {turtle.shorten(self._class)} ;\n  " + " ;\n  ".join(lines) + " .\n"

    def _shorten(self, turtle: Turtle, name: str) -> str:
        """Return a property as the file writes it; raises SettingsError for a prefix that nobody knows."""
        prefix, _, local = name.partition(":")
        spaces = self._corpus.iris.prefixes()
        if prefix not in spaces:
            raise SettingsError(f"{name!r} is no property: give it with its prefix, as in --set 'att:concerns id:x'.")
        return turtle.shorten(spaces[prefix] + local)

    def _place(self, turtle: Turtle, text: str) -> Edit:
        """Return the edit that puts a record behind its like: under its broader term, else by name in its class."""
        made = Turtle(_prefixes(turtle) + text, self._corpus.iris.base).blocks[-1]
        broader = made.get(BROADER)
        if broader:
            wider = {value.iri for value in broader.values}
            siblings = [b for b in turtle.blocks if b.subject in wider or _values(b, BROADER) & wider]
            if siblings:
                return turtle.insertion(siblings[-1], text)
        like = [b for b in turtle.blocks if self._class in _values(b, str(RDF.type))]
        before = [b for b in like if b.subject < self.iri]
        if not like or before:
            return turtle.insertion(max(before, key=lambda b: b.subject) if before else None, text)
        first = turtle.blocks.index(min(like, key=lambda b: b.start))
        return turtle.insertion(turtle.blocks[first - 1], text) if first else turtle.insertion(None, text)

    def advice(self) -> str:
        """Return what an editor may want to add, or nothing."""
        is_group = self._class == self._corpus.iris.term("Group")
        if is_group and not any("grammaticalNumber" in one for one in self._new.said):
            return "If its name is a plural, as in “dockers”, add to its record: att:grammaticalNumber code:plural"
        return ""

    def faults(self) -> list[str]:
        """Return what is wrong with the record as it is staged."""
        staged = {path: text.encode() for path, (_, text) in self.desk.states().items() if text is not None}
        corpus = load_corpus(self._settings, only=self._new.article or "", instead=staged)
        faults = [r for r in corpus.results if r.shape == "Syntax"]
        if not faults:
            report = validate_corpus(corpus, None)
            faults = [r for r in report.results if r.severity == VIOLATION and str(r.focus) == self.iri]
        return [str(r.message) for r in faults]


def _texts(english: str, german: str | None) -> str:
    return " , ".join([literal(english, "en"), *([literal(german, "de")] if german else [])])


def _prefixes(turtle: Turtle) -> str:
    return "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in turtle.prefixes.items())


def _values(block: Block, predicate: str) -> set[str | None]:
    found = block.get(predicate)
    return {value.iri for value in found.values} if found else set()


def _local(node: object) -> str:
    return re.split(r"[/#]", str(node))[-1].lower()
