"""A file of a release that is made when it is asked for, by a child process that reads the objects and the store.

Run as ``python -m kg.release.keep.dump RELEASES ID NAME``; the file comes on standard output, part by part.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

from kg.errors import EngineUnavailable, KgError, ReleaseError
from kg.release.format.dumps import DUMPS, write_dump
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.store.pool.process import LIMITED
from kg.terms import Iris

DATASET, DESCRIPTION = "dataset.nq", "description.nq"
NAMES = (*DUMPS, DATASET, DESCRIPTION)
AT_A_TIME = 2
PART = 1 << 18
_places = threading.BoundedSemaphore(AT_A_TIME)


def stream_dump(releases: Releases, release: Manifest, name: str) -> Iterator[bytes]:
    """Return the parts of a file of a release; the first is there once this returns.

    Raises EngineUnavailable where as many are being made as may be, ReleaseError where the release is damaged. One that
    breaks off later raises it from the iterator, so that no half of a file looks like a whole.
    """
    if not _places.acquire(blocking=False):
        raise EngineUnavailable("Other files are being made. Try again in a moment.")
    parts = _run(releases, release.id, name)
    try:
        first = next(parts, b"")
    except BaseException:
        parts.close()
        raise
    return _with_first(first, parts)


def _with_first(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:  # an empty part would end an answer
        yield first
    yield from rest


def _run(releases: Releases, identifier: str, name: str) -> Generator[bytes]:
    command = [sys.executable, "-P", "-m", "kg.release.keep.dump", str(releases.folder.absolute()), identifier, name]
    try:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=os.environ | LIMITED
        ) as process:
            assert process.stdout is not None  # noqa: S101 - for the types
            try:
                while part := process.stdout.read(PART):
                    yield part
                if process.wait() != 0:
                    raise ReleaseError(f"{name} of release {identifier} cannot be made; see kg verify.")
            finally:
                process.kill()
    finally:
        _places.release()


def main(arguments: list[str]) -> int:
    """Write a file of a release to standard output; return the process's exit status."""
    folder, identifier, name = arguments
    releases = Releases(Path(folder))
    try:
        release = releases.manifest(identifier)
        for part in make(releases, release, name):
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except KgError as error:
        print(f"kg: {error}", file=sys.stderr)
        return 1
    return 0


def make(releases: Releases, release: Manifest, name: str) -> Iterator[bytes]:
    """Yield the parts of a file of a release; raises ReleaseError where an object or the store is damaged."""
    if name == DESCRIPTION:
        from kg.store.stores.bulk import OpenStore  # here: it loads the engine

        yield OpenStore(releases.store(release.id)).graph(Iris(release.base_iri).graph("description"))
    else:
        yield from write_dump(name, releases.dataset(release), Iris(release.base_iri).prefixes())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
