"""A worksheet for an article: a stub for each passage that has no statement yet, in the files where statements go.

Stubs hold what their passage shows without guessing. They are drafts: kg check says what is left, and none is
published.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, URIRef
from rdflib.namespace import SKOS

from kg.corpus.evidence.check import find_texts
from kg.corpus.languages.cues import Amount, Cue, Span
from kg.corpus.sources.load import Corpus, load_corpus
from kg.corpus.text import digest, read_text
from kg.editing.desk import Desk
from kg.editing.drafting.stubs import Stub, Stubs
from kg.editing.passages import Places
from kg.editing.turtle import Turtle, literal
from kg.errors import DataError
from kg.names import plain
from kg.settings import Settings
from kg.terms import PREFIXES

FIGURE = "Say what is counted, in its observation; then take this line out."
COUNTED = "Give indicator, population and period; then take this line out."
CODED = ("attribution", "frequency", "modality")
FEW = 7
"""So many words of an article may be recorded at once."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was drafted: the passages, the number of stubs, and the files."""

    passages: tuple[str, ...]
    stubs: int
    files: tuple[Path, ...]


def stubs_of(settings: Settings, slug: str, text_file: Path | None = None) -> Stubs:
    """Return what can be known of an article's passages; raises DataError where its text is not available."""
    corpus = load_corpus(settings)
    if any(result.shape == "Syntax" for result in corpus.results):
        raise DataError("Some files cannot be read. See kg check.")
    if slug not in corpus.slugs:
        raise DataError(f"There is no article {slug}. There is {', '.join(corpus.slugs) or 'none'}.")
    text = read_text(text_file) if text_file else find_texts(corpus, settings.texts)[0].get(slug)
    if text is None:
        raise DataError(f"The text of {slug} is not available. Give it with --text, or set KG_TEXTS to its folder.")
    article = URIRef(corpus.iris.article(slug))
    if digest(text) != str(corpus.graph(f"article/{slug}").value(article, URIRef(corpus.iris.term("digest")))):
        raise DataError(f"This is not the text of {slug} that was cut. See kg renew.")
    return Stubs(corpus, slug, text)


def draft(settings: Settings, slug: str, text_file: Path | None = None, only: Sequence[int] = ()) -> Drafted:
    """Write stubs for the passages, or those of ``only`` by number, that need statements and have none.

    Raises DataError as stubs_of does, and where a file cannot be written; nothing is changed then.
    """
    stubs = stubs_of(settings, slug, text_file)
    chosen = [stub for stub in stubs.open() if not only or stub.passage.number in only]
    work = _Drafting(Desk(settings), stubs)
    for stub in chosen:
        work.add(stub)
    work.desk.write()
    return Drafted(tuple(stub.name for stub in chosen), work.count, tuple(work.written))


def draft_on(desk: Desk, stubs: Stubs, name: str) -> int:
    """Stage on a desk the stubs of one passage; return their number.

    Raises DataError where the passage has statements already, or needs none.
    """
    stub = next((one for one in stubs.open() if one.name == name), None)
    if stub is None:
        raise DataError("This passage has statements, or needs none, so there is nothing to draft.")
    work = _Drafting(desk, stubs)
    work.add(stub)
    return work.count


class _Drafting:
    def __init__(self, desk: Desk, stubs: Stubs) -> None:
        self.desk, self._stubs = desk, stubs
        self.folder = self.desk.article_folder(stubs.slug)
        self._iris, self._corpus = stubs.corpus.iris, stubs.corpus
        self._codes = {str(code).rpartition("/")[2] for code in stubs.corpus.graph("codes").subjects(SKOS.inScheme)}
        numbers = {
            str(node).rpartition("/")[2]: int(str(number))
            for node, number in stubs.graph.subject_objects(stubs.term.number)
            if str(number).isdecimal()
        }
        self.places = Places(desk, self.folder, numbers)
        self._periods = dict(self._known_periods(stubs.corpus))
        self.written: list[Path] = []
        self.count = 0

    def _known_periods(self, corpus: Corpus) -> Iterator[tuple[tuple[str, str, str], str]]:
        term = self._stubs.term
        for graph in (self._stubs.graph, corpus.graph("authority")):
            for node in graph.subjects(RDF.type, term.Period):
                first, last, precision = (str(graph.value(node, term[n])) for n in ("firstDay", "lastDay", "precision"))
                if (first, last) != ("None", "None"):
                    yield (first, last, precision.rpartition("/")[2]), str(node)

    # Where it goes

    def add(self, stub: Stub) -> None:
        """Stage the stubs of one passage, with the observations and periods that they need."""
        blocks = _Blocks(self, stub, self.places.turtle(stub.name))
        text = blocks.text()
        path = self.places.stage(stub.name, "\n".join([text, *blocks.observations, *blocks.periods]))
        self.written += [path] if path not in self.written else []
        self.count += blocks.count

    def period(self, turtle: Turtle, span: Span, words: str) -> tuple[str, str | None]:
        """Return the IRI of a period, and its block if there is none yet, as written in a file."""
        key = (str(span.first), str(span.last), span.precision)
        if key in self._periods and span.precision != "relative":
            return self._periods[key], None
        iri = f"{self._stubs.article}/period/{_period_name(span, words)}"
        if any(self.desk.find(iri, sorted(self.folder.glob("*.ttl")))):
            return iri, None
        self._periods[key] = iri
        date = turtle.prefixes.get("xsd") and "xsd:date"
        date = date or f"<{PREFIXES['xsd']}date>"
        lines = [f"{turtle.shorten(iri)} a att:Period", f"rdfs:label {literal(_period_label(span, words), 'en')}"]
        lines += [f"att:precision code:{span.precision}"]
        lines += [f'att:firstDay "{span.first}"^^{date}'] if span.first else []
        lines += [f'att:lastDay "{span.last}"^^{date}'] if span.last else []
        lines += [] if span.is_inferred else [f"att:printed {literal(words)}"]
        return iri, _block(lines)

    def has_code(self, name: str) -> bool:
        """Return whether there is a code of that name."""
        return name in self._codes


class _Blocks:
    """The blocks of one passage, as they are written in one file."""

    def __init__(self, work: _Drafting, stub: Stub, turtle: Turtle) -> None:
        self._work, self._stub, self._turtle = work, stub, turtle
        self._root = f"{work._stubs.article}/statement/{stub.name}-"
        self.count = 0
        self.observations: list[str] = []
        self.periods: list[str] = []
        self._times = [self._period(span) for span in stub.found.spans]

    def _short(self, iri: str) -> str:
        return self._turtle.shorten(iri)

    def _period(self, span: Span) -> str:
        iri, block = self._work.period(self._turtle, span, self._stub.found.words(span))
        self.periods += [block] if block else []
        return iri

    def text(self) -> str:
        """Return the statement of the passage, and one for each number."""
        parts = [] if self._stub.cells else [self._statement()]
        amounts = self._stub.cells or [(None, amount) for amount in self._stub.found.amounts]
        parts += [self._figure(amount, cell) for cell, amount in amounts]
        return self._hints() + "\n".join(parts or [self._statement()])

    def _hints(self) -> str:
        """Return comments on what is found and has no place yet, without any word of the article."""
        stub = self._stub
        lines = []
        named = list(dict.fromkeys(mention.iri for mention in stub.mentions if mention.iri != stub.claimant))
        lines += [f"# Named: {', '.join(map(self._short, named))}."] if named else []
        if len(self._times) > 1:
            lines.append(f"# Times: {', '.join(map(self._short, self._times))}.")
        if stub.claimant is None and not stub.found.is_question and not any(c.speaks for c in stub.choices):
            lines.append("# Who says it is not named here by a name that has a record.")
        for choice in stub.choices:
            lines.append(
                f"# “{choice.words}”: {' or '.join(map(self._short, choice.actors))}? Choose, or none of them."
            )
        return "".join(f"{line}\n" for line in lines)

    def _next(self) -> str:
        self.count += 1
        return f"{self._root}{self.count}"

    def _statement(self) -> str:
        stub, iri = self._stub, self._next()
        conditions = [cue for cue in stub.found.cues if cue.kind == "condition" and self._work.has_code(cue.code)]
        kind = "Question" if stub.found.is_question else "Conditional" if conditions else "Assertion"
        words = _Words(self, iri)
        said = [f"{self._short(iri)} a att:{kind}", f"att:draft {literal(self._to_do(kind))}", *self._who()]
        for name in CODED:
            said += self._code(name, words)
        if kind == "Conditional":
            said.append(f"att:conditionKind code:{conditions[0].code}")
            words.add(conditions[0], conditions[0].code)
        said += ["att:negated true"] if stub.found.codes("negation") and kind == "Assertion" else []
        said += [f"att:period {self._short(self._times[0])}"] if len(self._times) == 1 else []
        for quoted in stub.found.quotations:
            words.quote(quoted)
        return words.block(said)

    def _to_do(self, kind: str) -> str:
        """Return what is left to do, with the choice of those who may speak; none of them is taken for granted."""
        what = {
            "Question": "what is asked, and for which property",
            "Conditional": "both parts, as statements of their own",
            "Assertion": "its relation, subject and object",
        }[kind]
        if self._stub.claimant or kind == "Question":
            return f"Say {what}; give it a label; then take this line out."
        offered = [c for c in self._stub.choices if c.speaks]
        whom = "; ".join(f"“{c.words}”: {' or '.join(map(self._short, c.actors))}?" for c in offered)
        more = f" ({whom})" if whom else ""
        return f"Say {what}, and who says it{more}; give it a label; then take this line out."

    def _who(self) -> list[str]:
        stub = self._stub
        who = [] if stub.claimant is None else [f"att:claimant {self._short(stub.claimant)}"]
        lead = [f"att:context {self._short(self._work._stubs.passage(stub.lead))}"] if stub.lead else []
        return [*who, f"att:evidence {self._short(self._work._stubs.passage(stub.name))}", *lead]

    def _code(self, name: str, words: _Words) -> list[str]:
        """Return the code of a kind, where words of the passage stand for one alone; of a modality, flat for none."""
        cues = [cue for cue in self._stub.found.cues if cue.kind == name and self._work.has_code(cue.code)]
        codes = {cue.code for cue in cues}
        if name == "modality" and self._stub.found.is_question:
            return ["att:modality code:asked"]
        if len(codes) != 1:
            return ["att:modality code:flat"] if name == "modality" and not codes else []
        words.add(cues[0], cues[0].code)
        return [f"att:{name} code:{cues[0].code}"]

    def _figure(self, amount: Amount, cell: int | None) -> str:
        iri, stub = self._next(), self._stub
        name = iri.rpartition("/")[2]
        observation = f"{self._work._stubs.article}/observation/{name}"
        words = _Words(self, iri)
        said = [f"{self._short(iri)} a att:Figure", f"att:draft {literal(FIGURE)}", *self._who()]
        said += [f"att:context {self._short(self._work._stubs.passage(stub.header))}"] if cell and stub.header else []
        said += [f"att:cell {cell}"] if cell else []
        said += [f"att:prints {self._short(observation)}", f"att:bound code:{amount.bound}"]
        said += [*self._code("attribution", words), *self._hedge(amount, words)]
        words.number(amount)
        self.observations.append(self._observation(observation, amount))
        return words.block(said)

    def _hedge(self, amount: Amount, words: _Words) -> list[str]:
        """Return the modality of a figure: that of a hedge before its number in the same clause, else flat."""
        found = self._stub.found
        cues = [cue for cue in found.cues if cue.kind == "modality" and cue.end <= amount.start]
        if (
            cues
            and not re.search(r"[,;:]\s", found.text[cues[-1].end : amount.start])
            and self._work.has_code(cues[-1].code)
        ):
            words.add(cues[-1], cues[-1].code)
            return [f"att:modality code:{cues[-1].code}"]
        return ["att:modality code:flat"]

    def _observation(self, iri: str, amount: Amount) -> str:
        turtle, value = self._turtle, amount.value
        written = str(int(value)) if value == value.to_integral() else f"{value.normalize():f}"
        lines = [f"{turtle.shorten(iri)} a att:Observation", f"att:draft {literal(COUNTED)}", f"att:value {written}"]
        lines += [f"att:unit code:{amount.unit}"] if amount.unit and self._work.has_code(amount.unit) else []
        is_told = len(self._times) == 1 and not self._stub.found.codes("condition")
        lines += [f"att:period {turtle.shorten(self._times[0])}"] if is_told else []
        return _block([*lines, f"att:bound code:{amount.bound}"])

    @property
    def stub(self) -> Stub:
        """What the passage shows."""
        return self._stub


class _Words:
    """The nodes of printed words of one statement."""

    def __init__(self, blocks: _Blocks, iri: str) -> None:
        self._blocks, self._iri = blocks, iri
        self._nodes: list[str] = []
        self._seen: set[tuple[int, int]] = set()

    def _add(self, kind: str, printed: str, *said: str) -> None:
        name = self._blocks._short(f"{self._iri}#w{len(self._nodes) + 1}")
        few = " ".join(printed.split()[:FEW])
        self._nodes.append(_block([f"{name} a att:{kind}", f"att:printed {literal(few)}", *said]))

    def add(self, cue: Cue, code: str) -> None:
        """Record words that stand for a code, once."""
        if (cue.start, cue.end) not in self._seen:
            self._seen.add((cue.start, cue.end))
            self._add("Words", self._blocks.stub.found.words(cue), f"att:expresses code:{code}")

    def quote(self, words: str) -> None:
        """Record quoted words, as those of the claimant where there is one."""
        claimant = self._blocks.stub.claimant
        self._add(
            "Quotation", words.strip(" ,."), *([f"att:quotedFrom {self._blocks._short(claimant)}"] if claimant else [])
        )

    def number(self, amount: Amount) -> None:
        """Record the words of a number, and those that bound it."""
        found = self._blocks.stub.found
        self._add("PrintedNumber", found.words(amount))
        if amount.bound != "as-printed":
            before = found.text[: amount.start].rstrip("$€£ \u00a0").split()
            bounds = self._blocks._work._stubs.bounding_words(amount.bound)
            printed = next((p for n in range(4, 0, -1) if plain(p := " ".join(before[-n:])) in bounds), None)
            if printed:
                self._add("Words", printed, f"att:expresses code:{amount.bound}")

    def block(self, said: list[str]) -> str:
        """Return the block of the statement, with those of its words behind it."""
        names = [self._blocks._short(f"{self._iri}#w{n}") for n in range(1, len(self._nodes) + 1)]
        lines = [*said, f"att:words {' , '.join(names)}"] if names else said
        return "\n".join([_block(lines), *self._nodes])


def _block(lines: list[str]) -> str:
    return " ;\n  ".join(lines) + " .\n"


def _period_name(span: Span, words: str) -> str:
    if span.precision == "day":
        return str(span.first)
    if span.precision == "relative":
        return "-".join(plain(words).split())
    first, last = (_short_date(day, span.precision) for day in (span.first, span.last))
    if not first or not last:
        return f"since-{first}" if first else f"until-{last}"
    return f"{span.precision}-{first}" if first == last else f"{first}-{last}"


def _short_date(day: datetime.date | None, precision: str) -> str:
    return "" if day is None else str(day.year) if precision == "year" else f"{day:%Y-%m}"


def _period_label(span: Span, words: str) -> str:
    if span.precision == "relative":
        return words
    days = [_in_words(day, span.precision) for day in (span.first, span.last)]
    if not days[0] or not days[1]:
        return f"since {days[0]}" if days[0] else f"until {days[1]}"
    return days[0] if days[0] == days[1] else f"{days[0]} to {days[1]}"


def _in_words(day: datetime.date | None, precision: str) -> str:
    if day is None:
        return ""
    return {"day": f"{day.day} {day:%B} {day.year}", "month": f"{day:%B} {day.year}"}.get(precision, str(day.year))
