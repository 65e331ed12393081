"""What the page sends → entries, and entries → the files of the article and of the shared records."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdflib import URIRef
from rdflib.namespace import SKOS

from kg.annotate.forms import Field, Form
from kg.annotate.seen import MEANINGS, PREFERRED, Seen
from kg.annotate.workspace import Workspace
from kg.corpus.evidence.check import LONGEST_RUN
from kg.corpus.evidence.placing import FILE as WORDS_FILE
from kg.corpus.evidence.placing import passage_names, recorded_spans, words_turtle
from kg.corpus.report import VIOLATION
from kg.corpus.text import normalise, with_line_ends
from kg.editing.add import Adding, New
from kg.editing.desk import Desk
from kg.editing.entry import NUMBER, XSD, Entry, Reviser, Val, block_text, name_parts, read_entry
from kg.editing.history import former
from kg.editing.passages import Places
from kg.editing.turtle import RDF_TYPE
from kg.errors import DataError, KgError
from kg.names import fold
from kg.release.change.names import published_names
from kg.terms import PREFIXES, SLUG

PARTS = {"att:words": "w", "att:inference": "i"}
"""Properties that lead to parts of a statement, with the letter that their names begin with."""
LABEL = PREFIXES["rdfs"] + "label"
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_OWN = {"Observation": "observation", "Period": "period", "Event": "event"}
"""Class → the folder of its things in the IRI of an article; those of other classes are ``thing``."""


class Refused(DataError):
    """What the page sent cannot be taken: of which field, and why."""

    def __init__(self, name: str, message: str) -> None:
        """Take the field's name, as in ``att:subject``."""
        super().__init__(message)
        self.field = name


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it was filled in: its class, the passage it belongs to, and the values."""

    form: Form
    passage: str
    entry: Entry
    spans: Mapping[int, tuple[int, int]]
    name: str
    is_shared: bool
    anyway: bool


class Reader:
    """Reads what the page sends."""

    def __init__(self, work: Workspace) -> None:
        """Read for a workspace."""
        self._work, self._forms = work, work.forms

    def read(self, sent: Mapping[str, Any]) -> Sent:
        """Return a form as it was filled in; raises Refused."""
        form = self._forms.by_name.get(str(sent.get("form")))
        if form is None:
            raise Refused("form", "Choose what kind of statement or record this is.")
        passage = str(sent.get("passage") or "")
        if passage not in self._work.numbers:
            raise Refused("passage", f"There is no passage {passage}.")
        entry = Entry(str(sent.get("iri") or ""))
        entry.values = {one.iri: self._values(one, sent) for one in form.fields}
        spans: dict[int, tuple[int, int]] = {}
        if form.group == "statement":
            entry.parts[self._forms.expand("att:words")] = self._words(sent, spans)
        if form.group == "statement" or form.name in ("Event", "Observation"):
            entry.parts[self._forms.expand("att:inference")] = self._inferences(sent)
        entry.values = {iri: values for iri, values in entry.values.items() if values}
        name = str(sent.get("name") or "").strip()
        return Sent(form, passage, entry, spans, name, bool(sent.get("shared")), bool(sent.get("anyway")))

    def _values(self, field: Field, sent: Mapping[str, Any]) -> list[Val]:
        values = [self.value(field, one) for one in (sent.get("values") or {}).get(field.name) or ()]
        found = list(dict.fromkeys(value for value in values if value is not None))
        if field.is_single and len(found) > 1:
            raise Refused(field.name, f"There can be only one: {field.label.get('en', field.name)}.")
        return found

    def value(self, field: Field, sent: Mapping[str, Any]) -> Val | None:
        """Return a value of a field as it was filled in, or None for an empty one; raises Refused."""
        text = normalise(str(sent.get("text") or ""))
        if field.kind in ("text", "string"):
            language = str(sent.get("lang") or "en") if field.kind == "text" else None
            return Val(text=text, language=language) if text else None
        if field.kind in ("number", "boolean", "date"):
            return self._literal(field, text) if text else None
        iri = str(sent.get("iri") or "").strip()
        if iri and not _IRI.fullmatch(iri):
            raise Refused(field.name, f"{iri} is no address. Choose one of those that are offered.")
        return Val(iri) if iri else None

    def _literal(self, field: Field, text: str) -> Val:
        if field.kind == "number":
            if not NUMBER.fullmatch(text):
                raise Refused(field.name, f"{text} is no plain number. Write it out, as in 61400000 or 1.5.")
            return Val(text=text, datatype=XSD + ("decimal" if "." in text else "integer"))
        if field.kind == "boolean":
            return Val(text="true" if text in ("true", "1") else "false", datatype=XSD + "boolean")
        try:
            return Val(text=str(datetime.date.fromisoformat(text)), datatype=XSD + "date")
        except ValueError:
            raise Refused(field.name, f"{text} is no day. Write it as in 2025-12-20.") from None

    def _words(self, sent: Mapping[str, Any], spans: dict[int, tuple[int, int]]) -> list[Entry]:
        found = []
        for number, one in enumerate(sent.get("words") or ()):
            cls = str(one.get("cls"))
            if cls not in MEANINGS:
                raise Refused("att:words", "Say what these words stand for.")
            printed = normalise(str(one.get("printed") or ""))
            start, end = one.get("start"), one.get("end")
            if isinstance(start, int) and isinstance(end, int):
                if normalise(self._work.text[start:end]) != printed or not printed:
                    raise Refused("att:words", f"“{printed}” is not at this place of the text.")
                spans[number] = (start, end)
            if len(printed.split()) > LONGEST_RUN:
                raise Refused("att:words", f"“{printed}” are more than {LONGEST_RUN} words. Select fewer.")
            found.append(self._part(one, cls, printed))
        return found

    def _part(self, one: Mapping[str, Any], cls: str, printed: str) -> Entry:
        term, expand = self._work.corpus.iris.term, self._forms.expand
        means = [str(value.get("iri") or "") for value in one.get("means") or () if isinstance(value, dict)]
        part = Entry(
            str(one.get("iri") or ""), {RDF_TYPE: [Val(term(cls))], expand("att:printed"): [Val(text=printed)]}
        )
        meaning = MEANINGS[cls]
        if meaning is not None and (means or cls != "Words"):
            if not means or not all(map(_IRI.fullmatch, means)):
                raise Refused("att:words", f"Say what “{printed}” stands for.")
            part.values[expand(meaning)] = [Val(iri) for iri in dict.fromkeys(means)]
        return part

    def _inferences(self, sent: Mapping[str, Any]) -> list[Entry]:
        found = []
        for one in sent.get("inferences") or ():
            comment, name = normalise(str(one.get("comment") or "")), str(one.get("infers") or "")
            if not comment or ":" not in name:
                raise Refused("att:inference", "Say what you inferred, and why.")
            values = {
                RDF_TYPE: [Val(self._work.corpus.iris.term("Inference"))],
                self._forms.expand("att:infers"): [Val(self._forms.expand(name))],
                self._forms.expand("rdfs:comment"): [
                    Val(text=comment, language=str(one.get("lang") or "en")),
                    *(Val(text=str(o.get("text")), language=str(o.get("lang"))) for o in one.get("others") or ()),
                ],
            }
            found.append(Entry(str(one.get("iri") or ""), values))
        return found


class Saver:
    """Puts entries into files: each save is one step that can be undone."""

    def __init__(self, work: Workspace) -> None:
        """Save in a workspace."""
        self._work, self._forms = work, work.forms
        self._letters = {work.forms.expand(name): letter for name, letter in PARTS.items()}

    def save(self, sent: Sent, revision: int | None) -> str:
        """Write a statement or record and return its IRI; raises DataError where it cannot be, and nothing changes."""
        desk = self._work.desk(revision)
        self._complete(sent)
        if sent.entry.iri and read_entry(desk, sent.entry.iri, desk.paths()):
            self._revise(desk, sent)
        elif sent.form.group == "code" or (sent.is_shared and sent.form.group == "thing"):
            return self._add(desk, sent)
        else:
            self._insert(desk, sent)
        if sent.form.group == "statement":
            self._attest(desk, sent.entry)
        self._place_words(desk, sent)
        self._work.write(desk)
        return sent.entry.iri

    def _complete(self, sent: Sent) -> None:
        """Set what the form does not ask for: class, evidence, preferred label."""
        entry, iris = sent.entry, self._work.corpus.iris
        own: dict[str, list[Val]] = {}
        if sent.form.group != "code":
            own[RDF_TYPE] = [Val(iris.term(sent.form.name))]
        if sent.form.group == "statement":
            entry.values[self._forms.expand("att:evidence")] = [
                Val(iris.article(self._work.slug) + f"/passage/{sent.passage}")
            ]
        if LABEL in entry.values and (sent.form.group == "code" or sent.form.name == "Issue"):
            entry.values[PREFERRED] = entry.values[LABEL]
        rank = {iri: number for number, iri in enumerate(self._forms.order)}
        ordered = sorted(entry.values.items(), key=lambda item: rank.get(item[0], len(rank)))
        entry.values = own | dict(ordered)

    def _files(self, iri: str) -> list[Path]:
        """Return the files that may describe a thing: those of its article, or the shared ones."""
        if iri.startswith(f"{self._work.article}/"):
            return self._work.paths
        return [path for path in Desk(self._work.settings).paths() if path.parent.name in ("authority", "codes")]

    def _revise(self, desk: Desk, sent: Sent) -> None:
        paths = self._files(sent.entry.iri)
        old = read_entry(desk, sent.entry.iri, paths, list(self._letters))
        if old is None:
            raise DataError(f"{sent.entry.iri} belongs to another article, and is not changed from here.")
        name_parts(sent.entry, self._letters)
        sent.entry.values.pop(self._forms.expand("att:evidence"), None)  # which stays
        seen = Seen(self._work, sent.form, sent.entry.iri, Reader(self._work).value)
        self._prefer(old, sent.entry, seen)
        Reviser(desk, paths, self._forms.order).revise(old, sent.entry, seen.value)

    @staticmethod
    def _prefer(old: Entry, new: Entry, seen: Seen) -> None:
        """Let preferred labels change as the labels do, where there are any: those that differ from them stay."""
        there, labels = old.values.get(PREFERRED, []), old.values.get(LABEL, [])
        told = {label: seen.value(old, LABEL, label) for label in labels}
        after = new.values.get(LABEL, [])
        kept = [one for one in there if one not in labels or told[one] in after]
        if PREFERRED in new.values:
            added = [one for one in after if one not in told.values()]
            kept += [one for one in added if one.language not in {other.language for other in kept}]
        new.values[PREFERRED] = kept if PREFERRED in new.values else there

    def _insert(self, desk: Desk, sent: Sent) -> None:
        entry = sent.entry
        entry.iri = self._new_iri(desk, sent)
        name_parts(entry, self._letters)
        places = Places(desk, self._work.folder, self._work.numbers)
        places.stage(sent.passage, block_text(places.turtle(sent.passage), entry))

    def _new_iri(self, desk: Desk, sent: Sent) -> str:
        gone = set(former(desk, self._work.folder))
        article = str(self._work.article)
        if sent.form.group == "statement":
            return self.next_statement(sent.passage, gone)
        label = next((value.text for value in sent.entry.values.get(LABEL, ())), "")
        local = sent.name or "-".join(fold(label).split())
        if not SLUG.fullmatch(local):
            raise Refused("name", f"{local!r} is no name: use small letters, digits and single hyphens.")
        iri = f"{article}/{_OWN.get(sent.form.name, 'thing')}/{local}"
        if iri in gone or any(desk.find(iri, self._work.paths)):
            raise Refused("name", f"{iri.removeprefix(self._work.corpus.iris.base)} is taken. Give another name.")
        return iri

    def next_statement(self, passage: str, gone: set[str] | None = None) -> str:
        """Return the IRI of the next statement on a passage: one that nothing has, or had when it was published."""
        root = f"{self._work.article}/statement/{passage}-"
        used = {str(node) for node in self._work.graph.subjects()} | (gone or set())
        with suppress(KgError):  # where the releases cannot be read, what the files say has to do
            used |= published_names(self._work.settings, self._work.folder.name)
        taken = {iri[len(root) :] for iri in used if iri.startswith(root)}
        return f"{root}{max((int(rest) for rest in taken if rest.isdecimal()), default=0) + 1}"

    def _add(self, desk: Desk, sent: Sent) -> str:
        """Add a shared record or code as kg add does: refused where its like is there, taken back if incomplete."""
        labels = {value.language: value.text for value in sent.entry.values.get(LABEL, ())}
        also = sent.entry.values.get(str(SKOS.altLabel), ())
        new = New(
            kind=sent.form.name.lower(),
            label=labels.get("en", ""),
            label_de=labels.get("de"),
            name=sent.name or None,
            also=[value.text for value in also if value.language == "en"],
            also_de=[value.text for value in also if value.language == "de"],
        )
        adding = Adding(self._work.settings, new, self._work.corpus, desk)
        if not sent.anyway:
            adding.refuse_twins()
        cls, scheme = adding.kind
        head = {RDF_TYPE: [Val(cls)]} | ({str(SKOS.inScheme): [Val(scheme)]} if scheme else {})
        sent.entry.iri, sent.entry.values = adding.iri, head | sent.entry.values
        adding.stage(lambda turtle: block_text(turtle, sent.entry))
        self._work.report()  # so that what is wrong before is known
        self._work.write(desk)
        faults = [r for r in self._work.report().results if r.severity == VIOLATION and str(r.focus) == adding.iri]
        if faults:
            self._work.take_back()
            raise DataError(" ".join(str(fault.message) for fault in faults))
        return adding.iri

    def _attest(self, desk: Desk, statement: Entry) -> None:
        """Have events that no statement reports yet, and that this one speaks of, be reported by it."""
        attested, root = self._forms.expand("att:attestedBy"), f"{self._work.article}/event/"
        events = {v.iri for values in statement.values.values() for v in values if v.iri and v.iri.startswith(root)}
        for iri in sorted(events):
            old = read_entry(desk, iri, self._work.paths)
            if old is not None and attested not in old.values:
                reviser = Reviser(desk, self._work.paths, self._forms.order)
                reviser.change(iri, attested, frozenset(), [Val(statement.iri)])

    def _place_words(self, desk: Desk, sent: Sent) -> None:
        nodes = [part.iri for part in sent.entry.parts.get(self._forms.expand("att:words"), ())]
        self._write_words(desk, sent.entry.iri, {nodes[number]: span for number, span in sent.spans.items()})

    def _write_words(self, desk: Desk, owner: str, spans: Mapping[str, tuple[int, int]]) -> None:
        graph, term, path = self._work.graph, self._work.term, self._work.folder / WORDS_FILE
        recorded = recorded_spans(graph, term)
        after = {node: span for node, span in recorded.items() if not node.startswith(f"{owner}#")} | dict(spans)
        if after != recorded:
            there = desk.text(path)
            text = words_turtle(passage_names(graph, term), self._work.corpus.iris.base, after)
            desk.put(path, with_line_ends(text, there))

    def delete(self, iri: str, revision: int | None) -> None:
        """Take out a statement or record of the article; raises DataError where something else refers to it."""
        desk = self._work.desk(revision)
        users = {str(s).partition("#")[0] for s in self._work.corpus.data.subjects(None, URIRef(iri))} - {iri}
        if users:
            short = ", ".join(sorted(user.removeprefix(self._work.corpus.iris.base) for user in users))
            raise DataError(f"This is used by {short}. Change that first.")
        if not any(desk.find(iri, self._work.paths)):
            raise DataError("Only what this article says can be deleted here. For shared records see kg withdraw.")
        Reviser(desk, self._work.paths, self._forms.order).remove(iri)
        self._write_words(desk, iri, {})
        self._work.write(desk)

    def note(self, passage: str, text: str, revision: int | None) -> None:
        """Say why a passage has no statement, or no longer."""
        desk, iri = self._work.desk(revision), f"{self._work.article}/passage/{passage}"
        if passage not in self._work.numbers:
            raise Refused("passage", f"There is no passage {passage}.")
        predicate = str(SKOS.editorialNote)
        old = read_entry(desk, iri, self._work.paths) or Entry(iri)
        told = self._work.graph.value(URIRef(iri), SKOS.editorialNote)
        shown = next((one for one in old.values.get(predicate, ()) if one.text == str(told)), None)
        value = Val(text=normalise(text), language=shown.language if shown else "en")
        if shown is not None:
            reviser = Reviser(desk, self._work.paths, self._forms.order)
            if normalise(shown.text) != value.text:
                reviser.change(iri, predicate, {shown}, [value] if value.text else [])
        elif value.text:
            places = Places(desk, self._work.folder, self._work.numbers)
            turtle = places.turtle(passage)
            places.stage(passage, f"{turtle.shorten(iri)} {turtle.shorten(predicate)} {value.written(turtle)} .\n")
        self._work.write(desk)
