"""Folders of releases in a state that they should not be in: the server says so, goes on, and loses nothing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from helpers.disks import mount_small, set_read_only, unmount
from helpers.serving import BASE
from helpers.writing import Scratch, WritingServer
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset
from torture.failures.durability import QUAD, insert
from torture.trial import Finding, Say, Trial

Case = Callable[[Path], list[str]]


def read_only(folder: Path) -> list[str]:
    """Serve from a disk that takes no writes."""
    if not mount_small(folder, "64m"):
        return ["no small file system can be mounted here: it takes root"]
    try:
        _publish(folder / "releases", BASE)
        set_read_only(folder, is_read_only=True)
        server = WritingServer(folder / "releases")
        try:
            faults = _differs("a write to a read-only disk", server.update(insert("x")).status, 503)
            faults += _differs("a query of it", server.query("ASK {}").status, 200)
            faults += _differs("its health", json.loads(server.get("/health").body)["status"], "degraded")
            set_read_only(folder, is_read_only=False)
            return faults + _differs("a write once it takes them", server.update(insert("y")).status, 200)
        finally:
            server.stop()
    finally:
        unmount(folder)


def other_base(folder: Path) -> list[str]:
    """Have a release under another base IRI become active next to a server."""
    server = Scratch(folder)
    try:
        served = json.loads(server.get("/health").body)["release"]
        _publish(folder, "https://other.example/")
        while not (said := json.loads(server.get("/health").body))["degraded"]:
            pass
        return _differs("the release that is served", said["release"], served)
    finally:
        server.stop()


def earlier_state(folder: Path) -> list[str]:
    """Take a change back and make it again: three releases, each with a name of its own, in their order."""
    server = Scratch(folder)
    try:
        seen = []
        for text in (insert("x"), insert("x").replace("INSERT", "DELETE"), insert("x")):
            faults = _differs("the write", server.update(text).status, 200)
            seen.append(json.loads(server.get("/health").body)["release"])
        faults += _differs("the number of releases", len(set(seen)), 3)
        order = [manifest.id for manifest in Releases(folder).all()]
        return faults + _differs("their order", [each for each in reversed(order) if each in seen], seen)
    finally:
        server.stop()


CASES: dict[str, Case] = {"a read-only disk": read_only, "another base": other_base, "an earlier state": earlier_state}


def run(say: Say) -> Finding:
    """Try each case in a folder of its own."""
    failures: list[str] = []
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            say(name)
            failures += case(Path(folder))
    return Finding(f"{len(CASES)} states ({', '.join(CASES)})", not failures, tuple(failures))


def _publish(folder: Path, base_iri: str) -> None:
    releases = Releases(folder)
    with releases.lock():
        publish_dataset(releases, QUAD.format("a", "b").encode(), base_iri)


def _differs(what: str, found: object, wanted: object) -> list[str]:
    return [] if found == wanted else [f"{what}: {found} and not {wanted}"]


TRIAL = Trial(
    "a read-only disk, another base IRI, data going back",
    "told of, read on, nothing lost, each release its own name",
    run,
)
