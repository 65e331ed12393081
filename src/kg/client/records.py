"""What a release is read as: statements, entities, figures, disputes. All values that do not change."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from kg.client.values import Iri, Named


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage of an article: ``start`` and ``end`` count Unicode code points, ``digest`` is the SHA-256 of its
    normalised text (kg.corpus.text). ``words`` are its words where the text is available."""

    passage: Iri
    article: Iri
    start: int
    end: int
    digest: str
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said. ``claimants`` are all who put it forward by the article, none where nobody asserts it;
    ``holders`` all whose position it is; ``modality`` how firmly it is said; ``printed`` the words that are recorded as
    printed; ``inferred`` the properties that the encoders inferred; ``release`` the release that holds it."""

    iri: Iri
    label: str
    kinds: tuple[str, ...]
    claimants: tuple[Named, ...]
    holders: tuple[Named, ...]
    modality: Named | None
    attribution: Named | None
    negated: bool
    subjects: tuple[Named, ...]
    relation: Named | None
    objects: tuple[Named, ...]
    qualities: tuple[Named, ...]
    issues: tuple[Named, ...]
    periods: tuple[Named, ...]
    contradicts: tuple[Iri, ...]
    opposes: tuple[Iri, ...]
    printed: tuple[str, ...]
    inferred: tuple[str, ...]
    evidence: Evidence
    context: tuple[Iri, ...]
    release: str

    def __str__(self) -> str:
        """Return the label."""
        return self.label


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as an article prints it. ``observation`` is the count itself, which several figures may print: add up
    observations, never figures. ``bound``, as in *at least*, is that of these printed words, ``observation_bound`` the
    most cautious of all that print the observation."""

    statement: Statement
    observation: Iri
    indicator: Named
    population: Named | None
    period: Named | None
    first_day: datetime.date | None
    last_day: datetime.date | None
    value: int | Decimal | float
    unit: Named | None
    bound: Named | None
    observation_bound: Named | None


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that articles speak of, with how many statements it claims, holds, and is the subject matter of."""

    iri: Iri
    label: str
    kinds: tuple[str, ...]
    other_names: tuple[str, ...]
    note: str | None
    same_as: tuple[Iri, ...]
    acts_for: tuple[Named, ...]
    claims: int
    holds: int
    about: int
    release: str

    def __str__(self) -> str:
        """Return the label."""
        return self.label


@dataclass(frozen=True, slots=True)
class Position:
    """What one party says on an issue: the statements that it holds, and those without a holder that it puts forward.
    A statement of several parties is among those of each."""

    party: Named
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Dispute:
    """An issue with the positions of the parties side by side; ``unclaimed`` are the statements on it that nobody
    asserts, such as those within a condition or another statement. ``contradictions`` are pairs of statements that
    cannot both be true, ``oppositions`` pairs of opposed positions."""

    issue: Named
    positions: tuple[Position, ...]
    unclaimed: tuple[Statement, ...]
    contradictions: tuple[tuple[Iri, Iri], ...]
    oppositions: tuple[tuple[Iri, Iri], ...]
    release: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that a search found. Of a statement, ``claimants`` are all who put it forward, none where nobody asserts
    it, and ``modality`` is the code of how firmly it is said; anything else has neither."""

    iri: Iri
    label: str
    kind: str
    group: str
    claimants: tuple[Named, ...] = ()
    modality: Iri | None = None


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """A question that a release holds: its parameters by name, each with its kind, an example and what it is."""

    name: str
    title: str
    description: str
    text: str
    parameters: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether some words are those of a passage: ``holds`` is None where that is not known here, and ``how`` says
    what it rests on, or what to do."""

    holds: bool | None
    how: str
    passage: Iri
    digest: str
    release: str
