"""Articles that nobody wrote, for measuring at size: realistic in form, by a seed, with invented names.

An article has passages (sections, sentences, a table), statements with claimants, holders, hedges and printed words,
positions that oppose each other on issues, figures with observations, conditionals, questions and events. Who and what
it speaks of is drawn from shared records by Zipf's law, as in real news: few names are everywhere, most are rare.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kg.bench.invented import Names

PASSAGES = 100
"""Passages of one article: with its statements some 6,600 quads as published."""
STATEMENTS = 268
"""Statements of one article, nested ones and figures among them."""
PARTIES, PLACES, TOPICS, ISSUES = 400, 300, 600, 20
"""Shared records, whatever the number of articles."""
ZIPF = 1.1
"""Exponent of Zipf's law by which shared records are drawn."""

_PREFIXES = """\
@prefix att: <ns#> .
@prefix code: <code/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix id: <id/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_WANTS = ("demands", "seeks", "prefers", "rejects", "opposes", "doubts", "supports", "accepts")
_ACTS = ("causes", "affects", "reduces", "increases", "prevents", "enables", "provides", "supports", "includes")
_SAYS = {"says": "says", "argues": "argues", "insists": "insists", "warns": "warns", "estimates": "estimates"}
_HEDGES = {"possible": "may", "likely": "is likely to", "required": "must"}
_FREQUENCIES = {"often": "often", "repeatedly": "repeatedly"}


@dataclass(frozen=True, slots=True)
class Pool:
    """The keys of shared records, the most popular first."""

    keys: tuple[str, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, keys: list[str]) -> Pool:
        """Return a pool whose n-th key is drawn with a weight of 1/n to the power of ZIPF."""
        return cls(tuple(keys), tuple(1 / (rank**ZIPF) for rank in range(1, len(keys) + 1)))

    def draw(self, rng: random.Random, count: int = 1) -> list[str]:
        """Return that many different keys."""
        found: dict[str, None] = {}
        while len(found) < count:
            found[rng.choices(self.keys, self.weights)[0]] = None
        return list(found)


@dataclass(frozen=True, slots=True)
class Shared:
    """Pools of all shared records, and the label of each."""

    parties: Pool
    places: Pool
    topics: Pool
    issues: Pool
    labels: dict[str, str]


def generate(source: Path, target: Path, articles: int, seed: int, progress: Callable[[str], None]) -> None:
    """Write a data folder with the code lists of ``source``, invented shared records, and that many articles.

    ``target`` must not exist. The same seed gives the same bytes, and the first articles of a larger folder are those
    of a smaller one.
    """
    shutil.copytree(source / "codes", target / "codes")
    names = Names(random.Random(f"{seed} names"))  # noqa: S311 - nothing secret is drawn
    shared = _write_shared(target / "authority", names)
    for number in range(articles):
        rng = random.Random(f"{seed} article {number}")  # noqa: S311
        slug = f"{names.word(rng)}-{number:04}".lower()
        _write_article(target / "articles" / slug, _Article(slug, shared, rng))
        if (number + 1) % 100 == 0:
            progress(f"{number + 1} of {articles} articles written")


def _write_shared(folder: Path, names: Names) -> Shared:
    folder.mkdir(parents=True)
    kinds = ("State", "Organisation", "Person", "Group")
    parties = {f"party-{n}": (kinds[n % 4], names.party(kinds[n % 4])) for n in range(PARTIES)}
    places = {f"place-{n}": ("Place", names.place()) for n in range(PLACES)}
    issues = {f"issue-{n}": ("Issue", names.topic()) for n in range(ISSUES)}
    topics = {f"topic-{n}": ("Topic", names.topic()) for n in range(TOPICS)}
    editors = {"attested-editors": ("Group", "encoders of the benchmark")}
    for name, records in (("actors", parties | editors), ("places", places), ("issues", issues)):
        _write(folder / f"{name}.ttl", (_record(key, *record) for key, record in records.items()))
    _write(folder / "topics.ttl", _topics(topics))
    kinds_of_records = (parties, places, topics, issues)
    labels = {key: label for records in kinds_of_records for key, (_, label) in records.items()}
    return Shared(Pool.of(list(parties)), Pool.of(list(places)), Pool.of(list(topics)), Pool.of(list(issues)), labels)


def _record(key: str, kind: str, label: str) -> str:
    text = f'id:{key} a att:{kind} ;\n  rdfs:label "{label}"@en , "{label}"@de'
    if kind == "Issue":
        text += f' ;\n  skos:prefLabel "{label}"@en , "{label}"@de ;\n  skos:definition "Dispute over {label}."@en'
    return text + " .\n"


def _topics(topics: dict[str, tuple[str, str]]) -> Iterator[str]:
    yield (
        "code:topic a skos:ConceptScheme ;\n"
        '  rdfs:label "Topics"@en , "Themen"@de ;\n  skos:prefLabel "Topics"@en , "Themen"@de ;\n'
        '  skos:definition "Topics of the benchmark."@en .\n'
    )
    for number, (key, (kind, label)) in enumerate(topics.items()):
        above = "skos:topConceptOf code:topic" if number < 12 else f"skos:broader id:topic-{number % 12}"
        yield (
            f'id:{key} a att:{kind} ;\n  rdfs:label "{label}"@en , "{label}"@de ;\n'
            f"  skos:inScheme code:topic ;\n  {above} .\n"
        )


def _write_article(folder: Path, article: _Article) -> None:
    folder.mkdir(parents=True)
    _write(folder / "article.ttl", article.record())
    _write(folder / "passages.ttl", article.passages())
    _write(folder / "statements.ttl", article.statements())
    _write(folder / "events.ttl", article.events())


def _write(path: Path, blocks: Iterator[str]) -> None:
    path.write_text(_PREFIXES + "\n" + "\n".join(blocks), encoding="utf-8")


@dataclass(slots=True)
class _Article:
    """One article in the making; ``made`` counts its statements."""

    slug: str
    shared: Shared
    rng: random.Random
    made: int = 0
    counts: dict[int, int] = field(default_factory=dict)
    observations: list[str] = field(default_factory=list)
    happenings: list[str] = field(default_factory=list)

    @property
    def root(self) -> str:
        return f"article/{self.slug}"

    def record(self) -> Iterator[str]:
        """Give the article, its voice and its encoding."""
        digest = hashlib.sha256(self.slug.encode()).hexdigest()
        yield (
            f'<{self.root}> a att:Article ;\n  rdfs:label "Report {self.slug}"@en ;\n  dcterms:language "en" ;\n'
            f"  att:notGiven schema:headline , schema:author , schema:publisher , schema:datePublished , schema:url ;\n"
            f'  att:digest "{digest}" .\n'
        )
        yield (
            f'<{self.root}/voice> a att:ArticleVoice ;\n  rdfs:label "the article itself ({self.slug})"@en ;\n'
            f"  att:voiceOf <{self.root}> .\n"
        )
        yield (
            f'<{self.root}/encoding> a att:Encoding ;\n  rdfs:label "encoding of {self.slug}"@en ;\n'
            f"  prov:used <{self.root}> ;\n  prov:wasAssociatedWith id:attested-editors ;\n"
            '  dcterms:created "2026-11-22"^^xsd:date .\n'
        )

    def passages(self) -> Iterator[str]:
        """Give the passages: a heading before each eight, table rows at the end, sentences else."""
        start = 0
        heading = ""
        for number in range(1, PASSAGES + 1):
            kind = self._kind(number)
            iri = f"{self.root}/passage/{number:03}"
            end = start + self.rng.randint(40, 220)
            section = f"  att:section <{heading}> ;\n" if heading and kind != "heading" else ""
            if kind == "heading":
                heading = iri
            digest = hashlib.sha256(f"{self.slug} {number}".encode()).hexdigest()
            yield (
                f"<{iri}> a att:Passage ;\n  att:number {number} ;\n  att:kind code:{kind} ;\n{section}"
                f"  oa:hasSource <{self.root}> ;\n  oa:hasSelector <{iri}#position> ;\n"
                f'  att:digest "{digest}" .\n'
                f"<{iri}#position> a oa:TextPositionSelector ;\n  oa:start {start} ; oa:end {end} .\n"
            )
            start = end + 1

    @staticmethod
    def _kind(number: int) -> str:
        if number % 8 == 1:
            return "heading"
        return "table-row" if number > PASSAGES - 6 else "sentence"

    def statements(self) -> Iterator[str]:
        """Give the statements of each passage that is no heading, until there are enough."""
        makers = (self._attributed, self._position, self._plain, self._conditional, self._plain, self._question)
        turn = 0
        while self.made < STATEMENTS:
            number = 2 + turn % (PASSAGES - 1)
            kind = self._kind(number)
            turn += 1
            if kind == "heading":
                continue
            yield from self._figure(number) if kind == "table-row" else makers[turn % len(makers)](number)
        yield from self.observations

    def events(self) -> Iterator[str]:
        """Give the periods and the events that the statements reported."""
        yield (
            f'<{self.root}/period/recent> a att:Period ;\n  rdfs:label "recently (not dated)"@en ;\n'
            "  att:precision code:relative .\n"
        )
        for month in range(1, 13):
            yield (
                f'<{self.root}/period/m{month}> a att:Period ;\n  rdfs:label "month {month} of 2025"@en ;\n'
                f'  att:precision code:month ;\n  att:firstDay "2025-{month:02}-01"^^xsd:date ;\n'
                f'  att:lastDay "2025-{month:02}-28"^^xsd:date .\n'
            )
        yield from self.happenings

    def _new(self, passage: int) -> str:
        self.made += 1
        self.counts[passage] = self.counts.get(passage, 0) + 1
        return f"{self.root}/statement/{passage:03}-{self.counts[passage]}"

    def _statement(
        self, passage: int, kind: str, label: str, *lines: str, words: tuple[str, ...] = ()
    ) -> tuple[str, str]:
        """Return the IRI and the Turtle of a statement; ``words`` are the properties of each of its words."""
        iri = self._new(passage)
        rows = [f"<{iri}> a att:{kind}", f'rdfs:label "{label}"@en', f"att:evidence <{self.root}/passage/{passage:03}>"]
        if self._kind(passage) == "table-row":
            rows.append("att:cell 2")
        rows += lines
        nodes = [f"<{iri}#w{number}>" for number in range(1, len(words) + 1)]
        if nodes:
            rows.append(f"att:words {' , '.join(nodes)}")
        text = " ;\n  ".join(rows) + " .\n"
        return iri, text + "".join(f"{node} {about} .\n" for node, about in zip(nodes, words, strict=True))

    @property
    def _voice(self) -> str:
        return f"att:claimant <{self.root}/voice>"

    def _name(self, text: str) -> str:
        """Return a text with each key of a shared record as its label."""
        return " ".join(self.shared.labels.get(word, word) for word in text.split(" "))

    def _said(self) -> tuple[str, str, str]:
        party, [topic] = self.shared.parties.draw(self.rng)[0], self.shared.topics.draw(self.rng)
        return party, topic, self.rng.choice(_ACTS)

    def _attributed(self, passage: int) -> Iterator[str]:
        """An assertion that a party makes, often hedged, with who says it and how in printed words."""
        party, topic, relation = self._said()
        [other] = self.shared.topics.draw(self.rng)
        verb = self.rng.choice(list(_SAYS))
        words = [f'a att:Words ; att:printed "{_SAYS[verb]}" ; att:expresses code:{verb}']
        modality = self.rng.choice(["flat", "flat", *_HEDGES])
        if modality in _HEDGES:
            words.append(f'a att:Words ; att:printed "{_HEDGES[modality]}" ; att:expresses code:{modality}')
        yield self._statement(
            passage,
            "Assertion",
            self._name(f"{party} {verb}: {topic} {relation} {other}"),
            f"att:claimant id:{party}",
            f"att:attribution code:{verb}",
            f"att:subject id:{topic}",
            f"att:relation code:{relation}",
            f"att:object id:{other}",
            f"att:modality code:{modality}",
            f"att:issue id:{self.shared.issues.draw(self.rng)[0]}",
            words=tuple(words),
        )[1]

    def _position(self, passage: int) -> Iterator[str]:
        """Two parties' positions on one issue, the second opposed to the first."""
        one, other = self.shared.parties.draw(self.rng, 2)
        [issue], [topic] = self.shared.issues.draw(self.rng), self.shared.topics.draw(self.rng)
        first = ""
        for party in (one, other):
            relation = self.rng.choice(_WANTS)
            lines = [
                self._voice,
                f"att:holder id:{party}",
                f"att:subject id:{party}",
                f"att:relation code:{relation}",
                f"att:object id:{topic}",
                "att:modality code:flat",
                f"att:issue id:{issue}",
            ]
            words: tuple[str, ...] = ()
            if first:
                lines.append(f"att:opposes <{first}>")
            else:
                code = self.rng.choice(list(_FREQUENCIES))
                lines.append(f"att:frequency code:{code}")
                words = (f'a att:Words ; att:printed "{_FREQUENCIES[code]}" ; att:expresses code:{code}',)
            iri, text = self._statement(
                passage, "Position", self._name(f"{party} {relation} {topic}"), *lines, words=words
            )
            first = iri
            yield text

    def _plain(self, passage: int) -> Iterator[str]:
        """An assertion in the article's own voice; one in five reports an event."""
        party, topic, relation = self._said()
        [place] = self.shared.places.draw(self.rng)
        month = self.rng.randint(1, 12)
        iri, text = self._statement(
            passage,
            "Assertion",
            self._name(f"{party} {relation} {topic} in {place}"),
            self._voice,
            f"att:subject id:{party}",
            f"att:relation code:{relation}",
            f"att:object id:{topic}",
            f"att:place id:{place}",
            f"att:period <{self.root}/period/m{month}>",
            "att:modality code:flat",
        )
        if self.rng.random() < 0.2:
            number, label = len(self.happenings) + 1, self._name(f"{party} and {topic}")
            status = self.rng.choice(["occurred", "ongoing", "not-stated"])
            self.happenings.append(
                f'<{self.root}/event/e{number}> a att:Event ;\n  rdfs:label "{label}, month {month}"@en ;\n'
                f"  att:status code:{status} ;\n  att:participant id:{party} ;\n  att:place id:{place} ;\n"
                f"  att:period <{self.root}/period/m{month}> ;\n  att:attestedBy <{iri}> .\n"
            )
        yield text

    def _conditional(self, passage: int) -> Iterator[str]:
        """An if-part and a then-part that nobody asserts, and the link between them."""
        parts, said = [], []
        for _ in range(2):
            party, topic, relation = self._said()
            iri, text = self._statement(
                passage,
                "Assertion",
                self._name(f"{party} {relation} {topic}"),
                f"att:subject id:{party}",
                f"att:relation code:{relation}",
                f"att:object id:{topic}",
                "att:modality code:supposed",
            )
            parts.append(iri)
            said.append(self._name(f"{party} {relation} {topic}"))
            yield text
        yield self._statement(
            passage,
            "Conditional",
            f"If {said[0]}, {said[1]}",
            self._voice,
            "att:conditionKind code:if",
            f"att:antecedent <{parts[0]}>",
            f"att:consequent <{parts[1]}>",
            "att:modality code:possible",
            words=('a att:Words ; att:printed "may" ; att:expresses code:possible',),
        )[1]

    def _question(self, passage: int) -> Iterator[str]:
        """A question that the article leaves open."""
        [topic] = self.shared.topics.draw(self.rng)
        yield self._statement(
            passage,
            "Question",
            self._name(f"Who pays for {topic} ?"),
            f"att:askedBy <{self.root}/voice>",
            "att:asks code:who",
            "att:asksFor att:subject",
            "att:relation code:pays-for",
            f"att:object id:{topic}",
            "att:answerStatus code:left-open",
            "att:modality code:asked",
        )[1]

    def _figure(self, passage: int) -> Iterator[str]:
        """A figure with the observation that it prints."""
        [party], value, month = self.shared.parties.draw(self.rng), self.rng.randint(3, 90_000), self.rng.randint(1, 12)
        number = len(self.observations) + 1
        node = f"{self.root}/observation/o{number}"
        self.observations.append(
            f"<{self.root}/thing/people-{number}> a att:Population ;\n"
            f'  rdfs:label "people counted, no. {number}"@en ;\n'
            f"  att:concerns id:{party} .\n"
            f'<{node}> a att:Observation ;\n  rdfs:label "people injured, no. {number}"@en ;\n'
            f"  att:indicator code:injured ;\n  att:population <{self.root}/thing/people-{number}> ;\n"
            f"  att:period <{self.root}/period/m{month}> ;\n  att:value {value} ;\n  att:unit code:persons ;\n"
            "  att:bound code:at-least .\n"
        )
        yield self._statement(
            passage,
            "Figure",
            self._name(f"{party} estimates: at least {value:,} injured"),
            f"att:claimant id:{party}",
            "att:attribution code:estimates",
            f"att:prints <{node}>",
            "att:bound code:at-least",
            "att:modality code:flat",
            words=(
                f'a att:PrintedNumber ; att:printed "{value:,}"',
                'a att:Words ; att:printed "at least" ; att:expresses code:at-least',
                'a att:Words ; att:printed "estimates" ; att:expresses code:estimates',
            ),
        )[1]
