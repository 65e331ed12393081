"""What tells machines where the pages are and what is new: sitemap, robots.txt, and Atom feeds (RFC 4287)."""

from __future__ import annotations

import re
from functools import lru_cache
from math import ceil
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.exceptions import BadRequest, NotFound

from kg.release.history import read_history
from kg.release.manifest import Manifest
from kg.web import access
from kg.web.documents import document_path
from kg.web.query_page import find_labels
from kg.web.records import history

blueprint = Blueprint("feeds", __name__)

URLS = 50_000
"""Addresses of one sitemap at most (https://www.sitemaps.org/protocol.html)."""
ENTRIES = 100
"""Entries of a feed, or of one page of it."""
LISTED = ("id/", "article/", "code/", "query/", "ns", "shapes")
"""Starts of the paths of records that have a page."""
LEADING = ("/", "/issues", "/timeline", "/figures", "/articles", "/browse", "/statements", "/query", "/about")
"""Pages that lead on, as far as there are such."""
UNENDING = [
    *"/sparql /search /suggest /reconcile /cite /unapi /api/ /update /graphs".split(),
    *"/browse?*& /*?release= /*&release=".split(),
]
"""What robots shall leave: there is no end of such addresses, or nothing to find at them."""


_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""Characters that no XML document holds, not even escaped (XML 1.0 §2.2)."""


@blueprint.route("/robots.txt")
def robots() -> Response:
    """Let robots read all pages, and tell them of the sitemap (RFC 9309)."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in UNENDING), "", f"Sitemap: {access.root()}sitemap.xml"]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@blueprint.route("/sitemap.xml")
def sitemap() -> Response:
    """List every page with the day of its last change, or where they are many the parts of that list."""
    pages = _pages()
    if len(pages) <= URLS:
        return _xml("sitemap.xml", pages=pages)
    parts = [(f"/sitemap-{number}.xml", day) for number, day in enumerate(_part_days(pages), 1)]
    return _xml("sitemap-index.xml", parts=parts)


@blueprint.route("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """List one part of the pages."""
    pages = _pages()
    if not 1 <= number <= ceil(len(pages) / URLS):
        raise NotFound("There is no such part of the sitemap: /sitemap.xml lists them.")
    return _xml("sitemap.xml", pages=pages[(number - 1) * URLS : number * URLS])


@blueprint.route("/feed.atom")
def feed() -> Response:
    """Tell of the releases, the newest first, and of how much each brought."""
    releases = access.releases().all()[:ENTRIES]
    brought = [(manifest, *_brought(manifest)) for manifest in releases]
    return _atom("feed-atom.xml", releases[0].issued, brought=brought)


@blueprint.route("/feed/records.atom")
def records() -> Response:
    """Tell of the records that are new or changed, the last first, page by page (RFC 5005 §3)."""
    manifest = access.release().manifest
    issued = {one.id: one.issued for one in access.releases().all()}
    told = _told(manifest.id, issued)
    page, pages = _page(), max(1, ceil(len(told) / ENTRIES))
    if page > pages:
        raise NotFound(f"There is no page {page} of this feed: it has {pages}.")
    listed = told[(page - 1) * ENTRIES : page * ENTRIES]
    base = access.iris().base
    labels = find_labels([base + path for path, _, _ in listed])
    entries = [
        {
            "iri": base + path,
            "label": _NOT_XML.sub("", labels.get(base + path, path)),
            "page": document_path(path),
            "is_new": first == last,
            "release": last,
            "published": _when(first, issued),
            "updated": _when(last, issued),
        }
        for path, first, last in listed
    ]
    others = {"self": page, "first": 1, "previous": page - 1, "next": page + 1, "last": pages}
    links = {rel: _feed_page(number) for rel, number in others.items() if 1 <= number <= pages}
    return _atom("records-atom.xml", manifest.issued, entries=entries, links=links)


def _told(identifier: str, issued: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return the path, the first and the last release of each record: the last first, and statements and entities.

    Passages are left out: they have no name, and what they say is in the statements.
    """
    found = [
        (path, first, last)
        for path, (first, last) in history(identifier).items()
        if path.startswith(LISTED) and "/passage/" not in path
    ]
    found.sort(key=lambda record: ("/statement/" not in record[0] and not record[0].startswith("id/"), record[0]))
    return sorted(found, key=lambda record: _when(record[2], issued), reverse=True)


def _page() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1_000_000):
        raise BadRequest("The parameter page is a number from 1.")
    return int(text[:9])


def _feed_page(number: int) -> str:
    """Return the path of a page of this feed, without its first slash."""
    return access.in_release(request.path[1:] + (f"?page={number}" if number > 1 else ""))


def _pages() -> list[tuple[str, str]]:
    """Return the path and the day of the last change of every page, in a fixed order."""
    manifest = access.release().manifest
    rules = {rule.rule for rule in current_app.url_map.iter_rules()}
    leading = [(path, manifest.issued[:10]) for path in LEADING if path in rules]
    releases = [(f"/release/{one.id}", one.issued[:10]) for one in access.releases().all()]
    return leading + releases + list(_record_pages(manifest.id))


@lru_cache(maxsize=4)  # a release never changes
def _record_pages(identifier: str) -> tuple[tuple[str, str], ...]:
    # An identifier begins with its day
    found = history(identifier)
    return tuple((document_path(path), found[path][1][:10]) for path in found if path.startswith(LISTED))


def _part_days(pages: list[tuple[str, str]]) -> list[str]:
    return [max(day for _, day in pages[at : at + URLS]) for at in range(0, len(pages), URLS)]


@lru_cache(maxsize=ENTRIES)
def _count(folder: Path) -> tuple[int, int]:
    changed = [first for first, last in read_history(folder).values() if last == folder.name]
    new = sum(first == folder.name for first in changed)
    return new, len(changed) - new


def _brought(manifest: Manifest) -> tuple[int, int]:
    """Return how many records were new in a release, and how many others changed."""
    return _count(access.releases().folder / manifest.id)


def _when(identifier: str, issued: dict[str, str]) -> str:
    """Return when a release was issued; of one that is no longer here, its day."""
    return issued.get(identifier, f"{identifier[:10]}T00:00:00Z")


def _atom(template: str, updated: str, **values: object) -> Response:
    return _xml(template, "application/atom+xml", updated=updated, address=request.path, **values)


def _xml(template: str, media_type: str = "application/xml", **values: object) -> Response:
    body = render_template(template, root=access.root(), base=access.iris().base, **values)
    response = Response(body, content_type=f"{media_type}; charset=utf-8")
    response.last_modified = access.release_date()
    return response
