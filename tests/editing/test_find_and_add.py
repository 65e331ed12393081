"""What there is already is found by any name; what is new is added once, in its place, and whole."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner, Result

from helpers.serving import HOME
from kg import cli
from kg.corpus.report import Report
from kg.corpus.sources.load import Corpus, load_corpus
from kg.corpus.validation.validate import validate_corpus
from kg.editing.add import New
from kg.editing.add import add as add_record
from kg.editing.find import find
from kg.errors import DataError
from kg.settings import Settings


@pytest.fixture(scope="module")
def corpus(three_articles: Settings) -> Corpus:
    return load_corpus(three_articles)


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """A copy of the repository's data."""
    return Path(shutil.copytree(HOME / "data", tmp_path / "one"))


@pytest.fixture
def data(three_articles: Settings, tmp_path: Path) -> Path:
    return Path(shutil.copytree(three_articles.data_dir, tmp_path / "data"))


def run(data: Path, *arguments: str) -> Result:
    environment = {name: None for name in os.environ if name.startswith("KG_")}
    return CliRunner().invoke(cli.main, [*arguments, "--data", str(data)], env=environment)


def add(data: Path, *arguments: str) -> str:
    result = run(data, "add", *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refuse(data: Path, *arguments: str) -> str:
    before = {path: path.read_bytes() for path in data.rglob("*.ttl")}
    result = run(data, "add", *arguments)
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert {path: path.read_bytes() for path in data.rglob("*.ttl")} == before
    return " ".join(result.stderr.split())


# Finding


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("Kremlin", "id:kremlin"),
        ("kreml", "id:kremlin"),  # its German name
        ("Kyiv", "id:ukraine"),  # another name
        ("Vladimir", "id:putin"),  # a part of one
        ("is demanded by", "code:demands"),  # the inverse of a relation
        ("strebt an", "code:seeks"),
        ("the west", "id:the-west"),  # whatever article stands before it
        ("united natons", "id:united-nations"),  # misspelt
        ("mindestens", "code:at-least"),
    ],
)
def test_a_record_is_found_by_any_of_its_names(corpus: Corpus, words: str, first: str) -> None:
    assert find(corpus, words)[0].name == first


def test_a_record_is_told_with_its_kind_names_meaning_uses_and_examples(corpus: Corpus) -> None:
    (record,) = find(corpus, "Kremlin", kind="organisation", most=1)
    assert record.kind == "organisation"
    assert record.labels == {"en": "Kremlin", "de": "Kreml"}
    assert record.definition == "The Kremlin as one that speaks for Russia, not the building."
    used = {str(s).partition("#")[0] for s in corpus.graph("article/florida-talks").subjects(None, None)}
    assert 0 < record.uses <= len(used)
    assert record.examples[0].startswith("article/florida-talks/")
    assert [record.name for record in find(corpus, "demands", kind="relation", most=1)] == ["code:demands"]


def test_a_definition_is_found_by_its_words_behind_what_is_so_named(corpus: Corpus) -> None:
    assert "id:kremlin" in [record.name for record in find(corpus, "speaks building", most=50)]
    assert find(corpus, "chinchilla farming") == []
    assert "id:kremlin" in [record.name for record in find(corpus, "chinchillas of the kremlin")]


def test_a_kind_that_there_is_none_of_is_refused_with_those_that_there_are(data: Path) -> None:
    result = run(data, "find", "x", "--kind", "animal")
    assert result.exit_code == 1
    assert "There is no kind 'animal'. There is" in result.stderr
    assert "relation" in result.stderr


def test_find_prints_lines_or_json(data: Path) -> None:
    text = run(data, "find", "Kremlin", "--most", "1").stdout
    assert text.startswith("id:kremlin  [organisation]  Kremlin · Kreml\n    The Kremlin as one")
    assert json.loads(run(data, "find", "Kremlin", "--format", "json").stdout)[0]["name"] == "id:kremlin"
    assert "kg add" in run(data, "find", "chinchilla farming").stdout
    units = [line.split()[0] for line in run(data, "find", "--kind", "unit").stdout.splitlines() if line[0] != " "]
    recorded = (re.findall("^(code:.*) a att:Unit ", p.read_text("utf-8"), re.M) for p in data.glob("codes/*.ttl"))
    assert sorted(units) == sorted(chain.from_iterable(recorded))
    assert "WORDS" in run(data, "find").stderr


# Adding


def test_a_record_stands_in_the_file_of_its_class_behind_its_neighbour_by_name(one: Path) -> None:
    path = one / "authority" / "actors.ttl"
    before = path.read_text("utf-8")
    add(one, "person", "Rasmus Kragh", "--de", "Rasmus Kragh", "--also", "R. Kragh", "--set", "att:actsFor id:nato")
    after = path.read_text("utf-8")
    made = (
        'id:rasmus-kragh a att:Person ;\n  rdfs:label "Rasmus Kragh"@en , "Rasmus Kragh"@de ;\n'
        '  skos:altLabel "R. Kragh"@en ;\n  att:actsFor id:nato .\n\n'
    )
    assert made in after
    assert after.replace(made, "") == before
    at = after.index(made)
    people = [part.split()[0] for part in after[:at].split("\n\n") if " a att:Person " in part.split("\n")[0]]
    assert people[-1] == max(name for name in people if name < "id:rasmus-kragh")


def test_a_narrower_term_stands_with_its_siblings(data: Path) -> None:
    said = ("--set", "skos:broader code:seeks", "--set", 'att:subjectRole "hoper"@en , "Hoffender"@de')
    said += (
        "--set",
        'att:objectRole "hope"@en , "Erhofftes"@de',
        "--set",
        'att:inverseLabel "is hoped for by"@en , "wird erhofft von"@de',
    )
    said += ("--set", 'att:forms "hope for, hopes for, hope for"@en , "erhoffen, erhofft, erhoffen"@de')
    words = ("--definition", "The subject hopes for the object.", "--definition-de", "Das Subjekt erhofft das Objekt.")
    add(data, "relation", "hopes for", "--de", "erhofft", *words, *said)
    blocks = (data / "codes" / "relation.ttl").read_text("utf-8").split("\n\n")
    place = next(i for i, block in enumerate(blocks) if block.startswith("code:hopes-for a att:Relation"))
    assert "skos:broader code:seeks" in blocks[place - 1]
    assert "skos:broader code:seeks" not in blocks[place + 1]


def test_a_thing_of_one_article_stands_in_its_folder(data: Path) -> None:
    told = add(data, "document", "Logbook of the dredger", "--article", "skarrow-audit")
    assert "article/skarrow-audit/thing/logbook-of-the-dredger" in told
    assert "x:logbook-of-the-dredger a att:Document" in (data / "articles/skarrow-audit/things.ttl").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("organisation", "The Kremlin", "--de", "Der Kreml", "--name", "x"), "id:kremlin is called “Kremlin”"),
        (("organisation", "Kremlim", "--de", "Kremlim"), "id:kremlin is called “Kremlin”, nearly “Kremlim”"),
        (("state", "Kyiv", "--de", "Kiew"), "id:ukraine is called “Kyiv”"),
        (("person", "Rasmus Kragh"), "German"),
        (("topic", "Chinchilla farming", "--de", "Chinchillazucht"), "Nothing says where this topic belongs"),
        (("animal", "Chinchilla"), "There is no kind 'animal'. There is actor,"),
        (("person", "Putin", "--anyway"), "id:putin exists already"),
        (("person", "Kragh", "--name", "Kragh!"), "is no name: use small letters"),
        (("person", "Kragh", "--set", "xx:y 1"), "is no property"),
        (("document", "Logbook", "--article", "nowhere"), "There is no article nowhere"),
        (("unit", "fathoms", "--article", "skarrow-audit"), "belongs to all articles"),
    ],
)
def test_what_cannot_be_added_is_said_and_nothing_is_written(
    data: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in refuse(data, *arguments)


def test_another_of_the_same_name_can_be_added_on_purpose(data: Path) -> None:
    add(data, "person", "Putin", "--de", "Putin", "--name", "putin-the-cook", "--anyway")


def interrupted(monkeypatch: pytest.MonkeyPatch, happening: Callable[[], None]) -> None:
    """Have something happen while a record is checked."""

    def validate_then(corpus: Corpus, texts: None) -> Report:
        happening()
        return validate_corpus(corpus, texts)

    monkeypatch.setattr("kg.editing.add.validate_corpus", validate_then)


TOPIC = New("topic", "Chinchilla farming", "Chinchillazucht")
"""Refused: nothing says where it belongs."""


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (TOPIC, "is not complete. Nothing was written"),
        (replace(TOPIC, said=["skos:broader id:economy"]), "was changed by somebody else meanwhile"),
    ],
)
def test_what_another_writes_during_the_check_stays(
    three_articles: Settings, data: Path, monkeypatch: pytest.MonkeyPatch, new: New, message: str
) -> None:
    path = data / "authority" / "topics.ttl"
    theirs = path.read_bytes() + b"# Theirs.\n"
    interrupted(monkeypatch, lambda: cast("None", path.write_bytes(theirs)))
    with pytest.raises(DataError, match=message):
        add_record(three_articles.with_(data=data), new)
    assert path.read_bytes() == theirs


def test_a_record_is_in_no_file_while_it_is_checked(
    three_articles: Settings, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in data.rglob("*.ttl")}

    def stop() -> None:
        raise KeyboardInterrupt

    interrupted(monkeypatch, stop)
    with pytest.raises(KeyboardInterrupt):
        add_record(three_articles.with_(data=data), TOPIC)
    assert {path: path.read_bytes() for path in data.rglob("*.ttl")} == before
