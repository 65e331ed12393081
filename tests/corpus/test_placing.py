"""``kg words`` finds where printed words are, once, and leaves the files of the editor alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import Graph, URIRef
from rdflib.namespace import Namespace

from helpers.serving import HOME
from kg import cli
from kg.corpus.evidence.placing import place_words, recorded_spans
from kg.corpus.evidence.printed import find_printed
from kg.corpus.text import digest
from kg.corpus.validation.validate import check
from kg.errors import DataError
from kg.settings import Settings
from kg.terms import Iris

TEXT = (HOME / "tests" / "data" / "texts" / "sample.txt").read_text("utf-8")
IRIS = Iris(Settings().base_iri)


def run(settings: Settings, *options: str, slug: str = "sample") -> Result:
    environment = {name: None for name in os.environ if name.startswith("KG_")}
    environment |= {"KG_HOME": str(settings.home), "KG_TEXTS": str(settings.texts or "")}
    return CliRunner().invoke(cli.main, ["words", slug, *options], env=environment)


def spans(settings: Settings) -> dict[str, str]:
    """Return what the text has at the offsets of each node, by the last part of the node's IRI."""
    graph = Graph().parse(settings.data_dir / "articles" / "sample" / "words.ttl", format="turtle", publicID=IRIS.base)
    start, end = URIRef(IRIS.term("start")), URIRef(IRIS.term("end"))
    return {
        str(node).rsplit("/", 1)[1]: TEXT[int(str(value)) : int(str(graph.value(node, end)))]
        for node, value in graph.subject_objects(start)
    }


def add(settings: Settings, turtle: str) -> None:
    """Put a file next to the sample's; the tests add words to a statement of passage 14, one sentence."""
    head = "@prefix att: <ns#> .\n@prefix id: <id/> .\n@prefix s: <article/sample/statement/> .\n"
    (settings.data_dir / "articles" / "sample" / "more.ttl").write_text(head + turtle, "utf-8")


def quoted(name: str, printed: str) -> str:
    return (
        f"s:014-1 att:words s:014-1\\#{name} .\n"
        f's:014-1\\#{name} a att:Quotation ; att:quotedFrom id:harrowmere-trust ; att:printed "{printed}" .\n'
    )


def test_words_are_placed_where_the_passage_has_them(sample: Settings) -> None:
    result = run(sample)
    assert result.exit_code == 0, result.output
    found = spans(sample)
    # Read off the statements: s:003-1#w1 is the quotation, s:012-1#w1 the number, s:016-1#w1 begins its sentence.
    assert (found["003-1#w1"], found["012-1#w1"], found["016-1#w1"]) == ("a front door", "1,240", "Even if")
    assert TEXT.count("1,240") == 2, "the number stands elsewhere too, and each figure has its own"
    assert "placed, 0 that the passage has more than once, 0 that it lacks" in result.stdout
    report = check(sample)
    assert report.results == (), report.to_text()


def test_words_that_the_passage_has_twice_get_no_place(sample: Settings) -> None:
    assert TEXT[TEXT.index("The Harbour Trust argues") :].partition(".")[0].count(" for ") == 2
    add(sample, quoted("w8", "for"))
    placed = place_words(sample, "sample")
    assert placed.repeated == (f"{IRIS.article('sample')}/statement/014-1#w8",)
    assert "014-1#w8" not in spans(sample)


def test_words_that_the_passage_lacks_are_looked_for_in_the_context_and_else_named(sample: Settings) -> None:
    add(sample, quoted("w8", "unheard of") + quoted("w9", "floods"))
    with (sample.data_dir / "articles" / "sample" / "more.ttl").open("a", encoding="utf-8") as file:
        file.write("s:014-1 att:context <article/sample/passage/015> .\n")
    result = run(sample)
    assert spans(sample)["014-1#w9"] == "floods"
    assert result.stdout.splitlines()[1:] == [f"not in its passage: {IRIS.article('sample')}/statement/014-1#w8"]


def test_a_part_of_a_word_is_not_the_word(sample: Settings) -> None:
    add(sample, quoted("w8", "pay") + quoted("w9", "argue"))
    placed = place_words(sample, "sample")
    assert placed.absent == (f"{IRIS.article('sample')}/statement/014-1#w9",)


def test_no_other_file_changes_and_a_second_time_nothing_does(sample: Settings) -> None:
    folder = sample.data_dir / "articles" / "sample"
    before = {path.name: path.read_bytes() for path in folder.glob("*.ttl")}
    place_words(sample, "sample")
    assert {path.name: path.read_bytes() for path in folder.glob("*.ttl")} == before, "the sample holds what was made"


@pytest.mark.parametrize("slug", ["nothing", "../sample"])
def test_an_unknown_article_is_an_error_that_names_those_there_are(sample: Settings, slug: str) -> None:
    result = run(sample, slug=slug)
    assert result.exit_code == 1
    assert f"There is no article {slug}. There is sample." in result.stderr


def test_without_the_text_nothing_is_written(sample: Settings, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    path = sample.data_dir / "articles" / "sample" / "words.ttl"
    path.unlink()
    with pytest.raises(DataError, match="Set KG_TEXTS"):
        place_words(sample.with_(texts=tmp_path / "none"), "sample")
    assert not path.exists()


def test_words_are_found_whatever_the_normal_form_of_the_text(sample: Settings) -> None:
    text = TEXT.replace("a closed pier", "a clo\u0308es pier", 1)
    assert len(text) == len(TEXT), "the passages stay where they are"
    add(sample, quoted("w8", "cl\u00f6es") + quoted("w9", "clo"))
    placed = place_words(sample, "sample", text)
    assert placed.absent == (f"{IRIS.article('sample')}/statement/014-1#w9",), "a letter without its mark is another"
    graph = Graph().parse(placed.path, format="turtle", publicID=IRIS.base)
    places, start = recorded_spans(graph, Namespace(IRIS.term(""))), text.index("clo\u0308es")
    assert places[f"{IRIS.article('sample')}/statement/014-1#w8"] == (start, start + 6)


@pytest.mark.parametrize(
    ("printed", "text", "expected"),
    [
        ("Caf\u00e9", "The Cafe\u0301 shut", [(4, 9)]),
        ("Cafe\u0301", "The caf\u00e9 shut", [(4, 8)]),
        ("\ud55c\uad6d", "\u1112\u1161\u11ab\u1100\u116e\u11a8", [(0, 6)]),  # syllables of Hangul and their letters
        ("q", "q\u0303 q", [(3, 4)]),
        ("it's", "It\u2019s", [(0, 4)]),
    ],
)
def test_places_count_code_points_of_the_text_itself(printed: str, text: str, expected: list[tuple[int, int]]) -> None:
    assert find_printed(printed, text, is_number=False) == expected


def recorded(settings: Settings, name: str, words: str) -> None:
    """Record, for words of a statement of passage 14, the first place where the text has these, be it within a word."""
    start = TEXT.index(words, TEXT.index("The Harbour Trust argues"))
    with (settings.data_dir / "articles" / "sample" / "words.ttl").open("a", encoding="utf-8") as file:
        file.write(f"<article/sample/statement/014-1#{name}> att:start {start} ; att:end {start + len(words)} .\n")


def test_a_recorded_place_that_fits_stays(sample: Settings) -> None:
    add(sample, quoted("w8", "argue") + quoted("w9", "argue"))
    recorded(sample, "w8", "argue")
    recorded(sample, "w9", "Trust")
    placed = place_words(sample, "sample")
    assert spans(sample)["014-1#w8"] == "argue"
    assert placed.absent == (f"{IRIS.article('sample')}/statement/014-1#w9",), "another word's place does not fit"


def test_a_part_of_a_printed_number_is_not_the_number(sample: Settings) -> None:
    node = "<article/sample/statement/012-1#w3>"
    add(sample, f'{node} a att:PrintedNumber ; att:printed "240" .\ns:012-1 att:words {node} .\n')
    placed = place_words(sample, "sample")
    assert placed.absent == (f"{IRIS.article('sample')}/statement/012-1#w3",)
    assert {(r.shape, str(r.focus)) for r in check(sample).results} == {("PrintedWords", placed.absent[0])}


def test_a_place_within_a_printed_number_is_reported(sample: Settings, tmp_path: Path) -> None:
    text = TEXT.replace("1,240 | Counted at the gate", "1,240 | Counted at 240 gate")
    assert len(text) == len(TEXT)
    assert text != TEXT
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "sample.txt").write_text(text, "utf-8")
    settings, node = sample.with_(texts=tmp_path / "texts"), "<article/sample/statement/012-1#w3>"
    add(sample, f'{node} a att:PrintedNumber ; att:printed "240" .\ns:012-1 att:words {node} .\n')
    right, wrong = text.index(" 240 ") + 1, text.index("1,240") + 2
    path = sample.data_dir / "articles" / "sample" / "words.ttl"
    before = path.read_text("utf-8")
    line = next(line for line in TEXT.split("\n") if "1,240 |" in line)
    for file in path.parent.glob("*.ttl"):
        for old, new in ((TEXT, text), (line, line.replace("the gate", "240 gate"))):
            file.write_text(file.read_text("utf-8").replace(digest(old), digest(new)), "utf-8")
    for start, expected in ((right, set()), (wrong, {"WordsPlace"})):
        path.write_text(f"{before}{node} att:start {start} ; att:end {start + 3} .\n", "utf-8")
        assert {r.shape for r in check(settings).results if str(r.focus).endswith("012-1#w3")} == expected
    place_words(settings, "sample")
    assert f"{node} att:start {right} ;" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("printed", "text", "expected"),
    [
        ("40", "40,000", []),
        ("000", "40,000", []),
        ("40", "40.5 or 140", []),
        ("40", "some 40, or 40.", [(5, 7), (12, 14)]),
        ("40", "40%", [(0, 2)]),
    ],
)
def test_a_number_has_no_digits_beside_it(printed: str, text: str, expected: list[tuple[int, int]]) -> None:
    assert find_printed(printed, text, is_number=True) == expected


def test_places_of_statements_that_are_gone_go_only_where_they_may_be_forgotten(sample: Settings) -> None:
    add(sample, quoted("w8", "for"))
    recorded(sample, "w8", "for")
    folder = sample.data_dir / "articles" / "sample"
    before = (folder / "words.ttl").read_bytes()
    moved = (folder / "statements-001.ttl").rename(sample.home / "statements-001.ttl")
    (folder / "more.ttl").rename(sample.home / "more.ttl")
    result = run(sample)
    assert result.exit_code == 1
    assert "are in no file any more: 003-1, " in result.stderr
    assert "kg words sample --forget" in result.stderr
    assert (folder / "words.ttl").read_bytes() == before
    assert run(sample, "--forget").exit_code == 0
    assert spans(sample) == {}
    (folder / "words.ttl").write_bytes(before)
    moved.rename(folder / "statements-001.ttl")
    (sample.home / "more.ttl").rename(folder / "more.ttl")
    assert run(sample).exit_code == 0
    assert spans(sample)["014-1#w8"] == "for", "the place that an editor chose is there still"
