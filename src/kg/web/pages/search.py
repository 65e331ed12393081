"""Finding things: the search and its suggestions, and browsing by letter and by facet. All of it is in the address."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from flask import Response
from werkzeug.exceptions import BadRequest, NotFound

from kg.catalogue.fields import FACETS, LABELLED, facet_value
from kg.catalogue.finding import browse as catalogue
from kg.catalogue.finding.browse import Selection
from kg.catalogue.finding.search import LONGEST, Found, alike, find
from kg.web.data.context import Context
from kg.web.documents.document import document_path
from kg.web.http.negotiate import HTML, best, read_accept
from kg.web.http.policy import PAGE, SEARCH, Routes
from kg.web.lists.index import Item, facets, items
from kg.web.text.language import SOURCE, gettext, mark
from kg.web.words.codes import MODALITY_WORDS, kind_words, modality_of

blueprint = Routes("search", SEARCH)

GROUP_WORDS = {
    "entity": mark("Entities"),
    "issue": mark("Issues"),
    "statement": mark("Statements"),
    "event": mark("Events"),
    "document": mark("Documents"),
    "article": mark("Articles"),
    "period": mark("Periods"),
    "observation": mark("Observations"),
    "query": mark("Queries"),
    "code": mark("Codes"),
}
"""Group → what it is called, in the order in which groups are shown."""
FACET_WORDS = {
    "type": mark("Kind"),
    "article": mark("Article"),
    "claimant": mark("Who says it"),
    "holder": mark("Whose position"),
    "about": mark("What it is about"),
    "issue": mark("Issue"),
    "modality": mark("How surely"),
    "date": mark("Month or year"),
}
SUGGESTIONS = 8
RANKED = 5 * SUGGESTIONS
"""Things of a group, the newest, that are ranked for suggestions besides those whose names begin with what is typed."""
SHOWN = 5
"""Results of each group where all groups are shown."""
PAGE_LENGTH = 50
SUGGESTION_TYPE = "application/x-suggestions+json"
JSON = "application/json"


@blueprint.route("/search")
@blueprint.route("/search.<any(json):suffix>")
def search(context: Context, suffix: str | None = None) -> Response | str:
    """Find what matches some words: the best of each group, or all of one group page by page."""
    text = context.args.get("q", "").strip()[:LONGEST]
    group, page = _group(context, ""), _page(context)
    view = context.catalogue
    found = find(view, text)
    length = PAGE_LENGTH if group else SHOWN
    to_json = suffix or best(read_accept(context.request.headers.get("Accept")), (HTML, JSON)) == JSON
    language = SOURCE if to_json else context.language
    start = (page - 1) * length
    chosen = {name: found.records.get(name, [])[start : start + length] for name in ([group] if group else GROUP_WORDS)}
    listed = {name: items(view, records, found.words, language) for name, records in chosen.items() if records}
    if to_json:
        return _to_json(context, text, found, listed)
    better = alike(view, text) if text and (not found.records or found.is_partial) else None
    return context.render(
        "search.html",
        text=text,
        group=group,
        page=page,
        counts={name: found.counts[name] for name in GROUP_WORDS if name in found.counts},
        more=found.more,
        is_partial=found.is_partial,
        found=listed,
        better=better,
        length=length,
    )


@blueprint.route("/suggest")
def suggest(context: Context) -> Response:
    """Complete some words, in the form of OpenSearch Suggestions 1.1: the words, names, what each is, addresses.

    Of a statement, what it is says also who says it, and how firmly.

    For this site's own pages, which ask with the parameter ``languages``, those of the names follow.
    """
    text = context.args.get("q", "").strip()[:LONGEST]
    view = context.catalogue
    found = find(view, text, most=RANKED)
    listed = items(view, [record for _, record in found.best[:SUGGESTIONS]], language=context.language)
    body: list[object] = [
        text,
        [item.text for item in listed],
        [" · ".join(filter(None, (kind_words(item.kind), item.said))) for item in listed],
        [context.root + address(item)[1:] for item in listed],
    ]
    if "languages" in context.args:
        body.append([item.language or "" for item in listed])
    return Response(json.dumps(body, ensure_ascii=False), content_type=SUGGESTION_TYPE)


@blueprint.route("/browse", policy=PAGE)
def browse(context: Context) -> str:
    """List the things of a group by their names, narrowed down by letter and by facets."""
    group, page, view = _group(context, "entity"), _page(context), context.catalogue
    letter, whole = context.args.get("letter", ""), context.args.get("all", "")
    selection = _selection(context, group)
    if letter and (len(letter) != 1 or letter != letter.upper()):
        raise BadRequest("The parameter letter is one capital letter, or # for names that begin with none.")
    if whole and whole not in FACETS:
        raise BadRequest(f"The parameter all is one of {', '.join(FACETS)}.")
    selected = catalogue.select(view, group, selection, letter)
    total = catalogue.count(view, group, selected)
    start = (page - 1) * PAGE_LENGTH
    if page > 1 and start >= total:
        raise NotFound(f"There is no page {page} here: {total} are listed in all.")
    if start >= catalogue.MOST_LISTED:
        raise NotFound(
            f"The first {catalogue.MOST_LISTED:,} of {total:,} are listed. Narrow them down by letter or facet."
        )
    held = {"group": group, "letter": letter, **selection}
    return context.render(
        "browse.html",
        group=group,
        groups={name: n for name in GROUP_WORDS if (n := view.counts().get(name))},
        letter=letter,
        letters=catalogue.letters(view, group, catalogue.select(view, group, selection)),
        facets=facets(view, group, selection, letter, whole),
        whole=whole,
        selection=selection,
        total=total,
        found=items(view, catalogue.page(view, group, selected, PAGE_LENGTH, start), language=context.language),
        page=page,
        length=PAGE_LENGTH,
        last=min(total, catalogue.MOST_LISTED),
        link=lambda **changes: _link(held, changes),
        toggling=lambda name, value: _link(held, _toggled(selection, name, value)),
    )


@blueprint.route("/opensearch.xml", policy=PAGE)
def opensearch(context: Context) -> Response:
    """Describe the search to browsers (OpenSearch 1.1 description document)."""
    body = context.render("opensearch.xml", root=context.root)
    return Response(body, content_type="application/opensearchdescription+xml")


def address(item: Item) -> str:
    """Return the path of an item's page."""
    return document_path(item.path.removeprefix("/"))


def facet_words(name: str, value: str, label: str) -> str:
    """Return what a facet's value is called on the page."""
    if name == "type":
        return kind_words(value)
    return modality_of(value, label) if name == "modality" else label


def _group(context: Context, default: str) -> str:
    """Return the group that the request names; raises BadRequest for one that there is not."""
    group = context.args.get("group", default)
    if group and group not in GROUP_WORDS:
        raise BadRequest(f"The parameter group is one of {', '.join(GROUP_WORDS)}.")
    return group


def _page(context: Context) -> int:
    text = context.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= 1_000_000):
        raise BadRequest("The parameter page is a number from 1.")
    return int(text)


def _selection(context: Context, group: str) -> dict[str, list[str]]:
    """Return the values of facets that the request chooses; raises NotFound for one that nothing has."""
    selection = {name: values for name in FACETS if (values := _values(context, name))}
    for name, values in selection.items():
        for value in values:
            if not catalogue.has(context.catalogue, name, value):
                raise NotFound(f"Nothing here has the {name} {value}. Choose from what /browse?group={group} offers.")
    return selection


def _values(context: Context, name: str) -> list[str]:
    return [value[:LONGEST] for value in dict.fromkeys(context.args.getlist(name)[:20]) if value]


def _link(held: dict[str, Any], changes: dict[str, Any]) -> str:
    """Return an address of this page with another selection; the page number starts anew unless it is given."""
    pairs = [
        _pair(name, str(one))
        for name, value in (held | changes).items()
        for one in (value if isinstance(value, list) else [value])
        if one
    ]
    return "/browse?" + "&".join(pairs)


@lru_cache(maxsize=4096)
def _pair(name: str, value: str) -> str:
    """Return a parameter and its value as an address has them: a page has the same ones in each of its links."""
    return f"{quote_plus(name)}={quote_plus(value)}"


def _to_json(context: Context, text: str, found: Found, listed: dict[str, list[Item]]) -> Response:
    """Return what was found as JSON; ``more`` names the groups that have more than is counted."""
    results = [
        {
            "iri": context.iris.base + item.path.removeprefix("/"),
            "label": item.text,
            "type": item.kind,
            "group": item.group,
            "page": context.root + address(item)[1:],
            **(_said(context, item) if item.group == "statement" else {}),
        }
        for group in listed.values()
        for item in group
    ]
    told = {"counts": found.counts, "more": sorted(found.more), "partial": found.is_partial}
    body = {"query": text, **told, "results": results}
    return Response(json.dumps(body, indent=1, ensure_ascii=False) + "\n", content_type=JSON)


def _said(context: Context, item: Item) -> dict[str, object]:
    """Return who puts a statement forward, nobody where nobody asserts it, and how firmly it is said."""
    code = LABELLED["modality"].path(item.modality) if item.modality else None
    how = {"iri": context.iris.base + code, "label": MODALITY_WORDS.get(item.modality, item.modality)} if code else None
    who = [{"iri": context.iris.base + path, "label": label} for path, label in item.claimants]
    return {"claimants": who, "modality": how}


def _toggled(selection: Selection, name: str, value: str) -> dict[str, list[str]]:
    """Return the changes that take a value into a selection, or out of it."""
    chosen = list(selection.get(name, ()))
    return {name: [v for v in chosen if v != value] if value in chosen else [*chosen, value]}


GLOBALS = {
    "address": address,
    "facet_words": facet_words,
    "group_words": lambda name: gettext(GROUP_WORDS[name]),
    "facet_name": lambda name: gettext(FACET_WORDS[name]),
    "kind_words": kind_words,
    "facet_value": facet_value,
}
