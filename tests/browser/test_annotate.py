"""An invented article is encoded on the page of kg annotate, in a browser, by what an editor does there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from rdflib import RDF, BNode, Graph, URIRef
from rdflib.compare import isomorphic

from annotating import ATT, BASE, Editor, Encoding, served
from kg.annotate.forms import Forms
from kg.annotate.workspace import Workspace
from kg.corpus.articles.new import Reference, start_article
from kg.corpus.evidence.placing import recorded_spans
from kg.corpus.judging.validate import check
from kg.corpus.sources.load import load_corpus
from kg.settings import Settings
from serving import HOME

SAMPLE = HOME / "tests" / "data" / "valid"
TEXT = HOME / "tests" / "data" / "texts" / "sample.txt"


@pytest.fixture
def begun(tmp_path: Path) -> Settings:
    """The repository's data with the sample's shared records, and its text cut but for any statement."""
    data, texts = tmp_path / "data", tmp_path / "texts"
    shutil.copytree(HOME / "data", data)
    for kind in ("authority", "codes"):
        text = (SAMPLE / kind / "harrowmere.ttl").read_text("utf-8")
        text = re.sub(r"(?ms)^id:attested-editors .*?\.\n\n", "", text)
        (data / kind / "harrowmere.ttl").write_text(text, "utf-8")
    texts.mkdir()
    shutil.copy(TEXT, texts / "sample.txt")
    settings = Settings(home=HOME, data=data, texts=texts, releases=tmp_path / "releases")
    given = Reference(headline="Harrowmere council is split over the old ferry pier")
    start_article(settings, "sample", texts / "sample.txt", "en", given)
    shutil.copy(SAMPLE / "articles/sample/cutting.toml", data / "articles/sample/cutting.toml")
    from kg.corpus.articles.recut import Wanted, recut

    recut(settings, "sample", Wanted(), texts / "sample.txt")
    return settings


def expected(folder: Path) -> Graph:
    settings = Settings(home=HOME, data=folder, texts=None)
    return load_corpus(settings, only="sample").data


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(20_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"{error} {error.stack}"))
    yield page
    context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def wanted(sample_home: Path) -> Graph:
    """The sample as it stands, with everything it uses."""
    return load_corpus(Settings(home=sample_home, texts=None)).data


def encoding(settings: Settings, work: Workspace, wanted: Graph, editor: Editor) -> Encoding:
    forms: Forms = work.forms
    labels = {f.name: f.label["en"] for form in forms.by_name.values() for f in form.fields}
    spans = recorded_spans(wanted, work.term)
    text = TEXT.read_text("utf-8")
    for node, printed in wanted.subject_objects(ATT.printed):
        statement = next(iter(wanted.subjects(ATT.words, node)), None)
        if statement is not None and str(node) not in spans:
            spans[str(node)] = place(wanted, text, statement, str(printed))
    kinds = {form.name: form.label["en"] for form in forms.by_name.values()}
    return Encoding(editor, wanted, "sample", spans, text, labels, kinds)


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


def said(graph: Graph, statements: list[URIRef]) -> Graph:
    """Return what is said of statements and their parts, in which their numbers do not count."""
    parts = {part for s in statements for p in (ATT.words, ATT.inference) for part in graph.objects(s, p)}
    nodes = {node: BNode() for node in [*statements, *parts]}
    found = Graph()
    derived = {ATT.about, ATT.start, ATT.end}
    for node in nodes:
        for predicate, value in graph.predicate_objects(node):
            if predicate not in derived:
                found.add((nodes[node], predicate, nodes.get(value, value)))
    return found


@pytest.mark.slow
def test_an_article_is_encoded_from_nothing_to_a_release(begun: Settings, wanted: Graph, page: Page) -> None:
    work = Workspace(begun, "sample")
    with served(work) as link:
        editor = Editor(page)
        editor.open(link)
        task = encoding(begun, work, wanted, editor)
        own = sorted(
            (
                n
                for n, c in wanted.subject_objects(RDF.type)
                if f"{BASE}article/sample/" in str(n) and str(c).rpartition("#")[2] in ("Period", "Group", "Topic")
            ),
            key=str,
        )
        for node in own:
            task.record(node, str(wanted.value(node, RDF.type)).rpartition("#")[2], shared=False)
        for node in task.events(are_told=True):
            task.record(node, "Event", shared=False)
        for node in task.statements():
            task.encode(node)
            print(node, task.effort[str(node)])
        for node in task.events(are_told=False):
            task.record(node, "Event", shared=False)
        task.finish()
        by_hand = characters(SAMPLE / "articles/sample")
        print(sum(task.effort.values()), by_hand, editor.counts)
    report = check(begun)
    print(report.to_text())
    made = load_corpus(begun).data
    a, b = said(made, [URIRef(i) for s, i in task.made.items() if task.is_statement(s)]), said(wanted, task.statements())
    from rdflib.compare import graph_diff, to_isomorphic

    _, x, y = graph_diff(to_isomorphic(a), to_isomorphic(b))
    print(x.serialize(format="nt"))
    print("-----", y.serialize(format="nt"))
    assert isomorphic(a, b)


def characters(folder: Path) -> int:
    """Return how many characters of Turtle an editor types for an article by hand: all but what commands write."""
    files = [*folder.glob("statements*.ttl"), folder / "things.ttl", folder / "events.ttl"]
    lines = [line for path in files for line in path.read_text("utf-8").splitlines()]
    return sum(len(line) + 1 for line in lines if line and not line.startswith(("@prefix", "#")))
