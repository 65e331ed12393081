"""What commands have in common: kinds of parameters, the settings, and how a failure is reported."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from kg.errors import KgError
from kg.journal import recover, require_whole, was_killed
from kg.settings import Settings, read_settings

DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
DATE = click.DateTime(["%Y-%m-%d"])


def settings_with(**changes: object) -> Settings:
    """Return the settings of the environment, but for those changes that are given."""
    return read_settings().with_(**changes)


def settings_to_write(**changes: object) -> Settings:
    """Return the same for a command that writes data; what one that was killed left half written is completed first."""
    settings = settings_with(**changes)
    recover(settings.data_dir)
    return settings


def settings_to_read(**changes: object) -> Settings:
    """Return the same for a command that reads data, which may be anybody's; say so where they are half written."""
    settings = settings_with(**changes)
    if was_killed(settings.data_dir):
        text = "An earlier command was killed while it wrote files here. The next one that writes completes them."
        click.echo(text, err=True)
    return settings


def settings_to_judge(**changes: object) -> Settings:
    """Return the same for a command that checks or publishes data; raises DataError where they are half written."""
    settings = settings_with(**changes)
    require_whole(settings.data_dir)
    return settings


def told(function: Callable[..., Any]) -> Callable[..., Any]:
    """Print an expected failure as its message, and exit with 1."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except KgError as error:
            raise click.ClickException(str(error)) from None

    return wrapped
