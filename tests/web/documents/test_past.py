"""What was cited against a release is answered by that release, whatever is served after it."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.exceptions import Gone

from helpers.releasing import begin
from helpers.serving import BASE, HOME, Answer, Server
from helpers.waiting import PATIENCE, wait_until
from helpers.writing import WritingServer
from kg.errors import EngineUnavailable, QueryTimeout
from kg.release.keep.prune import prune
from kg.release.publish import Releases
from kg.release.work.build import build
from kg.settings import Settings
from kg.store import Query
from kg.web.data.past import OPENING, PastReleases
from kg.web.data.serving import OpenRelease

HTML = "text/html"
TOPIC = """\
@prefix att: <ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<id/lamp-oil> a att:Topic ; rdfs:label "lamp oil"@en , "Lampenöl"@de ;
  skos:inScheme <code/topic> ; skos:topConceptOf <code/topic> .
"""
QUERY = "SELECT ?s WHERE { ?s a <ns#Issue> } ORDER BY ?s"


@pytest.fixture(scope="module")
def two(releases: Path, tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> tuple[Path, str, str]:
    """A folder with two releases: in the second, Russia has another name and there is no more lamp oil."""
    folder = tmp_path_factory.mktemp("two") / "releases"
    data = shutil.copytree(HOME / "data", folder.parent / "data")
    begin(releases, settings.with_(releases=folder))
    topic = data / "authority" / "lamp-oil.ttl"
    topic.write_text(TOPIC, "utf-8")
    build(settings.with_(releases=folder, data=data), lambda _: None)
    first = Releases(folder).active_id()
    topic.unlink()
    actors = data / "authority" / "actors.ttl"
    actors.write_text(actors.read_text("utf-8").replace('rdfs:label "Russia"@en', 'rdfs:label "Rossiya"@en'), "utf-8")
    build(settings.with_(releases=folder, data=data), lambda _: None)
    second = Releases(folder).active_id()
    return folder, first, second


@pytest.fixture(scope="module")
def later(two: tuple[Path, str, str]) -> Iterator[Server]:
    running = Server(two[0], KG_PAST_RELEASES="1")
    yield running
    running.stop()


def names(server: Server, release: str | None) -> Answer:
    query = "SELECT ?l WHERE { <id/russia> <http://www.w3.org/2000/01/rdf-schema#label> ?l FILTER(LANG(?l) = 'en') }"
    return server.query(query, "text/csv", **({"release": release} if release else {}))


def test_a_query_is_answered_by_the_release_it_names(later: Server, two: tuple[Path, str, str]) -> None:
    _, first, second = two
    assert names(later, None).text.split() == ["l", "Rossiya"]
    assert names(later, first).text.split() == ["l", "Russia"]
    assert names(later, second).body == names(later, None).body
    assert names(later, first).body == names(later, first).body


def test_a_page_and_its_reference_are_of_the_release_they_name(later: Server, two: tuple[Path, str, str]) -> None:
    _, first, _ = two
    (item,) = json.loads(later.get(f"/doc/russia.csl.json?release={first}").text)
    assert (item["title"], item["version"]) == ("Russia", first)
    permalink = item["URL"].removeprefix(BASE[:-1])
    page = later.get(permalink, "text/html").text
    assert "<h1>Russia</h1>" in page
    assert f"as release {first}" in page
    assert "as release" not in later.get("/doc/russia", "text/html").text
    led = later.get(f"/id/russia?release={first}")
    assert f'</doc/russia?release={first}>; rel="describedby"' in led.headers["Link"]
    assert (led.status, led.headers["Location"]) == (303, f"/doc/russia?release={first}")
    asked = later.get(f"/sparql?query={quote(QUERY)}&release={first}", "text/html").text
    assert f'name="release" value="{first}"' in asked
    assert f"release={first}&amp;accept=csv" in asked


def links_of(answer: Answer, wanted: str) -> list[str]:
    """Return the addresses that a page and its Link header lead to and that match a pattern."""
    header = re.findall(r"<([^>]*)>", answer.headers.get("Link", ""))
    links = re.findall(r'href="([^"]*)"', unescape(answer.text)) + header
    return [link for link in links if re.search(wanted, link)]


def test_what_a_past_page_offers_in_another_form_is_of_the_same_release(
    later: Server, two: tuple[Path, str, str]
) -> None:
    _, first, _ = two
    forms = links_of(later.get(f"/doc/russia?release={first}", "text/html"), r"/doc/russia\.(ttl|jsonld|nt|rdf)")
    assert len(forms) >= 9  # on the page and in the header
    for link in forms:
        answer = later.get(link)
        assert ("Rossiya" in answer.text, "Russia" in answer.text) == (False, True), link
    for path, changed in [("/figures?indicator=killed", ""), ("/timeline?status=occurred", ""), ("/issues", "Rossiya")]:
        query = f"{'&' if '?' in path else '?'}release={first}"
        downloads = links_of(later.get(path + query, "text/html"), r"^/\w+\.(csv|svg)")
        assert downloads, path
        for link in downloads:
            assert link.endswith(f"release={first}")
            assert not changed or changed not in later.get(link).text
    named = later.get(f"/doc/russia?release={first}", "text/html").text
    assert f'href="/doc/russia.ttl?release={first}"' in named
    assert 'href="/doc/russia.ttl"' in later.get("/doc/russia", "text/html").text


def test_each_part_of_an_export_of_an_earlier_release_leads_to_the_next_of_that(
    two_articles: Path, tmp_path: Path
) -> None:
    server = WritingServer(shutil.copytree(two_articles, tmp_path / "releases", symlinks=True))
    try:
        earlier = server.releases.active_id()
        also = f'<{BASE}id/russia> <http://www.w3.org/2004/02/skos/core#altLabel> "Rossiya"@en'
        written = server.update(f"INSERT DATA {{ GRAPH <{BASE}graph/authority> {{ {also} }} }}")
        assert written.status == 200, written.text
        for asked in ("", f"&release={earlier}"):
            part = f"/export/nanopublications.nq?article=florida-talks{asked}"
            following = f"</export/nanopublications.nq?article=other-talks{asked}>"
            assert f'{following}; rel="next"' in server.get(part).headers["Link"]
    finally:
        server.stop()


def test_the_way_to_what_is_served_now_keeps_all_else_of_the_address(later: Server, two: tuple[Path, str, str]) -> None:
    _, first, _ = two
    page = later.get(f"/statements?of=id/russia&release={first}&lang=en", "text/html").text
    (now,) = re.findall(r'<p class="past".*?href="([^"]*)"', page, re.DOTALL)
    assert unescape(now) == "/statements?of=id%2Frussia&lang=en"


def test_what_was_withdrawn_is_gone_and_still_there_in_its_release(later: Server, two: tuple[Path, str, str]) -> None:
    _, first, _ = two
    for path in ("/doc/lamp-oil", "/doc/lamp-oil.bib", "/id/lamp-oil"):
        gone = later.get(path, "text/html")
        assert (gone.status, first in gone.text) == (410, True)
        assert f'href="{path}?release={first}"' in gone.text
    assert "{{lamp oil}}" in later.get(f"/doc/lamp-oil.bib?release={first}").text
    preview = later.get("/reconcile/preview?id=lamp-oil", "text/html")
    assert (preview.status, first in preview.text) == (410, True)
    assert b"lamp-oil" in later.get(f"/reconcile/suggest/entity?prefix=lamp&release={first}").body
    assert b"lamp-oil" not in later.get("/reconcile/suggest/entity?prefix=lamp").body


@pytest.mark.parametrize("release", ["1999-01-01-000000000000", "../../etc", "", "%00", "<script>"])
def test_a_release_that_there_is_not_is_told_of(later: Server, release: str) -> None:
    for path in (f"/doc/russia?release={quote(release)}", f"/sparql?query=ASK%7B%7D&release={quote(release)}"):
        answer = later.get(path, "text/html")
        assert (answer.status, "/releases" in answer.text) == (404, True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nope", 404), ("POST", "/about", 405), ("POST", "/sparql", 415)],
)
@pytest.mark.parametrize("release", ["zzz", "1999-01-01-000000000000"])
def test_an_error_is_told_whatever_release_is_named(
    later: Server, method: str, path: str, status: int, release: str
) -> None:
    answer = later.request(method, f"{path}?release={release}", Accept="text/html")
    assert (answer.status, answer.media_type) == (status, "text/html")


def test_who_is_over_the_budget_has_no_release_opened(two: tuple[Path, str, str]) -> None:
    folder, first, _ = two
    server = Server(folder, KG_CLIENT_REQUESTS="2", KG_TRUSTED_PROXIES="1")
    try:
        statuses = [server.get("/about?release=" + first, HTML, X_Forwarded_For="203.0.113.1").status]
        opened = len(server.workers())
        server.get("/about", HTML, X_Forwarded_For="203.0.113.2")
        server.get("/articles", HTML, X_Forwarded_For="203.0.113.2")
        before = len(server.workers())
        statuses.append(server.get("/about?release=" + first, HTML, X_Forwarded_For="203.0.113.2").status)
        assert statuses == [200, 429]
        assert len(server.workers()) == before == opened
    finally:
        server.stop()


def test_only_so_many_are_open_and_the_unused_make_room(tmp_path: Path, releases: Path, settings: Settings) -> None:
    folder = tmp_path / "releases"
    first = begin(releases, settings.with_(releases=folder)).id
    copy = first[:-12] + "0" * 12  # another release, of the same data
    shutil.copytree(folder / first, folder / copy)
    past = PastReleases(settings.with_(releases=folder, past_releases=1))
    held = past.acquire(first)
    try:
        assert past.acquire(first) is held
        with pytest.raises(EngineUnavailable, match="earlier releases"):
            past.acquire(copy)
        past.give_back(held)
        past.give_back(held)
        assert past.acquire(copy) is not held
        with pytest.raises(EngineUnavailable):
            held.engine.query(Query("ASK {}"))
    finally:
        past.close()


def test_where_no_thread_can_be_started_the_next_use_has_the_unused_closed(
    tmp_path: Path, releases: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "releases"
    first = begin(releases, settings.with_(releases=folder)).id
    monkeypatch.setattr("kg.web.data.past.IDLE_SECONDS", 0.01)
    past = PastReleases(settings.with_(releases=folder, past_releases=1))
    held = past.acquire(first)

    def no_thread(_: object) -> None:
        raise RuntimeError("can't start new thread")

    def is_closed() -> bool:
        with suppress(EngineUnavailable):
            return not held.engine.query(Query("ASK {}"))
        return True

    try:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", no_thread)
            past.give_back(held)
        assert past.acquire(first) is held
        past.give_back(held)
        assert wait_until(is_closed)
    finally:
        past.close()


def hold_up(
    tmp_path: Path, releases: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, number: int
) -> tuple[PastReleases, str, OpenRelease, list[str], threading.Event]:
    """Return earlier releases, one that is open, and some whose opening waits for the event."""
    folder = tmp_path / "releases"
    first = begin(releases, settings.with_(releases=folder)).id
    copies = [f"{first[:-12]}{copy:012}" for copy in range(number)]
    for copy in copies:
        (folder / copy).symlink_to(folder / first)
    past = PastReleases(settings.with_(releases=folder, past_releases=20))
    held, go_on = past.acquire(first), threading.Event()
    monkeypatch.setattr(past, "_open_one", lambda _: go_on.wait(PATIENCE) and held)
    return past, first, held, copies, go_on


def test_few_wait_for_a_release_to_be_opened_and_what_is_open_is_had_meanwhile(
    tmp_path: Path, releases: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, first, held, copies, go_on = hold_up(tmp_path, releases, settings, monkeypatch, 12)
    try:
        with ThreadPoolExecutor(12) as threads:
            asked = [threads.submit(past.acquire, copy, f"client {n // 4}") for n, copy in enumerate(copies)]
            assert wait_until(lambda: sum(one.done() for one in asked) == 12 - OPENING)
            assert past.acquire(first) is held
            go_on.set()
        refused = [one.exception() for one in asked if one.exception()]
    finally:
        past.close()
    assert [str(error) for error in refused] == ["Other earlier releases are being opened. Try again in a moment."] * 8
    assert {type(error) for error in refused} == {EngineUnavailable}


def test_one_client_does_not_take_all_places_to_open_releases(
    tmp_path: Path, releases: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, _, held, copies, go_on = hold_up(tmp_path, releases, settings, monkeypatch, 6)
    try:
        with ThreadPoolExecutor(6) as threads:
            greedy = [threads.submit(past.acquire, copy, "greedy") for copy in copies[:5]]
            assert wait_until(lambda: sum(one.done() for one in greedy) == 3)
            other = threads.submit(past.acquire, copies[5], "other")
            go_on.set()
        assert sum(one.exception() is not None for one in greedy) == 3
        assert other.result() is held
    finally:
        past.close()


ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?s{i} ?p{i} ?o{i} .' for i in range(30))} }}"


@pytest.mark.parametrize("is_in_use", [True, False])
def test_a_release_that_is_pruned_while_it_is_open_is_gone_once_it_loses_a_worker(
    two: tuple[Path, str, str], tmp_path: Path, settings: Settings, *, is_in_use: bool
) -> None:
    folder, first, second = two
    settings = settings.with_(releases=shutil.copytree(folder, tmp_path / "releases"), query_seconds=0.4)
    past = PastReleases(settings)
    try:
        held, other = past.acquire(first), past.acquire(second)
        prune(settings.with_(keep_releases=1, keep_days=0))
        for one in (held, other):
            with pytest.raises(QueryTimeout):
                one.query(Query(ENDLESS))
        assert wait_until(lambda: held.engine.is_lost)
        assert past.acquire(second) is other
        if not is_in_use:
            past.give_back(held)
        with pytest.raises(Gone, match="no longer kept: it was pruned"):
            past.acquire(first)
        if is_in_use:
            assert held.query(Query("ASK {}")).body == b'{"head":{},"boolean":true}'
            past.give_back(held)
            past._close_idle()
        with pytest.raises(EngineUnavailable, match="closed"):
            held.query(Query("ASK {}"))
    finally:
        past.close()
