"""From a page to its query: each list, table and chart has a link to the query that gives it, with the page's filters.

A page is read as parts, each from one heading to the next. A list in a part must have a link, and the query behind it
must give the things of the list: each row of the page, and no others unless the page shows only a part of them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from kg.release.work.build import build
from kg.settings import Settings
from kg.web.lists.asking import names
from kinds import KINDS
from serving import BASE, Server

HTML = "text/html"
APART = {
    "query page": "it is the query page itself: its examples are stored queries, each of which opens there",
    "answer": "its table is the answer of the query that stands above it",
    "graph answer": "its table is the answer of the query that stands above it",
}
"""Kind of page → why its lists have no link."""
FILES = ("/releases", "/release/")
"""Starts of links of lists that tell of files and of releases, which no release holds."""
THING = re.compile(r"/(doc|article|code|query|graph|statements|timeline|figures|issues|browse)\b")
PASSED = "nav, form, .downloads, .ask, .forms, .legend, .facts, .menu, .letters, figcaption, #cite, .evidence-of"
"""What holds links that are no list of things: ways about the site, facts of one thing, legends of what stands beside."""
LISTS = ("ul", "ol", "table", "svg", "dl")


@dataclass
class Part:
    """What stands from a heading to the next."""

    level: int
    heading: str
    above: Part | None = None
    links: list[str] = field(default_factory=list)
    lists: list[tuple[LexborNode, str | None]] = field(default_factory=list)
    """Each list with the link that stands last before it."""
    is_cut: bool = False

    def link(self, before: str | None) -> str | None:
        """The link of a list: the last before it, the first after it, or that of the part around this one."""
        if before or self.links:
            return before or self.links[0]
        return self.above.link(None) if self.above and self.above.level > 1 else None


def is_passed(node: LexborNode) -> bool:
    """Whether an element stands within another list, or in what is none."""
    around = node.parent
    while around is not None and around.tag != "main":
        if around.tag in LISTS and "terms" not in (around.attributes.get("class") or "") or around.css_matches(PASSED):
            return True
        around = around.parent
    return bool(node.css_matches(PASSED))


def links_in(node: LexborNode) -> set[str]:
    """The things that an element links to or tells of by its id."""
    found = {(each.attributes.get("href") or "") for each in node.css("a[href]")}
    return {html.unescape(each) for each in found if THING.match(each)}


def is_list(node: LexborNode) -> bool:
    if node.tag == "svg":
        return node.attributes.get("role") == "img" and "chart" in (node.attributes.get("class") or "")
    if node.tag == "dl":
        return "terms" in (node.attributes.get("class") or "") and bool(node.css("div[id]"))
    hrefs = [a.attributes.get("href") or "" for a in node.css("a")]
    return bool(links_in(node)) and not any(href.startswith(FILES) for href in hrefs[:1])


def parts_of(page: str) -> list[Part]:
    """The parts of a page with their lists."""
    main = LexborHTMLParser(page).css_first("main")
    assert main is not None
    parts = [Part(0, "")]
    for node in main.traverse(include_text=False):
        tag = node.tag or ""
        if re.fullmatch(r"h[1-6]", tag):
            above = next((part for part in reversed(parts) if part.level < int(tag[1])), None)
            parts.append(Part(int(tag[1]), node.text().strip(), above))
        elif tag == "a" and node.parent is not None and node.parent.css_matches(".ask"):
            parts[-1].links.append(html.unescape(node.attributes["href"] or ""))
        elif node.css_matches("nav.pager, .more") or (tag == "p" and "shown here" in node.text()):
            parts[-1].is_cut = True
        elif tag in LISTS and is_list(node) and not is_passed(node):
            parts[-1].lists.append((node, parts[-1].links[-1] if parts[-1].links else None))
    return parts


def lists_of(page: str) -> Iterator[tuple[Part, LexborNode, str | None]]:
    for part in parts_of(page):
        for node, before in part.lists:
            yield part, node, part.link(before)


def query_of(server: Server, link: str) -> str:
    """The query that the query page has in its form behind a link."""
    answer = server.get(link, HTML)
    assert answer.status == 200, (link, answer.status)
    area = LexborHTMLParser(answer.text).css_first("textarea[name=query]")
    assert area is not None
    return area.text(strip=False).removeprefix("\n")


def rows_of(server: Server, link: str) -> list[dict[str, str]]:
    text = query_of(server, link)
    assert re.match(r"# [^\n]+\.\n(PREFIX \w+: <\S+>\n)*\nSELECT ", text), text
    answer = server.query(text, "application/sparql-results+json")
    assert answer.status == 200, (link, answer.text, text)
    rows = json.loads(answer.body)
    first = rows["head"]["vars"]
    return [{name: row[name]["value"] for name in first if name in row} for row in rows["results"]["bindings"]]


def page_of(iri: str) -> str:
    """The path of the page of an IRI."""
    return re.sub(r"^/id/", "/doc/", "/" + iri.removeprefix(BASE))


def items_of(node: LexborNode) -> list[LexborNode]:
    """The rows of a list."""
    if node.tag == "table":
        return node.css("tbody > tr")
    return [each for each in node.iter() if each.tag in ("li", "div")]


def things_of(item: LexborNode) -> set[str]:
    name = item.attributes.get("id") or ""
    return links_in(item) | {f"/ns#{name}", f"/shapes#{name}"}


def compare(server: Server, address: str) -> int:
    """Hold each list of a page against the rows of its query; return how many were."""
    page = server.get(address, HTML)
    assert page.status == 200
    by_link: dict[str, list[tuple[Part, LexborNode]]] = {}
    for part, node, link in lists_of(page.text):
        assert link, f"{address}: the {node.tag} under “{part.heading}” has no link to its query: {links_in(node)}"
        by_link.setdefault(link, []).append((part, node))
    for link, lists in by_link.items():
        rows = rows_of(server, link)
        names_of_row = list(rows[0]) if rows else []
        items = [item for _, node in lists for item in items_of(node)]
        if names_of_row and names_of_row[0] == "what":
            told = [int(re.sub(r"\D", "", item.text())) for item in items]
            assert sorted(told) == sorted(int(row["number"]) for row in rows), link
            continue
        wanted = {page_of(next(iter(row.values()))) for row in rows}
        for item in items:
            assert things_of(item) & wanted, f"{address}: the query of {link} does not give {things_of(item)}"
        is_cut = any(part.is_cut for part, _ in lists) or address.partition("?")[0] == "/"
        shown = set().union(*map(things_of, items)) if items else set()
        if not is_cut and items:
            assert wanted <= shown, f"{address}: {link} gives more than the page: {wanted - shown}"
    return len(by_link)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - APART.keys()))
def test_every_list_of_every_kind_of_page_opens_the_query_that_gives_it(server: Server, kind: str) -> None:
    compare(server, KINDS[kind])
