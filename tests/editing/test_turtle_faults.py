"""Files as people write them: several things on a line, comments, properties that come twice, late prefixes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.corpus.rdf.turtle import read_turtle
from kg.editing.desk import Desk
from kg.editing.entry import XSD, Reviser, Val, read_entry, read_value
from kg.editing.turtle import Turtle, apply, require_turtle
from kg.errors import DataError
from kg.settings import Settings

BASE = "https://attested.example/"
S, X = BASE + "s/", BASE + "x#"
HEAD = "@prefix s: <s/> .\n@prefix x: <x#> .\n"
TWO = HEAD + "s:1 a x:A ;\n  x:words s:1\\#w1 , s:1\\#w2 .\ns:1\\#w1 a x:W . s:1\\#w2 a x:W . # both\ns:2 a x:A .\n"


def read(text: str) -> Turtle:
    return Turtle(text, BASE)


@pytest.mark.parametrize(
    ("names", "left"),
    [
        (["1#w1"], "s:1\\#w2 a x:W . # both\n"),
        (["1#w2"], "s:1\\#w1 a x:W . # both\n"),
        (["1#w1", "1#w2"], "# both\n"),
        (["2"], "s:1\\#w1 a x:W . s:1\\#w2 a x:W . # both\n"),
    ],
)
def test_of_blocks_on_one_line_those_that_are_meant_go(names: list[str], left: str) -> None:
    turtle = read(TWO)
    edits = [turtle.removal(block) for name in names for block in turtle.find(S + name)]
    rest = "" if "2" in names else "s:2 a x:A .\n"
    assert apply(TWO, edits) == TWO[: TWO.index("s:1\\#w1 a")] + left + rest


def test_what_is_put_behind_a_block_does_not_get_into_one_that_begins_on_its_line() -> None:
    text = HEAD + "s:1 a x:A . s:2 a x:A ;\n  x:p s:1 .\n"
    turtle = read(text)
    after = apply(text, [turtle.insertion(turtle.blocks[0], "s:3 a x:A .\n")])
    assert after == HEAD + "s:1 a x:A .\n\ns:3 a x:A .\n\n s:2 a x:A ;\n  x:p s:1 .\n"


def test_a_value_of_a_property_that_comes_twice_is_dropped_where_it_stands() -> None:
    text = HEAD + "s:1 a x:A ; x:o s:a ; x:o s:b , s:c .\n"
    turtle = read(text)
    (block,) = turtle.blocks
    found = block.get(X + "o")
    assert found is not None
    assert [value.text for value in found.values] == ["s:a", "s:b", "s:c"]
    after = apply(text, turtle.dropping(block, X + "o", lambda value: value.text == "s:b"))
    assert after == HEAD + "s:1 a x:A ; x:o s:a ; x:o s:c .\n"
    assert apply(text, [turtle.setting(block, X + "o", "s:d")]) == HEAD + "s:1 a x:A ; x:o s:d .\n"


def test_comments_between_values_stay_when_values_change() -> None:
    text = HEAD + "s:1 x:o s:a ,  # of a\n    s:b ,  # of b\n    s:c ;  # of c\n  # about the next\n  x:q s:a .\n"
    turtle = read(text)
    (block,) = turtle.blocks
    replaced = apply(text, turtle.revising(block, X + "o", lambda value: value.text == "s:b", ["s:d", "s:e"]))
    assert replaced == text.replace("s:b ,", "s:d ,").replace("s:c ;", "s:c , s:e ;")
    dropped = apply(text, turtle.dropping(block, X + "o", lambda value: value.text == "s:b"))
    assert dropped == text.replace("    s:b ,  # of b\n", "")
    without = apply(text, turtle.dropping(block, X + "o"))
    assert without == HEAD + "s:1  # of c\n  # about the next\n  x:q s:a .\n"


@pytest.mark.parametrize(
    ("dropped", "added", "behind", "left"),
    [
        ("a", ["s:d"], [1], "s:b , s:c , s:d"),
        ("a", ["s:d"], [0], "s:d , s:b , s:c"),
        ("b", ["s:d"], [1], "s:a , s:d , s:c"),
        ("c", ["s:d", "s:e"], [2, 2], "s:a , s:b , s:d , s:e"),
        ("abc", ["s:d"], [0], "s:d"),
        ("ac", ["s:d", "s:e"], [0, 0], "s:d , s:b , s:e"),
    ],
)
def test_values_are_added_in_their_order(dropped: str, added: list[str], behind: list[int], left: str) -> None:
    text = HEAD + "s:1 x:o s:a , s:b , s:c ; x:q s:a .\n"
    turtle = read(text)
    edits = turtle.revising(turtle.blocks[0], X + "o", lambda value: value.text[2:] in dropped, added, behind)
    assert apply(text, edits) == f"{HEAD}s:1 x:o {left} ; x:q s:a .\n"


def test_a_name_is_written_with_prefixes_that_are_declared_above_every_place() -> None:
    text = HEAD + "s:1 a x:A .\n@prefix late: <https://late.example/> .\n@prefix x: <other#> .\ns:2 a x:A .\n"
    turtle = read(text)
    assert turtle.shorten("https://late.example/z") == "<https://late.example/z>"
    assert turtle.shorten(X + "A") == "<x#A>"
    assert turtle.shorten(S + "9") == "s:9"
    assert [block.properties[0].values[0].iri for block in turtle.blocks] == [X + "A", BASE + "other#A"]


@pytest.mark.parametrize("local", ["a.", ".a", "-a", "a#b", "a/b", "100%25", "ä", "a'b", "²", "", "x:y"])
def test_any_name_is_written_so_that_it_is_read_again(local: str) -> None:
    iri = S + local
    written = read(HEAD).shorten(iri)
    (quad,) = read_turtle(f"{HEAD}{written} a {written} .".encode(), BASE)
    assert quad.subject.value == quad.object.value == iri
    assert read(f"{HEAD}{written} a {written} .").blocks[0].properties[0].values[0].iri == iri


@pytest.mark.parametrize("number", [".5", "-.5", "+.5e3", "1.5", "1"])
def test_a_number_may_begin_with_its_point(number: str) -> None:
    (block,) = read(f"{HEAD}s:1 x:value {number} ; x:p s:a .").blocks
    assert [one.values[0].text for one in block.properties] == [number, "s:a"]


def test_a_decimal_number_without_a_whole_part_is_read_as_one() -> None:
    turtle = read(f"{HEAD}s:1 x:value .5 , 1.5 , 1 .")
    found = [read_value(turtle, value) for value in turtle.blocks[0].properties[0].values]
    kinds = ["decimal", "decimal", "integer"]
    assert found == [Val(text=text, datatype=XSD + kind) for text, kind in zip([".5", "1.5", "1"], kinds, strict=True)]


@pytest.mark.parametrize("text", ["s:1 a .", "s:1 x:p s:2 s:3 .", "@prefix"])
def test_what_is_cut_short_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(DataError, match=r"^the text:3: What begins here is not Turtle\."):
        read(HEAD + text)


def test_what_would_not_be_turtle_is_told_with_file_and_line() -> None:
    good, bad = Path("a.ttl"), Path("b.ttl")
    require_turtle({good: HEAD + "s:1 a x:A .\n", bad: None, Path("c.toml"): "a = 1"}, BASE)
    with pytest.raises(DataError, match=r"^b\.ttl:3: This would not be Turtle: .* Nothing was written\.$"):
        require_turtle({good: HEAD, bad: HEAD + "y:1 a x:A .\n"}, BASE)
    with pytest.raises(DataError, match=r"^c\.toml: .*half a character"):
        require_turtle({Path("c.toml"): "a = '\ud800'"}, BASE)


def test_values_in_several_blocks_and_files_are_changed_where_they_stand(sample: Settings) -> None:
    folder = sample.data_dir / "articles" / "sample"
    one, other = folder / "x-1.ttl", folder / "x-2.ttl"
    one.write_text(HEAD + "s:1 a x:A .\ns:1 x:o s:a .\n", "utf-8")
    other.write_text(HEAD + "s:1 x:o s:b , [ x:p s:c ] .\n", "utf-8")
    desk = Desk(sample)
    Reviser(desk, [one, other], []).change(S + "1", X + "o", {Val(S + "a"), Val(S + "b")}, [])
    assert desk.text(one) == HEAD + "s:1 a x:A .\n"
    assert desk.text(other) == HEAD + "s:1 x:o [ x:p s:c ] .\n"
    entry = read_entry(desk, S + "1", [one, other])
    assert entry is not None
    assert entry.values[X + "o"] == []
