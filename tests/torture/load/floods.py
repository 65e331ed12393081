"""One client does its worst while others want pages: how long these wait, and what of it stays behind."""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from urllib.parse import quote

from helpers.serving import Server
from torture.load.fronts import Front, connect, read_answer, request, serving, time_request
from torture.trial import QUICK, Finding, Say, Trial, scale

SECONDS = 4.0 if QUICK else 30.0
LASTING = 10 if QUICK else 600
THREADS = 16
HTML = "text/html"
PAGES = ("/", "/doc/russia", "/issues", "/code/flat")
SHARE = 2.0
"""Neighbours wait this many times as long as they do alone, at most; or less than LEAST_SECONDS."""
LEAST_SECONDS = 0.5
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT {limit}"
FLOODS: dict[str, Callable[[int], bytes]] = {
    "pages of an article": lambda n: request(f"/article/florida-talks?n={n}", accept=HTML),
    "lists of statements": lambda n: request(f"/statements?n={n}", accept=HTML),
    "exports": lambda n: request(f"/export/nanopublications?n={n}"),
    "searches": lambda n: request(f"/search?q={quote(f'war {n}')}", accept=HTML),
    "suggestions": lambda n: request(f"/reconcile/suggest/entity?prefix=a{n}"),
    "small queries": lambda n: request(f"/sparql?query={quote(f'ASK {{}} # {n}')}"),
    "long queries": lambda n: request(f"/sparql?query={quote(f'{SLOW} # {n}')}"),
    "long answers as pages": lambda n: request(
        f"/sparql?query={quote(LONG.replace('{limit}', '20000') + f' # {n}')}", accept=HTML
    ),
    "spreadsheets": lambda n: request(
        f"/sparql?accept=csv&query={quote(LONG.replace('{limit}', '20000') + f' # {n}')}"
    ),
    "what there is not": lambda n: request(f"/nothing/{n}", accept=HTML),
    "long headers": lambda n: request(f"/about?n={n}", accept="a/b;q=0.1," * 700),
}


@contextmanager
def _flooding(server: Server, kind: str, *, reads: bool) -> Iterator[None]:
    """Have one client send requests of a kind all the while, from a process of its own: it is not to slow this one."""
    process = multiprocessing.get_context("spawn").Process(target=_flood, args=(server.port, kind, reads), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def _flood(port: int, kind: str, reads: bool) -> None:
    """Send requests without end from many threads, and read the answers, or go away."""

    def ask(thread: int) -> None:
        for number in count(thread * 1_000_000):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 30) as connection:
                connection.sendall(FLOODS[kind](number))
                if reads:
                    read_answer(connection)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()


def _neighbour(server: Server, seconds: float, failures: list[str], kind: str) -> list[float]:
    """Ask for pages for so long, and return how long each took, in order of length."""
    waits: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for page in PAGES:
            took, status = time_request(server, f"{page}?n={len(waits)}", "198.51.100.7", HTML)
            waits.append(took)
            if status != 200:
                failures.append(f"while one client asks for {kind}, another's {page} is answered {status}")
        time.sleep(0.02)
    return sorted(waits)


def _late(waits: list[float]) -> float:
    return waits[min(len(waits) - 1, int(len(waits) * 0.99))]


def flood(say: Say) -> Finding:
    """Let one client do its worst of each kind, and time another's pages."""
    failures: list[str] = []
    told: list[str] = []
    with serving() as server:
        _neighbour(server, 2, failures, "nothing")
        alone = _late(_neighbour(server, min(SECONDS, 10), failures, "nothing"))
        for kind in FLOODS:
            with _flooding(server, kind, reads=True):
                time.sleep(1)
                late = _late(_neighbour(server, SECONDS, failures, kind))
            say(f"{kind}: {late:.2f} s, alone {alone:.2f} s")
            told.append(f"{kind} {late:.2f}")
            if late > max(SHARE * alone, LEAST_SECONDS):
                failures.append(f"while one client asks for {kind}, a hundredth of another's pages take {late:.2f} s")
    measured = f"another's pages, 99 of 100, in seconds: alone {alone:.2f}; beside {', '.join(told)}"
    return Finding(measured, not failures, tuple(failures))


def abandon(say: Say) -> Finding:
    """Send a hundred requests of each kind at once and go away, and time another's next page."""
    failures: list[str] = []
    waits: dict[str, float] = {}
    with serving() as server:
        for number, (kind, make) in enumerate(FLOODS.items()):
            with ExitStack() as stack:
                for n in range(100):
                    connection = stack.enter_context(connect(server))
                    connection.sendall(make(number * 1_000 + n))
            waits[kind], status = time_request(server, f"/about?n={number}", "198.51.100.7", HTML)
            say(f"{kind}: {waits[kind]:.2f} s")
            if status != 200 or waits[kind] > 1:
                failures.append(f"after 100 {kind} that were abandoned: {status} in {waits[kind]:.2f} s")
        asked = server.query("ASK {}")
        if asked.status != 200:
            failures.append(f"a query afterwards was answered {asked.status}")
    kind = max(waits, key=lambda kind: waits[kind])
    return Finding(
        f"{len(waits)} kinds; the longest wait {waits[kind]:.2f} s, after {kind}", not failures, tuple(failures)
    )


def hold_two(_: Say) -> Finding:
    """Have two clients ask queries of ten seconds one after the other, and time a third's small query and pages."""
    failures: list[str] = []
    waits: list[float] = []
    with serving() as server, ExitStack() as stack:
        for client in ("203.0.113.1", "203.0.113.2"):
            for n in range(4):
                connection = stack.enter_context(connect(server))
                connection.sendall(request(f"/sparql?query={quote(f'{SLOW} # {client} {n}')}", client))
        time.sleep(1)
        end = time.monotonic() + min(SECONDS, 9)
        while time.monotonic() < end:
            for path in (f"/sparql?query={quote(f'ASK {{}} # {len(waits)}')}", f"/code/flat?n={len(waits)}"):
                took, status = time_request(server, path, "198.51.100.7")
                waits.append(took)
                if status != 200 or took > LEAST_SECONDS:
                    failures.append(f"{path[:20]} was answered {status} in {took:.2f} s")
    measured = f"{len(waits)} small queries and pages of a third client: the slowest {max(waits):.2f} s"
    return Finding(measured, not failures, tuple(failures[:10]))


def leave_unread(_: Say) -> Finding:
    """Ask for forty answers of some 57 MB from ten clients, read none, and look at the memory of the front."""
    number = scale(40, 6)
    with serving(KG_ANSWER_BYTES="64000000", KG_QUERY_ROWS="1000000", KG_QUERY_SECONDS="60") as server:
        front = Front(server)
        statuses: Counter[str] = Counter()
        with ExitStack() as stack:
            for n in range(number):
                connection = stack.enter_context(connect(server, 120))
                text = LONG.replace("{limit}", "130000") + f" # {n}"
                connection.sendall(request(f"/sparql?query={quote(text)}", f"203.0.113.{n // 4}"))
                with contextlib.suppress(OSError):
                    statuses[connection.recv(12)[9:].decode()] += 1
            most = front.memory()
            took, status = time_request(server, "/about", "198.51.100.7", HTML)
    failures = [] if status == 200 and took < 1 else [f"another's page was answered {status} in {took:.2f} s"]
    told = ", ".join(f"{times} of status {status}" for status, times in sorted(statuses.items()))
    measured = f"{number} asked for ({told}): the front holds {most / 1e6:.0f} MB; another's page in {took:.2f} s"
    return Finding(measured, most < 600e6 and not failures and statuses["200"] > 0, tuple(failures))


def stay_small(say: Say) -> Finding:
    """Do all that is let in for some minutes, and see that the front's memory does not go on growing."""
    with serving() as server:
        front = Front(server)
        seen: list[int] = []
        end = time.monotonic() + LASTING
        number = 0
        while time.monotonic() < end:
            for kind in FLOODS:
                number += 1
                with _flooding(server, kind, reads=number % 2 == 0):
                    time.sleep(4)  # of which a process takes the first to start
                seen.append(front.memory())
                say(f"{kind}: {seen[-1] / 1e6:.0f} MB")
        status = server.get("/health").status
    first, second = (max(part) for part in (seen[: len(seen) // 2], seen[len(seen) // 2 :]))
    measured = (
        f"{len(seen)} floods: {first / 1e6:.0f} MB in the first half of the time, {second / 1e6:.0f} in the second"
    )
    return Finding(measured, status == 200 and second < 600e6 and (second < 1.3 * first or QUICK))


TRIALS = (
    Trial("one client's floods, each kind", "neighbours' p99 at most twice their own alone, or 0.5 s", flood),
    Trial("100 requests abandoned at once, each kind", "others' next page within 1 s", abandon),
    Trial("two clients with long queries", "a third's small query and pages within 0.5 s", hold_two),
    Trial("40 answers of 57 MB that nobody reads", "the front under 600 MB", leave_unread),
    Trial("ten minutes of all that is let in", "memory of the front under 600 MB, and no longer growing", stay_small),
)
