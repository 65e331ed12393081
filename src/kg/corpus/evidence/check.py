"""Evidence compared with the article's text, wherever a copy is available.

A text belongs to an article if its file is named ``<slug>.txt``, or if its digest is the one that the article records.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, SKOS, Namespace
from rdflib.term import Node

from kg.corpus.checks.figures import number_of
from kg.corpus.checks.losses import TOLD, Keeper
from kg.corpus.checks.statements import repeated_statements
from kg.corpus.cutting import cut
from kg.corpus.cutting.corrections import Correction
from kg.corpus.cutting.kinds import HEADING, KINDS
from kg.corpus.evidence.printed import alone, has_printed, plain
from kg.corpus.languages.cues import finder, quotations
from kg.corpus.languages.numbers import find_numbers
from kg.corpus.rdf.triples import Triple
from kg.corpus.report import VIOLATION, WARNING, Result
from kg.corpus.sources.load import Corpus
from kg.corpus.text import Passage, Texts, digest, read_texts
from kg.terms import PREFIXES, Iris

OA = Namespace(PREFIXES["oa"])
PRINTED_TERMS = ("printed", "verb")
"""Properties whose values are words of the passage."""

WARNED = ("FactKept", "QuotedInMarks", "StatementTwice")
"""Checks that hold an article's statements against its text, or each other, and do not keep it from release."""

RECORDS = ("authority", "codes")
"""Short names of the graphs that no article's text may be copied into."""

LONGEST_RUN = 7
"""Maximum of consecutive words of an article in the data."""

SPOKEN = ("/question", "/answer", "/pull-quote")
"""Ends of the IRIs of kinds of passage whose words are somebody's without quotation marks."""
_OPEN = re.compile(r"[“„«\"][^”“»\"]*$|^[^“„«\"]*[”»\"]")
"""A quotation that begins before a passage, or goes on behind it."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def find_texts(
    corpus: Corpus, folder: Path | None, texts: Texts | None = None
) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """Return the available texts by slug, and a line on each article whose evidence was and was not checked.

    ``texts`` are those of the folder, where it was read already.
    """
    texts = read_texts(folder) if texts is None else texts
    found: dict[str, str] = {}
    checked: list[str] = []
    unchecked: list[str] = []
    for slug in corpus.slugs:
        article = URIRef(corpus.iris.article(slug))
        recorded = corpus.graph(f"article/{slug}").value(article, URIRef(corpus.iris.term("digest")))
        text = texts.text_of(slug, str(recorded) if recorded else None)
        if text is not None:
            found[slug] = text
        lines = unchecked if text is None else checked
        lines.append(held_against_text(slug, folder, is_held=text is not None))
    return found, tuple(checked), tuple(unchecked)


def held_against_text(slug: str, folder: Path | None, *, is_held: bool) -> str:
    """Return the line that says whether an article's evidence was checked against its text, and why not."""
    where = f"{folder} has no text of it" if folder else "KG_TEXTS names no folder of texts"
    return f"evidence of {slug} against its text" + ("" if is_held else f" ({where})")


def passage_texts(graph: Graph, text: str, term: Namespace) -> dict[Node, str]:
    """Return the words that each passage of an article's graph points to."""
    found = {}
    for passage in graph.subjects(RDF.type, term["Passage"]):
        selector = graph.value(passage, OA.hasSelector)
        start, end = graph.value(selector, OA.start), graph.value(selector, OA.end)
        if str(start).isdecimal() and str(end).isdecimal():  # else the shape PassagePosition reports it
            found[passage] = text[int(str(start)) : int(str(end))]
    return found


def check_article(corpus: Corpus, slug: str, text: str) -> Iterator[Result]:
    """Find evidence that the text does not support.

    That is a digest that is not the passage's, words recorded as printed that the passage does not print, and a figure
    whose bounding word was lost.
    """
    term = Namespace(corpus.iris.term(""))
    graph = corpus.graph(f"article/{slug}")
    article = URIRef(corpus.iris.article(slug))
    recorded = graph.value(article, term.digest)
    if recorded is not None and str(recorded) != digest(text):
        yield Result(VIOLATION, "ArticleDigestMatches", article, term.digest, recorded, None, None)
    passages = passage_texts(graph, text, term)
    for passage, words in passages.items():
        recorded = graph.value(passage, term.digest)
        if recorded is not None and str(recorded) != digest(words):
            yield Result(VIOLATION, "EvidenceMatches", passage, term.digest, recorded, None, None)
    if str(graph.value(article, term.digest)) == digest(text):
        yield from _check_cut(graph, term, article, text)
    yield from _check_cells(corpus, graph, term, passages)
    marked = _Marked(graph, term, text)
    bounds = _Bounds(corpus, str(graph.value(article, DCTERMS.language) or "en")[:2])
    for statement in set(graph.subjects(term.evidence, None)):
        read = [p for name in ("evidence", "context") for p in graph.objects(statement, term[name])]
        if not all(passage in passages for passage in read):
            continue  # KnownThing or the shape PassagePosition reports it
        words = " ".join(plain(passages[p]) for p in read)
        yield from _check_words(graph, term, statement, words)
        yield from _check_places(graph, term, statement, text)
        yield from bounds.check(graph, term, statement, words)
        yield from marked.check(statement, words)
    yield from repeated_statements(graph, term)
    yield from _check_losses(corpus, graph, term, passages)


def _check_losses(corpus: Corpus, graph: Graph, term: Namespace, passages: Mapping[Node, str]) -> Iterator[Result]:
    """Find what a passage says and no statement of it keeps; a note on the passage says that somebody has looked."""
    language = next((str(code) for code in graph.objects(None, DCTERMS.language)), "en")
    words, keeper = finder(corpus.graph("codes"), corpus.iris, language), Keeper(graph, corpus.data, term)
    for passage, text in passages.items():
        statements = keeper.statements(passage)
        if statements and (passage, SKOS.editorialNote, None) not in graph:
            lost = {(f.kind, f.words) for f in keeper.facts(passage, words.find(text)) if not f.is_kept}
            for kind, printed in sorted(lost):
                if kind in TOLD:
                    told = f"The passage has {TOLD[kind]}, “{_first_words(printed)}”, that no statement of it keeps."
                    told += " Add what it means, record the words, or note on the passage why not."
                    yield Result(WARNING, "FactKept", min(statements, key=str), None, Literal(printed), told, None)


def _first_words(text: str) -> str:
    words = text.split()
    return " ".join(words[:LONGEST_RUN]) + (" …" if len(words) > LONGEST_RUN else "")


def check_texts(corpus: Corpus, texts: Mapping[str, str]) -> Iterator[Result]:
    """Find what the available texts, by slug, do not support, and what was copied from them."""
    for slug, text in texts.items():
        yield from check_article(corpus, slug, text)
    yield from _check_borrowed(corpus, texts)


def _check_borrowed(corpus: Corpus, texts: Mapping[str, str]) -> Iterator[Result]:
    """Find literals that share a run of words with their article's text or, among the records, with any."""
    runs = {corpus.iris.graph(f"article/{slug}"): set(_runs(text)) for slug, text in texts.items()}
    shared = set().union(*runs.values())
    runs |= {corpus.iris.graph(name): shared for name in RECORDS}
    few = _not_looked_at(corpus.iris)
    for name, copied in runs.items():
        for triple in corpus.graphs.get(URIRef(name), ()):
            run = next((r for r in _runs(str(triple[2])) if r in copied), None) if _is_long(triple, few) else None
            if run:
                yield _borrowed(triple, run)


def borrowed(iris: Iris, triples: Iterable[Triple], texts: Iterable[str]) -> Iterator[Result]:
    """Find literals that share a run of words with one of the texts, which are looked at one after the other."""
    few = _not_looked_at(iris)
    by_run: dict[tuple[str, ...], list[Triple]] = defaultdict(list)
    for triple in triples:
        for run in _runs(str(triple[2])) if _is_long(triple, few) else ():
            by_run[run].append(triple)
    if not by_run:
        return
    copied = {triple: run for text in texts for run in _runs(text) for triple in by_run.get(run, ())}
    for triple, run in copied.items():
        yield _borrowed(triple, run)


def _borrowed(triple: Triple, run: tuple[str, ...]) -> Result:
    words = " ".join(run)
    told = f"“{words}”: eight or more words in a row are the article's own. Say it in other words, or in another order."
    return Result(VIOLATION, "BorrowedWords", *triple, told, None)


def _not_looked_at(iris: Iris) -> set[URIRef]:
    """Return the properties whose values may be an article's words: the shape FewWords counts them, or it is a name."""
    return {URIRef(PREFIXES["schema"] + "headline"), *(URIRef(iris.term(name)) for name in PRINTED_TERMS)}


def _is_long(triple: Triple, few: set[URIRef]) -> bool:
    """Return whether a value is a text that can hold a run of words too long."""
    _, predicate, value = triple
    return predicate not in few and isinstance(value, Literal) and value.count(" ") >= LONGEST_RUN


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.lower().replace("’", "'"))
    return zip(*(words[start:] for start in range(LONGEST_RUN + 1)), strict=False)


def recorded_passages(graph: Graph, term: Namespace) -> dict[Node, Passage] | None:
    """Return the passages as an article's graph has them, or None where a number or an offset is none.

    The shapes PassageNumber and PassagePosition report that.
    """
    found = {}
    numbers = {passage: str(graph.value(passage, term.number)) for passage in graph.subjects(RDF.type, term.Passage)}
    for passage, number in numbers.items():
        selector = graph.value(passage, OA.hasSelector)
        start, end = str(graph.value(selector, OA.start)), str(graph.value(selector, OA.end))
        section, speaker = graph.value(passage, term.section), graph.value(passage, term.speaker)
        within = numbers.get(section) if section is not None else None
        if not all(value.isdecimal() for value in (number, start, end, within or "0")) or int(start) >= int(end):
            return None
        found[passage] = Passage(
            number=int(number),
            kind=str(graph.value(passage, term.kind)).rpartition("/")[2],
            section=int(within) if within else None,
            start=int(start),
            end=int(end),
            digest=str(graph.value(passage, term.digest)),
            speaker=str(speaker) if speaker is not None else None,
            is_corrected=(passage, term.corrected, Literal(True)) in graph,
        )
    return found


def corrections_of(passages: Iterable[Passage]) -> list[Correction]:
    """Return what an editor corrected, as the recorded passages have it."""
    known = list(passages)
    starts = {passage.number: passage.start for passage in known}
    return [
        Correction(p.start, p.end, p.kind, starts.get(p.section or 0, False), p.speaker)
        for p in sorted(known, key=lambda p: p.start)
        if p.is_corrected
    ]


def _check_cut(graph: Graph, term: Namespace, article: URIRef, text: str) -> Iterator[Result]:
    """Find recorded passages that are none of the text's, and report the article where passages are missing.

    What an editor corrected is taken as recorded; the rest must be what the cutter gives, kind, section and speaker
    included.
    """
    recorded = recorded_passages(graph, term)
    if recorded is None:
        return  # a shape reports it; what is missing is unknown
    language = str(graph.value(article, DCTERMS.language) or "und")
    expected = {_place(p) for p in cut(text, language, corrections_of(recorded.values()))}
    found = {node: _place(passage) for node, passage in recorded.items()}
    spans = {place[:2] for place in expected}
    headings = {passage.number for passage in recorded.values() if passage.kind == HEADING}
    for node, place in found.items():
        is_told = place[2] not in KINDS or place[3] not in {None, *headings}  # shapes report kind and section
        if place not in expected and not (is_told and place[:2] in spans):
            yield Result(VIOLATION, "PassagesMatch", node, RDF.type, term.Passage, None, None)
    if expected - set(found.values()):
        yield Result(VIOLATION, "PassagesMatch", article, RDF.type, term.Article, None, None)


def _place(passage: Passage) -> tuple[int, int, str, int | None, str | None]:
    return passage.start, passage.end, passage.kind, passage.section, passage.speaker


def _check_cells(corpus: Corpus, graph: Graph, term: Namespace, passages: dict[Node, str]) -> Iterator[Result]:
    row = URIRef(corpus.iris.code("table-row"))
    for statement, cell in graph.subject_objects(term.cell):
        rows = [p for p in graph.objects(statement, term.evidence) if (p, term.kind, row) in graph]
        cells = max((len(re.split(r"\||\t+", passages.get(p, "").strip("| "))) for p in rows), default=0)
        if cells and str(cell).isdecimal() and int(str(cell)) > cells:
            yield Result(VIOLATION, "CellInRow", statement, term.cell, cell, None, None)


def _check_words(graph: Graph, term: Namespace, statement: Node, passage: str) -> Iterator[Result]:
    for node in (statement, *graph.objects(statement, term.words)):
        is_number = (node, RDF.type, term.PrintedNumber) in graph
        for name in PRINTED_TERMS:
            for value in graph.objects(node, term[name]):
                parts = plain(str(value)).split("…")  # a verb may be printed in two places
                words = (alone(re.escape(part.strip()), is_number=is_number) for part in parts)
                if not re.search(".*".join(words), passage):
                    yield Result(VIOLATION, "PrintedWords", node, term[name], value, None, None)


class _Marked:
    """The words of an article in quotation marks, over several passages or within one."""

    def __init__(self, graph: Graph, term: Namespace, text: str) -> None:
        self._graph, self._term = graph, term
        self._quoted = [plain(words) for words in quotations(text)]
        self._is_whole = text.count('"') % 2 == 0
        """Whether straight marks pair, so that the text between two of them is known."""

    def check(self, statement: Node, passage: str) -> Iterator[Result]:
        """Find quoted words without quotation marks; words known to be spoken need none."""
        graph, term = self._graph, self._term
        quoted = [words.replace("’", "'") for words in quotations(passage)]
        if _OPEN.search(passage) or (not quoted and (self._is_spoken(statement) or not self._is_whole)):
            return
        for node in graph.objects(statement, term.words):
            printed = graph.value(node, term.printed)
            wanted = plain(str(printed))
            is_quotation = (node, RDF.type, term.Quotation) in graph and wanted in passage
            if is_quotation and not any(wanted in words for words in quoted or self._quoted):
                yield Result(WARNING, "QuotedInMarks", node, term.printed, printed, None, None)

    def _is_spoken(self, statement: Node) -> bool:
        passages = self._graph.objects(statement, self._term.evidence)
        return any(str(kind).endswith(SPOKEN) for p in passages for kind in self._graph.objects(p, self._term.kind))


def _check_places(graph: Graph, term: Namespace, statement: Node, text: str) -> Iterator[Result]:
    """Find words whose offsets lead to other words, or into a longer number."""
    for node in graph.objects(statement, term.words):
        start, end = graph.value(node, term.start), graph.value(node, term.end)
        if not (str(start).isdecimal() and str(end).isdecimal()) or int(str(start)) >= int(str(end)):
            continue  # the shape WordsPosition reports it
        printed, is_number = str(graph.value(node, term.printed)), (node, RDF.type, term.PrintedNumber) in graph
        if not has_printed(printed, text, int(str(start)), int(str(end)), is_number=is_number):
            yield Result(VIOLATION, "WordsPlace", node, term.start, start, None, None)


class _Bounds:
    """The words that, right before a number, bound it: the names of the codes, in one language."""

    def __init__(self, corpus: Corpus, language: str) -> None:
        self._iris, codes = corpus.iris, corpus.graph("codes")
        self._codes = {
            plain(str(name)): code
            for code in codes.subjects(SKOS.inScheme, URIRef(corpus.iris.code("bound")))
            for predicate in (RDFS.label, SKOS.altLabel)
            for name in codes.objects(code, predicate)
            if isinstance(name, Literal) and name.language == language
        }
        self._language = language
        longest_first = sorted(self._codes, key=len, reverse=True)
        self._words = "|".join(map(re.escape, longest_first)) or r"(?!)"

    def check(self, graph: Graph, term: Namespace, statement: Node, passage: str) -> Iterator[Result]:
        """Find a figure whose bound is not that of the word before its number."""
        bound = graph.value(statement, term.bound)
        value = number_of(graph.value(graph.value(statement, term.prints), term.value))
        for node in graph.objects(statement, term.words) if bound is not None else ():
            printed = plain(str(graph.value(node, term.printed)))
            is_number = (node, RDF.type, term.PrintedNumber) in graph
            numbers = [n for n in find_numbers(printed, self._language) if n.value == value] if is_number else []
            if not numbers:
                continue
            number = re.match(r"[\d.,]*\d|\S+", printed[numbers[0].start : numbers[0].end])
            before = rf"(?<!\w)({self._words})\s+\W?{re.escape(number[0] if number else printed)}(?!\w)"
            found = re.search(before, passage)
            if found and bound != self._codes[found.group(1)]:
                code = self._iris.short(str(self._codes[found.group(1)]))
                told = f"The passage prints “{found.group(1)}” right before this number. Give att:bound {code}, and "
                told += "record the words."
                yield Result(VIOLATION, "BoundKept", statement, term.bound, bound, told, None)
