"""Commands that say how good the data are: ``kg check`` and ``kg coverage``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from kg.commands.options import DIRECTORY, settings_to_judge, settings_to_read, settings_with, told
from kg.settings import Settings

PAUSE = 0.5
"""Seconds between two looks at the files."""


def _watch(settings: Settings) -> None:
    """Print the report, and after each change of a file what came and what was fixed, until Ctrl-C."""
    from kg.editing.watch import watch
    from kg.errors import KgError
    from kg.journal import require_whole
    from kg.release.apart import Checker

    def wait() -> bool:
        time.sleep(PAUSE)
        return True

    with Checker(settings) as checker:

        def report() -> str:
            try:
                require_whole(settings.data_dir)
                return checker.watch()
            except KgError as error:
                return f"{error}\n"

        try:
            for told in watch(settings, report, wait):
                click.echo(f"{time.strftime('%H:%M:%S')}\n{told}", nl=False)
        except KeyboardInterrupt:
            click.echo()


@click.command()
@click.argument("data", type=DIRECTORY, required=False)
@click.option("--format", "form", type=click.Choice(["text", "json", "turtle"]), default="text", show_default=True)
@click.option("--watch", "is_watching", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@told
def check(data: Path | None, form: str, *, is_watching: bool) -> None:
    """Validate the folder DATA (default: data). Exits with 0 if it conforms, else with 1."""
    from kg.release.apart import check as check_data

    if is_watching:
        _watch(settings_with(data=data))
        return
    conforms, report = check_data(settings_to_judge(data=data), form)
    click.echo(report, nl=False)
    sys.exit(0 if conforms else 1)


@click.command()
@click.argument("article", required=False)
@click.option("--data", type=DIRECTORY, help="Folder of the data (default: data).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--language",
    type=click.Choice(["en", "de"]),
    help="Put each statement into words, from its triples (default: en, for one article as text).",
)
@told
def coverage(article: str | None, data: Path | None, form: str, language: str | None) -> None:
    """Show each passage of ARTICLE (default: every article) with its state and its statements."""
    from kg.release.apart import measure_coverage

    if article and form == "text":
        language = language or "en"
    click.echo(measure_coverage(settings_to_read(data=data), article, form, language), nl=False)
