"""Labels that say the reverse of the triples, by the order of their words: RelationWayRound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rdflib import RDFS, Literal, URIRef
from rdflib.namespace import SKOS, Namespace
from rdflib.term import Node

from kg.corpus.checks.label_words import meanings, words
from kg.corpus.report import WARNING, Result
from kg.corpus.sources.load import Corpus
from kg.names import plain

_BE = {"be", "is", "are", "was", "were", "been", "being"}
_PASSIVE = {"werden", "wird", "wurde", "wurden", "worden", "werde"}
_NO_SUBJECT = {
    *("den", "dem", "des", "einen", "einem", "eines", "diesen", "diesem", "keinen", "keinem", "ihren", "ihrem"),
    *("seinen", "seinem", "alle", "allen", "fur", "gegen", "ohne", "um", "durch", "mit", "von", "vom", "zu", "zum"),
    *("zur", "bei", "beim", "in", "im", "ins", "an", "am", "ans", "auf", "uber", "unter", "vor", "nach", "aus"),
    *("wegen", "laut"),
}
"""German words before a name that show that it is no subject: of another case, or a preposition."""

Label = Sequence[tuple[str, str]]
"""The words of a label, each with its stem."""
Ends = tuple[set[str], set[str]]
"""Stems of the names of a subject, and of an object."""


def relations_way_round(corpus: Corpus) -> Iterator[Result]:
    """Find statements whose label names the object before the subject, in the place of a subject.

    Nothing is reported where a thing is named on both sides, where a passive may be meant, or where German shows by an
    article or a preposition that the object only comes first.
    """
    data, term = corpus.data, Namespace(corpus.iris.term(""))
    for statement in filter(corpus.validates, set(data.subjects(term.relation))):
        subjects, things = (set(data.objects(statement, term[name])) for name in ("subject", "object"))
        if len(subjects) != 1 or len(things) != 1:
            continue
        (subject,), (thing,) = subjects, things
        for language, is_reversed in _REVERSED.items():
            own, other = (_stems(_called(corpus, node, language), language) for node in (subject, thing))
            verbs = _stems(_verbs(corpus, term, statement, language), language)
            ends = own - other - verbs, other - own - verbs
            for label in _names(corpus, statement, language, RDFS.label, untagged=False):
                if is_reversed(words(label, language), ends, verbs):
                    told = f"The label says “{label}”, the triples the reverse. Exchange att:subject and att:object,"
                    told += " or correct the label."
                    yield Result(WARNING, "RelationWayRound", statement, term.subject, subject, told, None)


def _order(roots: Sequence[str], ends: Ends) -> tuple[int, int] | None:
    """Return where the object ends and the subject begins, or None where they are not in that order."""
    subject, thing = ([place for place, root in enumerate(roots) if root in end] for end in ends)
    return (max(thing), min(subject)) if thing and subject and max(thing) < min(subject) else None


def _is_reversed_in_english(label: Label, ends: Ends, verbs: set[str]) -> bool:
    roots = [root for _, root in label]
    order = _order(roots, ends)
    if order is None:
        return False
    verb = [place for place, root in enumerate(roots) if root in verbs and order[0] < place < order[1]]
    is_passive = "by" in roots[max(verb, default=0) : order[1]] or any(roots[place - 1] in _BE for place in verb)
    return bool(verb) and not is_passive


def _is_reversed_in_german(label: Label, ends: Ends, verbs: set[str]) -> bool:
    """Find it in German, where an object may come first, and the verb last."""
    roots, plainly = [root for _, root in label], [plain(word) for word, _ in label]
    order = _order(roots, ends)
    if order is None or not _PASSIVE.isdisjoint(plainly) or verbs.isdisjoint(roots[order[0] :]):
        return False
    begin = min(place for place, root in enumerate(roots) if root in ends[1])
    before, behind = plainly[:begin], plainly[order[0] + 1 : order[1]]
    if not _NO_SUBJECT.isdisjoint(before) or not {"von", "vom", "durch"}.isdisjoint(behind[-2:]):
        return False
    return "der" not in behind or "der" in before  # “Die Mole bezahlt der Kreis” says that the latter pays


_REVERSED = {"en": _is_reversed_in_english, "de": _is_reversed_in_german}
"""Language → what decides by the stems of a label, of subject and object, and of the verb, if it says the reverse."""


def _verbs(corpus: Corpus, term: Namespace, statement: Node, language: str) -> Iterator[str]:
    yield from map(str, corpus.data.objects(statement, term.verb))
    for relation in corpus.data.objects(statement, term.relation):
        yield from _names(corpus, relation, language, RDFS.label, term.forms)


def _called(corpus: Corpus, thing: Node, language: str) -> list[str]:
    """Return the names of a thing in a language, or those in English where it has none in that."""
    properties = (RDFS.label, SKOS.altLabel)
    return _names(corpus, thing, language, *properties) or _names(corpus, thing, "en", *properties)


def _names(corpus: Corpus, node: Node, language: str, *properties: URIRef, untagged: bool = True) -> list[str]:
    wanted = (language, None) if untagged else (language,)
    values = (value for name in properties for value in corpus.data.objects(node, name))
    return [str(value) for value in values if isinstance(value, Literal) and value.language in wanted]


def _stems(texts: Iterable[str], language: str) -> set[str]:
    return {root for text in texts for _, root in words(text, language)} - meanings(language).empty
