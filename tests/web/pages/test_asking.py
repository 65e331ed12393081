"""From a page to its query: each list, table and chart has a link to the query that gives it, with the page's filters.

A page is read as parts, each from one heading to the next. A list in a part must have a link, and the query behind it
must give the things of the list: each row of the page, and no others unless the page shows only a part of them.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from helpers.kinds import KINDS
from helpers.serving import BASE, HOME, Server
from helpers.slow import slow
from kg.release.work.build import build
from kg.settings import Settings
from kg.web.lists.asking import names

HTML = "text/html"
COLUMNS = {("/", "/query?list=figures"): "observation"}
"""Page and link → the column of the things that the page lists, where it is not the first."""
APART = {
    "query page": "it is the query page itself: its examples are stored queries, each of which opens there",
    "answer": "its table is the answer of the query that stands above it",
    "plan": "it lists the steps of a query that stands above them",
    "graph answer": "its table is the answer of the query that stands above it",
}
"""Kind of page → why its lists have no link."""
FILES = ("/releases", "/release/")
"""Starts of links of lists of files and of releases, which no release holds."""
THING = re.compile(
    r"/(doc|id|article|code|query|graph)/[^.]+$|/(statements|timeline|figures|issues|browse|articles)(\?.*)?$"
)
PASSED_TAGS = {"nav", "form", "figcaption"}
PASSED_CLASSES = {"facets", "downloads", "ask", "forms", "legend", "facts", "menu", "evidence-of", "proof"}
"""What holds links that are no list of things: ways about the site, facts of one thing, legends."""
LISTS = ("ul", "ol", "table", "svg", "dl")


@dataclass
class Part:
    """What comes from a heading to the next."""

    level: int
    heading: str
    above: Part | None = None
    links: list[str] = field(default_factory=list)
    lists: list[tuple[LexborNode, str | None]] = field(default_factory=list)
    """Each list with the last link before it."""
    is_cut: bool = False
    total: int | None = None
    """How many the heading says that there are."""

    def link(self, before: str | None) -> str | None:
        """The link of a list: the last before it, the first after it, or that of the part around this one."""
        if before or self.links:
            return before or self.links[0]
        return self.above.link(None) if self.above and self.above.level > 1 else None


def classes(node: LexborNode) -> set[str]:
    return set((node.attributes.get("class") or "").split())


def is_passed(node: LexborNode) -> bool:
    """Whether an element is within another list, or in what is none."""
    around = node.parent
    while around is not None and around.tag != "main":
        if around.tag in PASSED_TAGS or classes(around) & PASSED_CLASSES:
            return True
        if around.tag in LISTS and "signs" not in classes(node):
            return True
        around = around.parent
    return bool(classes(node) & PASSED_CLASSES)


def links_in(node: LexborNode) -> set[str]:
    """The things that an element links to or names by its id."""
    found = {(each.attributes.get("href") or "") for each in node.css("a[href]")}
    return {re.sub("^/doc/", "/id/", each) for each in found if THING.match(each)}


def is_list(node: LexborNode) -> bool:
    if "map" in classes(node):
        return True
    if node.tag == "svg":
        return node.attributes.get("role") == "img" and "chart" in classes(node)
    if node.tag == "dl":
        return "terms" in classes(node) and bool(node.css("div[id]"))
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
            told = [each.text() for each in node.css(".count:not(.when)") if each.text().isdigit()]
            parts[-1].total = int(told[0]) if told else None
        elif tag == "a" and node.parent is not None and "ask" in classes(node.parent):
            parts[-1].links.append(html.unescape(node.attributes["href"] or ""))
        elif classes(node) & {"pager", "more"} or (tag == "p" and "shown here" in node.text()):
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
    return "/" + iri.removeprefix(BASE)


def items_of(node: LexborNode) -> list[LexborNode]:
    """The rows of a list."""
    if node.tag == "table":
        return node.css("tbody > tr")
    if "map" in classes(node):  # its fields lead to the rows of the table below
        return []
    return [each for each in node.iter() if each.tag in ("li", "div")]


def things_of(item: LexborNode, address: str) -> set[str]:
    name = item.attributes.get("id")
    return links_in(item) | ({f"{address}#{name}", f"/code/{name}"} if name else set())


def owner(found: tuple[Part, LexborNode]) -> Part:
    """The part under whose heading the link is."""
    part, _ = found
    while not part.links and part.above is not None:
        part = part.above
    return part


def compare(server: Server, address: str) -> int:
    """Hold each list of a page against the rows of its query; return how many were."""
    page = server.get(address, HTML)
    assert page.status == 200
    several = address.startswith("/figures") and 'nav class="pager"' in page.text
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
        column = COLUMNS.get((address, link), names_of_row[0] if rows else "")
        wanted = {page_of(row[column]) for row in rows}
        for item in items:
            things = things_of(item, address)
            assert things & wanted, f"{address}: the query of {link} does not give {things}"
        total = next((part.total for part in map(owner, lists) if part.total is not None), None)
        assert total in (None, len(wanted)), f"{address}: {link} gives {len(wanted)}, the page says {total}"
        is_cut = any(part.is_cut for part, _ in lists) or several or address == "/" or (total or 0) > len(items)
        shown = set().union(*(things_of(item, address) for item in items))
        if not is_cut and items:
            assert wanted <= shown, f"{address}: {link} gives more than the page: {wanted - shown}"
    return len(by_link)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - APART.keys()))
def test_every_list_of_every_kind_of_page_opens_the_query_that_gives_it(server: Server, kind: str) -> None:
    compare(server, KINDS[kind])


@pytest.fixture(scope="module")
def three(three_articles: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of three articles, where lists have filters; its earlier release has one."""
    folder = tmp_path_factory.mktemp("asking")
    build(Settings(home=HOME, releases=folder), lambda _: None)
    build(three_articles.with_(releases=folder), lambda _: None)
    running = Server(folder)
    yield running
    running.stop()


FILTERED = ("/timeline", "/figures", "/statements", "/statements?of=id/russia&role=about", "/issues")


def choices_of(server: Server, address: str) -> Iterator[str]:
    """Yield the address of a list with each value of each of its filters, and that of each chip."""
    page = LexborHTMLParser(server.get(address, HTML).text)
    for select in page.css("form.filters select"):
        for option in select.css("option[value]"):
            if value := option.attributes["value"]:
                yield f"{address}{'&' if '?' in address else '?'}{select.attributes['name']}={value}"
    for chip in page.css("nav.chips a[href*='?'], nav.letters a[href*='letter']"):
        yield html.unescape(chip.attributes["href"] or "")


@pytest.mark.parametrize("address", FILTERED)
def test_the_filters_of_a_page_are_those_of_its_query(three: Server, address: str) -> None:
    addresses = list(choices_of(three, address))
    assert len(addresses) > 5
    of_each = {each.rpartition("=")[0]: each for each in addresses}  # the last value of each filter
    assert sum(compare(three, each) for each in [address, *of_each.values()]) > 0


@slow("test_the_filters_of_a_page_are_those_of_its_query")
@pytest.mark.parametrize("address", FILTERED)
def test_each_value_of_the_filters_of_a_page_is_one_of_its_query(three: Server, address: str) -> None:
    for each in choices_of(three, address):
        compare(three, each)


def test_things_are_narrowed_down_by_group_letter_and_facet_as_the_page_narrows_them(three: Server) -> None:
    groups = ["/browse?group=" + name for name in ("entity", "issue", "event", "document", "article", "period")]
    groups += ["/browse?group=" + name for name in ("observation", "query", "code", "statement")]
    letters = list(choices_of(three, "/browse?group=entity"))
    page = LexborHTMLParser(three.get("/browse?group=statement", HTML).text)
    facets = [html.unescape(a.attributes["href"] or "") for a in page.css("aside.facets a")]
    assert len(letters) > 20
    assert len(facets) > 40
    for address in (*groups, *letters[::4], *facets[::4]):
        compare(three, address)


def test_two_values_of_a_facet_are_an_alternative_and_two_facets_are_both_required(three: Server) -> None:
    one = compare(three, "/browse?group=statement&claimant=russia&claimant=ukraine&modality=flat")
    assert one == 1


def test_each_query_of_a_list_is_opened_by_a_page(server: Server, three: Server) -> None:
    opened = set()
    for kind in KINDS.keys() - APART.keys():
        for _, _, link in lists_of(server.get(KINDS[kind], HTML).text):
            opened.add(re.findall(r"list=([a-z]+)", link or "")[0])
    for _, _, link in lists_of(three.get("/issues?article=skarrow-audit", HTML).text):
        opened.add(re.findall(r"list=([a-z]+)", link or "")[0])
    described = server.get("/doc/russia", HTML).text
    assert "/query?list=thing&amp;of=id/russia&amp;role=itself" in described
    assert opened | {"thing"} == set(names())


def test_the_query_of_one_thing_has_all_that_its_document_has_of_it(server: Server) -> None:
    rows = rows_of(server, "/query?list=thing&of=id/russia&role=itself")
    told = {row["other"] for row in rows if row["direction"] == "of it"}
    found = server.query(f"SELECT ?o {{ <{BASE}id/russia> ?p ?o }}", "application/sparql-results+json")
    assert told == {row["o"]["value"] for row in json.loads(found.body)["results"]["bindings"]}


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/query?list=nothing", "The parameter list is one of articles, "),
        ("/query?list=statements&of=id/russia&role=hates", "The parameter role is one of says, wants, "),
        ("/query?list=events&date=soon", "The parameter date is a month or a year"),
        ("/query?list=statements&article=No%20such", "The parameter article is the short name"),
        ("/query?list=things&group=people", "The parameter group is one of entity, "),
        ("/query?list=things&letter=AB", "The parameter letter is one capital letter"),
        ("/query?list=statements&of=id/x&link=a%7Cb", "The parameter link names a property"),
    ],
)
def test_a_list_or_value_that_there_is_not_is_400_and_says_what_there_is(
    server: Server, address: str, said: str
) -> None:
    answer = server.get(address, "text/plain")
    assert answer.status == 400
    assert answer.text.startswith(said)


@pytest.mark.parametrize("value", ["id/x> ?p ?o } #", 'id/"}', "id/\u202e", "id/a b", "", "#"])
def test_a_hostile_value_stays_one_term(server: Server, value: str) -> None:
    link = f"/query?list=statements&of={quote(value)}&role=about"
    assert value == "" or rows_of(server, link) == []


def test_the_query_of_a_german_page_asks_for_german_labels(server: Server) -> None:
    [territory] = [row for row in rows_of(server, "/query?list=issues&lang=de") if row["issue"].endswith("-territory")]
    assert territory["issueLabel"] == "Gebiet"
    assert len(rows_of(server, "/query?list=issues&lang=de")) == len(rows_of(server, "/query?list=issues"))


@pytest.mark.parametrize("name", names())
def test_the_query_of_a_german_page_tells_all_that_the_english_one_tells(server: Server, name: str) -> None:
    """In English where there is no German, as the page does: no label and no claimant is left out."""
    link = f"/query?list={name}{'&of=id/russia' if name == 'thing' else ''}"
    english, german = rows_of(server, link), rows_of(server, f"{link}&lang=de")
    told = [Counter(tuple(c for c, value in row.items() if value) for row in rows) for rows in (english, german)]
    assert told[0] == told[1]
    for line in query_of(server, f"{link}&lang=de").split("\n"):
        assert '"en"' not in line or '= "de" ||' in line


def test_of_several_who_say_it_each_is_named_once_in_german_where_there_is_german(server: Server) -> None:
    """008-2 is claimed by Ukraine, called alike in both languages, and by most of the international community."""
    told = {row["statement"].rpartition("/")[2]: row for row in rows_of(server, "/query?list=statements&lang=de")}
    labels = server.query(
        f"SELECT ?c ?l {{ <{BASE}article/florida-talks/statement/008-2> <{BASE}ns#claimant> ?c ."
        " ?c <http://www.w3.org/2000/01/rdf-schema#label> ?l FILTER(LANG(?l) IN ('de', 'en')) }",
        "application/sparql-results+json",
    )
    named: dict[str, dict[str, str]] = {}
    for row in json.loads(labels.body)["results"]["bindings"]:
        named.setdefault(row["c"]["value"], {})[row["l"]["xml:lang"]] = row["l"]["value"]
    wanted = {each.get("de") or each["en"] for each in named.values()}
    assert len(wanted) == 2
    assert sorted(told["008-2"]["attributedTo"].split("; ")) == sorted(wanted)


def test_the_query_of_an_earlier_release_s_page_gives_what_that_release_had(three: Server) -> None:
    *_, earlier = json.loads(three.get("/releases.json").body)["releases"]
    page = three.get(f"/articles?release={earlier['id']}", HTML).text
    [(_, table, link)] = lists_of(page)
    assert link == f"/query?list=articles&release={earlier['id']}"
    form = LexborHTMLParser(three.get(link, HTML).text).css_first("form.query")
    assert form.css_first("input[name=release]").attributes["value"] == earlier["id"]
    rows = three.query(query_of(three, link), "text/csv", release=earlier["id"]).text.splitlines()[1:]
    assert len(rows) == len(items_of(table)) == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [("figures", {"modality", "negated"}), ("positions", {"modality"}), ("disputes", {"modality", "otherModality"})],
)
def test_the_query_of_a_list_tells_how_firmly_its_things_are_said(server: Server, name: str, told: set[str]) -> None:
    """The page shows it beside each figure and each position."""
    rows = rows_of(server, f"/query?list={name}")
    columns = set(re.findall(r"\?(\w+)", query_of(server, f"/query?list={name}").partition("WHERE")[0]))
    assert columns >= told
    assert all(row["modality"].startswith(f"{BASE}code/") for row in rows if row.get("part", "position") == "position")
