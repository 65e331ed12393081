"""Verb forms and patterns of clauses that a reading could not use: found here and not when a page is made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib import RDF, URIRef

from kg.corpus.report import VIOLATION, Result
from kg.corpus.sources.load import Corpus
from kg.errors import DataError
from kg.reading.grammar import read_forms
from kg.reading.phrases import CODE_SLOTS, RELATION_SLOTS


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
