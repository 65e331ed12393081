"""The statements of an article, with their events and observations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kg.bench.invented.article import PASSAGES, Article, kind_of

STATEMENTS = 268
"""Statements of one article, nested ones and figures among them."""

_WANTS = ("demands", "seeks", "prefers", "rejects", "opposes", "doubts", "supports", "accepts")
_ACTS = ("causes", "affects", "reduces", "increases", "prevents", "enables", "provides", "supports", "includes")
_SAYS = {"says": "says", "argues": "argues", "insists": "insists", "warns": "warns", "estimates": "estimates"}
_HEDGES = {"possible": "may", "likely": "is likely to", "required": "must"}
_FREQUENCIES = {"often": "often", "repeatedly": "repeatedly"}


@dataclass
class Statements:
    """The statements of one article in the making; ``made`` counts them."""

    article: Article
    made: int = 0
    counts: dict[int, int] = field(default_factory=dict)
    observations: list[str] = field(default_factory=list)
    happenings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Have what the article has available."""
        self.root, self.shared, self.rng = self.article.root, self.article.shared, self.article.rng

    def all(self) -> Iterator[str]:
        """Give the statements of each passage that is no heading, until there are enough."""
        makers = (self._attributed, self._position, self._plain, self._conditional, self._plain, self._question)
        turn = 0
        while self.made < STATEMENTS:
            number = 2 + turn % (PASSAGES - 1)
            kind = kind_of(number)
            turn += 1
            if kind == "heading":
                continue
            yield from self._figure(number) if kind == "table-row" else makers[turn % len(makers)](number)
        yield from self.observations

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
        if kind_of(passage) == "table-row":
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
