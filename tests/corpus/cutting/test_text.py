"""The cutter: a text becomes passages whose offsets and digests anybody who holds the text can check."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from helpers.serving import HOME
from kg.corpus.articles.new import passages_turtle
from kg.corpus.cutting import cut as cut_text
from kg.corpus.cutting.corrections import read_corrections
from kg.corpus.cutting.kinds import HEADING, LIST_ITEM, SENTENCE, TABLE_HEADER, TABLE_ROW
from kg.corpus.cutting.marks import LONGEST_HEADING
from kg.corpus.sources.load import load_corpus
from kg.corpus.text import Passage, digest, normalise, read_texts
from kg.settings import Settings

Pieces = list[tuple[str, str]]


def cut(text: str) -> list[Passage]:
    return cut_text(text, "en")


def pieces(text: str) -> Pieces:
    """Return the kind and the words of each passage."""
    return [(p.kind, text[p.start : p.end]) for p in cut(text)]


def sentences(text: str) -> list[str]:
    found = pieces(text)
    assert {kind for kind, _ in found} == {SENTENCE}
    return [words for _, words in found]


# Sentences


@pytest.mark.parametrize(
    "first",
    [
        "It opened on Dec. 15 in the rain.",
        "It opened on Sept. 3, a Tuesday.",
        "Dr. Quill and Mrs. Ames came at 9 a.m. sharp.",
        "The U.S. Navy left.",
        "A. B. Quill signed it.",
        "They bought paint, i.e. Red and white.",
        "It cost 3.5 million at version 2.0 of the plan.",
        "The pier (No. 4) is shut.",
        "“St. Mary” sank there.",
        "It shut, opened... and shut again.",
    ],
)
def test_a_full_stop_within_a_sentence_does_not_end_it(first: str) -> None:
    assert sentences(f"{first} Then it rained.") == [first, "Then it rained."]


@pytest.mark.parametrize(
    "first",
    [
        "She called it “a front door.”",
        'She called it "a front door."',
        "She called it ‘a front door.’",
        "He asked “who pays?”",
        "They shouted “no!”",
        "It shut (in the rain.)",
        "It shut [as planned.]",
        "Really?!",
        "It shut for good...",
    ],
)
def test_closing_marks_after_the_end_belong_to_the_sentence(first: str) -> None:
    assert sentences(f"{first} Then it rained.") == [first, "Then it rained."]


@pytest.mark.parametrize(
    "second",
    [
        "“Never,” he said.",
        '"Never," he said.',
        "(Nobody came.)",
        "12 people came.",
        "Éva left.",
        "Łódź wept.",
        "Ирина left.",
    ],
)
def test_a_sentence_may_begin_with_an_opening_mark_a_number_or_an_accent(second: str) -> None:
    assert sentences(f"It rained. {second}") == ["It rained.", second]


def test_a_quoted_question_goes_on_where_a_small_letter_follows() -> None:
    assert sentences("“Who pays?” he asked. Nobody knew.") == ["“Who pays?” he asked.", "Nobody knew."]


def test_a_line_that_goes_on_with_a_small_letter_is_no_line_of_its_own() -> None:
    assert sentences("It rained. It\nstopped, then.") == ["It rained.", "It\nstopped, then."]


def test_a_line_that_ends_and_one_that_begins_are_two() -> None:
    assert pieces("It rained\nIt stopped.") == [(HEADING, "It rained"), (SENTENCE, "It stopped.")]


# Headings and sections


@pytest.mark.parametrize(
    "line", ["What did the survey count?", "Two plans for a pier", "Who pays: “the town”?", "2024"]
)
def test_a_short_line_without_an_end_mark_or_a_single_question_is_a_heading(line: str) -> None:
    assert pieces(f"{line}\nIt rained.") == [(HEADING, line), (SENTENCE, "It rained.")]


@pytest.mark.parametrize("line", ["It rained.", "It left two questions open:", "So it goes,", "He said “no.”", "Stop!"])
def test_a_short_line_with_an_end_mark_is_a_sentence(line: str) -> None:
    assert pieces(line) == [(SENTENCE, line)]


def test_two_questions_in_a_line_are_no_heading() -> None:
    assert pieces("Who pays? Who knows?") == [(SENTENCE, "Who pays?"), (SENTENCE, "Who knows?")]


def test_a_heading_has_no_more_words_than_the_limit() -> None:
    longest = " ".join(["word"] * LONGEST_HEADING)
    assert pieces(longest) == [(HEADING, longest)]
    assert pieces(f"{longest} more?") == [(SENTENCE, f"{longest} more?")]


@pytest.mark.parametrize("mark", ["# ", "## ", "###### ", "#\t"])
def test_a_marked_heading_is_one_whatever_its_end_and_without_its_mark(mark: str) -> None:
    assert pieces(f"{mark}It rained. A lot.") == [(HEADING, "It rained. A lot.")]


def test_a_passage_stands_in_the_section_of_the_last_heading() -> None:
    text = "It rained.\nOne\nIt snowed. It froze.\nTwo\n- ice\n| A | B |\n| 1 | 2 |\n"
    assert [(p.number, p.kind, p.section) for p in cut(text)] == [
        (1, SENTENCE, None),
        (2, HEADING, None),
        (3, SENTENCE, 2),
        (4, SENTENCE, 2),
        (5, HEADING, None),
        (6, LIST_ITEM, 5),
        (7, TABLE_HEADER, 5),
        (8, TABLE_ROW, 5),
    ]


# Lists and tables


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "– ", "1. ", "12) ", "-   ", "  - "])
def test_a_list_item_is_one_passage_and_starts_after_its_mark(mark: str) -> None:
    text = f"{mark}Who pays? Nobody. Yet"
    assert pieces(text) == [(LIST_ITEM, "Who pays? Nobody. Yet")]
    assert cut(text)[0].start == len(mark)


@pytest.mark.parametrize("line", ["-5 degrees were measured.", "*Not* so.", "3.5 million came.", "—Or so they say."])
def test_what_only_looks_like_a_list_mark_is_none(line: str) -> None:
    assert pieces(line) == [(SENTENCE, line)]


TABLE: Pieces = [
    (TABLE_HEADER, "| Year | Visitors |"),
    (TABLE_ROW, "| 2023 | 900 |"),
    (TABLE_ROW, "| 2024 | 1,240 |"),
]


@pytest.mark.parametrize("rule", ["", "|---|---|\n", "| --- | :---: |\n", "|:-|-:|\n"])
def test_a_table_has_a_header_and_rows_with_a_rule_or_without(rule: str) -> None:
    assert pieces(f"| Year | Visitors |\n{rule}| 2023 | 900 |\n| 2024 | 1,240 |\n") == TABLE


@pytest.mark.parametrize("between", ["\n", "It rained.\n", "A heading\n", "- an item\n"])
def test_whatever_stands_between_two_tables_makes_them_two(between: str) -> None:
    found = pieces(f"| A | B |\n| 1 | 2 |\n{between}| C | D |\n| 3 | 4 |\n")
    assert [kind for kind, _ in found if kind.startswith("table")] == [TABLE_HEADER, TABLE_ROW] * 2


def test_a_rule_is_no_passage_and_a_row_with_an_empty_cell_is_one() -> None:
    assert pieces("| A | B |\n|---|---|\n| - | 1 |\n|  | 2 |") == [
        (TABLE_HEADER, "| A | B |"),
        (TABLE_ROW, "| - | 1 |"),
        (TABLE_ROW, "|  | 2 |"),
    ]


# Offsets


def test_offsets_count_code_points_and_neither_bytes_nor_utf_16_units() -> None:
    before = "𝒜 𝓅ier 🚢 sank."
    assert (len(before), len(before.encode("utf-16-le")) // 2, len(before.encode("utf-8"))) == (14, 17, 23)
    assert [(p.start, p.end) for p in cut(f"{before} Nobody 😀 knew.")] == [(0, 14), (15, 29)]


def test_a_character_and_its_combining_accent_count_as_two() -> None:
    text = unicodedata.normalize("NFD", "Café shut. Éva left.")
    assert [(p.start, p.end) for p in cut(text)] == [(0, 11), (12, 22)]


SAMPLE = (HOME / "tests" / "data" / "texts" / "sample.txt").read_text("utf-8")
AWKWARD = (
    "\n\n  🚢 One.  Two!\r\n\r\n\t- item 😀 \r\n1) next\n"
    "| a | b |\n|---|---|\n|  | 😀 |\n\n### Three…\nFour\u2028Five?\u00a0Six."
)


@pytest.mark.parametrize(
    "text",
    [
        SAMPLE,
        AWKWARD,
        SAMPLE.replace("\n", "\r\n"),
        unicodedata.normalize("NFD", f"É. {AWKWARD}"),
        SAMPLE * 20,
    ],
)
def test_every_passage_has_the_digest_of_what_stands_at_its_offsets(text: str) -> None:
    found = cut(text)
    assert [p.number for p in found] == list(range(1, len(found) + 1))
    for passage in found:
        words = text[passage.start : passage.end]
        assert words == words.strip() != ""
        assert passage.digest == digest(words)


@pytest.mark.parametrize("text", [SAMPLE, AWKWARD, SAMPLE.replace("\n", "\r\n")])
def test_passages_never_overlap_and_leave_out_only_marks_rules_and_white_space(text: str) -> None:
    last, left_out = 0, ""
    for passage in cut(text):
        assert last <= passage.start < passage.end
        left_out += text[last : passage.start]
        last = passage.end
    assert re.fullmatch(r"[-\s#|1)]*", left_out + text[last:])


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\r\n", "\u2028", "|---|\n"])
def test_an_empty_text_has_no_passages(text: str) -> None:
    assert cut(text) == []


# Digests


def test_a_digest_is_the_sha_256_of_the_normalised_text_in_utf_8() -> None:
    # FIPS 180-4's own example, and "é" as U+00E9 is C3 A9.
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest("e\u0301") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"


def test_a_text_and_its_decomposed_form_have_one_digest() -> None:
    text = "Éva’s café in Łódź, Ångström"
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    assert digest(decomposed) == digest(text)


def test_white_space_is_collapsed_and_nothing_else_is() -> None:
    assert normalise(" a \u00a0\tb\r\nc ") == "a b c"
    assert digest(" a \n b ") == digest("a b")
    assert len({digest(text) for text in ("a b", "A b", "ab", "a b.", "a ﬁ", "a fi", "“a”", '"a"')}) == 8


# Available texts


def test_a_text_is_found_by_its_name_or_else_by_its_digest(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("It rained.", "utf-8")
    (tmp_path / "note.md").write_text("Not a text.", "utf-8")
    texts = read_texts(tmp_path)
    assert texts.text_of("one", None) == "It rained."
    assert texts.text_of("other", digest("It  rained.")) == "It rained."
    assert texts.text_of("other", digest("Not a text.")) is None
    assert texts.text_of("other", None) is None


def test_no_folder_holds_no_text() -> None:
    assert read_texts(None).text_of("one", digest("")) is None


# Passages in Turtle


def committed(data: Path, slug: str) -> str:
    return (data / "articles" / slug / "passages.ttl").read_text("utf-8")


def test_the_samples_passages_are_what_its_text_gives() -> None:
    data = HOME / "tests" / "data" / "valid"
    corrections = read_corrections(data / "articles" / "sample" / "cutting.toml", SAMPLE)
    assert len(corrections) == 1
    assert committed(data, "sample") == passages_turtle("sample", cut_text(SAMPLE, "en", corrections))


def test_the_real_articles_passages_are_what_its_text_gives(real_texts: Path) -> None:
    corpus = load_corpus(Settings(home=HOME))
    digest_of = {str(s): str(value) for s, p, value in corpus.places if str(p) == corpus.iris.term("digest")}
    assert corpus.slugs
    for slug in corpus.slugs:
        text = read_texts(real_texts).text_of(slug, digest_of[corpus.iris.article(slug)])
        assert text is not None, f"{real_texts} has no text of {slug}"
        assert committed(HOME / "data", slug).splitlines() == passages_turtle(slug, cut(text)).splitlines()
