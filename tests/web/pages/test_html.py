"""Every kind of page is valid HTML: by checks of our own always, and by the Nu Html Checker where it is available."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from helpers.kinds import PAGES
from helpers.serving import HOME, Server

JAR = Path(os.environ.get("KG_VNU", HOME / "build" / "vnu" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"))
"""What ``make vnu`` fetches."""

IN_GERMAN = ("home", "statement")

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers", "list")


@pytest.fixture(scope="module")
def pages(server: Server) -> dict[str, str]:
    """One page of each kind, in English and in German."""
    release = json.loads(server.get("/releases.json").text)["active"]
    paths = PAGES | {"release": f"/release/{release}"}
    answers = {kind: server.get(path, "text/html") for kind, path in paths.items()}
    assert {kind: a.media_type for kind, a in answers.items() if a.media_type != "text/html"} == {}
    answers |= {f"{kind}-de": server.get(paths[kind], "text/html", Accept_Language="de") for kind in IN_GERMAN}
    return {kind: answer.text for kind, answer in answers.items()}


class Checked(HTMLParser):
    """What is wrong with a page, in words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.referred: set[str] = set()
        self.labelled: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.headings: list[int] = []
        self.names: Counter[str] = Counter()
        self.feed(page)
        self.finish(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if len(given) != len(attrs):
            self.wrong.append(f"<{tag}> has an attribute twice")
        self.names[tag] += "svg" not in self.open  # where a title is that of a picture
        if given.get("id") is not None:
            self.ids[given["id"] or ""] += 1
        for name in REFERENCES:
            self.referred |= set((given.get(name) or "").split())
        self._look_at(tag, given)
        if tag not in VOID:
            self.open.append(tag)

    def _look_at(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "label" and given.get("for"):
            self.labelled.add(given["for"] or "")
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit", "button"):
            self.inputs.append(given | {"within": "label" if "label" in self.open else None})
        if tag == "img" and "alt" not in given:
            self.wrong.append("an img has no alt")
        if tag == "button" and "type" not in given:
            self.wrong.append("a button has no type")
        if tag == "th" and "scope" not in given:
            self.wrong.append("a th has no scope")
        if tag == "html" and not given.get("lang"):
            self.wrong.append("html has no lang")
        if tag == "a" and "a" in self.open:
            self.wrong.append("a link stands in a link")
        if "style" in given or any(name.startswith("on") for name in given):
            self.wrong.append(f"<{tag}> has a style or script of its own")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes what is not open")

    def finish(self, page: str) -> None:
        self.wrong += [f"<{tag}> is not closed" for tag in self.open]
        self.wrong += [f"the id {name!r} stands {count} times" for name, count in self.ids.items() if count > 1]
        self.wrong += [f"the id {name!r} is no id" for name in self.ids if not name or re.search(r"\s", name)]
        self.wrong += [f"{name!r} is referred to and not there" for name in self.referred - self.ids.keys()]
        for given in self.inputs:
            named = given.get("aria-label") or given.get("aria-labelledby") or given["within"]
            if not named and given.get("id") not in self.labelled:
                self.wrong.append(f"the input {given.get('name')} has no label")
        if self.names["h1"] != 1 or self.names["main"] != 1 or self.names["title"] != 1:
            self.wrong.append("there is not just one each of h1, main and title")
        for before, after in zip(self.headings, self.headings[1:], strict=False):
            if after > before + 1:
                self.wrong.append(f"h{after} follows h{before}")
        if not page.lower().startswith("<!doctype html>"):
            self.wrong.append("there is no doctype")


@pytest.mark.parametrize("kind", [*PAGES, "release", *(f"{kind}-de" for kind in IN_GERMAN)])
def test_each_kind_of_page_holds_together(pages: dict[str, str], kind: str) -> None:
    assert Checked(pages[kind]).wrong == []


def test_the_checks_find_what_is_wrong() -> None:
    bad = (
        "<html><head><title>a</title></head><body><main><h1>a</h1><h3 id=x>b</h3><p id=x class=y class=z><img><b></p>"
        '<button>c</button><input name="q"><table><tr><th>d</th></tr></table><a href=""><a href="">e</a></a>'
        '<p aria-labelledby="none" style="x">f</p>'
    )
    wrong = "; ".join(Checked(bad).wrong)
    for words in (
        *("no lang", "no alt", "no type", "no scope", "no label", "no doctype", "attribute twice", "stands 2 times"),
        *(
            "h3 follows h1",
            "closes what is not open",
            "is not closed",
            "link stands in a link",
            "'none' is referred to",
        ),
        "style or script",
    ):
        assert words in wrong, words


def test_the_nu_html_checker_finds_no_fault(pages: dict[str, str], tmp_path: Path) -> None:
    if not JAR.exists():
        pytest.skip(f"the Nu Html Checker is not at {JAR}: fetch it with make vnu, or name the file in KG_VNU")
    java = shutil.which("java")
    if java is None:
        pytest.skip("Java, by which the Nu Html Checker runs, is not here")
    for kind, page in pages.items():
        (tmp_path / f"{kind.replace(' ', '-')}.html").write_text(page, "utf-8")
    (tmp_path / "spoilt.html").write_text(pages["home"].replace("</h1>", "</h2>"), "utf-8")
    command = [java, "-Xss4m", "-jar", str(JAR), "--format", "json", "--stdout", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    messages = json.loads(done.stdout)["messages"]
    faults: dict[str, set[str]] = {}
    for message in messages:
        kind = Path(message["url"]).stem
        faults.setdefault(kind, set()).add(f"{message.get('subType') or message['type']}: {message['message']}")
    assert faults.pop("spoilt", set()), "the checker finds nothing wrong with what is spoilt"
    assert faults == {}
