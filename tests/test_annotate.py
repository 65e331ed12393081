"""What the page of kg annotate reads and writes, without a browser: bytes, merges, undo, checks, and who may ask."""

from __future__ import annotations

import difflib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import SKOS

from browser.annotate.annotating import served
from helpers.articles import begun
from helpers.locking import holding, is_waiting
from helpers.serving import HOME
from helpers.waiting import PATIENCE, wait_until
from kg.annotate.app import TEXTS
from kg.annotate.guard import Guard
from kg.annotate.loaded import Loaded
from kg.annotate.saving import Reader, Saver
from kg.annotate.showing import Shower
from kg.annotate.workspace import Changed, Workspace
from kg.corpus.articles.new import Reference, start_article
from kg.corpus.report import VIOLATION
from kg.corpus.validation.validate import check
from kg.editing.desk import Desk
from kg.editing.renew import renew
from kg.errors import DataError
from kg.release.work.build import build
from kg.settings import Settings

STATIC = HOME / "src" / "kg" / "annotate" / "static"
BASE = "https://attested.example/"
TARN = f"{BASE}article/tarn-pier"
TEXT = """\
Tarn closes its pier

The town council of Tarn will close the ferry pier in 2025.

The council said that repairs could cost about 40,000 euros.

The council wants two things.

- New decks
- A new rail

| Year | Ships |
|---|---|
| 2021 | 112 |
"""


@pytest.fixture
def tarn(tmp_path: Path) -> Settings:
    """The repository's data with an article that was just begun."""
    return begun(tmp_path, TEXT, Reference(headline="Tarn closes its pier"))


def iri(one: str) -> dict[str, str]:
    return {"iri": BASE + one if not one.startswith("http") else one}


def text(words: str, language: str = "en") -> dict[str, str]:
    return {"text": words, "lang": language}


def statement(passage: str = "002", **more: Any) -> dict[str, Any]:
    """Return a statement as the page sends it."""
    values = {
        "rdfs:label": [text("Russia is scheduled to end Ukraine")],
        "att:claimant": [iri(f"{TARN}/voice")],
        "att:subject": [iri("id/russia")],
        "att:relation": [iri("code/ends")],
        "att:object": [iri("id/ukraine")],
        "att:modality": [iri("code/scheduled")],
    }
    sent = {"form": "Assertion", "passage": passage, "values": values | more.pop("values", {})}
    return sent | more


def words(printed: str, means: str, cls: str = "Words") -> dict[str, Any]:
    start = TEXT.index(printed)
    return {"cls": cls, "printed": printed, "start": start, "end": start + len(printed), "means": [iri(means)]}


def save(work: Workspace, sent: dict[str, Any]) -> str:
    return Saver(work).save(Reader(work).read(sent), work.revision)


def contents(work: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in work.settings.data_dir.rglob("*.ttl")}


def lines(before: bytes, after: bytes) -> list[str]:
    """Return the lines that went and came."""
    diff = difflib.ndiff(before.decode().splitlines(), after.decode().splitlines())
    return [line for line in diff if line[0] in "+-"]


# Bytes


def opened_and_saved(work: Workspace, things: list[str]) -> list[Path]:
    """Return the files that would be written if each thing were opened and saved as it is."""
    show, reader, saver = Shower(work), Reader(work), Saver(work)
    desk = Desk(work.settings)
    for thing in things:
        shown = show.thing(thing)
        shown["passage"] = shown["passage"] or next(iter(work.numbers))
        sent = reader.read(shown)
        saver._complete(sent)
        saver._revise(desk, sent)
        saver._place_words(desk, sent)
    return desk.changed


@pytest.fixture(scope="module")
def three_with_texts(three_articles: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    texts = tmp_path_factory.mktemp("texts")
    for folder in (HOME / "tests" / "data" / "articles").iterdir():
        shutil.copy(folder / "text.txt", texts / f"{folder.name}.txt")
    return three_articles.with_(texts=texts)


def own(work: Workspace) -> list[str]:
    """Return all statements and records of an article."""
    names = set(work.forms.by_name)
    nodes = {str(node) for node in work.graph.subjects(RDF.type) if "#" not in str(node)}
    return sorted(node for node in nodes if work.classes(node) & names)


@pytest.mark.parametrize("slug", ["skarrow-audit", "wasser-halmstetten"])
def test_what_is_opened_and_saved_unchanged_keeps_each_byte(three_with_texts: Settings, slug: str) -> None:
    work = Workspace(three_with_texts, slug)
    things = own(work)
    assert len(things) > 100
    assert opened_and_saved(work, things) == []


def test_the_first_article_keeps_each_byte_too(three_articles: Settings, real_texts: Path) -> None:
    work = Workspace(three_articles.with_(texts=real_texts), "florida-talks")
    things = own(work)
    assert len(things) > 400
    assert opened_and_saved(work, things) == []


def test_the_sample_which_uses_every_term_and_all_shared_records_keep_each_byte(sample: Settings) -> None:
    work = Workspace(sample, "sample")
    names = set(work.forms.by_name)
    shared = [
        str(node)
        for name in ("authority", "codes")
        for node in set(work.corpus.graph(name).subjects(RDF.type))
        if work.classes(str(node)) & names or (node, None, None) in work.corpus.graph("codes")
    ]
    shared = [one for one in shared if "ConceptScheme" not in work.classes(one)]
    assert len(shared) > 300
    assert opened_and_saved(work, [*own(work), *shared]) == []


def test_a_change_touches_the_lines_it_concerns_and_no_other(sample: Settings) -> None:
    work = Workspace(sample, "sample")
    before = contents(work)
    sent = Shower(work).thing(f"{BASE}article/sample/statement/004-2")
    sent["values"]["att:modality"] = [iri("code/likely")]
    sent["values"]["att:verb"] = [text("stay")]
    sent["values"]["att:aspect"] = []
    sent["words"] = sent["words"][:2]
    save(work, sent)
    after = contents(work)
    assert {name for name in after if before[name] != after[name]} == {"statements-001.ttl", "words.ttl"}
    assert lines(before["statements-001.ttl"], after["statements-001.ttl"]) == [
        '+   att:verb "stay" ;',
        "-   att:aspect code:continues ;",
        "-   att:modality code:required ;",
        "+   att:modality code:likely ;",
        "-   att:words s:004-2\\#w1 , s:004-2\\#w2 , s:004-2\\#w3 .",
        "+   att:words s:004-2\\#w1 , s:004-2\\#w2 .",
        '- s:004-2\\#w3 a att:Words ; att:printed "should" ; att:expresses code:required .',
    ]
    assert lines(before["words.ttl"], after["words.ttl"]) == [
        "- <article/sample/statement/004-2#w3> att:start 257 ; att:end 263 ."
    ]


def test_a_new_statement_stands_below_its_passage_in_the_order_of_the_guide(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    why = {"infers": "att:object", "comment": "A guess."}
    assert save(work, statement(words=[words("will", "code/scheduled")], inferences=[why])) == f"{TARN}/statement/002-1"
    written = (work.folder / "statements-001.ttl").read_text("utf-8")
    assert (
        """
# Passage p:002

s:002-1 a att:Assertion ;
  rdfs:label "Russia is scheduled to end Ukraine"@en ;
  att:claimant v:voice ;
  att:evidence p:002 ;
  att:subject id:russia ;
  att:relation code:ends ;
  att:object id:ukraine ;
  att:modality code:scheduled ;
  att:words s:002-1\\#w1 ;
  att:inference s:002-1\\#i1 .

s:002-1\\#w1 a att:Words ;
  att:printed "will" ;
  att:expresses code:scheduled .

s:002-1\\#i1 a att:Inference ;
  att:infers att:object ;
  rdfs:comment "A guess."@en .

# Passage p:003
"""
        in written
    )
    start = TEXT.index("will")
    assert f"<article/tarn-pier/statement/002-1#w1> att:start {start} ; att:end {start + 4} ." in (
        work.folder / "words.ttl"
    ).read_text("utf-8")


# What the form does not show


HIDDEN = r'''
s:002-1 a att:Assertion , <https://other.example/Said> ;
  rdfs:label "Russia is scheduled to end Ukraine"@en ;
  rdfs:seeAlso <https://other.example/a> ;
  att:claimant v:voice ; att:evidence p:002 ;
  att:subject id:russia ; att:relation code:ends ;
  att:object id:ukraine ; att:object id:tarn ;  # both
  att:modality code:scheduled ;
  att:words s:002-1\#w1 ,  # the first
    s:002-1\#w2 ;  # the second
  att:inference s:002-1\#i1 .
s:002-1\#w1 a att:Words ; att:printed "will"@en ; att:expresses code:scheduled ;
  rdfs:comment "Why."@en . s:002-1\#w2 a att:NameUse ;
  att:printed "Tarn" ; att:names id:tarn . s:002-1\#i1 a att:Inference ; att:infers att:object ;
  rdfs:comment """Nur
    vermutet."""@de .  x:repairs a att:Topic , <http://www.w3.org/2004/02/skos/core#Concept> ;
  rdfs:label "repairs"@en , "Reparaturen"@de ;
  <http://www.w3.org/2004/02/skos/core#prefLabel> "the repairs"@en ;
  rdfs:comment """Of the
    deck."""@en .
p:004 <http://www.w3.org/2004/02/skos/core#editorialNote> "Only a lead."@en , "Nur ein Vorspann."@de .
'''


@pytest.fixture
def hidden(tarn: Settings) -> Workspace:
    """A workspace whose file says more than the forms show, in a layout of its own."""
    path = tarn.data_dir / "articles" / "tarn-pier" / "statements-001.ttl"
    path.write_text(path.read_text("utf-8").replace("# Passage p:003\n", f"{HIDDEN}\n# Passage p:003\n"), "utf-8")
    return Workspace(tarn, "tarn-pier")


def changes(work: Workspace, thing: str, **change: Any) -> list[str]:
    """Open a thing, change some of what is shown, save, and return the lines that went and came."""
    path = work.folder / "statements-001.ttl"
    before, shown = path.read_bytes(), Shower(work).thing(f"{TARN}/{thing}")
    values = shown["values"] | change.pop("values", {})
    assert save(work, shown | {"passage": "002", "values": values} | change) == f"{TARN}/{thing}"
    return lines(before, path.read_bytes())


def test_what_the_form_does_not_show_stays_when_something_else_changes(hidden: Workspace) -> None:
    assert changes(hidden, "statement/002-1") == changes(hidden, "thing/repairs") == []
    assert changes(hidden, "statement/002-1", values={"att:modality": [iri("code/likely")]}) == [
        "-   att:modality code:scheduled ;",
        "+   att:modality code:likely ;",
    ]
    assert changes(hidden, "thing/repairs", values={"skos:altLabel": [text("mending")]}) == [
        '+   skos:altLabel "mending"@en ;',
    ]


def test_one_of_two_objects_that_are_said_apart_is_taken_out(hidden: Workspace) -> None:
    assert changes(hidden, "statement/002-1", values={"att:object": [iri("id/ukraine")]}) == [
        "-   att:object id:ukraine ; att:object id:tarn ;  # both",
        "+   att:object id:ukraine ;  # both",
    ]


def test_words_are_taken_out_and_added_where_several_blocks_share_a_line(hidden: Workspace) -> None:
    shown = Shower(hidden).thing(f"{TARN}/statement/002-1")
    changes(hidden, "statement/002-1", words=shown["words"][1:])
    left = set(hidden.graph.objects(URIRef(f"{TARN}/statement/002-1"), hidden.term.words))
    assert left == {URIRef(f"{TARN}/statement/002-1#w2")} == set(hidden.graph.subjects(RDF.type, hidden.term.NameUse))
    assert not set(hidden.graph.subjects(RDF.type, hidden.term.Words))
    changes(hidden, "statement/002-1", words=[*shown["words"][1:], words("close", "code/ends")])
    assert set(hidden.graph.objects(None, hidden.term.printed)) == {Literal("Tarn"), Literal("close")}
    assert "#i1 a att:Inference" in (hidden.folder / "statements-001.ttl").read_text("utf-8")


def test_an_inference_that_is_explained_in_german_stays_so(hidden: Workspace) -> None:
    (why,) = Shower(hidden).thing(f"{TARN}/statement/002-1")["inferences"]
    changes(hidden, "statement/002-1", inferences=[why | {"comment": "Nur geschlossen."}])
    comments = hidden.graph.objects(URIRef(f"{TARN}/statement/002-1#i1"), RDFS.comment)
    assert set(comments) == {Literal("Nur geschlossen.", "de")}


def test_a_note_in_another_language_stays_when_the_note_that_is_shown_changes(hidden: Workspace) -> None:
    def notes() -> set[Any]:
        return set(hidden.graph.objects(URIRef(f"{TARN}/passage/004"), SKOS.editorialNote))

    shown = next(p for p in Shower(hidden).state()["passages"] if p["name"] == "004")["note"]
    (other,) = (note for note in notes() if str(note) != shown)
    (before,) = notes() - {other}
    Loaded(hidden).require_note("004", {"was": shown, "revision": hidden.revision})
    with pytest.raises(Changed, match="changed on the disk"):
        Loaded(hidden).require_note("004", {"was": str(other), "revision": hidden.revision})
    Saver(hidden).note("004", "Another reason.", hidden.revision)
    assert notes() == {other, Literal("Another reason.", before.language)}
    for _ in range(2):
        Saver(hidden).note("004", "", hidden.revision)
    assert notes() == set()


def test_preferred_labels_follow_the_labels_that_they_repeat(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    labels = [text("Is the pier safe?"), text("Ist der Steg sicher?", "de")]
    made = save(work, {"form": "Issue", "passage": "002", "name": "safe", "values": {"rdfs:label": labels}})
    path = work.folder / "statements-001.ttl"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace('prefLabel "Is the pier safe?"@en', 'prefLabel "Is it safe?"@en'), "utf-8")
    work = Workspace(tarn, "tarn-pier")
    shown = Shower(work).thing(made) | {"passage": "002"}
    shown["values"]["rdfs:label"] = [text("Was the pier safe?"), text("War der Steg sicher?", "de")]
    save(work, shown)
    preferred = set(work.graph.objects(URIRef(made), SKOS.prefLabel))
    assert preferred == {Literal("Is it safe?", "en"), Literal("War der Steg sicher?", "de")}


def test_half_a_character_is_refused_by_name(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    before = contents(work)
    with served(work) as link:
        sent = statement(values={"rdfs:label": [text("The pier \ud83d closes")]})
        status, answer = ask(link, "api/save", sent | {"revision": work.revision})
    assert (status, answer["error"]) == (
        422,
        "Behind “The pier ” is half a character, which no file can hold. Enter it again.",
    )
    assert contents(work) == before


def test_places_of_words_keep_the_line_ends_of_their_file(tarn: Settings) -> None:
    path = tarn.data_dir / "articles" / "tarn-pier" / "words.ttl"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    save(Workspace(tarn, "tarn-pier"), statement(words=[words("will", "code/scheduled")]))
    written = path.read_bytes()
    assert b"002-1#w1" in written
    assert written.count(b"\r\n") == written.count(b"\n")


# Two editors


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=Editor", "-c", "user.email=editor@attested.example"]
    program = shutil.which("git") or pytest.skip("git is not installed")
    return subprocess.run([program, *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_two_editors_changes_to_different_passages_merge_in_git(tarn: Settings, tmp_path: Path) -> None:
    first = tarn.data_dir
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "begun"]):
        assert git(first, *command).returncode == 0
    second = tmp_path / "second"
    assert git(tmp_path, "clone", "-q", str(first), str(second)).returncode == 0
    one, other = Workspace(tarn, "tarn-pier"), Workspace(tarn.with_(data=second), "tarn-pier")
    observation = {"form": "Observation", "values": {"rdfs:label": [text("ships")], "att:value": [text("112")]}}
    for work, passages in ((one, ("002", "004", "006")), (other, ("003", "005", "008"))):
        for passage in passages:
            start = work.passages[URIRef(f"{TARN}/passage/{passage}")].start
            printed = re.split(r"\W", TEXT[start:].lstrip("| "))[0]
            place = TEXT.index(printed, start)
            node = {"cls": "PrintedNumber", "printed": printed, "start": place, "end": place + len(printed)}
            save(work, statement(passage, words=[node]))
            save(work, observation | {"passage": passage, "name": f"ships-{passage}"})
    for folder in (first, second):
        assert git(folder, "add", "-A").returncode == 0
        assert git(folder, "commit", "-qm", "encoded").returncode == 0
    merged = git(first, "pull", "-q", "--no-rebase", "--no-edit", str(second), "main")
    assert merged.returncode == 0, merged.stdout + merged.stderr
    both = Workspace(tarn, "tarn-pier")
    assert len(set(both.graph.subjects(both.term.evidence))) == 6
    assert len(set(both.graph.subjects(RDF.type, both.term.Observation))) == 6
    assert len(set(both.graph.subjects(both.term.start))) == 6


def test_what_somebody_else_changed_meanwhile_is_told_and_not_overwritten(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    revision, path = work.revision, work.folder / "statements-001.ttl"
    theirs = path.read_text("utf-8").replace("# Passage p:003\n", "# Passage p:003\n# Theirs.\n")
    path.write_text(theirs, "utf-8")
    sent = Reader(work).read(statement())
    with pytest.raises(Changed, match=r"statements-001\.ttl changed on the disk.*Nothing was written"):
        Saver(work).save(sent, revision)
    assert path.read_text("utf-8") == theirs
    with pytest.raises(Changed):  # from a page that has not looked yet
        Saver(work).save(sent, revision)
    Saver(work).save(sent, work.revision)
    assert "# Theirs." in path.read_text("utf-8")
    assert "s:002-1 a att:Assertion" in path.read_text("utf-8")


def test_a_file_that_changes_between_reading_and_writing_is_not_overwritten(tarn: Settings) -> None:
    desk, path = Desk(tarn), tarn.data_dir / "articles" / "tarn-pier" / "things.ttl"
    desk.edit(path, [desk.turtle(path).insertion(None, "x:pier a att:Topic .")])
    path.write_text("# Theirs.\n", "utf-8")
    with pytest.raises(DataError, match="changed by somebody else meanwhile"):
        desk.write()
    assert path.read_text("utf-8") == "# Theirs.\n"


def test_a_file_that_somebody_broke_is_named_until_it_is_mended(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    path = work.folder / "things.ttl"
    whole = path.read_text("utf-8")
    path.write_text(whole + "x:pier a att:Topic ;;; .\nx:", "utf-8")
    for _ in range(2):
        with pytest.raises(DataError, match=r"things\.ttl:\d+: This is not Turtle"):
            save(work, statement())
    path.write_text(whole, "utf-8")
    with pytest.raises(Changed):
        save(work, statement())
    assert save(work, statement()) == f"{TARN}/statement/002-1"


# Undo


def test_a_text_whose_white_space_changed_is_refused_until_the_article_is_carried_over(tarn: Settings) -> None:
    assert tarn.texts is not None
    path = tarn.texts / "tarn-pier.txt"
    path.write_text(TEXT.replace("\n\nThe council said", "\n\n\n\nThe council said"), "utf-8")
    with pytest.raises(DataError, match=r"passage 3 is not where it was.* kg renew tarn-pier --text FILE"):
        Workspace(tarn, "tarn-pier")
    renew(tarn, "tarn-pier", path)
    work = Workspace(tarn, "tarn-pier")
    told = {p.number: work.text[p.start : p.end] for p in work.passages.values()}
    assert told[3] == "The council said that repairs could cost about 40,000 euros."


def test_a_page_that_is_open_while_the_text_is_replaced_says_so(tarn: Settings) -> None:
    assert tarn.texts is not None
    work, path = Workspace(tarn, "tarn-pier"), tarn.texts / "tarn-pier.txt"
    path.write_text(TEXT.replace("\n\nThe council said", "\n\n\n\nThe council said"), "utf-8")
    renew(tarn, "tarn-pier", path)
    work.refresh()
    with pytest.raises(DataError, match="passage 3 is not where it was"):
        Shower(work).state()


def test_undo_and_redo_restore_each_byte(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    states = [contents(work)]
    save(work, statement(words=[words("will", "code/scheduled")]))
    states.append(contents(work))
    Saver(work).delete(f"{TARN}/statement/002-1", work.revision)
    states.append(contents(work))
    for state in (states[1], states[0]):
        work.undo()
        assert {**contents(work)} == state
    with pytest.raises(DataError, match="nothing to undo"):
        work.undo()
    for state in states[1:]:
        work.redo()
        assert contents(work) == state


def test_the_number_of_a_published_statement_is_not_given_again(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    sent = partial(statement, words=[words("will", "code/scheduled")])
    first, saver = save(work, sent()), Saver(work)
    saver.delete(first, work.revision)
    assert save(work, sent()) == first == f"{TARN}/statement/002-1"  # nobody has seen it yet
    build(tarn, lambda _: None)
    saver.delete(first, work.revision)
    assert save(work, sent()) == f"{TARN}/statement/002-2"


def test_a_save_is_undone_though_another_file_is_at_fault_meanwhile(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    path = work.folder / "statements-001.ttl"
    before = path.read_bytes()
    save(work, statement())
    other = work.folder / "article.ttl"
    other.write_bytes(other.read_bytes() + b"<a> <b> .\n")
    with pytest.raises(Changed):
        work.undo()
    work.undo()
    assert path.read_bytes() == before


def test_what_would_be_no_turtle_is_not_written(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    path = work.folder / "statements-001.ttl"
    before, desk = path.read_bytes(), work.desk()
    desk.put(path, (desk.text(path) or "") + "<a> <b> .\n")
    with pytest.raises(DataError, match=rf"statements-001.ttl:{before.count(10) + 1}: This would not be Turtle"):
        desk.write()
    assert path.read_bytes() == before


def test_what_was_changed_since_is_not_undone(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    save(work, statement())
    path = work.folder / "statements-001.ttl"
    path.write_text(path.read_text("utf-8") + "# Theirs.\n", "utf-8")
    with pytest.raises(Changed):
        work.undo()
    with pytest.raises(Changed, match="cannot be undone here"):
        work.undo()
    assert path.read_text("utf-8").endswith("# Theirs.\n")


# What cannot be saved, and what is wrong with what was


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        (statement(form="Poem"), "form", "Choose what kind"),
        (statement("099"), "passage", "no passage 099"),
        (statement(values={"att:modality": [iri("code/flat"), iri("code/likely")]}), "att:modality", "only one"),
        (statement(values={"att:object": [{"iri": "no address"}]}), "att:object", "is no address"),
        (statement(values={"att:object": [{"iri": "https://x/> <y"}]}), "att:object", "is no address"),
        (statement(values={"att:cell": [text("two")]}), "att:cell", "no plain number"),
        (
            statement(words=[words("will", "code/scheduled") | {"start": 3}]),
            "att:words",
            "is not at this place",
        ),
        (
            statement(words=[words("The town council of Tarn will close the", "id/tarn")]),
            "att:words",
            "more than 7 words",
        ),
        (statement(words=[words("will", "", "NameUse") | {"means": []}]), "att:words", "what “will” stands for"),
        (statement(inferences=[{"infers": "att:object", "comment": ""}]), "att:inference", "what you inferred"),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_field(
    tarn: Settings, sent: dict[str, Any], field: str, told: str
) -> None:
    work = Workspace(tarn, "tarn-pier")
    before = contents(work)
    with served(work) as link:
        status, answer = ask(link, "api/save", sent | {"revision": work.revision})
    assert (status, answer["field"]) == (422, field)
    assert told in answer["error"]
    assert contents(work) == before


def test_the_live_check_finds_what_kg_check_finds(sample: Settings) -> None:
    work = Workspace(sample, "sample")

    def both() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        reports = (work.report(), check(sample))
        return tuple({(r.shape, str(r.focus)) for r in report.results} for report in reports)  # type: ignore[return-value]

    assert both() == (set(), set())
    changed = Shower(work).thing(f"{BASE}article/sample/statement/004-2")
    for name, value in (("att:modality", []), ("att:issue", [])):
        changed["values"][name] = value
        save(work, changed)
    live, whole = both()
    assert live == whole
    assert ("StatementModality", f"{BASE}article/sample/statement/004-2") in live
    for _ in range(2):
        work.undo()
    assert {(r.shape, str(r.focus)) for r in work.report().results} == set()


def test_findings_are_told_of_the_statement_that_they_concern(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    made = save(work, statement(values={"att:modality": []}))
    told = Shower(work).findings(work.report())["findings"][made]
    assert VIOLATION in {one["severity"] for one in told}
    assert any("Give att:modality exactly one code" in one["message"] for one in told)


def test_a_statement_that_others_use_is_not_deleted(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    inner = save(work, statement())
    save(work, statement("003", values={"att:object": [{"iri": inner}]}))
    before = contents(work)
    with pytest.raises(DataError, match=r"used by article/tarn-pier/statement/003-1"):
        Saver(work).delete(inner, work.revision)
    assert contents(work) == before


# Records


def person(**more: Any) -> dict[str, Any]:
    labels = {"rdfs:label": [text("Ada Quill"), text("Ada Quill", "de")]}
    return {"form": "Person", "passage": "002", "shared": True, "values": labels} | more


def test_a_shared_record_goes_where_kg_add_puts_it_and_its_like_is_refused(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    assert save(work, person()) == f"{BASE}id/ada-quill"
    assert "id:ada-quill a att:Person" in (tarn.data_dir / "authority" / "actors.ttl").read_text("utf-8")
    with pytest.raises(DataError, match="Use it, or add another one with --anyway"):
        save(work, person(name="ada-quill-2"))
    assert Shower(work).find("ada q", ["actor"])[0]["iri"] == f"{BASE}id/ada-quill"


def test_a_shared_record_that_lacks_something_is_taken_back(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    before = contents(work)
    with pytest.raises(DataError, match="in English and one in German"):
        save(work, person(values={"rdfs:label": [text("Ada Quill")]}))
    assert contents(work) == before
    assert not work.can["undo"]


def test_a_record_of_the_article_stands_with_its_passage(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    sent = {"form": "Topic", "passage": "003", "values": {"rdfs:label": [text("repairs")]}}
    assert save(work, sent) == f"{TARN}/thing/repairs"
    with pytest.raises(DataError, match="is taken"):
        save(work, sent)
    written = (work.folder / "statements-001.ttl").read_text("utf-8")
    assert written.index("# Passage p:003") < written.index("x:repairs a att:Topic") < written.index("# Passage p:004")


def test_an_event_is_reported_by_the_statement_that_first_speaks_of_it(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    values = {"rdfs:label": [text("closing")], "att:status": [iri("code/scheduled")]}
    event = save(work, {"form": "Event", "passage": "002", "values": values})
    made = save(work, statement(values={"att:object": [{"iri": event}]}))
    assert (URIRef(event), work.term.attestedBy, URIRef(made)) in work.graph
    save(work, statement("003", values={"att:object": [{"iri": event}]}))
    assert len(list(work.graph.objects(URIRef(event), work.term.attestedBy))) == 1


def test_a_note_says_why_a_passage_has_no_statement(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    before = contents(work)
    for words_of in ("Only a lead.", "Only a lead-in."):
        Saver(work).note("004", words_of, work.revision)
    passage = next(p for p in Shower(work).state()["passages"] if p["name"] == "004")
    assert (passage["state"], passage["note"]) == ("not encoded", "Only a lead-in.")
    Saver(work).note("004", "", work.revision)
    assert contents(work) == before


# Drafts, numbers, tables and lists


def test_drafts_are_written_and_finished_by_saving_them(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    with served(work) as link:
        assert ask(link, "api/draft", {"passage": "003", "revision": work.revision})[1]["drafts"] == 2
        state = ask(link, "api/state")[1]
        drafted = next(p for p in state["passages"] if p["name"] == "003")
        assert [bool(one["draft"]) for one in drafted["statements"]] == [True, True]
        assert drafted["state"] == "open"
        figure = ask(link, "api/passage/003")[1][1]
        assert figure["values"]["att:bound"][0]["iri"] == f"{BASE}code/approximately"
        assert {one["printed"] for one in figure["words"]} >= {"40,000", "about"}
        del figure["values"]["att:draft"]
        status, told = ask(link, "api/save", figure | {"revision": state["revision"]})
    assert status == 200
    drafted = next(p for p in told["state"]["passages"] if p["name"] == "003")
    assert [bool(one["draft"]) for one in drafted["statements"]] == [True, False]
    assert drafted["state"] == "encoded"


def test_a_selected_number_is_read_with_scale_bound_and_unit(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    place = TEXT.index("40,000")
    told = Shower(work).number(place, place + 6)
    assert told is not None
    assert told["value"] == "40000"
    assert told["bound"]["iri"] == f"{BASE}code/approximately"
    assert told["unit"]["iri"] == f"{BASE}code/euros"
    assert Shower(work).number(TEXT.index("council"), TEXT.index("council") + 7) is None


def test_rows_of_tables_and_items_of_lists_know_what_they_are_read_with(tarn: Settings) -> None:
    passages = {p["name"]: p for p in Shower(Workspace(tarn, "tarn-pier")).state()["passages"]}
    assert (passages["006"]["item"], passages["006"]["lead"]) == (2, "004")
    row = passages["008"]
    assert row["header"] == "007"
    assert [(cell["number"], cell["text"]) for cell in row["cells"]] == [(1, "2021"), (2, "112")]
    assert all(TEXT[cell["start"] : cell["end"]] == cell["text"] for cell in row["cells"])


def test_a_preview_reads_what_is_filled_in_and_writes_nothing(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    before = contents(work)
    told = Shower(work).preview(Reader(work).read(statement()))
    assert told["reading"]["en"]["sentence"] == told["proposed"]["en"] == "Russia is scheduled to end Ukraine"
    assert told["reading"]["de"]["sentence"] == "geplant ist: Russland beendet: Ukraine"
    assert contents(work) == before


# Forms and texts


def test_each_property_of_the_ontology_has_its_field(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    ontology = work.corpus.graph("ontology")
    statements = set(ontology.subjects(URIRef("https://schema.org/domainIncludes"), work.term.Statement))
    fields = {field.iri for field in work.forms.by_name["Assertion"].fields}
    apart = {work.term[name] for name in ("about", "words", "inference", "evidence")}
    assert {str(one) for one in statements - apart} <= fields
    by_name = {field.name: field for field in work.forms.by_name["Assertion"].fields}
    assert (by_name["att:modality"].kinds, by_name["att:modality"].is_single) == (("modality",), True)
    assert by_name["att:subject"].kind == "thing"
    assert by_name["att:place"].kinds == ("place",)
    assert by_name["att:relation"].is_required


def test_each_text_of_the_page_stands_in_both_languages_and_is_used() -> None:
    scripts = "".join(path.read_text("utf-8") for path in STATIC.glob("*.js"))
    used = set(re.findall(r'\bt\("([\w-]+)"', scripts)) | set(re.findall(r'textOf\("([\w-]+)"', scripts))
    for key, languages in TEXTS.items():
        assert languages.keys() == {"en", "de"}, key
        is_made = key.split("-")[0] in ("state", "key") or key in (
            "violation",
            "warning",
            "info",
            "undoDone",
            "redoDone",
        )
        assert key in used or f'"{key}"' in scripts or is_made, key
    assert used <= TEXTS.keys()


# Who may ask


def ask(link: str, path: str, sent: object = None, **headers: str) -> tuple[int, Any]:
    """Ask the page's server as the page does; headers replace those that it sends."""
    parts = urlsplit(link)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=PATIENCE)
    body = None if sent is None else json.dumps(sent)
    own = {"Host": f"127.0.0.1:{parts.port}", "Origin": f"http://127.0.0.1:{parts.port}"}
    all_headers = {k: v for k, v in (own | {"Content-Type": "application/json"} | headers).items() if v}
    connection.request("GET" if sent is None else "POST", parts.path + path, body, all_headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    is_json = answer.headers.get_content_type() == "application/json"
    return answer.status, json.loads(content) if is_json else content.decode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("annotate")
    data = shutil.copytree(HOME / "data", folder / "data")
    (folder / "text.txt").write_text(TEXT, "utf-8")
    settings = Settings(home=HOME, data=data, texts=None)
    start_article(settings, "tarn-pier", folder / "text.txt", "en", Reference())
    with served(Workspace(settings, "tarn-pier", folder / "text.txt")) as link:
        yield link


def test_the_link_opens_the_page_and_nothing_from_elsewhere_may_run_on_it(running: str) -> None:
    status, page = ask(running, "", Origin="")
    assert status == 200
    assert "http" not in re.sub(r"<!doctype.*?>", "", page)  # nothing is loaded from elsewhere
    parts = urlsplit(running)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=PATIENCE)
    connection.request("GET", parts.path, headers={"Host": parts.netloc})
    headers = connection.getresponse().headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    connection.close()


@pytest.mark.parametrize("path", ["/", "/wrong/", "/api/state", "/static/main.js", "//", "/%00/", "/TOKE/"])
def test_nothing_is_told_without_the_token(running: str, path: str) -> None:
    parts = urlsplit(running)
    path = path.replace("TOKE", parts.path.strip("/")[:-1])
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=PATIENCE)
    connection.request("GET", path, headers={"Host": parts.netloc})
    answer = connection.getresponse()
    assert answer.status == 403
    assert "Tarn" not in answer.read().decode()
    connection.close()


@pytest.mark.parametrize(
    "host", ["attested.example", "127.0.0.1", "127.0.0.1:1", "localhost.attested.example", "[::1]"]
)
def test_another_host_is_refused(running: str, host: str) -> None:
    assert ask(running, "api/state", Host=host)[0] == 403


@pytest.mark.parametrize("origin", ["https://attested.example", "null", "http://127.0.0.1", "https://127.0.0.1:80"])
def test_another_origin_is_refused(running: str, origin: str) -> None:
    assert ask(running, "api/state", Origin=origin)[0] == 403
    assert ask(running, "api/undo", {}, Origin=origin)[0] == 403


def test_a_change_without_an_origin_and_a_request_from_another_site_are_refused(running: str) -> None:
    assert ask(running, "api/undo", {}, Origin="")[0] == 403
    assert ask(running, "api/state", Origin="", **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert ask(running, "api/state", Origin="", **{"Sec-Fetch-Site": "same-origin"})[0] == 200


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "2001:db8::1", ""])
def test_another_address_is_refused(address: str) -> None:
    guard = Guard(lambda _, start: (start("200 OK", []), [b"told"])[1], "token", 8123)
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/token/", "HTTP_HOST": "127.0.0.1:8123"}
    told: list[str] = []
    answer = guard(asked | {"REMOTE_ADDR": address}, lambda status, _, *__: told.append(status))
    assert told == ["403 Forbidden"]
    assert b"told" not in b"".join(answer)
    assert b"".join(guard(asked | {"REMOTE_ADDR": "127.0.0.1"}, lambda *_: None)) == b"told"


@contextmanager
def annotating(settings: Settings) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; give its process and link."""
    arguments = [sys.executable, "-m", "kg.cli", "annotate", "tarn-pier"]
    environment = os.environ | settings.to_environment()
    # whoever runs the tests in the background has Ctrl+C ignored, and what they start would inherit that
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        running = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment)
    finally:
        signal.signal(signal.SIGINT, before)
    with running:
        try:
            assert running.stdout is not None
            yield running, running.stdout.readline().removeprefix("Open ").strip()
        finally:
            running.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_once_what_is_being_saved_is_written_and_answered(
    tarn: Settings, number: signal.Signals
) -> None:
    with annotating(tarn) as (running, link), ThreadPoolExecutor() as pool:
        state = ask(link, "api/state")[1]
        assert state["slug"] == "tarn-pier"
        sent = statement(revision=state["revision"], words=[words("will close", "code/scheduled")])
        with holding(tarn.data_dir) as let_go:
            saving = pool.submit(ask, link, "api/save", sent)
            assert wait_until(lambda: is_waiting(running.pid) or saving.done())
            running.send_signal(number)
            assert wait_until(lambda: not is_listening(link) or running.poll() is not None)
            let_go()
            status, told = saving.result(PATIENCE)
        assert (status, told.get("iri")) == (200, f"{TARN}/statement/002-1")
        assert running.wait(timeout=PATIENCE) == 0
    work = Workspace(tarn, "tarn-pier")
    assert (URIRef(f"{TARN}/statement/002-1#w1"), work.term.start, None) in work.graph


def test_the_command_ends_though_a_request_never_comes_whole(tarn: Settings) -> None:
    with annotating(tarn) as (running, link), socket.socket() as sending:
        at = urlsplit(link)
        sending.connect((at.hostname, at.port))
        head = f"POST {at.path}api/save HTTP/1.1\r\nHost: {at.netloc}\r\nOrigin: http://{at.netloc}\r\n"
        sending.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert ask(link, "api/undo", {})[0] == 422  # it keeps nobody waiting
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=20) == 0


@pytest.mark.parametrize("length", ["-1", "x", "1000001"])
def test_a_request_whose_length_cannot_be_is_refused(running: str, length: str) -> None:
    assert ask(running, "api/save", {}, **{"Content-Length": length})[0] == 413


def is_listening(link: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(link).port or 0)) == 0


def test_of_two_pages_that_save_at_once_neither_loses_a_statement(tarn: Settings) -> None:
    with annotating(tarn) as (one, first), annotating(tarn) as (other, second), ThreadPoolExecutor() as pool:
        links = {"002": first, "003": second}
        states = {passage: ask(link, "api/state")[1] for passage, link in links.items()}
        with holding(tarn.data_dir) as let_go:
            saving = {
                passage: pool.submit(ask, link, "api/save", statement(passage, revision=states[passage]["revision"]))
                for passage, link in links.items()
            }
            assert wait_until(lambda: (is_waiting(one.pid) and is_waiting(other.pid)) or any_done(saving.values()))
            let_go()
            answers = {passage: future.result(PATIENCE) for passage, future in saving.items()}
        assert sorted(status for status, _ in answers.values()) == [200, 409]
        late = next(passage for passage, (status, _) in answers.items() if status == 409)
        assert "changed on the disk" in answers[late][1]["error"]
        revision = ask(links[late], "api/state")[1]["revision"]
        assert ask(links[late], "api/save", statement(late, revision=revision))[0] == 200
    work = Workspace(tarn, "tarn-pier")
    found = {str(node).rpartition("/")[2] for node in work.graph.subjects(work.term.evidence)}
    assert found == {"002-1", "003-1"}


def any_done(futures: Iterable[Future[Any]]) -> bool:
    return any(future.done() for future in futures)


def test_each_start_has_a_token_of_its_own_and_listens_on_this_machine_alone(tarn: Settings) -> None:
    work = Workspace(tarn, "tarn-pier")
    with served(work) as one, served(work) as other:
        assert urlsplit(one).path != urlsplit(other).path
        assert len(urlsplit(one).path.strip("/")) >= 43
        assert urlsplit(one).hostname == "127.0.0.1"
    assert "annotate" not in (HOME / "src" / "kg" / "web" / "app.py").read_text("utf-8")
