"""Hard cases, written by hand before the cutter was: ``data/cutting`` says what is right, and how a case is written."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.corpus.cutting import cut
from kg.corpus.cutting.detect import detect_language
from kg.corpus.cutting.words import language
from serving import HOME

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


# Cases that users of other software reported: ../shared/cases holds their texts

REPORTED = {
    "46-initials": 1,
    "47-ranks": 1,
    "49-et-al": 1,
    "50-footnotes": 3,
    "58-no": 2,
    "59-german": 1,
}
"""Name → number of sentences."""


@pytest.mark.parametrize(("name", "count"), REPORTED.items())
def test_a_reported_text_has_as_many_sentences_as_it_should(name: str, count: int) -> None:
    path = HOME.parent / "shared" / "cases" / f"{name}.txt"
    if not path.exists():
        pytest.skip(f"{path} is not at hand")
    text = path.read_text("utf-8")
    assert [p.kind for p in cut(text, "de" if name == "59-german" else "en")] == ["sentence"] * count


def test_a_reported_text_of_wrapped_lines_is_one_sentence_behind_its_dateline() -> None:
    path = HOME.parent / "shared" / "cases" / "53-wrapped.txt"
    if not path.exists():
        pytest.skip(f"{path} is not at hand")
    text = path.read_text("utf-8")
    dateline, sentence = cut(text, "en")
    assert (dateline.kind, text[dateline.start : dateline.end]) == ("dateline", "KYIV, Dec. 28")
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
