"""Reconciliation as OpenRefine does it, checked against the API's own JSON Schemas."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from catalogue.cataloguing import Kept
from helpers.releasing import begin
from helpers.serving import BASE, HOME, Server, application
from kg.catalogue.classes import depth
from kg.catalogue.finding import names
from kg.catalogue.finding.names import Wanted, certain, find
from kg.catalogue.view import View
from kg.names import fold
from kg.release.work.build import build
from kg.settings import Settings
from kg.store import Answer, Query
from kg.store.pool.embedded import Pool

FORM = "application/x-www-form-urlencoded"


SUITE = Path(os.environ.get("KG_RECONCILIATION", HOME.parent / "shared" / "reconciliation-0.2"))
HAS_SUITE = (SUITE / "schemas" / "manifest.json").exists()
needs_suite = pytest.mark.skipif(not HAS_SUITE, reason=f"the API's schemas are not at {SUITE}: see KG_RECONCILIATION")


def validate(answer: Any, schema: str) -> None:
    """Check an answer against the API's schema where that is available; test_the_schemas_are_available fails if not."""
    if not HAS_SUITE:
        return
    folder = SUITE / "schemas"
    read = {name: json.loads((folder / name).read_text("utf-8")) for name in (f"{schema}.json", "type.json")}
    for one in read.values():  # their own $schema names no draft
        one.pop("$schema", None)
    read[f"{schema}.json"].get("properties", {}).pop("authentication", None)  # refers to another site; none here
    types = Resource(read["type.json"], DRAFT7)
    names = ("type.json", "https://reconciliation-api.github.io/specs/0.2/schemas/type.json")
    registry: Registry[Any] = Registry().with_resources((name, types) for name in names)
    errors = [error.message for error in Draft7Validator(read[f"{schema}.json"], registry=registry).iter_errors(answer)]
    assert errors == []


def post(server: Server, **form: object) -> Any:
    """Send a form as OpenRefine does, and return the JSON that comes."""
    body = urlencode({name: json.dumps(value) for name, value in form.items()}).encode()
    answer = server.request("POST", "/reconcile", body, Content_Type=FORM)
    assert (answer.status, answer.media_type) == (200, "application/json"), answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(answer.text)


def match(server: Server, query: str, **more: object) -> list[dict[str, Any]]:
    result = post(server, queries={"q0": {"query": query, **more}})
    validate(result, "reconciliation-result-batch")
    found: list[dict[str, Any]] = result["q0"]["result"]
    return found


def get(server: Server, path: str) -> Any:
    answer = server.get(path)
    assert (answer.status, answer.media_type) == (200, "application/json"), answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(answer.text)


@needs_suite
def test_the_schemas_are_available() -> None:
    with pytest.raises(AssertionError):
        validate({"q0": {}}, "reconciliation-result-batch")


def test_the_manifest_is_one_and_leads_to_what_it_names(server: Server) -> None:
    manifest = get(server, "/reconcile")
    validate(manifest, "manifest")
    assert manifest == get(server, "/reconcile/")
    assert manifest["versions"] == ["0.2"]
    assert (manifest["identifierSpace"], manifest["schemaSpace"]) == (f"{BASE}id/", f"{BASE}ns#")
    assert server.get(manifest["view"]["url"].replace("{{id}}", "russia").removeprefix(server.url)).status == 303
    assert server.get(manifest["preview"]["url"].replace("{{id}}", "russia").removeprefix(server.url)).status == 200
    for what, place in manifest["suggest"].items():
        prefix = {"entity": "rus", "property": "sam", "type": "pers"}[what]
        found = get(server, place["service_url"].removeprefix(server.url) + f"{place['service_path']}?prefix={prefix}")
        first = found["result"][0]["id"]
        flyout = place["flyout_service_path"].replace("${id}", first)
        assert first in get(server, place["flyout_service_url"].removeprefix(server.url) + flyout)["id"]
    proposed = manifest["extend"]["propose_properties"]
    assert get(server, proposed["service_url"].removeprefix(server.url) + proposed["service_path"])["properties"]


# What a name leads to, by the authority files


def test_a_name_is_a_certain_match(server: Server) -> None:
    first, *_ = match(server, "Russia")
    assert (first["id"], first["score"], first["match"]) == ("russia", 100.0, True)
    assert first["type"][0] == {"id": "State", "name": "state"}
    assert {"id": "name_exact", "value": True} in first["features"]


@pytest.mark.parametrize("name", ["Moscow", "the Moscow", "MOSCOW", " moscow. "])
def test_another_name_scores_less_and_is_a_certain_match_for_its_type_alone(server: Server, name: str) -> None:
    first, *_ = match(server, name)
    assert (first["id"], first["score"], first["match"]) == ("russia", 95.0, False)
    assert match(server, name, type="State")[0]["match"] is True
    assert match(server, name, type="Entity")[0]["match"] is False


@pytest.mark.parametrize("name", ["the Kremlin", "Kremlin"])
def test_who_speaks_for_a_state_has_a_record_apart_from_it(server: Server, name: str) -> None:
    first, *others = match(server, name)
    assert (first["id"], first["score"], first["match"]) == ("kremlin", 100.0, True)
    assert not any(other["match"] for other in others)


@pytest.mark.parametrize(
    ("name", "wanted"), [("Ukrane", "ukraine"), ("Crimée", "crimea"), ("Crimean peninsula", "crimea")]
)
def test_a_slip_is_a_candidate_and_no_match(server: Server, name: str, wanted: str) -> None:
    first, *others = match(server, name)
    assert (first["id"], first["match"]) == (wanted, False)
    assert 40 <= first["score"] < 95
    assert all(other["score"] <= first["score"] and not other["match"] for other in others)


def test_what_is_not_there_has_an_empty_result(server: Server) -> None:
    batch = {"q0": {"query": "Zzyzx Qwfp"}, "q1": {"query": ""}, "q2": {"query": "…"}, "q3": {"query": "NATO"}}
    answer = post(server, queries=batch)
    validate(answer, "reconciliation-result-batch")
    assert [len(answer[key]["result"]) for key in ("q0", "q1", "q2")] == [0, 0, 0]
    assert answer["q3"]["result"][0]["id"] == "nato"
    assert post(server, queries={}) == {}


def test_types_are_required_or_wished_for(server: Server) -> None:
    assert match(server, "Crimea", type="Place")[0]["match"] is True
    assert match(server, "Crimea", type="Person") == []
    assert match(server, "Crimea", type=["Person", "Place"], type_strict="any")[0]["id"] == "crimea"
    assert match(server, "Crimea", type=["Person", "Place"], type_strict="all") == []
    assert match(server, "Russia", type=["State", "Actor"], type_strict="all")[0]["id"] == "russia"
    wished = match(server, "Crimea", type="Person", type_strict="should")[0]
    assert (wished["id"], wished["score"], wished["match"]) == ("crimea", 60.0, False)
    assert match(server, "Russia", type=f"{BASE}ns#State")[0]["match"] is True


def test_properties_confirm_or_cast_doubt(server: Server) -> None:
    right = match(server, "Russia", properties=[{"pid": "sameAs", "v": "Q159"}])[0]
    assert (right["score"], right["match"]) == (100.0, True)
    wrong = match(server, "Russia", properties=[{"pid": "sameAs", "v": {"id": "Q212", "name": "Ukraine"}}])[0]
    assert (wrong["score"], wrong["match"]) == (70.0, False)
    assert {"id": "property_sameAs", "value": 0.0} in wrong["features"]
    half = match(server, "Russia", properties=[{"pid": "sameAs", "v": ["Q159", "Q212"]}])[0]
    assert half["score"] == 85.0
    alone = post(server, queries={"q": {"properties": [{"pid": "sameAs", "v": "http://www.wikidata.org/entity/Q212"}]}})
    (found,) = alone["q"]["result"]
    assert (found["id"], found["match"]) == ("ukraine", True)


def test_an_iri_is_a_certain_match_whatever_the_name(server: Server) -> None:
    for value in ("ukraine", f"{BASE}id/ukraine", {"id": "ukraine"}):
        first, *others = match(server, "Kievan Rus", properties=[{"pid": "iri", "v": value}])
        assert (first["id"], first["score"], first["match"]) == ("ukraine", 100.0, True)
        assert not any(other["match"] for other in others)
    both = match(server, "Ukraine", properties=[{"pid": "iri", "v": ["ukraine", "russia"]}])[0]
    assert (both["id"], both["match"]) == ("ukraine", False)
    assert match(server, "Ukraine", type="Person", properties=[{"pid": "iri", "v": "ukraine"}]) == []


def test_only_properties_that_are_matched_are_suggested(server: Server) -> None:
    def suggested(prefix: str) -> list[str]:
        return [each["id"] for each in get(server, f"/reconcile/suggest/property?prefix={prefix}")["result"]]

    assert suggested("iri") == ["iri"]
    assert suggested("what") == []
    proposed = {each["id"] for each in get(server, "/reconcile/properties")["properties"]}
    assert {"statementsBy", "iri"} <= proposed


def test_a_type_is_named_by_its_identifier_or_its_class(server: Server) -> None:
    for short, path in [
        ("State", "suggest/entity?prefix=rus&type="),
        ("Place", "properties?type="),
    ]:
        by_name, by_iri = (get(server, f"/reconcile/{path}{quote(t)}") for t in (short, f"{BASE}ns#{short}"))
        assert by_name == by_iri
        assert by_name.get("result") or by_name["properties"]
    assert match(server, "Russia", type="http://elsewhere.example/#State") == []


def test_a_limit_is_kept(server: Server) -> None:
    assert len(match(server, "guarantees")) > 2
    assert len(match(server, "guarantees", limit=2)) == 2
    assert match(server, "guarantees", limit=0) == []


def test_a_limit_past_all_numbers_is_the_largest_there_is(server: Server) -> None:
    for limit in ("1e999", "1" + "0" * 4000):
        body = urlencode({"queries": f'{{"q0": {{"query": "russia", "limit": {limit}}}}}'}).encode()
        answer = server.request("POST", "/reconcile", body, Content_Type=FORM)
        assert (answer.status, bool(json.loads(answer.text)["q0"]["result"])) == (200, True)


def test_a_batch_of_ten_as_openrefine_sends_it(server: Server) -> None:
    """The form of its client: type, type_strict and properties as it writes them, ten rows to a request."""
    names = "Russia Ukraine NATO Crimea Florida Putin Kyiv Nobody US Moscow".split()
    batch = {
        f"q{i}": {"query": name, "type": "Entity", "type_strict": "should", "properties": [{"pid": "name", "v": name}]}
        for i, name in enumerate(names)
    }
    answer = post(server, queries=batch)
    validate(answer, "reconciliation-result-batch")
    best = {names[int(key[1:])]: (one["result"] or [{"id": None}])[0]["id"] for key, one in answer.items()}
    expected = dict(zip(names, ["russia", "ukraine", "nato", "crimea", "florida", "putin", "ukraine"], strict=False))
    assert best == expected | {"Nobody": None, "US": "united-states", "Moscow": "russia"}


def test_to_guess_types_it_sends_a_batch_without_type_and_by_get_too(server: Server) -> None:
    batch = {"q0": {"query": "Russia", "limit": 3}, "q1": {"query": "Ukraine", "limit": 3}}
    by_get = get(server, "/reconcile?queries=" + quote(json.dumps(batch)))
    assert by_get == post(server, queries=batch)
    assert by_get["q0"]["result"][0]["type"][0]["id"] == "State"


@needs_suite
def test_the_examples_of_the_specification_are_answered(server: Server) -> None:
    examples = sorted((SUITE / "examples/reconciliation-query-batch").rglob("*.json"))
    assert len(examples) > 5
    for path in examples:
        body = urlencode({"queries": path.read_text("utf-8")}).encode()
        answer = server.request("POST", "/reconcile", body, Content_Type=FORM)
        assert (path.name, answer.status) == (path.name, 200 if path.parent.name == "valid" else 400), answer.text
        if answer.status == 200:
            validate(json.loads(answer.text), "reconciliation-result-batch")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "queries or extend"),
        ({"queries": "{"}, "not JSON"),
        ({"queries": "[" * 50_000}, "not JSON"),
        ({"queries": "[]"}, "object"),
        ({"queries": '{"a": 1}'}, "Query a"),
        ({"queries": '{"a": {}}'}, "neither"),
        ({"queries": '{"a": {"query": "x", "colour": 1}}'}, "colour"),
        ({"queries": '{"a": {"query": 7}}'}, "query is a text"),
        (
            {"queries": json.dumps({"a": {"query": "x", "properties": [{"pid": "name", "v": ["x"] * 21}]}})},
            "at most 20",
        ),
        ({"queries": json.dumps({"a": {"query": "x", "properties": [{"pid": "name", "v": "x"}] * 21}})}, "at most 20"),
        ({"queries": json.dumps({"a": {"query": "x", "type": ["State"] * 21}})}, "at most 20"),
        ({"extend": json.dumps({"ids": ["russia"], "properties": [{"id": "name"}] * 21})}, "at most 20"),
        ({"queries": '{"a": {"query": "x", "limit": -1}}'}, "limit"),
        ({"queries": '{"a": {"query": "x", "limit": "3"}}'}, "limit"),
        ({"queries": '{"a": {"query": "x", "limit": NaN}}'}, "limit"),
        ({"queries": '{"\\ud800": {"query": "x"}}'}, "JSON"),
        ({"queries": '{"a": {"query": "\\udfff"}}'}, "JSON"),
        ({"extend": '{"ids": ["\\ud800"], "properties": [{"id": "name"}]}'}, "JSON"),
        ({"extend": '{"ids": ["russia"], "properties": [{"id": "name", "settings": {"limit": 1e999}}]}'}, "limit"),
        ({"queries": '{"a": {"query": "x", "type": 3}}'}, "type"),
        ({"queries": '{"a": {"query": "x", "type_strict": "no"}}'}, "type_strict"),
        ({"queries": '{"a": {"query": "x", "properties": [{"pid": "name"}]}}'}, "value v"),
        ({"queries": '{"a": {"query": "x", "properties": [{"pid": "name", "v": null}]}}'}, "value"),
        ({"queries": json.dumps({f"q{i}": {"query": "x"} for i in range(26)})}, "at most 25"),
        ({"queries": "{}", "extend": "{}"}, "not both"),
        ({"extend": "{}"}, "ids"),
        ({"extend": '{"ids": ["russia"], "properties": [{}]}'}, "properties"),
        ({"extend": '{"ids": ["russia"], "properties": [{"id": "shoe size"}]}'}, "shoe size"),
        ({"extend": '{"ids": ["russia"], "properties": [{"id": "name", "settings": {"limit": "x"}}]}'}, "limit"),
        ({"extend": '{"ids": ["russia"], "properties": [{"id": "name", "settings": {"content": "x"}}]}'}, "content"),
        ({"extend": json.dumps({"ids": ["x"] * 51, "properties": []})}, "at most 50"),
    ],
)
def test_what_cannot_be_understood_is_told_of(server: Server, form: dict[str, str], words: str) -> None:
    answer = server.request("POST", "/reconcile", urlencode(form).encode(), Content_Type=FORM)
    assert (answer.status, answer.media_type) == (400, "application/problem+json"), answer.text
    assert words in json.loads(answer.text)["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_no_script_is_made_of_a_strangers_address(server: Server) -> None:
    for path in ("/reconcile?callback=alert", "/reconcile/suggest/entity?prefix=rus&callback=alert"):
        answer = server.get(path)
        assert (answer.status, "CORS" in answer.text) == (400, True)


# Suggest, preview, extend


def test_completions(server: Server) -> None:
    found = get(server, "/reconcile/suggest/entity?prefix=mosc")
    validate(found, "suggest-entities-response")
    assert [each["id"] for each in found["result"]][:1] == ["russia"]
    assert get(server, "/reconcile/suggest/entity?prefix=crim&type=Person")["result"] == []
    all_ = get(server, "/reconcile/suggest/entity?prefix=s")["result"]
    assert get(server, "/reconcile/suggest/entity?prefix=s&cursor=2&limit=3")["result"] == all_[2:5]
    validate(get(server, "/reconcile/suggest/property?prefix=st"), "suggest-properties-response")
    kinds = get(server, "/reconcile/suggest/type?prefix=org")
    validate(kinds, "suggest-types-response")
    assert [each["id"] for each in kinds["result"]] == ["Organisation"]
    assert get(server, "/reconcile/suggest/entity?prefix=zzz")["result"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("suggest/entity", 400),
        ("suggest/entity?prefix=%20", 400),
        ("suggest/entity?prefix=a&cursor=-1", 400),
        ("suggest/colour?prefix=a", 404),
        ("flyout/entity?id=nobody", 404),
        ("properties?type=Colour", 400),
        ("properties?limit=x", 400),
    ],
)
def test_bad_requests_beside_it(server: Server, path: str, status: int) -> None:
    assert server.get(f"/reconcile/{path}").status == status


def test_a_preview_stands_in_a_frame_without_script(server: Server) -> None:
    answer = server.get("/reconcile/preview?id=russia", "text/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script" not in policy
    assert "<script" not in answer.text
    assert "<h1>" in answer.text
    assert re.search(r"Russia; \w+.*?; passage \d+ of florida-talks", answer.text)
    for path in ("/doc/russia", "/"):
        assert "frame-ancestors 'none'" in server.get(path, "text/html").headers["Content-Security-Policy"]
    missing = server.get("/reconcile/preview?id=%3Cscript%3E", "text/html")
    assert (missing.status, "<script" in missing.text) == (404, False)
    assert "frame-ancestors *" in missing.headers["Content-Security-Policy"]


def test_descriptions_are_in_english_whoever_asks_first(sample: Settings, sample_release: Path) -> None:
    begin(sample_release, sample)
    with (sample.home / "data" / "authority" / "harrowmere.ttl").open("a", encoding="utf-8") as file:
        file.write(
            'id:oil a att:Topic ; att:concerns id:harrowmere ; rdfs:label "lamp oil"@en , "Lampenöl"@de ;\n'
            '  skos:definition "für Lampen"@de , "for lamps"@en .\n'
        )
    build(sample, lambda _: None)
    with application(sample) as app:
        for language in ("de", "en"):
            asked = app.test_client().get(
                "/reconcile/suggest/entity?prefix=lamp", headers={"Accept-Language": language}
            )
            assert [each["description"] for each in asked.get_json()["result"]] == ["for lamps"]


def test_values_come_with_who_says_it_and_where(server: Server) -> None:
    properties = [
        {"id": "sameAs"},
        {"id": "statementsBy"},
        {"id": "statementsAbout", "settings": {"limit": "1", "content": "iri"}},
        {"id": "actsFor"},
    ]
    answer = post(server, extend={"ids": ["russia", "russian-officials", "nobody"], "properties": properties})
    validate(answer, "data-extension-response")
    assert [each["id"] for each in answer["meta"]] == [each["id"] for each in properties]
    rows = answer["rows"]
    assert rows["russia"]["sameAs"] == [{"str": "http://www.wikidata.org/entity/Q159"}]
    said = [value["str"] for value in rows["russia"]["statementsBy"]]
    evidence = "[attributed to Russia; stated outright; passage 7 of florida-talks]"
    assert f"Russia says that it has annexed four Ukrainian regions {evidence}" in said
    (about,) = rows["russia"]["statementsAbout"]
    assert about["str"].startswith(f"{BASE}article/florida-talks/statement/")
    assert rows["russian-officials"]["actsFor"] == [{"id": "russia", "name": "Russia"}]
    assert rows["nobody"] == {each["id"]: [] for each in properties}


def test_all_entities_are_asked_for_at_once_and_each_once(
    releases: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []
    ask = Pool.query

    def noted(pool: Pool, query: Query) -> Answer:
        asked.append(query)
        return ask(pool, query)

    monkeypatch.setattr(Pool, "query", noted)
    ids = ["russia", "nobody", *["ukraine"] * 20, "nato", *["russia"] * 20]
    form = {"extend": json.dumps({"ids": ids, "properties": [{"id": "statementsBy"}, {"id": "statementsAbout"}]})}
    with application(settings.with_(releases=releases, workers=1)) as app:
        client = app.test_client()
        client.get("/reconcile")  # the entities are read once
        asked.clear()
        rows = client.post("/reconcile", data=form).get_json()["rows"]
        single = {name: client.post("/reconcile", data={"extend": json.dumps(one(name))}).get_json() for name in rows}
    assert list(rows) == ["russia", "nobody", "ukraine", "nato"]
    assert [(query.internal, bool(query.client)) for query in asked] == [(True, True)] * 4  # three are of single
    assert rows == {name: answer["rows"][name] for name, answer in single.items()}
    assert rows["russia"]["statementsBy"] != rows["ukraine"]["statementsBy"] != []


def one(name: str) -> dict[str, Any]:
    """An extension of one entity."""
    return {"ids": [name], "properties": [{"id": "statementsBy"}, {"id": "statementsAbout"}]}


def test_properties_are_proposed_by_type(server: Server) -> None:
    everything = get(server, "/reconcile/properties")
    validate(everything, "data-extension-property-proposal")
    of_places = get(server, "/reconcile/properties?type=Place&limit=50")
    assert "statementsBy" not in [each["id"] for each in of_places["properties"]]
    assert "statementsBy" in [each["id"] for each in get(server, "/reconcile/properties?type=State")["properties"]]
    assert len(get(server, "/reconcile/properties?limit=2")["properties"]) == 2


@pytest.mark.parametrize("prefix", ["(", '"', ".", "*"])
def test_a_prefix_without_letters_has_no_completions(server: Server, prefix: str) -> None:
    for what in ("entity", "property", "type"):
        assert get(server, f"/reconcile/suggest/{what}?prefix={quote(prefix)}")["result"] == []


def test_one_bad_item_costs_the_others_nothing(server: Server) -> None:
    batch = {"q0": {"query": "Russia"}, "q1": {"query": "Russia" + "x" * 600}, "q2": {"query": 7}, "q3": 8}
    answer = post(server, queries=batch)
    validate(answer, "reconciliation-result-batch")
    assert answer["q0"]["result"][0]["id"] == "russia"
    assert isinstance(answer["q1"]["result"], list)
    assert [answer[key]["result"] for key in ("q2", "q3")] == [[], []]
    assert "query is a text" in answer["q2"]["error"]


def test_a_property_that_is_not_known_of_an_entity_says_nothing(server: Server) -> None:
    organisation = {"type": "Organisation", "properties": [{"pid": "alternativeName", "v": "North Atlantic Treaty"}]}
    first = match(server, "NATO", **organisation)[0]
    assert (first["id"], first["score"], first["match"]) == ("nato", 100.0, True)
    assert "property_alternativeName" not in {feature["id"] for feature in first["features"]}


# Names that the article has not


def known(folder: Path, *entities: tuple[str, ...], cls: str = "Person") -> View:
    """The catalogue of entities, each given by its identifier, name and other names."""
    graph = "".join(
        f"id:{identifier} a att:{cls}, att:Entity ; rdfs:label {json.dumps(name)}@en"
        + "".join(f" ; skos:altLabel {json.dumps(other)}@en" for other in others)
        + " .\n"
        for identifier, name, *others in entities
    )
    ontology = "".join(f"att:{name} a owl:Class ; rdfs:subClassOf att:Entity .\n" for name in ("Person", "State"))
    return Kept(folder).publish(ontology=ontology + "att:Entity a owl:Class .", authority=graph)


def test_names_are_compared_without_case_marks_and_article() -> None:
    assert fold("The  Škoda-Łódź, Ltd.") == "skoda lodz ltd"
    assert fold("ÉCOLE ﬁn") == "ecole fin"
    assert fold("A") == "a"


def test_classes_in_a_circle_have_an_end() -> None:
    direct = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "e": {"e"}}
    assert [depth(name, direct) for name in "acde"] == [3, 2, 0, 0]


def test_of_two_with_the_same_name_none_is_taken(tmp_path: Path) -> None:
    both = known(tmp_path, ("a", "José Díaz"), ("b", "Jose Diaz"), ("c", "Josef Diazo"))
    wanted = Wanted("jose diaz")
    found = find(both, wanted, BASE)
    assert [candidate.entity.id for candidate in found] == ["a", "b", "c"]
    assert certain(found, wanted) is None
    other = Wanted("Josef Diazo")
    assert certain(find(both, other, BASE), other) is not None


def test_an_exact_name_and_a_required_type_are_never_crowded_out(tmp_path: Path) -> None:
    crowd = [(f"us-{number:03}", f"US troops {number}") for number in range(200)]
    graph = "".join(f'id:{key} a att:Person, att:Entity ; rdfs:label "{name}"@en .\n' for key, name in crowd)
    state = 'id:zz a att:State, att:Entity ; rdfs:label "United States"@en ; skos:altLabel "US"@en .'
    ontology = "att:Person a owl:Class . att:State a owl:Class ; rdfs:subClassOf att:Entity . att:Entity a owl:Class ."
    many = Kept(tmp_path).publish(ontology=ontology, authority=graph + state)
    assert find(many, Wanted("US"), BASE)[0].entity.id == "zz"
    assert [found.entity.id for found in find(many, Wanted("US state", ("State",)), BASE)] == ["zz"]
    (tmp_path / "same").mkdir()
    namesakes = known(tmp_path / "same", *((f"n{number}", "John Smith") for number in range(80)))
    assert len(find(namesakes, Wanted("John Smith"), BASE)) == 80


def test_the_work_for_one_name_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    view = known(
        tmp_path, *((f"n{number}", f"{chr(97 + number % 26) * 3} guarantee {number}") for number in range(500))
    )
    compared: list[str] = []
    usual = names.fuzz.ratio
    monkeypatch.setattr(names.fuzz, "ratio", lambda one, other: compared.append(one) or usual(one, other))
    assert find(view, Wanted("guarantee " * 50), BASE) != []
    assert len(compared) <= names.LOOKED_AT
    assert max(map(len, compared)) <= names.COMPARED


def test_which_candidates_are_looked_at_is_the_same_each_time(tmp_path: Path) -> None:
    view = known(tmp_path, *((f"{a}{b}", f"{a}{b} guarantees") for a in "abcdefghij" for b in "abcdefghij"))
    answers = {tuple(found.entity.id for found in find(view, Wanted("guarantee"), BASE)) for _ in range(3)}
    assert len(answers) == 1
