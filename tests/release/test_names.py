"""What was published under a name of an article is not lost without a record, and not taken for something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import Graph, URIRef
from rdflib.namespace import RDF

from corpus.validation.test_advice import HEAD
from helpers.releasing import begin
from helpers.writing import WritingServer
from kg import cli
from kg.errors import NotConforming
from kg.release.publish import Releases
from kg.release.work.build import build
from kg.settings import Settings
from kg.terms import Iris

NAME = "article/sample/statement/027-2"
STATEMENT = f"""\
{HEAD}s:NUMBER a att:Assertion ;
  rdfs:label "LABEL"@en ;
  att:claimant v:voice ;
  att:evidence p:027 ;
  att:subject id:harrowmere-council ;
  att:relation RELATION ;
  att:object id:harrowmere-quay ;
  att:modality code:flat .
"""
FIRST = {"NUMBER": "027-2", "LABEL": "The town council pays for the quay", "RELATION": "code:harrowmere-pays"}


def state(settings: Settings, **parts: str) -> Path:
    """Put one statement more into the article, with these parts in place of those of the first."""
    text = STATEMENT
    for name, part in (FIRST | parts).items():
        text = text.replace(name, part)
    path = settings.data_dir / "articles" / "sample" / "more.ttl"
    path.write_text(text, "utf-8")
    return path


def run(settings: Settings, *arguments: str) -> Result:
    environment = {name: None for name in os.environ if name.startswith("KG_")}
    environment |= {"KG_HOME": str(settings.home), "KG_RELEASES": str(settings.releases)}
    return CliRunner().invoke(cli.main, list(arguments), env=environment)


def publish(settings: Settings) -> str:
    manifest, _, is_new = build(settings, lambda _: None)
    assert is_new
    return manifest.id


def refusal(settings: Settings) -> str:
    before = Releases(settings.releases).active_id()
    with pytest.raises(NotConforming) as refused:
        build(settings, lambda _: None)
    assert Releases(settings.releases).active_id() == before
    return str(refused.value)


@pytest.fixture
def own(sample: Settings, sample_release: Path) -> Settings:
    """A published article with one statement more, without its text."""
    settings = sample.with_(texts=None)
    begin(sample_release, settings)
    state(settings)
    publish(settings)
    return settings


def test_a_published_statement_that_is_deleted_stops_the_build_until_that_is_recorded(own: Settings) -> None:
    state(own).unlink()
    told = refusal(own)
    assert told.startswith(f"{NAME} was published, and is in no file any more. ")
    assert f'kg withdraw {NAME} --why "…"' in told
    result = run(own, "withdraw", NAME, "--why", "It was a mistake.")
    assert result.exit_code == 0, result.output
    history = Graph().parse(own.data_dir / "articles" / "sample" / "history.ttl", publicID=own.base_iri)
    iri = URIRef(own.base_iri + NAME)
    assert history.value(iri, RDF.type) == URIRef(Iris(own.base_iri).term("FormerRecord"))
    publish(own)
    assert run(own, "withdraw", NAME, "--why", "Again.").exit_code == 1, "it is recorded once"


def test_a_published_name_that_another_statement_bears_stops_the_build_until_that_has_its_own(own: Settings) -> None:
    other = {"LABEL": "The town council mends a pier", "RELATION": "code:harrowmere-mends"}
    path = state(own, **other)
    path.write_text(path.read_text("utf-8").replace("id:harrowmere-council", "id:harrowmere-county"), "utf-8")
    path.write_text(path.read_text("utf-8").replace("id:harrowmere-quay", "id:harrowmere-pier"), "utf-8")
    assert refusal(own).startswith(f"{NAME} was published, and names another statement now. ")
    path.write_text(path.read_text("utf-8").replace("s:027-2", "s:027-3"), "utf-8")
    assert run(own, "withdraw", NAME, "--why", "It was a mistake.").exit_code == 0
    publish(own)


@pytest.mark.parametrize("part", ["LABEL", "RELATION"])
def test_a_published_statement_that_is_corrected_keeps_its_name(own: Settings, part: str) -> None:
    corrected = {"LABEL": "The council pays for the quay", "RELATION": "code:harrowmere-mends"}
    state(own, **{part: corrected[part]})
    publish(own)


def test_what_was_never_published_is_free(own: Settings) -> None:
    state(own, NUMBER="027-3")
    run(own, "withdraw", NAME, "--why", "It was a mistake.")
    state(own, NUMBER="027-4")
    publish(own)
    result = run(own, "withdraw", "article/sample/statement/027-3", "--why", "x")
    assert "There is no record article/sample/statement/027-3" in result.stderr


def test_what_only_a_write_over_http_said_is_lost_by_a_build_of_the_files_and_what_these_said_is_not(
    own: Settings,
) -> None:
    server = WritingServer(own.releases, KG_HOME=str(own.home))
    try:
        graph, name = f"{own.base_iri}graph/article/sample", own.base_iri + NAME
        copied = f"GRAPH <{graph}> {{ <{name[:-1]}9> ?p ?o }} }} WHERE {{ GRAPH <{graph}> {{ <{name}> ?p ?o }}"
        answer = server.update(f"INSERT {{ {copied} }}")
        assert answer.status == 200, answer.text
    finally:
        server.stop()
    text = state(own).read_text("utf-8")
    state(own).unlink()
    told = refusal(own)
    assert told.startswith(f"{NAME} was published, and is in no file any more. ")
    assert "027-9" not in told
    state(own).write_text(text, "utf-8")
    publish(own)
