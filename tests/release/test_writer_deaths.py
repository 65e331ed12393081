"""What a client hears when the writer dies: whether its own write was accepted, and never what is not so.

And that nothing stays of what a writer had half written.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.releasing import dataset, leave_behind
from helpers.serving import BASE, HOME
from helpers.waiting import PATIENCE
from kg.errors import KgError, Unpublished, WriteTimeout
from kg.release import submit
from kg.release.keep.prune import prune
from kg.release.publish import Releases
from kg.release.submit import Writer
from kg.release.work.build import publish_dataset
from kg.settings import Settings
from kg.store.pool.wire import to_line
from kg.store.stores.writes import Update, to_message
from kg.web.http.status import status_of

HELD_UP = """
place = Releases.place
def wait(*arguments):
    while not os.path.exists({!r}): time.sleep(0.01)
    return place(*arguments)
Releases.place = wait
"""
WRITE = Update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }")
OF_THE_WRITE = b"<urn:a> <urn:b>"
OTHER = b'<urn:other> <urn:b> "waits" <urn:g> .\n'
FAULTY = """
import ctypes, errno, os, sys, time
import kg.release.work.standby as standby, kg.release.change.commit as commit, kg.release.work.write as write
from kg.release.format.log import Log
from kg.release.publish import Releases
def crash(*_): ctypes.string_at(0)
def die(*_): os._exit(9)
def hang(*_): time.sleep(60)
def fill(*_): raise OSError(errno.ENOSPC, "no room")
def refuse(*_): raise OSError(errno.EROFS, "read-only")
def run_out(*_): raise MemoryError
{}
sys.exit(standby.main(sys.argv[1:]))
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    """A writer on a folder with one empty release."""
    releases = Releases(tmp_path)
    with releases.lock():
        publish_dataset(releases, b"", BASE)
    made = Writer(Settings(home=HOME, releases=tmp_path, write_seconds=5))
    yield made
    made.close()


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path)


def send(writer: Writer, monkeypatch: pytest.MonkeyPatch, fault: str) -> KgError:
    """Send a write to a writer with a fault; return what its client hears."""
    monkeypatch.setattr(Writer, "recover_apart", lambda _: None)
    with monkeypatch.context() as patch:
        patch.setattr(submit, "GRACE", 0.5)
        patch.setattr(submit, "COMMAND", (sys.executable, "-P", "-c", FAULTY.format(fault)))
        with pytest.raises(KgError) as raised:
            writer.submit(WRITE, "text/turtle")
    writer.close()  # the next standby process has no fault
    return raised.value


def leave_another(releases: Releases) -> None:
    """Leave the write of someone else in the journal."""
    leave_behind(releases, OTHER)


KEPT = {
    "its process ends": "Releases.place = die",
    "it is killed": "Releases.place = hang",
    "it has no memory": "Releases.place = run_out",
    "it has no memory left to say so": "Releases.place = commit.Unpublished = run_out",
    "it cannot be taken back": "Releases.place = fill; Log.withdraw = refuse",
    "the switch fails": "Releases.switch = refuse",
}


@pytest.mark.parametrize("fault", KEPT.values(), ids=KEPT)
def test_a_write_that_was_kept_is_told_so_and_made_once(
    writer: Writer, releases: Releases, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    error = send(writer, monkeypatch, fault)
    assert isinstance(error, Unpublished)
    assert status_of(error) == 202
    assert "do not send" in str(error)
    assert writer.recover() is True
    assert dataset(releases).count(OF_THE_WRITE) == 1


def test_what_waits_of_another_write_says_nothing_of_this_one(
    writer: Writer, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_another(releases)
    error = send(writer, monkeypatch, "write.recover = die")
    assert "nothing was changed" in str(error)
    assert writer.recover() is True
    assert dataset(releases) == OTHER


def test_a_death_while_another_write_is_recovered_says_nothing_was_changed(
    writer: Writer, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_another(releases)
    error = send(writer, monkeypatch, "Releases.place = die")
    assert "nothing was changed" in str(error)


def test_a_crash_while_another_write_is_recovered_counts_as_its_failure_and_not_as_the_fault_of_this_one(
    writer: Writer, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_another(releases)
    error = send(writer, monkeypatch, "Releases.place = crash")
    assert status_of(error) == 503
    assert "a write before this one" in str(error)
    assert len(releases.log.failures(2)) == 1
    error = send(writer, monkeypatch, "Releases.place = lambda *_: os.abort()")
    assert [line.partition(": ")[2] for line in releases.log.failures(2)] == ["Segmentation fault", "Aborted"]


def test_a_recovery_that_takes_longer_than_a_write_may_is_not_stopped(
    writer: Writer, releases: Releases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    leave_another(releases)
    go = tmp_path / "go"
    error = send(writer, monkeypatch, HELD_UP.format(str(go)))
    assert isinstance(error, WriteTimeout)
    assert "Nothing was changed" in str(error)
    assert releases.log.waits
    go.touch()
    with releases.lock(time.monotonic() + PATIENCE):  # until that process is done
        assert dataset(releases) == OTHER
        assert not releases.log.waits


def test_a_death_that_may_have_come_before_or_after_the_journal_is_told_as_that(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = send(writer, monkeypatch, "Log.accept = die")
    assert "Look whether" in str(error)
    assert status_of(error) == 500, "with 503 a client would send it again unasked"


@pytest.mark.usefixtures("writer")
@pytest.mark.parametrize("cut", [0, 20], ids=["before the answer", "while sending"])
def test_a_writer_whose_server_is_gone_ends_quietly_and_does_what_it_accepted(releases: Releases, cut: int) -> None:
    header, body = to_message(WRITE)
    told = header | {
        "report_type": "text/turtle",
        "settings": Settings(home=HOME, releases=releases.folder).to_environment(),
    }
    message = to_line(told, body) + body
    channel, theirs = socket.socketpair()
    with channel, theirs:
        command = [*submit.COMMAND, str(theirs.fileno()), str(releases.folder)]
        process = subprocess.Popen(command, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE)
        ours, its = socket.socketpair()
        with ours, its:
            socket.send_fds(channel, [b"w"], [its.fileno()])
            channel.recv(100)
            ours.sendall(message[: -cut or None])
    assert process.stderr is not None
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 0
    assert "Traceback" not in said
    assert said.startswith("The server ended before")
    assert (OF_THE_WRITE in dataset(releases)) is not bool(cut)


def test_the_process_that_stands_by_is_started_again_where_it_is_gone(writer: Writer, releases: Releases) -> None:
    first = writer.stand_by()
    first._process.kill()
    first._process.wait()
    assert writer.submit(WRITE, "text/turtle").is_new
    assert dataset(releases).count(OF_THE_WRITE) == 1
    assert writer.stand_by() is not first


def test_one_process_stands_by_for_many_writes(writer: Writer) -> None:
    first = writer.stand_by()
    for number in range(3):
        writer.submit(Update(f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:a> <urn:b> {number} }} }}"), "text/turtle")
    assert writer.stand_by() is first
    writer.close()
    assert first._process.wait(PATIENCE) == 0


def test_a_write_that_ends_by_an_error_here_leaves_nothing_for_the_next_to_read(
    writer: Writer, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process has yet to say how the write ended, which is not the number of another."""
    first = writer.stand_by()

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(submit, "_converse", fail)
        with pytest.raises(MemoryError):
            writer.submit(WRITE, "text/turtle")
    assert first._process.wait(PATIENCE) == 0
    assert writer.submit(WRITE, "text/turtle").is_new
    assert dataset(releases).count(OF_THE_WRITE) == 1


@pytest.mark.parametrize("number", [0, -1])
def test_a_number_that_would_end_other_processes_is_none(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    error = send(writer, monkeypatch, f"standby.fork = lambda _: {number}")
    assert "No writer can be started" in str(error)


def test_where_no_thread_can_be_started_a_write_that_was_kept_is_told_so_and_the_next_completes_it(
    writer: Writer, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(submit, "COMMAND", (sys.executable, "-P", "-c", FAULTY.format("Releases.place = die")))
        patch.setattr(submit.threading.Thread, "start", no_thread)
        with pytest.raises(Unpublished):
            writer.submit(WRITE, "text/turtle")
        faulty = writer.stand_by()
        writer.close()
        assert faulty._process.wait(PATIENCE) == 0
    writer.submit(Update("INSERT DATA { GRAPH <urn:h> { <urn:c> <urn:d> 2 } }"), "text/turtle")
    assert dataset(releases).count(OF_THE_WRITE) == 1


# What a writer that was killed leaves behind


KILLED = """
import os, signal, sys
from pathlib import Path
from kg import durable
from kg.release.format.delta import Delta
from kg.release.format.log import Log, Record
from kg.release.format.objects import Objects, sha256
folder = Path(sys.argv[1])
objects = Objects(folder)
objects.path(sha256(b"never kept")).parent.mkdir(exist_ok=True)  # so that the first fsync is that of the file
durable.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
{}
"""
WRITES = {
    "an object": "objects.put(b'never kept')",
    "a record": "Log(folder).accept(Record(2, None, {'id': 'x'}, {}, '', Delta()))",
    "the pointer": "durable.write_text(folder / 'current', 'x')",
}


def drafts(folder: Path) -> list[str]:
    """Return the names of the files whose name is not their own yet, wherever they are."""
    return [path.name for path in folder.rglob(".*-*") if path.is_file()]


@pytest.mark.usefixtures("writer")
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_file_whose_writer_was_killed_is_removed_by_the_next_one(releases: Releases, write: str) -> None:
    command = [sys.executable, "-c", KILLED.format(write), str(releases.folder)]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    assert len(drafts(releases.folder)) == 1
    with releases.lock():
        assert drafts(releases.folder) == []


@pytest.mark.usefixtures("writer")
def test_what_earlier_versions_left_among_objects_and_in_the_log_goes_with_pruning(releases: Releases) -> None:
    [one, *_] = releases.objects.digests()
    left = [releases.objects.path(one).with_name(f".{one}.gz-4711"), releases.log.folder / ".00000002.accepted-4711"]
    for path in left:
        path.write_bytes(b"half" * 5000)
    taken = sum(path.stat().st_blocks * 512 for path in left)
    settings = Settings(releases=releases.folder)
    prune(settings, dry_run=True)
    assert len(drafts(releases.folder)) == 2
    assert prune(settings).freed == taken
    assert drafts(releases.folder) == []
