"""An invented article is encoded on the page of kg annotate, in a browser, by what an editor does there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import SKOS
from rdflib.term import Node

from browser.annotate.annotating import ATT, BASE, Editor, Encoding, served, short
from browser.browsing import REFUSED, reading
from helpers.serving import HOME
from helpers.slow import slow
from kg.annotate.workspace import Workspace
from kg.corpus.articles.new import Reference, start_article
from kg.corpus.articles.recut import Wanted, recut
from kg.corpus.evidence.placing import recorded_spans
from kg.corpus.sources.load import load_corpus
from kg.corpus.validation.validate import check
from kg.release.work.build import build
from kg.settings import Settings

SAMPLE = HOME / "tests" / "data" / "valid"
TEXT = HOME / "tests" / "data" / "texts" / "sample.txt"


@pytest.fixture
def bare(tmp_path: Path) -> Settings:
    """The repository's data, and the sample's text cut, with nothing encoded and none of its records."""
    data, texts = tmp_path / "data", tmp_path / "texts"
    shutil.copytree(HOME / "data", data)
    texts.mkdir()
    shutil.copy(TEXT, texts / "sample.txt")
    settings = Settings(home=HOME, data=data, texts=texts, releases=tmp_path / "releases")
    given = Reference(headline="Harrowmere council is split over the old ferry pier")
    start_article(settings, "sample", texts / "sample.txt", "en", given)
    shutil.copy(SAMPLE / "articles/sample/cutting.toml", data / "articles/sample/cutting.toml")
    recut(settings, "sample", Wanted(), texts / "sample.txt")
    return settings


@pytest.fixture
def begun(bare: Settings) -> Settings:
    """The same with the sample's shared records."""
    for kind in ("authority", "codes"):
        text = (SAMPLE / kind / "harrowmere.ttl").read_text("utf-8")
        text = re.sub(r"(?ms)^id:attested-editors .*?\.\n\n", "", text)
        (bare.data_dir / kind / "harrowmere.ttl").write_text(text, "utf-8")
    return bare


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with reading(browser, None, [REFUSED], viewport={"width": 1400, "height": 1000}, locale="en-GB") as page:
        yield page


@pytest.fixture(scope="module")
def wanted(sample_home: Path) -> Graph:
    """The sample as it stands, with everything it uses."""
    return load_corpus(Settings(home=sample_home, texts=None)).data


def encoding(work: Workspace, wanted: Graph, editor: Editor) -> Encoding:
    forms = work.forms
    labels = {f.name: f.label["en"] for form in forms.by_name.values() for f in form.fields}
    spans = recorded_spans(wanted, work.term)
    text = TEXT.read_text("utf-8")
    for node, printed in wanted.subject_objects(ATT.printed):
        statement = next(iter(wanted.subjects(ATT.words, node)), None)
        if statement is not None and str(node) not in spans:
            spans[str(node)] = place(wanted, text, statement, str(printed))
    kinds = {form.name: form.label["en"] for form in forms.by_name.values()}
    return Encoding(editor, wanted, "sample", spans, labels, kinds)


def place(graph: Graph, text: str, statement: URIRef, printed: str) -> tuple[int, int]:
    for predicate in (ATT.evidence, ATT.context):
        for passage in graph.objects(statement, predicate):
            selector = graph.value(passage, URIRef("http://www.w3.org/ns/oa#hasSelector"))
            start, end = (
                int(str(graph.value(selector, URIRef(f"http://www.w3.org/ns/oa#{n}")))) for n in ("start", "end")
            )
            match = re.search(rf"(?<!\w){re.escape(printed)}(?!\w)", text[start:end], re.IGNORECASE)
            if match:
                return start + match.start(), start + match.end()
    raise AssertionError(printed)


def said(graph: Graph, node: Node, made: Mapping[Node, str]) -> set[tuple[str, object]]:
    """Return what is said of a statement, its parts by what they say; statements have the IRIs that they were given."""
    found: set[tuple[str, object]] = set()
    for predicate, value in graph.predicate_objects(node):
        if predicate in (ATT.words, ATT.inference):
            part = {(short(p), str(v)) for p, v in graph.predicate_objects(value) if p not in (ATT.start, ATT.end)}
            found.add((short(predicate), frozenset(part)))
        elif predicate not in (ATT.about, SKOS.inScheme):
            found.add((short(predicate), made.get(value, str(value)) if isinstance(value, URIRef) else repr(value)))
    return found


def typed(*names: str) -> int:
    """Return the characters of files of the sample as they are typed by hand: less prefixes, comments, empty lines."""
    lines = [line for name in names for line in (SAMPLE / name).read_text("utf-8").splitlines(keepends=True)]
    return sum(len(line) for line in lines if line.strip() and not line.startswith(("@prefix", "#")))


BY_HAND = typed(*(f"articles/sample/{name}.ttl" for name in ("statements-001", "things", "events")))
SHARED_BY_HAND = typed("authority/harrowmere.ttl", "codes/harrowmere.ttl")


def shared_records(wanted: Graph) -> list[tuple[Node, str]]:
    """Return the shared records and codes of the sample, each with its kind, behind those that it refers to."""
    text = "".join((SAMPLE / kind / "harrowmere.ttl").read_text("utf-8") for kind in ("authority", "codes"))
    own = [f"{BASE}{'id' if p == 'id' else 'code'}/{n}" for p, n in re.findall(r"(?m)^(id|code):(\S+) a ", text)]
    waiting = {URIRef(one) for one in own} - {
        URIRef(f"{BASE}id/attested-editors"),
        URIRef(f"{BASE}code/harrowmere-topics"),
    }
    found: list[tuple[Node, str]] = []
    while waiting:
        ready = sorted(node for node in waiting if not waiting & (set(wanted.objects(node)) - {node}))
        waiting -= set(ready)
        for node in ready:
            scheme = wanted.value(node, SKOS.inScheme)
            kind = (
                str(scheme).rpartition("/")[2]
                if "/code/" in node
                else str(wanted.value(node, RDF.type)).rpartition("#")[2]
            )
            found.append((node, kind))
    return found


def own_records(wanted: Graph) -> list[tuple[Node, str]]:
    """Return the things and periods of the article, each with its class."""
    kinds = {"Period", "Group", "Topic"}
    found = [(n, str(c).rpartition("#")[2]) for n, c in wanted.subject_objects(RDF.type)]
    return sorted((n, kind) for n, kind in found if kind in kinds and f"{BASE}article/sample/" in str(n))


FIRST = ("002", "003", "005", "006", "008", "012", "019")
"""Passages of the statements of each run: of all kinds, with a list, a table, a condition and a quotation."""


def test_statements_of_all_kinds_are_encoded_and_equal_what_is_expected(
    begun: Settings, wanted: Graph, page: Page
) -> None:
    work = Workspace(begun, "sample")
    editor = Editor(page)
    with served(work) as link:
        editor.open(link)
        task = encoding(work, wanted, editor)
        chosen = [s for s in task.statements() if str(s).rpartition("/")[2][:3] in FIRST]
        used = {v for s in chosen for v in (*wanted.objects(s), *wanted.objects(wanted.value(s, ATT.prints)))}
        for node, kind in own_records(wanted):
            if node in used:
                task.record(node, kind, shared=False)
        task.record(URIRef(f"{BASE}article/sample/event/hearing"), "Event", shared=False, without=(ATT.partOf,))
        for node in chosen:
            task.encode(node)
        task.later = [link for link in task.later if link[2] in task.made]
        task.finish()
    made = load_corpus(begun).data
    kinds = {str(c).rpartition("#")[2] for s in chosen for c in wanted.objects(s, RDF.type)}
    assert kinds == {"Assertion", "Position", "Evaluation", "Figure", "Conditional", "Question"}
    assert len(chosen) >= 9
    for node in chosen:
        expected = {pair for pair in said(wanted, node, task.made) if not is_left(pair, task)}
        assert said(made, URIRef(task.made[node]), {}) == expected
    spent = sum(task.effort[str(node)] for node in chosen)
    assert 2 * spent <= len(chosen) * BY_HAND / len(task.statements())


def is_left(pair: tuple[str, object], task: Encoding) -> bool:
    """Return whether a value is a statement that was not encoded."""
    return f"{task.article}/statement/" in str(pair[1]) and pair[1] not in task.made.values()


@slow("test_statements_of_all_kinds_are_encoded_and_equal_what_is_expected")
def test_an_article_is_encoded_from_nothing_to_a_release(bare: Settings, wanted: Graph, page: Page) -> None:
    work = Workspace(bare, "sample")
    editor = Editor(page)
    with served(work) as link:
        editor.open(link)
        task = encoding(work, wanted, editor)
        for node, kind in shared_records(wanted):
            task.record(node, kind, shared=True)
        records = editor.actions
        for node, kind in own_records(wanted):
            task.record(node, kind, shared=False)
        for node in task.events(are_told=True):
            task.record(node, "Event", shared=False)
        for node in task.statements():
            task.encode(node)
        for node in task.events(are_told=False):
            task.record(node, "Event", shared=False)
        task.finish()
    made = load_corpus(bare).data
    for node in task.statements():
        assert said(made, URIRef(task.made[node]), {}) == said(wanted, node, task.made)
    report = check(bare)
    assert report.results == (), report.to_text()
    assert build(bare, lambda _: None)[2]
    count = len(task.statements())
    spent = sum(task.effort[str(node)] for node in task.statements())
    whole = editor.actions - records
    print(f"{spent / count:.0f} keys and clicks a statement, {whole / count:.0f} with things, events and periods;")
    print(f"{BY_HAND / count:.0f} characters by hand: {whole / BY_HAND:.0%}. {editor.counts}")
    print(f"shared records: {records} for {SHARED_BY_HAND} characters, {records / SHARED_BY_HAND:.0%}")
    assert 2 * whole <= BY_HAND
    assert 2 * editor.actions <= BY_HAND + SHARED_BY_HAND
