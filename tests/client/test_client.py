"""The Python client: the same values from a server and from a folder, with types, and one release for all of them."""

from __future__ import annotations

import csv
import datetime
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import kg
from helpers.releasing import begin
from helpers.serving import BASE, HOME, Server
from kg.client import Connection, Iri, Literal, Rows, Statement, Triples
from kg.client.values import to_value
from kg.errors import (
    EngineUnavailable,
    KgError,
    ParameterError,
    QueryNotAcceptable,
    QuerySyntaxError,
    QueryTooLarge,
    ReleaseError,
    SettingsError,
)
from kg.release.work.build import build
from kg.settings import Settings

EXPECTED = HOME / "tests" / "expected"
TEXTS = HOME / "tests" / "data" / "texts"
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.fixture(scope="module", params=["server", "folder"])
def graph(request: pytest.FixtureRequest, server: Server, releases: Path) -> Iterator[Connection]:
    """A connection of each kind to the release of the real data."""
    with kg.connect(server.url if request.param == "server" else releases) as connection:
        yield connection


@pytest.fixture(scope="module")
def invented(sample_release: Path) -> Iterator[Connection]:
    """A connection to a folder with the invented article, whose text is available."""
    with kg.connect(sample_release, texts=TEXTS) as connection:
        yield connection


def as_csv(rows: Rows) -> list[list[str]]:
    def text(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return "" if value is None else str(value)

    return [list(rows.variables), *([text(row.get(name)) for name in rows.variables] for row in rows)]


@pytest.mark.parametrize("path", sorted(EXPECTED.glob("*.csv")), ids=lambda path: path.stem)
def test_each_stored_query_gives_its_expected_answer(graph: Connection, path: Path) -> None:
    name, is_example = path.stem.removesuffix(".examples"), path.stem.endswith(".examples")
    stored = graph.stored_queries()[name]
    found = graph.ask(name, **{n: told["example"] for n, told in stored.parameters.items()} if is_example else {})
    assert isinstance(found, Rows)
    wanted = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    rows = as_csv(found)
    if "ORDER BY" not in stored.text:
        rows, wanted = [rows[0], *sorted(rows[1:])], [wanted[0], *sorted(wanted[1:])]
    assert rows == wanted


def test_a_statement_says_who_how_firmly_where_and_of_which_release(graph: Connection) -> None:
    """Worked out from the encoding of passage 7: Russia says outright that it has annexed four regions."""
    found = graph.statement("article/florida-talks/statement/007-2")
    assert [each.iri for each in found.claimants] == [BASE + "id/russia"]
    assert found.holders == ()
    assert found.modality is not None
    assert found.modality.iri == BASE + "code/flat"
    assert found.evidence.passage == BASE + "article/florida-talks/passage/007"
    assert (found.evidence.start, found.evidence.end) == (823, 946)
    assert found.release == graph.release
    assert [str(each) for each in found.subjects] == ["Russia"]
    assert [str(each) for each in found.issues] == ["Territory"]
    assert graph.read(found).startswith("Russia says")


def test_statements_are_chosen_by_what_is_given(graph: Connection) -> None:
    by_name = graph.statements(claimant="Russia", issue="Territory")
    assert by_name
    assert by_name == graph.statements(claimant="id/russia", issue=BASE + "id/issue-territory")
    assert {who.iri for each in by_name for who in each.claimants} == {BASE + "id/russia"}
    passage = graph.statements(passage="article/florida-talks/passage/007")
    assert {each.evidence.passage for each in passage} == {BASE + "article/florida-talks/passage/007"}
    assert len(passage) > 1


def test_pages_of_statements_join_without_gap_or_repetition(graph: Connection) -> None:
    whole = [each.iri for each in graph.statements(limit=40)]
    assert len(set(whole)) == 40
    assert [each.iri for n in (0, 15, 30) for each in graph.statements(limit=15, offset=n)][:40] == whole


def test_figures_are_numbers_with_their_bounds(graph: Connection) -> None:
    """From the article: at least 226 civilians were killed in November 2025, 148 in October."""
    found = graph.figures(indicator="killed")
    november = [figure for figure in found if figure.value == 226]
    assert {str(figure.bound) for figure in november} == {"at least", "as printed"}  # it is printed twice
    assert {str(figure.observation_bound) for figure in november} == {"at least"}
    days = (datetime.date(2025, 11, 1), datetime.date(2025, 11, 30))
    assert {(figure.first_day, figure.last_day) for figure in november} == {days}
    assert len({figure.observation for figure in november}) == 1
    assert [str(figure.observation_bound) for figure in found if figure.value == 148] == ["as printed"]


def test_an_entity_is_found_by_its_iri_its_key_and_its_name(graph: Connection) -> None:
    found = graph.entity("Russia")
    assert found == graph.entity("russia") == graph.entity("id/russia") == graph.entity(BASE + "id/russia")
    assert "http://www.wikidata.org/entity/Q159" in found.same_as
    assert found.claims == len(graph.statements(claimant="russia", limit=1000))
    assert found.about == len(graph.statements(about="russia", limit=1000))


def test_a_dispute_sets_the_parties_side_by_side(graph: Connection) -> None:
    found = graph.dispute("Territory")
    parties = {position.party.label: position.statements for position in found.positions}
    assert {"Russia", "Ukraine"} <= parties.keys()
    said = [each for its in (*parties.values(), found.unclaimed) for each in its]
    assert sorted({each.iri for each in said}) == [s.iri for s in graph.statements(issue="Territory", limit=1000)]
    assert not any(each.claimants or each.holders for each in found.unclaimed)
    within = {each.iri for each in said}
    assert found.oppositions
    assert all(within.issuperset(pair) for pair in found.oppositions + found.contradictions)


@pytest.mark.parametrize(
    ("statement", "role", "parties"),
    [
        ("008-1", "holder", ["most-of-international-community", "ukraine"]),
        ("048-1", "holder", ["european-leaders", "us-leaders"]),
        ("048-2", "holder", ["european-leaders", "us-leaders"]),
        ("008-2", "claimant", ["most-of-international-community", "ukraine"]),
        ("016-4", "claimant", ["several-european-governments", "ukraine"]),
        ("049-2", "claimant", ["european-leaders", "us-leaders"]),
    ],
)
def test_a_statement_of_several_parties_names_each_and_is_chosen_by_each(
    graph: Connection, statement: str, role: str, parties: list[str]
) -> None:
    """Read off the encoding: the six statements of the article that have several claimants or holders."""
    iri = f"{BASE}article/florida-talks/statement/{statement}"
    found = graph.statement(iri)
    named = found.holders if role == "holder" else found.claimants
    assert sorted(each.iri.key for each in named) == parties
    for each in named:
        chosen = graph.statements(limit=1000, **{role: each.iri})
        assert iri in {one.iri for one in chosen}
        assert all(each in (one.holders if role == "holder" else one.claimants) for one in chosen)


def test_a_position_of_several_parties_is_told_of_each(graph: Connection) -> None:
    """Ukraine rejects Russia's territorial claims (008-1) as most of the international community does; and the stored
    query counts the same positions of each party."""
    positions = {each.party.iri: each.statements for each in graph.dispute("Territory").positions}
    for party in ("ukraine", "most-of-international-community"):
        told = {each.iri.key for each in positions[Iri(f"{BASE}id/{party}")]}
        assert {"008-1", "008-2"} <= told
    counted = graph.ask("issues-with-parties", issue="Territory")
    assert isinstance(counted, Rows)
    held = {
        party: len([each for each in its if "Position" in each.kinds and each.holders])
        for party, its in positions.items()
    }
    assert {row["party"]: row["positions"] for row in counted} == {party: n for party, n in held.items() if n}
    assert held[Iri(f"{BASE}id/ukraine")] == 5


def test_a_search_finds_the_thing_of_that_name_first(graph: Connection) -> None:
    assert graph.search("Russia")[0].iri == BASE + "id/russia"
    assert {hit.group for hit in graph.search("Russia", "statement")} == {"statement"}


def test_a_statement_that_a_search_finds_tells_who_says_it_and_how_firmly(graph: Connection) -> None:
    """047-5 is asserted by nobody, 008-2 by Ukraine and most of the international community."""
    found = {hit.iri.key: hit for words in ("surrenders", "borders force") for hit in graph.search(words, "statement")}
    assert (found["047-5"].claimants, found["047-5"].modality) == ((), BASE + "code/supposed")
    assert sorted(each.iri.key for each in found["008-2"].claimants) == ["most-of-international-community", "ukraine"]
    assert found["008-2"].modality == BASE + "code/flat"
    assert graph.search("Russia")[0].modality is None


def test_answers_are_rows_graphs_or_truth_values(graph: Connection) -> None:
    assert graph.query("ASK { ?s a <ns#Statement> }") is True
    assert graph.query("ASK { ?s a <ns#Nothing> }") is False
    triples = graph.query("CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?s { <id/russia> } ?s ?p ?o }")
    assert isinstance(triples, Triples)
    assert len(triples) == len(triples.to_rdflib()) > 3
    with pytest.raises(QueryNotAcceptable):
        graph.rows("ASK {}")


def test_rows_become_frames_of_pandas_and_polars(graph: Connection) -> None:
    rows = graph.rows("SELECT ?n ?s WHERE { VALUES (?n ?s) { (1 'a') (UNDEF 'b') (3 <id/x>) } } ORDER BY ?s")
    pandas, polars = rows.to_pandas(), rows.to_polars()
    assert list(pandas.columns) == polars.columns == ["n", "s"]
    assert str(pandas["n"].dtype) == "Int64"
    assert polars["s"].to_list() == [str(value) for value in rows.column("s")]
    assert sorted(polars["n"].drop_nulls().to_list()) == sorted(pandas["n"].dropna().tolist()) == [1, 3]


def test_the_ontology_tells_its_terms_and_how_often_each_is_used(graph: Connection) -> None:
    uses = {row["term"]: row["uses"] for row in graph.terms()}
    counted = graph.rows("SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a <ns#Statement> }")[0]["n"]
    assert uses[BASE + "ns#Statement"] == counted


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda graph: graph.query("SELEC"), QuerySyntaxError, "line 1, column 6"),
        (lambda graph: graph.query("ASK {" * 200), QueryTooLarge, "brackets|deep"),
        (lambda graph: graph.entity("nobody at all"), ParameterError, "nobody at all"),
        (lambda graph: graph.statements(claiment="x"), ParameterError, "choose by about"),
        (lambda graph: graph.statements(limit=0), ParameterError, "from 1 to"),
        (lambda graph: graph.statement("article/florida-talks/statement/999-9"), ParameterError, "has no statement"),
        (lambda graph: graph.ask("nothing-like-it"), ParameterError, "no stored query"),
        (lambda graph: graph.ask("names-of-an-actor", acter="x"), ParameterError, "takes actor"),
        (lambda graph: graph.ask("names-of-an-actor", actor="Nowhere Land"), ParameterError, "Nowhere Land"),
        (lambda graph: graph.entity("id/x> . ?s ?p <y"), ParameterError, "says nothing|names nothing"),
        (lambda graph: graph.verify_quote("id/russia", "x"), ParameterError, "no passage or statement"),
    ],
    ids=lambda _: None,
)
def test_what_cannot_be_answered_is_an_error_that_says_what_to_do(
    graph: Connection, ask: object, error: type[KgError], said: str
) -> None:
    with pytest.raises(error, match=said):
        ask(graph)  # type: ignore[operator]


def test_a_place_that_is_no_server_or_folder_is_an_error(server: Server, releases: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="cannot be asked"):
        kg.connect("http://127.0.0.1:1")
    with pytest.raises(SettingsError, match="no address"):
        kg.connect("ftp://127.0.0.1")
    for source in (server.url, releases):
        with pytest.raises(ReleaseError, match="no release"):
            kg.connect(source, release="2000-01-01-000000000000")
    with pytest.raises(ReleaseError):
        kg.connect(tmp_path)


def test_a_connection_stays_with_its_release_and_latest_goes_on(sample: Settings, sample_release: Path) -> None:
    begin(sample_release, sample)
    label = "SELECT ?label WHERE { <id/norland> <http://www.w3.org/2000/01/rdf-schema#label> ?label } ORDER BY ?label"
    with kg.connect(sample.releases) as graph:
        before, release = list(graph.rows(label)), graph.release
        for path in (sample.data_dir / "authority").glob("*.ttl"):
            path.write_text(path.read_text("utf-8").replace('"Norland"', '"Norlandia"'), "utf-8")
        build(sample, lambda _: None)
        assert list(graph.rows(label)) == before
        newer = graph.latest()
        assert newer.release != release
        assert list(newer.rows(label)) != before
        assert newer.latest() is newer
        newer.close()
        with kg.connect(sample.releases, release=release) as again:
            assert list(again.rows(label)) == before


def test_a_quotation_is_verified_by_the_passages_digest(invented: Connection) -> None:
    statement = next(each for each in invented.statements() if each.evidence.words and len(each.evidence.words) > 30)
    words = statement.evidence.words or ""
    for quote in (words, f"  “{words}” ", words[5:25]):
        assert invented.verify_quote(statement.iri, quote).holds is True
    wrong = invented.verify_quote(statement.iri, words[5:25] + "x")
    assert (wrong.holds, wrong.digest) == (False, statement.evidence.digest)


def test_without_the_text_only_a_whole_passage_or_recorded_words_are_verified(
    invented: Connection, sample_release: Path
) -> None:
    statement = next(each for each in invented.statements(limit=1000) if each.evidence.words and each.printed)
    words = statement.evidence.words or ""
    with kg.connect(sample_release) as graph:
        assert graph.statement(statement.iri).evidence.words is None
        assert graph.verify_quote(statement.iri, words).holds is True
        assert graph.verify_quote(statement.iri, statement.printed[0]).holds is True
        part = graph.verify_quote(statement.iri, words[1:-1])
        assert part.holds is None
        assert statement.evidence.digest in part.how


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ({"type": "literal", "value": "7", "datatype": XSD + "integer"}, 7),
        ({"type": "literal", "value": "2.50", "datatype": XSD + "decimal"}, Decimal("2.50")),
        ({"type": "literal", "value": "true", "datatype": XSD + "boolean"}, True),
        ({"type": "literal", "value": "2025-12-20", "datatype": XSD + "date"}, datetime.date(2025, 12, 20)),
        ({"type": "literal", "value": "2025-02-30", "datatype": XSD + "date"}, "2025-02-30"),
        ({"type": "literal", "value": "9" * 5000, "datatype": XSD + "integer"}, "9" * 5000),
        ({"type": "literal", "value": "-INF", "datatype": XSD + "double"}, float("-inf")),
        ({"type": "literal", "value": "x"}, "x"),
        ({"type": "uri", "value": BASE + "ns#x"}, BASE + "ns#x"),
    ],
)
def test_a_term_is_read_as_pythons_value_where_there_is_one(term: dict[str, str], value: object) -> None:
    found = to_value(term)
    assert found == value
    assert isinstance(found, type(value))


def test_languages_and_unknown_datatypes_are_kept() -> None:
    spoken = to_value({"type": "literal", "value": "Gebiet", "xml:lang": "de"})
    assert isinstance(spoken, Literal)
    assert (spoken.language, spoken.datatype) == ("de", None)
    year = to_value({"type": "literal", "value": "2014", "datatype": XSD + "gYear"})
    assert isinstance(year, Literal)
    assert year.datatype == XSD + "gYear"
    assert Iri(BASE + "ns#Statement").key == "Statement"


def test_a_label_is_in_the_language_that_was_asked_for(releases: Path) -> None:
    with kg.connect(releases, language="de") as graph:
        assert graph.entity("id/russia").label == "Russland"
        assert [each.label for each in graph.statements(issue="issue-territory", limit=1)[0].issues] == ["Gebiet"]


def test_the_notebook_runs(server: Server) -> None:
    """Each cell in its turn, against a running server; the last one holds what it says."""
    notebook = json.loads((HOME / "docs" / "client.ipynb").read_text("utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) > 4
    script = "\n".join(cells).replace("http://127.0.0.1:8000", server.url)
    run = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "226" in run.stdout
    assert all(not cell.get("outputs") for cell in notebook["cells"])


def test_the_package_is_typed_and_the_values_do_not_change(graph: Connection) -> None:
    assert (HOME / "src" / "kg" / "py.typed").exists()
    statement: Statement = graph.statements(limit=1)[0]
    with pytest.raises(AttributeError):
        statement.label = "other"  # type: ignore[misc]
