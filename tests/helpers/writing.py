"""A real server that takes writes, and the right to make them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from helpers.serving import BASE, Answer, Server
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset

TOKEN = "a token for tests only"  # noqa: S105 - it opens nothing but the servers of these tests
TOKEN_SHA256 = hashlib.sha256(TOKEN.encode()).hexdigest()


class WritingServer(Server):
    """A running ``kg serve`` with a token configured."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.releases = Releases(folder)
        super().__init__(folder, KG_WRITE_TOKEN_SHA256=TOKEN_SHA256, **environment)

    def write(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a request that bears the token."""
        return self.request(method, path, body, Authorization=f"Bearer {TOKEN}", **headers)

    def update(self, text: str, **headers: str) -> Answer:
        """Send an update."""
        return self.write("POST", "/update", text.encode(), content_type="application/sparql-update", **headers)

    def state(self) -> tuple[str, list[str]]:
        """Return the active release and all that is in the folder of releases, to see that nothing changed."""
        found = (path.name for path in self.releases.folder.iterdir())
        names = sorted(name for name in found if not name.startswith((".", "catalogue.sqlite", "objects")))
        waiting = ["a change waits"] if self.releases.log.waits else []
        return self.releases.active_id(), names + waiting


class Scratch(WritingServer):
    """A server on a scratch release, which has no shapes and so takes any write."""

    def __init__(self, folder: Path, nquads: bytes = b"", **environment: str) -> None:
        releases = Releases(folder)
        with releases.lock():
            publish_dataset(releases, nquads, BASE)
        super().__init__(folder, **environment)

    def clear(self) -> None:
        """Empty the dataset."""
        answer = self.update("CLEAR ALL")
        assert answer.status == 200, answer.text

    def put(self, graph: str, path: Path, media_type: str) -> None:
        """Put a file into a named graph."""
        answer = self.write("PUT", f"/graphs?graph={graph}", path.read_bytes(), content_type=media_type)
        assert answer.status in (201, 204), answer.text
