"""What each page says of itself to machines: canonical address, languages, schema.org, and what Zotero reads.

In schema.org, too, nothing is stated that only somebody claims: a statement is a Claim only where somebody asserts it,
and an event, a state or a group is a Thing with a name. One ``@id`` is one thing: the page, what it is about, an
article, and the data that encode it each have their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from kg.cite import AUTHOR, TITLE, Citation, to_text
from kg.release.format.dumps import DUMPS
from kg.release.manifest import Manifest
from kg.web.data.context import RELEASE, Context
from kg.web.data.resources import Resource
from kg.web.text.language import NAMES, PARAMETER
from kg.web.text.plain import shorten
from kg.web.words.citations import english, title_of
from kg.web.words.sources import article_of, given_texts, is_voice

Node = dict[str, Any]

LONGEST = 5_000
"""Characters of one text in what the page says to machines."""
LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
ENTITY_TYPES = {"Person": "Person", "Organisation": "Organization", "Place": "Place", "Document": "CreativeWork"}
"""Classes of ours that are one of schema.org's without anybody disputing it; any other is a Thing."""
NOT_IN_CANONICAL = (PARAMETER, RELEASE)


def canonical(context: Context) -> str:
    """Return the one address of this page, whatever its language, release and server."""
    kept = [(name, value) for name, value in context.args.items(multi=True) if name not in NOT_IN_CANONICAL and value]
    path = context.path.removesuffix(".html").lstrip("/")
    return context.iris.base + quote(path) + (f"?{urlencode(kept)}" if kept else "")


def translations(context: Context) -> dict[str, str]:
    """Return the address of this page in each language."""
    address = canonical(context)
    return {name: f"{address}{'&' if '?' in address else '?'}{PARAMETER}={name}" for name in NAMES}


def structured_data(
    context: Context, thing: Resource | None, citation: Citation | None, shown: Manifest | None
) -> Node:
    """Return what the page is and is about, in schema.org as JSON-LD."""
    base = context.iris.base
    page: Node = {
        "@type": "WebPage",
        "@id": f"{canonical(context)}#webpage",
        "url": canonical(context),
        "inLanguage": context.language,
        "isPartOf": {"@id": f"{base}#website"},
    }
    if shown is not None:
        page["mainEntity"] = _dataset(context, shown)
    elif thing is not None:
        page["mainEntity"] = {"@id": thing.iri, "name": title_of(thing)} | _thing(context, thing)
    if citation is not None:
        page |= {"name": citation.title, "creditText": to_text(citation), "datePublished": citation.issued}
    graph = [page, _website(context)] if context.path == "/" else [page]
    shortened: Node = _shorten({"@context": "https://schema.org", "@graph": graph})
    return shortened


def _shorten(value: Any) -> Any:
    """Return a value with what is very long in it cut, as it is on the page."""
    if isinstance(value, dict):
        return {name: _shorten(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shorten(each) for each in value]
    return shorten(value, LONGEST) if isinstance(value, str) else value


def _website(context: Context) -> Node:
    base = context.iris.base
    return {
        "@type": ["WebSite", "DataCatalog"],
        "@id": f"{base}#website",
        "url": base,
        "name": TITLE,
        "inLanguage": list(NAMES),
        "publisher": _editors(context),
        "dataset": {"@type": "Dataset", "@id": f"{base}dataset", "name": TITLE, "url": f"{base}dataset"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{base}search?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def _editors(context: Context) -> Node:
    return {"@type": "Organization", "@id": f"{context.iris.base}id/attested-editors", "name": AUTHOR}


def _dataset(context: Context, manifest: Manifest) -> Node:
    base, iri = context.iris.base, context.iris.release(manifest.id)
    counts = manifest.counts
    held = f"{counts['statements']:,} statements, {counts['articles']:,} news articles"
    return {
        "@type": "Dataset",
        "@id": iri,
        "url": iri,
        "name": f"{TITLE}, release {manifest.id}",
        "description": f"What news articles say ({held}): each statement with whom it is attributed to, how firmly it"
        " is made, and the passage that says it.",
        "version": manifest.id,
        "identifier": f"sha256:{manifest.digest}",
        "datePublished": manifest.issued,
        "license": LICENCE,
        "isAccessibleForFree": True,
        "creator": _editors(context),
        "includedInDataCatalog": {"@id": f"{base}#website"},
        "distribution": [
            {"@type": "DataDownload", "contentUrl": f"{iri}/{name}", "encodingFormat": dump.media_type}
            for name, dump in DUMPS.items()
        ],
    }


def _thing(context: Context, thing: Resource) -> Node:
    """Return the type of a thing and what else is beyond dispute of it."""
    if thing.has_type("att:Statement"):
        return _statement(thing)
    if thing.has_type("att:Article"):
        return _article(thing) | {"subjectOf": _encoding(context, thing)}
    if thing.has_type("att:Passage"):
        return {"@type": "CreativeWork", "isPartOf": [_article(source) for source in thing.links("oa:hasSource")]}
    if thing.has_type("sh:SPARQLExecutable"):
        return {"@type": "SoftwareSourceCode", "programmingLanguage": "SPARQL", "license": LICENCE}
    if thing.has_type("skos:Concept") and not thing.has_type("att:Entity"):
        schemes = [{"@id": scheme.iri, "name": english(scheme)} for scheme in thing.links("skos:inScheme")]
        return {"@type": "DefinedTerm", "description": thing.text("skos:definition"), "inDefinedTermSet": schemes}
    same = [other.iri for other in thing.links("schema:sameAs")]
    also = sorted(value.text for value in thing.values("skos:altLabel"))
    return (
        {"@type": _entity_type(thing)} | ({"sameAs": same} if same else {}) | ({"alternateName": also} if also else {})
    )


def _statement(statement: Resource) -> Node:
    """Return a statement as a Claim of those who assert it; a Question or mere CreativeWork where nobody does."""
    claimants = statement.links("att:claimant")
    kind = "Claim" if claimants else ("Question" if statement.has_type("att:Question") else "CreativeWork")
    authors = [_named(claimant) for claimant in claimants if not is_voice(claimant)]
    sources = [_article(source) for source in _sources(statement)]
    where = {"appearance": sources} if claimants else {"isPartOf": sources}
    return {"@type": kind} | ({"author": authors} if authors else {}) | where | {"license": LICENCE}


def _named(agent: Resource) -> Node:
    return {"@type": _entity_type(agent), "@id": agent.iri, "name": english(agent)}


def _entity_type(thing: Resource) -> str:
    return next((name for ours, name in ENTITY_TYPES.items() if thing.has_type(f"att:{ours}")), "Thing")


def _sources(statement: Resource) -> list[Resource]:
    return list({s.iri: s for p in statement.links("att:evidence") for s in p.links("oa:hasSource")}.values())


def _article(article: Resource) -> Node:
    """Return an article as the work of its own author and publisher, as far as it gives them."""
    known = article_of(article) or article
    given = {
        name: given_texts(known, f"schema:{name}") for name in ("headline", "author", "publisher", "datePublished")
    }
    node: Node = {"@type": "NewsArticle", "@id": article.iri, "name": english(known)}
    for name, texts in given.items():
        if texts:
            kind = {"author": "Person", "publisher": "Organization"}.get(name)
            node[name] = [{"@type": kind, "name": text} for text in texts] if kind else texts[0]
    return node


def _encoding(context: Context, article: Resource) -> Node:
    """Return the dataset of what an article says, which is ours and not the article."""
    return {
        "@type": "Dataset",
        "@id": article.resources.iris.graph(f"article/{article.key}"),
        "name": f"Encoding of “{english(article)}”",
        "description": f"What the article says, statement by statement: {english(article)}.",
        "creator": _editors(context),
        "license": LICENCE,
    }


GLOBALS: dict[str, Callable[..., Any]] = {
    "canonical": canonical,
    "page_translations": translations,
    "structured_data": structured_data,
}
