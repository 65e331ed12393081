"""Evidence is held against the text wherever it is available; where it is not, the report says so."""

from __future__ import annotations

import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import DCTERMS, SKOS, Namespace

from helpers.serving import HOME
from kg.corpus.checks.figures import read_numbers
from kg.corpus.evidence import check as evidence
from kg.corpus.report import Report
from kg.corpus.sources.load import Corpus, load_corpus
from kg.corpus.text import digest
from kg.corpus.validation.validate import check
from kg.errors import DataError
from kg.settings import Settings

SAMPLE_TEXTS = HOME / "tests" / "data" / "texts"
REAL = "florida-talks"
SHAPES = {"ArticleDigestMatches", "EvidenceMatches", "PrintedWords", "BoundKept"}
SAMPLE = (SAMPLE_TEXTS / "sample.txt").read_text("utf-8")


def find_line(path: Path, *tokens: str) -> int:
    """Return the number of the line that holds the last token, after one that holds the first, and so on."""
    lines = iter(enumerate(path.read_text("utf-8").split("\n"), start=1))
    for token in tokens:
        number = next(number for number, line in lines if token in line)
    return number


def places(report: Report) -> Counter[tuple[str, str]]:
    return Counter((r.shape, str(r.place)) for r in report.results)


def lay_text(folder: Path, name: str, text: str) -> Path:
    """Return a folder that holds this text alone."""
    folder.mkdir()
    (folder / name).write_text(text, "utf-8")
    return folder


# The real article


@pytest.fixture(scope="module")
def real(real_texts: Path) -> tuple[Corpus, Report]:
    """The real data, checked with the available texts."""
    settings = Settings(home=HOME, texts=real_texts)
    return load_corpus(settings), check(settings)


def test_all_evidence_of_the_real_article_is_verified_and_the_report_says_so(
    real: tuple[Corpus, Report],
) -> None:
    _, report = real
    assert [r for r in report.results if r.shape in SHAPES] == []
    assert f"evidence of {REAL} against its text" in report.checked
    assert report.unchecked == ()
    assert f"checked: evidence of {REAL} against its text\n" in report.to_text()


def test_no_passage_and_no_statement_of_the_real_article_escapes_the_check(
    real: tuple[Corpus, Report], real_texts: Path
) -> None:
    corpus, _ = real
    term = Namespace(corpus.iris.term(""))
    graph = corpus.graph(f"article/{REAL}")
    texts, _, _ = evidence.find_texts(corpus, real_texts)
    words = evidence.passage_texts(graph, texts[REAL], term)
    assert len(words) > 100
    assert set(words) == set(graph.subjects(RDF.type, term.Passage))
    assert all(str(graph.value(passage, term.digest, any=False)) == digest(text) for passage, text in words.items())
    assert {passage for _, passage in graph.subject_objects(term.evidence)} <= set(words)


def test_a_changed_letter_in_the_real_text_is_found_with_file_and_line(
    real: tuple[Corpus, Report], real_texts: Path, tmp_path: Path
) -> None:
    corpus, _ = real
    texts, _, _ = evidence.find_texts(corpus, real_texts)
    # Passage 2 is a heading, at code points 216 to 273; see its record.
    text = texts[REAL]
    changed = text[:220] + ("x" if text[220] != "x" else "y") + text[221:]
    report = check(Settings(home=HOME, texts=lay_text(tmp_path / "texts", f"{REAL}.txt", changed)))
    article = HOME / "data" / "articles" / REAL / "article.ttl"
    found = Counter({place: n for place, n in places(report).items() if place[0] in SHAPES - {"PrintedWords"}})
    assert {(shape, Path(place.rsplit(":", 1)[0]).name, int(place.rsplit(":", 1)[1])) for shape, place in found} == {
        ("ArticleDigestMatches", "article.ttl", find_line(article, "att:digest")),
    }
    (told,) = [str(r.message) for r in report.results if r.shape == "ArticleDigestMatches"]
    assert "Passages that differ: 002." in told
    assert not report.conforms


def test_without_texts_the_report_says_that_the_real_article_was_not_checked() -> None:
    report = check(Settings(home=HOME))
    line = f"evidence of {REAL} against its text (KG_TEXTS names no folder of texts)"
    assert report.checked == ()
    assert line in report.unchecked
    assert f"not checked: {line}\n" in report.to_text()
    assert "\nchecked:" not in report.to_text()


# The sample, whose text is always available


def test_a_folder_that_lacks_the_text_is_named_as_not_checked(sample: Settings, tmp_path: Path) -> None:
    texts = lay_text(tmp_path / "texts", "other.txt", "It rained.")
    report = check(sample.with_(texts=texts))
    assert report.unchecked == (f"evidence of sample against its text ({texts} has no text of it)",)
    assert report.checked == ()
    assert report.conforms


def test_a_text_under_any_name_is_known_by_its_digest(sample: Settings, tmp_path: Path) -> None:
    texts = lay_text(tmp_path / "texts", "000_5a93.txt", SAMPLE)
    report = check(sample.with_(texts=texts))
    assert (report.checked, report.unchecked) == (("evidence of sample against its text",), ())


def test_a_changed_text_under_another_name_is_not_taken_for_the_articles(sample: Settings, tmp_path: Path) -> None:
    texts = lay_text(tmp_path / "texts", "000_5a93.txt", SAMPLE.replace("ferry", "fairy"))
    report = check(sample.with_(texts=texts))
    assert report.checked == ()
    assert len(report.unchecked) == 1


def test_a_changed_letter_is_found_with_file_and_line(sample: Settings, tmp_path: Path) -> None:
    assert SAMPLE.count("half of the cost") == 1
    texts = lay_text(tmp_path / "texts", "sample.txt", SAMPLE.replace("half of the cost", "half of the cast"))
    report = check(sample.with_(texts=texts))
    article = sample.data_dir / "articles" / "sample" / "article.ttl"
    assert places(report) == {("ArticleDigestMatches", f"{article}:{find_line(article, 'att:digest')}"): 1}
    assert "Passages that differ: 005." in report.to_text()


def test_changed_printed_words_are_told_by_the_passage_that_changed(sample: Settings, tmp_path: Path) -> None:
    text = SAMPLE.replace("“a front door”", "“a front gate”")
    report = check(sample.with_(texts=lay_text(tmp_path / "texts", "sample.txt", text)))
    assert [r.shape for r in report.results] == ["ArticleDigestMatches"]
    assert "Passages that differ: 003." in report.to_text()


def test_an_inserted_letter_moves_every_later_passage_and_each_is_found(sample: Settings, tmp_path: Path) -> None:
    texts = lay_text(tmp_path / "texts", "sample.txt", SAMPLE.replace("half of the cost", "half of the costs"))
    report = check(sample.with_(texts=texts))
    assert len(report.results) == 1
    assert "Passages that differ: 005, 006, 007, 008, 009 and 18 more." in report.to_text()  # there are 27


@pytest.fixture(scope="module")
def sample_corpus(sample_home: Path) -> Corpus:
    return load_corpus(Settings(home=sample_home))


def shapes_of(corpus: Corpus, text: str) -> Counter[str]:
    """Return which shapes report the sample against another text, but for digests, offsets and quotation marks."""
    found = Counter(result.shape for result in evidence.check_article(corpus, "sample", text))
    return Counter({shape: n for shape, n in found.items() if not shape.endswith(("Matches", "WordsPlace", "InMarks"))})


@pytest.mark.parametrize("printed", ["“a front door”", '"A  Front\u00a0Door"', "A FRONT DOOR"])
def test_printed_words_are_compared_without_case_and_spacing(sample_corpus: Corpus, printed: str) -> None:
    start, end = SAMPLE.index("“a front door”"), SAMPLE.index(" for the town")
    assert shapes_of(sample_corpus, SAMPLE[:start] + printed.center(end - start) + SAMPLE[end:]) == {}


@pytest.mark.parametrize("printed", ["a frontdoor", "a front doors", "ta front door", "a front", "the front"])
def test_printed_words_are_compared_word_by_word(sample_corpus: Corpus, printed: str) -> None:
    start, end = SAMPLE.index("“a front door”"), SAMPLE.index(" for the town")
    assert shapes_of(sample_corpus, SAMPLE[:start] + printed.center(end - start) + SAMPLE[end:]) == {"PrintedWords": 1}


BOUNDS = {
    "en": {
        **dict.fromkeys(("at least", "no fewer than", "no less than", "a minimum of"), "at-least"),
        **dict.fromkeys(("over", "more than", "above", "upwards of"), "more-than"),
        **dict.fromkeys(("just over", "well over", "greater than", "in excess of"), "more-than"),
        **dict.fromkeys(("at most", "up to", "no more than", "a maximum of"), "at-most"),
        **dict.fromkeys(("as many as", "as much as", "not more than"), "at-most"),
        **dict.fromkeys(("under", "less than", "fewer than", "below"), "less-than"),
        **dict.fromkeys(("just under", "well under", "lower than"), "less-than"),
        **dict.fromkeys(("about", "around", "roughly", "approximately", "some"), "approximately"),
        **dict.fromkeys(("nearly", "almost", "close to", "an estimated", "more or less"), "approximately"),
        **{"as printed": "as-printed", "at least, scope unclear": "at-least-scope-unclear"},
    },
    "de": {
        **dict.fromkeys(("mindestens", "wenigstens", "nicht weniger als", "nicht unter", "ab"), "at-least"),
        **dict.fromkeys(("mehr als", "über", "gut", "deutlich über", "oberhalb von"), "more-than"),
        **dict.fromkeys(("höchstens", "bis zu", "nicht mehr als", "maximal", "allenfalls"), "at-most"),
        **dict.fromkeys(("weniger als", "unter", "deutlich unter", "unterhalb von"), "less-than"),
        **dict.fromkeys(("ungefähr", "etwa", "rund", "circa", "ca.", "annähernd"), "approximately"),
        **dict.fromkeys(("knapp", "fast", "um die", "schätzungsweise", "nahezu"), "approximately"),
        **{"wie gedruckt": "as-printed", "mindestens, reichweite unklar": "at-least-scope-unclear"},
    },
    "fr": {
        **dict.fromkeys(("au moins", "pas moins de", "un minimum de"), "at-least"),
        **dict.fromkeys(("plus de", "au-delà de", "supérieur à"), "more-than"),
        **dict.fromkeys(("jusqu'à", "au plus", "au maximum", "pas plus de"), "at-most"),
        **dict.fromkeys(("moins de", "en dessous de", "inférieur à"), "less-than"),
        **dict.fromkeys(("environ", "près de", "quelque", "autour de", "presque", "à peu près"), "approximately"),
    },
    "uk": {
        **dict.fromkeys(("щонайменше", "не менше", "принаймні", "не менше ніж"), "at-least"),
        **dict.fromkeys(("понад", "більше", "більше ніж", "більш ніж"), "more-than"),
        **dict.fromkeys(("щонайбільше", "не більше", "не більше ніж", "аж до"), "at-most"),
        **dict.fromkeys(("менше", "менше ніж", "менш ніж", "нижче"), "less-than"),
        **dict.fromkeys(("близько", "приблизно", "майже", "орієнтовно"), "approximately"),
    },
}
"""Language → words that bound the number after them → the code of the bound."""


@pytest.mark.parametrize("language", BOUNDS)
def test_the_bounding_words_are_those_tried_here(sample_corpus: Corpus, language: str) -> None:
    codes = sample_corpus.graph("codes")
    names = {
        str(name).lower()
        for code in codes.subjects(SKOS.inScheme, URIRef(sample_corpus.iris.code("bound")))
        for predicate in (RDFS.label, SKOS.altLabel)
        for name in codes.objects(code, predicate)
        if isinstance(name, Literal) and name.language == language
    }
    assert names == set(BOUNDS[language])


@pytest.fixture(scope="module")
def own_corpus(sample_home: Path) -> Corpus:
    """A corpus whose one figure the test below changes, each time in all that it looks at."""
    return load_corpus(Settings(home=sample_home))


@pytest.mark.parametrize(("language", "words"), [(one, words) for one, known in BOUNDS.items() for words in known])
def test_a_bounding_word_before_the_number_has_to_be_the_figures_bound(
    own_corpus: Corpus, language: str, words: str
) -> None:
    corpus = own_corpus
    graph, term = corpus.graph("article/sample"), Namespace(corpus.iris.term(""))
    figure = URIRef(f"{corpus.iris.article('sample')}/statement/012-1")
    number = {"en": "1,240", "de": "1.240"}.get(language, "1\u00a0240")
    graph.set((URIRef(corpus.iris.article("sample")), DCTERMS.language, Literal(language)))
    graph.set((URIRef(f"{figure}#w1"), term.printed, Literal(number)))
    text = SAMPLE.replace("At least 1,240", f"{words.capitalize()} {number}").ljust(len(SAMPLE) + 20)
    for recorded in ("as-printed", *set(BOUNDS[language].values())):
        graph.set((figure, term.bound, URIRef(corpus.iris.code(recorded))))
        lost = 0 if recorded == BOUNDS[language][words] else 1
        assert shapes_of(corpus, text)["BoundKept"] == lost, recorded


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("en", "66B, 2.5 million and 1,240", {66_000_000_000, 2_500_000, 1240}),
        ("de", "66 Mrd., 2,5 Millionen und 1.240", {66_000_000_000, 2_500_000, 1240}),
        ("de", "1,5", {Decimal("1.5")}),
        ("en", "none", set()),
        ("xx", "1,240", {1240, Decimal("1.24")}),  # nobody knows which
    ],
)
def test_numbers_are_read_as_the_language_prints_them(language: str, text: str, numbers: set[Decimal]) -> None:
    assert read_numbers(text, language) == numbers


@pytest.mark.parametrize("printed", ["1,240", "over 11,240", "over 1,2401", "over the 1,240", "moreover 1,240"])
def test_no_bound_is_read_where_none_stands_before_the_number(sample_corpus: Corpus, printed: str) -> None:
    text = SAMPLE.replace("At least 1,240", printed).ljust(len(SAMPLE) + 20)
    assert shapes_of(sample_corpus, text)["BoundKept"] == 0


# What cannot be read


def test_a_text_that_is_not_utf_8_is_an_error_that_names_it(sample: Settings, tmp_path: Path) -> None:
    texts = Path(shutil.copytree(SAMPLE_TEXTS, tmp_path / "texts"))
    (texts / "other.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"other\.txt is not UTF-8"):
        check(sample.with_(texts=texts))


@pytest.mark.parametrize("position", ['oa:start "fifty" ; oa:end 132', "oa:start 52.5 ; oa:end 132", "oa:start 52"])
def test_a_position_that_cannot_be_read_is_the_shapes_to_report(sample: Settings, position: str) -> None:
    path = sample.data_dir / "articles" / "sample" / "passages.ttl"
    text = path.read_text("utf-8")
    assert text.count("oa:start 52 ; oa:end 132") == 1
    path.write_text(text.replace("oa:start 52 ; oa:end 132", position), "utf-8")
    report = check(sample)
    assert {r.shape for r in report.results} == {"PassagePosition"}
