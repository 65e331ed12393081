"""The one process of a server that everybody shares, and what it spends."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.serving import HOME, Server
from kg.release.work.build import build
from kg.settings import read_settings


class Front:
    """The process of a running server that answers requests."""

    def __init__(self, server: Server) -> None:
        self.process = server.front()

    def seconds(self) -> float:
        """Return the processor seconds that it has spent (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self.process << 3) | 2)

    def memory(self) -> int:
        """Return the bytes of memory that it has to itself."""
        told = Path(f"/proc/{self.process}/status").read_text("utf-8")
        return next(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("RssAnon:"))


@contextmanager
def serving(**environment: str) -> Iterator[Server]:
    """Give a server of the real data, whose clients a proxy distinguishes."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top) / "releases"
        build(read_settings().with_(home=HOME, releases=folder), lambda _: None)
        server = Server(folder, **{"KG_TRUSTED_PROXIES": "1"} | environment)
        try:
            yield server
        finally:
            server.stop()


def connect(server: Server, seconds: float = 30) -> socket.socket:
    """Return a connection to the server."""
    return socket.create_connection(("127.0.0.1", server.port), seconds)


def request(path: str, client: str = "203.0.113.1", accept: str = "*/*") -> bytes:
    """Return a GET for an address of a client."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nX-Forwarded-For: {client}\r\n\r\n".encode()


def read_answer(connection: socket.socket) -> int:
    """Read an answer whole, and return its status; 0 where there is none."""
    got = bytearray()
    while b"\r\n\r\n" not in got:
        part = connection.recv(65_536)
        if not part:
            return 0
        got += part
    head, _, body = bytes(got).partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = int(lengths[0].partition(b":")[2]) - len(body) if lengths else 0
    while left > 0:
        part = connection.recv(65_536)
        if not part:
            return 0
        left -= len(part)
    return int(head.split()[1])


def time_request(server: Server, path: str, client: str, accept: str = "*/*") -> tuple[float, int]:
    """Return the seconds to the end of an answer on a connection of its own, and its status; 0 for none."""
    began = time.monotonic()
    try:
        with connect(server) as connection:
            connection.sendall(request(path, client, accept))
            status = read_answer(connection)
    except OSError:
        status = 0
    return time.monotonic() - began, status
