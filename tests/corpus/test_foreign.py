"""An untrusted folder of data: whatever is in it, ``kg check`` and ``kg build`` say what and end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.endpoints import Canary
from helpers.slow import mostly_slow
from kg.settings import Settings

ARTICLE = "articles/sample/hostile.ttl"
PREFIXES = """\
@prefix att: <ns#> . @prefix code: <code/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""


def kg(sample: Settings, command: str, **environment: str) -> tuple[int, str]:
    """Run a command on the sample; return its exit status and all that it printed."""
    arguments = [sys.executable, "-m", "kg.cli", command]
    variables = os.environ | sample.to_environment() | environment
    done = subprocess.run(arguments, capture_output=True, text=True, env=variables, timeout=120)
    return done.returncode, done.stdout + done.stderr


def lay(sample: Settings, text: str, name: str = ARTICLE) -> Path:
    path = sample.data_dir / name
    path.write_text(text, "utf-8")
    return path


def test_the_sample_alone_conforms(sample: Settings) -> None:
    assert kg(sample, "check")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "<id/a> <ns#p> " + "(" * 100_000 + ")" * 99_999 + " .",
        "<id/a> <ns#p> " + "[ <ns#p> " * 100_000 + "]" * 100_000 + " .",
        "<id/a> <ns#p> " + "(" * 100_000,
        "[" * 100_000,
    ],
    ids=["lists", "blank nodes", "open lists", "open brackets"],
)
def test_deep_nesting_is_a_mistake_in_its_file(sample: Settings, text: str) -> None:
    lay(sample, text)
    status, said = kg(sample, "check")
    assert status == 1
    assert "hostile.ttl:1: violation [Syntax]" in said
    assert "Traceback" not in said


def test_a_deep_list_that_is_turtle_ends_at_the_limit_and_names_its_file(sample: Settings) -> None:
    lay(sample, "<id/a> <ns#p> " + "(" * 100_000 + ")" * 100_000 + " .")
    status, said = kg(sample, "check", KG_CHECK_MEMORY="1000000000")
    assert status == 1
    assert ARTICLE in said
    assert "KG_CHECK_MEMORY" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("changes", "limit"),
    [({"KG_CHECK_SECONDS": "4"}, "KG_CHECK_SECONDS"), ({"KG_CHECK_MEMORY": "400000000"}, "KG_CHECK_MEMORY")],
)
@pytest.mark.parametrize("command", mostly_slow(["check", "build", "coverage"], ["check"]))
def test_a_list_of_a_million_ends_at_the_limit_and_names_its_file(
    sample: Settings, command: str, changes: dict[str, str], limit: str
) -> None:
    lay(sample, "<id/a> <ns#p> (" + " 1" * 1_000_000 + ") .")
    status, said = kg(sample, command, RUST_BACKTRACE="1", **changes)
    assert status == 1
    assert ARTICLE in said
    assert limit in said
    assert "Traceback" not in said
    assert "stack backtrace" not in said  # to print one takes memory; a process without any waited for ever
    assert not (sample.releases / "current").exists()
    assert not list(sample.releases.glob("*/manifest.json"))


def test_a_file_past_the_limit_is_not_read(sample: Settings) -> None:
    lay(sample, "#" * 200_000)
    status, said = kg(sample, "check", KG_CHECK_BYTES="150000")
    assert status == 1
    assert ARTICLE in said
    assert "KG_CHECK_BYTES" in said


def test_a_pipe_is_not_waited_for(sample: Settings) -> None:
    os.mkfifo(sample.data_dir / ARTICLE)
    status, said = kg(sample, "check")
    assert (status, "no regular file" in said, ARTICLE in said) == (1, True, True)


@pytest.mark.parametrize("target", ["/etc/passwd", "/dev/zero", "../../../ontology/kg.ttl", "hostile.ttl", "nowhere"])
def test_a_link_leads_nowhere_else(sample: Settings, target: str) -> None:
    (sample.data_dir / ARTICLE).symlink_to(target)
    status, said = kg(sample, "check")
    assert (status, ARTICLE in said) == (1, True)
    assert "root:" not in said
    assert "Traceback" not in said


def test_a_folder_may_be_no_link_out_either(sample: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.ttl").write_text("<id/a> a <ns#Topic> .")
    (sample.data_dir / "articles" / "linked").symlink_to(outside)
    status, said = kg(sample, "check")
    assert (status, "leads out of" in said) == (1, True)


def test_a_folder_called_as_a_file_is_told_of(sample: Settings) -> None:
    (sample.data_dir / ARTICLE).mkdir()
    status, said = kg(sample, "check")
    assert (status, "no regular file" in said or "directory" in said, ARTICLE in said) == (1, True, True)


@pytest.mark.parametrize("suffix", mostly_slow([".rdf", ".jsonld", ".nt", ".trig", ".owl", ".TTL"], [".rdf", ".TTL"]))
def test_rdf_in_another_form_is_not_passed_over(sample: Settings, suffix: str) -> None:
    lay(sample, "", ARTICLE.replace(".ttl", suffix))
    status, said = kg(sample, "check")
    assert (status, "data are Turtle" in said) == (1, True)


SHAPE = """
<id/rule> a sh:NodeShape ; rdfs:label "a rule"@en ; sh:targetClass att:Topic, att:State, att:Article, att:Assertion ;
  sh:property [ sh:path rdfs:label ; sh:maxCount 0 ; sh:pattern "^(a+)+$" ; sh:message "FOREIGN" ] ;
  sh:sparql [ sh:message "FOREIGN" ; sh:select "SELECT $this WHERE { SERVICE <URL> { ?s ?p ?o } }" ] .
<id/rule> owl:imports <URL> ; sh:shapesGraph <URL> .
"""


def test_shapes_among_the_data_are_never_run(sample: Settings) -> None:
    canary = Canary()
    try:
        lay(sample, PREFIXES + SHAPE.replace("URL", canary.url))
        status, said = kg(sample, "check")
        assert not canary.was_called()
    finally:
        canary.close()
    assert status == 1  # what sh:NodeShape is, the ontology does not say
    assert "id/rule" in said
    assert "FOREIGN" not in said


@pytest.mark.parametrize("where", ["WHERE { SERVICE <URL> { ?s ?p ?o } }", "FROM <URL> WHERE { $this ?p ?o }"])
def test_no_shape_of_our_own_reaches_another_server(sample: Settings, where: str) -> None:
    canary = Canary()
    shape = """
<shapes#Caller> a sh:NodeShape ; sh:targetClass att:Article ; sh:message "x"@en ;
  sh:sparql [ sh:message "x" ; sh:select "SELECT $this %s" ] .
"""
    try:
        with (sample.ontology_dir / "shapes.ttl").open("a", encoding="utf-8") as file:
            file.write(shape % where.replace("URL", canary.url))
        status, said = kg(sample, "check")
        assert not canary.was_called()
    finally:
        canary.close()
    assert status == 1  # what asks for SERVICE is ended, and FROM names no graph that is there
    assert "What the folder holds asked for another server" in said or "sample: x" in said


LITERALS = {
    "long": '"' + "a" * 1_000_000 + '"@en',
    "words": '"' + "a " * 500_000 + '"@en',
    "spaces": '"' + " " * 1_000_000 + '"@en',
    "digits": '"' + "1" * 1_000_000 + '"^^xsd:integer',
    "exponent": '"1E999999999"^^xsd:decimal',
    "number with an exponent": '"1E999999999"^^xsd:integer',
    "markup": '"' + "<a>" * 200_000 + '"^^rdf:HTML',
    "entities": '"<!DOCTYPE a [<!ENTITY b SYSTEM \\"file:///etc/passwd\\">]><a>&b;</a>"^^rdf:XMLLiteral',
    "duration": '"P' + "9" * 1_000_000 + 'Y"^^xsd:duration',
    "day": '"99999999999-01-01"^^xsd:date',
}


ALL_LITERALS = tuple(LITERALS)


@pytest.mark.parametrize("names", mostly_slow([ALL_LITERALS, *((name,) for name in LITERALS)], [ALL_LITERALS]))
def test_no_literal_is_without_end_to_a_shape(sample: Settings, names: tuple[str, ...]) -> None:
    properties = ("hedge", "digest", "printed", "value", "quoted", "firstDay", "cell")
    for number, literal in enumerate((LITERALS[name] for name in names), start=1):
        uses = " ; ".join(f"att:{name} {literal}" for name in properties)
        text = f"<article/sample/statement/900-{number}> a att:Figure ; {uses} ; rdfs:label {literal} ."
        lay(sample, PREFIXES + text, f"articles/sample/hostile-{number}.ttl")
    status, said = kg(sample, "check", KG_CHECK_SECONDS="90")
    assert status == 1
    assert "KG_CHECK_" not in said
    assert "root:" not in said
    assert "The data do not conform" in said, said[-300:]
