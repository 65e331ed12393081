"""The questions of docs/ontology-2.md, each asked of the sample; the answers were read off its text beforehand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, QuerySolutions, Store

from helpers.serving import HOME
from kg.corpus.sources.read import read_graphs
from kg.corpus.validation.validate import load_graphs
from kg.settings import Settings

PAGE = (HOME / "docs" / "ontology-2.md").read_text("utf-8")
PREFIXES = re.findall(r"```sparql-prefixes\n(.*?)```", PAGE, re.DOTALL)[0]
QUESTIONS = {int(number): query for number, query in re.findall(r"### (\d+)\..*?```sparql\n(.*?)```", PAGE, re.DOTALL)}

RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
EXPECTED = {
    1: {"004-2", "014-1"},
    2: {"003-1 harrowmere-rebuilding", "017-1 017-2"},
    3: {"004-1"},
    4: {"026-1", "026-3"},
    5: {"002-1", "024-1", "025-1", "027-1"},
    6: {"005-1 possible", "014-1 possible", "019-1 likely"},
    7: {
        *("005-2", "005-3", "008-1", "009-1", "010-1", "016-2", "017-2", "018-2"),
        *("026-2", "026-3", "026-4", "026-5"),
    },
    8: {"004-1", "004-2"},
    9: {
        *("004-1 opposes 003-1", "003-1 opposes 004-1"),
        *("021-1 contradicts 015-1", "015-1 contradicts 021-1"),
    },
    10: {"ada-quill 003-1", "ada-quill 017-1", "harrowmere-trust 004-1", "harrowmere-trust 004-2"},
    11: {"015-1 often", "023-1 often"},
    12: {"persons at-least 1240"},
    13: {"012-1 1,240 at-least", "020-1 1,240 as-printed"},
    14: {"voice 15", "harrowmere-trust 2", "harrowmere-county 2", "ada-quill 4"},
    15: {"hearing 006-1"},
    16: {"025-1"},
    17: {"008-1 who", "009-1 how-long", "018-2 whether"},
    18: {
        *("005-1 if 005-2 005-3", "016-1 even-if 016-2 016-3"),
        *(f"026-1 if {one} {other}" for one in ("026-2", "026-3") for other in ("026-4", "026-5")),
    },
    19: {
        *("003-1 a front door ada-quill", "014-1 the town harrowmere-council", "016-1 Quill ada-quill"),
        *("016-3 Quill ada-quill", "018-1 her plan harrowmere-rebuilding", "021-1 The mayor ada-quill"),
    },
}
"""Number of a question → the rows of its answer, each value by its last part."""


@pytest.fixture(scope="module")
def store(sample_home: Path) -> Store:
    """The sample with all that is derived of it; only its article counts, so that the lists stay out of the answers."""
    store = Store()
    load_graphs(store, (read.graph for read in read_graphs(Settings(home=sample_home)) if read.graph))
    return store


def ask(store: Store, number: int) -> set[str]:
    found = store.query(PREFIXES + QUESTIONS[number], use_default_graph_as_union=True)
    assert isinstance(found, QuerySolutions)
    return {" ".join(re.split(r"[/#]", value.value)[-1] for value in row if value) for row in found}


def test_there_are_twenty_questions() -> None:
    assert sorted(QUESTIONS) == list(range(1, 21))


@pytest.mark.parametrize("number", sorted(EXPECTED))
def test_a_question_has_the_answer_that_the_text_gives(store: Store, number: int) -> None:
    assert ask(store, number) == EXPECTED[number]


def test_what_is_negated_is_not_told_as_wanted(store: Store) -> None:
    """As though Ada Quill did not want the rebuilding of the harbour (003-1)."""
    [denied] = [
        f"{quad.subject} <https://attested.example/ns#negated> true"
        for quad in store.quads_for_pattern(None, RDF_TYPE, NamedNode("https://attested.example/ns#Position"))
        if str(quad.subject).endswith("/003-1>")
    ]
    store.update(f"INSERT DATA {{ GRAPH <urn:denied> {{ {denied} }} }}")
    try:
        assert ask(store, 2) == EXPECTED[2] - {"003-1 harrowmere-rebuilding"}
    finally:
        store.update("DROP GRAPH <urn:denied>")


def test_what_the_encoder_supplied_is_told_with_its_reason(store: Store) -> None:
    rows = ask(store, 20)
    assert {row.split(" ")[0] for row in rows} >= {"003-1", "004-1", "meeting"}
    assert all(len(row.split(" ")) > 4 for row in rows), "each has its reason"
