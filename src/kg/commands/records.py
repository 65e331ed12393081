"""Commands for records and codes that articles share."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.commands.options import DIRECTORY, settings_to_read, settings_to_write, told

if TYPE_CHECKING:
    from kg.editing.records import Done


@click.command()
@click.argument("words", nargs=-1)
@click.option("--kind", help="Only of this class or code list, as in topic, relation or actor.")
@click.option("--most", type=click.IntRange(1), help="So many at most (default: 10; all, where there are no WORDS).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def find(words: tuple[str, ...], kind: str | None, most: int | None, form: str, data: Path | None) -> None:
    """Find records and codes by any of their names, with their meaning, how often they are used, and examples.

    Without WORDS, list all of a --kind, those that are used most first.
    """
    from kg.corpus.sources.load import load_corpus
    from kg.editing import find as finding

    if not words and not kind:
        raise click.UsageError("Say what to find: WORDS, or --kind for all of a kind.")
    records = finding.find(load_corpus(settings_to_read(data=data)), " ".join(words), kind, most)
    if form == "json":
        click.echo(finding.to_json(records))
        return
    for record in records:
        click.echo("\n".join(record.lines() if words else record.lines()[:-1]))
    if not records:
        click.echo("There is none of that name. Add it with: kg add KIND NAME")


@click.command()
@click.argument("kind")
@click.argument("label", metavar="NAME")
@click.option("--de", "label_de", metavar="NAME", help="Its German name.")
@click.option("--name", metavar="ID", help="Last part of its IRI (default: made of NAME).")
@click.option("--also", multiple=True, metavar="NAME", help="Another English name; may be given more than once.")
@click.option("--also-de", multiple=True, metavar="NAME", help="Another German name.")
@click.option("--comment", help="A note on it, in English.")
@click.option("--definition", help="What a code or issue means, in English.")
@click.option("--definition-de", help="The same in German.")
@click.option("--set", "said", multiple=True, metavar="'PROPERTY VALUE'", help="More, as in 'skos:broader id:ports'.")
@click.option("--article", metavar="SLUG", help="A thing that only this article speaks of.")
@click.option("--anyway", is_flag=True, help="Although another record has this name, or nearly.")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def add(data: Path | None, *, anyway: bool, **known: Any) -> None:
    """Add a record: a thing of a class (KIND: topic, person, place …) or a code of a list (relation, unit …)."""
    from kg.editing.add import New
    from kg.editing.add import add as add_record

    added = add_record(settings_to_write(data=data), New(**known), anyway=anyway)
    click.echo(f"{added.path}: {added.name}")
    if added.advice:
        click.echo(added.advice)


def _told(done: Done) -> None:
    for line in done.notes:
        click.echo(line)
    click.echo(f"{len(done.files)} files changed; look at them with git diff, and run kg check")


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def rename(old: str, new: str, data: Path | None) -> None:
    """Give the record OLD (id:x, code:x, article/SLUG/…) the name NEW, everywhere. The old address leads to it."""
    from kg.editing import records

    _told(records.rename(settings_to_write(data=data), old, new))


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def merge(old: str, new: str, data: Path | None) -> None:
    """Put the record NEW in place of OLD, with the names and links of both. The old address leads to it."""
    from kg.editing import records

    _told(records.merge(settings_to_write(data=data), old, new))


@click.command()
@click.argument("old")
@click.argument("new", nargs=-1, required=True)
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def split(old: str, new: tuple[str, ...], data: Path | None) -> None:
    """Give up the record OLD for several others, NEW; statements that used it become drafts."""
    from kg.editing import records

    _told(records.split(settings_to_write(data=data), old, new))


@click.command()
@click.argument("name")
@click.option("--why", required=True, help="The reason, in English; it is published.")
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@told
def withdraw(name: str, why: str, data: Path | None) -> None:
    """Take out a record or statement that nothing uses. Its address says that it is gone, and why."""
    from kg.editing import records
    from kg.release.change.names import is_published

    settings = settings_to_write(data=data)
    _told(records.withdraw(settings, name, why, partial(is_published, settings)))
