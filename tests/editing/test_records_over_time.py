"""A name that was given up leads on, or says why it is gone, and is never used again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS, Namespace

from kg import cli
from kg.corpus.sources.load import load_corpus
from kg.corpus.validation.validate import check
from kg.settings import Settings

ATT = Namespace("https://attested.example/ns#")
ID = Namespace("https://attested.example/id/")


@pytest.fixture
def settings(three_articles: Settings, tmp_path: Path) -> Settings:
    return three_articles.with_(data=Path(shutil.copytree(three_articles.data_dir, tmp_path / "data")), texts=None)


def run(settings: Settings, *arguments: str) -> str:
    environment = {name: None for name in os.environ if name.startswith("KG_")}
    result = CliRunner().invoke(cli.main, [*arguments, "--data", str(settings.data_dir)], env=environment)
    assert result.exit_code == 0, result.output
    return result.stdout


def refuse(settings: Settings, *arguments: str) -> str:
    before = {path: path.read_bytes() for path in settings.data_dir.rglob("*.ttl")}
    environment = {name: None for name in os.environ if name.startswith("KG_")}
    result = CliRunner().invoke(cli.main, [*arguments, "--data", str(settings.data_dir)], env=environment)
    assert result.exit_code == 1, result.output
    assert {path: path.read_bytes() for path in settings.data_dir.rglob("*.ttl")} == before
    return " ".join(result.stderr.split())


def data(settings: Settings) -> Graph:
    return load_corpus(settings).data


def uses(graph: Graph, thing: URIRef) -> int:
    return sum(1 for _ in graph.subjects(None, thing))


def shapes(settings: Settings) -> set[str]:
    return {result.shape for result in check(settings).results}


def test_a_renamed_record_keeps_its_uses_and_its_old_name_leads_to_it(settings: Settings) -> None:
    before = uses(data(settings), ID.kremlin)
    run(settings, "rename", "id:kremlin", "id:the-kremlin")
    graph = data(settings)
    assert uses(graph, ID["the-kremlin"]) == before + 1  # the history leads to it
    assert uses(graph, ID.kremlin) == 0
    assert graph.value(ID.kremlin, DCTERMS.isReplacedBy) == ID["the-kremlin"]
    assert graph.value(ID.kremlin, RDF.type) == ATT.FormerRecord
    assert shapes(settings) == set()


def test_a_merged_record_gives_its_names_and_links_to_the_other(settings: Settings) -> None:
    run(settings, "add", "organisation", "The Moscow Kremlin", "--de", "Moskauer Kreml", "--name", "kreml")
    graph = data(settings)
    before = uses(graph, ID.kremlin)
    assert "taken over" in run(settings, "merge", "id:kremlin", "id:kreml")
    graph = data(settings)
    assert {"Kremlin", "Kreml"} <= {str(name) for name in graph.objects(ID.kreml, SKOS.altLabel)}
    assert graph.value(ID.kreml, ATT.actsFor) == ID.russia
    assert uses(graph, ID.kreml) == before + 1
    assert graph.value(ID.kremlin, DCTERMS.isReplacedBy) == ID.kreml
    assert shapes(settings) <= {"LabelSaysMore"}


def test_names_that_led_to_a_record_lead_on_when_that_is_given_up_too(settings: Settings) -> None:
    run(settings, "rename", "id:kremlin", "id:kreml-one")
    run(settings, "rename", "id:kreml-one", "id:kreml-two")
    graph = data(settings)
    assert set(graph.objects(ID.kremlin, DCTERMS.isReplacedBy)) == {ID["kreml-two"]}


def test_what_used_a_split_record_becomes_a_draft(settings: Settings) -> None:
    for label, name in (("harbour pilots", "group-one"), ("crane drivers", "group-two")):
        run(settings, "add", "group", label, "--de", f"{label} (de)", "--name", name)
    run(settings, "add", "group", "dock hands", "--de", "Hafenleute", "--name", "group-both")
    path = settings.data_dir / "articles" / "skarrow-audit" / "statements.ttl"
    text = path.read_text("utf-8")
    path.write_text(text.replace("att:subject id:brackwater-dredging", "att:subject id:group-both", 1), "utf-8")
    told = run(settings, "split", "id:group-both", "id:group-one", "id:group-two")
    assert "a draft now: article/skarrow-audit/statement/" in told
    graph = data(settings)
    assert set(graph.objects(ID["group-both"], DCTERMS.isReplacedBy)) == {ID["group-one"], ID["group-two"]}
    assert len(set(graph.subjects(ATT.draft, None))) == 1
    assert "was split into id:group-one, id:group-two" in path.read_text("utf-8")


def test_a_withdrawn_statement_is_gone_with_its_words_and_says_why(settings: Settings) -> None:
    name = "article/skarrow-audit/statement/003-1"
    run(settings, "withdraw", name, "--why", "The caption was taken back by the paper.")
    graph = data(settings)
    statement = URIRef(f"https://attested.example/{name}")
    assert graph.value(statement, RDF.type) == ATT.FormerRecord
    assert graph.value(statement, ATT.evidence) is None
    assert not [s for s in graph.subjects() if str(s).startswith(f"{statement}#")]
    assert shapes(settings) == set()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("withdraw", "id:kremlin", "--why", "x"), "id:kremlin is used by article/florida-talks/statement/"),
        (("withdraw", "id:nobody", "--why", "x"), "There is no record id/nobody. See kg find."),
        (("rename", "id:kremlin", "id:russia"), "id/russia exists already. See kg merge."),
        (("rename", "id:kremlin", "code:kremlin"), "lie in different places"),
        (("merge", "id:kremlin", "id:putin"), "of different kinds"),
        (("merge", "id:kremlin", "id:kremlin"), "cannot be merged with itself"),
        (("split", "id:kremlin", "id:putin"), "split into two or more"),
        (("rename", "kremlin", "id:x"), "is no name of a record"),
        (("withdraw", "article/nowhere/statement/001-1", "--why", "x"), "There is no"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    settings: Settings, arguments: tuple[str, ...], message: str
) -> None:
    assert message in refuse(settings, *arguments)


def test_a_name_that_was_given_up_is_not_given_again(settings: Settings) -> None:
    run(settings, "rename", "id:kremlin", "id:the-kremlin")
    assert "named something else once" in refuse(settings, "rename", "id:putin", "id:kremlin")
    assert "named something else once" in refuse(settings, "add", "person", "Kremlin", "--de", "K", "--anyway")
