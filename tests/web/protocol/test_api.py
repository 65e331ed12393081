"""Stored queries as REST: values that are bound, forms, errors, and the OpenAPI document."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from urllib.parse import quote, urlencode

import pytest
import rdflib
import schemathesis

from helpers.serving import BASE, HOME, Server
from kg.catalogue.finding.parameters import XSD
from kg.queries import Parameter, StoredQuery, read_queries
from kg.release.manifest import Manifest
from kg.store import Answer
from kg.web.protocol.api import to_objects

QUERIES = read_queries(HOME / "queries", BASE)
PARAMETERS = [(query, parameter) for query in QUERIES for parameter in query.parameters]


def rows(server: Server, name: str, **given: str) -> list[dict[str, str]]:
    answer = server.get(f"/api/{name}.csv?{urlencode(given)}")
    assert answer.status == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_stored_query_answers(server: Server, query: StoredQuery) -> None:
    answer = server.get(f"/api/{query.name}")
    assert answer.status == 200, answer.text
    assert f"</query/{query.name}>" in answer.headers["Link"]
    if query.form == "SELECT":
        found = json.loads(answer.body)
        assert answer.media_type == "application/json"
        assert len(found) == len(rows(server, query.name))
        half = len(found) // 2 + 1
        pages = [json.loads(server.get(f"/api/{query.name}?limit={half}&offset={n}").body) for n in (0, half)]
        whole = json.loads(server.get(f"/api/{query.name}?limit={2 * half}").body)
        assert sorted(map(str, pages[0] + pages[1])) == sorted(map(str, whole))
    else:
        assert answer.media_type == "text/turtle"
        if query.name != "reifiers":  # RDF 1.2, which rdflib cannot read
            assert len(rdflib.Graph().parse(data=answer.body, format="turtle"))


@pytest.mark.parametrize(("query", "parameter"), PARAMETERS, ids=lambda each: each.name)
def test_a_parameter_gives_the_rows_of_its_value_and_no_other(
    server: Server, query: StoredQuery, parameter: Parameter
) -> None:
    whole = rows(server, query.name)
    values = {row[parameter.name] for row in whole}
    assert rows(server, query.name, **{parameter.name: parameter.example}), "the example of the header gives no row"
    for value in sorted(values)[:8]:
        wanted = [row for row in whole if row[parameter.name] == value]
        assert sorted(map(str, rows(server, query.name, **{parameter.name: value}))) == sorted(map(str, wanted)), value


def test_there_are_parameters_of_the_chief_kinds() -> None:
    kinds = {parameter.kind for _, parameter in PARAMETERS}
    assert kinds >= {"date", "IRI", "Thing", "Code", "Actor", "Issue", "Period"}
    assert kinds.isdisjoint({"label", "string"}), "a name is looked up, never compared with a label as it stands"


@pytest.mark.parametrize(
    "value", [f"{BASE}id/russia", "id/russia", "russia", "Russia", "RUSSIA", "Russland", "the russia"]
)
def test_a_thing_may_be_named_by_its_iri_the_last_part_of_it_or_any_name_in_any_case(
    server: Server, value: str
) -> None:
    found = rows(server, "what-someone-says", claimant=value)
    assert {row["claimant"] for row in found} == {f"{BASE}id/russia"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Rusia", "Rusia", "Nearest: russia"),
        ("id/rusia", "id/rusia", "Nearest: russia"),
        ("of another class", "NATO and alignment", "no Actor called"),
        ("of another site", "https://other.example/russia", "no Actor called"),
    ],
)
def test_a_value_that_names_nothing_is_an_error_with_the_nearest_names(
    server: Server, name: str, value: str, said: str
) -> None:
    answer = server.get(f"/api/what-someone-says?claimant={quote(value)}")
    assert answer.status == 404, name
    assert said in json.loads(answer.body)["detail"]


def test_the_address_of_a_replaced_query_leads_to_its_successor(server: Server) -> None:
    answer = server.get("/api/what-is-said-about-nato.csv?limit=3")
    assert (answer.status, answer.headers["Location"]) == (301, "/api/about.csv?about=nato&limit=3")
    page = server.get("/query/what-is-said-about-nato", "text/html")
    assert (page.status, page.headers["Location"]) == (301, "/query/about")
    replaced = [old.partition("?")[0] for query in QUERIES for old in query.replaces]
    assert len(replaced) == len(set(replaced))
    assert not set(replaced) & {query.name for query in QUERIES}


def test_what_is_no_integer_is_text_whatever_its_datatype_says() -> None:
    def read(value: str, datatype: str) -> object:
        rows = [{"x": {"type": "literal", "value": value, "datatype": datatype}}]
        body = json.dumps({"results": {"bindings": rows}}).encode()
        found = to_objects(Answer("solutions", "application/sparql-results+json", body))
        assert isinstance(found, list)
        return found[0]["x"]

    assert read("7", f"{XSD}integer") == 7
    assert read("true", f"{XSD}boolean") is True
    for text in ("seven", "", "1.5", "9" * 5000):
        assert read(text, f"{XSD}integer") == text
    assert read("maybe", f"{XSD}boolean") == "maybe"
    assert read("seven", "javascript:#integer") == "seven"


def test_numbers_are_numbers_and_what_has_no_value_is_left_out(server: Server) -> None:
    found = json.loads(server.get("/api/events-by-status?status=alleged").body)
    assert found
    assert all("period" not in event for event in found if "annexation" in event["event"])
    [russia] = json.loads(server.get("/api/passages-per-claimant?claimant=Russia").body)
    assert (russia["claimantLabel"], russia["passages"]) == ("Russia", 8)  # 3, 7, 16, 19, 20, 21, 22 and 90


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("application/json", "application/json"),
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv;q=0.5, text/tab-separated-values", "text/tab-separated-values"),
    ],
)
def test_rows_come_in_the_form_that_is_accepted(server: Server, accept: str | None, media_type: str) -> None:
    answer = server.get("/api/names-of-an-actor", accept)
    assert (answer.status, answer.media_type) == (200, media_type)
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/none", 404, "no stored query called none"),
        ("/api/names-of-an-actor.png", 404, "/api/names-of-an-actor.json"),
        ("/api/names-of-an-actor?acter=Russia", 400, "takes actor, limit, offset"),
        ("/api/names-of-an-actor?actor=Russia&actor=Ukraine", 400, "once"),
        ("/api/names-of-an-actor?actor=%FF", 400, "not UTF-8"),
        ("/api/names-of-an-actor?limit=-1", 400, "whole number"),
        ("/api/names-of-an-actor?limit=%D9%A1", 400, "whole number"),
        ("/api/names-of-an-actor?limit=1%0AOFFSET", 400, "whole number"),
        ("/api/dated-steps?first=2025-02-30", 400, "is a date"),
        ("/api/outside-links?thing=javascript:alert(1)", 404, "no Thing called"),
        ("/api/outside-links?thing=http://[", 404, "no Thing called"),
        ("/api/evidence-of-a-statement?statement=javascript:alert(1)", 400, "IRI"),
        ("/api/evidence-of-a-statement?statement=http://[", 400, "IRI"),
    ],
)
def test_a_wrong_request_gets_problem_details(server: Server, path: str, status: int, said: str) -> None:
    answer = server.get(path)
    problem = json.loads(answer.body)
    assert (answer.status, answer.media_type, problem["status"]) == (status, "application/problem+json", status)
    assert said in problem["detail"]
    assert problem["instance"].endswith(answer.headers["X-Request-Id"])


@pytest.mark.parametrize("value", ['"', "\\", '"@en . <b:> <b:> "', "\n", "\x00", "\u202e", "x" * 5000, "?issue }"])
def test_a_value_is_only_ever_a_value(server: Server, value: str) -> None:
    answer = server.get(f"/api/names-of-an-actor?actor={quote(value)}")
    assert answer.status == 404
    iri = server.get(f"/api/evidence-of-a-statement?statement={quote('id/' + value)}")
    assert iri.status in (200, 400, 404)
    assert iri.status in (400, 404) or iri.text.split() == ["[]"]


def test_the_list_is_a_page_to_browsers_and_json_to_programs(server: Server) -> None:
    listed = json.loads(server.get("/api").body)["questions"]
    assert [each["name"] for each in listed] == [query.name for query in QUERIES]
    page = server.get("/api", "text/html").text
    assert all(f"/api/{query.name}" in page for query in QUERIES)


def test_the_openapi_document_is_one_and_names_every_question(server: Server) -> None:
    answer = server.get("/api/openapi.json")
    document = json.loads(answer.body)
    assert list(document["paths"]) == [*(f"/api/{query.name}" for query in QUERIES), "/explain"]
    schema = schemathesis.openapi.from_dict(document)
    schema.validate()
    assert len(list(schema.get_all_operations())) == len(QUERIES) + 1
    [given] = [p for p in document["paths"]["/api/names-of-an-actor"]["get"]["parameters"] if p["name"] == "actor"]
    assert given["in"] == "query"
    assert {"value": "ukraine", "summary": "Ukraine"} in given["examples"].values()


def test_an_empty_value_stands_for_any(server: Server) -> None:
    """As a form sends it for what nobody filled in."""
    assert server.get("/api/what-someone-says?claimant=").body == server.get("/api/what-someone-says").body
    assert server.get("/api/what-someone-says?limit=").status == 400


def test_an_answer_may_be_asked_of_a_release_that_is_named(server: Server, manifest: Manifest) -> None:
    asked = server.get(f"/api/issues-with-parties?release={manifest.id}")
    assert asked.status == 200
    assert asked.body == server.get("/api/issues-with-parties").body
    assert server.get("/api/issues-with-parties?release=2000-01-01-000000000000").status == 404


def test_the_description_offers_the_values_that_a_parameter_has_in_the_release(server: Server) -> None:
    """And each of them gives rows."""
    paths = json.loads(server.get("/api/openapi.json").body)["paths"]
    told = {each["name"]: each for each in paths["/api/what-someone-says"]["get"]["parameters"]}
    offered = {each["value"]: each["summary"] for each in told["claimant"]["examples"].values()}
    assert offered["russia"] == "Russia"
    assert set(offered) == {
        row["claimant"].removeprefix(f"{BASE}id/").removeprefix(BASE) for row in rows(server, "what-someone-says")
    }
    assert all(rows(server, "what-someone-says", claimant=value) for value in offered)
    assert "release" in told


@pytest.mark.parametrize("query", [query for query in QUERIES if query.parameters], ids=lambda query: query.name)
def test_a_stored_query_can_be_tried_on_its_page(server: Server, query: StoredQuery) -> None:
    page = server.get(f"/query/{query.name}", "text/html").text
    assert f'formaction="/api/{query.name}.json"' in page or f'formaction="/api/{query.name}.ttl"' in page
    for parameter in query.parameters:
        assert re.search(rf'<(?:select|input) id="p-{parameter.name}" name="{parameter.name}"', page)
    curl = re.search(r'curl &#34;http://[^/]+(/api/[^<]*)&#34;|curl "http://[^/]+(/api/[^<"]*)"', page)
    assert curl is not None
    assert server.get(unescape(curl[1] or curl[2])).status == 200
