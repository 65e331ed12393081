"""Finding things: the search and its suggestions, and browsing by letter and by facet. All of it is in the address."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import BadRequest, NotFound

from kg.release.search import facet_value
from kg.web import access
from kg.web.documents import document_path
from kg.web.index import FACETS, Found, Index, Selection, open_index
from kg.web.language import SOURCE, current, gettext, mark
from kg.web.negotiate import HTML, best, read_accept
from kg.web.words import kind_words, modality_of

blueprint = Blueprint("search", __name__)

GROUP_WORDS = {
    "entity": mark("Entities"),
    "issue": mark("Issues"),
    "statement": mark("Statements"),
    "event": mark("Events"),
    "document": mark("Documents"),
    "article": mark("Articles"),
    "code": mark("Codes"),
}
"""Group → what it is called, in the order in which groups are shown."""
FACET_WORDS = {
    "type": mark("Kind"),
    "claimant": mark("Who says it"),
    "issue": mark("Issue"),
    "modality": mark("How surely"),
    "date": mark("Month or year"),
}
SUGGESTIONS = 8
SHOWN = 5
"""Results of each group where all groups are shown."""
PAGE_LENGTH = 50
LONGEST = 200
"""Characters of a search that are looked at."""
SUGGESTION_TYPE = "application/x-suggestions+json"
JSON = "application/json"


def index() -> Index:
    """Return the search index of this request's release."""
    return open_index(access.releases().folder / access.release().manifest.id)


@blueprint.route("/search")
@blueprint.route("/search.<any(json):suffix>")
def search(suffix: str | None = None) -> Response | str:
    """Find what matches some words: the best of each group, or all of one group page by page."""
    text = request.args.get("q", "").strip()[:LONGEST]
    group, page = _group(""), _page()
    counts = index().count(text)
    groups = [name for name in ([group] if group else GROUP_WORDS) if counts.get(name)]
    length = PAGE_LENGTH if group else SHOWN
    to_json = suffix or best(read_accept(request.headers.get("Accept")), (HTML, JSON)) == JSON
    language = SOURCE if to_json else current()
    listed = {name: index().search(text, name, length, (page - 1) * length, language) for name in groups}
    found = {name: items for name, items in listed.items() if items}
    if to_json:
        return _to_json(text, counts, found)
    better = index().alike(text) if text and not counts else None
    return render_template(
        "search.html", text=text, group=group, page=page, counts=counts, found=found, better=better, length=length
    )


@blueprint.route("/suggest")
def suggest() -> Response:
    """Complete some words, in the form of OpenSearch Suggestions 1.1: the words, names, what each is, addresses.

    For this site's own pages, which ask with the parameter ``languages``, those of the names follow.
    """
    text = request.args.get("q", "").strip()[:LONGEST]
    found = index().search(text, limit=SUGGESTIONS, language=current())
    kinds = [kind_words(item.kind) for item in found]
    body: list[object] = [
        text,
        [item.text for item in found],
        kinds,
        [access.root() + address(item)[1:] for item in found],
    ]
    if "languages" in request.args:
        body.append([item.language or "" for item in found])
    return Response(json.dumps(body, ensure_ascii=False), content_type=SUGGESTION_TYPE)


@blueprint.route("/browse")
def browse() -> str:
    """List the things of a group by their names, narrowed down by letter and by facets."""
    group, page, letter = _group("entity"), _page(), request.args.get("letter", "")
    selection = {name: values for name in FACETS if (values := _values(name))}
    for name, values in selection.items():
        for value in values:
            if not index().has(name, value):
                raise NotFound(f"Nothing here has the {name} {value}. Choose from what /browse?group={group} offers.")
    letters = index().letters(group, selection)
    if letter and (len(letter) != 1 or letter != letter.upper()):
        raise BadRequest("The parameter letter is one capital letter, or # for names that begin with none.")
    total, found = index().browse(group, selection, letter, PAGE_LENGTH, (page - 1) * PAGE_LENGTH, current())
    if page > 1 and not found:
        raise NotFound(f"There is no page {page} here: {total} are listed in all.")
    return render_template(
        "browse.html",
        group=group,
        groups={name: n for name in GROUP_WORDS if (n := index().groups().get(name))},
        letter=letter,
        letters=letters,
        facets=index().facets(group, selection, letter),
        selection=selection,
        total=total,
        found=found,
        page=page,
        length=PAGE_LENGTH,
        link=lambda **changes: _link({"group": group, "letter": letter, **selection}, changes),
    )


@blueprint.route("/opensearch.xml")
def opensearch() -> Response:
    """Tell browsers of the search (OpenSearch 1.1 description document)."""
    body = render_template("opensearch.xml", root=access.root())
    return Response(body, content_type="application/opensearchdescription+xml")


def address(item: Found) -> str:
    """Return the path of an item's page."""
    return document_path(item.path.removeprefix("/"))


def facet_words(name: str, value: str, label: str) -> str:
    """Return what a facet's value is called on the page."""
    if name == "type":
        return kind_words(value)
    return modality_of(value, label) if name == "modality" else label


def _group(default: str) -> str:
    """Return the group that the request names; raises BadRequest for one that there is not."""
    group = request.args.get("group", default)
    if group and group not in GROUP_WORDS:
        raise BadRequest(f"The parameter group is one of {', '.join(GROUP_WORDS)}.")
    return group


def _page() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= 1_000_000):
        raise BadRequest("The parameter page is a number from 1.")
    return int(text)


def _values(name: str) -> list[str]:
    return [value[:LONGEST] for value in dict.fromkeys(request.args.getlist(name)[:20]) if value]


def _link(held: dict[str, Any], changes: dict[str, Any]) -> str:
    """Return an address of this page with another selection; the page number starts anew unless it is given."""
    pairs: list[tuple[str, str]] = []
    for name, value in (held | changes).items():
        for one in value if isinstance(value, list) else [value]:
            if one:
                pairs.append((name, str(one)))
    return "/browse?" + urlencode(pairs)


def _to_json(text: str, counts: dict[str, int], found: dict[str, list[Found]]) -> Response:
    items = [
        {
            "iri": access.iris().base + item.path.removeprefix("/"),
            "label": item.text,
            "type": item.kind,
            "group": item.group,
            "page": access.root() + address(item)[1:],
        }
        for group in found.values()
        for item in group
    ]
    body = {"query": text, "counts": counts, "results": items}
    return Response(json.dumps(body, indent=1, ensure_ascii=False) + "\n", content_type=JSON)


def toggled(selection: Selection, name: str, value: str) -> dict[str, list[str]]:
    """Return the changes that take a value into a selection, or out of it."""
    chosen = list(selection.get(name, ()))
    return {name: [v for v in chosen if v != value] if value in chosen else [*chosen, value]}


GLOBALS = {
    "address": address,
    "facet_words": facet_words,
    "toggled": toggled,
    "group_words": lambda name: gettext(GROUP_WORDS[name]),
    "facet_name": lambda name: gettext(FACET_WORDS[name]),
    "kind_words": kind_words,
    "facet_value": facet_value,
}
