"""What a page is about → its citation: in English whatever language the page speaks, so that all cite alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from kg.cite import AUTHOR, FORMS, NAMES, TITLE, Article, Citation, digest_of, to_text
from kg.release.manifest import Manifest
from kg.web.data.context import Context
from kg.web.data.resources import Resource
from kg.web.words.codes import CLASS_WORDS, MODALITY_WORDS, slug_of
from kg.web.words.sources import article_of, given_texts, is_voice
from kg.web.words.wording import printed

LONGEST = 1_000
"""Characters of a title."""


def cite_thing(thing: Resource, document: str) -> Citation:
    """Return the citation of what a document is about; ``document`` is its path without suffix."""
    context = thing.resources.context
    article = article_of(thing)
    return _cite(context, _kind(thing), title_of(thing), _detail(thing), thing.iri, address(context, document), article)


def cite_query(context: Context, text: str, graphs: Sequence[tuple[str, str]] = ()) -> Citation:
    """Return the citation of a query as asked of this release; ``graphs`` are its dataset by the protocol's names."""
    digest = digest_of(text)
    url = f"{context.iris.base}sparql?" + urlencode([("query", text), *graphs, ("release", context.manifest.id)])
    title = f"Answer of {TITLE} to the SPARQL query {digest[:12]}"
    return _cite(context, "query", title, f"SPARQL query with sha256:{digest}", url, url)


def cite_release(context: Context, manifest: Manifest) -> Citation:
    """Return the citation of a whole release."""
    iri = context.iris.release(manifest.id)
    title = f"{TITLE}: what news articles say"
    counts = manifest.counts
    detail = f"{_number_of(counts['statements'], 'statement')} from {_number_of(counts['articles'], 'article')}"
    return Citation("release", title, detail, iri, iri, manifest.id, manifest.issued, manifest.digest)


def page_path(citation: Citation, base: str) -> str:
    """Return the path below the base IRI of the page of what is cited."""
    return citation.url.removeprefix(base).partition("?")[0]


def reference_path(citation: Citation, base: str, suffix: str) -> str:
    """Return the path on this server of the reference in the form of a suffix."""
    path, parameters = page_path(citation, base), citation.url.partition("?")[2]
    stem = "cite" if path == "sparql" else path
    return f"/{stem}.{suffix}" + (f"?{parameters}" if parameters else "")


def address(context: Context, path: str) -> str:
    """Return the address at which a path is answered by the release of this request, whatever is served then."""
    return f"{context.iris.base}{quote(path.lstrip('/'))}?release={context.manifest.id}"


def title_of(thing: Resource) -> str:
    """Return what a thing is called in a reference: its label in English; a passage has its number and article."""
    source = thing.link("oa:hasSource") if thing.has_type("att:Passage") else None
    return f"Passage {_number(thing)} of {english(source)}"[:LONGEST] if source else english(thing)


def english(thing: Resource) -> str:
    """Return the label in English, or else another, the same for all readers."""
    return english_text(thing, "rdfs:label", "skos:prefLabel", "dcterms:title") or thing.label[:LONGEST]


def english_text(thing: Resource, *names: str) -> str:
    """Return the first text in English of the properties, or else one that does not depend on the reader's language."""
    values = [value for name in names for value in thing.values(name)]
    found = [value.text for value in values if value.language == "en"] or sorted(value.text for value in values)
    return found[0][:LONGEST] if found else ""


def evidence(statement: Resource) -> str:
    """Return to whom it is attributed, whose it is, how firmly, in which printed words, and where in which article."""
    return f"{_said(statement)} of {slug_of(statement)}"


def _said(statement: Resource) -> str:
    """Return the same without the article, which a reference names separately."""
    claimants = statement.links("att:claimant")
    named = [english(claimant) for claimant in claimants if not is_voice(claimant)]
    who = [f"attributed to {' and '.join(named)}"] if named else []
    if claimants and not named:
        who = ["the article's own words"]
    holders = " and ".join(english(holder) for holder in statement.links("att:holder"))
    whose = [f"position of {holders}"] if holders else []
    firmly = ", ".join(MODALITY_WORDS.get(code.key, english(code)) for code in statement.links("att:modality"))
    denied = ", denied" if statement.text("att:negated") == "true" else ""
    words = [w.text("att:printed") for name in ("att:modality", "att:attribution") for w in printed(statement, name)]
    said = f", printed {', '.join(f'“{text}”' for text in words)}" if words else ""
    passages = sorted(statement.links("att:evidence"), key=lambda p: (p.number("att:number") or 0, p.iri))
    return "; ".join([*who, *whose, f"{firmly}{denied}{said}", f"passage {', '.join(map(_number, passages))}"])


def _number(passage: Resource) -> str:
    return str(passage.number("att:number") or passage.key.lstrip("0"))


def _cite(
    context: Context, kind: str, title: str, detail: str, iri: str, url: str, article: Resource | None = None
) -> Citation:
    manifest = context.manifest
    source = _article(article) if article is not None and article.is_described else None
    return Citation(kind, title, detail, iri, url, manifest.id, manifest.issued, manifest.digest, source)


def _article(article: Resource) -> Article:
    """Return an article's own reference, as it gives it."""

    def joined(name: str) -> str:
        return " and ".join(given_texts(article, name))[:LONGEST]

    return Article(
        label=english(article),
        headline=joined("schema:headline"),
        author=joined("schema:author"),
        publisher=joined("schema:publisher"),
        date=joined("schema:datePublished"),
        url=joined("schema:url"),
        iri=article.iri,
        digest=article.text("att:digest") or "",
    )


def _number_of(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _kind(thing: Resource) -> str:
    if thing.has_type("att:Statement"):
        return "statement"
    if thing.has_type("sh:SPARQLExecutable"):
        return "query"
    for name in CLASS_WORDS:
        if thing.has_type(f"att:{name}"):
            return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    kinds = {"owl:Ontology": "ontology", "skos:ConceptScheme": "code list", "skos:Concept": "code"}
    return next((kind for name, kind in kinds.items() if thing.has_type(name)), "record")


def _detail(thing: Resource) -> str:
    """Return what the title leaves out: whose statement it is and where it is said; which text or query it is."""
    if thing.has_type("att:Statement"):
        return _said(thing)
    if thing.has_type("att:Article"):
        return "encoding of the article"
    text = thing.text("sh:select") or thing.text("sh:construct") or thing.text("sh:ask")
    return f"SPARQL query with sha256:{digest_of(text)}" if text else ""


FILTERS: dict[str, Callable[..., Any]] = {
    "reference": to_text,
    "reference_path": reference_path,
    "page_path": page_path,
}
GLOBALS: dict[str, Any] = {"citation_forms": NAMES, "citation_types": FORMS, "citation_author": AUTHOR}
