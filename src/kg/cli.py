"""The command line: ``kg``. Each command is one call of the library."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import kg
from kg.commands.agents import mcp
from kg.commands.checking import check, coverage
from kg.commands.editing import annotate, cut, draft, new, renew, words
from kg.commands.options import DIRECTORY, settings_to_judge, settings_with, told
from kg.commands.records import add, find, merge, rename, split, withdraw
from kg.errors import DataError
from kg.settings import Settings

if TYPE_CHECKING:
    from kg.store import Engine

FORMATS = {
    "json": ("application/sparql-results+json", "application/ld+json"),
    "xml": ("application/sparql-results+xml", "application/rdf+xml"),
    "csv": ("text/csv", "text/turtle"),
    "tsv": ("text/tab-separated-values", "text/turtle"),
    "turtle": ("text/csv", "text/turtle"),
    "ntriples": ("text/csv", "application/n-triples"),
}
"""Name of an output format → media types for rows and for graphs."""


def _progress(name: str) -> Callable[[str], None]:
    return lambda step: click.echo(f"kg {name}: {step}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(kg.__version__, prog_name="kg")
def main() -> None:
    """A knowledge graph of what news articles say: who says it, how surely, and exactly where."""


@main.command()
@click.argument("data", type=DIRECTORY, required=False)
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def build(data: Path | None, releases: Path | None) -> None:
    """Make a release of the folder DATA (default: data), publish it, and print its id."""
    from kg.release.apart import build as build_release

    settings = settings_to_judge(data=data, releases=releases)
    built = build_release(settings, _progress("build"))
    for line in built.unchecked:
        click.echo(f"kg build: not checked: {line}", err=True)
    if built.warnings:
        click.echo(f"kg build: warnings: {built.warnings}; kg check lists them", err=True)
    if not built.is_new:
        click.echo("kg build: the data are those of the active release; nothing new was published", err=True)
    _bring_service(settings)
    click.echo(built.identifier)


@main.command()
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def releases(releases: Path | None) -> None:
    """List the releases, the newest first; a star marks the one that is served, "pinned" those always kept."""
    from kg.release.keep.prune import pinned
    from kg.release.publish import Releases

    folder = Releases(settings_with(releases=releases).releases)
    active, pins = folder.find_active(), pinned(folder)
    for manifest in folder.all():
        star = "*" if active and manifest.id == active.id else " "
        counts = f"{manifest.counts['statements']} statements, {manifest.counts['quads']} quads"
        click.echo(f"{star} {manifest.id}  {manifest.issued}  {counts}{'  pinned' if manifest.id in pins else ''}")


@main.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@click.option("--format", "form", type=click.Choice(["words", "triples"]), default="words", show_default=True)
@told
def diff(one: str, other: str, releases: Path | None, form: str) -> None:
    """Show what changed from release A to release B: record by record, or as triples behind - and +."""
    from kg.release.keep.diff import by_record, compare, to_triples, to_words
    from kg.release.publish import Releases
    from kg.terms import Iris

    settings = settings_with(releases=releases)
    folder = Releases(settings.releases)
    deltas = compare(folder, one, other)
    lines = to_triples(deltas)
    if form == "words":
        lines = to_words(by_record(folder, one, other, deltas), Iris(settings.base_iri))
    for line in lines:
        click.echo(line)


@main.command()
@click.option("--dry-run", is_flag=True, help="Only list what would be deleted.")
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def prune(dry_run: bool, releases: Path | None) -> None:
    """Delete old releases. The newest KG_KEEP_RELEASES, those of the last KG_KEEP_DAYS days and pinned ones stay."""
    from kg.release.keep.prune import prune as prune_releases

    done = prune_releases(settings_with(releases=releases), dry_run=dry_run, say=_progress("prune"))
    for identifier in done.gone:
        click.echo(identifier)
    would = "would be " if dry_run else ""
    click.echo(
        f"kg prune: {len(done.gone)} releases {would}deleted, {len(done.kept)} kept;"
        f" {done.freed / 1e6:,.1f} MB {would}freed",
        err=True,
    )


@main.command()
@click.argument("identifier", metavar="ID")
@click.option("--remove", is_flag=True, help="Unpin it.")
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def pin(identifier: str, remove: bool, releases: Path | None) -> None:
    """Keep the release ID, whatever its age, because it was cited. kg prune skips it."""
    from kg.release.keep.prune import pin as pin_release
    from kg.release.keep.prune import unpin
    from kg.release.publish import Releases

    (unpin if remove else pin_release)(Releases(settings_with(releases=releases).releases), identifier)


@main.command()
@click.argument("identifier", metavar="ID")
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def repair(identifier: str, releases: Path | None) -> None:
    """Rebuild the damaged files of the release ID from its graphs and the log of changes."""
    from kg.release.change.repair import repair as repair_release
    from kg.release.publish import Releases

    click.echo(repair_release(Releases(settings_with(releases=releases).releases), identifier).id)


@main.command()
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def upgrade(releases: Path | None) -> None:
    """Convert releases of earlier versions of kg to the present layout. Their identifiers stay."""
    from kg.release.change.upgrade import upgrade as upgrade_releases
    from kg.release.publish import Releases

    folder = Releases(settings_with(releases=releases).releases)
    with folder.lock():
        count = upgrade_releases(folder, _progress("upgrade"))
    click.echo(f"{folder.folder}: {count} releases upgraded")


@main.command()
@click.argument("identifier", metavar="ID")
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def rollback(identifier: str, releases: Path | None) -> None:
    """Serve the release ID from now on; running servers switch to it by themselves."""
    from kg.release.change.recover import roll_back

    settings = settings_with(releases=releases)
    active = roll_back(settings, identifier).id
    _bring_service(settings)
    click.echo(active)


@main.command()
@click.argument("identifier", metavar="[ID]", required=False)
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def verify(identifier: str | None, releases: Path | None) -> None:
    """Check the release ID (default: everything) byte by byte. Exits with 1 if anything is damaged."""
    from kg.release.keep.verify import verify as verify_release
    from kg.release.keep.verify import verify_folder
    from kg.release.publish import Releases

    folder = Releases(settings_with(releases=releases).releases)
    found = [verify_release(folder, identifier)] if identifier else verify_folder(folder, _progress("verify"))
    damaged = 0
    for verdict in found:
        click.echo(verdict.to_text())
        damaged += bool(verdict.faults)
    sys.exit(1 if damaged else 0)


@main.command()
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def catalogue(releases: Path | None) -> None:
    """Rebuild the catalogue, from which search, lists and feeds are read, from all releases."""
    from kg.release.catalogued import rebuild_all
    from kg.release.publish import Releases

    folder = Releases(settings_with(releases=releases).releases)
    with folder.lock():
        count = rebuild_all(folder)
    click.echo(f"{folder.folder}: the catalogue has {count} releases")


@main.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def backup(target: Path, releases: Path | None) -> None:
    """Copy all releases to TARGET, a new folder or a file that ends in .tar or .tar.gz, and verify the copy."""
    from kg.release.keep.backup import back_up
    from kg.release.publish import Releases

    count = back_up(Releases(settings_with(releases=releases).releases), target, _progress("backup"))
    click.echo(f"{target}: {count} releases")


@main.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@told
def restore(source: Path, releases: Path | None) -> None:
    """Verify the backup SOURCE and make it the folder of releases, which must hold none."""
    from kg.release.keep.backup import restore as restore_releases
    from kg.release.publish import Releases

    folder = Releases(settings_with(releases=releases).releases)
    count = restore_releases(source, folder, _progress("restore"))
    click.echo(f"{folder.folder}: {count} releases; {folder.active_id()} is served")


@main.command()
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", type=click.IntRange(min=1), help="Query workers (default: 2).")
@told
def serve(releases: Path | None, host: str, port: int, workers: int | None) -> None:
    """Serve the active release, and each one that becomes active later.

    An installed kg that is given no data and has no release yet makes one of the first article, which comes with it.
    """
    from kg.release.apart import build as build_release
    from kg.release.catalogued import catch_up_or_leave
    from kg.release.publish import Releases
    from kg.settings import PACKAGED
    from kg.web.serve import serve as serve_releases

    settings = settings_with(releases=releases)
    if settings.home == PACKAGED and settings.data is None and not settings.releases.exists():
        build_release(settings, _progress("serve"))
    catch_up_or_leave(Releases(settings.releases))
    serve_releases(partial(settings_with, releases=releases, workers=workers), host, port)


@main.command()
@click.argument("file", metavar="FILE|-", type=click.File(encoding="utf-8"))
@click.option("--releases", type=DIRECTORY, help="Folder of the releases (default: releases).")
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL endpoint instead of the active release.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="csv", show_default=True)
@click.option("--bind", multiple=True, metavar="NAME=TERM", help="Bind a variable to a term in N-Triples syntax.")
@told
def query(file: Any, releases: Path | None, endpoint: str | None, form: str, bind: tuple[str, ...]) -> None:
    """Run the SPARQL query in FILE, or on standard input, and print its answer.

    Relative IRIs resolve against the base IRI. A graph is printed as Turtle unless the format says otherwise.
    """
    from kg.store import Query

    row_type, graph_type = FORMATS[form]
    settings = settings_with(releases=releases)
    try:
        text = file.read()
    except UnicodeDecodeError as error:
        raise DataError(f"{file.name} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    asked = Query(text, row_type, graph_type, dict(_binding(text) for text in bind), base_iri=settings.base_iri)
    with closing(_engine(settings, endpoint)) as engine:
        sys.stdout.buffer.write(engine.query(asked).body)


def _engine(settings: Settings, endpoint: str | None) -> Engine:
    if endpoint is not None:
        from kg.store.remote import RemoteEndpoint

        return RemoteEndpoint(endpoint, settings)
    from kg.release.content import content_of
    from kg.release.publish import Releases
    from kg.store.engines import open_engine

    folder = Releases(settings.releases)
    return open_engine(content_of(folder, folder.active_id()), settings.with_(workers=1))


def _bring_service(settings: Settings) -> None:
    """Have the service of a remote engine, where there is one, hold the active release."""
    from kg.store.engines import bring_service, is_remote

    if is_remote(settings):
        from kg.release.content import content_of
        from kg.release.publish import Releases

        folder = Releases(settings.releases)
        bring_service(content_of(folder, folder.active_id()), settings)


def _binding(text: str) -> tuple[str, str]:
    name, equals, term = text.partition("=")
    if not (name and equals and term):
        raise click.BadParameter(f"{text!r}: write it as name=term, as in 'who=<https://attested.example/id/russia>'.")
    return name.removeprefix("?"), term


@main.command()
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@click.option("--scale", is_flag=True, help="Measure how everything grows with the number of articles instead.")
@click.option("--articles", default="1,10,100,1000", show_default=True, help="With --scale: numbers of articles.")
@click.option("--only", default="", help="With --scale: measure these, of releases that are there: pages,verify.")
@click.option("--folder", type=DIRECTORY, help="With --scale: where data and releases are made (default: build/scale).")
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures to this file, too.")
@click.option("--http", is_flag=True, help="Measure the active release over HTTP instead, and oxigraph serve.")
@told
def bench(
    data: Path | None, folder: Path | None, write: Path | None, articles: str, only: str, *, scale: bool, http: bool
) -> None:
    """Measure validation, how it grows with the number of articles, and each kind of page.

    With --scale, build, change, serve, query, verify and copy invented articles in several numbers.
    """
    from kg.bench import measure, measure_http, measure_scale, merge

    settings = settings_with(data=data)
    if scale:
        folder = folder or settings.home / "build" / "scale"
        figures = measure_scale(settings, _sizes(articles), folder, _progress("bench"), only)
    elif http:
        figures = measure_http(settings, _progress("bench"))
    else:
        figures = measure(settings, _progress("bench"))
    click.echo(figures, nl=False)
    if write is not None:
        write.write_text(merge(write, figures), encoding="utf-8")


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        sizes = [0]
    if min(sizes) < 1:
        raise click.BadParameter(f"--articles {text!r}: write numbers above 0 with commas between, as in 1,10,100.")
    return sizes


COMMANDS = (
    *(check, coverage, mcp),
    *(new, cut, draft, renew, words, annotate),
    *(find, add, rename, merge, split, withdraw),
)
"""Commands from the modules of kg.commands; those of this module add themselves."""
for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()
