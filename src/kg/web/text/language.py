"""In which language the pages speak: catalogues of their texts, and which one a request wants.

Texts are written in templates as ``_("…")`` or ``{% trans %}`` and in code as ``gettext("…")``, in English. A catalogue
is ``translations/<language>.po``, read when the application starts. ``make messages`` updates the catalogues.
"""

from __future__ import annotations

import gettext as catalogues
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property, lru_cache, partial
from importlib.resources import files
from urllib.parse import parse_qsl

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, Response, request

from kg.web.http.negotiate import read_languages

SOURCE = "en"
"""The language of the texts in templates and code."""
NAMES = {"en": "English", "de": "Deutsch"}
"""The languages that there are, each by its own name."""
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600
PARAMETER = "lang"


@cache
def translations(language: str) -> catalogues.NullTranslations:
    """Return the catalogue of a language; that of the source language gives each text back as it is."""
    if language == SOURCE:
        return catalogues.NullTranslations()
    compiled = io.BytesIO()
    with (files("kg.web") / "translations" / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)


class Reader:
    """Who reads what is said, in a language that is chosen when something is first said."""

    def __init__(self, choose: Callable[[], str]) -> None:
        """Choose nothing yet."""
        self._choose = choose

    @cached_property
    def language(self) -> str:
        """The language."""
        return self._choose()

    @property
    def is_spoken_to(self) -> bool:
        """Whether something was said, or hung on the language."""
        return "language" in self.__dict__


_READER: ContextVar[Reader | None] = ContextVar("reader", default=None)


def current() -> str:
    """Return the language of this request: that of ?lang=, else of the reader's choice before, else of the browser."""
    reader = _READER.get()
    return SOURCE if reader is None else reader.language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say texts in a language for the block."""
    before = _READER.set(Reader(lambda: language))
    try:
        yield
    finally:
        _READER.reset(before)


def of_request(query: str, cookies: str, header: str | None) -> str:
    """Return the language of a request by its ?lang=, else its cookie, else its header Accept-Language.

    The query string and the header Cookie are read as they were sent. Who keeps answers and who makes them must both
    ask this: else an answer in one language would be kept as one in another.
    """
    return _choose(asked_in(query), cookies, header)


def asked_in(query: str) -> str | None:
    """Return the language that the parameter of a query string names; None without one that there is."""
    if f"{PARAMETER}=" not in query:
        return None
    chosen = next((value for name, value in parse_qsl(query) if name == PARAMETER), None)
    return chosen if chosen in NAMES else None


@lru_cache(maxsize=256)
def _choose(asked: str | None, cookies: str, header: str | None) -> str:
    pairs = (pair.strip().partition("=") for pair in cookies.split(";"))
    chosen = asked or next((value for name, _, value in pairs if name == COOKIE and value in NAMES), None)
    return chosen or read_languages(header).language(tuple(NAMES), SOURCE)


def gettext(text: str, **values: object) -> str:
    """Return a text in the language of this request, with ``%(name)s`` filled in."""
    said = translations(current()).gettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """Return the text for a number of things in the language of this request, with ``%(num)s`` filled in."""
    return translations(current()).ngettext(one, many, n) % ({"num": n} | values)


def mark(text: str) -> str:
    """Return the text as it is, and have it put into the catalogues: for texts that are said later."""
    return text


def init_app(app: Flask) -> None:
    """Let templates say texts, pages name their language, and a choice by ?lang= be remembered."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: translations(current()).gettext(text),
        lambda one, many, n: translations(current()).ngettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.globals.update(language=current, languages=NAMES)
    app.before_request(_begin)
    app.after_request(_remember)
    app.teardown_request(_end)


def _begin() -> None:
    sent = request.environ
    asked = sent.get("QUERY_STRING", ""), sent.get("HTTP_COOKIE", ""), sent.get("HTTP_ACCEPT_LANGUAGE")
    _READER.set(Reader(partial(of_request, *asked)))


def _end(_: BaseException | None) -> None:
    _READER.set(None)


def _remember(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = current()
        chosen = asked_in(request.environ.get("QUERY_STRING", ""))
        if chosen is not None:
            response.set_cookie(COOKIE, chosen, max_age=COOKIE_SECONDS, samesite="Lax", secure=request.is_secure)
    reader = _READER.get()
    if reader is not None and reader.is_spoken_to:  # something in the answer depends on it
        response.vary.update(("Accept-Language", "Cookie"))
    return response
