"""RelationWayRound: a label that says of two things the reverse of what the triples say.

Word order tells only of English labels in the active voice: what a verb's words stand behind is its subject. Where a
thing is named on both sides, or a passive may be meant, nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib import RDFS, Literal, URIRef
from rdflib.namespace import SKOS, Namespace
from rdflib.term import Node

from kg.corpus.checks.label_words import meanings, words
from kg.corpus.report import WARNING, Result
from kg.corpus.sources.load import Corpus

_BE = {"be", "is", "are", "was", "were", "been", "being"}


def relations_way_round(corpus: Corpus) -> Iterator[Result]:
    """Find statements whose label names the object before the verb and the subject behind it."""
    data, term = corpus.data, Namespace(corpus.iris.term(""))
    for statement in filter(corpus.judges, set(data.subjects(term.relation))):
        ends = [set(data.objects(statement, term[name])) for name in ("subject", "object")]
        if all(len(end) == 1 for end in ends):
            (subject,), (thing,) = ends
            verbs = _stems(_verbs(corpus, term, statement))
            sides = [_stems(_names(corpus, node, RDFS.label, SKOS.altLabel)) for node in (subject, thing)]
            for label in _names(corpus, statement, RDFS.label):
                if _is_reversed(label, sides[0], sides[1], verbs):
                    told = (
                        f"The label says “{label}”, the triples the reverse. Exchange att:subject and att:object, or "
                    )
                    told += "correct the label."
                    yield Result(WARNING, "RelationWayRound", statement, term.subject, subject, told, None)


def _is_reversed(label: str, subject: set[str], thing: set[str], verbs: set[str]) -> bool:
    own, other = subject - thing - verbs, thing - subject - verbs
    roots = [root for _, root in words(label, "en")]
    places = [[n for n, root in enumerate(roots) if root in side] for side in (own, other)]
    if not all(places) or max(places[1]) > min(places[0]):
        return False
    verb = [n for n, root in enumerate(roots) if root in verbs and max(places[1]) < n < min(places[0])]
    is_passive = "by" in roots[max(verb, default=0) : min(places[0])] or any(roots[n - 1] in _BE for n in verb)
    return bool(verb) and not is_passive


def _verbs(corpus: Corpus, term: Namespace, statement: Node) -> Iterator[str]:
    yield from map(str, corpus.data.objects(statement, term.verb))
    for relation in corpus.data.objects(statement, term.relation):
        yield from _names(corpus, relation, RDFS.label, term.forms)


def _names(corpus: Corpus, node: Node, *properties: URIRef) -> list[str]:
    values = (value for name in properties for value in corpus.data.objects(node, name))
    return [str(value) for value in values if isinstance(value, Literal) and value.language in ("en", None)]


def _stems(texts: Iterable[str]) -> set[str]:
    return {root for text in texts for _, root in words(text, "en")} - meanings("en").empty
