"""Limits are said beforehand, end in a marked error, and are shared fairly between clients."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
import rdflib

from helpers.endpoints import endpoint
from helpers.serving import ENDLESS, Answer, Server
from helpers.waiting import wait_until
from kg.release.manifest import Manifest
from kg.settings import Settings
from kg.web.front.making import ASIDE, PAGES, PROBES
from kg.web.http.budget import Budgets, InFlight
from kg.web.http.limits import LIMITS
from kg.web.http.refusal import Refused
from kg.web.serve import threads
from web.front.test_front import busy

QUICK = "ASK {}"


def read_limits(answer: Answer) -> dict[str, float]:
    parts = (part.split("=") for part in answer.headers["Query-Limits"].split(", "))
    return {name: float(value) for name, value in parts}


@pytest.fixture
def strict(releases: Path) -> Iterator[Server]:
    """A server with budgets so small that a test can use them up."""
    server = Server(
        releases,
        KG_QUERY_SECONDS="1",
        KG_QUERY_ROWS="20",
        KG_CLIENT_SECONDS="1.5",
        KG_CLIENT_ERRORS="3",
        KG_CLIENT_REQUESTS="30",
        KG_CLIENT_QUERIES="2",
        KG_TRUSTED_PROXIES="1",
    )
    yield server
    server.stop()


def ask(server: Server, text: str, client: str = "203.0.113.1") -> Answer:
    """Ask as the proxy does for a client at some address."""
    headers = {"Content_Type": "application/sparql-query", "X_Forwarded_For": client}
    return server.request("POST", "/sparql", text.encode(), **headers)


def test_every_answer_and_every_error_says_the_limits(server: Server) -> None:
    expected = {limit.name: limit.value(Settings()) for limit in LIMITS}
    for name in (
        "client-seconds",
        "client-errors",
        "client-requests",
        "client-front-seconds",
    ):  # the tests' server has no such limits
        del expected[name]
    for text in (QUICK, "no query"):
        assert read_limits(server.query(text)) == expected


def test_the_service_description_has_the_same_limits(server: Server) -> None:
    graph = rdflib.Graph().parse(data=server.get("/sparql", "text/turtle").text, format="turtle")
    schema = rdflib.Namespace("https://schema.org/")
    endpoint = rdflib.URIRef(f"{server.url}/sparql")
    told = {
        str(graph.value(node, schema.propertyID)): float(str(graph.value(node, schema.maxValue)))
        for node in graph.objects(endpoint, schema.additionalProperty)
    }
    assert told == read_limits(server.query(QUICK))


@pytest.mark.parametrize(
    ("text", "status", "limit"),
    [
        ("SELECT * { ?s ?p ?o }", 413, "rows"),
        ("SELECT * " + "{" * 200 + "}" * 200, 413, "depth"),
        ("SELECT (1" + "+1" * 600 + " AS ?x) {}", 413, "chain"),
        ("ASK {} #" + "x" * 70_000, 413, "bytes"),
        (ENDLESS, 503, "seconds"),
    ],
    ids=["rows", "depth", "chain", "bytes", "seconds"],
)
def test_what_a_limit_ends_is_an_error_that_names_it(strict: Server, text: str, status: int, limit: str) -> None:
    answer = ask(strict, text)
    assert (answer.status, answer.headers["Query-Limit-Reached"]) == (status, limit)
    assert answer.media_type == "text/plain"
    if status == 503:
        assert int(answer.headers["Retry-After"]) > 0


def test_who_errs_too_often_waits_and_others_do_not(strict: Server) -> None:
    assert [ask(strict, "no query").status for _ in range(3)] == [400] * 3
    refused = ask(strict, QUICK)
    assert (refused.status, refused.headers["Query-Limit-Reached"]) == (429, "client-errors")
    assert 1 <= int(refused.headers["Retry-After"]) <= 21  # three a minute: one in twenty seconds
    assert ask(strict, QUICK, "203.0.113.2").status == 200
    page = strict.get("/about", X_Forwarded_For="203.0.113.1")
    assert (page.status, page.headers["Query-Limit-Reached"]) == (429, "client-errors")  # one budget on every route
    assert strict.get("/health/live", X_Forwarded_For="203.0.113.1").status == 200


def test_who_takes_too_many_seconds_waits_and_others_do_not(strict: Server) -> None:
    assert [ask(strict, ENDLESS).status for _ in range(2)] == [503] * 2
    refused = ask(strict, QUICK)
    assert (refused.status, refused.headers["Query-Limit-Reached"]) == (429, "client-seconds")
    assert ask(strict, QUICK, "203.0.113.2").status == 200


def test_who_asks_too_often_waits(strict: Server) -> None:
    statuses = [ask(strict, f"{QUICK} #{n}").status for n in range(40)]
    assert statuses[:30] == [200] * 30
    assert statuses[-1] == 429


@pytest.mark.parametrize("path", ["/api/all-figures.csv", "/export/casualties.nt", "/export/nanopublications.nq"])
def test_a_stored_query_counts_for_who_asks_it(releases: Path, path: str) -> None:
    server = Server(releases, KG_CLIENT_SECONDS="0.001", KG_TRUSTED_PROXIES="1")
    try:
        asked = [
            server.get(f"{path}?limit={n}" if path.startswith("/api") else f"{path}?n={n}", X_Forwarded_For=client)
            for n, client in enumerate(("203.0.113.1", "203.0.113.1", "203.0.113.2"), 1)
        ]
    finally:
        server.stop()
    assert [answer.status for answer in asked] == [200, 429, 200]
    assert asked[1].headers["Query-Limit-Reached"] == "client-seconds"


def test_who_asks_for_releases_by_name_too_often_waits(strict: Server, manifest: Manifest) -> None:
    pages = [strict.get(f"/about?release={manifest.id}&n={n}", X_Forwarded_For="203.0.113.1").status for n in range(40)]
    assert pages[:30] == [200] * 30
    assert pages[-1] == 429


def test_an_ipv6_client_is_its_network(strict: Server) -> None:
    for last in range(3):
        assert ask(strict, "no query", f"2001:db8::{last}").status == 400
    assert ask(strict, QUICK, "2001:db8::99").status == 429
    assert ask(strict, QUICK, "2001:db8:0:1::1").status == 200


def test_without_a_trusted_proxy_a_client_cannot_pass_for_another(releases: Path) -> None:
    server = Server(releases, KG_CLIENT_ERRORS="2")
    try:
        statuses = [ask(server, "no query", f"203.0.113.{n}").status for n in range(4)]
    finally:
        server.stop()
    assert statuses == [400, 400, 429, 429]


def test_a_client_s_slow_queries_leave_a_worker_to_others(releases: Path) -> None:
    server = Server(releases, KG_QUERY_SECONDS="120", KG_CLIENT_QUERIES="2", KG_TRUSTED_PROXIES="1")
    try:
        with ThreadPoolExecutor(3) as threads:
            assert wait_until(lambda: busy(server) == 0)
            slow = [threads.submit(ask, server, f"{ENDLESS} #{n}") for n in range(2)]
            assert wait_until(lambda: busy(server) == 2)  # a query that comes between them would be one of the two
            more = ask(server, QUICK)
            assert (more.status, more.headers["Query-Limit-Reached"]) == (429, "client-queries")  # two are in progress
            assert "Retry-After" in more.headers
            assert ask(server, QUICK, "203.0.113.2").status == 200
            assert not any(future.done() for future in slow)
            while not all(future.done() for future in slow):  # nobody waits for their deadline
                for worker in server.workers():
                    with suppress(ProcessLookupError):  # it ended since they were listed
                        os.kill(worker, signal.SIGKILL)
            assert {future.result().status for future in slow} == {503}
    finally:
        server.stop()


def test_what_one_client_has_in_hand_is_counted_also_while_other_endpoints_are_asked(
    releases: Path, manifest: Manifest
) -> None:
    with endpoint(pause_between_bytes=0.05) as slow:
        server = Server(
            releases,
            KG_CLIENT_QUERIES="3",
            KG_TRUSTED_PROXIES="1",
            KG_SERVICE_ENDPOINTS=slow.url,
            KG_SERVICE_PRIVATE="1",
            KG_SERVICE_SECONDS="2",
        )
        address = "/sparql?" + urlencode({"query": f"ASK {{ SERVICE <{slow.url}> {{}} }}"})
        paths = [address, f"{address}&release={manifest.id}"] * 5
        try:
            with ThreadPoolExecutor(10) as pool:
                found = list(pool.map(lambda path: server.get(path, X_Forwarded_For="203.0.113.1"), paths))
        finally:
            server.stop()
    refused = [answer for answer in found if answer.status == 429]
    assert len(refused) == 7
    assert {answer.headers["Query-Limit-Reached"] for answer in refused} == {"client-queries"}


def test_requests_in_hand_are_bounded_for_each_client_and_for_all_together() -> None:
    in_flight = InFlight(Settings(client_queries=2, workers=1, past_releases=1, queue=1))
    for client in ("a", "a", "b", "c"):
        in_flight.take(client, asks=True)
    with pytest.raises(Refused) as caught:
        in_flight.take("a", asks=True)
    assert (caught.value.status, caught.value.limit) == (429, "client-queries")
    for _ in range(3):
        in_flight.begin()
    with pytest.raises(Refused) as full:
        in_flight.begin()
    assert (full.value.status, full.value.limit) == (503, "queue")
    in_flight.end()
    in_flight.begin()
    for client in ("a", "a", "b", "c"):
        in_flight.give_back(client, asks=True)
    assert not in_flight._asking


@pytest.mark.parametrize("queue", [1, 32, 500])
def test_there_is_a_thread_for_each_query_in_flight_and_others_for_pages_and_probes(queue: int) -> None:
    settings = Settings(queue=queue, workers=4)
    asking = settings.queue + settings.workers + settings.past_releases
    assert threads(settings) == asking + PAGES + PROBES + ASIDE


def test_a_full_queue_turns_away_and_pages_go_on(releases: Path) -> None:
    server = Server(releases, KG_QUERY_SECONDS="1.5", KG_QUEUE="3", KG_TRUSTED_PROXIES="1")
    try:
        with ThreadPoolExecutor(8) as threads:
            asked = [threads.submit(ask, server, f"{ENDLESS} #{n}", f"203.0.113.{n}") for n in range(8)]
            time.sleep(0.5)
            assert server.get("/code/flat").status == 200
            answers = [future.result() for future in asked]
    finally:
        server.stop()
    turned_away = [one for one in answers if one.headers.get("Query-Limit-Reached") == "queue"]
    assert len(turned_away) == 2  # of eight, two are evaluated, one is tried in the quick slot and three wait
    assert {(one.status, one.headers["Retry-After"]) for one in turned_away} == {(503, "5")}


def test_a_bucket_fills_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("kg.web.http.budget.time.monotonic", lambda: now[0])
    budgets = Budgets(Settings(client_errors=6))
    for _ in range(6):
        assert budgets.find_empty("x") is None
        budgets.spend("x", "client-errors", 1)
    assert budgets.find_empty("x") == ("client-errors", 10)
    now[0] += 9
    assert budgets.find_empty("x") == ("client-errors", 1)
    now[0] += 1
    assert budgets.find_empty("x") is None
    now[0] += 60
    assert budgets.find_empty("x") is None
    assert budgets._used["x"].amounts["client-errors"] == 0


def test_not_more_clients_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.web.http.budget.CLIENTS", 100)
    budgets = Budgets(Settings())
    threads = [
        threading.Thread(target=lambda n=n: [budgets.spend(f"{n}-{i}", "client-errors", 1) for i in range(200)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(budgets._used) == 100
