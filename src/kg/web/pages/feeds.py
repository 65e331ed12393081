"""What machines read to find the pages and what is new: sitemap, robots.txt, and Atom feeds (RFC 4287)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

from flask import Response
from werkzeug.exceptions import BadRequest, NotFound

from kg.catalogue.finding.search import labelled
from kg.catalogue.view import open_catalogue
from kg.web.data.context import Context
from kg.web.documents.document import document_path
from kg.web.http.policy import LIVE, PAGE, Routes
from kg.web.lists.index import items_of
from kg.web.protocol.query_page import find_labels

blueprint = Routes("feeds", LIVE)

MOST_PARTS = 50_000
"""Parts of a sitemap at most (https://www.sitemaps.org/protocol.html)."""
MOST_RELEASES = 1000
"""Releases in the sitemap, the newest ones."""
ENTRIES = 100
"""Entries of a feed, or of one page of it."""
MOST_ENTRIES = 10_000
"""Changed records in the feed at most; the sitemap has them all, with their days."""
LEADING = ("/", "/issues", "/timeline", "/figures", "/articles", "/browse", "/statements", "/query", "/about")
"""Pages that lead on, as far as there are such."""
UNENDING = ("/browse?*&", "/*?release=", "/*&release=")
"""What robots shall leave besides the routes whose policy says so: there is no end of such addresses."""


_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""Characters that no XML document holds, not even escaped (XML 1.0 §2.2)."""


@blueprint.route("/robots.txt", policy=PAGE)
def robots(context: Context) -> Response:
    """Let robots read all pages, and name the sitemap (RFC 9309)."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in (*context.site.uncrawled, *UNENDING)),
        "",
        f"Sitemap: {context.root}sitemap.xml",
    ]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@blueprint.route("/sitemap.xml")
def sitemap(context: Context) -> Response:
    """List the parts of the sitemap, each with the day of its last change."""
    day = context.manifest.issued[:10]
    parts = [(f"/sitemap-{part + 1}.xml", issued[:10]) for part, issued in context.catalogue.sitemap_parts()]
    return _xml(context, "sitemap-index.xml", parts=[("/sitemap-0.xml", day), *parts])


@blueprint.route("/sitemap-<int:number>.xml")
def sitemap_part(context: Context, number: int) -> Response:
    """List one part of the pages with the day of each one's last change."""
    if number == 0:
        return _xml(context, "sitemap.xml", pages=_leading(context))
    records = context.catalogue.sitemap_part(number - 1) if number <= MOST_PARTS else None
    if records is None:
        raise NotFound("There is no such part of the sitemap: /sitemap.xml lists them.")
    former, base = _former(context), context.iris.base
    pages = [(document_path(path), issued[:10]) for path, issued in records if base + path not in former]
    return _xml(context, "sitemap.xml", pages=pages)


@blueprint.route("/feed.atom")
def feed(context: Context) -> Response:
    """List the releases, the newest first, with how many records each added and changed."""
    listed = open_catalogue(context.releases.folder).releases(ENTRIES)
    releases = context.releases.some(identifier for identifier, _ in listed)
    brought = context.catalogue.brought([manifest.id for manifest in releases])
    told = [(manifest, *brought.get(manifest.id, (0, 0))) for manifest in releases]
    return _atom(context, "feed-atom.xml", releases[0].issued, brought=told)


@blueprint.route("/feed/records.atom", policy=PAGE)
def records(context: Context) -> Response:
    """List the records that are new or changed, the last first, page by page (RFC 5005 §3)."""
    view, base = context.catalogue, context.iris.base
    page, pages = _page(context), max(1, ceil(min(view.count_changes(), MOST_ENTRIES) / ENTRIES))
    if page > pages:
        raise NotFound(f"There is no page {page} of this feed: it has {pages}.")
    listed = view.changes(ENTRIES, (page - 1) * ENTRIES)
    named = view.named(change.path for change in listed)
    labels = {base + path: labelled(thing, context.language)[0] for path, thing in named.items()}
    said = {item.path[1:]: item.said for item in items_of(view, list(named.values()))}
    former = _former(context)
    successors = {iri for change in listed for iri in former.get(base + change.path, _NOT_FORMER).by}
    labels |= find_labels(
        context, [*(base + change.path for change in listed if change.path not in named), *successors]
    )
    entries = [
        {
            "iri": base + change.path,
            "label": _NOT_XML.sub("", labels.get(base + change.path, change.path)),
            "said": _NOT_XML.sub("", said.get(change.path, "")),
            "page": document_path(change.path),
            "is_new": change.is_new,
            "former": (was := former.get(base + change.path)),
            "by": [labels.get(iri, iri.removeprefix(base)) for iri in was.by] if was else [],
            "release": change.last,
            "published": change.first_issued,
            "updated": change.last_issued,
        }
        for change in listed
    ]
    others = {"self": page, "first": 1, "previous": page - 1, "next": page + 1, "last": pages}
    links = {rel: _feed_page(context, number) for rel, number in others.items() if 1 <= number <= pages}
    return _atom(context, "records-atom.xml", context.manifest.issued, entries=entries, links=links)


@dataclass(frozen=True, slots=True)
class _Former:
    """A former record: the IRIs of what replaced it, and why."""

    by: tuple[str, ...] = ()
    why: str = ""


_NOT_FORMER = _Former()


def _former(context: Context) -> dict[str, _Former]:
    """Return the records that are former ones, by IRI: their addresses lead on, or answer that they are gone."""
    return context.once("former", lambda: _ask_former(context))


def _ask_former(context: Context) -> dict[str, _Former]:
    found: dict[str, _Former] = {}
    for row in context.ask_rows("former"):
        before = found.get(row["former"], _NOT_FORMER)
        by = dict.fromkeys((*before.by, *([row["by"]] if "by" in row else [])))
        found[row["former"]] = _Former(tuple(by), before.why or row.get("why", ""))
    return found


def _page(context: Context) -> int:
    text = context.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1_000_000):
        raise BadRequest("The parameter page is a number from 1.")
    return int(text[:9])


def _feed_page(context: Context, number: int) -> str:
    """Return the path of a page of this feed, without its first slash."""
    return context.in_release(context.path[1:] + (f"?page={number}" if number > 1 else ""))


def _leading(context: Context) -> list[tuple[str, str]]:
    """Return the path and the day of the last change of the pages that are no record's."""
    manifest = context.manifest
    leading = [(path, manifest.issued[:10]) for path in LEADING if path in context.site.pages]
    listed = open_catalogue(context.releases.folder).releases(MOST_RELEASES)
    return leading + [(f"/release/{identifier}", issued[:10]) for identifier, issued in listed]


def _atom(context: Context, template: str, updated: str, **values: object) -> Response:
    return _xml(context, template, "application/atom+xml", updated=updated, address=context.path, **values)


def _xml(context: Context, template: str, media_type: str = "application/xml", **values: object) -> Response:
    body = context.render(template, root=context.root, base=context.iris.base, **values)
    response = Response(body, content_type=f"{media_type}; charset=utf-8")
    response.last_modified = context.release_date
    return response
