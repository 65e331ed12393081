"""A write that is published is never answered as if it were not, also where its release cannot be opened."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from helpers.serving import BASE, HOME, application
from helpers.waiting import wait_until
from helpers.writing import TOKEN, TOKEN_SHA256
from kg.errors import EngineUnavailable
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset
from kg.settings import Settings
from kg.web.data import serving

BEARER = {"Authorization": f"Bearer {TOKEN}"}
INSERT = "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> %d } }"
FAILURES = [EngineUnavailable("no worker"), OSError(errno.EMFILE, "too many files"), RuntimeError("no thread")]


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    found = Releases(tmp_path / "releases")
    with found.lock():
        publish_dataset(found, b"", BASE)
    return found


@pytest.fixture
def client(releases: Releases) -> Iterator[FlaskClient]:
    """A client of an application that takes writes and has just opened an empty release."""
    own = Settings(home=HOME, releases=releases.folder, write_token_sha256=TOKEN_SHA256, workers=1)
    with application(own) as app:
        yield app.test_client()


def fail_with(error: Exception) -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        raise error

    return fail


def update(client: FlaskClient, number: int) -> TestResponse:
    return client.post("/update", data=INSERT % number, content_type="application/sparql-update", headers=BEARER)


def put(client: FlaskClient) -> TestResponse:
    return client.put("/graphs?graph=urn:n", data="<urn:a> a <urn:b> .", content_type="text/turtle", headers=BEARER)


def wait_for(client: FlaskClient, identifier: str) -> None:
    def is_served() -> bool:
        assert client.get("/code/flat").status_code in (200, 404)
        return client.get("/health").json["release"] == identifier  # type: ignore[index, no-any-return]

    assert wait_until(is_served), "the release is not served"


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_write_whose_release_cannot_be_opened_is_told_as_made_and_served_later(
    client: FlaskClient, releases: Releases, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    before = client.get("/health").json
    assert before is not None
    with monkeypatch.context() as patch:
        patch.setattr(serving, "open_engine", fail_with(failure))
        answer = update(client, 1)
        assert answer.status_code == 200
        assert releases.active_id() in answer.text
        assert "Do not send" in answer.text
        assert "Do not send" in answer.headers["Warning"]
        assert put(client).status_code == 201
        health = client.get("/health").json
        assert health is not None
        assert (health["status"], health["release"]) == ("degraded", before["release"])
        assert client.get("/sparql?query=ASK%7B%7D").status_code == 200
    monkeypatch.setattr(client.application.extensions["kg-serving"], "_retry_at", time.monotonic())
    wait_for(client, releases.active_id())
    assert client.get("/health").json["degraded"] == []  # type: ignore[index]
    assert "Warning" not in update(client, 2).headers


def test_a_switch_that_the_system_has_no_room_for_is_tried_again(
    client: FlaskClient, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "RETRY_SECONDS", 0.2)
    with monkeypatch.context() as patch:
        patch.setattr(serving, "open_engine", fail_with(OSError(errno.EMFILE, "too many files")))
        with releases.lock():
            publish_dataset(releases, b"<urn:a> <urn:b> <urn:c> <urn:g> .\n", BASE)

        def is_degraded() -> bool:
            client.get("/code/flat")
            return client.get("/health").json["status"] == "degraded"  # type: ignore[index, no-any-return]

        assert wait_until(is_degraded)
    wait_for(client, releases.active_id())


def test_a_switch_for_which_there_is_no_thread_is_tried_again(
    client: FlaskClient, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "RETRY_SECONDS", 0.2)
    with releases.lock():
        publish_dataset(releases, b"<urn:a> <urn:b> <urn:c> <urn:g> .\n", BASE)
    with monkeypatch.context() as patch:
        patch.setattr(serving.threading.Thread, "start", fail_with(RuntimeError("can't start new thread")))
        assert client.get("/code/flat").status_code == 404
    time.sleep(0.3)
    wait_for(client, releases.active_id())
