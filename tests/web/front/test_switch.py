"""A running server takes up a newly activated release, without a restart and without failing a request."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helpers.releasing import begin
from helpers.serving import HOME, Server
from helpers.slow import slow
from helpers.waiting import wait_until
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.work.build import build
from kg.settings import Settings
from torture.failures.readers import watch

COMMENT = "SELECT ?c WHERE { <id/florida> <http://www.w3.org/2000/01/rdf-schema#comment> ?c }"


@pytest.fixture(scope="module")
def built(
    releases: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Manifest, Manifest]:
    """Two releases, made once: only the second comments on Florida."""
    top = tmp_path_factory.mktemp("two")
    folder = top / "releases"
    data = shutil.copytree(HOME / "data", top / "data")
    own = settings.with_(data=data, releases=folder)
    first = begin(releases, own)
    with (data / "authority" / "places.ttl").open("a", encoding="utf-8") as file:
        file.write('\nid:florida rdfs:comment "second"@en .\n')
    second, _, _ = build(own, lambda _: None)
    return folder, first, second


@pytest.fixture
def two(built: tuple[Path, Manifest, Manifest], tmp_path: Path) -> tuple[Path, Manifest, Manifest]:
    """A copy of the two releases, of which the first is active."""
    folder = shutil.copytree(built[0], tmp_path / "releases")
    Releases(folder).activate(built[1].id)
    return folder, built[1], built[2]


@pytest.fixture
def running(two: tuple[Path, Manifest, Manifest]) -> Iterator[Server]:
    server = Server(two[0])
    yield server
    server.stop()


def comment(server: Server) -> str:
    return server.query(COMMENT, "text/csv").text.split("\r\n")[1]


def wait_for(server: Server, wanted: str) -> None:
    assert wait_until(lambda: comment(server) == wanted), "the server did not take up the release"


def test_switching_back_and_forth_under_load_fails_no_request(
    two: tuple[Path, Manifest, Manifest], running: Server
) -> None:
    folder, first, second = two
    failures: list[object] = []
    answered = [0]
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                for path in ("/doc/florida", "/", "/sparql?query=ASK%7B%7D"):
                    answer = running.get(path)
                    if answer.status != 200:
                        failures.append((path, answer.status, answer.text))
                    answered[0] += 1
            except OSError as error:
                failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            Releases(folder).activate(second.id)
            wait_for(running, "second")
            Releases(folder).activate(first.id)
            wait_for(running, "")
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert answered[0] > 20


@slow("test_switching_back_and_forth_under_load_fails_no_request")
def test_no_reader_sees_two_releases_in_an_answer_nor_an_older_one_again() -> None:
    readers, switches = watch(8, lambda switches, answers: switches >= 4 and answers >= 500, lambda _: None)
    assert readers.failures == []
    assert len(readers.seen) >= switches


def test_a_page_names_the_release_it_was_made_from(two: tuple[Path, Manifest, Manifest], running: Server) -> None:
    folder, first, second = two
    assert first.id in running.get("/", "text/html").text
    Releases(folder).activate(second.id)
    wait_for(running, "second")
    assert second.id in running.get("/", "text/html").text


def test_a_release_that_cannot_be_opened_leaves_the_one_before_in_service(
    two: tuple[Path, Manifest, Manifest], running: Server
) -> None:
    folder, first, second = two
    Releases(folder).activate(second.id)
    wait_for(running, "second")
    Releases(folder).activate(first.id)
    wait_for(running, "")
    shutil.rmtree(folder / second.id / "store")
    (folder / "current").write_text(f"{second.id}\n", encoding="ascii")  # as a build does that knows of no damage
    for _ in range(20):
        assert running.get("/doc/florida").status == 200
        time.sleep(0.05)
    assert comment(running) == ""


def test_query_workers_of_a_retired_release_end(two: tuple[Path, Manifest, Manifest], running: Server) -> None:
    folder, _, second = two
    before = running.workers()
    Releases(folder).activate(second.id)
    wait_for(running, "second")
    after: set[int] = set()

    def are_new() -> bool:
        after.clear()
        after.update(running.workers())
        return len(after) <= len(before) and not before & after

    assert wait_until(are_new), "workers of the retired release are still running"
    assert after


def test_a_query_in_progress_keeps_the_release_that_it_began_with(two: tuple[Path, Manifest, Manifest]) -> None:
    folder, _, second = two
    product = " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(30))
    endless = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <graph/codes> {{ {product} }} }}"
    server = Server(folder, KG_QUERY_SECONDS="6", KG_WORKERS="3")  # one client has all of them but one
    try:
        with ThreadPoolExecutor(1) as threads:
            before = server.workers()
            asked = threads.submit(server.query, endless)
            time.sleep(0.5)  # until it is being evaluated
            Releases(folder).activate(second.id)
            wait_for(server, "second")
            assert server.workers() & before
            assert not asked.done(), "the release was closed while a request used it"
            assert "not answered within 6 seconds" in asked.result().text
            assert wait_until(lambda: not server.workers() & before), "the retired release is open after its last use"
    finally:
        server.stop()
