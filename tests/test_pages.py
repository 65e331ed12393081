"""Pages and dereferencing: every IRI leads somewhere, in every form, and errors help."""

from __future__ import annotations

import html
import re
import time
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
import rdflib

from serving import BASE, Server

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORMS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
TYPES = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "html": "text/html",
}
DOCUMENTS = {
    "id/russia": "/doc/russia",
    "id/issue-territory": "/doc/issue-territory",
    "code/flat": "/code/flat",
    "code/modality": "/code/modality",
    "article/florida-talks": "/article/florida-talks",
    "article/florida-talks/passage/007": "/article/florida-talks/passage/007",
    "article/florida-talks/statement/007-2": "/article/florida-talks/statement/007-2",
    "article/florida-talks/event/us-russia-meeting": "/article/florida-talks/event/us-russia-meeting",
    "article/florida-talks/voice": "/article/florida-talks/voice",
    "article/florida-talks/encoding": "/article/florida-talks/encoding",
    "ns": "/ns",
}
PAGES = [
    *("/", "/browse", "/issues", "/statements", "/query", "/query/claims"),
    *("/timeline", "/figures", "/articles", "/about"),
    *("/dataset", "/releases", "/graph/codes", "/shapes"),
    *DOCUMENTS.values(),
]


class Links(HTMLParser):
    """Collects what a page links to, and checks that elements are closed in order."""

    VOID = frozenset({"meta", "link", "img", "br", "input", "hr"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.open: list[str] = []
        self.scripts = 0
        self.feed(page)
        assert self.open == [], self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.links += [v for k, v in attrs if k in ("href", "src", "action") and v]
        is_ours = tag == "script" and (values.get("src") or "").startswith("/static/")
        is_data = tag == "script" and values == {"type": "application/ld+json"}
        is_foreign = tag == "script" and not is_ours and not is_data
        self.scripts += is_foreign or any(k.startswith("on") or k == "style" for k in values)
        if values.get("id"):
            assert values["id"] not in self.ids, f"the id {values['id']} stands twice"
            self.ids.add(str(values["id"]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_well_formed_and_runs_no_script_but_ours(server: Server, path: str) -> None:
    answer = server.get(path, HTML)
    assert (answer.status, answer.media_type) == (200, "text/html")
    page = Links(answer.text)
    assert page.scripts == 0
    assert not [link for link in page.links if link.startswith(("javascript:", "//"))]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_every_link_on_every_page_leads_somewhere(server: Server) -> None:
    """Follow all links inside the site from the home page, but for other forms, languages and lists of statements.

    Of selections of what there is to browse, those of one value: there is no end of the others.
    """
    seen: set[str] = set()
    waiting = ["/"]
    broken = []
    while waiting:
        path = waiting.pop().split("#")[0]
        if path in seen or not path.startswith("/") or path.endswith(tuple(FORMS)) or path.startswith("/statements?of"):
            continue
        if (path.startswith("/browse?") and path.count("=") > 2) or "release=" in path:
            continue
        seen.add(path)
        answer = server.get(path, HTML)
        if answer.status not in (200, 303):
            broken.append((path, answer.status))
        if answer.status == 303:
            waiting.append(answer.headers["Location"])
        elif answer.media_type == "text/html" and "/sparql?" not in path:
            waiting += [link for link in Links(answer.text).links if "lang=" not in link]
    assert broken == []
    assert len(seen) > 500


@pytest.mark.parametrize("accept", [HTML, "text/turtle", "application/ld+json", None])
def test_an_entity_leads_to_its_document_by_303(server: Server, accept: str | None) -> None:
    answer = server.get("/id/russia", accept)
    assert (answer.status, answer.headers["Location"]) == (303, "/doc/russia")


@pytest.mark.parametrize("iri", list(DOCUMENTS))
def test_a_document_comes_in_every_form_by_suffix_and_by_negotiation(server: Server, iri: str) -> None:
    path = DOCUMENTS[iri]
    graphs = []
    for suffix, media_type in TYPES.items():
        by_suffix, negotiated = server.get(f"{path}.{suffix}"), server.get(path, media_type)
        assert (by_suffix.status, by_suffix.media_type) == (200, media_type)
        assert (negotiated.status, negotiated.media_type) == (200, media_type)
        assert "Accept" in negotiated.headers["Vary"]
        assert f'<{path}.{suffix}>; rel="alternate"' in negotiated.headers["Link"]
        if suffix in FORMS:
            graphs += [rdflib.Graph().parse(data=a.body, format=FORMS[suffix]) for a in (by_suffix, negotiated)]
    assert {len(graph) for graph in graphs} == {len(graphs[0])}
    assert list(graphs[0].predicate_objects(rdflib.URIRef(BASE + iri))), "the document does not speak of the thing"


@pytest.mark.parametrize(
    "path",
    [
        "/id/nobody",
        "/doc/nobody",
        "/doc/nobody.ttl",
        "/code/nothing",
        "/article/none",
        "/article/florida-talks/passage/999",
        "/article/florida-talks/statement/999-1",
        "/query/none",
        "/browse?type=Dragon",
        "/statements?of=id/nobody",
        "/nowhere",
        "/doc/%FF",
        "/id/%FF",
        "/code/a%0Ab",
        "/doc/%25zz",
        "/doc/a%5Bb",
        "/statements?of=id/%FF",
        "/statements?of=id/a%23b%23c",
        "/article/florida-talks/passage/007%23position",
        "/article/florida-talks/passage/007%3Fposition",
        "/article/florida-talks/statement/%FF.trig",
        "/id/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    ],
)
def test_what_does_not_exist_is_404_and_helps(server: Server, path: str) -> None:
    page = server.get(path, HTML)
    assert page.status == 404
    assert "/browse" in Links(page.text).links
    assert "<script>" not in page.text
    plain = server.get(path, "application/json")
    assert plain.status == 404
    assert plain.media_type == "text/plain"


def test_an_address_without_a_page_is_told_of_in_the_reader_s_language(server: Server) -> None:
    assert "There is no page at this address." in server.get("/nowhere", HTML).text
    assert "Unter dieser Adresse gibt es keine Seite." in server.get("/nowhere", HTML, Accept_Language="de").text


def test_a_form_that_nothing_has_is_406(server: Server) -> None:
    assert server.get("/doc/russia", "image/png").status == 406


def test_the_home_page_says_what_is_in_the_release_and_leads_on(server: Server) -> None:
    page = server.get("/", HTML)
    links = Links(page.text).links
    assert {
        "/issues",
        "/browse",
        "/statements",
        "/query",
        "/article/florida-talks",
        "/id/issue-territory",
    } <= set(links)
    release = re.search(r"Release <strong>([\w-]+)</strong>", page.text)
    assert release
    assert release.group(1) in server.greeting


def test_an_entity_page_says_who_says_it_how_surely_and_where(server: Server) -> None:
    text = server.get("/doc/crimea", HTML).text
    assert "/article/florida-talks/statement/007-4" in text
    assert "/article/florida-talks/voice" in text
    assert "said outright" in text
    assert "/article/florida-talks/passage/007" in text


def test_a_statement_page_shows_its_evidence(server: Server) -> None:
    text = server.get("/article/florida-talks/statement/007-2", HTML).text
    assert "e8d3552bb9052a9eeaeef895e091d216bc21c955392257ed56f4565a21a17f36" in text
    assert "823 to 946" in text


def test_an_issue_page_sets_the_parties_side_by_side(server: Server) -> None:
    text = server.get("/doc/issue-territory", HTML).text
    for statement in ("019-1", "019-2", "019-4", "019-5"):
        assert f"/article/florida-talks/statement/{statement}" in text


def test_the_issues_page_says_why_a_gap_is_hard_to_bridge(server: Server) -> None:
    reason = """PREFIX att: <ns#> SELECT DISTINCT ?why { ?hard a att:Statement ; att:issue ?issue ;
      att:relation <code/is-hard-to-bridge> . ?why att:issue ?issue ; att:supports ?hard }"""
    why = [row.removeprefix(BASE) for row in server.query(reason, "text/csv").text.split()[1:]]
    assert why
    text = server.get("/issues", HTML).text
    parts = re.findall(r'<td class="hard">(.*?)</td>', text, re.DOTALL)
    assert parts
    assert all("Why it is hard to bridge" in part for part in parts)
    links = [link for part in parts for link in Links(part).links]
    assert {f"/{path}" for path in why} <= set(links)


def test_all_statements_are_reached_a_page_at_a_time(server: Server) -> None:
    path, found = "/statements", []
    while path:
        page = server.get(path, HTML).text
        found += re.findall(r'<p class="said"><a href="([^"]+)"', page)
        following = re.search(r'<a rel="next" href="([^"]+)"', page)
        path = html.unescape(following.group(1)) if following else ""
    assert len(found) == len(set(found))
    count = server.query("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a <ns#Statement> }", "text/csv").text.split()[1]
    assert len(found) == int(count)


def test_pages_are_answered_while_strangers_take_all_their_turns(server: Server) -> None:
    product = " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(30))
    with ThreadPoolExecutor(4) as threads:
        slow = [
            threads.submit(server.query, f"SELECT (COUNT(*) AS ?n) {{ GRAPH <graph/codes> {{ {product} }} }}")
            for _ in range(4)
        ]
        time.sleep(1)  # until they are being evaluated
        for path in ("/", "/doc/russia", "/issues", "/article/florida-talks/statement/007-2.trig"):
            began = time.monotonic()
            assert server.get(path, HTML).status == 200
            assert time.monotonic() - began < 2
        assert not any(one.done() for one in slow)
        assert {one.result().status for one in slow} == {503}
        assert all(int(one.result().headers["Retry-After"]) > 0 for one in slow)


def test_a_long_list_is_cut_and_leads_to_the_whole(server: Server) -> None:
    voice = "article/florida-talks/voice"
    asked = server.query(f"SELECT (COUNT(?s) AS ?n) {{ ?s <ns#claimant> <{voice}> }}", "text/csv")
    total = int(asked.text.split()[1])
    page = server.get(f"/{voice}", HTML).text
    assert total > page.count('<li class="statement">') == 60
    (link,) = [link for link in Links(page).links if link.startswith("/browse?")]
    assert f"These are the first 60; all {total} can be paged through." in page
    assert f">{total}<" in re.sub(r"\s", "", server.get(link, HTML).text)


@pytest.mark.parametrize("path", ["/statements", "/statements?of=id/russia", "/doc/russia", "/issues"])
def test_every_fact_of_a_list_opens_its_evidence(server: Server, path: str) -> None:
    text = server.get(path, HTML).text
    facts = [part.partition("</details>")[0] for part in re.split(r'<details class="(?:proof|evidence-of)">', text)[1:]]
    assert len(facts) > 20
    for fact in facts:
        assert re.search(r'<code class="digest">[0-9a-f]{64}<', fact)
        assert re.search(r'href="/article/florida-talks/passage/\d+"', fact)
        assert re.search(r'href="/article/florida-talks/statement/[\d-]+#record"', fact)
        assert "Suggest a correction" in fact


def test_an_entity_page_names_those_who_speak_for_it(server: Server) -> None:
    text = server.get("/doc/russia", HTML).text
    asked = server.query("SELECT ?who { ?who <ns#actsFor> <id/russia> }", "text/csv").text.split()[1:]
    assert len(asked) == 2
    shown = text.partition("<dt>Those who speak for it</dt>")[2].partition("</dd>")[0]
    assert set(Links(shown.partition(">")[2]).links) == {f"/id/{who.rpartition('/')[2]}" for who in asked}


@pytest.mark.parametrize("path", ["event/us-russia-meeting", "voice", "statement/007-2", "passage/007"])
def test_what_stands_in_an_article_says_who_encoded_it_and_when(server: Server, path: str) -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", server.get(f"/article/florida-talks/{path}", HTML).text))
    assert re.search(r"Encoded by ?Attested editors, 2026-11-22", text)


@pytest.mark.parametrize(
    ("code", "use"), [("at-least", "statement"), ("occurred", "event"), ("sentence", "passage"), ("day", "period")]
)
def test_a_code_s_page_counts_what_uses_it(server: Server, code: str, use: str) -> None:
    text = server.get(f"/code/{code}", HTML).text
    users = f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s ?p <code/{code}> ; a <ns#{use.title()}> }}"
    count = int(server.query(users, "text/csv").text.split()[1])
    assert count > 0
    assert re.search(rf">{count} {use}s?<", text)
    for link in Links(text).links:
        if link.startswith("/statements?"):
            assert "No statement points to it" not in server.get(link, HTML).text


def test_a_page_tells_when_its_record_was_made(server: Server) -> None:
    """The release of the tests is the first of its folder, so nothing can have changed since."""
    release = server.get("/health").text
    identifier = re.search(r"\d{4}-\d\d-\d\d-[0-9a-f]{12}", release)
    assert identifier
    for path in ("/doc/russia", "/article/florida-talks/statement/019-1", "/code/flat", "/article/florida-talks"):
        text = re.sub(r"<[^>]*>|\s+", " ", server.get(path, HTML).text)
        text = re.sub(r" +", " ", text)
        assert f"Recorded {identifier[0][:10]} , in release {identifier[0]} ; not changed since" in text


def test_an_unchanged_page_is_not_sent_again(server: Server) -> None:
    first = server.get("/issues", HTML)
    again = server.get("/issues", HTML, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
