"""Whether the server is well: ``/health`` for a load balancer (may it send requests here?), ``/health/live`` for a
supervisor (is the process to be started anew?).
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress

from flask import Response

import kg
from kg.errors import QueryError
from kg.store import Query
from kg.web.data.context import Context
from kg.web.data.site import Site
from kg.web.http.policy import PROBE, Routes
from kg.web.watch.metrics import release_troubles

blueprint = Routes("health", PROBE)


@blueprint.route("/health")
def ready(context: Context) -> Response:
    """Say what is served and what is wrong: 200 where queries can be answered, else 503."""
    serving = context.site.serving
    release = serving.look()  # it may be the only one that asks, and then reports a switch
    stats, troubles = release.engine.stats(), release_troubles(serving)
    status = "failing" if stats.alive == 0 else "degraded" if troubles else "ok"
    if stats.alive == 0:
        _revive(context.site)
    content = {
        "status": status,
        "release": release.manifest.id,
        "issued": release.manifest.issued,
        "version": kg.__version__,
        "workers": {"alive": stats.alive, "idle": stats.idle, "wanted": stats.wanted},
        "waiting": stats.waiting,
        "degraded": troubles,
        "engine": context.settings.engine,
        "cannot": stats.cannot,
    }
    return _say(content, 503 if status == "failing" else 200)


@blueprint.route("/health/live")
def live(_: Context) -> Response:
    """Say that this process answers requests; nothing else is asked."""
    return _say({"status": "ok"}, 200)


def _revive(site: Site) -> None:
    """Have a query asked, unless one is: dead workers are replaced when one is needed, and a balancer sends none here.

    That may take as long as a query, so it is asked in a thread of its own.
    """
    if not site.reviving.acquire(blocking=False):
        return
    try:
        threading.Thread(target=_ask, args=(site,), name="revive", daemon=True).start()
    except RuntimeError:  # there is no room for a thread: the next look tries again
        site.reviving.release()


def _ask(site: Site) -> None:
    try:
        with suppress(QueryError):
            held = site.serving.acquire()
            try:
                held.query(Query("ASK {}", internal=True))
            finally:
                site.serving.give_back(held)
    finally:
        site.reviving.release()


def _say(content: dict[str, object], status: int) -> Response:
    response = Response(json.dumps(content, indent=1) + "\n", status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
