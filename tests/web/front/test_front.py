"""The layer ahead of the application: what it answers again, bounds, takes back, and shares out."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask, Response

from helpers.endpoints import Endpoint
from helpers.serving import ENDLESS, Answer, Server, application
from helpers.waiting import PATIENCE, wait_until
from kg.errors import SettingsError
from kg.release.manifest import Manifest
from kg.settings import Settings
from kg.web.front.cache import Cache, make_key
from kg.web.front.loop import Loop
from kg.web.front.making import Making, start_threads
from kg.web.front.requests import Request, client_of, strip_port
from kg.web.http import policy
from kg.web.http.budget import InFlight
from kg.web.http.negotiate import best, prefers_html, read_accept, read_languages
from kg.web.http.share import Turns
from kg.web.serve import threads

LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 25000"
"""Its answer has some 11 million bytes, more than the system takes off the server's hands."""
HTML, TURTLE = "text/html", "text/turtle"


@pytest.fixture(scope="module")
def app(releases: Path, settings: Settings) -> Iterator[Flask]:
    """The application alone, without the layer ahead of it."""
    uncounted = {"client_seconds": 0.0, "client_errors": 0, "client_requests": 0, "client_front_seconds": 0.0}
    with application(settings.with_(releases=releases, workers=1, **uncounted)) as made:
        yield made


def figure(server: Server, line: str) -> float:
    """Return a figure of /metrics by the start of its line; 0 without one."""
    found = [each for each in server.get("/metrics").text.splitlines() if each.startswith(line + " ")]
    return float(found[0].rpartition(" ")[2]) if found else 0.0


def busy(server: Server) -> float:
    """Return the number of workers that evaluate something, or have not started yet."""
    return figure(server, 'kg_query_workers{state="alive"}') - figure(server, 'kg_query_workers{state="idle"}')


def evaluated(server: Server) -> float:
    return figure(server, 'kg_queries_total{asked_by="client",outcome="answered"}')


def send(server: Server, text: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    connection.sendall(text.encode())
    return connection


def read(connection: socket.socket) -> str:
    return b"".join(iter(lambda: connection.recv(65_536), b"")).decode("latin-1")


def get(path: str, *headers: str, host: str = "x") -> str:
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *headers, "", ""])


# Threads


def test_all_threads_run_beforehand_so_that_nothing_is_refused_for_want_of_one_and_done_all_the_same(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Settings = app.extensions["kg-settings"]
    before = set(threading.enumerate())
    making = Making(app, settings, Loop(), Cache(0), InFlight(settings))
    assert len(set(threading.enumerate()) - before) == threads(settings)
    turns = threading.Semaphore(0)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        for _ in range(10):
            making.aside(turns.release)
    for _ in range(10):
        assert turns.acquire(timeout=PATIENCE)


def test_threads_of_which_some_cannot_be_started_end(monkeypatch: pytest.MonkeyPatch) -> None:
    before, start = set(threading.enumerate()), threading.Thread.start

    def start_two(thread: threading.Thread) -> None:
        if len(set(threading.enumerate()) - before) == 2:
            no_thread()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_two)
    with pytest.raises(RuntimeError):
        start_threads(3, "few")
    assert wait_until(lambda: not set(threading.enumerate()) - before)


def no_thread(*_: object) -> None:
    raise RuntimeError("can't start new thread")


# Policies


def test_a_route_without_a_policy_does_not_start() -> None:
    app = Flask("other", static_folder=None)
    routes = policy.Routes("routes", policy.PAGE)
    routes.route("/known")(lambda: Response())
    app.register_blueprint(routes)
    policy.require_policies(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: Response())
    with pytest.raises(SettingsError, match="/forgotten has no policy"):
        policy.require_policies(app)


# Negotiation: the values are those of RFC 9110 §12.4.2 and §12.5.1


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("text/html; q=0.1, text/turtle", TURTLE),
        ("text/turtle;q=.5, text/html;q=.4", TURTLE),
        ("text/turtle; q=0", None),
        ("text/turtle; q=0, */*", HTML),
        ('text/turtle;a="x,y;q=0", text/html;q=0.3', TURTLE),
        ('text/turtle;a="\\"", text/html;q=0.3', TURTLE),
        ("text/*;q=0.5, text/html;q=0.1", TURTLE),
        ("TEXT/TURTLE;Q=0.2", TURTLE),
        ("text/turtle;q=2", HTML),
        ("", HTML),
        (None, HTML),
    ],
)
def test_the_type_that_a_client_likes_best_is_chosen(header: str | None, chosen: str | None) -> None:
    assert best(read_accept(header), (HTML, TURTLE)) == chosen


def test_html_is_for_who_likes_it_better() -> None:
    assert not prefers_html(read_accept("text/html; q=0.1, text/turtle"), (TURTLE,))
    assert prefers_html(read_accept("text/html, text/turtle;q=0.9"), (TURTLE,))


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-AT,en;q=0.5", "de"), ("fr", "en"), ("en;q=0, *", "de"), (None, "en"), ("de;q=0.5, en;q=0.5", "en")],
)
def test_the_language_that_a_reader_likes_best_is_chosen(header: str | None, language: str) -> None:
    assert read_languages(header).language(("en", "de"), "en") == language


# Clients


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("64:ff9b::cb00:7107", "203.0.113.7"),
        ("somebody", "somebody"),
    ],
)
def test_a_client_is_its_address_or_its_network_and_no_port(address: str, client: str) -> None:
    assert client_of(strip_port(address)) == client


# Turns


def test_a_client_with_a_turn_leaves_the_next_to_another() -> None:
    turns = Turns(2, lambda *_: None)
    turns.take("greedy")
    with ThreadPoolExecutor(2) as threads:
        second = threads.submit(turns.take, "greedy")
        assert wait_until(lambda: len(turns._waiting) == 1)
        threads.submit(turns.take, "modest").result(30)
        assert not second.done()
        turns.give_back("greedy", 0.0)
        second.result(30)


# What is too much


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/about", {"Accept": "a/b," * 3_000}, 431),
        ("/about", {f"X-{n}": "x" for n in range(90)}, 431),
        ("/" + "a" * 9_000, {}, 414),
        ("/about?" + "&" * 2_000, {}, 400),
        ("/about?x=" + "a" * 9_000, {}, 414),
        ("/about", {"Host": "a>b"}, 400),
        ("/about", {"Content-Encoding": "gzip"}, 415),
        ("/unapi?id=" + "a" * 400, {}, 404),
    ],
    ids=["a header", "headers", "path", "parameters", "address", "host", "encoding", "identifier"],
)
def test_what_is_too_much_or_not_understood_is_refused_with_a_reason(
    server: Server, path: str, headers: dict[str, str], status: int
) -> None:
    answer = server.get(path, **headers)
    assert answer.status == status
    assert len(answer.text) < 500
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["//metrics", "/%2Fmetrics", "//about", "///"])
def test_no_address_has_a_second_name_with_two_slashes(server: Server, path: str) -> None:
    assert server.get(path).status == 404


def test_two_hosts_are_none(server: Server) -> None:
    with send(server, get("/about", "Host: y", "Connection: close")) as connection:
        assert read(connection).startswith("HTTP/1.1 400")


def test_a_form_has_not_any_number_of_parameters(server: Server) -> None:
    answer = server.request("POST", "/sparql", b"&" * 5_000, Content_Type="application/x-www-form-urlencoded")
    assert (answer.status, "parameters" in answer.text) == (400, True)


def test_a_property_is_extended_once(server: Server) -> None:
    extend = quote('{"ids": ["russia"], "properties": [{"id": "name"}, {"id": "name"}]}')
    body = f"extend={extend}".encode()
    answer = server.request("POST", "/reconcile", body, Content_Type="application/x-www-form-urlencoded")
    assert (answer.status, "twice" in answer.text) == (400, True)


def test_only_http_1_is_spoken(server: Server) -> None:
    with send(server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") as connection:
        assert "\0" not in read(connection)  # no frame of HTTP/2


def test_another_host_is_not_answered_for(releases: Path) -> None:
    server = Server(releases, KG_HOSTS="127.0.0.1 attested.example")
    try:
        statuses = [
            server.get("/about", Host=host).status for host in ("attested.example", "Attested.example:80", "e.example")
        ]
    finally:
        server.stop()
    assert statuses == [200, 200, 421]


# What was answered before


def test_a_repeat_is_answered_without_being_evaluated(server: Server) -> None:
    text = "SELECT (7 AS ?repeated) {}"
    first, before = server.query(text), evaluated(server)
    again = server.query(text)
    assert evaluated(server) == before
    assert again.body == first.body
    named = {"X-Request-Id", "Date"}
    assert [each for each in again.headers.items() if each[0].title() not in named] == [
        each for each in first.headers.items() if each[0].title() not in named
    ]
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]


def test_a_long_answer_is_kept_once_it_was_asked_for_twice(server: Server) -> None:
    path = "/sparql?query=" + quote("SELECT * { ?s ?p ?o } LIMIT 4000 #kept long")
    before = evaluated(server)
    first, second, third = (server.get(path, "application/sparql-results+json") for _ in range(3))
    assert len(first.body) > 300_000
    assert first.body == second.body == third.body
    assert evaluated(server) == before + 2
    known = server.get(path, "application/sparql-results+json", If_None_Match=third.headers["ETag"])
    assert (known.status, known.body) == (304, b"")
    head = server.request("HEAD", path, Accept="application/sparql-results+json")
    assert (head.headers["Content-Length"], head.body) == (str(len(first.body)), b"")
    assert evaluated(server) == before + 2


def test_who_has_the_answer_is_told_so_without_its_being_evaluated(server: Server) -> None:
    path = "/sparql?query=" + quote("SELECT (8 AS ?repeated) {}")
    etag, before = server.get(path).headers["ETag"], evaluated(server)
    for tags in (etag, f'"other", W/{etag}', "*"):
        answer = server.get(path, If_None_Match=tags)
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", etag)
    assert server.get(path, If_None_Match='"other"').status == 200
    assert evaluated(server) == before


def test_a_condition_that_fails_is_answered_without_the_answer(server: Server) -> None:
    answer = server.get("/about", If_Match='"other"')
    assert (answer.status, answer.body) == (412, b"")
    assert server.get("/about", If_Match=server.get("/about").headers["ETag"]).status == 200


def test_the_form_and_the_type_and_the_language_tell_answers_apart(server: Server) -> None:
    text = "SELECT (9 AS ?repeated) {}"
    for _ in range(2):
        assert server.query(text, "text/csv").text == "repeated\r\n9\r\n"
        assert server.query(text, "application/sparql-results+json").text.startswith("{")
        pages = [server.get("/about", HTML, Accept_Language=language) for language in ("en", "de")]
        assert ['lang="en"' in pages[0].text, 'lang="de"' in pages[1].text] == [True, True]
        for n in (1, 2):
            form = f"query=SELECT+({n}+AS+?x)+{{}}".encode()
            answer = server.request(
                "POST", "/sparql", form, Content_Type="application/x-www-form-urlencoded", Accept="text/csv"
            )
            assert answer.text == f"x\r\n{n}\r\n"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/about?kept=1", 'Cookie: lang="de"'),
        ("/about?kept=2", "Cookie: lang=xx; lang=de"),
        ("/about?kept=3", "Accept_Language: de"),
        ("/about?kept=4", "Accept_Language: de\r\nAccept-Language: en"),
        ("/about?kept=5", "Cookie: l%61ng=de"),
        ("/about?l%61ng=de", "Accept-Language: en"),
        ("/about?lang=d%65", "Accept-Language: en"),
        ("/about?lang=&lang=de", "Accept-Language: en"),
    ],
)
def test_a_request_written_in_an_odd_way_changes_no_other_reader_s_language(
    server: Server, path: str, headers: str
) -> None:
    """What is kept as one language's answer must be in that, however the first who asked for it named it."""
    host = f"127.0.0.1:{server.port}"
    connection = send(server, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {HTML}\r\n{headers}\r\n\r\n")
    with connection:
        assert connection.recv(12).endswith(b" 200")
        for language in ("en", "de", "en"):
            chosen = "de" if path == "/about?lang=d%65" or path == "/about?lang=&lang=de" else language
            assert f'<html lang="{chosen}"' in server.get(path, HTML, Accept_Language=language).text
            assert f'<html lang="{chosen}"' in server.get(path, HTML, Cookie=f"lang={language}").text


def test_a_question_mark_in_a_path_is_no_beginning_of_parameters() -> None:
    key = partial(make_key, "release")
    asked = Request("GET", "http", "localhost", "/x", "a?b", {}, "127.0.0.1", "127.0.0.1", None)
    assert key(asked) != key(asked._replace(path="/x?a", query="b"))


@pytest.mark.parametrize("accept", ["", "text/csv", "application/sparql-results+xml;q=0.2, text/*", "*/*"])
def test_a_plain_query_is_answered_as_the_application_would(server: Server, app: Flask, accept: str) -> None:
    for asked in (
        "SELECT ?s { ?s a ?c } ORDER BY ?s LIMIT 3",
        "ASK {}",
        "DESCRIBE <id/russia>",
        "ASK {",
        "ASK { x:y a 1 }",
    ):
        path = "/sparql?query=" + quote(asked)
        ours, its = server.get(path, accept), app.test_client().get(path, headers={"Accept": accept})
        assert (ours.status, ours.body) == (its.status_code, its.data)
        told = {name.lower(): value for name, value in ours.headers.items()}
        for name in ("x-request-id", "date", "server"):
            told.pop(name, None)
        expected = {name.lower(): value for name, value in its.headers.items()}
        varies = [set(each.pop("vary").split(", ")) for each in (told, expected)]
        assert (told, varies[0] - {"Accept-Encoding"}) == (expected, varies[1])


def test_a_page_of_a_long_answer_counts_all_rows_and_shows_the_first(server: Server) -> None:
    page = server.get("/sparql?query=" + quote("SELECT * { ?s ?p ?o } LIMIT 3217"), HTML).text
    assert "3,217" in page
    assert page.count("<tr>") < 600


def test_what_is_kept_comes_in_gzip_to_who_takes_it(server: Server) -> None:
    plain = server.get("/about", HTML)
    for _ in range(2):
        packed = server.get("/about", HTML, Accept_Encoding="br;q=1, gzip;q=0.5")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 2
    assert plain.headers["ETag"] != packed.headers["ETag"]
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
    known = server.get("/about", HTML, Accept_Encoding="gzip", If_None_Match=packed.headers["ETag"])
    assert (known.status, known.body) == (304, b"")
    for refused in ("gzip;q=0", "br", "identity, *;q=0"):
        assert server.get("/about", HTML, Accept_Encoding=refused).body == plain.body
    short = server.get("/sparql?query=ASK%7B%7D", Accept_Encoding="gzip")
    assert "Content-Encoding" not in short.headers


def test_head_is_get_without_the_body(server: Server) -> None:
    for path in ("/about?head", "/sparql?query=ASK%7B%7D%23head", "/static/style.css?head"):
        for method in ("HEAD", "GET", "HEAD"):
            answer = server.request(method, path)
            assert answer.status == 200
            assert int(answer.headers["Content-Length"]) > 0
            assert bool(answer.body) == (method == "GET")


@pytest.mark.parametrize("call", ["RAND()", "UUID()", "rand ()", "NOW()"])
def test_what_differs_each_time_is_evaluated_each_time(server: Server, call: str) -> None:
    text = f"SELECT ({call} AS ?fresh) {{}}"
    server.query(text)
    before = evaluated(server)
    server.query(text)
    assert evaluated(server) == before + 1


def test_what_is_asked_with_a_token_is_not_kept(server: Server) -> None:
    path = "/sparql?query=" + quote("SELECT (10 AS ?repeated) {}")
    before = evaluated(server)
    for _ in range(2):
        assert server.get(path, Authorization="Bearer x").status == 200
    assert evaluated(server) == before + 2


def test_equal_queries_that_are_asked_at_once_are_evaluated_once(releases: Path) -> None:
    server = Server(releases, KG_QUERY_SECONDS="2")
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: server.query(ENDLESS), range(8)))
        assert {answer.status for answer in answers} == {503}
        assert figure(server, 'kg_queries_total{asked_by="client",outcome="query-timeout"}') == 1
    finally:
        server.stop()


def test_caches_are_told_what_a_page_hangs_on(server: Server) -> None:
    for path, accept in (("/doc/russia", TURTLE), ("/doc/russia", HTML), ("/sparql?query=ASK%7B%7D", "*/*")):
        vary = {each.strip().lower() for each in server.get(path, accept).headers["Vary"].split(",")}
        assert vary - {"accept-encoding"} == {"accept", "accept-language", "cookie"}


def test_several_ranges_of_a_file_are_the_whole(server: Server, manifest: Manifest) -> None:
    path = f"/release/{manifest.id}/manifest.json"
    whole = server.get(path)
    assert server.get(path, Range="bytes=0-1,3-4").body == whole.body
    part = server.get(path, Range="bytes=2-5")
    assert (part.status, part.body) == (206, whole.body[2:6])


# Clients that go away, and those that stay too long


@pytest.fixture(scope="module")
def shared(releases: Path) -> Iterator[Server]:
    """A server whose clients a proxy distinguishes, with queries that may take long."""
    server = Server(releases, KG_TRUSTED_PROXIES="1", KG_QUERY_SECONDS="60")
    yield server
    server.stop()


def ask(server: Server, text: str, client: str) -> Answer:
    return server.get("/sparql?query=" + quote(text), X_Forwarded_For=client)


def idle(server: Server) -> float:
    return figure(server, 'kg_query_workers{state="idle"}')


def test_a_query_ends_when_its_client_has_gone(shared: Server) -> None:
    assert wait_until(lambda: idle(shared) == 5)
    queries = [quote(f"{ENDLESS} #gone {n}") for n in range(6)]
    gone = [
        send(shared, get(f"/sparql?query={text}", f"X-Forwarded-For: 203.0.113.{n}")) for n, text in enumerate(queries)
    ]
    assert wait_until(lambda: figure(shared, "kg_queries_waiting") >= 2)
    for connection in gone:
        connection.close()
    assert wait_until(lambda: figure(shared, "kg_queries_waiting") == 0 and idle(shared) == 5)
    assert figure(shared, 'kg_queries_total{asked_by="client",outcome="query-cancelled"}') == 6


def test_a_call_to_another_endpoint_ends_when_the_client_has_gone(releases: Path) -> None:
    far = Endpoint()
    far.pause_between_bytes = 0.05
    far.body = b" " * 10_000 + far.body
    server = Server(releases, KG_SERVICE_ENDPOINTS=far.url, KG_SERVICE_PRIVATE="1", KG_QUERY_SECONDS="300")
    try:
        text = quote(f"SELECT * {{ SERVICE <{far.url}> {{ ?s ?p ?o }} }}")
        with send(server, get(f"/sparql?query={text}")):
            assert wait_until(lambda: len(far.queries) == 1)
        assert wait_until(lambda: far.cut == 1)
        assert wait_until(lambda: figure(server, 'kg_queries_total{asked_by="client",outcome="query-cancelled"}') == 1)
        assert server.query("ASK {}").status == 200
    finally:
        server.stop()
        far.close()


def test_small_queries_and_pages_pass_the_long_ones_of_two_others(shared: Server) -> None:
    with ExitStack() as stack:
        for n in (1, 2):
            text = quote(f"{ENDLESS} #hog {n}")
            stack.enter_context(send(shared, get(f"/sparql?query={text}", f"X-Forwarded-For: 203.0.113.{n}")))
        assert wait_until(lambda: idle(shared) <= 3)
        for n in range(5):
            assert ask(shared, f"ASK {{}} #small {n}", "203.0.113.3").status == 200
            assert shared.get(f"/code/flat?n={n}", X_Forwarded_For="203.0.113.3").status == 200
        assert figure(shared, 'kg_queries_total{asked_by="client",outcome="query-timeout"}') == 0  # both still run


def test_who_asks_the_same_as_a_client_whose_queries_wait_does_not_wait_with_them(shared: Server) -> None:
    assert wait_until(lambda: idle(shared) == 5)
    same = f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} #{time.monotonic()}"
    host, greedy = f"127.0.0.1:{shared.port}", "X-Forwarded-For: 203.0.113.1"
    with ExitStack() as stack:

        def begin(text: str) -> None:
            stack.enter_context(send(shared, get(f"/sparql?query={quote(text)}", greedy, host=host)))

        begin(f"{ENDLESS} #greedy")
        assert wait_until(lambda: idle(shared) == 4)
        begin(f"{ENDLESS} #greedy too")  # which the quick slot gives up, and the other is not for this client
        assert wait_until(lambda: figure(shared, "kg_queries_waiting") == 1)
        begin(same)
        assert wait_until(lambda: figure(shared, "kg_queries_waiting") == 2)
        assert ask(shared, same, "203.0.113.2").status == 200
        assert figure(shared, "kg_queries_waiting") == 2
    assert wait_until(lambda: idle(shared) == 5)


def test_who_asks_the_same_as_another_client_s_query_that_is_under_way_waits_for_its_answer(shared: Server) -> None:
    assert wait_until(lambda: idle(shared) == 5)
    same, before = f"{LONG} #{time.monotonic()}", evaluated(shared)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(ask, shared, same, "203.0.113.1")
        assert wait_until(lambda: busy(shared) == 1)
        second = threads.submit(ask, shared, same, "203.0.113.2")
        assert first.result().body == second.result().body
    assert evaluated(shared) == before + 1


def test_answers_that_nobody_reads_count_for_who_asked_for_them(releases: Path) -> None:
    server = Server(releases, KG_TRUSTED_PROXIES="1", KG_ANSWER_BYTES="12000000")
    path = "/sparql?query=" + quote(LONG)
    try:
        assert len(ask(server, LONG, "203.0.113.4").body) > 8_000_000
        with ExitStack() as stack:
            unread = []
            for n in range(12):
                connection = stack.enter_context(send(server, get(f"{path}%23{n}", "X-Forwarded-For: 203.0.113.5")))
                unread.append(connection.recv(12))
            assert unread[0] == b"HTTP/1.1 200"
            assert b"HTTP/1.1 429" in unread
            assert ask(server, LONG + "#other", "203.0.113.6").status == 200
        assert wait_until(lambda: ask(server, LONG + "#again", "203.0.113.5").status == 200)
    finally:
        server.stop()


def open_without_a_name(process: int) -> int:
    """Return how many open files without a name a process has."""
    names = []
    for file in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            names.append(str(file.readlink()))
    return sum(name.endswith("(deleted)") for name in names)


def test_the_file_of_a_long_answer_is_closed_once_all_who_asked_for_it_have_it(shared: Server) -> None:
    assert len(ask(shared, LONG, "203.0.113.7").body) > 8_000_000
    front = shared.front()
    assert wait_until(lambda: idle(shared) == 5)
    before = open_without_a_name(front)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: ask(shared, f"{LONG} #three", "203.0.113.7"), range(3)))
    assert len({answer.body for answer in answers}) == 1
    assert wait_until(lambda: open_without_a_name(front) <= before)


def test_a_client_keeps_only_so_many_connections_open_and_the_server_answers(releases: Path) -> None:
    server = Server(releases, KG_CLIENT_CONNECTIONS="100")
    try:
        with ExitStack() as stack:
            kinds = ["", "GET /about HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", get("/about")]
            open_ = [stack.enter_context(send(server, kinds[n % 4])) for n in range(800)]
            for path in ("/health/live", "/metrics", "/about", "/health"):
                assert server.get(path).status == 200

            def still_open() -> int:
                return sum(1 for each in open_ if _is_open(each))

            assert wait_until(lambda: still_open() <= 100)
    finally:
        server.stop()


def test_a_connection_on_which_an_answer_leaves_waits_for_something(releases: Path) -> None:
    """A client with too many connections loses the oldest idle ones; one on which a kept answer leaves is not idle."""
    server = Server(releases, KG_CLIENT_CONNECTIONS="70")
    path = f"/sparql?query={quote(LONG)}"
    try:
        whole = [server.get(path, "text/csv").body for _ in range(2)][1]  # and kept from now on
        asked = evaluated(server)
        with ExitStack() as stack:
            asks = get(path, "Accept: text/csv", host=f"127.0.0.1:{server.port}")
            reading = stack.enter_context(send(server, asks))
            assert reading.recv(12).endswith(b" 200")
            others = [stack.enter_context(send(server, "")) for _ in range(90)]
            assert wait_until(lambda: sum(map(_is_open, others)) < 70)
            assert read(reading).encode("latin-1").endswith(whole)
        assert evaluated(server) == asked
    finally:
        server.stop()


def _is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        while True:
            if not connection.recv(65_536):
                return False
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.mark.parametrize(("method", "path"), [("POST", "/ns%2F/Statement"), ("DELETE", "/reconcile////")])
def test_a_method_that_is_none_at_an_address_with_slashes_in_a_row_is_405(
    server: Server, method: str, path: str
) -> None:
    answer = server.request(method, path)
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]
