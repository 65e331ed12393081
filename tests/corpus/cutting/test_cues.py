"""What the words of a passage show, in four languages."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from kg.corpus.languages import language
from kg.corpus.languages.cues import Finder, Found

BOUNDS = {"fewer than": "less-than", "about": "approximately", "rund": "approximately", "près de": "approximately"}
BOUNDS |= {"понад": "more-than", "up to": "at-most"}


def find(code: str, text: str, date: str = "2024-06-21") -> Found:
    return Finder(language(code), BOUNDS, datetime.date.fromisoformat(date)).find(text)


def spans(found: Found) -> list[tuple[str, str, str, bool]]:
    return [(str(s.first), str(s.last), s.precision, s.is_inferred) for s in found.spans]


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("en", "on 12 June 2024", ("2024-06-12", "2024-06-12", "day", False)),
        ("en", "on June 12, 2024", ("2024-06-12", "2024-06-12", "day", False)),
        ("en", "held on 20 June and", ("2024-06-20", "2024-06-20", "day", True)),
        ("en", "in September 2023", ("2023-09-01", "2023-09-30", "month", False)),
        ("en", "Since March 2021, ships", ("2021-03-01", "None", "month", False)),
        ("en", "by 2023", ("None", "2023-12-31", "year", False)),
        ("en", "the years 2019 to 2023", ("2019-01-01", "2023-12-31", "year", False)),
        ("en", "In 2018 the", ("2018-01-01", "2018-12-31", "year", False)),
        ("en", "on Friday", ("None", "None", "relative", False)),
        ("en", "Quay 4 in May", ("None", "None", "relative", False)),
        ("de", "am 31. August 2024", ("2024-08-31", "2024-08-31", "day", False)),
        ("de", "am 3. März", ("2024-03-03", "2024-03-03", "day", True)),
        ("de", "seit 2022", ("2022-01-01", "None", "year", False)),
        ("fr", "le 1er mars 2024", ("2024-03-01", "2024-03-01", "day", False)),
        ("fr", "depuis 2022", ("2022-01-01", "None", "year", False)),
        ("uk", "3 липня 2024", ("2024-07-03", "2024-07-03", "day", False)),
    ],
)
def test_a_time_is_read_as_its_language_prints_it(code: str, text: str, expected: tuple[str, str, str, bool]) -> None:
    assert spans(find(code, text)) == [expected]


@pytest.mark.parametrize("text", ["it may rain", "2,018 ships", "he marched"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert spans(find("en", text)) == []


@pytest.mark.parametrize(
    ("code", "text", "value", "bound", "unit"),
    [
        ("en", "fewer than 20 deal with", "20", "less-than", None),
        ("en", "about 150 people", "150", "approximately", "persons"),
        ("en", "up to 70 per cent", "70", "at-most", "percent"),
        ("en", "61.4 million euros", "61400000", "as-printed", "euros"),
        ("en", "about $3bn", "3000000000", "approximately", "us-dollars"),
        ("en", "nine contracts", "9", "as-printed", None),
        ("de", "rund 5,5 Millionen Euro", "5500000", "approximately", "euros"),
        ("fr", "près de 2 209 habitants", "2209", "approximately", "persons"),
        ("uk", "понад 1 200 осіб", "1200", "more-than", "persons"),
    ],
)
def test_a_number_has_its_bound_and_unit(code: str, text: str, value: str, bound: str, unit: str | None) -> None:
    (amount,) = find(code, text).amounts
    assert (amount.value, amount.bound, amount.unit) == (Decimal(value), bound, unit)


def test_a_date_is_no_amount() -> None:
    assert [a.value for a in find("en", "On 12 June 2024 it sold 3 cranes.").amounts] == [3]


@pytest.mark.parametrize(
    ("code", "text", "kind", "expected"),
    [
        ("en", "the port may close, the office says", "modality", {"possible"}),
        ("en", "the port may close, the office says", "attribution", {"says"}),
        ("en", "even if it rains", "condition", {"even-if"}),
        ("en", "if it rains", "condition", {"if"}),
        ("en", "it often rains", "frequency", {"often"}),
        ("en", "it did not rain", "negation", {"not"}),
        ("en", "it didn't rain", "negation", {"contracted"}),
        ("en", "a notable mayor", "negation", set()),
        ("de", "Das Werk könnte laut Rat schließen", "modality", {"possible"}),
        ("de", "Das Werk könnte laut Rat schließen", "attribution", {"says"}),
        ("de", "Es regnet nicht", "negation", {"not"}),
        ("fr", "Selon le conseil, le pont pourrait fermer", "modality", {"possible"}),
        ("uk", "Міст може закритися, якщо не буде дощу", "condition", {"if"}),
        ("uk", "Міст може закритися, якщо не буде дощу", "negation", {"not"}),
    ],
)
def test_words_are_cues_for_codes(code: str, text: str, kind: str, expected: set[str]) -> None:
    assert find(code, text).codes(kind) == expected


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "a “front door” for the town"),
        ("en", 'a "front door" for the town'),
        ("de", "eine „front door“ für die Stadt"),
        ("fr", "une «front door» pour la ville"),
        ("eo", "la “front door” por la urbo"),
    ],
)
def test_quoted_words_are_found_in_any_language(code: str, text: str) -> None:
    assert find(code, text).quotations == ("front door",)
