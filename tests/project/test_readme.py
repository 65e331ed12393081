"""What the README says is so."""

from __future__ import annotations

import re
import struct

import pytest
from click.testing import CliRunner

from documents.markdown import blocks
from helpers.serving import HOME, Server
from kg.cli import main

README = (HOME / "README.md").read_text(encoding="utf-8")
MAKEFILE = (HOME / "Makefile").read_text(encoding="utf-8")


def test_it_has_at_most_150_lines() -> None:
    assert len(README.splitlines()) <= 150


def test_it_opens_with_the_two_commands_and_make_knows_them() -> None:
    first = blocks(README, "")[0]
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make serve", "make test"]
    for target in ("serve", "test"):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_ci_runs_every_test_and_the_quick_command_all_but_the_slow_ones() -> None:
    assert re.search(r"^make test-all$", (HOME / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    recipes = dict(re.findall(r"^(test|test-all):.*\n\t(.*)", MAKEFILE, re.MULTILINE))
    assert recipes["test"] == recipes["test-all"] + ' -m "not slow"'


def test_it_has_one_question_with_its_answer_and_one_picture() -> None:
    """tests/project/test_docs.py asks the question."""
    assert (
        len(blocks(README, "sparql"))
        == README.count("$ kg query ")
        == len(re.findall(r"^!\[", README, re.MULTILINE))
        == 1
    )


def test_its_picture_is_a_small_screenshot_of_a_page_that_exists(server: Server) -> None:
    picture, page = re.search(r"!\[.*\]\((\S+\.png)\)", README), re.search(r"on its page, `(/\S+)`", README)
    assert picture
    assert page
    data = (HOME / picture[1]).read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    assert (data[:4], width <= 1000, height <= 800, len(data) < 100_000) == (b"\x89PNG", True, True, True)
    assert server.get(page[1], "text/html").status == 200


def test_its_turtle_is_in_the_data() -> None:
    data = (HOME / "data/articles/florida-talks/statements-001.ttl").read_text(encoding="utf-8")
    statement = re.search(r"^s:007-2 a att:Assertion ;.*?\.\n\n", data, re.MULTILINE | re.DOTALL)
    assert statement
    shown = blocks(README, "turtle")[0]
    pairs = re.findall(r'att:(\w+) (<[^>]+>|"[^"]*")', shown)
    assert len(pairs) >= 7
    for name, value in pairs:
        local = re.sub(r"^.*/", "", value.strip("<>")) if value.startswith("<") else value
        assert re.search(rf"att:{name} (\w+:)?{re.escape(local)} ", statement.group()), (name, value)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_help_that_says_what_it_does(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith("Usage: main " + name)
    assert len(main.commands[name].help or "") > 20


def test_no_lock_file_names_an_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (HOME / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text
