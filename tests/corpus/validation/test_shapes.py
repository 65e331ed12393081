"""Every shape rejects what it is for, and no other does; none is blind; nothing is sound for being unread."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from corpus.validation.invalid import INVALID, IRIS, WITHOUT_SHAPE, Invalid, find_line, read_invalid, side_by_side
from helpers.serving import HOME
from helpers.slow import mostly_slow, slow
from kg import cli
from kg.corpus.report import INFO, VIOLATION, WARNING, Report, Result
from kg.corpus.sources.load import Corpus, load_corpus
from kg.corpus.sources.sources import ONTOLOGY_FILES
from kg.corpus.validation.validate import check
from kg.errors import DataError
from kg.settings import Settings

SAMPLE_DATA = HOME / "tests" / "data" / "valid"
SAMPLE_TEXTS = HOME / "tests" / "data" / "texts"
SEVERITIES = {SH.Violation: VIOLATION, SH.Warning: WARNING, SH.Info: INFO, None: VIOLATION}
BY_OMISSION = {"FactKept", "DescribedOnce"}
"""Checks that no file fails which is put next to the sample: test_losses.py, test_advice.py try them."""

WITH_OWN_WORDS = {
    *("BorrowedWords", "BoundKept", "ClauseTemplate", "CodeInWords", "Draft", "LabelLanguages", "LabelSaysMore"),
    *("PrintedValue", "RelationWayRound", "SharedName", "StatementNumber", "StatementTwice", "VerbForms"),
}
"""Checks whose findings say more than their shape: which words, which code, which other record."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check made of one invalid file."""

    invalid: Invalid
    place: str
    corpus: Corpus
    report: Report


@pytest.fixture(scope="module", params=INVALID)
def checked(
    request: pytest.FixtureRequest, sample_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Checked]:
    """One invalid file, checked once in a home of its own for all the tests of it."""
    home = shutil.copytree(sample_home, tmp_path_factory.mktemp(request.param) / "home")
    settings = Settings(home=home, texts=SAMPLE_TEXTS)
    invalid = read_invalid(request.param)
    place = invalid.lay_over(settings)
    yield Checked(invalid, place, load_corpus(settings), check(settings))
    shutil.rmtree(home)


def shape_value(corpus: Corpus, name: str, predicate: URIRef) -> Node | None:
    return corpus.graph("shapes").value(URIRef(IRIS.shape(name)), predicate)


# Each invalid file alone


@slow("test_each_invalid_file_among_others_is_rejected_by_its_shape_at_its_line_and_by_no_other")
def test_an_invalid_file_is_rejected_by_its_shape_and_no_other(checked: Checked) -> None:
    assert Counter(r.shape for r in checked.report.results) == {checked.invalid.shape: 1}, checked.report.to_text()


@slow("test_each_invalid_file_among_others_is_rejected_by_its_shape_at_its_line_and_by_no_other")
def test_a_finding_has_the_severity_that_its_shape_declares(checked: Checked) -> None:
    expected = severity_of(checked.corpus, checked.invalid.shape)
    assert {r.severity for r in checked.report.results} == {expected}
    assert checked.report.conforms is (expected != VIOLATION)


@slow("test_each_invalid_file_among_others_is_rejected_by_its_shape_at_its_line_and_by_no_other")
def test_a_finding_names_the_line_to_look_at(checked: Checked) -> None:
    assert [str(r.place) for r in checked.report.results] == [checked.place]


@slow("test_each_invalid_file_among_others_is_rejected_by_its_shape_at_its_line_and_by_no_other")
def test_a_finding_says_what_its_shape_says(checked: Checked) -> None:
    for result in checked.report.results:
        assert_said_by_its_shape(result, checked.corpus)


def severity_of(corpus: Corpus, shape: str) -> str:
    return SEVERITIES[shape_value(corpus, shape, SH.severity)]


def assert_said_by_its_shape(result: Result, corpus: Corpus) -> None:
    message = str(result.message)
    if result.shape in WITHOUT_SHAPE:
        assert message.startswith("This is not Turtle: ")
    elif result.shape in WITH_OWN_WORDS:
        own = r"(?=[A-Z`a“]).*(“.+”|\b(?:code|id|p|s):\w|German|English).*\.?\)?"
        assert re.fullmatch(own, message)
    else:
        wanted = {message for message, name in messages_of(corpus) if name == result.shape}
        about_names = r"^\S+ is (?:not recorded|of data/codes/\S+)\. | Is \S+ meant\?$"
        assert re.sub(about_names, "", message) in wanted


def messages_of(corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Find the messages in the shapes graph and the name of the shape that reports each."""
    shapes = corpus.graph("shapes")
    for node, message in shapes.subject_objects(SH.message):
        holder = shapes.value(None, SH.sparql, node, any=False) or node
        yield str(message), str(holder).removeprefix(IRIS.shape(""))


# The same, side by side

LOTS = side_by_side()


@pytest.mark.parametrize("lot", mostly_slow(LOTS, LOTS[::3]), ids=lambda lot: f"{len(lot)} from {next(iter(lot))}")
def test_each_invalid_file_among_others_is_rejected_by_its_shape_at_its_line_and_by_no_other(
    sample: Settings, real_corpus: Corpus, lot: dict[str, Invalid]
) -> None:
    expected = Counter(
        (invalid.shape, invalid.lay_over(sample, f"{name}.ttl" if invalid.mode is None else None))
        for name, invalid in lot.items()
    )
    report = check(sample)
    found = Counter((r.shape, str(r.place)) for r in report.results)
    assert (sorted(found - expected), sorted(expected - found)) == ([], [])
    for result in report.results:
        assert result.severity == severity_of(real_corpus, result.shape)
        assert_said_by_its_shape(result, real_corpus)
    assert report.conforms is all(r.severity != VIOLATION for r in report.results)


def test_every_invalid_file_lies_in_one_lot() -> None:
    assert sorted(name for lot in side_by_side() for name in lot) == INVALID


# All of them together


@pytest.fixture(scope="module")
def real_corpus() -> Corpus:
    return load_corpus(Settings(home=HOME))


def reporting_shapes(corpus: Corpus) -> set[str]:
    """Return the names of the shapes that can report: those with a message, and all property shapes with a name."""
    named = corpus.graph("shapes").subjects(RDF.type, SH.PropertyShape)
    return {name for _, name in messages_of(corpus)} | {str(shape).removeprefix(IRIS.shape("")) for shape in named}


def test_every_shape_that_can_report_has_an_invalid_file(real_corpus: Corpus) -> None:
    assert reporting_shapes(real_corpus) - {read_invalid(name).shape for name in INVALID} == BY_OMISSION


def test_every_invalid_file_belongs_to_a_shape(real_corpus: Corpus) -> None:
    assert {read_invalid(name).shape for name in INVALID} == reporting_shapes(real_corpus) - BY_OMISSION | WITHOUT_SHAPE


def test_every_shape_with_a_variant_has_its_plain_invalid_file_too() -> None:
    assert {read_invalid(name).shape for name in INVALID} <= set(INVALID)


def test_every_shape_that_can_report_has_a_message(real_corpus: Corpus) -> None:
    assert reporting_shapes(real_corpus) == {name for _, name in messages_of(real_corpus)}


def test_every_message_says_what_to_do_in_one_line(real_corpus: Corpus) -> None:
    for message, name in messages_of(real_corpus):
        assert "\n" not in message, name
        assert message.endswith("."), name


# The valid sample


def test_the_sample_conforms_without_a_warning(sample: Settings) -> None:
    report = check(sample)
    assert report.results == (), report.to_text()
    assert report.conforms
    assert report.checked == ("evidence of sample against its text",)


def test_the_sample_conforms_beside_the_real_data_under_the_unaltered_ontology(tmp_path: Path) -> None:
    data = shutil.copytree(HOME / "data", tmp_path / "data")
    shutil.copytree(SAMPLE_DATA, data, dirs_exist_ok=True)
    report = check(Settings(home=HOME, data=data, texts=SAMPLE_TEXTS))
    assert report.results == (), report.to_text()


def test_every_triple_of_the_sample_remembers_its_line(sample_home: Path) -> None:
    corpus = load_corpus(Settings(home=sample_home))
    misplaced = []
    for (subject, predicate, value), place in corpus.places.items():
        if not place.file.is_relative_to(sample_home / "data") or isinstance(subject, BNode):
            continue
        lines = place.file.read_text("utf-8").split("\n")[: place.line]
        first = next(n for n in reversed(range(len(lines))) if n == 0 or not lines[n - 1].endswith(","))
        listed = "\n".join(lines[first:])  # of several values on several lines, each has the line of the last
        if word_of(predicate) not in lines[first] or word_of(value) not in listed:
            misplaced.append(f"{place}: {predicate} {value}")
    assert misplaced == []


def word_of(term: Node) -> str:
    """Return what a term is written as, whatever its prefix."""
    if isinstance(term, Literal):
        return str(term)
    return " a " if term == RDF.type else re.split(r"[/#]", str(term).rstrip("/"))[-1]


# Shapes that see something


def targets(corpus: Corpus) -> Iterator[tuple[str, str, set[Node]]]:
    """Find each target of each shape, and its focus nodes (SHACL §2.1.3): name of the shape, target, nodes."""
    shapes = corpus.graph("shapes")
    data = corpus.data
    for predicate in (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode):
        for shape, target in shapes.subject_objects(predicate):
            name = str(shape).removeprefix(IRIS.shape(""))
            yield name, f"{word_of(predicate)} {target}", focus_nodes(data, predicate, target)


def focus_nodes(data: Graph, predicate: Node, target: Node) -> set[Node]:
    if predicate == SH.targetClass:
        classes = data.transitive_subjects(RDFS.subClassOf, target)
        return {node for cls in classes for node in data.subjects(RDF.type, cls)}
    if predicate == SH.targetSubjectsOf:
        return set(data.subjects(target, None))
    if predicate == SH.targetObjectsOf:
        return set(data.objects(None, target))
    return set(data.subjects(None, None)) & {target}


def test_every_target_of_every_shape_has_focus_nodes_in_the_real_data_or_the_sample(
    real_corpus: Corpus, sample_home: Path
) -> None:
    found = [*targets(real_corpus), *targets(load_corpus(Settings(home=sample_home)))]
    assert len(found) > 80
    seen = {(name, target) for name, target, nodes in found if nodes}
    assert {(name, target) for name, target, _ in found} - seen == set()


def test_every_shape_with_a_target_has_focus_nodes_in_the_sample(sample_home: Path) -> None:
    seen: Counter[str] = Counter()
    for name, _, nodes in targets(load_corpus(Settings(home=sample_home))):
        seen[name] += len(nodes)
    assert len(seen) > 20
    assert [name for name, count in seen.items() if not count] == []


# Nothing read is nothing sound


@pytest.mark.parametrize(
    "folder", ["ontology", "data", "data/authority", "data/codes", "data/articles", "data/articles/sample"]
)
@pytest.mark.parametrize("way", ["removed", "emptied"])
def test_a_folder_without_files_is_an_error_that_names_it(sample: Settings, folder: str, way: str) -> None:
    path = sample.home / folder
    shutil.rmtree(path)
    if way == "emptied":
        path.mkdir()
    with pytest.raises(DataError) as error:
        check(sample)
    named = path.parent if (folder, way) == ("data/articles/sample", "removed") else path
    assert str(named) in str(error.value)
    assert re.search(r"Name|Run|Start|Remove|needs", str(error.value)), "the message says what to do"


@pytest.mark.parametrize("name", sorted(ONTOLOGY_FILES))
def test_a_missing_file_of_the_ontology_is_an_error_that_names_it(sample: Settings, name: str) -> None:
    (sample.ontology_dir / name).unlink()
    with pytest.raises(DataError, match=f"{name} is missing"):
        check(sample)


@pytest.mark.parametrize("name", sorted(name for name, graph in ONTOLOGY_FILES.items() if graph == "shapes"))
def test_a_file_of_shapes_without_a_shape_is_an_error_that_names_it(sample: Settings, name: str) -> None:
    (sample.ontology_dir / name).write_text("# all gone\n", "utf-8")
    with pytest.raises(DataError, match=f"{name} holds no shape"):
        check(sample)


@pytest.mark.parametrize(
    "path",
    [
        "ontology/more.ttl",
        "data/stray.ttl",
        "data/athority/stray.ttl",
        "data/articles/stray.ttl",
        "data/articles/sample/more/stray.ttl",
        "data/articles/sample/statements-001.ttl.txt",
        "data/articles/sample/more/notes",
    ],
)
def test_a_file_that_is_never_read_is_an_error_that_names_it(sample: Settings, path: str) -> None:
    stray = sample.home / path
    stray.parent.mkdir(exist_ok=True)
    stray.write_text("This is never read.", "utf-8")
    with pytest.raises(DataError, match=re.escape(f"{stray} is never read")):
        check(sample)


@pytest.mark.parametrize(
    "name",
    [
        *(".statements-001.ttl.swp", "statements-001.ttl~", "#statements-001.ttl#", "statements-001.ttl.orig"),
        *("Thumbs.db", ".idea/workspace.xml"),
    ],
)
def test_copies_that_editors_of_texts_make_are_left_alone(sample: Settings, name: str) -> None:
    copy = sample.data_dir / "articles" / "sample" / name
    copy.parent.mkdir(exist_ok=True)
    copy.write_text("This is never read.", "utf-8")
    assert check(sample).results == ()


def test_an_ontology_that_declares_nothing_is_rejected(sample: Settings) -> None:
    (sample.ontology_dir / "kg.ttl").write_text("# all gone\n", "utf-8")
    report = check(sample)
    assert not report.conforms
    assert {"DeclaredTerm", "ShapeTarget"} <= {r.shape for r in report.results}


# The command, as an editor meets it


def run_check(settings: Settings, *options: str) -> tuple[int, str, str]:
    """Return the exit code, standard output and standard error of ``kg check`` for these settings."""
    environment = {name: None for name in os.environ if name.startswith("KG_")}
    environment |= {"KG_HOME": str(settings.home), "KG_TEXTS": str(settings.texts or "")}
    result = CliRunner().invoke(cli.main, ["check", *options], env=environment)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Syntax", "a semicolon is missing at the end of this line"),
        ("StatementClaimant", "Give att:claimant an actor's record"),
        ("EvidenceMatches", "Write passages.ttl again"),
        ("ObservationUnit", "An observation needs exactly one att:unit"),
        ("KnownThing", "Correct its name, or add its record"),
        ("BareTriple", "Make it a statement"),
        ("DeclaredTerm-relation", "a relation is no property, so use a statement"),
    ],
)
def test_the_mistakes_an_editor_makes_first_get_one_clear_line_each(sample: Settings, name: str, advice: str) -> None:
    invalid = read_invalid(name)
    place = invalid.lay_over(sample)
    code, output, errors = run_check(sample)
    first, *rest = output.splitlines()
    assert first.startswith(f"{place}: violation [{invalid.shape}] ")
    assert advice in first
    assert all(
        line.startswith(("checked: ", "not checked: ", "The data do not conform: 1 violation,")) for line in rest
    )
    assert (code, errors) == (1, "")


@pytest.mark.parametrize(
    ("name", "code", "verdict"),
    [
        (None, 0, "The data conform: 0 violations, 0 warnings."),
        ("IssueSides", 0, "The data conform: 0 violations, 1 warning."),
        ("PeriodDays", 1, "The data do not conform: 1 violation, 0 warnings."),
        ("Syntax-end", 1, "The data do not conform: 1 violation, 0 warnings."),
    ],
)
def test_check_ends_with_a_verdict_that_its_exit_code_repeats(
    sample: Settings, name: str | None, code: int, verdict: str
) -> None:
    if name:
        read_invalid(name).lay_over(sample)
    found, output, errors = run_check(sample)
    assert output.splitlines()[-1] == verdict
    assert (found, errors) == (code, "")


def test_check_of_nothing_fails_and_says_so(sample: Settings) -> None:
    shutil.rmtree(sample.data_dir / "articles")
    code, output, errors = run_check(sample)
    assert (code, output) == (1, "")
    assert "holds no article" in errors


def test_no_finding_is_accompanied_by_a_traceback_in_the_log(
    sample: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("PeriodDays", "Syntax-iri"):
        read_invalid(name).lay_over(sample, f"{name.lower()}.ttl")
    check(sample)
    assert caplog.records == []


# The three formats of a report

MIXED = ("IssueSides", "ObservationUnit", "StatementClaimant", "KnownThing-object", "OwnSubject", "PeriodOrder")
"""Invalid files that can lie side by side."""


@pytest.mark.parametrize("names", [(), MIXED, ("IssueSides",), ("Syntax", "Syntax-prefix")], ids=len)
def test_the_formats_of_a_report_agree(sample: Settings, names: tuple[str, ...]) -> None:
    for name in names:
        read_invalid(name).lay_over(sample, f"{name.lower()}.ttl")
    report = check(sample)
    assert sorted(r.shape for r in report.results) == sorted(name.partition("-")[0] for name in names)
    assert read_text(report.to_text()) == findings(report)
    assert read_json(report.to_json()) == findings(report)
    assert read_turtle(report.to_turtle()) == findings(report)


@pytest.mark.parametrize("form", ["text", "json", "turtle"])
def test_check_prints_the_report_in_each_format(sample: Settings, form: str) -> None:
    for name in MIXED:
        read_invalid(name).lay_over(sample, f"{name.lower()}.ttl")
    code, output, errors = run_check(sample, "--format", form)
    conforms, found = {"text": read_text, "json": read_json, "turtle": read_turtle}[form](output)
    assert (code, errors, conforms) == (1, "", False)
    assert sorted(shape for _, shape, _ in found.elements()) == sorted(name.partition("-")[0] for name in MIXED)


Findings = tuple[bool, Counter[tuple[str, str, str]]]
"""Whether the data conform; and each finding's severity, shape and message led by its file and line."""


def findings(report: Report) -> Findings:
    return report.conforms, Counter((r.severity, r.shape, located(r)) for r in report.results)


def located(result: Result) -> str:
    return f"{result.place}: {result.message}"


def read_text(output: str) -> Findings:
    *lines, verdict = output.splitlines()
    pattern = re.compile(r"(\S+:\d+): (violation|warning|info) \[(\w+)\] (?:\S+: )?([A-Z].*)")
    matches = [pattern.fullmatch(line) for line in lines if not line.startswith(("checked: ", "not checked: "))]
    assert None not in matches, "each finding is one line"
    found = Counter((m[2], m[3], f"{m[1]}: {m[4]}") for m in matches if m)
    count = Counter(severity for severity, _, _ in found.elements())
    assert f"{count['violation']} violation" in verdict
    assert f"{count['warning']} warning" in verdict
    return verdict.startswith("The data conform"), found


def read_json(output: str) -> Findings:
    report = json.loads(output)
    results = report["results"]
    assert report["counts"] == {s: sum(r["severity"] == s for r in results) for s in ("violation", "warning", "info")}
    return report["conforms"], Counter(
        (r["severity"], r["shape"], f"{r['file']}:{r['line']}: {r['message']}") for r in results
    )


def read_turtle(output: str) -> Findings:
    graph = Graph().parse(data=output, format="turtle")
    report = graph.value(None, RDF.type, SH.ValidationReport, any=False)
    results = list(graph.objects(report, SH.result))
    assert set(results) == set(graph.subjects(RDF.type, SH.ValidationResult))
    conforms = graph.value(report, SH.conforms, any=False)
    assert isinstance(conforms, Literal)
    return conforms.toPython(), Counter(
        (
            SEVERITIES[graph.value(node, SH.resultSeverity, any=False)],
            str(graph.value(node, SH.sourceShape, any=False)).removeprefix(IRIS.shape("")),
            str(graph.value(node, SH.resultMessage, any=False)),
        )
        for node in results
    )


def test_findings_stand_in_the_order_of_files_and_lines(sample: Settings) -> None:
    for name in MIXED:
        read_invalid(name).lay_over(sample, f"{name.lower()}.ttl")
    report = check(sample)
    places = [(str(r.place.file), r.place.line) for r in report.results if r.place]
    assert len(places) == len(MIXED)
    assert places == sorted(places)


def test_a_file_that_cannot_be_read_is_reported_instead_of_its_consequences(sample: Settings) -> None:
    """Without its statements the article's events would dangle; that is not what the editor has to correct."""
    path = sample.data_dir / "articles" / "sample" / "statements-001.ttl"
    path.write_text(path.read_text("utf-8").replace("att:claimant v:voice ;", "att:claimant v:voice", 1), "utf-8")
    report = check(sample)
    assert [(r.shape, str(r.place)) for r in report.results] == [
        ("Syntax", f"{path}:{find_line(path, 'att:claimant')}")
    ]
    assert report.unchecked == ("everything else: correct the files above first",)
