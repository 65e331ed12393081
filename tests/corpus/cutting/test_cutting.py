"""Hard cases, written by hand before the cutter was; ``tests/data/cutting`` says what is right and how to write one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers.serving import HOME
from kg.corpus.cutting import cut
from kg.corpus.cutting.detect import detect_language
from kg.corpus.cutting.words import language

CASES = HOME / "tests" / "data" / "cutting"
LANGUAGES = ("en", "de", "fr", "uk")
LEAST_RIGHT = 97
"""Per cent."""


@dataclass(frozen=True)
class Case:
    """A text and the passages that it must give, as lines."""

    language: str
    kind: str
    name: str
    text: str
    expected: tuple[str, ...]

    @property
    def found(self) -> tuple[str, ...]:
        """The passages that it gives, as lines."""
        return tuple(lines(self.text, self.language))


def lines(text: str, code: str) -> list[str]:
    """Return each passage as the layout cases write it."""
    found = []
    for p in cut(text, code):
        section = f" @{p.section}" if p.section else ""
        speaker = f" >{p.speaker}" if p.speaker else ""
        found.append(f"{p.kind}{section}{speaker} | " + re.sub(r"[ \n]+", " ", text[p.start : p.end]))
    return found


def sentence_cases(code: str) -> list[Case]:
    cases = []
    for number, line in enumerate((CASES / f"{code}-sentences.txt").read_text("utf-8").splitlines(), 1):
        kind, _, words = line.partition(" | ")
        expected = tuple(f"sentence | {part.strip()}" for part in words.split("‖"))
        text = words.replace(" ‖ ", " ").replace("‖", "")
        cases.append(Case(code, kind, f"{code}-sentences:{number}", text, expected))
    return cases


def layout_cases(code: str) -> list[Case]:
    cases = []
    for block in re.split(r"^== ", (CASES / f"{code}-layout.txt").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, _, rest = block.partition("\n")
        text, _, expected = rest.rpartition("\n--\n")
        name, _, kind = head.rpartition(" | ")
        cases.append(Case(code, kind, f"{code}-layout:{name}", text + "\n", tuple(expected.strip().splitlines())))
    return cases


ALL = [case for code in LANGUAGES for case in (*sentence_cases(code), *layout_cases(code))]
KNOWN_WRONG = dict(line.split(" | ", 1) for line in (CASES / "known-wrong.txt").read_text("utf-8").splitlines() if line)
"""Name of a case that the cutter gets wrong → why."""


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.name} ({case.kind})")
def test_a_hard_case_is_cut_as_it_was_said_to_be(case: Case) -> None:
    if case.name in KNOWN_WRONG:
        assert case.found != case.expected, f"{case.name} is right now: take it out of known-wrong.txt"
    else:
        assert case.found == case.expected


def test_nearly_all_cases_are_right_in_each_language() -> None:
    """The list of those that are wrong cannot grow past three of a hundred, nor name what is no case."""
    assert KNOWN_WRONG.keys() <= {case.name for case in ALL}
    assert len(ALL) >= 300
    wrong = Counter(name[:2] for name in KNOWN_WRONG)
    for code, count in Counter(case.language for case in ALL).items():
        assert 100 * (count - wrong[code]) >= LEAST_RIGHT * count, code


# What users of other segmenters reported, in sentences of our own

REPORTED = {
    "initials": ("Mayor J.R. Holm met T.S. Quill on Friday, and L.M. Barnes and A.D.F. Stroud came too.", "en", 1),
    "ranks": (
        "She said that Maj. Gen. Ida Frost, Adm. Leo Marsh, Cmdr. Al Reed and Amb. Una Hart had agreed.",
        "en",
        1,
    ),
    "et al.": (
        "A study by Winter et al. [2021] shows on p. 7 and on pp. 3-5 that the level of the lake rose.",
        "en",
        1,
    ),
    "footnotes": ("The council denied it.[4] A month later it confirmed it.[5]\n\nThe work goes on.", "en", 3),
    "no.": ("We asked the keeper again and the answer was no. 12 boats left the harbour after that.", "en", 2),
    "German": ("Die Leiterin nannte am 5. Mai einen Preis, und das sagte sie z. B. Frau Dr. Rot aus Bern.", "de", 1),
}
"""Name → text, language, number of sentences."""


@pytest.mark.parametrize(("text", "language", "count"), REPORTED.values(), ids=list(REPORTED))
def test_a_text_of_a_reported_kind_has_as_many_sentences_as_it_should(text: str, language: str, count: int) -> None:
    assert [p.kind for p in cut(text, language)] == ["sentence"] * count


def test_wrapped_lines_behind_a_dateline_are_one_sentence() -> None:
    lines = (
        "OSLO, Jan. 14 - Keepers of the two harbours met on Monday",
        "in a boathouse, and said that they had",
        "settled two of four matters.",
    )
    text = "\n".join(lines) + "\n"
    dateline, sentence = cut(text, "en")
    assert (dateline.kind, text[dateline.start : dateline.end]) == ("dateline", "OSLO, Jan. 14")
    assert (sentence.kind, sentence.end) == ("sentence", len(text.rstrip()))


# What is known of languages


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_lists_of_a_language_are_read_whatever_its_country(code: str) -> None:
    assert language(f"{code.upper()}-XX") == language(code)
    assert all((language(code).months, language(code).caption, language(code).starters))


def test_a_language_without_lists_is_cut_by_the_segmenter_alone() -> None:
    text = "Padało w poniedziałek. Nikt nie przyszedł."
    assert lines(text, "pl") == ["sentence | Padało w poniedziałek.", "sentence | Nikt nie przyszedł."]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_language_of_a_text_is_detected(code: str) -> None:
    text = "\n".join(case.text for case in sentence_cases(code))
    assert detect_language(text) == code


@pytest.mark.parametrize("text", ["", "12 34 56", "OK.", "Il a plu."])
def test_the_language_of_a_text_that_is_too_short_is_not_guessed(text: str) -> None:
    assert detect_language(text) is None


def test_no_file_of_cases_is_left_unread() -> None:
    names = {f"{code}-{part}.txt" for code in LANGUAGES for part in ("sentences", "layout")}
    assert {path.name for path in Path(CASES).iterdir()} == names | {"README.md", "known-wrong.txt"}
