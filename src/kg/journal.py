"""Several files of a folder written together: all of them or none, also where the process is killed midway."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import logging
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kg.durable import fill_draft, sync, write_bytes
from kg.errors import DataError

JOURNAL = ".kg-journal.json"
"""Says which files are being written, until all are."""
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF)


@dataclass(frozen=True, slots=True)
class _Change:
    """A file, with the digests of what it held and is to hold, None for no file. Paths in a journal are relative."""

    path: Path
    before: str | None
    after: str | None

    @property
    def draft(self) -> Path:
        """Where the new content waits."""
        return self.path.with_name(f".{self.path.name}.new")

    @property
    def now(self) -> str | None:
        """Digest of what the file holds."""
        return _digest(_content(self.path))

    def put(self) -> None:
        """Put the new content in place, or take the file away."""
        if self.after is None:
            self.path.unlink(missing_ok=True)
        else:
            self.draft.replace(self.path)


def write_all(
    changes: Mapping[Path, bytes | None],
    root: Path | None = None,
    found: Mapping[Path, bytes | None] | None = None,
) -> None:
    """Write some files, and take away those of None: all of them, or none.

    ``found`` has what files held when they were read: where one holds something else now, or a file is read-only or
    cannot be written, DataError is raised, and nothing is changed. ``root`` is the folder that is locked meanwhile,
    the data folder where it is not given. Folders of new files are made. Where the process is killed or the machine
    stops midway, ``recover`` completes what was begun or undoes it; SIGINT and SIGTERM wait until all is written.
    """
    if not changes:
        return
    root = root or _data_folder(changes)
    with locked(root), _undisturbed():
        recover(root)
        before = {path: _content(path) for path in changes}
        for path, content in before.items():
            if found is not None and path in found and found[path] != content:
                raise DataError(f"{path} was changed by somebody else meanwhile. Nothing was written; try again.")
        differing = {path: content for path, content in changes.items() if content != before[path]}
        for path in differing:
            _require_writable(path)
        if differing:
            _write_differing(root, differing, before)


def _write_differing(root: Path, changes: Mapping[Path, bytes | None], before: Mapping[Path, bytes | None]) -> None:
    planned = [_Change(path, _digest(before[path]), _digest(content)) for path, content in changes.items()]
    folders = sorted({path.parent for path in changes})
    made = sorted({folder for path in changes for folder in path.parents if not folder.exists()})
    path = root / JOURNAL
    try:
        write_bytes(path, _journal(root, planned))
        for path in made:
            path.mkdir()
            sync(path.parent)
        for one in planned:
            path, content = one.path, changes[one.path]
            if content is not None:
                fill_draft(one.draft, content, path)
        for path in folders:
            sync(path)
        for one in planned:
            path = one.path
            one.put()
        for path in folders:
            sync(path)
    except OSError as error:
        for one in planned:
            with suppress(OSError):  # the disk refuses; the old content is in git
                if one.now != one.before:
                    _put(one.path, before[one.path])
        _undo(root, planned)
        raise DataError(f"{path} cannot be written: {error.strerror}. Nothing was changed.") from None
    _forget(root, planned)


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        write_bytes(path, content)


def _forget(root: Path, planned: Sequence[_Change]) -> None:
    """Remove drafts, the last first, and the journal; where that fails, the next command does it."""
    with suppress(OSError):
        for one in reversed(planned):
            if os.path.lexists(one.draft):  # not where its name is too long
                one.draft.unlink()
        (root / JOURNAL).unlink(missing_ok=True)
        sync(root)


def _undo(root: Path, planned: Sequence[_Change]) -> None:
    """Remove drafts, the folders that were made for new files alone, and the journal."""
    inside = root.resolve()
    for one in reversed(planned):
        with suppress(OSError):
            one.draft.unlink(missing_ok=True)
        with suppress(OSError):
            folder = one.path.parent.resolve()
            while one.before is None and folder != inside and folder.is_relative_to(inside):
                folder.rmdir()  # fails where something is in it
                folder = folder.parent
    _forget(root, planned)


def _journal(root: Path, planned: Iterable[_Change]) -> bytes:
    inside = root.resolve()
    rows = [
        [os.path.relpath(one.path.parent.resolve() / one.path.name, inside), one.before, one.after] for one in planned
    ]
    return json.dumps(rows, indent=1).encode()


def is_half_written(root: Path) -> bool:
    """Return whether ``write_all`` writes below a folder, or was killed while it did."""
    return (root / JOURNAL).exists()


def was_killed(root: Path) -> bool:
    """Return whether ``write_all`` was killed while it wrote below a folder; it does not wait for one that writes."""
    if not is_half_written(root):
        return False
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    finally:
        os.close(handle)
    return is_half_written(root)


def require_whole(root: Path) -> None:
    """Wait while ``write_all`` writes below a folder; raises DataError where it was killed while it did."""
    if not is_half_written(root):
        return
    with locked(root):
        if is_half_written(root):
            raise DataError(
                f"A command was killed while it wrote files in {root}. The next one that writes completes them: run"
                " it again, or another, as kg words SLUG."
            )


def recover(root: Path) -> None:
    """Complete what an interrupted ``write_all`` began below a folder, or undo it where no file was changed yet.

    Raises DataError where somebody changed one of the files since, or they cannot be written.
    """
    if not is_half_written(root):
        return
    with locked(root), _undisturbed():
        if not is_half_written(root):  # another process was writing, and has ended
            return
        planned = _planned(root)
        if not _is_begun(planned):
            _undo(root, planned)
            return
        try:
            _complete(planned)
        except OSError as error:
            raise DataError(f"{root}, where a command was killed, cannot be written: {error}.") from None
        message = "An earlier command was killed while it wrote %d files in %s. They are complete now."
        logging.getLogger("kg").warning(message, len(planned), root)
        _forget(root, planned)


def _is_begun(planned: Sequence[_Change]) -> bool:
    """Return whether a file was put in place, or taken away, and not put back since; others' changes do not count.

    Files are put in the order of the journal, after all drafts are there. So one whose draft is gone while that of a
    later one is there was put, even if it was changed since; unless it was put back.
    """
    now = [one.now for one in planned]
    if any(found == one.after for found, one in zip(now, planned, strict=True)):
        return True
    waiting = [one.draft.exists() for one in planned]
    gone = planned[: waiting.index(True)] if True in waiting else ()
    return any(one.after is not None and found != one.before for one, found in zip(gone, now, strict=False))


def _planned(root: Path) -> list[_Change]:
    """Return what the journal says. It is believed no more than any file of the folder: outside, nothing is removed."""
    journal, inside = root / JOURNAL, root.resolve()
    try:
        rows = json.loads(journal.read_bytes())
        found = [_Change(inside / name, before, after) for name, before, after in rows]
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{journal} cannot be read: {error}. Restore the data (git checkout); delete it.") from None
    for one in found:
        if one.after is None and not one.path.resolve().is_relative_to(inside):
            raise DataError(f"{journal} names {one.path}, which is not in {root}. Delete {journal}.")
    return found


def _complete(planned: Sequence[_Change]) -> None:
    left = [one for one in planned if one.now != one.after]
    for one in left:
        if one.now != one.before or (one.after is not None and _digest(_content(one.draft)) != one.after):
            raise DataError(
                f"A command was killed while it wrote {len(planned)} files, and {one.path} was changed since."
                f" Copy what you changed to another folder first. Then restore it and the others that {JOURNAL} in the"
                " data folder names (git checkout), and delete that."
            )
    for one in left:
        one.put()
    for folder in {one.path.parent for one in planned}:
        sync(folder)


def _data_folder(changes: Iterable[Path]) -> Path:
    """Return the data folder in which some files are, or else the folder of all of them."""
    common = Path(os.path.commonpath([path.absolute().parent for path in changes]))
    return next((folder for folder in (common, *common.parents) if (folder / "articles").is_dir()), common)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}. Nothing was changed.") from None


def _digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _require_writable(path: Path) -> None:
    with suppress(FileNotFoundError):
        if not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK):
            raise DataError(f"{path} is read-only. Nothing was changed; make it writable first (chmod u+w).")


_held = threading.local()
"""The folders that the running thread has locked."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes and threads from writing below a folder; wait while one does.

    Where the file system of the folder knows no locks, nothing is locked.
    """
    held, key = _held.__dict__.setdefault("folders", set()), folder.resolve()
    if key in held:
        yield
        return
    try:
        handle = os.open(key, os.O_RDONLY)
    except OSError as error:
        raise DataError(f"{folder} cannot be opened: {error.strerror}. Nothing was changed.") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        held.add(key)
        yield
    finally:
        held.discard(key)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)  # a process forked meanwhile has the file open, too
        os.close(handle)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back SIGINT and SIGTERM; only the main thread is interrupted by them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for late in dict.fromkeys(came):
            signal.raise_signal(late)
