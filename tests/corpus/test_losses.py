"""What a passage says and no statement of it keeps is found, and what is kept is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Literal, URIRef
from rdflib.namespace import SKOS, Namespace

from helpers.serving import HOME
from kg.corpus.evidence import check as evidence
from kg.corpus.evidence.coverage import measure_coverage
from kg.corpus.report import WARNING, Result
from kg.corpus.sources.load import Corpus, load_corpus
from kg.release.work.build import build
from kg.settings import Settings

ATT = Namespace("https://attested.example/ns#")
SAMPLE = (HOME / "tests" / "data" / "texts" / "sample.txt").read_text("utf-8")


@pytest.fixture
def corpus(sample_home: Path) -> Corpus:
    return load_corpus(Settings(home=sample_home))


def losses(corpus: Corpus, text: str = SAMPLE) -> list[Result]:
    return [r for r in evidence.check_article(corpus, "sample", text) if r.shape == "FactKept"]


def passage(name: str) -> URIRef:
    return URIRef(f"https://attested.example/article/sample/passage/{name}")


def lose(corpus: Corpus, name: str, *properties: str) -> None:
    """Take some properties, and all words, from the statements that rest on a passage."""
    graph = corpus.graph("article/sample")
    for statement in list(graph.subjects(ATT.evidence, passage(name))):
        for predicate in (*properties, "words", "verb"):
            for held in (graph, corpus.data):
                held.remove((statement, ATT[predicate], None))


@pytest.mark.parametrize(
    ("name", "properties", "words"),
    [
        ("005", ("modality",), {"could"}),
        ("005", ("conditionKind",), {"If"}),
        ("012", ("bound",), {"at-least 1,240"}),
        ("003", (), {"a front door"}),
        ("004", ("attribution", "holder", "relation"), {"says"}),
    ],
)
def test_what_no_statement_keeps_is_told_once_with_its_words(
    corpus: Corpus, name: str, properties: tuple[str, ...], words: set[str]
) -> None:
    assert losses(corpus) == []
    lose(corpus, name, *properties)
    found = losses(corpus)
    assert {str(r.value) for r in found} >= words
    assert {r.severity for r in found} == {WARNING}
    assert all(str(r.focus).rpartition("/")[2].startswith(f"{name}-") for r in found)
    assert all(f"“{r.value!s}”" in str(r.message) for r in found)


def test_a_negation_that_is_lost_is_found(corpus: Corpus) -> None:
    text = SAMPLE.replace("it stayed dry", "it did not flood").ljust(len(SAMPLE))
    assert {str(r.value) for r in losses(corpus, text)} >= {"not"}


def test_a_note_on_the_passage_stands_for_one_who_has_looked(corpus: Corpus) -> None:
    lose(corpus, "003")
    assert losses(corpus)
    corpus.graph("article/sample").add((passage("003"), SKOS.editorialNote, Literal("Said elsewhere.", "en")))
    assert losses(corpus) == []


def texts() -> Iterator[tuple[str, str]]:
    for slug in ("skarrow-audit", "wasser-halmstetten"):
        yield slug, (HOME / "tests" / "data" / "articles" / slug / "text.txt").read_text("utf-8")


def test_in_the_invented_articles_nothing_is_said_to_be_lost(three_articles: Settings) -> None:
    corpus = load_corpus(three_articles)
    for slug, text in texts():
        found = [r for r in evidence.check_article(corpus, slug, text) if r.shape == "FactKept"]
        assert [(str(r.focus), str(r.value)) for r in found] == []


def test_coverage_counts_facts_and_not_only_passages(corpus: Corpus) -> None:
    (before,) = measure_coverage(corpus, "sample", texts={"sample": SAMPLE})
    lose(corpus, "005", "modality", "conditionKind")
    (after,) = measure_coverage(corpus, "sample", texts={"sample": SAMPLE})
    one = next(p for p in after.passages if p.number == 5)
    assert one.state == "encoded"
    assert set(one.lost) >= {"If", "could"}
    assert sum(p.facts or 0 for p in before.passages) == sum(p.facts or 0 for p in after.passages)
    assert sum(p.kept or 0 for p in after.passages) <= sum(p.kept or 0 for p in before.passages) - 2
    assert "not kept: " in after.to_text()
    assert "facts kept" in after.to_text()


QUOTED = 's:003-1\\#w1 a att:Quotation ; att:printed "a front door" ; att:quotedFrom id:ada-quill .\n'
KEPT = """
s:003-2 a att:Assertion ;
  rdfs:label "Ada Quill mends the pier"@en ;
  att:evidence p:003 ;
  att:subject id:ada-quill ;
  att:relation code:harrowmere-mends ;
  att:object id:harrowmere-pier ;
  att:modality code:supposed ;
  att:words s:003-2\\#w1 .
s:003-2\\#w1 a att:Quotation ; att:printed "a front door" ; att:quotedFrom id:ada-quill .
"""


def test_a_release_no_longer_tells_of_a_loss_that_another_statement_of_the_passage_mends(sample: Settings) -> None:
    folder = sample.data_dir / "articles" / "sample"
    words, statements = folder / "words.ttl", folder / "statements-001.ttl"
    words.write_text(words.read_text("utf-8").replace("<article/sample/statement/003-1#w1>", "# gone"), "utf-8")
    text = statements.read_text("utf-8").replace(QUOTED, "").replace("  att:words s:003-1\\#w1 ;\n", "")
    statements.write_text(text, "utf-8")
    assert [r.shape for r in build(sample, lambda _: None)[1].results] == ["FactKept"]
    statements.write_text(text + KEPT, "utf-8")
    assert build(sample, lambda _: None)[1].results == ()
