"""The documentation holds: links lead somewhere, queries give their answers, and what is generated is up to date."""

from __future__ import annotations

import html
import importlib
import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest
import yaml

import kg
from documents.generated import contents
from documents.markdown import anchors, blocks, links, markdown_files
from documents.packages import SOURCE, arrows, modules, reachable, reduced
from helpers.serving import HOME, Server
from kg.cli import main
from project.test_imports import LAYERS

FILES = markdown_files()
INTERNALS = (HOME / "docs" / "internals.md").read_text(encoding="utf-8")
OWN_TEST = HOME / "docs" / "ontology-2.md"
"""Its queries are asked of the sample by tests/project/test_ontology_page.py."""


def name(path: Path) -> str:
    return path.relative_to(HOME).as_posix()


def test_every_page_is_looked_at() -> None:
    looked_at = {name(path) for path in FILES}
    assert {"README.md", "CONTRIBUTING.md", "docs/internals.md", "data/README.md", "deploy/README.md"} <= looked_at
    assert {name(path) for path in (HOME / "docs").rglob("*.md")} <= looked_at


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_link_and_anchor_resolves(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            assert link.startswith(("https://", "mailto:")), link
            continue
        target, _, anchor = unquote(link).partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{name(path)} links to {link}"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{name(path)} links to {link}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# A b\n", {"a-b"}),
        ("## Ask by address: the REST API\n", {"ask-by-address-the-rest-api"}),
        ("# A\n# A\n", {"a", "a-1"}),
        ("```\n# no heading\n```\n## `kg x`\n", {"kg-x"}),
    ],
)
def test_anchors_are_made_as_github_makes_them(text: str, found: set[str]) -> None:
    assert anchors(text) == found


def test_links_in_code_are_no_links() -> None:
    assert links("[a](b.md) `[c](d.md)`\n```\n[e](f.md)\n```\n![g](h.png)") == ["b.md", "h.png"]


QUERIES = [
    pytest.param(path, number, id=f"{name(path)}-{number}")
    for path in FILES
    if path != OWN_TEST
    for number, _ in enumerate(blocks(path.read_text(encoding="utf-8"), "sparql"))
]


@pytest.mark.parametrize(("path", "number"), QUERIES)
def test_every_query_runs_and_gives_the_answer_that_is_printed(server: Server, path: Path, number: int) -> None:
    text = path.read_text(encoding="utf-8")
    query = blocks(text, "sparql")[number]
    answer = server.query(query, "text/csv")
    assert answer.status == 200, answer.text
    assert answer.text.count("\n") > 1, "the query finds nothing"
    printed = re.match(
        r"\n```\n\$ kg query \S+\n(.*?)^```$", text.split(query + "```\n", 1)[1], re.DOTALL | re.MULTILINE
    )
    if printed:
        assert answer.text.splitlines() == printed[1].splitlines()


def test_no_query_of_the_documentation_gives_a_number_without_its_bound() -> None:
    queries = [query for path in FILES for query in blocks(path.read_text(encoding="utf-8"), "sparql")]
    numbers = [query for query in queries if "att:value" in query]
    assert len(numbers) >= 2
    for query in numbers:
        assert query.count("att:bound") == query.count("att:value"), query


def test_the_excerpt_of_a_page_is_on_the_page(server: Server) -> None:
    guide = (HOME / "docs" / "browse-and-cite.md").read_text(encoding="utf-8")
    excerpt = next(block for block in blocks(guide, "") if "Attributed to" in block)
    page = server.get("/article/florida-talks/statement/007-2", "text/html").text
    text = " ".join(html.unescape(re.sub(r"<q[^>]*>(.*?)</q>", r"“\1”", page)).split())
    text = " ".join(re.sub(r"<[^>]+>", " ", text).split()).lower()
    for line in excerpt.splitlines():
        for words in filter(None, re.split(r"\s{2,}", line.strip())):
            assert words.lower() in text, words


def test_there_are_queries_and_printed_answers_to_compare() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    assert len(QUERIES) >= 5
    assert text.count("\n$ kg query ") >= 2


@pytest.mark.parametrize("path", sorted(contents()), ids=name)
def test_what_is_generated_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == contents()[path], "run: make docs"


def test_the_drawing_has_every_room_of_the_layers_and_no_arrow_upwards() -> None:
    """The drawing is what make docs writes; the layers are those of tests/project/test_imports.py."""
    drawn = arrows("kg")
    floor = {
        package.partition("/")[0].partition(".")[0]: index
        for index, packages in enumerate(LAYERS)
        for package in packages
    }
    assert set(drawn) == set(floor)
    for package, others in drawn.items():
        assert all(floor[package] < floor[other] for other in others), (package, others)
        for other in reduced(drawn)[package]:
            assert f"  {package} --> {other}\n" in INTERNALS
        assert others == others & reachable(package, reduced(drawn)), "an arrow was lost in drawing"


def test_the_drawn_rooms_of_the_web_have_no_circle() -> None:
    drawn = arrows("kg.web")
    assert drawn
    assert not [package for package in drawn if package in reachable(package, drawn)]


CHANGES = {
    "a page": "kg.web.",
    "a format of pages about one thing": "negotiate",
    "a limit": "limits",
    "a check": "checks",
    "a search field or facet": "kg.catalogue.fields",
    "a unit, relation, modality or other code": "data/codes/unit.ttl",
    "a language of pages": "language",
    "a header of every answer": "headers",
    "a metric": "metrics",
    "a command": "kg.commands",
}
"""Changes that a newcomer asks about → what the row on each must name."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_stranger_finds_where_a_change_goes(change: str) -> None:
    row = re.search(rf"^\| {re.escape(change)} \| (.*) \|$", INTERNALS, re.MULTILINE)
    assert row
    assert CHANGES[change] in row[1]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_module_and_file_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for module in re.findall(r"`(kg(?:\.[a-z_]\w*)+)`", text):
        parent, _, last = module.rpartition(".")
        is_public = parent in modules() and hasattr(importlib.import_module(parent), last)
        assert module in modules() or is_public, f"{name(path)} names {module}"
    for file in re.findall(r"`((?:src|tests|queries|ontology|data|deploy|docs|examples)/[\w./-]+)`", text):
        if not re.search(r"[A-Z]{2}|SLUG|judgements-by-claimant", file):
            assert (HOME / file).exists(), f"{name(path)} names {file}"


def test_a_name_in_capitals_that_a_page_points_to_stands_in_its_module() -> None:
    pairs = re.findall(r"`([A-Z_]{3,})`(?: or `[A-Z_]+`)? (?:in|of) `(kg[\w.]+)`", INTERNALS)
    assert len(pairs) >= 8
    for constant, module in pairs:
        source = modules()[module].read_text(encoding="utf-8")
        assert re.search(rf"^{constant}\b", source, re.MULTILINE), f"{module} has no {constant}"


def test_commands_that_are_named_exist() -> None:
    for path in FILES:
        for command in re.findall(r"`kg ([a-z]+)", path.read_text(encoding="utf-8")):
            assert command in main.commands, f"{name(path)} names kg {command}"


def test_make_targets_that_are_named_exist() -> None:
    makefile = (HOME / "Makefile").read_text(encoding="utf-8")
    for path in FILES:
        for target in re.findall(r"`make ([a-z-]+)`", path.read_text(encoding="utf-8")):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{name(path)} names make {target}"


def test_the_table_of_dependencies_is_that_of_the_project() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=~]", each)[0] for each in project["dependencies"]}
    page = (HOME / "docs" / "develop.md").read_text(encoding="utf-8")
    table = page.partition("| dependency | use |")[2].partition("\n\n")[0]
    assert {
        one.strip() for row in re.findall(r"^\| ([a-z].*?) \|", table, re.MULTILINE) for one in row.split(",")
    } == needed


def test_each_decision_has_a_page_of_context_decision_and_consequences() -> None:
    folder = HOME / "docs" / "decisions"
    pages = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert len(pages) >= 6
    assert {path.name for path in pages} <= set(links((folder / "README.md").read_text(encoding="utf-8")))
    for path in pages:
        found = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert found == ["Context", "Decision", "Consequences", "Rejected"], path.name


def test_the_changelog_is_in_the_form_of_keep_a_changelog() -> None:
    text = (HOME / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions[0] == "Unreleased"
    days = [date.fromisoformat(re.fullmatch(r"\d+\.\d+\.\d+ - (\S+)", version)[1]) for version in versions[1:]]  # type: ignore[index]
    assert days == sorted(days, reverse=True)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds
    assert f"## {kg.__version__} - " in text


CITATION = {
    "type": "object",
    "required": ["authors", "cff-version", "message", "title"],
    "additionalProperties": False,
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "type": {"enum": ["software", "dataset"]},
        "version": {"type": "string"},
        "date-released": {"type": "string", "format": "date"},
        "authors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {"name": {}},
            },
        },
        "keywords": {"type": "array", "uniqueItems": True, "items": {"type": "string", "minLength": 1}},
    }
    | {name: {"type": "string", "minLength": 1} for name in ("message", "title", "abstract", "license")},
}
"""What the Citation File Format 1.2.0 asks of the fields that ours has."""


def test_the_citation_file_is_valid_and_of_this_version() -> None:
    citation = yaml.safe_load((HOME / "CITATION.cff").read_text(encoding="utf-8"))
    jsonschema.validate(citation, CITATION, format_checker=jsonschema.FormatChecker())
    assert citation["version"] == kg.__version__
    assert f"## {kg.__version__} - {citation['date-released']}" in (HOME / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_hooks_before_a_commit_are_those_of_the_project() -> None:
    config = yaml.safe_load((HOME / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    entries = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    assert {entry.split()[0] for entry in entries} <= {".venv/bin/ruff", ".venv/bin/mypy", ".venv/bin/kg", "make"}
    assert ".venv/bin/mypy" in entries


def test_types_are_published_with_the_package() -> None:
    assert (SOURCE / "kg" / "py.typed").is_file()


def test_what_contributing_teaches_gives_the_answer_that_it_shows(server: Server) -> None:
    """The query of the guide gives the rows that were counted from the files without SPARQL."""
    text = (HOME / "CONTRIBUTING.md").read_text(encoding="utf-8")
    query = next(block for block in blocks(text, "") if block.startswith("# title:"))
    shown = next(block for block in blocks(text, "") if block.startswith("claimant,")).splitlines()
    assert server.query(query, "text/csv").text.splitlines()[: len(shown)] == shown
    count = next(block for block in blocks(text, "") if block.startswith("awk "))
    counted = subprocess.run(["/bin/sh", "-c", count], capture_output=True, text=True, check=True, cwd=HOME).stdout
    assert counted.split()[:2] == [shown[1].rpartition(",")[2], "v:voice"]


ROWS = [row for row in INTERNALS.partition("## Where a change goes")[2].splitlines() if "`kg." in row]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_the_table_of_changes_names_what_there_is(row: str) -> None:
    """Each constant and function that a row names is defined in a module that the row names."""
    texts = []
    for module in re.findall(r"`(kg(?:\.[a-z_]+)+)`", row):
        path = HOME.joinpath("src", *module.split("."))
        files = [path.with_suffix(".py")] if path.with_suffix(".py").exists() else list(path.glob("*.py"))
        assert files, module
        texts += [file.read_text(encoding="utf-8") for file in files]
    for named in re.findall(r"`([A-Z][A-Z_]{3,}|[a-z]+_[a-z_]+)`", row):
        assert any(re.search(rf"^(?:def )?{named}\b", text, re.MULTILINE) for text in texts), named
