"""What the README says is so."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.settings import PREFIX, Settings
from serving import HOME, Server

README = (HOME / "README.md").read_text(encoding="utf-8")
MAKEFILE = (HOME / "Makefile").read_text(encoding="utf-8")


def block(language: str, containing: str) -> str:
    found = [b for b in re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE) if containing in b]
    assert len(found) == 1
    return str(found[0])


def test_it_opens_with_the_two_commands_and_make_knows_them() -> None:
    first = re.search(r"```\n(.*?)```", README, re.DOTALL)
    assert first
    assert [line.split("#")[0].strip() for line in first.group(1).splitlines()] == ["make serve", "make test"]
    for target in ("serve", "test"):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_ci_runs_the_test_command() -> None:
    assert "make test" in (HOME / ".ci" / "run").read_text(encoding="utf-8")


def test_its_query_gives_its_answer(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "civilians.rq"
    file.write_text(block("sparql", "SELECT"), encoding="utf-8")
    command = [sys.executable, "-m", "kg.cli", "query", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=server.environment)
    shown = block("", "$ kg query").splitlines()[1:]
    assert done.stdout.splitlines() == shown


def test_its_turtle_is_in_the_data() -> None:
    data = (HOME / "data/articles/florida-talks/statements-001.ttl").read_text(encoding="utf-8")
    statement = re.search(r"^s:007-2 a att:Assertion ;.*?\.\n\n", data, re.MULTILINE | re.DOTALL)
    assert statement
    shown = block("turtle", "att:claimant")
    pairs = re.findall(r'att:(\w+) (<[^>]+>|"[^"]*")', shown)
    assert len(pairs) >= 7
    for name, value in pairs:
        local = re.sub(r"^.*/", "", value.strip("<>")) if value.startswith("<") else value
        assert re.search(rf"att:{name} (\w+:)?{re.escape(local)} ", statement.group()), (name, value)


def test_its_page_excerpt_is_on_the_page(server: Server) -> None:
    page = server.get("/article/florida-talks/statement/007-2", "text/html").text
    text = " ".join(html.unescape(re.sub(r"<q[^>]*>(.*?)</q>", r"“\1”", page)).split())
    text = " ".join(re.sub(r"<[^>]+>", " ", text).split()).lower()
    for line in block("", "Attributed to").splitlines():
        for words in filter(None, re.split(r"\s{2,}", line.strip())):
            assert words.lower() in text, words


def test_every_command_is_documented_and_no_other() -> None:
    named = set(re.findall(r"`kg (\w+)", README))
    assert named == set(main.commands)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_help_that_says_what_it_does(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith("Usage: main " + name)
    assert len(main.commands[name].help or "") > 20


def test_every_setting_is_documented_with_its_default() -> None:
    table = dict(re.findall(r"^\| `(KG_\w+)` \| (.*?) \|", README, re.MULTILINE))
    assert set(table) == {PREFIX + f.name.upper() for f in fields(Settings)}
    for field in fields(Settings):
        if isinstance(field.default, int | float | str):
            shown = field.default or "none" if isinstance(field.default, str) else f"{field.default:g}"
            plain = table[PREFIX + field.name.upper()].strip("`")
            assert plain in (str(field.default), str(shown)), field.name


def test_every_path_it_names_exists() -> None:
    for path in re.findall(r"\]\(([\w./-]+)\)", README) + re.findall(r"^\| `([\w/]+/)` \|", README, re.MULTILINE):
        assert (HOME / path).exists(), path


def test_no_lock_file_names_an_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (HOME / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text
