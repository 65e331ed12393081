"""The catalogue gives the lists what comes when, who reports it, and which page a thing is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.cataloguing import Kept
from kg.catalogue.finding.browse import values_of
from kg.catalogue.view import View
from kg.web.lists import issue_lists
from kg.web.lists.listing import EVENT, OBSERVATION, PERIOD, STATEMENT, in_order, place_of

PERIODS = """
<article/a/period/may> a att:Period ; rdfs:label "May"@en ; att:firstDay "2025-05-01" ; att:lastDay "2025-05-31" .
<article/a/period/ninth> a att:Period ; rdfs:label "9 May"@en ; att:firstDay "2025-05-09" ; att:lastDay "2025-05-09" .
<article/a/period/wrong> a att:Period ; rdfs:label "wrong"@en ; att:firstDay "2025-05-31" ; att:lastDay "2025-05-01" .
<article/a/period/soon> a att:Period ; rdfs:label "soon"@en .
<article/a/period/never> a att:Period ; rdfs:label "never spoken of"@en .
"""


def event(name: str, period: str, more: str = "") -> str:
    about = f'a att:Event ; rdfs:label "{name}"@en ; att:period <article/a/period/{period}>'
    return f"<article/a/event/{name}> {about} {more} .\n"


def statement(number: int, more: str, article: str = "a") -> str:
    about = f'a att:Assertion, att:Statement ; rdfs:label "said {number}"@en'
    return f"<article/{article}/statement/{number}> {about} {more} .\n"


COUNT = 'a att:Observation ; rdfs:label "100 killed"@en ; att:period <article/a/period/may>'
ARTICLE = "".join(
    [
        PERIODS,
        event("parade", "ninth", "; att:attestedBy <article/a/statement/1>"),
        event("month", "may", "; att:attestedBy <article/a/statement/2>"),
        event("odd", "wrong"),
        '<article/a/event/bare> a att:Event ; rdfs:label "bare"@en .\n',
        statement(1, "; att:claimant id:russia, <article/a/voice>"),
        statement(2, "; att:period <article/a/period/soon>"),
        statement(3, "; att:claimant id:ukraine ; att:prints <article/a/observation/1> ; att:indicator code:killed"),
        f"<article/a/observation/1> {COUNT} .\n",
    ]
)


@pytest.fixture
def view(tmp_path: Path) -> View:
    return Kept(tmp_path).publish(article__a=ARTICLE, article__b=statement(1, "; att:claimant id:russia", "b"))


def names(view: View, records: list[int]) -> list[str]:
    return [path.rpartition("/")[2] for path in view.paths(records)]


def test_events_come_in_the_order_of_their_days_and_those_without_sound_days_last(view: View) -> None:
    first, second, *others = names(view, in_order(view, EVENT, "span", None, 10))
    assert [first, second] == ["month", "parade"]  # 1 May is before 9 May
    assert sorted(others) == ["bare", "odd"]
    assert set(names(view, list(view.set(EVENT, "span", "undated")))) == {"bare", "odd"}
    assert names(view, in_order(view, EVENT, "span", None, 1, 1)) == ["parade"]


def test_an_event_is_reported_by_those_who_make_its_statements_and_a_count_given_by_those_who_print_it(
    view: View,
) -> None:
    reported = {who: names(view, list(view.set(EVENT, "reporter", who))) for who in view.sets.values(EVENT, "reporter")}
    assert reported == {"russia": ["parade"], "article/a/voice": ["parade"]}
    assert view.sets.values(OBSERVATION, "reporter") == ["ukraine"]


def test_what_falls_in_a_month_falls_in_its_year_too(view: View) -> None:
    found = {when: names(view, list(view.set(EVENT, "date", when))) for when in view.sets.values(EVENT, "date")}
    assert found == {"2025": ["month", "odd", "parade"], "2025-05": ["month", "odd", "parade"]}


def test_a_long_period_falls_in_each_of_its_years_and_in_no_month(tmp_path: Path) -> None:
    days = 'att:firstDay "2021-11-01" ; att:lastDay "2023-12-31"'  # 26 months
    view = Kept(tmp_path).publish(
        article__a=f'<article/a/period/may> a att:Period ; rdfs:label "long"@en ; {days} .\n{event("war", "may")}'
    )
    assert view.sets.values(EVENT, "date") == ["2021", "2022", "2023"]


def test_only_times_of_which_statements_are_told_are_listed(view: View) -> None:
    assert names(view, list(view.set(PERIOD, "told", "yes"))) == ["soon"]


def test_a_shared_time_is_told_where_a_statement_of_any_article_names_it(tmp_path: Path) -> None:
    shared = "".join(f'id:{name} a att:Period ; rdfs:label "{name}"@en .\n' for name in ("years", "days"))
    kept = Kept(tmp_path)
    for period in ("id:years", "id:days"):
        view = kept.publish(
            authority=shared,
            article__a=statement(1, f"; att:period {period}"),
            article__b='<article/b/event/e> a att:Event ; rdfs:label "e"@en ; att:period id:days .',
        )
    assert not view.set(PERIOD, "told", "yes")
    assert [values_of(kept.at(n), "statement", "period") for n in (1, 2)] == [["id/years"], ["id/days"]]


def test_what_has_no_value_comes_after_all_that_has_one(view: View) -> None:
    found = names(view, in_order(view, STATEMENT, "claimant", None, 10))
    assert found == [
        "1",
        "1",
        "1",
        "3",
        "2",
    ]  # the voice's, both of russia's, ukraine's, and the one without a claimant


def test_the_place_of_a_record_is_that_at_which_the_order_has_it(view: View) -> None:
    everything = in_order(view, STATEMENT, "article", None, 10)
    assert len(everything) == 4
    assert [place_of(view, STATEMENT, "article", None, record) for record in everything] == [0, 1, 2, 3]
    russian = view.set(STATEMENT, "claimant", "russia")
    assert [place_of(view, STATEMENT, "article", russian, record) for record in russian] == [0, 1]
    assert place_of(view, STATEMENT, "article", russian, 0) is None


def test_the_positions_on_an_issue_are_cut_into_pages_party_by_party(tmp_path: Path) -> None:
    """The party with most comes first, who holds two positions alike has both, and after them all claimants follow."""
    parties = {1: "holder id:a", 2: "holder id:a", 3: "holder id:a", 4: "holder id:b", 5: "holder id:a, id:b"}
    parties |= {6: "claimant id:c", 7: "claimant id:c", 8: "claimant id:c, id:d"}
    view = Kept(tmp_path).publish(
        article__a="".join(
            f'<article/a/statement/{n}> a att:Position, att:Statement ; rdfs:label "s{n}"@en ;'
            f" att:issue id:i ; att:{party} .\n"
            for n, party in parties.items()
        )
    )
    found = issue_lists._parties(view, view.set(STATEMENT, "issue", "i"))
    whole = [view.record(f"article/a/statement/{n}") for n in (1, 2, 3, 5, 4, 5, 6, 7, 8, 8)]
    assert [party.number for party in found] == [4, 2, 3, 1]
    for offset in range(11):
        for limit in range(1, 11):
            assert issue_lists._slice(view, found, limit, offset) == whole[offset:][:limit]


def test_an_entity_and_a_code_of_the_same_name_are_two_values_of_a_facet(tmp_path: Path) -> None:
    about = ["id:attacks", "code:attacks, code:killed", "<article/b>", "<article/a/thing/x>"]
    said = "".join(statement(n, f"; att:about {what} ; att:modality code:flat") for n, what in enumerate(about))
    view = Kept(tmp_path).publish(article__a=said)
    found = {value: names(view, list(view.set(STATEMENT, "about", value))) for value in view.sets.values(7, "about")}
    assert found == {
        "attacks": ["0"],
        "code/attacks": ["1"],
        "code/killed": ["1"],
        "article/b": ["2"],
        "article/a/thing/x": ["3"],
    }
    assert view.sets.values(STATEMENT, "modality") == ["flat"]


def test_only_counts_that_an_article_prints_with_their_number_are_figures(tmp_path: Path) -> None:
    whole = "att:indicator code:killed ; att:value 100"
    given = {"printed": whole, "unprinted": whole, "numberless": "att:indicator code:killed", "bare": "att:value 100"}
    counts = "".join(
        f'<article/a/observation/{name}> a att:Observation ; rdfs:label "{name}"@en ; {more} .\n'
        for name, more in given.items()
    )
    printed = ", ".join(f"<article/a/observation/{name}>" for name in given if name != "unprinted")
    figure = f'<article/a/statement/1> a att:Figure, att:Statement ; rdfs:label "x"@en ; att:prints {printed} .'
    view = Kept(tmp_path).publish(article__a=counts + figure)
    assert names(view, list(view.set(OBSERVATION, "figure", "yes"))) == ["printed"]
