"""Whether anything a client sends makes the server fetch from another address, or read a file of its own machine.

A real listener stands on the loopback address and counts whoever connects; a file beside the release holds a secret.
Each vector names both. A control request shows that the listener would have noticed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from helpers.serving import BASE, HOME, Answer
from helpers.writing import Scratch, WritingServer
from kg.release.work.build import build
from kg.settings import Settings
from torture.inputs import vectors
from torture.trial import Finding, Say, Trial, scale


class Listener:
    """A server on the loopback address that gives RDF with its own mark to any client, and keeps which asked."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            with peer, suppress(OSError):
                peer.settimeout(1)
                line = b""
                with suppress(TimeoutError):
                    line = peer.recv(4096).partition(b"\r\n")[0]
                self.hits.append(line.decode("latin-1") or "a connection")
                peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/turtle\r\n\r\n<urn:a> <urn:b> 'fetched' .\n")

    def is_live(self) -> bool:
        """Return whether it notices a request, and forget that one."""
        with urllib.request.urlopen(self.address + "/control") as answer:
            answer.read()
        noticed = any("/control" in hit for hit in self.hits)
        self.hits.clear()
        return noticed

    def close(self) -> None:
        self._socket.close()


@dataclass(frozen=True, slots=True)
class Bait:
    """What a vector points to. ``secret`` is in the file and nowhere else."""

    listener: Listener
    file: Path
    secret: str

    def put_into(self, text: str, name: str) -> str:
        """Return the vector's text with the addresses of the listener and of the file."""
        url = f"{self.listener.address}/{name}"
        values = {
            "@URL@": url,
            "@HOST@": url.removeprefix("http://"),
            "@FILE@": self.file.as_uri(),
            "@PATH@": str(self.file),
            "@ALL@": "{ ?s ?p ?o }",
        }
        for mark, value in values.items():
            text = text.replace(mark, value)
        return text


def reach_out(say: Say) -> Finding:
    """Try every vector in a query, an update, an upload, and a folder to check."""
    tried: list[str] = []
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as top, _bait(Path(top)) as bait:
        if not bait.listener.is_live():
            return Finding("the listener does not notice a request, so nothing can be told", False)
        for name, answer in _attempts(bait, Path(top), say):
            tried.append(name)
            if bait.secret in answer:
                failures.append(f"{name}: the file's secret stands in an answer")
            if "'fetched'" in answer or '"fetched"' in answer:
                failures.append(f"{name}: what the listener gave stands in an answer")
        time.sleep(0.5)
        failures += [f"the listener was asked: {hit}" for hit in bait.listener.hits]
        hits = len(bait.listener.hits)
        if not bait.listener.is_live():
            return Finding("the listener did not live to the end, so nothing can be told", False)
    leaks = len(failures) - hits
    measured = f"{len(tried)} vectors: {hits} hits, {leaks} answers with bytes of the file or the listener"
    return Finding(measured, not failures and len(tried) >= scale(40, 40), tuple(failures))


@contextmanager
def _bait(top: Path) -> Iterator[Bait]:
    listener = Listener()
    secret = secrets.token_hex(16)
    file = top / "secret.ttl"
    file.write_text(f"<urn:a> <urn:b> '{secret}' .\n")
    try:
        yield Bait(listener, file, secret)
    finally:
        listener.close()


def _attempts(bait: Bait, top: Path, say: Say) -> Iterator[tuple[str, str]]:
    """Yield each vector's name and all that was answered to it, what the release holds afterwards included."""
    scratch = Scratch(top / "scratch")
    try:
        say("queries")
        for name, text in vectors.QUERIES.items():
            asked = bait.put_into(text, name)
            yield f"query: {name}", _text(scratch.query(asked)) + _text(scratch.query(asked, "text/html"))
        for name, parameters in vectors.DATASETS.items():
            given = {key: bait.put_into(value, name) for key, value in parameters.items()}
            yield (
                f"query: {name}",
                _text(scratch.query("SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", **given)),
            )
        say("updates and uploads")
        yield from _writes(bait, scratch, vectors.UPDATES, vectors.UPLOADS)
        for name, address in vectors.GRAPHS.items():
            graph = bait.put_into(address, name)
            yield f"graph store: {name}", _text(scratch.get("/graphs?" + urlencode({"graph": graph})))
    finally:
        scratch.stop()
    say("uploads through the gate, and shapes")
    build(Settings(home=HOME, releases=top / "gated"), lambda _: None)
    gated = WritingServer(top / "gated")
    try:
        yield from _writes(bait, gated, {}, vectors.SHAPES)
    finally:
        gated.stop()
    yield from _checks(bait, top)


def _writes(
    bait: Bait, server: WritingServer, updates: dict[str, str], uploads: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    for name, text in updates.items():
        answer = _text(server.update(bait.put_into(text, name)))
        yield f"update: {name}", answer + _whole(server)
    for name, (media_type, text) in uploads.items():
        path = "/graphs?" + urlencode({"graph": f"{BASE}graph/article/hostile"})
        answer = _text(server.write("PUT", path, bait.put_into(text, name).encode(), content_type=media_type))
        yield f"upload: {name}", answer + _whole(server)


def _whole(server: WritingServer) -> str:
    return _text(server.query("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples"))


def _checks(bait: Bait, top: Path) -> Iterator[tuple[str, str]]:
    """Yield what ``kg check`` says of a folder with each of these files, or links, in it."""
    home = top / "home"
    for folder in ("ontology", "queries", "data"):
        shutil.copytree(HOME / folder, home / folder)
    variables = os.environ | {"KG_HOME": str(home), "KG_CHECK_SECONDS": "120"}
    target = home / "data" / "articles" / "florida-talks" / "hostile.ttl"
    for name, text in list(vectors.FOLDERS.items())[:: scale(1, 4)]:
        if text.startswith("link to "):
            target.symlink_to(bait.put_into(text.removeprefix("link to "), name))
        else:
            target.write_text(bait.put_into(text, name), "utf-8")
        command = [sys.executable, "-m", "kg.cli", "check"]
        done = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=150)
        target.unlink()
        yield f"check: {name}", done.stdout + done.stderr


def _text(answer: Answer) -> str:
    return f"{answer.headers}\n{answer.body.decode('utf-8', 'replace')}"


TRIAL = Trial(
    "outbound requests, by query, update, upload and shapes",
    "0 hits on a listener, 0 bytes of a file in an answer",
    reach_out,
)
