"""Readers without end while releases change: no answer is mixed of two, cut, or older than the one before it."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from helpers.serving import BASE, Server
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset
from torture.load.fronts import connect
from torture.trial import QUICK, Finding, Say, Trial, scale

READERS = scale(200, 20)
SECONDS = 60 if QUICK else 900
THINGS = 40
QUERY = "SELECT ?n (COUNT(*) AS ?c) { ?s <http://x.example/p> ?n } GROUP BY ?n"
TARGETS = (f"/sparql?query={quote(QUERY)}", f"/sparql?query={quote(QUERY + ' #2')}")


def _nquads(number: int) -> bytes:
    """Return a dataset in which all things have the same number: an answer with two of them is mixed."""
    line = '<http://x.example/{}> <http://x.example/p> "{}" <http://x.example/g> .\n'
    return "".join(line.format(thing, number) for thing in range(THINGS)).encode()


class Readers:
    """Many connections that ask one after the other and compare what they are answered."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.answers = 0
        self.seen: Counter[str] = Counter()
        self.failures: list[str] = []
        self.least = 0
        """The number of the release that was known to be served before the last switch was begun."""
        self.done = threading.Event()

    def read(self, number: int) -> None:
        """Ask until it is enough."""
        while not self.done.is_set():
            with suppress(ConnectionError), connect(self._server) as connection:
                file = connection.makefile("rb")
                while not self.done.is_set():
                    least = self.least
                    target = TARGETS[(number + self.answers) % len(TARGETS)]
                    head = "Accept: application/sparql-results+json\r\nX-Forwarded-For: 198.51.100."
                    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n{head}{number}\r\n\r\n".encode())
                    status = file.readline()
                    if not status:
                        break
                    length = 0
                    while (line := file.readline()) not in (b"\r\n", b""):
                        name, _, value = line.lower().partition(b":")
                        length = int(value) if name == b"content-length" else length
                    self._validate(status, file.read(length), length, least)

    def _validate(self, status: bytes, body: bytes, length: int, least: int) -> None:
        self.answers += 1
        if b" 200 " not in status or len(body) < length:
            self.failures.append(f"{status!r}, {len(body)} of {length} bytes")
            return
        rows = [(row["n"]["value"], row["c"]["value"]) for row in json.loads(body)["results"]["bindings"]]
        if len(rows) != 1 or rows[0][1] != str(THINGS):
            self.failures.append(f"mixed: {rows}")
        elif int(rows[0][0]) < least:
            self.failures.append(f"stale: release {rows[0][0]} after {least} was served")
        else:
            self.seen[rows[0][0]] += 1


def watch(count: int, is_enough: Callable[[int, int], bool], say: Say) -> tuple[Readers, int]:
    """Publish a release each second while so many readers ask; return what they saw, and the number of switches.

    ``is_enough`` is asked after each switch, with the number of them and of the answers so far.
    """
    with tempfile.TemporaryDirectory() as top:
        releases = Releases(Path(top) / "releases")
        _publish(releases, 0)
        server = Server(releases.folder, KG_TRUSTED_PROXIES="1", KG_QUEUE="100")
        readers = Readers(server)
        threads = [threading.Thread(target=readers.read, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        number = 0
        try:
            while not is_enough(number, readers.answers):
                number += 1
                _switch(server, releases, readers, number)
                if number % 20 == 0:
                    say(f"{number} switches, {readers.answers} answers")
        finally:
            readers.done.set()
            for thread in threads:
                thread.join()
            server.stop()
    return readers, number


def run(say: Say) -> Finding:
    """Watch two hundred readers."""
    end = time.monotonic() + SECONDS
    enough = scale(10, 3), scale(50_000, 2_000)
    readers, number = watch(
        READERS,
        lambda switches, answers: (switches >= enough[0] and answers >= enough[1]) or time.monotonic() > end,
        say,
    )
    wrong = len(readers.failures)
    measured = f"{READERS} readers, {number} switches, {readers.answers} answers: {wrong} of them not as they must be"
    return Finding(measured, not wrong and readers.answers >= enough[1], tuple(readers.failures[:20]))


def _switch(server: Server, releases: Releases, readers: Readers, number: int) -> None:
    """Publish a release, wait until it is served, and a second more."""
    _publish(releases, number)
    while server.query(QUERY + f" #{time.monotonic_ns()}", "text/csv").text.split()[1:] != [f"{number},{THINGS}"]:
        time.sleep(0.02)
    readers.least = number
    time.sleep(1)


def _publish(releases: Releases, number: int) -> None:
    with releases.lock():
        publish_dataset(releases, _nquads(number), BASE)


TRIAL = Trial("200 readers, a switch each second", "0 of 50,000 answers mixed, cut, stale or refused", run)
