"""The words of a reading that are in no record: frames, captions, and what introduces an adjunct."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kg.reading.grammar import Forms, Group, english, german

KINDS = ("Question", "Conditional", "Figure", "Position", "Evaluation", "Assertion")
ADJUNCTS = ("recipient", "respect", "purpose", "means", "exchange", "comparedWith", "place", "period")
"""Properties that say more of a relation, in the order in which they are read."""
LINKS = (
    "supports",
    "qualifies",
    "contrastsWith",
    "exampleOf",
    "elaborates",
    "sameContentAs",
    "overlapsWith",
    "contradicts",
    "opposes",
)
"""Properties from one statement to another."""


RELATION_SLOTS = ("subject", "object", "quality", "verb", "end")
CODE_SLOTS = ("clause", "and", "or", "number", "word", "quality")
"""Slots in the patterns of relations, and of codes: a clause, a list, a number, the word next to it, a quality."""
TOLD = {"when": "period", "where": "place", "how": "means", "why": "purpose"}
"""Question word → the property that it asks for of itself."""
NOTES = {"Words": "expresses", "Quotation": "quotedFrom", "NameUse": "names", "PrintedNumber": "expresses"}
"""Class of printed words → the property that says what they stand for or whose they are."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's words. ``frames`` and ``properties`` are by class and property."""

    verb: Callable[[Forms, Group, bool], tuple[str, str]]
    template: str
    amounts: Forms
    says: Forms
    asks: Forms
    frames: Mapping[str, str]
    properties: Mapping[str, str]
    conditional: str
    passage: tuple[str, str]
    source: str
    context: str
    order: str
    nobody: str
    somebody: str
    conjunction: str
    disjunction: str
    quantified: str
    articles: tuple[str, ...]
    question: str
    condition: str
    denied: str
    possibly: str
    unnumbered: str
    voice: str
    quotation: str
    thousands: str
    point: str


ENGLISH = Phrases(
    verb=english,
    template="{subject} {verb}[ {quality}][ {object}]",
    amounts=Forms("be", "is", "are"),
    says=Forms("say", "says", "say"),
    asks=Forms("ask", "asks", "ask"),
    frames={
        "Assertion": "The article says",
        "Evaluation": "The article judges",
        "Position": "The article says",
        "Figure": "The article gives the figure",
        "Conditional": "The article says",
        "Question": "The article asks",
        "question": "question",
    },
    properties={
        "recipient": "for",
        "respect": "as regards",
        "purpose": "purpose",
        "means": "by means of",
        "exchange": "in exchange for",
        "comparedWith": "compared with",
        "place": "where",
        "period": "when",
        "asOf": "as of",
        "via": "in",
        "holder": "view of",
        "position": "position of",
        "ownView": "own view",
        "ownPosition": "own position",
        "claimant": "claimant",
        "subject": "subject",
        "object": "object",
        "relation": "relation",
        "quality": "quality",
        "degree": "to what degree",
        "participant": "with",
        "partOf": "part of",
        "issue": "Bears on",
        "Words": "Printed",
        "Quotation": "Quoted",
        "quotedFrom": "words of",
        "NameUse": "Name used",
        "names": "meaning",
        "PrintedNumber": "Printed number",
        "verb": "Printed verb",
        "inference": "Inferred, not printed",
        "event": "Event",
        "status": "status",
        "answerStatus": "answer",
        "supports": "Reason for",
        "qualifies": "Limits",
        "contrastsWith": "In contrast to",
        "exampleOf": "Example of",
        "elaborates": "Spells out",
        "sameContentAs": "Same content as",
        "overlapsWith": "Shares part of its content with",
        "contradicts": "Cannot be true together with",
        "opposes": "Opposed to",
    },
    conditional="{condition}, then[ ({firmness})] {consequence}",
    passage=("passage", "passages"),
    source="Source: {passage} of {article}",
    context="read with {passage}",
    order="no. {}",
    nobody="Supposed, asserted by nobody",
    somebody="somebody or something",
    conjunction="and",
    disjunction="or",
    quantified="{quantity} {name}",
    articles=("a ", "an ", "the "),
    question="{word} {clause}",
    condition="{kind} {clause}",
    denied="it is not so that {clause}",
    possibly="possibly",
    unnumbered="a number that is not given",
    voice="the article itself",
    quotation="“{}”",
    thousands=",",
    point=".",
)

GERMAN = Phrases(
    verb=german,
    template="{subject} {verb}[ {quality}][ {end}][: {object}]",
    amounts=Forms("betragen", "beträgt", "betragen"),
    says=Forms("sagen", "sagt", "sagen"),
    asks=Forms("fragen", "fragt", "fragen"),
    frames={
        "Assertion": "Der Artikel sagt",
        "Evaluation": "Der Artikel urteilt",
        "Position": "Der Artikel sagt",
        "Figure": "Der Artikel gibt die Zahl an",
        "Conditional": "Der Artikel sagt",
        "Question": "Der Artikel fragt",
        "question": "Frage",
    },
    properties={
        "recipient": "für",
        "respect": "in Bezug auf",
        "purpose": "Zweck",
        "means": "durch",
        "exchange": "im Gegenzug für",
        "comparedWith": "im Vergleich mit",
        "place": "wo",
        "period": "wann",
        "asOf": "Stand",
        "via": "in",
        "holder": "Sicht von",
        "position": "Position von",
        "ownView": "eigene Sicht",
        "ownPosition": "eigene Position",
        "claimant": "Urheber",
        "subject": "Subjekt",
        "object": "Objekt",
        "relation": "Beziehung",
        "quality": "Eigenschaft",
        "degree": "in welchem Grad",
        "participant": "mit",
        "partOf": "Teil von",
        "issue": "Betrifft",
        "Words": "Gedruckt",
        "Quotation": "Zitiert",
        "quotedFrom": "Worte von",
        "NameUse": "Gebrauchter Name",
        "names": "gemeint",
        "PrintedNumber": "Gedruckte Zahl",
        "verb": "Gedrucktes Verb",
        "inference": "Erschlossen, nicht gedruckt",
        "event": "Ereignis",
        "status": "Status",
        "answerStatus": "Antwort",
        "supports": "Grund für",
        "qualifies": "Schränkt ein",
        "contrastsWith": "Im Gegensatz zu",
        "exampleOf": "Beispiel für",
        "elaborates": "Führt aus",
        "sameContentAs": "Gleicher Inhalt wie",
        "overlapsWith": "Teilt einen Teil des Inhalts mit",
        "contradicts": "Nicht zugleich wahr mit",
        "opposes": "Entgegengesetzt zu",
    },
    conditional="{condition}, dann gilt[ ({firmness})]: {consequence}",
    passage=("Passage", "Passagen"),
    source="Quelle: {passage} von {article}",
    context="gelesen mit {passage}",
    order="Nr. {}",
    nobody="Angenommen, von niemandem behauptet",
    somebody="jemand oder etwas",
    conjunction="und",
    disjunction="oder",
    quantified="{quantity} {name}",
    articles=("ein ", "eine ", "der ", "die ", "das "),
    question="{word}: {clause}",
    condition="{kind} gilt: {clause}",
    denied="es gilt nicht: {clause}",
    possibly="möglicherweise",
    unnumbered="eine Zahl, die nicht genannt ist",
    voice="der Artikel selbst",
    quotation="„{}“",
    thousands=".",
    point=",",
)

PHRASES = {"en": ENGLISH, "de": GERMAN}
"""Language of the pages → its words."""
