"""The Flask application: its parts, its security headers, and what an error looks like."""

from __future__ import annotations

import logging
import uuid
from functools import partial
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request
from jinja2 import Environment
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound

from kg.errors import KgError, QueryError, TooManyQueries
from kg.release.publish import Releases
from kg.release.submit import Writer
from kg.settings import Settings
from kg.terms import Iris
from kg.web.data.context import Context
from kg.web.data.past import PastReleases
from kg.web.data.serving import Serving
from kg.web.data.site import Site
from kg.web.data.texts import Texts
from kg.web.documents import exports, metadata, releases, things
from kg.web.documents.document import Replaced, Withdrawn
from kg.web.explain import page as explain
from kg.web.guide import examples, gist, vocabulary
from kg.web.http import logs, policy
from kg.web.http.budget import Budgets
from kg.web.http.headers import CORS_HEADERS, DATA_HEADERS, PAGE_HEADERS, PREFLIGHT_HEADERS
from kg.web.http.limits import REACHED_HEADER
from kg.web.http.negotiate import HTML, prefers_html, read_accept
from kg.web.http.problem import to_problem
from kg.web.http.status import status_of
from kg.web.lists import asking, listing
from kg.web.pages import feeds, search, views
from kg.web.pages import leading as pages
from kg.web.parts import arrange
from kg.web.protocol import api, cite, cited, graphs, sparql, update
from kg.web.reconcile import service as reconcile
from kg.web.reconcile import suggest
from kg.web.text import language
from kg.web.text.plain import show
from kg.web.watch import health, metrics, observe
from kg.web.watch.metrics import Metrics, ServingCollector
from kg.web.words import citations, sources, wording
from kg.web.words import codes as words

log = logging.getLogger(__name__)

PARTS = (
    sparql,
    update,
    graphs,
    pages,
    views,
    things,
    releases,
    exports,
    cite,
    cited,
    explain,
    reconcile,
    search,
    suggest,
    feeds,
    api,
    vocabulary,
    examples,
    gist,
    health,
    metrics,
)


def create_app(settings: Settings) -> Flask:
    """Return the application that serves the active release; raises ReleaseError where there is none."""
    app = Flask("kg.web")
    app.config["MAX_CONTENT_LENGTH"] = 4 * settings.query_bytes
    app.extensions["kg-settings"] = settings
    counted = app.extensions["kg-metrics"] = Metrics()
    observer = app.extensions["kg-observer"] = observe.Observer(settings)
    counted.registry.register(observer)
    budgets = app.extensions["kg-budgets"] = Budgets(settings)
    serving = app.extensions["kg-serving"] = Serving(settings, counted.query, budgets.spend_seconds)
    counted.registry.register(ServingCollector(serving))
    prepare_templates(app.jinja_env)
    language.init_app(app)
    for routes in PARTS:
        app.register_blueprint(routes.blueprint)
    policy.require_policies(app)
    site = app.extensions["kg-site"] = Site(
        settings=settings,
        iris=Iris(settings.base_iri),
        releases=Releases(settings.releases),
        serving=serving,
        past=PastReleases(settings, counted.query, budgets.spend_seconds),
        writer=Writer(settings),
        metrics=counted,
        texts=Texts(settings.texts),
        templates=app.jinja_env,
        pages=frozenset(rule.rule for rule in app.url_map.iter_rules()),
        uncrawled=tuple(policy.uncrawled(app)),
    )
    site.writer.recover_apart()
    policy.give_context(app, partial(Context, site))
    app.before_request(identify)
    app.before_request(answer_preflight)
    app.after_request(add_headers)
    app.teardown_appcontext(give_back)
    app.register_error_handler(KgError, show_error)
    app.register_error_handler(HTTPException, show_error)
    app.register_error_handler(Exception, show_failure)
    return app


def prepare_templates(templates: Environment) -> None:
    """Give templates their filters and functions, and have them show data as kg.web.text.plain says."""
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.finalize = show
    templates.filters.update(words.FILTERS | citations.FILTERS)
    for part in (arrange, asking, citations, listing, metadata, search, sources, wording, words):
        templates.globals.update(part.GLOBALS)


def give_back(_: BaseException | None) -> None:
    """End the use of the request's release."""
    context: Context | None = g.pop("kg_context", None)
    if context is not None:
        context.give_back()


def identify() -> None:
    """Give the request an identifier where nobody ahead of the application has."""
    if logs.request_id() is None:
        logs.begin_request(uuid.uuid4().hex[:16])


def answer_preflight() -> Response | None:
    """Answer OPTIONS, CORS preflights among them, with 204 on every path that exists."""
    if request.method != "OPTIONS" or request.routing_exception is not None:
        return None
    rule = request.url_rule
    allowed = ", ".join(sorted((rule.methods if rule else None) or ()))
    return Response(status=204, headers=PREFLIGHT_HEADERS | {"Allow": allowed, "Access-Control-Allow-Methods": allowed})


def add_headers(response: Response) -> Response:
    """Add security and CORS headers to every answer, and a tag by which a repeated GET is answered with 304."""
    response.headers.extend(CORS_HEADERS)
    for name, value in (PAGE_HEADERS if response.mimetype == HTML else DATA_HEADERS).items():
        response.headers.setdefault(name, value)
    if request.method in ("GET", "HEAD") and response.status_code == 200 and not response.direct_passthrough:
        response.add_etag()
        response.headers.setdefault("Cache-Control", "no-cache")
    names_form = "." in request.path.rpartition("/")[2]  # so nothing was negotiated
    if policy.policy_of_request(current_app, request).has_pages and not names_form:
        response.vary.update(("Accept", "Accept-Language", "Cookie"))
    return response


def show_error(error: Exception) -> Response:
    """Say what is wrong: as a page to browsers, as problem details to programs of its APIs, and else as plain text."""
    if isinstance(error, HTTPException) and (error.code or 500) < 400:
        return Response(error.get_response())  # type: ignore[arg-type]
    context: Context = g.kg_context
    context.hold_served(waits=False)  # an error before the view asked for a release is reported without opening one
    status = status_of(error)
    message = (error.description if isinstance(error, HTTPException) else str(error)) or ""
    if isinstance(error, NotFound) and message == NotFound.description:
        message = language.gettext(
            "There is no page at this address. Is it spelt right? The search finds things by their names."
        )
    if prefers_html(read_accept(request.headers.get("Accept")), ("text/plain",)):
        had_by = error.release if isinstance(error, Withdrawn) else None
        response = Response(
            context.render(
                "error.html", is_error=True, status=status, message=message, had_by=had_by, request_id=logs.request_id()
            ),
            mimetype=HTML,
        )
    elif policy.policy_of_request(current_app, request).problem:
        response = to_problem(status, message)
    else:
        response = Response(message.rstrip() + "\n", content_type="text/plain; charset=utf-8")
    if isinstance(error, Withdrawn):
        response.headers["Link"] = f'</release/{error.release}>; rel="predecessor-version"'
    if isinstance(error, Replaced) and error.others:
        paths = (quote(f"/{other}") for other in error.others)
        response.headers["Link"] = ", ".join(f'<{path}>; rel="successor-version"' for path in paths)
    response.status_code = status
    if isinstance(error, HTTPException):  # Allow, WWW-Authenticate and the like belong to the status
        response.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    response.vary.add("Accept")
    if status == 503 or isinstance(error, TooManyQueries):
        response.headers["Retry-After"] = "5"
    if isinstance(error, QueryError) and error.limit:
        response.headers[REACHED_HEADER] = error.limit
    return response


def show_failure(error: Exception) -> Response:
    """Log what nobody foresaw with the request's identifier, and give the client that only."""
    log.error("the request failed", exc_info=error, extra={"fields": {"path": logs.shorten(request.path)}})
    said = f"Something went wrong on this server. It is logged as {logs.request_id()}."
    return show_error(InternalServerError(said))
