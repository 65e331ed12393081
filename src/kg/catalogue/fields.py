"""Which property of the data feeds which column of the catalogue: the one place to change when the ontology does.

Names are written with their prefixes (``kg.terms.Iris.prefixes``).
"""

from __future__ import annotations

from dataclasses import dataclass

from kg.names import fold

LABEL = "rdfs:label"
OTHER_NAMES = ("skos:altLabel", "skos:prefLabel")
"""Names besides the label; labels in other languages count, too."""
NOTES = ("skos:definition", "rdfs:comment")
"""What is said about a thing: searched, and shown as its description."""
WORDS = ("att:verb", "schema:headline", "schema:keywords")
"""Literals whose words find a thing, though they are not its name."""
PRINTED = ("att:words", "att:printed")
"""Property that leads to the nodes of printed words (names used, quotations, numbers), and theirs with the words."""
WORDS_OF_LINKS = ("att:relation", "att:quality")
"""Links to codes whose own names are words, as in ``code/depends-on``."""

GROUPS = ("entity", "issue", "event", "document", "article", "query", "code", "statement", "period", "observation")
"""Groups in the order in which results are shown; the position is the number that is stored, so only append."""
STATEMENT = GROUPS.index("statement")
CLASS_GROUPS = (
    ("att:Issue", "issue"),
    ("att:Event", "event"),
    ("att:Article", "article"),
    ("att:Document", "document"),
    ("att:Statement", "statement"),
    ("att:Period", "period"),
    ("att:Observation", "observation"),
    ("att:Entity", "entity"),
)
"""Class → the group of its things; the first that fits."""
PATH_GROUPS = (("code/", "code", "Code"), ("query/", "query", "Query"))
"""Start of the path → group and kind of the labelled things below it that no class gives a group."""
TOTALS = {
    "statements": ("statement", "", ""),
    "figures": ("statement", "type", "Figure"),
    "issues": ("issue", "", ""),
    "entities": ("entity", "", ""),
    "events": ("event", "", ""),
    "articles": ("article", "", ""),
    "queries": ("query", "", ""),
}
"""What is counted for readers → the group, and the facet and value, of which it is the number."""
UNSEARCHED = ("ontology", "shapes", "description")
"""Graphs whose records have a history but are not found by search."""
DESCRIPTION = "description"
"""The graph that is passed over: it describes the release itself, so it changes each time."""

ENTITY_PATH = "id/"
RECONCILED = ("att:Entity", "att:Issue")
"""Classes of what can be reconciled with, below ENTITY_PATH."""
ACTOR = "Actor"
SAME_AS = "schema:sameAs"
ACTS_FOR = "att:actsFor"


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to narrow down. ``property`` leads to records: a value is the path of one, without ``prefix``.

    So the topics ``attacks``, which is ``id/attacks``, and ``code/attacks`` are two.
    """

    name: str
    property: str
    prefix: str

    def path(self, value: str) -> str:
        """Return the path of the record that a value names."""
        return value if "/" in value else self.prefix + value

    def value(self, path: str) -> str:
        """Return the value that names the record of a path."""
        short = path.removeprefix(self.prefix)
        return path if "/" in short else short


LINKED_FACETS = (
    Facet("claimant", "att:claimant", "id/"),
    Facet("holder", "att:holder", "id/"),
    Facet("about", "att:about", "id/"),
    Facet("issue", "att:issue", "id/"),
    Facet("modality", "att:modality", "code/"),
    Facet("status", "att:status", "code/"),
    Facet("participant", "att:participant", "id/"),
    Facet("indicator", "att:indicator", "code/"),
)
FACETS = ("type", "article", "claimant", "holder", "about", "issue", "modality", "date")
"""Facets that are offered, in the order of the page: those above, the kind, the article, and the month or year."""
LABELLED = {facet.name: facet for facet in LINKED_FACETS} | {
    "article": Facet("article", "", "article/"),
    "reporter": Facet("reporter", "", "id/"),
}
"""Facets whose values are records that have labels."""

DISPUTES = ("att:contradicts", "att:opposes")
"""Links of a statement that disputes another; a set holds the statements that have one."""
ATTRIBUTION, MODALITY, FLAT = "att:attribution", "att:modality", "code/flat"
EXPRESSES, NAMES = "att:expresses", "att:names"
"""Properties of printed words: the code that they show to be printed, and whom they name."""
EXAMPLE = "example"
"""Set of the positions that can serve as an example: the higher its value, the more of what is recorded one shows."""
COUNTED = ("statement", "event", "period")
"""Groups whose things are counted, and listed, on the pages of the entities and codes that they link to."""
COUNTED_PATHS = ("id/", "code/")
"""Starts of the paths of those entities and codes."""
IN_TIME = ("event", "period", "observation")
"""Groups whose things have a span: the first and last day of their time."""
UNDATED = "undated"
"""Span of what has no days: it comes after all days."""
FIGURE = "figure"
"""Set of the observations that are listed as figures: an article prints their number."""
INDICATOR, VALUE = "att:indicator", "att:value"
CLAIMANT, ATTESTED_BY, PRINTS = "att:claimant", "att:attestedBy", "att:prints"
"""What names who reports an event, or gives a count."""

PERIOD, FIRST_DAY, LAST_DAY = "att:period", "att:firstDay", "att:lastDay"
PRECISION, TO_YEARS = "att:precision", "code/year"
MOST_MONTHS = 24
"""Months that a period may span to be found in each of them; a longer one is found in its years only."""
MOST_YEARS = 300
"""Years after its first in which a period is found."""

STRUCTURAL = "att:structural"
"""Property of those kinds of passage, among the codes, that need no statement of their own."""
EVIDENCE, SOURCE, PASSAGE_KIND, REASON = "att:evidence", "oa:hasSource", "att:kind", "skos:editorialNote"
"""What the coverage of an article is counted from."""


def key_of(property_id: str, value: str) -> str:
    """Return what an entity is found by that has a value of a property of reconciliation; an IRI by its last part."""
    return f"{property_id} {fold(value.rstrip('/').split('/')[-1])[:100]}"


LISTED = ("id/", "article/", "code/", "query/", "ns", "shapes")
"""Starts of the paths of records that have a page."""
PASSAGE = "/passage/"
UNFED = 3
"""Rank from which feeds leave records out."""


def rank(path: str) -> int | None:
    """Return the place of a record in feeds: 0 for statements, 1 for entities, 2 for others; UNFED for passages, which
    only the sitemap lists; None for what has no page."""
    if not path.startswith(LISTED):
        return None
    if PASSAGE in path:
        return UNFED
    if "/statement/" in path:
        return 0
    return 1 if path.startswith(ENTITY_PATH) else 2
