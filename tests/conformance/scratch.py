"""A server on a scratch release, which has no shapes and so takes any write: what the suites are replayed against."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kg.release.build import publish_dataset
from kg.release.publish import Releases
from serving import BASE, Answer, Server

TOKEN = "a token for tests only"  # noqa: S105 - it opens nothing but the servers of these tests


class Scratch(Server):
    """A running ``kg serve`` whose dataset starts empty, and the right to change it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        releases = Releases(folder)
        with releases.lock():
            publish_dataset(releases, b"", BASE)
        token = hashlib.sha256(TOKEN.encode()).hexdigest()
        super().__init__(folder, KG_WRITE_TOKEN_SHA256=token, **environment)

    def write(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a request that bears the token."""
        return self.request(method, path, body, Authorization=f"Bearer {TOKEN}", **headers)

    def clear(self) -> None:
        """Empty the dataset."""
        answer = self.write("POST", "/update", b"CLEAR ALL", content_type="application/sparql-update")
        assert answer.status == 200, answer.text

    def put(self, graph: str, path: Path, media_type: str) -> None:
        """Put a file into a named graph."""
        answer = self.write("PUT", f"/graphs?graph={graph}", path.read_bytes(), content_type=media_type)
        assert answer.status in (201, 204), answer.text
