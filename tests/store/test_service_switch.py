"""Requests beside the switch of a service from one release to another: it holds neither meanwhile."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count

from flask import Flask
from werkzeug import Request
from werkzeug.test import create_environ

from conformance.engines.services import Oxigraph
from helpers.releasing import EX, FIRST, OBJECTS, G, publish
from helpers.serving import HOME, Server, application
from helpers.waiting import PATIENCE, wait_until
from helpers.writing import WritingServer
from kg import errors
from kg.release.publish import Releases
from kg.settings import Settings
from kg.store import Query
from kg.store.stores.writes import Update, Written
from kg.web.data.context import Context
from kg.web.data.serving import Serving
from kg.web.http.policy import FILE
from kg.web.http.share import SHARE, Share, Turns

HTML = "text/html"


def settings_of(folder: Releases, service: Oxigraph, query_seconds: float) -> Settings:
    settings = Settings(home=HOME, releases=folder.folder)
    return settings.with_(**service.settings, query_seconds=query_seconds)


@contextmanager
def switching_often() -> Iterator[None]:
    """Have threads stopped anywhere, for another to go on."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def test_no_request_fails_while_the_server_brings_its_service_to_another_release(
    folder: Releases, service: Oxigraph
) -> None:
    server = WritingServer(folder.folder, **service.environment)
    try:
        seen = []
        for number in range(5):
            graph = f"<{EX}a> <{EX}p> <{EX}n{number}> <{G}many> .\n"
            identifier = publish(folder, FIRST + graph)
            end = time.monotonic() + 20
            while json.loads(server.get("/health").body)["release"] != identifier:
                answer = server.query(OBJECTS, "text/csv")
                assert answer.status == 200, answer.text
                seen.append(tuple(answer.text.split()))
                assert time.monotonic() < end
        whole = {("o", EX + "b", EX + "c"), *(("o", EX + "b", EX + "c", f"{EX}n{n}") for n in range(5))}
        assert set(seen) <= whole
    finally:
        server.stop()


def test_requests_that_wait_for_a_service_to_load_a_release_get_that_release(
    folder: Releases, service: Oxigraph
) -> None:
    with closing(Serving(settings_of(folder, service, query_seconds=30))) as serving:
        failures: list[str] = []
        is_done = threading.Event()

        def ask() -> None:
            while not is_done.is_set():
                release = serving.acquire()
                try:
                    release.query(Query(OBJECTS, graph_type=None, internal=True))
                except errors.QueryError as error:
                    failures.append(str(error))
                finally:
                    serving.give_back(release)

        with switching_often(), ThreadPoolExecutor(8) as pool:
            for _ in range(8):
                pool.submit(ask)
            try:
                for number in range(30):
                    identifier = publish(folder, f"{FIRST}<{EX}a> <{EX}p> <{EX}n{number}> <{G}many> .\n")
                    release = serving.take_up()
                    assert release.manifest.id == identifier
                    serving.give_back(release)
            finally:
                is_done.set()
        assert failures == []


def test_who_has_written_gets_a_release_to_read_though_others_write_too(folder: Releases, service: Oxigraph) -> None:
    """A write that is made must not be answered with an error because the next is being loaded."""
    second = publish(folder, f"{FIRST}<{EX}a> <{EX}p> <{EX}d> <{G}two> .\n")
    first = next(each for each in folder.identifiers() if each != second)
    with closing(Serving(settings_of(folder, service, query_seconds=0.001))) as serving:
        is_done = threading.Event()

        def write() -> None:
            for identifier in [first, second] * 50:
                with folder.lock(time.monotonic() + PATIENCE):
                    folder.activate(identifier)

        def read() -> None:
            while not is_done.is_set():
                serving.give_back(serving.take_up())

        with switching_often(), ThreadPoolExecutor(4) as pool:
            readers = [pool.submit(read) for _ in range(3)]
            try:
                pool.submit(write).result()
            finally:
                is_done.set()
            for reader in readers:
                reader.result()


def test_a_write_waits_for_a_page_of_its_own_client_and_leaves_it_the_turn(folder: Releases, service: Oxigraph) -> None:
    with application(settings_of(folder, service, query_seconds=2 * PATIENCE)) as app, ThreadPoolExecutor(2) as threads:
        turns = Turns(2, lambda _client, _seconds: None)
        page, write = context(app, turns), context(app, turns)
        is_asking, is_answered = threading.Event(), threading.Event()

        def show() -> None:
            with page.share.turn():
                page.hold_served()
                with page.share.aside():  # as for a query
                    is_asking.set()
                    assert is_answered.wait(PATIENCE)
                page.give_back()

        def change() -> Written:
            with write.share.turn():
                try:
                    return write.submit(Update(f"INSERT DATA {{ GRAPH <{G}two> {{ <{EX}a> <{EX}p> <{EX}z> }} }}"), "")
                finally:
                    write.give_back()

        shown = threads.submit(show)
        assert is_asking.wait(PATIENCE)
        changed = threads.submit(change)
        assert wait_until(lambda: app.extensions["kg-serving"]._is_replacing)
        is_answered.set()
        shown.result(PATIENCE)
        assert changed.result(PATIENCE).is_served


def context(app: Flask, turns: Turns) -> Context:
    """Return a request of the one client that there is."""
    environment = create_environ() | {SHARE: Share("192.0.2.1", turns)}
    return Context(app.extensions["kg-site"], Request(environment), FILE)


def test_who_asks_while_a_service_loads_a_release_for_too_long_is_told_so(folder: Releases, service: Oxigraph) -> None:
    server = Server(folder.folder, KG_QUERY_SECONDS="0.5", KG_ENGINE_SECONDS=str(PATIENCE), **service.environment)
    try:
        service.signal(signal.SIGSTOP)
        identifier = publish(folder, f"{FIRST}<{EX}a> <{EX}p> <{EX}d> <{G}two> .\n")
        addresses = (f"/about?n={n}" for n in count())  # to none is there a kept answer
        assert wait_until(lambda: server.get(next(addresses), HTML).status != 200)
        for path, accept in ((next(addresses), HTML), (next(addresses), "text/plain"), ("/sparql?query=ASK{}", "")):
            answer = server.get(path, accept)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert "loading another release" in answer.text
        service.signal(signal.SIGCONT)
        assert wait_until(lambda: json.loads(server.get("/health").body)["release"] == identifier)
        assert f"{EX}d" in server.query(OBJECTS, "text/csv").text
    finally:
        service.signal(signal.SIGCONT)
        server.stop()
