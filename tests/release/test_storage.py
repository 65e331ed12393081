"""Folders of releases that a server cannot use as it should: it says so, goes on reading, and loses nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.disks import mount_small, set_read_only, unmount
from helpers.releasing import leave_behind
from helpers.serving import BASE, Server, free_port
from helpers.writing import WritingServer
from kg.errors import StorageFailed
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset

QUAD = '<http://x.example/{}> <http://x.example/p> "x" <http://x.example/g> .\n'
INSERT = 'INSERT DATA {{ GRAPH <http://x.example/g> {{ <http://x.example/{}> <http://x.example/p> "x" }} }}'


def publish(folder: Path, name: str, base_iri: str) -> str:
    releases = Releases(folder)
    with releases.lock():
        return publish_dataset(releases, QUAD.format(name).encode(), base_iri)[0].id


def troubles(server: Server) -> list[str]:
    found: list[str] = json.loads(server.get("/health").body)["degraded"]
    return found


def test_a_release_of_another_base_is_not_served_and_both_bases_are_told(tmp_path: Path) -> None:
    publish(tmp_path, "a", "https://other.example/")
    command = [sys.executable, "-m", "kg.cli", "serve", "--port", str(free_port())]
    ended = subprocess.run(
        command, env={"KG_RELEASES": str(tmp_path), "KG_BASE_IRI": BASE}, capture_output=True, text=True
    )
    assert ended.returncode != 0
    assert (
        "was made under https://other.example/, and the server is to speak of https://attested.example/" in ended.stderr
    )


def test_a_release_of_another_base_that_becomes_active_leaves_the_one_before_in_service(tmp_path: Path) -> None:
    first = publish(tmp_path, "a", BASE)
    server = Server(tmp_path)
    try:
        publish(tmp_path, "b", "https://other.example/")
        while not troubles(server):
            pass
        said = json.loads(server.get("/health").body)
        assert (said["status"], said["release"]) == ("degraded", first)
        assert "was made under https://other.example/" in said["degraded"][0]
        assert "http://x.example/a" in server.query("SELECT ?s { ?s ?p ?o }", "text/csv").text
    finally:
        server.stop()


def test_health_alone_notices_a_switch(tmp_path: Path) -> None:
    publish(tmp_path, "a", BASE)
    server = Server(tmp_path)
    try:
        second = publish(tmp_path, "b", BASE)
        while json.loads(server.get("/health").body)["release"] != second:
            pass
    finally:
        server.stop()


def test_a_write_that_is_set_aside_is_told_until_it_is_looked_after(tmp_path: Path) -> None:
    publish(tmp_path, "a", BASE)
    aside = leave_behind(Releases(tmp_path), QUAD.format("b").encode()).set_aside()
    server = WritingServer(tmp_path)
    try:
        [told] = troubles(server)
        assert "set aside: 00000002.set-aside" in told
        assert server.query("ASK {}").status == 200
        aside.rename(aside.with_suffix(".withdrawn"))
        assert troubles(server) == []
    finally:
        server.stop()


def test_a_read_only_folder_is_told_of_and_read_and_takes_writes_once_it_can(tmp_path: Path) -> None:
    if not mount_small(tmp_path, "64m"):
        pytest.skip("no small file system can be mounted here: it takes root")
    try:
        publish(tmp_path / "releases", "before", BASE)
        set_read_only(tmp_path, is_read_only=True)
        server = WritingServer(tmp_path / "releases")
        try:
            refused = server.update(INSERT.format("refused"))
            assert refused.status == 503
            assert "cannot be written" in refused.text
            assert [trouble.partition(":")[0] for trouble in troubles(server)] == ["writes are refused"]
            assert server.query("ASK {}").status == 200
            with pytest.raises(StorageFailed), server.releases.lock():
                pass
            set_read_only(tmp_path, is_read_only=False)
            assert server.update(INSERT.format("after")).status == 200
            assert troubles(server) == []
            rows = server.query("SELECT ?s { ?s <http://x.example/p> ?o }", "text/csv").text.split()
            assert {row.rpartition("/")[2] for row in rows[1:]} >= {"before", "after"}
            assert not [row for row in rows if row.endswith("refused")]
        finally:
            server.stop()
    finally:
        unmount(tmp_path)
