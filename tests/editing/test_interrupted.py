"""What several files are written for is done wholly or not at all, whoever else writes and however a command ends."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helpers.locking import holding, is_waiting
from helpers.waiting import PATIENCE, wait_until
from kg.corpus.validation.validate import check
from kg.editing.desk import Desk
from kg.errors import DataError
from kg.journal import JOURNAL, recover, require_whole, write_all
from kg.settings import Settings

SIGNALLED = """
import os, sys
from pathlib import Path
from kg.cli import main

replace, number, last, done = Path.replace, int(sys.argv.pop(1)), int(sys.argv.pop(1)), []

def counted(self, target):
    if self.name.endswith(".new"):
        if len(done) == last:
            os.kill(os.getpid(), number)
        done.append(target)
    return replace(self, target)

Path.replace = counted
main()
"""
"""Runs kg, which gets a signal when it has put so many of its files in place."""


@pytest.fixture
def settings(three_articles: Settings, tmp_path: Path) -> Settings:
    return three_articles.with_(data=Path(shutil.copytree(three_articles.data_dir, tmp_path / "data")), texts=None)


def run(settings: Settings, *arguments: str, begin: tuple[str, ...] = ("-m", "kg.cli")) -> subprocess.Popen[str]:
    command = [sys.executable, *begin, *arguments, "--data", str(settings.data_dir)]
    environment = os.environ | settings.to_environment()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # else a child may have Ctrl+C ignored
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    finally:
        signal.signal(signal.SIGINT, before)


def signalled(number: signal.Signals, after: int = 2) -> tuple[str, ...]:
    """Return how Python begins, to run kg that gets a signal when it has put so many files in place."""
    return "-c", SIGNALLED, str(int(number)), str(after)


def killed(settings: Settings, *arguments: str, after: int = 2) -> Path:
    """Kill a command midway; return a file that it has not written."""
    arguments = arguments or ("rename", "id:kremlin", "id:the-kremlin")
    with run(settings, *arguments, begin=signalled(signal.SIGKILL, after)) as running:
        assert running.wait(timeout=PATIENCE) == -signal.SIGKILL
    assert (settings.data_dir / JOURNAL).exists()
    return Path(min(files_with(settings, "kremlin")))


def told_by(settings: Settings, *arguments: str) -> tuple[int, str]:
    """Run a command; return its status and what it said of failures."""
    with run(settings, *arguments) as running:
        told = running.communicate(timeout=PATIENCE)[1]
    return running.returncode, told


def contents(settings: Settings) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()}


def files_with(settings: Settings, name: str) -> set[str]:
    """Return the files that name a record, the history apart."""
    found = re.compile(rf"\bid:{name}(?![\w-])|<id/{name}>")
    all_files = (path for path in settings.data_dir.rglob("*.ttl") if path.name != "history.ttl")
    return {str(path) for path in all_files if found.search(path.read_text("utf-8"))}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_all_files_are_written(settings: Settings, number: signal.Signals) -> None:
    used = files_with(settings, "kremlin")
    assert len(used) > 2
    with run(settings, "rename", "id:kremlin", "id:the-kremlin", begin=signalled(number)) as renaming:
        assert renaming.wait(timeout=PATIENCE) != 0
    assert files_with(settings, "the-kremlin") == used
    assert not files_with(settings, "kremlin")
    assert not list(settings.data_dir.rglob(".*"))


def test_a_command_that_was_killed_midway_is_completed_by_the_next(settings: Settings) -> None:
    used, found = files_with(settings, "kremlin"), {result.shape for result in check(settings).results}
    killed(settings)
    assert files_with(settings, "kremlin")  # half done
    before = contents(settings)
    assert "was killed while it wrote" in told_by(settings, "find", "Kremlin")[1]
    assert contents(settings) == before
    with run(settings, "rename", "id:the-kremlin", "id:red-kremlin") as renaming:
        assert "They are complete now" in renaming.communicate(timeout=PATIENCE)[1]
    assert files_with(settings, "red-kremlin") == used
    assert not files_with(settings, "kremlin")
    assert not files_with(settings, "the-kremlin")
    assert not list(settings.data_dir.rglob(".*"))
    assert {result.shape for result in check(settings).results} == found


def test_what_was_put_back_by_hand_stays_so(settings: Settings) -> None:
    before = contents(settings)
    killed(settings)
    for path, content in before.items():
        path.write_bytes(content)
    (settings.data_dir / "authority" / "history.ttl").unlink(missing_ok=True)
    Desk(settings)
    assert contents(settings) == before


def test_what_somebody_changed_after_a_command_was_killed_is_not_overwritten(settings: Settings) -> None:
    path = killed(settings)
    theirs = path.read_bytes() + b"# Theirs.\n"
    path.write_bytes(theirs)
    with pytest.raises(DataError, match=re.escape(f"{path} was changed since") + f".*{re.escape(JOURNAL)}"):
        Desk(settings)
    assert path.read_bytes() == theirs


def test_what_somebody_changed_after_a_command_was_killed_before_it_wrote_stays(settings: Settings) -> None:
    used = files_with(settings, "kremlin")
    for change in (lambda path: path.write_bytes(path.read_bytes() + b"# Theirs.\n"), Path.unlink):
        path = killed(settings, after=0)
        change(path)
        before = contents(settings)
        Desk(settings)
        drafts = {path for path in before if path.name.startswith(".")}
        assert len(drafts) > len(used) - 1
        assert contents(settings) == {path: content for path, content in before.items() if path not in drafts}


def test_a_file_that_was_written_and_changed_since_is_no_sign_that_nothing_was(settings: Settings) -> None:
    before = contents(settings)
    killed(settings, after=1)
    (written,) = [path for path, content in before.items() if path.read_bytes() != content]
    theirs = written.read_bytes() + b"# Theirs.\n"
    written.write_bytes(theirs)
    with pytest.raises(DataError, match=r"was changed since\. Copy what you changed to another folder first"):
        Desk(settings)
    assert written.read_bytes() == theirs


@pytest.mark.parametrize("command", ["build", "check"])
def test_what_is_half_written_is_neither_published_nor_checked(
    settings: Settings, tmp_path: Path, command: str
) -> None:
    killed(settings)
    releases = ("--releases", str(tmp_path / "releases")) if command == "build" else ()
    arguments = [sys.executable, "-m", "kg.cli", command, str(settings.data_dir), *releases]
    environment = os.environ | settings.to_environment()
    done = subprocess.run(arguments, capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False)
    assert done.returncode == 1
    assert "A command was killed while it wrote files in" in done.stderr
    assert "kg words" in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "releases").exists()


def test_a_command_that_reads_while_another_writes_does_not_say_that_it_was_killed(settings: Settings) -> None:
    (settings.data_dir / JOURNAL).write_text("[]", "utf-8")
    with holding(settings.data_dir):
        assert told_by(settings, "find", "Kremlin") == (0, "")
    assert "was killed" in told_by(settings, "find", "Kremlin")[1]


def test_a_check_waits_for_a_command_that_writes(settings: Settings) -> None:
    (settings.data_dir / JOURNAL).write_text("[]", "utf-8")
    with holding(settings.data_dir) as let_go, ThreadPoolExecutor() as pool:
        waiting = pool.submit(require_whole, settings.data_dir)
        assert wait_until(lambda: is_waiting(os.getpid()) or waiting.done())
        (settings.data_dir / JOURNAL).unlink()
        let_go()
        waiting.result(PATIENCE)


PAGE = "<html lang=en><head><title>Pier</title></head><body><article><h1>Pier</h1><p>It closes.</p></article></body>"


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("is_linked", [False, True])
def test_an_article_whose_making_was_killed_can_be_made(
    settings: Settings, tmp_path: Path, after: int, *, is_linked: bool
) -> None:
    page = tmp_path / "texts" / "page.html"
    page.parent.mkdir()
    page.write_text(PAGE, "utf-8")
    if is_linked:
        (tmp_path / "far" / "away").mkdir(parents=True)
        folder = settings.data_dir.rename(tmp_path / "far" / "away" / "data")
        settings.data_dir.symlink_to(folder)
    making = ("new", "newone", "--text", str(page), "--language", "en")
    killed(settings, *making, after=after)
    folder = settings.data_dir / "articles" / "newone"
    assert folder.is_dir()
    recover(settings.data_dir)
    assert folder.exists() == bool(after)
    assert page.with_name("newone.txt").exists() == bool(after)
    assert told_by(settings, *making)[0] == (1 if after else 0)
    assert len(list(folder.iterdir())) >= 6
    assert not list(settings.data_dir.rglob(".*"))


def test_an_article_is_whole_or_not_there_after_ctrl_c(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    making = ("new", "newone", "--text", str(tmp_path / "page.html"), "--language", "en")
    with run(settings, *making, begin=signalled(signal.SIGINT)) as running:
        assert running.wait(timeout=PATIENCE) != 0
    files = list((settings.data_dir / "articles").glob("newone/*.ttl"))
    assert (len(files), (tmp_path / "newone.txt").exists()) == (6, True)


def test_a_command_waits_for_another_and_does_not_overwrite_what_that_wrote(settings: Settings) -> None:
    path = Path(max(files_with(settings, "kremlin")))
    with holding(settings.data_dir) as let_go, run(settings, "rename", "id:kremlin", "id:the-kremlin") as renaming:
        assert wait_until(lambda: is_waiting(renaming.pid) or renaming.poll() is not None)
        theirs = path.read_bytes() + b"# Theirs.\n"
        path.write_bytes(theirs)
        before = contents(settings)
        let_go()
        _, told = renaming.communicate(timeout=PATIENCE)
    assert "was changed by somebody else meanwhile. Nothing was written" in told
    assert contents(settings) == before


def test_a_file_keeps_its_mode(settings: Settings) -> None:
    path = settings.data_dir / "authority" / "actors.ttl"
    path.chmod(0o664)
    desk = Desk(settings)
    desk.put(path, desk.turtle(path).text + "# Mine.\n")
    desk.write()
    assert path.stat().st_mode & 0o777 == 0o664


def test_a_file_is_written_where_nobody_may_change_modes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    path = settings.data_dir / "authority" / "actors.ttl"
    path.chmod(0o600)
    monkeypatch.setattr(os, "fchmod", refuse)
    write_all({path: b"# Mine.\n"})
    assert path.read_bytes() == b"# Mine.\n"


def test_a_read_only_file_is_not_written_and_neither_are_the_others(settings: Settings) -> None:
    used = sorted(files_with(settings, "kremlin"))
    before = contents(settings)
    Path(used[-1]).chmod(0o444)
    with run(settings, "rename", "id:kremlin", "id:the-kremlin") as renaming:
        _, told = renaming.communicate(timeout=PATIENCE)
    assert f"{used[-1]} is read-only. Nothing was changed" in told
    assert contents(settings) == before
    assert Path(used[-1]).stat().st_mode & 0o777 == 0o444


def test_a_journal_that_somebody_made_up_removes_nothing_outside_the_data(settings: Settings, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("kept", "utf-8")
    digest = hashlib.sha256(b"kept").hexdigest()
    rows = [["../secret", digest, None], ["authority/new.ttl", digest, None]]
    (settings.data_dir / JOURNAL).write_text(json.dumps(rows), "utf-8")
    with pytest.raises(DataError, match="which is not in"):
        Desk(settings)
    assert secret.read_text("utf-8") == "kept"
