"""What the tutorial tells a new editor to do works as written, and ends in a release."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.serving import HOME
from kg import cli

TUTORIAL = (HOME / "docs" / "first-article.md").read_text("utf-8")


def lay(folder: Path, block: str, told: str) -> None:
    """Put a block of Turtle where the tutorial says: from its first line on, or at the end."""
    (name,) = re.findall(r"articles/[\w/.-]+\.ttl", told)[-1:]
    path = folder / "data" / name
    text = path.read_text("utf-8")
    first = block.split("\n")[0]
    kept = text[: text.index(first)] if first in text else text + "\n"
    path.write_text(kept + block, "utf-8")


@pytest.fixture(scope="module")
def outputs(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Follow the tutorial; return what each command printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    shutil.copytree(HOME / "data", folder / "data")
    shutil.copytree(releases, folder / "releases")
    (folder / "texts").mkdir()
    environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("KG_")}
    environment |= {"KG_HOME": str(HOME), "KG_DATA": str(folder / "data"), "KG_RELEASES": str(folder / "releases")}
    environment |= {"KG_TEXTS": str(folder / "texts")}
    printed = {}
    end = 0
    for match in re.finditer(r"```(\w+)\n(.*?)```", TUTORIAL, re.DOTALL):
        kind, block, told = match[1], match[2], TUTORIAL[end : match.start()]
        end = match.end()
        if kind == "text":
            (folder / "texts" / "tarn-pier.txt").write_text(block, "utf-8")
        elif kind == "turtle":
            lay(folder, block, told)
        for line in block.splitlines() if kind == "sh" else ():
            words = [word.replace("texts/", f"{folder}/texts/") for word in shlex.split(line)[1:]]
            result = CliRunner().invoke(cli.main, words, env=environment)
            assert result.exit_code == 0, f"{line}\n{result.output}"
            printed[line] = result.output
    return printed


def test_every_step_works_and_the_data_conform_without_a_warning(outputs: dict[str, str]) -> None:
    assert "The data conform: 0 violations, 0 warnings." in outputs["kg check"]
    assert re.search(r"^\d{4}-\d\d-\d\d-\w+$", outputs["kg build"], re.MULTILINE)


def test_what_it_says_of_the_coverage_is_so(outputs: dict[str, str]) -> None:
    coverage = outputs["kg coverage tarn-pier"]
    assert "3 passages: 2 encoded, 1 structural, 0 not encoded, 0 open; 2 statements." in coverage
    assert "5 of 5 facts kept" in coverage


def test_what_it_says_of_the_stubs_is_so(outputs: dict[str, str]) -> None:
    assert "tarn-pier: 3 drafts on 2 passages" in outputs["kg draft tarn-pier"]
