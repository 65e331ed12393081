"""The one place where an engine is opened: which kind it is, the settings say."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from contextlib import closing

from kg.settings import Settings
from kg.store import Engine
from kg.store.content import Content

LOCK = ".engine.lock"
"""File in the folder of releases that is locked while a service loads one of them."""


def open_engine(content: Content, settings: Settings, spent: Callable[[str, float], None] | None = None) -> Engine:
    """Return an engine that answers from the release; a remote one once its service holds it.

    ``spent`` gets the seconds of each client's query. Raises EngineUnavailable, or another QueryError, where
    the engine cannot be opened.
    """
    if is_remote(settings):
        from kg.store.remote import RemoteEngine

        return RemoteEngine(content, settings, spent, bring_service(content, settings))
    from kg.store.pool.embedded import Pool

    return Pool(content.store, settings, spent)


def bring_service(content: Content, settings: Settings) -> list[str]:
    """Have the service of a remote engine hold the release, and return the graphs in it that are none of the release.

    One process of a folder of releases does so at a time; another waits for it, and then finds it done. Raises
    EngineUnavailable, or another QueryError.
    """
    from kg.store.remote.service import Service

    with closing(Service(settings)) as service, (settings.releases / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        service.bring(content)
        return service.find_foreign(content)


def is_remote(settings: Settings) -> bool:
    """Return whether releases are answered from by a service, which holds one of them at a time."""
    return settings.engine == "remote"
