"""What an operator sees of a server: its health, its figures, and its log."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from helpers.serving import Answer, Server
from helpers.waiting import wait_until
from kg.release.publish import POINTER, Releases
from kg.web.http.logs import FIELD_BYTES, JsonFormatter, TextFormatter, shown_client


class LoggedServer(Server):
    """A server whose log can be read."""

    def __init__(self, releases: Path, file: Path, **environment: str) -> None:
        self.file = file
        with file.open("wb") as stream:
            super().__init__(releases, stream.fileno(), **({"KG_LOG_LEVEL": "info"} | environment))

    def lines(self) -> list[str]:
        return self.file.read_text(encoding="utf-8").splitlines()

    def line_of(self, answer: Answer) -> dict[str, object]:
        """Return the line of a request, which is written after its answer has been sent."""
        identifier = answer.headers["X-Request-Id"]
        assert wait_until(lambda: any(identifier in line for line in self.lines()))
        [line] = [line for line in self.lines() if identifier in line]
        return dict(json.loads(line))


@pytest.fixture(scope="module")
def logged(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedServer]:
    running = LoggedServer(releases, tmp_path_factory.mktemp("log") / "log", KG_TRUSTED_PROXIES="1")
    yield running
    running.stop()


@pytest.fixture
def own(releases: Path, tmp_path: Path) -> Iterator[LoggedServer]:
    """A server on a copy of the release, for tests that harm it."""
    shutil.copytree(releases, tmp_path / "releases", symlinks=True)
    running = LoggedServer(tmp_path / "releases", tmp_path / "log", KG_LOG_QUERIES="20")
    yield running
    running.stop()


def figures(server: Server) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in read_text(server.get("/metrics").text)
        for sample in family.samples
    }


# ── Health ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/health", "/health/live"])
def test_a_well_server_says_so_and_no_cache_keeps_it(server: Server, path: str) -> None:
    answer = server.get(path)
    assert (answer.status, json.loads(answer.body)["status"]) == (200, "ok")
    assert answer.headers["Cache-Control"] == "no-store"
    head = server.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")


def test_health_names_the_release_and_counts_the_workers(server: Server) -> None:
    said = json.loads(server.get("/health").body)
    assert said["release"] == json.loads(server.get("/releases.json").body)["active"]
    assert said["workers"]["alive"] == said["workers"]["wanted"] == 5
    assert said["degraded"] == []


def test_a_release_that_cannot_be_opened_degrades_the_one_before_it(own: LoggedServer, tmp_path: Path) -> None:
    pointer = tmp_path / "releases" / POINTER
    before = json.loads(own.get("/health").body)["release"]
    broken = tmp_path / "new"
    broken.symlink_to("2020-01-01-000000000000") if pointer.is_symlink() else broken.write_text("2020-01-01-000000\n")
    broken.replace(pointer)
    own.get("/code/flat")
    assert wait_until(lambda: json.loads(own.get("/health").body)["status"] == "degraded")
    answer = own.get("/health")
    said = json.loads(answer.body)
    assert (answer.status, said["release"]) == (200, before)
    assert "the one before it still is" in said["degraded"][0]
    assert figures(own)["kg_degraded", ()] == 1


def test_a_server_without_workers_is_not_ready_but_lives(own: LoggedServer) -> None:
    """The workers are killed faster than they are replaced, until one answer says so."""
    seen: set[int] = set()

    def kill_all() -> bool:
        for worker in own.workers():
            os.kill(worker, signal.SIGKILL)
        seen.add(own.get("/health").status)
        return 503 in seen

    assert wait_until(kill_all)
    assert own.get("/health/live").status == 200
    assert wait_until(lambda: own.get("/health").status == 200)
    assert own.query("ASK {}").status == 200


def test_a_server_whose_workers_cannot_be_replaced_still_says_that_it_lives(releases: Path, tmp_path: Path) -> None:
    """What is asked to have them replaced waits for one until its deadline, which here never comes."""
    folder = shutil.copytree(releases, tmp_path / "releases", symlinks=True)
    server = LoggedServer(folder, tmp_path / "log", KG_QUERY_SECONDS="100000")
    store = Releases(folder).store(Releases(folder).active_id())
    try:
        store.rename(tmp_path / "away")
        for worker in server.workers():
            os.kill(worker, signal.SIGKILL)
        assert wait_until(lambda: figures(server)["kg_query_workers", (("state", "alive"),)] == 0)
        assert server.get("/health").status == 503
        for _ in range(5):
            assert server.get("/health").status in (200, 503)  # one is alive until it has looked for its store
        assert server.get("/health/live").status == 200
        assert figures(server)["kg_queries_waiting", ()] == 0
        (tmp_path / "away").rename(store)
        assert wait_until(lambda: server.get("/health").status == 200)
    finally:
        server.stop()


# ── Figures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_requests_and_queries_are_counted_by_what_became_of_them(own: LoggedServer) -> None:
    before = figures(own)
    own.query("ASK {}")
    own.query("ASK {")
    own.get("/nowhere/at/all")
    own.request("BREW", "/sparql")
    assert wait_until(lambda: figures(own) != before)
    after = figures(own)

    def added(name: str, **labels: str) -> float:
        key = (name, tuple(sorted(labels.items())))
        return after.get(key, 0) - before.get(key, 0)

    assert added("kg_http_requests_total", method="GET", route="/sparql", status="200") == 1
    assert added("kg_http_requests_total", method="GET", route="/sparql", status="400") == 1
    assert added("kg_http_requests_total", method="GET", route="none", status="404") == 1
    assert added("kg_http_requests_total", method="other", route="/sparql", status="405") == 1
    assert added("kg_queries_total", asked_by="client", outcome="answered") == 1
    assert added("kg_queries_total", asked_by="client", outcome="query-syntax-error") == 1
    assert added("kg_query_seconds_count", asked_by="client") == 2
    assert after["kg_query_workers", (("state", "alive"),)] == 5


def test_killed_workers_are_counted(own: LoggedServer) -> None:
    for worker in own.workers():
        os.kill(worker, signal.SIGKILL)
    assert wait_until(
        lambda: own.query("ASK {}").status == 200 and figures(own)["kg_query_workers_ended_total", ()] >= 1
    )


def test_no_label_has_a_strangers_words(server: Server) -> None:
    for n in range(30):
        server.get(f"/id/stranger-{n}")
        server.get(f"/stranger-{n}")
    assert "stranger" not in server.get("/metrics").text


def test_figures_come_as_openmetrics_where_that_is_accepted(server: Server) -> None:
    answer = server.get("/metrics", "application/openmetrics-text; version=1.0.0")
    assert answer.media_type == "application/openmetrics-text"
    assert "kg_release_info" in answer.text
    assert list(read_openmetrics(answer.text))
    assert server.get("/metrics").media_type == "text/plain"
    strange = server.get("/metrics", "application/openmetrics-text;version=x")
    assert (strange.status, strange.media_type) == (200, "text/plain")


def test_figures_are_for_this_machine_alone_unless_opened(logged: LoggedServer, releases: Path) -> None:
    assert logged.get("/metrics").status == 200
    assert logged.get("/metrics", X_Forwarded_For="127.0.0.1").status == 403
    assert logged.get("/metrics", Forwarded="for=127.0.0.1").status == 403
    public = Server(releases, KG_METRICS_PUBLIC="1")
    assert public.get("/metrics", X_Forwarded_For="192.0.2.7").status == 200
    public.stop()


# ── The log ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_is_one_line_that_says_what_and_not_whose(logged: LoggedServer) -> None:
    secret = "SELECT * WHERE { ?s ?p 'a private question' } LIMIT 1"  # noqa: S105 - no password
    answer = logged.get(
        "/sparql?" + urllib.parse.urlencode({"query": secret}), X_Forwarded_For="203.0.113.77", User_Agent="probe/1"
    )
    line = logged.line_of(answer)
    assert {name: line[name] for name in ("level", "method", "route", "path", "status", "client", "user_agent")} == {
        "level": "info",
        "method": "GET",
        "route": "/sparql",
        "path": "/sparql",
        "status": 200,
        "client": "203.0.113.0/24",
        "user_agent": "probe/1",
    }
    assert line["bytes"] == len(answer.body)
    assert isinstance(line["seconds"], float)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line["time"]))
    assert "private" not in logged.file.read_text("utf-8")


def test_the_start_of_a_query_is_logged_where_the_operator_says_so(own: LoggedServer) -> None:
    line = own.line_of(own.query("ASK { ?s ?p 'what comes late' }"))
    assert line["query"] == "ASK { ?s ?p 'what co"


def test_probes_are_not_logged(own: LoggedServer) -> None:
    for path in ("/health", "/health/live", "/metrics"):
        own.get(path)
    own.line_of(own.get("/code/flat"))
    assert not [line for line in own.lines() if "/health" in line or "/metrics" in line]


def test_nothing_that_is_sent_breaks_a_line(own: LoggedServer) -> None:
    answer = own.get("/id/a%0Ab%1B%5B31m", User_Agent='"}\\u001b[31m\x85{"level":"error"')
    assert own.line_of(answer)["path"] == "/id/a\nb\x1b[31m"
    for line in own.lines():
        assert line.isascii()
        json.loads(line)


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
def test_a_line_is_bounded_whatever_stands_in_it(formatter: logging.Formatter) -> None:
    """Each of these characters is written as six or twelve: the bounds are those of what is written."""
    try:
        raise ValueError("\x01" * 1_000_000 + " the end")
    except ValueError:
        error = sys.exc_info()
    record = logging.LogRecord("kg", logging.ERROR, "", 0, "\U0001f600" * 1_000_000, (), error)
    record.fields = {"query": "\x02" * 1_000_000, "bytes": 7}
    line = formatter.format(record)
    assert len(line.encode()) < 60_000
    assert "the end" in line
    if isinstance(formatter, JsonFormatter):
        told = json.loads(line)
        assert (told["bytes"], set(told["query"])) == (7, {"\x02", "…"})
        assert all(len(json.dumps(value)) <= FIELD_BYTES for value in told.values())


def test_an_identifier_is_taken_from_a_trusted_proxy_only(logged: LoggedServer, server: Server) -> None:
    assert logged.get("/code/flat", X_Request_Id="from-the-proxy-1").headers["X-Request-Id"] == "from-the-proxy-1"
    for bad in ("short", "x" * 65, "white space", 'quote"quote"quote'):
        assert re.fullmatch("[0-9a-f]{16}", logged.get("/code/flat", X_Request_Id=bad).headers["X-Request-Id"])
    assert server.get("/code/flat", X_Request_Id="from-a-stranger").headers["X-Request-Id"] != "from-a-stranger"


def test_an_error_page_names_the_request(server: Server) -> None:
    answer = server.get("/id/nobody", "text/html")
    assert answer.status == 404
    assert answer.headers["X-Request-Id"] in answer.text


def test_people_may_have_a_log_in_text(releases: Path, tmp_path: Path) -> None:
    running = LoggedServer(releases, tmp_path / "log", KG_LOG_FORMAT="text")
    running.get("/id/a%0Ab")
    assert wait_until(lambda: any('path="/id/a\\nb"' in line for line in running.lines()))
    running.stop()


@pytest.mark.parametrize(
    ("address", "how", "shown"),
    [
        ("203.0.113.77", "network", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "network", "2001:db8:1::/48"),
        ("203.0.113.77", "address", "203.0.113.77"),
        ("203.0.113.77", "none", None),
        ("<script>", "address", None),
    ],
)
def test_a_client_is_shown_as_the_settings_say(address: str, how: str, shown: str | None) -> None:
    assert shown_client(address, how) == shown
