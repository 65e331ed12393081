"""The releases: their list, the page and description of each, and their files; and the description of the whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Response, send_file
from werkzeug.exceptions import Gone, NotFound, ServiceUnavailable

from kg import cite
from kg.catalogue.view import open_catalogue
from kg.errors import Pruned, ReleaseError
from kg.release import manifest as manifests
from kg.release.format.dumps import DUMPS
from kg.release.keep.dump import DESCRIPTION, NAMES, stream_dump
from kg.release.manifest import Manifest
from kg.web.data.context import Context, date_of
from kg.web.documents.description import SERIALISERS, describe_release
from kg.web.documents.document import CITED, choose, document_links, make_response, split_suffix
from kg.web.http.negotiate import HTML
from kg.web.http.policy import FILE, LIVE, Routes
from kg.web.lists.listing import Listed, take_page
from kg.web.words.citations import cite_release

blueprint = Routes("releases", LIVE)

JSON = "application/json"
FILE_TYPES = {
    ".gz": "application/gzip",
    ".json": JSON,
    ".jsonld": "application/ld+json",
    ".nq": "application/n-quads",
    ".trig": "application/trig",
    ".ttl": "text/turtle; charset=utf-8",
}
GIVEN = ("report.ttl",)
"""Files of a release's directory that are given away; others are made when they are asked for."""
PAGE_LENGTH = 100
"""Releases of one page of their list."""
LISTED = 50
"""Named graphs of one page of a release's list of these."""
_DAMAGED = (
    "{name} of release {release} is missing or damaged on this server, so it is not given. Other files and releases"
    " are listed at /releases. The operator can see all of it with kg verify, and put the file back from a"
    " backup."
)
IMMUTABLE = "public, max-age=31536000, immutable"
"""A file of a release never changes, so a copy is good for a year, the longest that caches keep one."""


@blueprint.route("/releases", defaults={"suffix": None})
@blueprint.route("/releases.<any(json,html):suffix>")
def releases(context: Context, suffix: str | None) -> Response:
    """List the releases, the newest first, as a page or as JSON."""
    chosen = choose(context, {"json": JSON, "html": HTML}.get(suffix or ""), (HTML, JSON))
    active = context.manifest
    catalogue = open_catalogue(context.releases.folder)
    page = take_page(context, catalogue.releases, catalogue.count_releases(), PAGE_LENGTH)
    found = context.releases.some(identifier for identifier, _ in page.shown)
    links = [f'</releases.{name}>; rel="alternate"; type="{media}"' for name, media in (("html", HTML), ("json", JSON))]
    if chosen == HTML:
        body = context.render("releases.html", releases=found, listed=page, active=active)
    else:
        told: dict[str, object] = {"active": active.id, "releases": [_listed(context, one, active) for one in found]}
        if page.number < page.pages:
            told["next"] = page.address(page.number + 1)
        body = json.dumps(told, indent=2) + "\n"
    return make_response(context, body, chosen, links)


def _listed(context: Context, one: Manifest, active: Manifest) -> dict[str, object]:
    """Return what the JSON list says of a release."""
    return {
        "id": one.id,
        "iri": context.iris.release(one.id),
        "active": one.id == active.id,
        "issued": one.issued,
        "digest": {"sha256": one.digest},
        "counts": one.counts,
        "files": {
            name: file | {"path": f"/release/{one.id}/{name}"} for name, file in one.documents.items() if name in GIVEN
        }
        | {name: {"path": f"/release/{one.id}/{name}", "type": dump.media_type} for name, dump in DUMPS.items()},
    }


@blueprint.route("/release/<name>")
def release(context: Context, name: str) -> Response:
    """Show a release: a page with its files, or its description in RDF."""
    stem, media_type = split_suffix(name)
    return _described(context, _manifest(context, stem), f"release/{stem}", media_type)


@blueprint.route("/dataset", defaults={"suffix": None})
@blueprint.route("/dataset.<suffix>")
def dataset(context: Context, suffix: str | None) -> Response:
    """Show the dataset, of which each release is a version: the active one's page or description."""
    if suffix is not None and suffix not in CITED:
        raise NotFound(f"The description comes as {', '.join(CITED)}, and not as {suffix}.")
    return _described(context, context.manifest, "dataset", CITED[suffix] if suffix else None)


@blueprint.route("/.well-known/void")
def void(context: Context) -> Response:
    """Describe the dataset in VoID, at the address where harvesters look for it (VoID §7.2)."""
    chosen = choose(context, None, tuple(SERIALISERS))
    links = [f'<{context.iris.base}.well-known/void>; rel="canonical"', *document_links(context, "dataset")[1:]]
    return make_response(context, describe_release(context, context.manifest.id, chosen), chosen, links)


def _described(context: Context, manifest: Manifest, path: str, media_type: str | None) -> Response:
    chosen = choose(context, media_type, tuple(CITED.values()))
    citation = cite_release(context, manifest)
    if chosen in cite.FORMS.values():
        body: str | bytes = cite.write(citation, chosen)
    elif chosen == HTML:
        body = context.render(
            "release.html",
            citation=citation,
            shown=manifest,
            active=context.manifest,
            document=f"/{path}",
            iri=context.iris.base + path,
            files={name: file for name, file in manifest.documents.items() if name in GIVEN},
            dumps=DUMPS,
            graphs=_graphs(context, manifest),
            is_dataset=path == "dataset",
        )
    else:
        body = describe_release(context, manifest.id, chosen)
    response = make_response(context, body, chosen, document_links(context, path))
    if path != "dataset":
        response.last_modified = date_of(manifest)
    return response


def _graphs(context: Context, manifest: Manifest) -> Listed:
    """Return a page of a release's named graphs: IRIs and numbers of triples."""
    graphs = [(iri, entry.triples) for iri, entry in context.releases.graphs(manifest).items()]
    return take_page(context, lambda limit, offset: graphs[offset : offset + limit], len(graphs), LISTED)


def _manifest(context: Context, identifier: str) -> Manifest:
    try:
        return context.releases.manifest(identifier)
    except Pruned as error:
        raise Gone(str(error)) from None
    except ReleaseError:
        raise NotFound(f"There is no release {identifier} here. /releases lists all that there are.") from None


def _require_intact(path: Path, manifest: Manifest, told: dict[str, Any]) -> str:
    """Return the digest of a file that is as it was published; raises ServiceUnavailable where it is not."""
    try:
        status = path.stat()
        digest = _digest(path, status.st_mtime_ns, status.st_size)
    except OSError:
        digest = ""
    if digest != told["sha256"]:
        raise ServiceUnavailable(_DAMAGED.format(name=path.name, release=manifest.id))
    return digest


@lru_cache(maxsize=4096)
def _digest(path: Path, modified: int, size: int) -> str:  # noqa: ARG001 - what changes where the file does
    return manifests.file_digest(path)


def _parts(context: Context, manifest: Manifest, name: str) -> Iterator[bytes]:
    """Return a file that is made, part by part; raises ServiceUnavailable where the release is damaged."""
    try:
        return stream_dump(context.releases, manifest, name)
    except ReleaseError:
        raise ServiceUnavailable(_DAMAGED.format(name=name, release=manifest.id)) from None


def _made(context: Context, manifest: Manifest, name: str) -> Response:
    """Give a file that is made as it is read; it has the same bytes each time."""
    etag = f"{manifest.digest}-{name}" if name != DESCRIPTION else manifest.description
    if context.request.if_none_match.contains(etag):
        response = Response(status=304)
    else:
        parts = _parts(context, manifest, name) if context.request.method != "HEAD" else iter(())
        response = Response(parts, content_type=FILE_TYPES[Path(name).suffix])
    response.set_etag(etag)
    response.last_modified = date_of(manifest)
    response.headers["Cache-Control"] = IMMUTABLE
    response.headers["Link"] = f'</release/{manifest.id}>; rel="describedby"'
    return response


@blueprint.route("/release/<identifier>/<name>", policy=FILE)
def file(context: Context, identifier: str, name: str) -> Response:
    """Give one of the files that a release's manifest names, or the manifest; whole or in ranges."""
    found = _manifest(context, identifier)
    path = context.releases.folder.absolute() / found.id / name
    if name == manifests.FILE_NAME:
        digest = manifests.file_digest(path)
    elif name in NAMES:
        return _made(context, found, name)
    elif name in GIVEN:
        digest = _require_intact(path, found, found.files[name])
    else:
        raise NotFound(f"Release {identifier} has no file {name}. Its page, /release/{identifier}, lists them.")
    response = send_file(
        path,
        mimetype=FILE_TYPES.get(path.suffix, "application/octet-stream"),
        etag=digest,
        last_modified=date_of(found),
        conditional=True,
    )
    response.headers["Cache-Control"] = IMMUTABLE
    response.headers["Link"] = f'</release/{found.id}>; rel="describedby"'
    return response
