"""A statement → who says it, what is said, its printed words and links, and where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.reading.clause import Clauses
from kg.reading.grammar import listed
from kg.reading.phrases import LINKS, NOTES
from kg.reading.view import Lookup, View, key

_CUT = 110
"""Characters of another statement that a note shows at the most."""
_PASSAGE = re.compile(r"/article/([^/]+)/passage/0*([0-9]+)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement in words: ``frame`` (who says it), ``sentence`` (what), ``notes``, and ``source`` (which passage)."""

    frame: str
    sentence: str
    notes: tuple[str, ...]
    source: str

    def __str__(self) -> str:
        """Return all of it as one line of sentences."""
        end = "" if self.sentence.endswith("?") else "."
        said = f"{self.frame}: {self.sentence}{end}"
        return " ".join([said, *(f"{part}." for part in (*self.notes, self.source) if part)])


def read_statement(view: View, iri: str, language: str) -> Reading:
    """Return a statement in the words of its triples and of the things and codes they lead to, ``en`` or ``de``.

    Raises DataError where the thing is no statement or a pattern or verb form in the data is none.
    """
    clauses = Clauses(Lookup(view, language))
    sentence = clauses.sentence(iri)
    frame = clauses.frame(iri)
    return Reading(frame, sentence, tuple(_notes(clauses, iri)), _source(clauses.look, iri))


def _notes(clauses: Clauses, iri: str) -> list[str]:
    look, captions = clauses.look, clauses.look.phrases.properties
    found = _words(look, iri)
    events = [_event(clauses, event) for event in clauses.events]
    verbs = clauses.unplaced_verbs(iri)
    found += [f"{captions['verb']}: {', '.join(verbs)}"] if verbs else []
    found += [_inferred(look, node) for node in look.links(iri, "att:inference")]
    for name in LINKS:
        others = look.links(iri, f"att:{name}")
        found += [f"{captions[name]}: {', '.join(_other(clauses, other) for other in others)}"] if others else []
    found += events
    issues = [look.label(issue) for issue in look.links(iri, "att:issue")]
    return found + ([f"{captions['issue']}: {', '.join(issues)}"] if issues else [])


def _other(clauses: Clauses, statement: str) -> str:
    """Return the number of another statement with its reading, which is cut where it is long."""
    text = clauses.noun(statement).removeprefix("[").removesuffix("]")
    if len(text) > _CUT:
        text = text[:_CUT].rpartition(" ")[0].rstrip(",;:") + " …"
    return f"{key(statement)} ({text})"


def _words(look: Lookup, iri: str) -> list[str]:
    """Return the printed words with what they stand for: a note for each kind of them."""
    captions, notes = look.phrases.properties, []
    for kind, name in NOTES.items():
        parts = []
        for node in look.links(iri, "att:words"):
            if kind not in look.kinds(node):
                continue
            printed = ", ".join(look.phrases.quotation.format(text) for text in look.texts(node, "att:printed"))
            meant = listed([look.label(thing) for thing in look.links(node, f"att:{name}")], look.phrases.conjunction)
            caption = {
                "names": f" ({captions['names']}: {meant})",
                "quotedFrom": f" ({captions['quotedFrom']}: {meant})",
            }
            parts.append(printed + (caption.get(name, f" ({meant})") if meant else ""))
        notes += [f"{captions[kind]}: {', '.join(parts)}"] if parts else []
    return notes


def _inferred(look: Lookup, node: str) -> str:
    captions = look.phrases.properties
    names = [captions.get(key(p)) or look.label(p) for p in look.links(node, "att:infers")]
    why = look.text(node, "rdfs:comment")
    return f"{captions['inference']}: {', '.join(names)}" + (f" ({why})" if why else "")


def _event(clauses: Clauses, event: str) -> str:
    look, captions = clauses.look, clauses.look.phrases.properties
    details = [f"{captions['status']}: {look.label(status)}" for status in look.links(event, "att:status")]
    for name in ("participant", "partOf", "place", "period"):
        values = [look.label(thing) for thing in look.links(event, f"att:{name}")]
        details += [f"{captions[name]}: {listed(values, look.phrases.conjunction)}"] if values else []
    return f"{captions['event']}: {look.label(event)}" + (f" ({'; '.join(details)})" if details else "")


def _source(look: Lookup, iri: str) -> str:
    words, parts = look.phrases, []
    for name, pattern in (("evidence", words.source), ("context", words.context)):
        found = [_PASSAGE.search(passage) for passage in look.links(iri, f"att:{name}")]
        matches = [match for match in found if match]
        if matches:
            numbers = listed([match[2] for match in matches], words.conjunction)
            passage = f"{words.passage[len(matches) > 1]} {numbers}"
            parts.append(pattern.format(passage=passage, article=matches[0][1]))
    return ", ".join(parts)
