"""A corrected text: each statement stays on its passage, or is listed and cannot be published unseen."""

from __future__ import annotations

import html
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import URIRef
from rdflib.namespace import OWL, RDF, Namespace

from helpers.serving import HOME
from helpers.slow import mostly_slow
from kg import cli
from kg.corpus.evidence.check import passage_texts
from kg.corpus.sources.load import load_corpus
from kg.corpus.text import digest, normalise
from kg.corpus.validation.validate import check
from kg.editing.renew import Fate, renew
from kg.settings import Settings

SLUG = "skarrow-audit"
TEXT = (HOME / "tests" / "data" / "articles" / SLUG / "text.txt").read_text("utf-8")
ATT = Namespace("https://attested.example/ns#")
ARTICLE = "https://attested.example/article/skarrow-audit"
MARKS = str.maketrans("“”", '""')


@dataclass(frozen=True)
class Desk:
    """A copy of the data that a test may spoil, with the text that was encoded and a place for the new one."""

    settings: Settings
    new: Path

    @property
    def folder(self) -> Path:
        return self.settings.data_dir / "articles" / SLUG

    def words_by_statement(self, text: str) -> dict[str, set[str]]:
        """Return what each statement of the article rests on, as words."""
        corpus = load_corpus(self.settings, only=SLUG)
        graph = corpus.graph(f"article/{SLUG}")
        words = passage_texts(graph, text, ATT)
        found: dict[str, set[str]] = {}
        for statement in graph.subjects(ATT.modality, None):
            rest = {normalise(words[p]).translate(MARKS) for p in graph.objects(statement, ATT.evidence)}
            found[str(statement).rpartition("/")[2]] = rest
        return found

    def drafts(self) -> set[str]:
        graph = load_corpus(self.settings, only=SLUG).graph(f"article/{SLUG}")
        return {str(s).rpartition("/")[2] for s in graph.subjects(ATT.draft, None)}

    def run(self, *arguments: str) -> Result:
        environment = {n: None for n in os.environ if n.startswith("KG_")} | {"KG_TEXTS": str(self.settings.texts)}
        return CliRunner().invoke(cli.main, [*arguments, "--data", str(self.settings.data_dir)], env=environment)


@pytest.fixture
def desk(three_articles: Settings, tmp_path: Path) -> Desk:
    data, texts = tmp_path / "data", tmp_path / "texts"
    shutil.copytree(three_articles.data_dir, data)
    texts.mkdir()
    (texts / f"{SLUG}.txt").write_text(TEXT, "utf-8")
    (tmp_path / "new").mkdir()
    return Desk(three_articles.with_(data=data, texts=texts), tmp_path / "new" / f"{SLUG}.txt")


def instead(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert text.count(old) == 1, old
        return text.replace(old, new)

    return change


def move(text: str) -> str:
    start, end = text.index("## Jobs"), text.index("## What happens now")
    rest = text[:start] + text[end:]
    place = rest.index("## The marsh")
    return rest[:place] + text[start:end] + rest[place:]


def wrap(text: str) -> str:
    """Break each paragraph of running text into lines of some sixty characters."""
    lines = []
    for line in text.split("\n"):
        words, row = line.split(" "), ""
        for word in words if line[:1] not in ("#", "|", "-") else ():
            if len(row) + len(word) > 60:
                lines.append(row)
                row = word
            else:
                row = f"{row} {word}".strip()
        lines.append(row if line[:1] not in ("#", "|", "-") else line)
    return "\n".join(lines)


CHANGES: dict[str, tuple[Callable[[str], str], dict[str, int], int]] = {
    "a word": (instead("Its permit allowed", "Its licence allowed"), {"changed": 1}, 2),
    "a number": (instead("148 pages", "152 pages"), {"changed": 1}, 2),
    "a paragraph added": (
        instead("## The marsh", "The port sold the old crane to a museum. No price was named.\n\n## The marsh"),
        {"new": 2},
        0,
    ),
    "a paragraph removed": (
        instead("It found no evidence that money was stolen. ", ""),
        {"vanished": 1},
        1,
    ),
    "a section moved": (move, {}, 0),
    "two sentences merged": (
        instead("hydropower since 2022. Neither side has", "hydropower since 2022 but neither side has"),
        {"merged": 1},
        3,
    ),
    "a heading changed": (
        instead("## What the auditors found", "## What the auditors really found"),
        {"changed": 1},
        0,
    ),
    "a table row added": (
        instead("| 2023 | 5,075", "| 2022, corrected | 4,400 | 270 | 1,700 |\n| 2023 | 5,075"),
        {"new": 1},
        0,
    ),
    "the whole text wrapped anew": (wrap, {}, 0),
    "other quotation marks": (
        instead('"Haste was treated as a virtue,"', "“Haste was treated as a virtue,”"),
        {"marks": 1},
        0,
    ),
}


@pytest.mark.parametrize("name", mostly_slow(CHANGES, ["a number", "a paragraph removed", "a section moved"]))
def test_each_statement_stays_on_its_passage_or_is_listed(name: str, desk: Desk) -> None:
    change, expected, drafts = CHANGES[name]
    before = desk.words_by_statement(TEXT)
    new = change(TEXT)
    desk.new.write_text(new, "utf-8")
    renewal = renew(desk.settings, SLUG, desk.new)
    assert Counter(fate.how for fate in renewal.fates if fate.how != "same") == expected
    assert any(fate.is_moved for fate in renewal.fates) == (name == "a section moved")
    after, marked = desk.words_by_statement(new), desk.drafts()
    listed = {s for fate in renewal.fates if fate.how not in ("same", "marks") for s in fate.statements}
    for statement, words in before.items():
        assert after.get(statement) == words or statement in listed, statement
    assert len(marked) == renewal.drafts == drafts
    settings = desk.settings.with_(texts=desk.new.parent)
    report = check(settings)
    assert {r.shape for r in report.results} <= {"Draft"}, report.to_text()
    assert {str(r.focus).rpartition("/")[2] for r in report.results} == marked


def test_statements_are_not_touched_where_their_passages_only_get_other_numbers(desk: Desk) -> None:
    before = {path.name: path.read_bytes() for path in desk.folder.glob("*.ttl")}
    desk.new.write_text(CHANGES["a paragraph added"][0](TEXT), "utf-8")
    renewal = renew(desk.settings, SLUG, desk.new)
    changed = {name for name, content in before.items() if (desk.folder / name).read_bytes() != content}
    assert changed == {"article.ttl", "passages.ttl", "words.ttl"}
    new = [fate for fate in renewal.fates if fate.how == "new"]
    highest = max(int(name) for fate in renewal.fates for name in fate.names if fate.how != "new")
    assert [fate.names for fate in new] == [(f"{highest + 1:03d}",), (f"{highest + 2:03d}",)]
    graph = load_corpus(desk.settings, only=SLUG).graph(f"article/{SLUG}")
    numbers = sorted(int(str(n)) for n in graph.objects(None, ATT.number))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_name_that_a_passage_had_is_never_given_to_another(desk: Desk) -> None:
    last = "- Did the board know?"
    desk.new.write_text(instead(last, "")(TEXT), "utf-8")
    (gone,) = [fate for fate in renew(desk.settings, SLUG, desk.new).fates if fate.how == "vanished"]
    (desk.settings.texts / f"{SLUG}.txt").write_text(desk.new.read_text("utf-8"), "utf-8")  # type: ignore[operator]
    desk.new.write_text(instead(last, "- Will the marsh be flooded again one day?")(TEXT), "utf-8")
    (came,) = [fate for fate in renew(desk.settings, SLUG, desk.new).fates if fate.how == "new"]
    assert int(came.names[0]) == int(gone.names[0]) + 1
    graph = load_corpus(desk.settings, only=SLUG).graph(f"article/{SLUG}")
    former = URIRef(f"{ARTICLE}/passage/{gone.names[0]}")
    assert list(graph.objects(former, RDF.type)) == [ATT.FormerRecord]
    assert (former, OWL.sameAs, None) not in graph


def test_what_changed_is_shown_with_what_rests_on_it_and_a_dry_run_writes_nothing(desk: Desk) -> None:
    before = {path.name: path.read_bytes() for path in desk.folder.iterdir() if path.is_file()}
    desk.new.write_text(CHANGES["a number"][0](TEXT), "utf-8")
    result = desk.run("renew", SLUG, "--text", str(desk.new), "--dry-run")
    assert result.exit_code == 0, result.output
    assert "148 → 152" in result.stdout
    assert "rests on it: s:007-1" in result.stdout
    assert {path.name: path.read_bytes() for path in desk.folder.iterdir() if path.is_file()} == before


def test_the_digest_and_the_date_of_the_change_are_recorded(desk: Desk) -> None:
    desk.new.write_text(CHANGES["a word"][0](TEXT), "utf-8")
    result = desk.run("renew", SLUG, "--text", str(desk.new), "--modified", "2024-06-25")
    assert result.exit_code == 0, result.output
    assert "2 statements are drafts now" in result.stdout
    article = (desk.folder / "article.ttl").read_text("utf-8")
    assert 'schema:dateModified "2024-06-25"^^xsd:date' in article


def test_without_the_text_that_was_encoded_nothing_is_guessed(desk: Desk) -> None:
    (desk.settings.texts / f"{SLUG}.txt").unlink()  # type: ignore[operator]
    desk.new.write_text(CHANGES["a number"][0](TEXT), "utf-8")
    result = desk.run("renew", SLUG, "--text", str(desk.new))
    assert result.exit_code == 1
    assert "--old FILE" in result.stderr
    desk.new.write_text(wrap(TEXT), "utf-8")  # the same words, by their digests
    assert desk.run("renew", SLUG, "--text", str(desk.new)).exit_code == 0


def test_corrections_of_the_cut_are_carried_on(desk: Desk) -> None:
    graph = load_corpus(desk.settings, only=SLUG).graph(f"article/{SLUG}")
    number = next(
        int(str(graph.value(p, ATT.number))) for p in graph.subjects(RDF.type, ATT.Passage) if str(p)[-3:] == "003"
    )
    assert desk.run("cut", SLUG, "--kind", str(number), "byline").exit_code == 0
    desk.new.write_text("# An earlier heading\n\n" + TEXT, "utf-8")
    renewal = renew(desk.settings, SLUG, desk.new)
    assert renewal.lost == ()
    graph = load_corpus(desk.settings, only=SLUG).graph(f"article/{SLUG}")
    passage = URIRef(f"{ARTICLE}/passage/003")
    assert str(graph.value(passage, ATT.kind)).endswith("/byline")
    assert int(str(graph.value(passage, ATT.number))) == number + 1
    assert {r.shape for r in check(desk.settings.with_(texts=desk.new.parent)).results} == set()


def test_a_fate_is_told_in_lines() -> None:
    fate = Fate("changed", ("012",), (12,), (14,), statements=("012-1",), notes=("148 → 152",))
    assert fate.lines() == [
        "     12 → 14  changed    p:012",
        "              148 → 152",
        "              rests on it: s:012-1",
    ]


def page(text: str) -> str:
    """Return a web page with the paragraphs of a text."""
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())
    return f"<html><body><article>{paragraphs}</article></body></html>"


OLD_PAGE = "The town of Tarn has a pier. It was built in 1902 by the county. Boats stop there in summer."
NEW_PAGE = OLD_PAGE.replace("1902", "1904")


def test_an_article_of_a_web_page_is_renewed_with_the_text_beside_it(desk: Desk) -> None:
    source = desk.new.with_name("page.html")
    text = desk.new.with_name("tarn-pier.txt")
    for words, command in ((OLD_PAGE, "new"), (NEW_PAGE, "renew")):
        source.write_text(page(words), "utf-8")
        old = ["--old", str(old_text(desk, text))] if command == "renew" else []
        result = desk.run(command, "tarn-pier", "--text", str(source), *old)
        assert result.exit_code == 0, result.output
        assert text.read_text("utf-8").strip() == words
    recorded = (desk.settings.data_dir / "articles" / "tarn-pier" / "article.ttl").read_text("utf-8")
    assert f'att:digest "{digest(NEW_PAGE)}"' in recorded


def old_text(desk: Desk, text: Path) -> Path:
    """Keep a copy of the text that was encoded."""
    return Path(shutil.copy(text, desk.new.with_name("old.txt")))


def test_a_renewal_that_would_overwrite_another_text_changes_nothing(desk: Desk) -> None:
    source, text = desk.new.with_name("page.html"), desk.new.with_name("tarn-pier.txt")
    source.write_text(page(OLD_PAGE), "utf-8")
    assert desk.run("new", "tarn-pier", "--text", str(source)).exit_code == 0
    old = old_text(desk, text)
    for other in (b"Another text.", "Das gehört dem Hafen.".encode("latin-1")):
        text.write_bytes(other)
        source.write_text(page(NEW_PAGE), "utf-8")
        before = {path: path.read_bytes() for path in desk.settings.data_dir.rglob("*") if path.is_file()}
        result = desk.run("renew", "tarn-pier", "--text", str(source), "--old", str(old))
        assert result.exit_code == 1
        assert "tarn-pier.txt exists already and holds another text" in " ".join(result.stderr.split())
        assert {path: path.read_bytes() for path in desk.settings.data_dir.rglob("*") if path.is_file()} == before
        assert text.read_bytes() == other
