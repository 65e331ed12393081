"""Commands for encoding an article."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import click

from kg.commands.options import DATE, DIRECTORY, FILE, settings_to_write, told


@click.command()
@click.argument("slug")
@click.option("--text", "text_file", type=FILE, required=True, help="The article: .txt in UTF-8, .md, .html or .docx.")
@click.option("--language", metavar="CODE", help="Its language, as in de (default: detected).")
@click.option("--headline", help="Its title, as printed.")
@click.option("--publisher", help="The paper or agency.")
@click.option("--author", "authors", multiple=True, help="Who wrote it; may be given more than once.")
@click.option("--published", type=DATE, metavar="YYYY-MM-DD", help="When it was published.")
@click.option("--modified", type=DATE, metavar="YYYY-MM-DD", help="When it was last changed.")
@click.option("--address", metavar="URL", help="Its address on the web.")
@click.option("--licence", help="Its licence: an address or a name.")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def new(slug: str, text_file: Path, language: str | None, data: Path | None, **given: Any) -> None:
    """Start the encoding of an article: cut its text into passages below articles/SLUG, and show them."""
    from kg.corpus.articles.new import Reference, start_article

    dates = {name: given.pop(name) for name in ("published", "modified")}
    reference = Reference(**given, **{name: date and date.date() for name, date in dates.items()})
    started = start_article(settings_to_write(data=data), slug, text_file, language, reference)
    for line in started.lines():
        click.echo(line)
    click.echo(f"{started.folder}: {len(started.passages)} passages, language {started.language}")
    if started.text_file is not None:
        click.echo(f"{started.text_file}: the plain text, in which offsets count; keep it where KG_TEXTS points")
    click.echo("Check the passages. Correct the cut with kg cut, then write the statements; see data/README.md.")


@click.command()
@click.argument("slug")
@click.option("--join", type=(int, int), multiple=True, metavar="FIRST LAST", help="Make passages FIRST to LAST one.")
@click.option("--split", type=(int, str), multiple=True, metavar="N WORDS", help="Start a new passage at WORDS in N.")
@click.option(
    "--kind", type=(int, str), multiple=True, metavar="N KIND", help="Say what passage N is, as in 12 caption."
)
@click.option("--section", type=(int, int), multiple=True, metavar="N H", help="Put N under heading H; 0: under none.")
@click.option("--speaker", type=(int, str), multiple=True, metavar="N NAME", help="Say who asks or answers in N.")
@click.option("--text", "text_file", type=FILE, help="The article's plain text (default: found below KG_TEXTS).")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def cut(slug: str, text_file: Path | None, data: Path | None, **wanted: Any) -> None:
    """Correct the cut of an article, or apply cutting.toml; passages that statements rest on must stay."""
    from kg.corpus.articles.recut import Wanted, recut

    recuts = recut(settings_to_write(data=data), slug, Wanted(**wanted), text_file)
    for line in recuts.lines():
        click.echo(line)
    click.echo(f"{recuts.folder}: {len(recuts.passages)} passages, * corrected")


@click.command()
@click.argument("slug")
@click.option("--text", "text_file", type=FILE, required=True, help="The new text: .txt in UTF-8, .md, .html or .docx.")
@click.option("--old", "old_file", type=FILE, help="The text that was encoded (default: found below KG_TEXTS).")
@click.option("--modified", type=DATE, metavar="YYYY-MM-DD", help="When the article was changed.")
@click.option("--dry-run", is_flag=True, help="Only report what would happen to the passages.")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def renew(
    slug: str,
    text_file: Path,
    old_file: Path | None,
    modified: datetime.datetime | None,
    data: Path | None,
    *,
    dry_run: bool,
) -> None:
    """Carry an article on to a corrected or updated text, and list what changed and what rests on it."""
    from kg.editing.renew import renew as renew_article

    date = modified and modified.date()
    renewal = renew_article(settings_to_write(data=data), slug, text_file, old_file, date, dry_run=dry_run)
    for line in renewal.lines():
        click.echo(line)
    if dry_run:
        click.echo("Nothing was written.")
    elif renewal.drafts:
        count = f"{renewal.drafts} statements are drafts" if renewal.drafts > 1 else "1 statement is a draft"
        click.echo(f"{count} now, not to be published before somebody has looked: kg check lists what to do.")


@click.command()
@click.argument("slug")
@click.option("--passage", "only", type=int, multiple=True, metavar="N", help="Only of this passage, by its number.")
@click.option("--measure", is_flag=True, help="Write nothing; report how stubs agree with what is encoded already.")
@click.option("--text", "text_file", type=FILE, help="The article's plain text (default: found below KG_TEXTS).")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def draft(slug: str, only: tuple[int, ...], text_file: Path | None, data: Path | None, *, measure: bool) -> None:
    """Write a stub for each passage without a statement: what its words show without guessing. Stubs are drafts."""
    from kg.editing.drafting.draft import draft as draft_article
    from kg.editing.drafting.draft import stubs_of
    from kg.editing.drafting.measure import measure as measure_stubs
    from kg.editing.drafting.measure import to_lines

    settings = settings_to_write(data=data)
    if measure:
        click.echo("\n".join(to_lines(measure_stubs(stubs_of(settings, slug, text_file)))))
        return
    drafted = draft_article(settings, slug, text_file, only)
    click.echo(f"{slug}: {drafted.stubs} drafts on {len(drafted.passages)} passages; kg check lists what is left to do")


@click.command()
@click.argument("slug")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on (default: a free one).")
@click.option("--text", "text_file", type=FILE, help="The article's plain text (default: found below KG_TEXTS).")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def annotate(slug: str, port: int, text_file: Path | None, data: Path | None) -> None:
    """Encode an article on a page of this machine, until Ctrl+C. Open the link; it is for nobody else."""
    from kg.annotate.serve import serve
    from kg.annotate.workspace import Workspace

    work = Workspace(settings_to_write(data=data), slug, text_file)
    serve(work, port, lambda link: click.echo(f"Open {link}\nEnd with Ctrl+C. Everything is saved at once."))


@click.command()
@click.argument("slug")
@click.option("--forget", is_flag=True, help="Take out the places of statements that are gone.")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def words(slug: str, data: Path | None, *, forget: bool) -> None:
    """Locate the printed words of an article's statements in its text; write words.ttl."""
    from kg.corpus.evidence.placing import place_words

    placed = place_words(settings_to_write(data=data), slug, forget=forget)
    click.echo(
        f"{placed.path}: {placed.count} placed, {len(placed.repeated)} that the passage has more than once,"
        f" {len(placed.absent)} that it lacks"
    )
    for node in placed.absent:
        click.echo(f"not in its passage: {node}")
