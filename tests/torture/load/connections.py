"""Clients that are slow on purpose, five hundred at once, while others want pages.

Some send nothing, some half a request, some a body byte by byte, some ask for a long answer and do not read it.
"""

from __future__ import annotations

import contextlib
import http.client
import resource
import socket
import tempfile
import threading
import time
from pathlib import Path

from helpers.serving import HOME, Server
from kg.release.work.build import build
from kg.settings import read_settings
from torture.trial import QUICK, Finding, Say, Trial, scale

PAGES = ("/", "/doc/russia", "/issues", "/article/florida-talks/statement/007-2", "/code/flat")
PAGE_SECONDS = 1.0
WATCHED_SECONDS = 3 if QUICK else 45
LONG = b"SELECT * { ?s ?p ?o . ?s ?q ?r }"
KINDS = {
    "silent": b"",
    "half a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-",
    "a header that grows": b"GET / HTTP/1.1\r\nHost: localhost\r\n",
    "a slow body": b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length: 5000\r\n\r\nASK",
    "a slow body in chunks": b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n",
    "a slow body to a page": b"POST /issues HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\nx",
    "a slow form": b"POST /update HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90000\r\n\r\nupdate=",
    "a slow reader": b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\nContent-Type: application/sparql-query\r\n"
    + f"Content-Length: {len(LONG)}\r\n\r\n".encode()
    + LONG,
    "kept alive": b"GET /code/flat HTTP/1.1\r\nHost: localhost\r\n\r\n",
}
CROWD = (b"", b"GET /about HT", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", KINDS["kept alive"])
DRIPS = {"a header that grows": b"X-A: b\r\n", "a slow body": b" ", "a slow body to a page": b"x", "a slow form": b"+"}


def run(say: Say) -> Finding:
    """Open the connections, keep them slow, and time pages meanwhile."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top) / "releases"
        build(read_settings().with_(home=HOME, releases=folder), lambda _: None)
        server = Server(folder)
        try:
            return _run(server, say)
        finally:
            server.stop()


def _run(server: Server, say: Say) -> Finding:
    count = scale(500, 60)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    slow = [(kind, _open(server, number, KINDS[kind])) for number, kind in enumerate(_kinds(count))]
    say(f"{len(slow)} slow connections of {len(KINDS)} kinds are open")
    done = threading.Event()
    dripping = threading.Thread(target=_drip, args=(slow, done))
    dripping.start()
    waits: list[float] = []
    failures: list[str] = []
    end = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < end:
        for path in PAGES:
            seconds, status = _page(server, path)
            waits.append(seconds)
            if status != 200:
                failures.append(f"{path} was answered {status}")
            if seconds >= PAGE_SECONDS:
                failures.append(f"{path} took {seconds:.2f} s")
    done.set()
    dripping.join()
    for _, connection in slow:
        connection.close()
    measured = (
        f"{len(slow)} connections of {len(KINDS)} kinds: {len(waits)} pages, the slowest {max(waits):.2f} s, the median"
        f" {sorted(waits)[len(waits) // 2] * 1000:.0f} ms"
    )
    return Finding(measured, not failures and len(waits) > 0, tuple(failures[:20]))


def _kinds(count: int) -> list[str]:
    names = list(KINDS)
    return [names[number % len(names)] for number in range(count)]


def _open(server: Server, number: int, start: bytes) -> socket.socket:
    """Open a connection from one of many addresses of the loopback network, and send the start of a request."""
    connection = socket.create_connection(
        ("127.0.0.1", server.port), 10, source_address=(f"127.0.{3 + number % 40}.{1 + number % 200}", 0)
    )
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with contextlib.suppress(OSError):
        connection.sendall(start)
    return connection


def _drip(slow: list[tuple[str, socket.socket]], done: threading.Event) -> None:
    """Send one byte more on each connection, again and again."""
    while not done.wait(1.0):
        for kind, connection in slow:
            if kind in DRIPS:
                with contextlib.suppress(OSError):
                    connection.sendall(DRIPS[kind])


def _page(server: Server, path: str) -> tuple[float, int]:
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request("GET", path, headers={"Accept": "text/html"})
        response = connection.getresponse()
        response.read()
        return time.monotonic() - began, response.status
    except (OSError, http.client.HTTPException):
        return time.monotonic() - began, 0
    finally:
        connection.close()


def crowd(say: Say) -> Finding:
    """Open two thousand connections that ask for nothing, or for half of something, and time health and pages."""
    count = scale(2_000, 200)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    slowest, failures = 0.0, []
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top) / "releases"
        build(read_settings().with_(home=HOME, releases=folder), lambda _: None)
        server = Server(folder)
        open_ = []
        try:
            for number in range(count):
                open_.append(_open(server, number, CROWD[number % len(CROWD)]))
            say(f"{count} connections are open")
            end = time.monotonic() + WATCHED_SECONDS
            while time.monotonic() < end:
                for path in ("/health/live", "/metrics", "/about", "/doc/russia"):
                    seconds, status = _page(server, path)
                    slowest = max(slowest, seconds)
                    if status != 200 or seconds >= PAGE_SECONDS:
                        failures.append(f"{path} was answered {status} in {seconds:.2f} s")
        finally:
            for connection in open_:
                connection.close()
            server.stop()
    measured = f"{count} connections of {len(CROWD)} kinds: the slowest of health, figures and pages {slowest:.2f} s"
    return Finding(measured, not failures, tuple(failures[:20]))


TRIAL = Trial("slow-loris, 500 idle or slow connections", "pages still answer in under 1 s", run)
CROWD_TRIAL = Trial("2,000 connections that ask for nothing", "health, figures and pages within 1 s", crowd)
