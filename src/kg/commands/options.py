"""What commands have in common: kinds of parameters, the settings, and how a failure is reported."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from kg.durable import recover
from kg.errors import KgError
from kg.settings import Settings, read_settings

DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
DATE = click.DateTime(["%Y-%m-%d"])


def settings_with(**changes: object) -> Settings:
    """Return the settings of the environment, but for those changes that are given.

    What a command that was killed left half written in the data folder is completed first.
    """
    settings = read_settings().with_(**changes)
    recover(settings.data_dir)
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
