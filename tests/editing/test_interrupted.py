"""What several files are written for is done wholly or not at all, whoever else writes and however a command ends."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.locking import holding, is_waiting
from helpers.waiting import PATIENCE, wait_until
from kg.corpus.validation.validate import check
from kg.durable import JOURNAL
from kg.editing.desk import Desk
from kg.errors import DataError
from kg.settings import Settings

SIGNALLED = """
import os, sys
from pathlib import Path
from kg.cli import main

replace, number, done = Path.replace, int(sys.argv.pop(1)), []

def counted(self, target):
    found = replace(self, target)
    if ".ttl" in self.name:
        done.append(target)
        if len(done) == 2:
            os.kill(os.getpid(), number)
    return found

Path.replace = counted
main()
"""
"""Runs kg, which gets a signal when it has put the second of its files in place."""


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
    begin = ("-c", SIGNALLED, str(int(number)))
    with run(settings, "rename", "id:kremlin", "id:the-kremlin", begin=begin) as renaming:
        assert renaming.wait(timeout=PATIENCE) != 0
    assert files_with(settings, "the-kremlin") == used
    assert not files_with(settings, "kremlin")
    assert not list(settings.data_dir.rglob(".*"))


def test_a_command_that_was_killed_midway_is_completed_by_the_next(settings: Settings) -> None:
    used, found = files_with(settings, "kremlin"), {result.shape for result in check(settings).results}
    begin = ("-c", SIGNALLED, str(int(signal.SIGKILL)))
    with run(settings, "rename", "id:kremlin", "id:the-kremlin", begin=begin) as renaming:
        assert renaming.wait(timeout=PATIENCE) == -signal.SIGKILL
    assert files_with(settings, "kremlin")  # half done
    before = contents(settings)
    with run(settings, "find", "Kremlin") as checking:
        assert "was killed while it wrote" in checking.communicate(timeout=PATIENCE)[1]
    assert contents(settings) == before
    with run(settings, "rename", "id:the-kremlin", "id:red-kremlin") as renaming:
        assert "They are complete now" in renaming.communicate(timeout=PATIENCE)[1]
    assert files_with(settings, "red-kremlin") == used
    assert not files_with(settings, "kremlin")
    assert not files_with(settings, "the-kremlin")
    assert not list(settings.data_dir.rglob(".*"))
    assert {result.shape for result in check(settings).results} == found


def killed(settings: Settings) -> Path:
    """Kill a command midway; return a file that it has not written."""
    begin = ("-c", SIGNALLED, str(int(signal.SIGKILL)))
    with run(settings, "rename", "id:kremlin", "id:the-kremlin", begin=begin) as renaming:
        renaming.wait(timeout=PATIENCE)
    return next(path for path in map(Path, sorted(files_with(settings, "kremlin"))))


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
