"""The Flask application of the page: it shows the workspace, previews what is filled in, and saves it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, render_template, request

from kg.annotate.cutting import Cutter
from kg.annotate.loaded import Loaded
from kg.annotate.saving import Reader, Refused, Saver
from kg.annotate.showing import Json, Shower
from kg.annotate.workspace import Changed, Workspace
from kg.editing.drafting.draft import draft_on
from kg.editing.drafting.stubs import Stubs
from kg.errors import DataError, KgError
from kg.journal import locked

MOST_BYTES = 1_000_000
"""Bytes that a request may have."""
TEXTS = tomllib.loads((Path(__file__).parent / "texts.toml").read_text("utf-8"))
"""Texts of the page by their keys, in English and German."""


def make_app(work: Workspace) -> Flask:
    """Return the application on a workspace."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    show, read, saver = Shower(work), Reader(work), Saver(work)
    _pages(app, work)
    _asked(app, work, show, read)
    _shown(app, work, show)
    _entries(app, work, show, read, saver)
    _passages(app, work, show)
    _steps(app, work, show)
    app.register_error_handler(KgError, _refused)
    return app


def _refused(error: Exception) -> tuple[Response, int]:
    field = error.field if isinstance(error, Refused) else ""
    return jsonify(error=str(error), field=field), 409 if isinstance(error, Changed) else 422


def _writing(work: Workspace) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let one request at a time change the data folder, of all processes that write there."""

    def wrap(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def alone(*args: Any, **kwargs: Any) -> Any:
            with work.lock, locked(work.settings.data_dir):
                return view(*args, **kwargs)

        return alone

    return wrap


def _locked(work: Workspace) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let one request at a time use the workspace."""

    def wrap(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def locked(*args: Any, **kwargs: Any) -> Any:
            with work.lock:
                return view(*args, **kwargs)

        return locked

    return wrap


def _sent() -> Json:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise DataError("The request is no JSON object.")
    try:
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        near = error.object[max(error.start - 20, 0) : error.start].rpartition('"')[2]
        raise DataError(f"Behind “{near}” is half a character, which no file can hold. Enter it again.") from None
    return found


def _pages(app: Flask, work: Workspace) -> None:
    @app.get("/")
    def page() -> str:
        return render_template("annotate.html", slug=work.slug)

    @app.get("/api/forms")
    @_locked(work)
    def forms() -> Response:
        forms = [asdict(form) for form in work.forms.by_name.values()]
        return jsonify(forms=forms, texts=TEXTS, codes=work.forms.codes)


def _shown(app: Flask, work: Workspace, show: Shower) -> None:
    @app.get("/api/state")
    @_locked(work)
    def state() -> Response:
        work.refresh()
        return jsonify(show.state())

    @app.get("/api/passage/<name>")
    @_locked(work)
    def passage(name: str) -> Response:
        return jsonify(show.passage(name))

    @app.get("/api/thing")
    @_locked(work)
    def thing() -> Response:
        return jsonify(show.thing(request.args.get("iri", "")))

    @app.get("/api/check")
    def check() -> Response:
        report = work.report()  # takes its time, and reads the files itself
        with work.lock:
            return jsonify(show.findings(report))


def _asked(app: Flask, work: Workspace, show: Shower, read: Reader) -> None:
    @app.get("/api/find")
    @_locked(work)
    def find() -> Response:
        if "scheme" in request.args:
            return jsonify(show.schemes())
        kinds = [kind for kind in request.args.get("kinds", "").split(",") if kind]
        return jsonify(show.find(request.args.get("q", ""), kinds))

    @app.get("/api/number")
    @_locked(work)
    def number() -> Response:
        start, end = (int(request.args.get(name, "0")) for name in ("start", "end"))
        return jsonify(show.number(start, end))

    @app.post("/api/preview")
    @_locked(work)
    def preview() -> Response:
        return jsonify(show.preview(read.read(_sent())))


def _entries(app: Flask, work: Workspace, show: Shower, read: Reader, saver: Saver) -> None:
    loaded = Loaded(work)

    @app.post("/api/save")
    @_writing(work)
    def save() -> Response:
        sent = loaded.again(_sent())
        below = {iri for iri, was in (sent.get("below") or {}).items() if loaded.now(iri) == was}
        loaded.require(sent)
        iri = saver.save(read.read(sent), sent.get("revision"))
        loaded.remember(sent, iri)
        changes = {one: loaded.now(one) for one in below}
        return jsonify(state=show.state(), iri=iri, name=show.short(iri), label=show.labels(iri), below=changes)

    @app.post("/api/delete")
    @_writing(work)
    def delete() -> Response:
        sent = _sent()
        if "was" in sent:
            loaded.require(sent)
        saver.delete(str(sent.get("iri")), sent.get("revision"))
        return jsonify(state=show.state())

    @app.post("/api/note")
    @_writing(work)
    def note() -> Response:
        sent = _sent()
        loaded.require_note(str(sent.get("passage")), sent)
        saver.note(str(sent.get("passage")), str(sent.get("text") or ""), sent.get("revision"))
        return jsonify(state=show.state())


def _passages(app: Flask, work: Workspace, show: Shower) -> None:
    @app.post("/api/cut")
    @_writing(work)
    def cut() -> Response:
        sent = _sent()
        passage = Cutter(work).correct(sent, sent.get("revision"))
        return jsonify(state=show.state(), passage=passage)

    @app.post("/api/draft")
    @_writing(work)
    def draft() -> Response:
        sent = _sent()
        desk = work.desk(sent.get("revision"))
        count = draft_on(desk, Stubs(work.corpus, work.slug, work.text), str(sent.get("passage")))
        work.write(desk)
        return jsonify(state=show.state(), drafts=count)


def _steps(app: Flask, work: Workspace, show: Shower) -> None:
    @app.post("/api/undo")
    @_writing(work)
    def undo() -> Response:
        work.undo()
        return jsonify(state=show.state())

    @app.post("/api/redo")
    @_writing(work)
    def redo() -> Response:
        work.redo()
        return jsonify(state=show.state())
