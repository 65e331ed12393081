"""Turtle is changed where it has to be, and nowhere else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.serving import HOME
from kg.corpus.rdf.turtle import read_turtle
from kg.editing.desk import Desk
from kg.editing.turtle import Turtle, apply, literal
from kg.errors import DataError
from kg.settings import Settings

BASE = "https://attested.example/"
FILES = sorted([*(HOME / "data").rglob("*.ttl"), *(HOME / "tests" / "data" / "articles").rglob("*.ttl")])
TEXT = """\
# A file.
@prefix att: <ns#> .
@prefix s: <article/a/statement/> .
PREFIX p: <article/a/passage/>

# On the first passage.
s:001-1 a att:Assertion ;
  att:evidence p:001 ;   # the first
  att:words s:001-1\\#w1 , s:001-1\\#w2 ;
  att:printed "it; ends. here, \\" # no comment"@en .

<article/a/statement/001-2> a att:Assertion ; att:value 1.5 ;
  att:evidence p:001 , p:002 .

s:002-1 att:note '''a . b''' ; a att:Figure ; att:list ( 1 [ att:x 2 ] ) .
"""
S, ATT = BASE + "article/a/statement/", BASE + "ns#"


def read(text: str = TEXT) -> Turtle:
    return Turtle(text, BASE)


def triples(text: str) -> set[str]:
    return {str(quad) for quad in read_turtle(text.encode(), BASE)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOME)))
def test_every_file_is_read_to_its_last_byte_and_gives_all_its_triples(path: Path) -> None:
    text = path.read_bytes().decode()
    turtle = Turtle(text, BASE)
    assert apply(turtle.text, []).encode() == path.read_bytes()
    values = sum(len(p.values) for block in turtle.blocks for p in block.properties)
    nested = {quad for quad in read_turtle(path.read_bytes(), BASE) if type(quad.subject).__name__ != "BlankNode"}
    assert values == len(nested)
    assert {block.subject for block in turtle.blocks} == {quad.subject.value for quad in nested}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOME)))
def test_what_is_added_to_and_taken_from_any_file_again_leaves_its_bytes(path: Path) -> None:
    turtle = Turtle(path.read_bytes().decode(), BASE)
    edits = [turtle.adding(block, ATT + "draft", ['"x"']) for block in turtle.blocks]
    changed = Turtle(apply(turtle.text, edits), BASE)
    assert len(changed.text) > len(turtle.text)
    back = [edit for block in changed.blocks for edit in changed.dropping(block, ATT + "draft")]
    assert apply(changed.text, back) == turtle.text


def test_blocks_have_their_subjects_properties_and_values() -> None:
    first, second, third = read().blocks
    assert [block.subject for block in (first, second, third)] == [S + "001-1", S + "001-2", S + "002-1"]
    words = first.get(ATT + "words")
    assert words is not None
    assert [value.iri for value in words.values] == [S + "001-1#w1", S + "001-1#w2"]
    assert second.get(ATT + "value") is not None
    assert [value.text for value in second.properties[1].values] == ["1.5"]
    assert [value.text for value in third.properties[2].values] == ["( 1 [ att:x 2 ] )"]


def test_a_value_that_is_added_or_taken_away_changes_its_own_line_alone() -> None:
    turtle = read()
    first, second, _ = turtle.blocks
    edits = [turtle.adding(first, ATT + "draft", [literal("look")]), *turtle.dropping(first, ATT + "evidence")]
    edits += turtle.dropping(second, ATT + "evidence", lambda value: str(value.iri).endswith("001"))
    changed = apply(turtle.text, edits)
    assert '  att:draft "look" ;\n' in changed
    before, after = turtle.text.splitlines(), changed.splitlines()
    assert [line for line in before if line not in after] == [
        "  att:evidence p:001 ;   # the first",
        "  att:evidence p:001 , p:002 .",
    ]
    assert [line for line in after if line not in before] == ['  att:draft "look" ;', "  att:evidence p:002 ."]
    assert len(triples(changed)) == len(triples(TEXT)) - 1


def test_the_last_property_of_a_block_can_go() -> None:
    turtle = read()
    changed = apply(turtle.text, turtle.dropping(turtle.blocks[0], ATT + "printed"))
    assert "att:words s:001-1\\#w1 , s:001-1\\#w2 .\n" in changed
    assert len(triples(changed)) == len(triples(TEXT)) - 1


def test_a_block_goes_with_the_comment_above_it() -> None:
    turtle = read()
    changed = apply(turtle.text, [turtle.removal(turtle.blocks[0])])
    assert "On the first passage" not in changed
    assert "# A file." in changed
    assert "\n\n\n" not in changed
    assert [block.subject for block in read(changed).blocks] == [S + "001-2", S + "002-1"]


def test_a_block_is_put_behind_another_with_an_empty_line_between() -> None:
    turtle = read()
    changed = apply(turtle.text, [turtle.insertion(turtle.blocks[0], "s:001-9 a att:Assertion .")])
    assert "\n\ns:001-9 a att:Assertion .\n\n<article" in changed
    at_end = apply(turtle.text, [turtle.insertion(None, "s:009-1 a att:Assertion .")])
    assert at_end == TEXT + "\ns:009-1 a att:Assertion .\n"


def test_a_name_is_changed_wherever_it_stands_and_what_is_named_after_it_too() -> None:
    turtle = read()
    changed = apply(turtle.text, turtle.renaming(S + "001-1", S + "004-1"))
    assert "001-1" not in changed
    assert "att:words s:004-1\\#w1 , s:004-1\\#w2 ;" in changed
    assert len(triples(changed)) == len(triples(TEXT))


def test_lines_that_end_as_on_windows_stay_so() -> None:
    turtle = read("\ufeff" + TEXT.replace("\n", "\r\n"))
    edits = [
        turtle.adding(turtle.blocks[0], ATT + "draft", ['"x"']),
        turtle.insertion(turtle.blocks[1], "s:7 a att:X ."),
    ]
    changed = apply(turtle.text, edits)
    assert changed.replace("\r\n", "").count("\n") == 0
    assert changed.startswith("\ufeff")


@pytest.mark.parametrize("text", ["s:1 a att:X", '@prefix a: <b> .\na:1 a:2 "x\n" .', "a:1 a:2 ( 1 ."])
def test_what_is_no_turtle_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(DataError, match=r"^file:\d+: .*kg check"):
        Turtle(text, BASE, "file")


def test_where_one_file_cannot_be_written_none_is(sample: Settings) -> None:
    desk = Desk(sample)
    one = sample.data_dir / "authority" / "harrowmere.ttl"
    other = one.parent / "new" / f"{'x' * 250}.ttl"  # there is no room for the name of its draft
    before = one.read_bytes()
    desk.put(one, "")
    desk.put(other, "")
    with pytest.raises(DataError, match="Nothing was changed"):
        desk.write()
    assert one.read_bytes() == before
    assert not list(sample.data_dir.rglob(".*"))
    assert not other.parent.exists()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_two_editors_changes_to_different_passages_merge_in_git(tmp_path: Path) -> None:
    source = HOME / "tests" / "data" / "articles" / "skarrow-audit" / "statements.ttl"
    path = tmp_path / "statements.ttl"
    shutil.copy(source, path)
    git(tmp_path, "init", "-q", "-b", "one")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "start")
    git(tmp_path, "checkout", "-qb", "other")
    root = BASE + "article/skarrow-audit/statement/"
    for branch, name in (("other", "004-1"), ("one", "004-3")):
        git(tmp_path, "checkout", "-q", branch)
        turtle = Turtle(path.read_text("utf-8"), BASE)
        (block,) = turtle.find(root + name)
        edits = [
            turtle.adding(block, ATT + "draft", [literal(branch)]),
            turtle.insertion(block, f"s:{name}1 a att:Assertion ."),
        ]
        path.write_text(apply(turtle.text, edits), "utf-8")
        git(tmp_path, "commit", "-qam", branch)
    git(tmp_path, "merge", "-q", "other", "-m", "both")
    merged = path.read_text("utf-8")
    assert merged.count("att:draft") == 2
    assert len(triples(merged)) == len(triples(source.read_text("utf-8"))) + 4


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=E", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
    subprocess.run([str(shutil.which("git")), *who, *arguments], cwd=folder, check=True, capture_output=True)
