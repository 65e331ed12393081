"""``cutting.toml`` and ``kg cut``: a wrong cut can be corrected, survives, and never moves what statements rest on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpers.serving import HOME
from kg import cli
from kg.corpus.cutting import cut
from kg.corpus.cutting.corrections import Correction, read_corrections, write_corrections
from kg.corpus.text import digest
from kg.corpus.validation.validate import check
from kg.errors import DataError
from kg.journal import write_all
from kg.settings import Settings

TEXT = "Harrow floods\n\nIt rained. It snowed.\n\nWhat came\n\nThe weir broke at last.\n"
#       0               15         26           38          49


def passages(*corrections: Correction) -> list[tuple[str, int | None, str]]:
    return [(p.kind, p.section, TEXT[p.start : p.end]) for p in cut(TEXT, "en", corrections)]


UNCORRECTED = [
    ("heading", None, "Harrow floods"),
    ("sentence", 1, "It rained."),
    ("sentence", 1, "It snowed."),
    ("heading", None, "What came"),
    ("sentence", 4, "The weir broke at last."),
]


def test_without_corrections_the_cut_is_the_cutters() -> None:
    assert passages() == UNCORRECTED


def test_a_correction_joins_what_it_covers() -> None:
    joined = [UNCORRECTED[0], ("sentence", 1, "It rained. It snowed."), ("heading", None, "What came")]
    assert passages(Correction(15, 36)) == [*joined, ("sentence", 3, "The weir broke at last.")]


def test_what_a_correction_leaves_of_a_passage_stays_a_passage() -> None:
    last = [("sentence", 4, "The weir broke"), ("sentence", 4, "at last.")]
    assert passages(Correction(49, 63)) == [*UNCORRECTED[:4], *last]
    assert passages(Correction(64, 72)) == [*UNCORRECTED[:4], *last]


def test_what_a_correction_says_is_no_heading_opens_no_section() -> None:
    changed = [("byline", 1, "What came"), ("sentence", 1, "The weir broke at last.")]
    assert passages(Correction(38, 47, "byline")) == [*UNCORRECTED[:3], *changed]


def test_a_correction_puts_a_passage_under_another_heading_or_none() -> None:
    assert passages(Correction(49, 72, section=0))[4] == ("sentence", 1, "The weir broke at last.")
    assert passages(Correction(49, 72, section=False))[4] == ("sentence", None, "The weir broke at last.")


def test_corrected_passages_are_marked_and_no_others() -> None:
    found = cut(TEXT, "en", [Correction(26, 36, "answer", speaker="Quill")])
    assert [(p.number, p.speaker) for p in found if p.is_corrected] == [(3, "Quill")]


# The file


def write(path: Path, body: str, text: str = TEXT) -> Path:
    path.write_text(f'text = "{digest(text)}"\n\n{body}', "utf-8")
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    corrections = [Correction(15, 25, "question", False, 'Ada "Q" Quill'), Correction(26, 36, None, 0, None)]
    path = tmp_path / "cutting.toml"
    path.write_text(write_corrections(reversed(corrections), "a", TEXT), "utf-8")
    assert read_corrections(path, TEXT) == corrections


def test_there_need_be_no_file(tmp_path: Path) -> None:
    assert read_corrections(tmp_path / "cutting.toml", TEXT) == []


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("[[passage]]\nstart = 1\nend = 0\n", 3, "needs a start and a later end"),
        ("[[passage]]\nstart = 1\n", 3, "needs a start and a later end"),
        ("[[passage]]\nstart = true\nend = 5\n", 3, "needs a start and a later end"),
        ("[[passage]]\nstart = 0\nend = 5000\n", 3, f"up to {len(TEXT)}, the length of the text"),
        ("[[passage]]\nstart = 0\nend = 14\n", 3, "ends with white space. Without it, it is 0 to 13."),
        ("[[passage]]\nstart = 0\nend = 13\n[[passage]]\nstart = 15\nend = 25\nkind = 'rant'\n", 6, "no kind 'rant'"),
        ("[[passage]]\nstart = 0\nend = 13\nnote = 'x'\n", 3, "A passage has no note."),
        ("[[passage]]\nstart = 0\nend = 13\nsection = 'x'\n", 3, "A section is the start of its heading"),
        ("[[passage]]\nstart = 0\nend = 13\nspeaker = 'a b c d e f g h'\n", 3, "7 words at most"),
    ],
)
def test_what_is_no_correction_is_told_with_its_line(tmp_path: Path, body: str, line: int, message: str) -> None:
    path = write(tmp_path / "cutting.toml", body)
    with pytest.raises(DataError) as error:
        read_corrections(path, TEXT)
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text = ", "cannot be read as TOML"),
        (f'text = "{digest("Another.")}"', "corrects another text than this"),
        ("[[passage]]\nstart = 0\nend = 13\n", "corrects another text than this"),
        (f'text = "{digest(TEXT)}"\nlanguage = "en"\n', "has language, which nothing reads"),
    ],
)
def test_a_file_that_corrects_no_such_text_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "cutting.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError, match=message):
        read_corrections(path, TEXT)


def test_corrections_that_overlap_are_refused(tmp_path: Path) -> None:
    body = "[[passage]]\nstart = 15\nend = 25\n[[passage]]\nstart = 18\nend = 36\n"
    with pytest.raises(DataError, match="15 to 25 and 18 to 36 overlap"):
        read_corrections(write(tmp_path / "cutting.toml", body), TEXT)


# kg cut


class Desk:
    """A data folder with a new article on it, and the folder of texts."""

    def __init__(self, settings: Settings, texts: Path) -> None:
        self.settings, self.texts = settings.with_(texts=texts), texts
        self.folder = settings.data_dir / "articles" / "harrow"
        (texts / "harrow.txt").write_text(TEXT, "utf-8")
        assert self.run("new", "harrow", "--text", str(texts / "harrow.txt"), "--language", "en").exit_code == 0

    def run(self, *arguments: str) -> Result:
        environment = {name: None for name in os.environ if name.startswith("KG_")} | {"KG_TEXTS": str(self.texts)}
        return CliRunner().invoke(cli.main, [*arguments, "--data", str(self.settings.data_dir)], env=environment)

    def cut(self, *options: str) -> list[str]:
        """Run kg cut; return the passages that it shows, without their offsets."""
        result = self.run("cut", "harrow", *options)
        assert result.exit_code == 0, result.output
        return [" ".join(w for w in line.split() if "–" not in w) for line in result.stdout.splitlines()[:-1]]

    def refuse(self, *options: str) -> str:
        """Run a command that has to fail and change nothing; return its message."""
        before = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        result = self.run("cut", "harrow", *options)
        assert (result.exit_code, result.stdout) == (1, "")
        assert {path.name: path.read_bytes() for path in self.folder.iterdir()} == before
        return " ".join(result.stderr.split())

    def findings(self) -> list[str]:
        return [f"{r.shape.rsplit('#')[-1]} {r.focus}" for r in check(self.settings).results]


@pytest.fixture
def desk(sample: Settings, tmp_path: Path) -> Desk:
    return Desk(sample, Path(shutil.copytree(HOME / "tests" / "data" / "texts", tmp_path / "texts")))


def test_passages_are_joined_split_named_and_put_elsewhere_and_the_result_conforms(desk: Desk) -> None:
    assert desk.cut("--join", "2", "3")[1] == "2* §1 sentence It rained. It snowed."
    assert desk.cut("--split", "4", "at last")[3:] == ["4* §3 sentence The weir broke", "5* §3 sentence at last."]
    shown = desk.cut("--kind", "4", "answer", "--speaker", "4", "Quill", "--section", "5", "1")
    assert shown == [
        "1 heading Harrow floods",
        "2* §1 sentence It rained. It snowed.",
        "3 heading What came",
        "4* §3 answer Quill: The weir broke",
        "5* §1 sentence at last.",
    ]
    assert desk.cut() == shown
    assert desk.findings() == []


def test_a_hand_written_correction_is_applied(desk: Desk) -> None:
    write(desk.folder / "cutting.toml", "[[passage]]\nstart = 38\nend = 47\nkind = 'byline'\n")
    assert desk.cut()[3:] == ["4* §1 byline What came", "5 §1 sentence The weir broke at last."]
    assert desk.findings() == []


def test_comments_in_a_hand_written_file_stay_when_its_corrections_change(desk: Desk) -> None:
    path = desk.folder / "cutting.toml"
    written = """\
# Looked over by hand.
text = "{digest}"  # of the text

# A line of the agency.
[[passage]]  # the fourth
start = 38 # from here
end = 47
kind = 'byline' # not a heading
# nobody speaks

# The end.
"""
    path.write_text(written.replace("{digest}", digest(TEXT)), "utf-8")
    assert desk.cut("--speaker", "4", "Quill", "--join", "2", "3")[1:3] == [
        "2* §1 sentence It rained. It snowed.",
        "3* §1 byline Quill: What came",
    ]
    joined = '[[passage]]\nstart = 15\nend = 36\nkind = "sentence"\n\n'
    after = written.replace("# A line", f"{joined}# A line").replace("# nobody", 'speaker = "Quill"\n# nobody')
    assert path.read_text("utf-8") == after.replace("{digest}", digest(TEXT))


def test_a_file_of_corrections_in_another_layout_is_written_anew(desk: Desk) -> None:
    path = desk.folder / "cutting.toml"
    path.write_text(f'text = "{digest(TEXT)}"\npassage = [{{start = 38, end = 47, kind = "byline"}}]\n', "utf-8")
    assert desk.cut("--speaker", "4", "Quill")[3] == "4* §1 byline Quill: What came"
    assert path.read_text("utf-8").endswith('\n[[passage]]\nstart = 38\nend = 47\nkind = "byline"\nspeaker = "Quill"\n')


def test_files_whose_lines_end_as_on_windows_keep_their_line_ends(desk: Desk) -> None:
    desk.cut("--kind", "4", "byline")
    names = ("passages.ttl", "words.ttl", "statements-001.ttl", "cutting.toml")
    before = {}
    for name in names:
        path = desk.folder / name
        before[name] = path.read_bytes().replace(b"\n", b"\r\n")
        path.write_bytes(before[name])
    desk.cut("--speaker", "4", "Quill")
    after = {name: (desk.folder / name).read_bytes() for name in names}
    for name in names:
        assert after[name].count(b"\r\n") == after[name].count(b"\n"), name
    for name in ("words.ttl", "statements-001.ttl"):
        assert after[name] == before[name]
    new = set(after["passages.ttl"].splitlines()) - set(before["passages.ttl"].splitlines())
    assert len(new) <= 2
    assert desk.findings() == []


def test_a_passage_that_was_changed_by_hand_without_a_correction_is_found(desk: Desk) -> None:
    path = desk.folder / "passages.ttl"
    path.write_text(path.read_text("utf-8").replace("code:sentence", "code:answer", 1), "utf-8")
    article = "https://attested.example/article/harrow"
    assert desk.findings() == [f"PassagesMatch {article}/passage/002"]


def test_what_statements_rest_on_does_not_move(desk: Desk) -> None:
    with (desk.folder / "article.ttl").open("a", encoding="utf-8") as file:
        file.write(
            "\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
            '<article/harrow/passage/005> skos:editorialNote "Said elsewhere."@en .\n'
        )
    assert "passages that would move: 5. Nothing was written." in desk.refuse("--join", "2", "3")
    assert desk.cut("--kind", "5", "caption")[4] == "5* §4 caption The weir broke at last."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--join", "3", "2"), "name the first passage and a later one"),
        (("--join", "2", "9"), "There is no passage 9. They are numbered from 1 to 5."),
        (("--split", "2", "snowed"), "'snowed' must occur once in passage 2"),
        (("--split", "2", "It"), "must occur once in passage 2, after its beginning"),
        (("--kind", "2", "rant"), "There is no kind 'rant'. There is answer, byline"),
        (("--section", "2", "4"), "is the start of no heading above"),
        (("--section", "5", "2"), "is the start of no heading above"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(desk: Desk, options: tuple[str, ...], message: str) -> None:
    assert message in desk.refuse(*options)


def test_the_files_of_a_correction_are_written_both_or_none(desk: Desk) -> None:
    passages, corrections = desk.folder / "passages.ttl", desk.folder / "cutting.toml"
    before = passages.read_bytes()
    corrections.mkdir()  # so that it cannot be written
    with pytest.raises(DataError, match="Nothing was changed"):
        write_all({passages: b"new", corrections: b"new"})
    assert passages.read_bytes() == before
    corrections.rmdir()
    write_all({passages: b"new", corrections: b"new"})
    assert (passages.read_bytes(), corrections.read_bytes()) == (b"new", b"new")


def test_another_text_is_refused(desk: Desk) -> None:
    (desk.texts / "harrow.txt").write_text("It rained elsewhere.", "utf-8")
    assert "This is not the text of harrow that was cut" in desk.refuse()


def test_a_text_that_is_not_at_hand_is_asked_for(desk: Desk) -> None:
    (desk.texts / "harrow.txt").unlink()
    assert "Give it with --text, or set KG_TEXTS to its folder." in desk.refuse()
