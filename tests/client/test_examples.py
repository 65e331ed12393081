"""Every example runs against a real server and prints what the article says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from documents.markdown import links
from helpers.serving import HOME, Server

EXAMPLES = HOME / "examples"
SAID = {
    "ask.sh": (
        "https://attested.example/id/russia,Russia,8,11",
        "Russia says that it has annexed four Ukrainian regions",
        '-- The release that answered "id": "2',
    ),
    "client.py": (
        "Russia says that it has annexed four Ukrainian regions (outright; https://attested.example/article/florida-talks/",
        "“it says”: as printed in release 2",
    ),
    "positions.py": ("Russia passage 3: Moscow demands", "passage 109: Kyiv rejects that Ukraine cedes land"),
    "statement.py": ("who says it: Russia how firmly: outright where: ", "/article/florida-talks/passage/007"),
    "figures.py": ("October 2025 as printed 148 as printed 929 1077", "January to November 2025 as printed 2311"),
}
"""File of an example → what it prints, with single spaces; read off the article's data beforehand."""


def test_every_example_is_tried_and_listed() -> None:
    files = {path.name for path in EXAMPLES.iterdir()} - {"README.md"}
    assert files == set(SAID)
    assert files <= set(links((EXAMPLES / "README.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", sorted(SAID))
def test_an_example_prints_what_the_article_says(server: Server, name: str, tmp_path: Path) -> None:
    program = "/bin/sh" if name.endswith(".sh") else sys.executable
    done = subprocess.run(
        [program, str(EXAMPLES / name), server.url], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for words in SAID[name]:
        assert words in " ".join(done.stdout.split())
