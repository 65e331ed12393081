"""The comparison of results finds what differs, and only that; and the report fails a run for what must not be."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conformance.clients.questions import Questions, Row, judge
from conformance.engines.tried import Tried
from conformance.exceptions import EXCEPTIONS
from conformance.outcomes import Outcome
from conformance.plan import Done, Suite
from conformance.report import problems, write_report
from conformance.results import difference, distinct, read_csv, read_result

CLIENTS = Path(__file__).parent / "clients"
ROWS = "?a\t?b\n"


def tsv(rows: str) -> object:
    return read_result((ROWS + rows).encode(), "x.tsv")


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("1\t2\n3\t4\n", "3\t4\n1\t2\n", True),
        ("1\t2\n1\t2\n", "1\t2\n", False),
        ("1\t2\n1\t2\n3\t4\n", "1\t2\n3\t4\n3\t4\n", False),
        ("_:x\t_:y\n", "_:p\t_:q\n", True),
        ("_:x\t_:x\n", "_:p\t_:q\n", False),
        ("_:x\t_:y\n_:y\t_:x\n", "_:p\t_:q\n_:q\t_:p\n", True),
        ("_:x\t_:y\n_:y\t_:x\n", "_:p\t_:q\n_:p\t_:q\n", False),
        ("1\t\n", "1\t2\n", False),
        ("2.50\t1\n", "2.5\t1\n", True),
        ("2.5\t1\n", "2.5e0\t1\n", False),
        ('"a"@en\t1\n', '"a"\t1\n', False),
    ],
)
def test_solutions_are_compared_as_a_multiset_by_value_with_blank_nodes_one_to_one(
    expected: str, actual: str, same: bool
) -> None:
    assert (difference(tsv(expected), tsv(actual)) is None) is same


def test_solutions_that_have_an_index_are_compared_in_order() -> None:
    def ordered(first: int, second: int) -> object:
        solution = '[ rs:index {} ; rs:binding [ rs:variable "a" ; rs:value {} ] ]'
        text = (
            "@prefix rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#> ."
            f'[] a rs:ResultSet ; rs:resultVariable "a" ; rs:solution {solution.format(1, first)},'
            f" {solution.format(2, second)} ."
        )
        return read_result(text.encode(), "x.ttl")

    assert difference(ordered(5, 6), ordered(5, 6)) is None
    assert difference(ordered(5, 6), ordered(6, 5)) is not None


def test_a_derived_integer_type_counts_as_integer_only_where_asked() -> None:
    byte = '"7"^^<http://www.w3.org/2001/XMLSchema#byte>\t1\n'
    assert difference(tsv(byte), tsv("7\t1\n")) is not None
    assert difference(tsv(byte), tsv("7\t1\n"), derived=True) is None


def test_lax_cardinality_leaves_open_how_often_a_solution_comes() -> None:
    assert difference(distinct(tsv("1\t2\n1\t2\n")), distinct(tsv("1\t2\n"))) is None
    assert difference(distinct(tsv("1\t2\n")), distinct(tsv("1\t3\n"))) is not None


def test_csv_is_compared_by_value_and_booleans_and_graphs_too() -> None:
    assert difference(read_csv(b"a\r\n2.50\r\n"), read_csv(b"a\r\n2.5\r\n")) is None
    assert difference(read_csv(b"a\r\n2.51\r\n"), read_csv(b"a\r\n2.5\r\n")) is not None
    assert difference(True, False) is not None
    one, other = b"_:a <http://e/p> _:b .", b"_:b <http://e/p> _:b ."
    assert difference(read_result(one, "x.nt"), read_result(one.replace(b"_:a", b"_:z"), "x.nt")) is None
    assert difference(read_result(one, "x.nt"), read_result(other, "x.nt")) is not None


def done(*outcomes: Outcome, reach: int = 1) -> Done:
    return Done(Suite("A suite", lambda _, __: [], len(outcomes), reach), list(outcomes))


def test_the_run_fails_for_a_missed_reach_an_unlisted_miss_a_listed_pass_and_a_client() -> None:
    assert problems([done(Outcome("a"))], []) == []
    assert "are the reach" in problems([done(Outcome("a"), reach=2)], [])[0]
    assert "no cause is listed" in problems([done(Outcome("a"), Outcome("b", "differs"))], [])[0]
    assert "passes now" in problems([done(Outcome(next(iter(EXCEPTIONS))))], [])[0]
    assert problems([], [Row("a client", "1", {"select": "fails"})]) == ["a client, select: fails"]
    assert problems([], [Row("a client", "1", missing="java is not installed")]) == []


def test_the_report_names_every_miss_and_what_could_not_be_tried() -> None:
    missed = done(Outcome("a/b", "other"), reach=0)
    engines = [Tried("Fuseki", "6", 3, {"a page": "500"}), Tried("Virtuoso", "", missing="it is not installed")]
    text = write_report([missed], [Row("Jena", "5", missing="mvn is not here")], engines, "2000-01-01", "c0ffee")
    assert "`a/b`: other" in text
    assert "| Jena | 5 | not tried |" in text
    assert "mvn is not here" in text
    assert "| Fuseki | 6 | 2 of 3 |" in text
    assert re.search(r"\| Fuseki \| [^|]*a page[^|]*500", text)
    assert re.search(r"\| Virtuoso \|[^|]*\| it is not installed \|", text)


def test_a_client_that_only_repeats_the_query_in_its_error_did_not_tell_of_it() -> None:
    questions = Questions("http://127.0.0.1:40012/sparql", "", 1)
    assert judge({"error": {"failed": "Connection refused: " + questions.error}}, questions)["error"]
    assert judge({"error": ["Crimea"]}, questions)["error"]
    assert judge({"error": {"failed": "HTTP status 400"}}, questions)["error"] is None


def test_the_clients_are_locked_and_the_lock_names_no_registry() -> None:
    lock = json.loads((CLIENTS / "js" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert all("integrity" in package and "resolved" not in package for package in packages)
    assert "<repository>" not in (CLIENTS / "java" / "pom.xml").read_text()
    versions = re.findall(r"<version>([^<]*)</version>", (CLIENTS / "java" / "pom.xml").read_text())
    assert versions
    assert all(re.fullmatch(r"[\d.]+|\$\{\w+\.version\}", version) for version in versions)
