"""A query that nobody waits for any more is ended, however its client went away, and the next one is answered."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from helpers.serving import ENDLESS, Server
from helpers.slow import slow
from helpers.waiting import PATIENCE, wait_until
from project.test_deploy import NAME, NGINX, Proxy
from web.front.test_front import busy, figure

CANCELLED = 'kg_queries_total{asked_by="client",outcome="query-cancelled"}'
WAYS = ("curl", "tab", "nginx")
number = count()


@dataclass(frozen=True)
class Ways:
    """What goes away: a function that begins a query and gives a function that goes away."""

    server: Server
    browser: Browser
    proxy: Proxy | None

    def begin(self, way: str) -> Callable[[], object]:
        path = "/sparql?query=" + quote(f"{ENDLESS} # {way} {next(number)}")
        return {"curl": self._curl, "tab": self._tab, "nginx": self._nginx}[way](path)

    def _curl(self, path: str) -> Callable[[], object]:
        curl = shutil.which("curl")
        assert curl, "curl is missing (Debian: apt-get install curl)"
        process = subprocess.Popen([curl, "--silent", self.server.url + path], stdout=subprocess.DEVNULL)

        def leave() -> None:
            process.kill()
            process.wait()

        return leave

    def _tab(self, path: str) -> Callable[[], object]:
        page = self.browser.new_page()
        page.goto(self.server.url + "/code/flat")
        page.evaluate("path => { setTimeout(() => { location.href = path }, 0) }", path)
        return page.close

    def _nginx(self, path: str) -> Callable[[], object]:
        if self.proxy is None:
            pytest.skip("nginx or openssl is not installed (Debian: apt-get install nginx-light openssl)")
        context = ssl._create_unverified_context()  # noqa: S323 - the certificate is the test's own
        raw = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=PATIENCE)
        connection = context.wrap_socket(raw, server_hostname=NAME)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nAccept: text/html\r\n\r\n".encode())
        return connection.close


@pytest.fixture(scope="module")
def ways(browser: Browser, releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    """A server with long queries, nginx before it where that is installed, and a browser."""
    server = Server(releases, KG_TRUSTED_PROXIES="1", KG_QUERY_SECONDS="120")
    proxy = Proxy(server, tmp_path_factory.mktemp("nginx")) if NGINX and shutil.which("openssl") else None
    yield Ways(server, browser, proxy)
    if proxy is not None:
        proxy.stop()
    server.stop()


def abandon(ways: Ways, way: str) -> tuple[float, float]:
    """Begin a query, go away once it is evaluated, and return the seconds until its worker was ended and until
    another client's query was answered."""
    before = figure(ways.server, CANCELLED)
    leave = ways.begin(way)
    assert wait_until(lambda: busy(ways.server) == 1), "the query was not begun"
    began = time.monotonic()
    leave()
    assert wait_until(lambda: figure(ways.server, CANCELLED) == before + 1), "the query goes on"
    ended = time.monotonic() - began
    other = ways.server.query(f"ASK {{}} # {next(number)}", X_Forwarded_For="203.0.113.9")
    answered = time.monotonic() - began - ended
    assert other.status == 200
    assert wait_until(lambda: busy(ways.server) == 0), "a worker is still at it"
    return ended, answered


@pytest.mark.parametrize("way", WAYS)
def test_a_query_ends_with_its_client_and_the_next_is_answered(ways: Ways, way: str) -> None:
    for _ in range(2):
        abandon(ways, way)


@slow("test_a_query_ends_with_its_client_and_the_next_is_answered")
@pytest.mark.parametrize("way", WAYS)
def test_twenty_of_twenty_abandoned_queries_free_their_worker_long_before_their_deadline(ways: Ways, way: str) -> None:
    measured = [abandon(ways, way) for _ in range(20)]
    ended, answered = (sorted(each) for each in zip(*measured, strict=True))
    print(f"{way}: ended after {ended[10]:.3f} s, {ended[-1]:.3f} s at most; next answer {answered[-1]:.3f} s at most")
    assert len(ended) == 20
