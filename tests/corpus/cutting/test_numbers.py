"""Numbers as languages print them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kg.corpus.languages import KNOWN, language
from kg.corpus.languages.numbers import find_numbers, read_numbers

CASES = [
    ("en", "66B", "66000000000"),
    ("en", "1,975.43", "1975.43"),
    ("en", "$3m", "3000000"),
    ("en", "5.5 million", "5500000"),
    ("en", "240 new jobs", "240"),
    ("en", "a 5 m wall", "5"),  # metres: only right behind the digits is it a million
    ("en", "twenty-one", "21"),
    ("en", "two hundred and forty", "240"),
    ("en", "three thousand five hundred", "3500"),
    ("en", "nine million", "9000000"),
    ("en", "1\u202f240", "1240"),
    ("de", "1.975,43 €", "1975.43"),
    ("de", "5,5 Millionen", "5500000"),
    ("de", "1'200", "1200"),
    ("de", "12 Mrd. Euro", "12000000000"),
    ("de", "einundzwanzig", "21"),
    ("de", "zweihundertvierzig", "240"),
    ("de", "dreitausendfünfhundert", "3500"),
    ("de", "zwölf", "12"),
    ("fr", "2 209", "2209"),
    ("fr", "2\u202f209", "2209"),
    ("fr", "2\u00a0209", "2209"),
    ("fr", "3,2 millions", "3200000"),
    ("fr", "1 975,43 €", "1975.43"),
    ("fr", "quatre-vingt-dix-sept", "97"),
    ("fr", "soixante et onze", "71"),
    ("fr", "deux cents", "200"),
    ("fr", "trois mille", "3000"),
    ("uk", "1 200", "1200"),
    ("uk", "1\u00a0200", "1200"),
    ("uk", "3,5 млн", "3500000"),
    ("uk", "12 тис.", "12000"),
    ("uk", "двадцять один", "21"),
    ("uk", "двісті сорок", "240"),
    ("uk", "п’ять мільйонів", "5000000"),
]


@pytest.mark.parametrize(("code", "text", "value"), CASES)
def test_a_number_is_read_in_the_notation_of_its_language(code: str, text: str, value: str) -> None:
    assert read_numbers(text, code) == {Decimal(value)}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "one of them"),
        ("en", "tens of thousands of people"),
        ("en", "hundreds"),
        ("en", "a billion"),
        ("en", "someone often threw freight"),  # one, ten, three, eight within words
        ("de", "einer von ihnen"),
        ("de", "Millionen Menschen"),
        ("de", "die Achtung"),
        ("fr", "une personne"),
        ("fr", "des millions"),
        ("uk", "один із них"),
    ],
)
def test_what_only_seems_a_number_is_none(code: str, text: str) -> None:
    assert read_numbers(text, code) == set()


def test_numbers_are_found_where_they_stand_and_lists_are_no_sums() -> None:
    text = "In 2018 nine ships, or 31.5 per cent, and two, three or four boats"
    found = [(text[n.start : n.end], n.value) for n in find_numbers(text)]
    assert found == [
        ("2018", 2018),
        ("nine", 9),
        ("31.5", Decimal("31.5")),
        ("two", 2),
        ("three", 3),
        ("four", 4),
    ]


def test_in_a_language_that_nothing_is_known_of_each_reading_counts() -> None:
    assert read_numbers("1.975", "eo") >= {Decimal("1.975"), Decimal(1975)}


@pytest.mark.parametrize("code", KNOWN)
def test_each_language_has_every_table_of_english(code: str) -> None:
    known, english = language(code), language("en")
    assert known is not None
    assert english is not None
    assert known.units.keys() == english.units.keys()
    assert known.dates.keys() == english.dates.keys()
    assert known.cues.keys() == english.cues.keys()
    assert len(known.dates["months"]) == 12


def test_a_very_long_number_ends_the_reading_of_itself_alone() -> None:
    assert read_numbers("9" * 5000 + " and 7") == {Decimal(7)}
