"""LabelSaysMore finds what only a label says, and nothing that the triples say in other words."""

from __future__ import annotations

import pytest
from rdflib import RDFS, Graph, Literal, URIRef

from helpers.serving import HOME
from kg.corpus.checks.label_check import labels_that_say_more, labels_without_negation
from kg.corpus.checks.label_words import meanings, numbers, stem
from kg.corpus.checks.word_order import relations_way_round
from kg.corpus.checks.wording import unusable_phrases
from kg.corpus.report import WARNING, Result
from kg.corpus.sources.load import Corpus
from kg.terms import Iris

BASE = "https://attested.example/"
SAMPLE = HOME / "tests" / "data" / "reading" / "sample.ttl"


def found(name: str, label: str, language: str, *, note: bool = False) -> list[Result]:
    """Return what the check finds where one statement of the sample has one label, and no other has any."""
    return list(labels_that_say_more(labelled(name, label, language, note=note)))


def labelled(name: str, label: str, language: str, *, note: bool = False) -> Corpus:
    corpus = Corpus(Iris(BASE))
    corpus.data = Graph().parse(SAMPLE, format="turtle", publicID=BASE)
    for subject in set(corpus.data.subjects()):
        if "/statement/" in str(subject):
            corpus.data.remove((subject, RDFS.label, None))
    statement = URIRef(f"{BASE}article/harbours/statement/{name}")
    corpus.data.add((statement, RDFS.label, Literal(label, lang=language)))
    if note:
        corpus.data.add((statement, URIRef(BASE + "ns#labelNote"), Literal("The reason.", lang="en")))
    return corpus


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "North Harbour closes Velmara"),
        ("de", "Der Nordhafen schließt Velmara"),
        ("de", "Der Nordhafen muss Velmara schließen"),
        ("de", "Der Nordhafen schließt den Staat Velmara"),
    ],
)
def test_a_label_that_says_the_reverse_of_the_triples_is_found(language: str, label: str) -> None:
    [result] = relations_way_round(labelled("001-1", label, language))
    assert (result.shape, result.severity) == ("RelationWayRound", WARNING)
    assert label in str(result.message)


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Velmara closes North Harbour"),
        ("en", "North Harbour is closed by Velmara"),
        ("de", "Velmara schließt den Nordhafen"),
        ("de", "Velmara muss den Nordhafen schließen"),
        ("de", "Den Nordhafen schließt Velmara"),  # German shows by the case that the object comes first
        ("de", "Der Nordhafen wird von Velmara geschlossen"),
        ("de", "Nordhafen schließt der Staat Velmara"),
    ],
)
def test_another_order_of_words_is_not_taken_for_the_reverse(language: str, label: str) -> None:
    assert [result.message for result in relations_way_round(labelled("001-1", label, language))] == []


@pytest.mark.parametrize(
    ("name", "language", "label"),
    [
        ("001-1", "en", "Velmara closes North Harbour, in Tarn, in March 2031"),
        ("001-1", "en", "Velmara shuts the Port of Tarn"),  # the printed verb, and another name
        ("001-1", "en", "The closing of North Harbour by Velmara"),
        ("001-2", "en", "Ostrin claims that North Harbour cannot be closed again"),
        ("002-1", "en", "Dockers frequently refuse the plan for a closure, in exchange for new cranes"),
        ("002-2", "en", "Velmara and Ostrin will probably still not demand that Velmara never close North Harbour"),
        ("003-3", "en", "To Ostrin, any closure plan needs dredging, new cranes, or both"),
        ("003-4", "en", "No sign of a closure of North Harbour"),
        ("004-2", "en", "Who pays for the dredging?"),
        ("006-1", "en", "Dockers say there must be at least 2,311 jobs in March 2031"),
        ("006-1", "en", "Dockers say that at least 2.311 thousand jobs have to be there"),
        ("002-1", "de", "Hafenarbeiter lehnen den Plan zur Schließung oft ab"),
        ("006-1", "de", "Laut Hafenarbeitern müssen es im März 2031 mindestens 2.311 Arbeitsplätze sein"),
    ],
)
def test_a_label_that_says_what_the_triples_say_is_passed(name: str, language: str, label: str) -> None:
    assert [result.message for result in found(name, label, language)] == []


@pytest.mark.parametrize(
    ("name", "language", "label", "more"),
    [
        ("001-1", "en", "Velmara and Ostrin close North Harbour", ["Ostrin"]),
        ("001-1", "en", "Velmara closes North Harbour for 40 days", ["days", "40"]),
        ("001-1", "en", "Velmara never closes North Harbour", ["never"]),
        ("001-1", "en", "Velmara may close North Harbour", ["may"]),
        ("001-1", "en", "Velmara often closes North Harbour", ["often"]),
        ("001-1", "en", "Velmara closes the profitable North Harbour", ["profitable"]),
        ("001-1", "en", "Velmara says it closes North Harbour", ["says"]),
        ("002-3", "en", "Nobody supposed that Velmara would close North Harbour", ["supposed"]),
        ("002-1", "en", "Dockers often reject closure plan: Velmara might not close it", ["might", "not"]),
        ("006-1", "en", "Dockers say there must be at least 2,312 jobs", ["2,312"]),
        ("006-1", "en", "Dockers say there must be three million jobs", ["three", "million"]),
        ("002-1", "de", "Hafenarbeiter in Ulm lehnen den Schließungsplan nie ab", ["Ulm", "nie"]),
        ("006-1", "de", "Hafenarbeiter sagen: möglich sind 2.312 Arbeitsplätze", ["möglich", "2,312"]),
    ],
)
def test_a_name_number_negation_hedge_or_word_that_no_term_carries_is_found(
    name: str, language: str, label: str, more: list[str]
) -> None:
    (result,) = found(name, label, language)
    assert (result.severity, result.shape, str(result.value)) == (WARNING, "LabelSaysMore", label)
    assert result.message is not None
    assert result.message.startswith(f"The label says {', '.join(f'“{word}”' for word in more)}, which no term")


def test_a_written_reason_silences_the_check() -> None:
    assert found("001-1", "Velmara never closes it", "en")
    assert not found("001-1", "Velmara never closes it", "en", note=True)


@pytest.mark.parametrize(
    ("name", "language", "label"),
    [
        ("002-3", "en", "Velmara closes North Harbour"),
        ("002-3", "de", "Velmara schließt den Nordhafen"),
        ("003-2", "en", "The closure plan is only symbolic"),
    ],
)
def test_a_label_that_affirms_what_the_triples_deny_is_found(name: str, language: str, label: str) -> None:
    (result,) = labels_without_negation(labelled(name, label, language))
    assert (result.severity, result.shape, str(result.value)) == (WARNING, "LabelNegated", label)
    assert not list(labels_without_negation(labelled(name, label, language, note=True))), "a reason is written"


@pytest.mark.parametrize(
    ("name", "language", "label"),
    [
        ("001-1", "en", "Velmara closes North Harbour"),  # what is not negated
        ("002-3", "en", "Velmara does not close North Harbour"),
        ("002-3", "en", "Velmara doesn’t close North Harbour"),
        ("002-3", "en", "Velmara refuses to close North Harbour"),
        ("002-3", "en", "Velmara fails to close any harbour"),
        ("002-3", "de", "Velmara schließt den Nordhafen nie"),
        ("002-3", "de", "Velmara schließt keinen Hafen"),
        ("002-3", "fr", "Velmara ferme le port"),  # which is not read
        ("003-2", "en", "The closure plan is unsymbolic"),
        ("003-2", "de", "Der Schließungsplan ist nichtsymbolisch"),
    ],
)
def test_a_label_that_denies_in_any_way_is_passed(name: str, language: str, label: str) -> None:
    assert not list(labels_without_negation(labelled(name, label, language)))


def test_a_label_in_a_language_that_is_not_read_is_left_alone() -> None:
    assert not found("001-1", "Velmara ne ferme jamais le port", "fr")


@pytest.mark.parametrize(
    ("turtle", "shape", "why"),
    [
        ('code:x att:forms "go, goes"@en', "VerbForms", "att:forms “go, goes” is not three forms"),
        ('code:x att:passiveForms "go, goes,"@en', "VerbForms", "att:passiveForms “go, goes,” is not three forms"),
        ('code:x a att:Relation ; att:template "{subject} {objekt}"@en', "ClauseTemplate", "{subject}, {object}"),
        ('code:x a att:Relation ; att:template "{clause}"@en', "ClauseTemplate", "needs slots"),
        ('code:x att:template "{subject} {verb}"@en', "ClauseTemplate", "{clause}, {and}"),
        ('code:x att:template "no slot"@en', "ClauseTemplate", "needs slots"),
        ('code:x a att:Relation ; att:template "{subject}[ {verb}"@en', "ClauseTemplate", "without its other half"),
        ('code:x a att:Relation ; att:template "{subject}[ {verb}] {object}"@en', None, ""),
        ('code:x att:template "either {or}"@en ; att:forms "go, goes, go"@en', None, ""),
    ],
)
def test_forms_and_patterns_that_no_reading_could_use_are_found(turtle: str, shape: str | None, why: str) -> None:
    corpus = Corpus(Iris(BASE))
    prefixes = "@prefix att: <ns#> . @prefix code: <code/> . "
    corpus.data = Graph().parse(data=f"{prefixes}{turtle} .", format="turtle", publicID=BASE)
    results = list(unusable_phrases(corpus))
    assert [result.shape for result in results] == ([shape] if shape else [])
    assert all(why in str(result.message) for result in results)


def test_forms_and_patterns_of_the_code_lists_can_be_used() -> None:
    corpus = Corpus(Iris(BASE))
    for file in sorted((HOME / "data" / "codes").glob("*.ttl")):
        corpus.data.parse(file, format="turtle", publicID=BASE)
    assert len(list(corpus.data.subject_objects(URIRef(BASE + "ns#forms")))) > 20
    assert [(result.focus, result.message) for result in unusable_phrases(corpus)] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("closes", "closing"), ("guarantees", "guarantee"), ("parties", "party"), ("security", "secure")],
)
def test_endings_do_not_matter(one: str, other: str) -> None:
    assert stem(one, "en") == stem(other, "en")


def test_numbers_are_compared_by_value_in_each_language() -> None:
    assert numbers("$66B and 1.5", "en") == numbers("66 Milliarden und 1,5", "de")


def test_no_word_that_must_be_checked_counts_as_empty() -> None:
    for language in ("en", "de"):
        known = meanings(language)
        assert not {word for word in known.empty if known.is_strict(word)}
        assert all(known.is_strict(stem(word, language)) for word in ("not", "nicht", "may", "kann", "often", "oft"))
