"""``kg check --watch``."""

from __future__ import annotations

import time

import click

from kg.settings import Settings

PAUSE = 0.5
"""Seconds between two looks at the files."""


def watch_data(settings: Settings) -> None:
    """Print the report, and after each change of a file what came and what was mended, until Ctrl-C."""
    from kg.editing.watch import watch
    from kg.errors import KgError
    from kg.release.apart import check

    def report() -> str:
        try:
            return check(settings, "text")[1]
        except KgError as error:
            return f"{error}\n"

    def wait() -> bool:
        time.sleep(PAUSE)
        return True

    try:
        for told in watch(settings, report, wait):
            click.echo(f"{time.strftime('%H:%M:%S')}\n{told}", nl=False)
    except KeyboardInterrupt:
        click.echo()
