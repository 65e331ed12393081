"""The catalogue holds what the graphs of each release say, costs what a release changes, and survives a crash.

What is expected is read from the few triples of each test.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap

from catalogue.cataloguing import Kept
from helpers.serving import BASE
from kg.catalogue import sets
from kg.catalogue.check import find_faults
from kg.catalogue.finding import browse, search
from kg.catalogue.lines import read_graph, split_graphs
from kg.catalogue.schema import FILE_NAME, writing
from kg.catalogue.view import Catalogue, View
from kg.catalogue.write import Release, apply, prune
from kg.errors import EngineUnavailable, ReleaseError, StorageFull

RUSSIA = 'id:russia a att:State, att:Actor, att:Entity ; rdfs:label "Russia"@en ; skos:altLabel "the Kremlin"@en .'
LAKE = 'id:lake a att:Place, att:Entity ; rdfs:label "Grey Lake"@en .'

ONTOLOGY = "".join(
    f"att:{name} a owl:Class ; rdfs:subClassOf att:Entity .\n" for name in ("Place", "State", "Actor", "T0", "T1")
)


def said(number: int, label: str, more: str = "") -> str:
    return (
        f'<article/a/statement/{number}> a att:Assertion, att:Statement ; rdfs:label "{label}"@en ;'
        f" att:claimant id:russia ; att:modality code:flat {more} .\n"
    )


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def labels(view: View, text: str) -> list[str]:
    found = search.find(view, text)
    things = view.things(record for _, record in found.best)
    return [things[record].labels[0][0] for _, record in found.best]


def faults(kept: Kept, number: int) -> list[str]:
    release, graphs = kept.releases[number - 1]
    return find_faults(kept.folder, release, graphs, kept.read)


def test_a_search_in_an_earlier_release_finds_what_that_release_held(kept: Kept) -> None:
    kept.publish(authority=RUSSIA, article__a=said(1, "Russia crossed the lake"))
    kept.publish(authority=RUSSIA + LAKE, article__a=said(1, "Russia crossed the river"))
    kept.publish(authority=LAKE)
    assert labels(kept.at(1), "lake") == ["Russia crossed the lake"]
    assert labels(kept.at(2), "lake") == ["Grey Lake"]
    assert labels(kept.at(2), "river") == ["Russia crossed the river"]
    assert labels(kept.at(3), "river") == labels(kept.at(3), "russia") == []
    assert [kept.at(number).counts().get("statement", 0) for number in (1, 2, 3)] == [1, 1, 0]
    assert [browse.has(kept.at(number), "claimant", "russia") for number in (1, 2, 3)] == [True, True, False]


def test_only_what_changed_is_read(kept: Kept) -> None:
    graphs = {"authority": RUSSIA, "article__a": said(1, "one"), "article__b": said(2, "two")}
    kept.publish(**graphs)
    kept.read_graphs.clear()
    kept.publish(**graphs | {"article__b": said(2, "three"), "description": LAKE})
    assert kept.read_graphs == ["article/b"]
    assert labels(kept.at(2), "lake") == []  # what a release says of itself is no part of it


def test_a_release_is_applied_once_and_in_order(kept: Kept) -> None:
    kept.publish(authority=RUSSIA)
    kept.publish(authority=LAKE)
    release, graphs = kept.releases[1]
    assert apply(kept.folder, release, graphs, kept.read) is False
    with pytest.raises(ReleaseError, match="comes too late"):
        apply(kept.folder, Release(0, "x", release.issued, BASE), graphs, kept.read)
    assert faults(kept, 2) == []


def test_what_is_new_changed_and_withdrawn_is_told_by_release(kept: Kept) -> None:
    kept.publish(authority=RUSSIA)
    kept.publish(authority=RUSSIA + LAKE)
    kept.publish(authority=LAKE + "id:lake skos:definition 'deep' .")
    kept.publish(authority=LAKE + RUSSIA)
    first, second, third, fourth = (release.id for release, _ in kept.releases)
    assert kept.at(2).history("id/russia") == (first, first)
    assert kept.at(2).history("id/lake") == (second, second)
    assert kept.at(3).history("id/lake") == (second, third)
    assert kept.at(3).history("id/russia") is None
    assert kept.at(3).withdrawn("id/russia") == second
    assert kept.at(4).history("id/russia") == (fourth, fourth)  # it came anew
    assert kept.at(4).withdrawn("id/russia") is None
    assert kept.at(1).withdrawn("id/lake") is None  # not yet there is not withdrawn
    assert kept.at(3).withdrawn("id/nobody") is None
    told = kept.at(4).brought([first, third, fourth])
    assert {name: tuple(count) for name, count in told.items()} == {first: (1, 0), third: (0, 1), fourth: (1, 1)}


def test_what_stands_at_blank_nodes_and_its_label_count_for_nothing() -> None:
    def digest(*lines: str) -> bytes:
        return read_graph("".join(f"{line} <{BASE}graph/g> .\n" for line in lines).encode(), BASE)[0]["id/a"]

    quad = f"<{BASE}id/a#x> <http://p> _:c14n%d"
    assert digest(quad % 7) == digest(quad % 12, "_:c14n12 <http://p> <http://o>")
    assert digest(quad % 7) != digest(quad % 7, f'<{BASE}id/a> <http://p> "b"')


def test_the_default_graph_and_triples_as_terms_are_no_named_graph_s_loss() -> None:
    inner = "<<( <http://s> <http://p> <http://o> )>>"
    lines = [f"<http://s> <http://p> {inner} <http://g> .\n", '<http://s> <http://p> "> <http://h> ." <http://g> .\n']
    text = "".join([*lines, "<http://s> <http://p> <http://o> .\n"])
    assert split_graphs(text.encode()) == {"http://g": "".join(lines).encode()}
    with pytest.raises(ValueError, match="Not canonical"):
        split_graphs(b"no quad\n")


def test_a_date_changes_with_a_period_of_another_graph(kept: Kept) -> None:
    period = 'id:then a att:Period ; rdfs:label "then"@en ; att:firstDay "%s-01" ; att:lastDay "%s-28" .'
    article = said(1, "It rained", "; att:period id:then")
    kept.publish(authority=RUSSIA + period % ("2025-02", "2025-02"), article__a=article)
    kept.read_graphs.clear()
    kept.publish(authority=RUSSIA + period % ("2025-02", "2025-03"), article__a=article)
    assert kept.read_graphs == ["authority", "article/a"]

    def dates(number: int) -> list[str]:
        return sorted(kept.at(number).sets.values(7, "date"))

    assert (dates(1), dates(2)) == (["2025", "2025-02"], ["2025", "2025-02", "2025-03"])
    assert faults(kept, 2) == []


def test_kinds_follow_the_class_hierarchy_of_the_release(kept: Kept) -> None:
    def ontology(above: str) -> str:
        return (
            f'att:State a owl:Class ; rdfs:label "state"@en ; rdfs:subClassOf att:{above} .'
            'att:Actor a owl:Class ; rdfs:label "actor"@en ; rdfs:subClassOf att:Entity .'
            'att:Entity a owl:Class ; rdfs:label "entity"@en .'
        )

    kept.publish(ontology=ontology("Actor"), authority=RUSSIA)
    kept.publish(ontology=ontology("Actor").replace("subClassOf att:Actor", "subClassOf att:State"), authority=RUSSIA)
    assert [kept.at(1).thing("id/russia").kind, kept.at(2).thing("id/russia").kind] == ["State", "Actor"]  # type: ignore[union-attr]
    assert kept.at(1).classes["State"]["above"] == ["Actor", "Entity"]
    assert kept.at(1).classes["State"]["depth"] == 2


def test_a_thing_that_two_graphs_tell_of_is_there_until_both_lose_it(kept: Kept) -> None:
    kept.publish(ontology=ONTOLOGY, authority=LAKE, article__a=LAKE)
    kept.publish(ontology=ONTOLOGY, authority=RUSSIA, article__a=LAKE)
    kept.publish(ontology=ONTOLOGY, authority=RUSSIA)
    assert [kept.at(number).record("id/lake") is not None for number in (1, 2, 3)] == [True, True, False]
    assert [browse.has(kept.at(number), "type", "Place") for number in (1, 2, 3)] == [True, True, False]
    assert labels(kept.at(2), "grey lake") == ["Grey Lake"]
    assert [faults(kept, number) for number in (1, 2, 3)] == [[], [], []]


def test_an_article_s_coverage_is_counted_from_its_graph(kept: Kept) -> None:
    passages = "".join(
        f"<article/a/passage/{n}> att:kind code:{kind} ; oa:hasSource <article/a> {more} .\n"
        for n, kind, more in [
            (1, "sentence", ""),
            (2, "heading", ""),
            (3, "sentence", '; skos:editorialNote "left out"'),
            (4, "sentence", ""),
        ]
    )
    article = '<article/a> a att:Article ; rdfs:label "A"@en .\n' + passages
    statements = "".join(said(n, f"s{n}", "; att:evidence <article/a/passage/1>") for n in (1, 2))
    codes = "<code/heading> att:structural true .\n"
    total, (found,) = kept.publish(codes=codes, article__a=article + statements).articles(10)
    assert total == 1
    assert found.more["states"] == {"encoded": 1, "structural": 1, "not encoded": 1, "open": 1}
    assert (found.more["statements"], found.more["claimants"]) == (2, 1)
    _, (found,) = kept.publish(codes=codes.replace("heading", "sentence"), article__a=article + statements).articles(10)
    assert found.more["states"] == {"encoded": 1, "structural": 2, "open": 1}
    assert [faults(kept, number) for number in (1, 2)] == [[], []]


def test_the_sitemap_and_the_feed_are_read_a_part_at_a_time(kept: Kept) -> None:
    many = "".join(f'id:e{n:04} a att:Entity ; rdfs:label "e{n}"@en .\n' for n in range(1500))
    kept.publish(authority=many)
    view = kept.publish(authority=many + LAKE, article__a=said(1, "one") + "<article/a/passage/1> att:kind code:x .")
    parts = view.sitemap_parts()
    assert [issued[:10] for _, issued in parts] == ["2026-01-02" if n == 1 else "2026-01-01" for n, _ in parts]
    listed = [path for part, _ in parts for path, _ in view.sitemap_part(part) or ()]
    assert len(listed) == len(set(listed)) == 1503  # passages among them, graphs not
    assert view.sitemap_part(99) is None
    told = view.changes(100)
    assert {change.path for change in told[:2]} == {"id/lake", "article/a/statement/1"}
    assert view.count_changes() == 1502  # without the passage
    assert {c.path for page in range(16) for c in view.changes(100, page * 100)} == {*listed} - {"article/a/passage/1"}
    assert [c.path for c in kept.at(1).changes(1, 1500)] == []


def test_facets_letters_and_pages_agree_with_counting_one_by_one(kept: Kept) -> None:
    chance = random.Random(7)  # noqa: S311 - the same each time
    names = [f"{chance.choice(['Ada', 'Bo', 'ßu', '9th', 'Zoë'])} {n}" for n in range(3000)]
    rows = [
        (name, chance.choice(["x", "y", "z"]), chance.choice(["flat", "may"]), f"{n:04}")
        for n, name in enumerate(names)
    ]
    data = "".join(
        f'<article/a/statement/{n}> a att:Statement ; rdfs:label "{name}"@en ; att:claimant id:{who} ;'
        f" att:modality code:{how} .\n"
        for name, who, how, n in rows
    )
    view = kept.publish(article__a=data)
    wanted = {"claimant": ["x", "y"], "modality": ["flat"]}
    selected = browse.select(view, "statement", wanted)
    matching = [row for row in rows if row[1] in "xy" and row[2] == "flat"]
    assert browse.count(view, "statement", selected) == len(matching)
    listed = [r for at in range(0, len(matching), 50) for r in browse.page(view, "statement", selected, 50, at)]
    things = view.things(listed)
    assert [things[r].path for r in listed] == [
        f"article/a/statement/{n}"
        for n in [row[3] for row in sorted(matching, key=lambda row: (_folded(row[0]), row[3]))]
    ]
    counted = browse.facets(view, "statement", wanted)
    assert {value.value: value.count for value in counted["claimant"].shown} == {
        who: sum(row[1] == who and row[2] == "flat" for row in rows) for who in "xyz"
    }
    assert sum(browse.letters(view, "statement", selected).values()) == len(matching)
    with_letter = browse.select(view, "statement", wanted, "#")
    assert browse.count(view, "statement", with_letter) == sum(row[0].startswith("9") for row in matching)


def _folded(name: str) -> str:
    from kg.names import fold

    return fold(name)


def test_more_things_than_are_sorted_at_once_are_paged_in_the_same_order(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = "".join(
        f'id:e{n} a att:Entity, att:T{n % 2} ; rdfs:label "name {n * 7919 % 500:04}"@en .\n' for n in range(500)
    )
    view = kept.publish(ontology=ONTOLOGY, authority=data)
    selected = browse.select(view, "entity", {"type": ["T1"]})
    at_once = browse.page(view, "entity", selected, 500)
    monkeypatch.setattr(browse, "_FEW", 10)
    assert [r for at in range(0, 250, 20) for r in browse.page(view, "entity", selected, 20, at)] == at_once
    assert len(set(at_once)) == 250
    everything = browse.page(view, "entity", None, 500)
    assert [record for record in everything if record in set(at_once)] == at_once


def test_few_of_many_are_sorted_without_reading_the_others(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,000 names that begin alike, 40 are wanted: a page of 20 reads no more than those."""
    data = "".join(
        f'id:e{n} a att:Entity, att:T{int(n % 25 == 0)} ; rdfs:label "name {n:04}"@en .\n' for n in range(1000)
    )
    view = kept.publish(ontology=ONTOLOGY, authority=data)
    selected = browse.select(view, "entity", {"type": ["T1"]})
    monkeypatch.setattr(browse, "_FEW", 10)
    read: list[int] = []
    ask = Catalogue.ask

    def listen(self: Catalogue, sql: str, **values: object) -> list[sqlite3.Row]:
        rows = ask(self, sql, **values)
        read.append(len(rows))
        return rows

    monkeypatch.setattr(Catalogue, "ask", listen)
    assert len(browse.page(view, "entity", selected, 20)) == 20
    assert sum(read) <= 40


def test_of_many_things_that_match_only_so_many_are_ranked(kept: Kept) -> None:
    data = "".join(f'id:e{n} a att:Entity ; rdfs:label "lake {n:03}"@en .\n' for n in range(100))
    view = kept.publish(ontology=ONTOLOGY, authority=data)
    found = search.find(view, "lake", most=30)
    assert len(found.records["entity"]) == 30
    assert found.more == {"entity"}
    assert labels(view, "lake 007")[0] == "lake 007"


def test_the_values_that_most_have_are_found_without_counting_all(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = "".join(
        said(n, f"s{n}").replace("id:russia", f"id:c{n % 40 if n < 300 else n}").replace("code:flat", f"code:m{n % 2}")
        for n in range(400)
    )
    view = kept.publish(article__a=claims)
    selection = {"modality": ["m1"]}
    whole = browse.facets(view, "statement", selection, whole="claimant")["claimant"]
    monkeypatch.setattr(browse, "MOST_VALUES", 5)
    few = browse.facets(view, "statement", selection)["claimant"]
    assert [value.count for value in few.shown] == [value.count for value in whole.shown[:5]] == [8] * 5
    assert (few.of, few.is_cut, len(whole.shown)) == (140, True, 70)


def draw_sets(chance: random.Random, numbers: list[int], selected: BitMap) -> dict[str, BitMap]:
    large = [BitMap(chance.sample(numbers, chance.randrange(1, 100))) for _ in range(100)]
    inside = [BitMap(chance.sample(list(selected), chance.randrange(1, 15))) for _ in range(100)]
    return {f"v{n:03}": members for n, members in enumerate([*large, *inside])}


def require_commonest(found: sets.Sets, held: dict[str, BitMap], selected: BitMap) -> None:
    every = {value: len(members & selected) for value, members in held.items() if members & selected}
    wanted = sorted(every.items(), key=lambda one: (-one[1], one[0]))
    for most in (1, 5, 30, 300):
        assert found.count(0, "x", selected, most) == wanted[:most]
    assert found.number(0, "x", selected) == len(every)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("most", [300, 200_000])
def test_the_commonest_values_are_those_that_counting_every_set_gives(seed: int, most: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    numbers = chance.sample(range(most), 300)
    selected = BitMap(chance.sample(numbers, 40))
    held = draw_sets(chance, numbers, selected)
    first = sets.Sets(1, {(0, "x"): held, (0, ""): {"": BitMap(numbers)}})
    require_commonest(first, held, selected)
    beside = first._beside(0)
    assert not beside & BitMap(numbers)
    more = [*numbers, *list(beside)[:50], *range(most, most + 50)]  # numbers that the group gets afterwards
    selected = BitMap(chance.sample(more, 100))
    held = draw_sets(chance, more, selected)
    after = sets.Sets(2, {(0, "x"): held, (0, ""): {"": BitMap(more)}}, first)
    require_commonest(after, held, selected)


def position(number: int, words: str, modality: str = "flat", claimant: str = "id:russia") -> str:
    return (
        f'<article/a/statement/{number}> a att:Position, att:Statement ; rdfs:label "s{number}"@en ;'
        f" att:claimant {claimant} ; att:modality code:{modality} ; att:attribution code:insists ;"
        f" att:words {words} .\n"
    )


def test_a_position_is_an_example_if_printed_words_attribute_it_and_the_better_the_more_it_shows(kept: Kept) -> None:
    words = (
        "<article/a#verb> att:expresses code:insists . <article/a#other> att:expresses code:denies ."
        " <article/a#name> att:names id:russia . <article/a/voice> a att:ArticleVoice .\n"
    )
    positions = (
        position(1, "<article/a#verb>"),
        position(2, "<article/a#verb>", "denied"),
        position(3, "<article/a#verb>, <article/a#name>"),
        position(4, "<article/a#verb>, <article/a#name>", "denied"),
        position(5, "<article/a#other>, <article/a#name>"),  # the words express another code
        position(6, "<article/a#verb>", claimant="<article/a/voice>"),  # nobody but the article says it
        position(7, "<article/a#verb>, <article/a#name>").replace("Position", "Assertion"),
        position(8, "<article/a#verb>, <article/a#name>", claimant="id:lake"),  # the words name another
    )
    view = kept.publish(authority=RUSSIA + LAKE, article__a=words + "".join(positions))
    found = {value: view.paths(view.set(7, "example", value)) for value in view.sets.values(7, "example")}
    assert found == {
        "0": ["article/a/statement/1", "article/a/statement/8"],
        "1": ["article/a/statement/2"],
        "2": ["article/a/statement/3"],
        "3": ["article/a/statement/4"],
    }


def test_sets_of_a_near_release_are_brought_forward_and_back(kept: Kept) -> None:
    for number in range(1, 6):
        kept.publish(authority=RUSSIA, article__a="".join(said(n, f"s{n}") for n in range(number)))
    with closing(sqlite3.connect(kept.folder / FILE_NAME)) as base:
        for start in range(1, 6):
            near = sets.read_sets(base, start)
            for target in range(1, 6):
                moved = sets.read_sets(base, target, near)
                assert moved._held == dict(sets.read_sets(base, target)._held), (start, target)
                assert moved.size(7, "claimant", "russia") == target


def test_a_catalogue_that_is_rebuilt_holds_the_same(kept: Kept) -> None:
    kept.publish(authority=RUSSIA + LAKE, article__a=said(1, "one"))
    kept.publish(authority=RUSSIA, article__a=said(1, "one") + said(2, "two"))
    reader = Catalogue(kept.folder)
    before = [(labels(kept.at(n), "russia"), kept.at(n).changes(10), kept.at(n).counts()) for n in (1, 2)]
    assert labels(reader.at(kept.releases[0][0].id), "lake") == ["Grey Lake"]
    kept.rebuild()
    assert [(labels(kept.at(n), "russia"), kept.at(n).changes(10), kept.at(n).counts()) for n in (1, 2)] == before
    assert labels(reader.at(kept.releases[0][0].id), "lake") == ["Grey Lake"]  # the new file, by one who read the old
    assert [faults(kept, n) for n in (1, 2)] == [[], []]


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("UPDATE things SET body = replace(body, 'Grey', 'Gray')", "is not what"),
        ("DELETE FROM things WHERE folded = 'grey lake'", "not found by search"),
        ("DELETE FROM stands WHERE record = (SELECT id FROM records WHERE path = 'id/lake')", "is missing"),
        ("DELETE FROM sets WHERE name = 'type' AND value = 'Place'", "other members"),
        ('UPDATE classes SET body = \'{"X": {"above": []}}\'', "classes"),
        ("INSERT INTO words (words) VALUES ('delete-all')", "by its words"),
        ("INSERT INTO stands SELECT 999, since, until, first, rank FROM stands LIMIT 1", "records, and the graphs"),
    ],
)
def test_what_differs_from_the_graphs_is_found(kept: Kept, harm: str, told: str) -> None:
    kept.publish(ontology=ONTOLOGY, authority=RUSSIA + LAKE)
    assert faults(kept, 1) == []
    with closing(sqlite3.connect(kept.folder / FILE_NAME, isolation_level=None)) as base:
        base.execute(harm)
    assert any(told in fault for fault in faults(kept, 1))


def test_the_index_of_words_is_checked_in_one_go_and_not_searched_for_each_thing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search takes longer the more things there are, so one for each would take their square."""
    kept.publish(ontology=ONTOLOGY, authority=RUSSIA + LAKE, article__a=said(1, "Russia crossed the lake"))
    asked: list[str] = []
    ask = Catalogue.ask

    def listen(self: Catalogue, sql: str, **values: object) -> list[sqlite3.Row]:
        asked.append(sql)
        return ask(self, sql, **values)

    monkeypatch.setattr(Catalogue, "ask", listen)
    assert faults(kept, 1) == []
    assert asked
    assert not [sql for sql in asked if "MATCH" in sql]


def test_a_missing_unknown_or_damaged_catalogue_is_told(kept: Kept, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="kg catalogue"):
        Catalogue(tmp_path / "none").at("x")
    kept.publish(authority=RUSSIA)
    with pytest.raises(EngineUnavailable, match="does not know release"):
        Catalogue(kept.folder).at("2026-01-01-ffffffffffff")
    for end in ("-wal", "-shm"):
        (kept.folder / f"{FILE_NAME}{end}").unlink(missing_ok=True)
    (kept.folder / FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(EngineUnavailable, match="kg catalogue"):
        Catalogue(kept.folder).at("x")
    assert faults(kept, 1) == ["the catalogue is missing or cannot be read"]
    kept.publish(authority=LAKE)  # it is begun anew
    assert faults(kept, 2) == []


def test_a_catalogue_of_another_layout_is_not_read_as_one_of_this(kept: Kept) -> None:
    kept.publish(authority=RUSSIA)
    with writing(kept.folder / FILE_NAME) as base:
        base.execute("UPDATE meta SET value = value - 1 WHERE name = 'format'")
    with pytest.raises(EngineUnavailable, match="layout is that of another version"):
        Catalogue(kept.folder).at(kept.releases[0][0].id)


def test_another_base_iri_begins_the_catalogue_anew(kept: Kept) -> None:
    kept.publish(authority=RUSSIA)
    release = Release(2, "2026-01-02-000000000002", "2026-01-02T00:00:00Z", "https://other.example/")
    apply(kept.folder, release, {}, kept.read)
    assert Catalogue(kept.folder).sequences() == {2: release.id}


def test_a_release_that_cannot_be_read_to_its_end_changes_nothing(kept: Kept) -> None:
    kept.publish(authority=RUSSIA, article__a=said(1, "one"))
    release = kept.release(authority=RUSSIA + LAKE, article__a=said(1, "two"))
    graphs = kept.releases[-1][1]

    def read(iri: str, digest: str) -> bytes:
        if iri.endswith("article/a"):
            raise OSError("the disk is gone")
        return kept.read(iri, digest)

    with pytest.raises(OSError, match="gone"):
        apply(kept.folder, release, graphs, read)
    assert Catalogue(kept.folder).sequences().keys() == {1}
    assert faults(kept, 1) == []
    assert apply(kept.folder, release, graphs, kept.read)
    assert faults(kept, 2) == []


def _apply_and_die(kept: Kept, release: Release, graphs: Any) -> None:
    def read(iri: str, digest: str) -> bytes:
        if iri.endswith("article/b"):
            os.kill(os.getpid(), signal.SIGKILL)
        return kept.read(iri, digest)

    apply(kept.folder, release, graphs, read)


def test_a_crash_in_the_middle_leaves_the_release_before_and_is_caught_up(kept: Kept) -> None:
    kept.publish(authority=RUSSIA)
    many = "".join(said(n, f"statement {n} of many") for n in range(500))
    release = kept.release(authority=RUSSIA, article__a=many, article__b=said(900, "last"))
    graphs = kept.releases[-1][1]
    child = multiprocessing.get_context("fork").Process(target=_apply_and_die, args=(kept, release, graphs))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert Catalogue(kept.folder).sequences().keys() == {1}
    assert faults(kept, 1) == []
    apply(kept.folder, release, graphs, kept.read)
    assert faults(kept, 2) == []
    assert kept.at(2).counts()["statement"] == 501


def test_a_disk_without_room_is_told_as_that(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = sqlite3.connect

    def connect(*given: Any, **named: Any) -> sqlite3.Connection:
        base = usual(*given, **named)
        base.execute("PRAGMA max_page_count = 4")
        return base

    monkeypatch.setattr("kg.catalogue.schema.sqlite3.connect", connect)
    with pytest.raises(StorageFull, match="no room"):
        kept.publish(authority=RUSSIA)
    monkeypatch.undo()
    kept.publish(authority=RUSSIA)
    assert faults(kept, 2) == []


def test_pruning_forgets_what_only_dropped_releases_held_and_keeps_history(kept: Kept) -> None:
    kept.publish(authority=LAKE + RUSSIA)
    kept.publish(authority=LAKE.replace("Grey", "Green") + RUSSIA)
    kept.publish(authority=LAKE.replace("Grey", "Blue"))
    prune(kept.folder, [3])
    with closing(sqlite3.connect(kept.folder / FILE_NAME)) as base:
        bodies = [row[0] for row in base.execute("SELECT body FROM things")]
        assert [("Blue" in body) for body in bodies] == [True]
        assert base.execute("SELECT count(*) FROM words WHERE words MATCH 'green'").fetchone() == (0,)
        assert base.execute("SELECT count(*) FROM trigrams WHERE trigrams MATCH 'green'").fetchone() == (0,)
    assert faults(kept, 3) == []
    first, second, third = (release.id for release, _ in kept.releases)
    assert kept.at(3).withdrawn("id/russia") == second
    assert kept.at(3).history("id/lake") == (first, third)


def test_many_threads_read_while_releases_are_applied(kept: Kept) -> None:
    kept.publish(authority=RUSSIA + LAKE)
    reader = Catalogue(kept.folder)
    name = kept.releases[0][0].id
    wrong: list[object] = []

    def read() -> None:
        for _ in range(30):
            found = labels(reader.at(name), "lake")
            if found != ["Grey Lake"]:
                wrong.append(found)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(10):
        kept.publish(authority=RUSSIA, article__a=said(number, f"s{number}"))
    for thread in threads:
        thread.join()
    assert wrong == []
