"""Pages and dereferencing: every IRI leads somewhere, in every form, and errors help."""

from __future__ import annotations

import html
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
import rdflib

from helpers.serving import BASE, Server
from helpers.slow import slow
from web.front.test_front import figure

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
    "article/florida-talks/observation/killed-november-2025": "/article/florida-talks/observation/killed-november-2025",
    "article/florida-talks/thing/us-delegation": "/article/florida-talks/thing/us-delegation",
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


def kind_of(path: str) -> str:
    """Return what paths of a kind have in common: names, numbers and values left out."""
    place, _, query = path.partition("?")
    return re.sub(r"/[^/]*[\d-][^/]*|(?<=/)[^/.]+$", "/*", place) + "?" + re.sub(r"=[^&]*", "", query)


FEW = 4
"""Links of a kind that are followed in place of all."""


def follow_links(server: Server, most: int) -> tuple[set[str], list[tuple[str, int]]]:
    """Follow links inside the site from the home page; return the paths, and those that lead nowhere.

    At most so many of a kind are followed, and no other forms, languages and lists of statements. Of selections of
    what there is to browse, those of one value are followed: there is no end of the others.
    """
    seen: set[str] = set()
    kinds: Counter[str] = Counter()
    waiting = ["/"]
    broken = []
    while waiting:
        path = waiting.pop().split("#")[0]
        if path in seen or not path.startswith("/") or path.endswith(tuple(FORMS)) or path.startswith("/statements?of"):
            continue
        if (path.startswith("/browse?") and path.count("=") > 2) or "release=" in path:
            continue
        seen.add(path)
        kinds[kind_of(path)] += 1
        if kinds[kind_of(path)] > (FEW if path.startswith("/query?") else most):  # test_asking.py runs those
            continue
        answer = server.get(path, HTML)
        if answer.status not in (200, 303):
            broken.append((path, answer.status))
        if answer.status == 303:
            waiting.append(answer.headers["Location"])
        elif answer.media_type == "text/html" and "/sparql?" not in path:
            waiting += [link for link in Links(answer.text).links if "lang=" not in link]
    return seen, broken


@slow("test_links_of_each_kind_lead_somewhere")
def test_every_link_on_every_page_leads_somewhere(server: Server) -> None:
    seen, broken = follow_links(server, 100_000)
    assert broken == []
    assert len(seen) > 500


def test_links_of_each_kind_lead_somewhere(server: Server) -> None:
    seen, broken = follow_links(server, FEW)
    assert broken == []
    kinds = set(map(kind_of, seen))
    assert {"/doc/*?", "/article/*/statement/*?", "/article/*/passage/*?", "/code/*?"} <= kinds
    assert len(kinds) > 30


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


def test_the_home_page_explains_a_position_whose_words_show_who_takes_it(server: Server) -> None:
    """003-2 is the first position with a name and a verb of saying printed; none with both is hedged."""
    example = server.get("/", HTML).text.partition('<h2 id="worked">')[2].partition("</section>")[0]
    assert 'href="/article/florida-talks/statement/003-2"' in example


def words_on(server: Server, path: str, **headers: str) -> str:
    """The words of a page's main part, white space collapsed."""
    page = server.get(path, HTML, **headers).text.partition("<main")[2].partition("</main>")[0]
    words = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page.partition(">")[2])))
    return re.sub(r" (?=[,.;:)”])|(?<=[(“]) ", "", words)


def test_an_entity_page_leads_to_each_statement_about_it_and_where_it_stands(server: Server) -> None:
    text = server.get("/doc/crimea", HTML).text
    assert "/article/florida-talks/statement/007-4" in text
    assert "/article/florida-talks/voice" in text
    assert "/article/florida-talks/passage/007" in text
    assert "said by the article itself" in words_on(server, "/doc/crimea")


def test_what_a_party_says_what_it_wants_and_what_is_said_about_it_stand_apart(server: Server) -> None:
    """Passage 7: Russia says that it has annexed regions. Passage 11: Russia is only reported to oppose NATO's door."""
    text = server.get("/doc/russia", HTML).text
    says, wants, about = (text.partition(f'<h2 id="{name}">')[2] for name in ("says", "wants", "about"))
    says, wants = says.partition('<h2 id="wants">')[0], wants.partition('<h2 id="about">')[0]
    statement = "/article/florida-talks/statement/{}"
    assert statement.format("007-2") in says
    assert statement.format("011-1") not in says
    assert statement.format("011-1") in wants
    assert statement.format("007-4") in about.partition("<h2 id")[0]


def test_a_statement_page_shows_its_evidence(server: Server) -> None:
    text = server.get("/article/florida-talks/statement/007-2", HTML).text
    assert "e8d3552bb9052a9eeaeef895e091d216bc21c955392257ed56f4565a21a17f36" in text
    assert "823 to 946" in text
    assert text.index("</details>", text.index('id="technical"')) > text.index("823 to 946"), "folded away"


def test_a_statement_page_says_to_whom_it_is_attributed_whose_it_is_and_how_firmly(server: Server) -> None:
    """Passage 11 reports Russia's opposition itself; passage 7 has Russia say it; passage 13 has Kyiv argue."""
    reported = words_on(server, "/article/florida-talks/statement/011-1")
    assert "Attributed to the article itself" in reported
    assert "Position of Russia" in reported
    assert "As reported by The talks of December 2025 on the war in Ukraine, passage 11" in reported
    said = words_on(server, "/article/florida-talks/statement/007-2")
    assert "Attributed to Russia" in said
    assert "How firmly stated outright" in said
    assert "“it says”" in said


def test_a_name_used_stands_beside_the_actor_it_was_used_for(server: Server) -> None:
    """Passage 1 says Moscow of Russia, and the article itself is not what it calls Moscow."""
    text = words_on(server, "/article/florida-talks/statement/001-2")
    assert "Moscow a name used here for Russia" in text
    assert "the article itself (here called" not in text


def test_a_statement_page_says_what_is_inferred_property_by_property_and_why(server: Server) -> None:
    text = words_on(server, "/article/florida-talks/statement/001-1").partition("Inferred by the editor")[2]
    assert "Period" in text.partition("Record")[0]
    assert "printed for the demands only" in text


def test_the_reading_from_the_triples_is_in_the_language_of_the_page(server: Server) -> None:
    path = "/article/florida-talks/statement/007-4"
    english, german = words_on(server, path), words_on(server, path, Accept_Language="de")
    assert "Russia takes over (“seized”) Crimea" in english.partition("As the data have it")[2]
    assert "Krim" in german.partition("Nach den Daten")[2]


@pytest.mark.parametrize(
    ("path", "entry", "state"),
    [
        ("/issues", "/issues", "page"),
        ("/doc/issue-territory", "/issues", "true"),
        ("/doc/russia", "/browse", "true"),
        ("/article/florida-talks/statement/007-2", "/articles", "true"),
        ("/query/claims", "/query", "true"),
    ],
)
def test_the_main_menu_marks_the_entry_to_which_a_page_belongs(
    server: Server, path: str, entry: str, state: str
) -> None:
    page = server.get(path, HTML).text
    menu = page.partition('<nav aria-label="Main">')[2].partition("</nav>")[0]
    assert re.findall(r'<a href="([^"]*)" aria-current="([^"]*)"', menu) == [(entry, state)]


def test_an_issue_page_sets_the_parties_side_by_side(server: Server) -> None:
    text = server.get("/doc/issue-territory", HTML).text
    for statement in ("019-1", "019-2", "019-4", "019-5"):
        assert f"/article/florida-talks/statement/{statement}" in text


def test_the_issues_page_says_what_is_said_of_the_issue_itself_and_why(server: Server) -> None:
    """The table's last column: why each row of it is hard to bridge."""
    text = server.get("/issues", HTML).text
    parts = re.findall(r'<td class="hard">(.*?)</td>', text, re.DOTALL)
    links = [link for part in parts for link in Links(part).links]
    for statement in ("019-3", "019-4", "020-3", "020-4", "021-3", "022-4"):
        assert f"/article/florida-talks/statement/{statement}" in links


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
        while figure(server, "kg_http_requests_in_hand") < 4:
            assert not any(one.done() for one in slow)
        for path in ("/", "/doc/russia", "/issues", "/article/florida-talks/statement/007-2.trig"):
            assert server.get(path, HTML).status == 200
        assert not any(one.done() for one in slow)
        assert {one.result().status for one in slow} == {503}
        assert all(int(one.result().headers["Retry-After"]) > 0 for one in slow)


def test_a_long_list_is_cut_and_leads_to_the_whole(server: Server) -> None:
    asked = server.query("SELECT (COUNT(?s) AS ?n) { ?s <ns#about> <id/ukraine> ; a <ns#Statement> }", "text/csv")
    total = int(asked.text.split()[1])
    page = server.get("/doc/ukraine", HTML).text
    about = page.partition('<h2 id="about">')[2].partition("</section>")[0]
    shown = {
        link for link in Links("<section>" + about.partition("</h2>")[2] + "</section>").links if "/statement/" in link
    }
    assert total > len(shown) == 60
    assert f"All {total}; 60 are shown here." in page
    path, found = "/statements?of=id/ukraine&role=about", []
    while path:
        text = server.get(path, HTML).text
        found += re.findall(r'<p class="said"><a href="([^"]+)"', text)
        following = re.search(r'<a rel="next" href="([^"]+)"', text)
        path = html.unescape(following.group(1)) if following else ""
    assert len(found) == len(set(found)) == total


def test_a_role_that_there_is_not_is_told_with_those_that_there_are(server: Server) -> None:
    answer = server.get("/statements?of=id/russia&role=thinks", HTML)
    assert answer.status == 400
    assert "says, wants, about" in answer.text


@pytest.mark.parametrize("path", ["/statements", "/statements?of=id/russia", "/issues"])
def test_every_fact_of_a_list_opens_its_evidence(server: Server, path: str) -> None:
    text = server.get(path, HTML).text
    facts = [part.partition("</details>")[0] for part in re.split(r'<details class="(?:proof|evidence-of)">', text)[1:]]
    assert len(facts) > 20
    for fact in facts:
        assert "<blockquote" in fact or "text is not available here" in fact
        assert re.search(r'href="/article/florida-talks/passage/\d+"', fact)
        assert re.search(r'href="/article/florida-talks/statement/[\d-]+#record"', fact)
        assert "Suggest a correction" in fact


def test_an_entity_page_names_those_who_speak_for_it(server: Server) -> None:
    text = server.get("/doc/russia", HTML).text
    asked = server.query("SELECT ?who { ?who <ns#actsFor> <id/russia> }", "text/csv").text.split()[1:]
    assert len(asked) == 4, "the Kremlin, Putin, officials, and the delegation of this article"
    shown = text.partition("<dt>Spokespeople</dt>")[2].partition("</dd>")[0]
    assert set(Links(shown.partition(">")[2]).links) == {f"/{who.removeprefix(BASE)}" for who in asked}


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
            assert "No statements mention this" not in server.get(link, HTML).text


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
