"""The layer ahead of the application, as granian calls it (RSGI 1.6)."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Rule

from kg.settings import Settings
from kg.web.data.serving import Serving
from kg.web.front.bodies import Bodies
from kg.web.front.cache import LONG, Answer, Cache, Key, conditional, make_key
from kg.web.front.connections import Connections, leave_listening
from kg.web.front.flights import Flight, Flights, Waiting, Watch
from kg.web.front.leaving import Leaving
from kg.web.front.loop import Loop
from kg.web.front.making import Making
from kg.web.front.replies import GZIP, refuse, send, takes_gzip
from kg.web.front.requests import Request, Sent, read_request, read_sent, require_form
from kg.web.http import logs
from kg.web.http.budget import ERRORS, Budgets, InFlight
from kg.web.http.limits import to_header
from kg.web.http.policy import Policy, policy_of
from kg.web.http.refusal import Refused
from kg.web.protocol.bearer import is_token
from kg.web.watch.observe import Exchange, Observer

log = logging.getLogger(__name__)

KEPT_SECONDS = 0.0001
"""What an answer from the cache costs the front, about."""
ROUTES = 500
"""Addresses whose route is remembered."""
LEAVE = signal.SIGUSR2
"""Makes room for a process that has taken over the port."""
LEAVING_SECONDS = 5.0
"""Time in which clients whose connections are open still get an answer on them."""
QUERY_TYPE = "application/sparql-query"
FORMS = frozenset({"application/x-www-form-urlencoded", QUERY_TYPE})


class Layer:
    """What granian asks, in a thread of its own. What is kept is given at once, in that thread.

    What has to be made is given by the thread that makes it. The event loop receives bodies, lets pages in, notices
    clients that go away, and waits until long answers have left.
    """

    def __init__(self, app: Flask, settings: Settings, is_ready: Callable[[], object] = lambda: None) -> None:
        """Set up, for an application that create_app made; ``is_ready`` is called once requests are taken."""
        self._is_ready = is_ready
        self._app, self._settings = app, settings
        self._serving: Serving = app.extensions["kg-serving"]
        self._observer: Observer = app.extensions["kg-observer"]
        self._budgets: Budgets = app.extensions["kg-budgets"]
        self._hosts = frozenset(settings.hosts.lower().split())
        self._cache = Cache(settings.cache_bytes)
        self._is_leaving = False
        self._loop = Loop()
        self._flights = Flights()
        self._in_flight = InFlight(settings)
        self._making = Making(app, settings, self._loop, self._cache, self._in_flight)
        self._watch = Watch(self._loop, self._leave)
        self._bodies = Bodies(settings.write_bytes)
        self._leaving = Leaving(settings)
        self._adapter = app.url_map.bind("")
        self._route_of = lru_cache(maxsize=ROUTES)(self._route)
        self._limits = to_header(settings)
        self.connections = Connections(0 if settings.trusted_proxies else settings.client_connections)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the order to leave; granian calls this before it takes requests."""
        self._loop.start(loop)
        loop.add_signal_handler(LEAVE, self._make_room)
        self._is_ready()

    def _make_room(self) -> None:
        """Take no new connection, close each that is open with its next answer, and end some seconds later.

        granian ends at once, and cuts those whose first request is on its way.
        """
        leave_listening()
        self._is_leaving = True
        seconds = min(LEAVING_SECONDS, self._settings.shutdown_seconds / 2)
        self._loop.call_later(seconds, os.kill, os.getpid(), signal.SIGTERM)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer a request; for a granian that knows no more than this (RSGI 1.6)."""
        ended = asyncio.Event()
        self.begin(scope, protocol, lambda: self._loop.call(ended.set))
        await ended.wait()

    def begin(self, scope: Any, protocol: Any, ended: Callable[[], object] | None = None) -> None:
        """Give the answer that is kept, or have one made and given; ``ended`` is called after that. In any thread."""
        sent = read_sent(scope)
        exchange = Exchange(sent[0], sent[2], f"{random.getrandbits(64):016x}")
        self._observer.begin()
        waiting: Waiting | None = None
        try:
            request, key, is_known = self._read(sent, scope)
            self._introduce(exchange, request)
            kept = self._find_kept(key, request) if key is not None else None
            if kept is None:
                waiting = Waiting(protocol, scope.client, request, key, exchange, ended)
            else:
                self._note_kept(kept, request, exchange)
                self._send(protocol, request, kept, exchange)
                if key is not None and not is_known:
                    self._cache.remember(sent, request, key)
        except Refused as refused:
            exchange.agent = exchange.agent or scope.headers.get("user-agent") or ""
            refuse(protocol, refused, exchange, self._limits)
        except Exception:
            self._fail(protocol, exchange)
        if waiting is not None:
            self._admit(waiting)
            return
        self._observer.end(exchange)
        if ended is not None:
            ended()

    def _read(self, sent: Sent, scope: Any) -> tuple[Request, Key | None, bool]:
        """Return a request, the key of the answer that may be kept, and whether it was asked in the same words before.

        Raises Refused for a request that is too much.
        """
        release = self._serving.look().manifest.id
        self._cache.turn_to(release)  # which forgets the answers of the one before
        known = self._cache.read_again(sent)
        if known is not None:
            return *known, True
        request = read_request(sent, scope, self._settings.trusted_proxies, self._hosts)
        may_be_kept = request.method in ("GET", "HEAD") and not request.bears_token and not request.has_body
        return request, make_key(release, request) if may_be_kept else None, False

    def _introduce(self, exchange: Exchange, request: Request) -> None:
        """Note whose request it is, by the proxy's identifier where that is trusted."""
        exchange.address, exchange.agent = request.address, request.headers.get("user-agent", "")
        given = request.headers.get("x-request-id") if self._settings.trusted_proxies else None
        if given and logs.GIVEN_ID.fullmatch(given):
            exchange.identifier = given

    def _send(
        self, protocol: Any, request: Request, answer: Answer, exchange: Exchange, *, closes: bool = False
    ) -> None:
        send(protocol, request, answer, exchange, closes=closes or self._is_leaving)

    def _find_kept(self, key: Key, request: Request) -> Answer | None:
        """Return what is kept to be given, if it can be given at once."""
        kept = self._cache.get(key)
        if kept is not None and kept.is_encodable and takes_gzip(request):
            kept = self._cache.get(key._replace(encoding=GZIP))
        if kept is None:
            return None
        answer = conditional(kept, request)
        return None if _takes_long(answer, request) else answer

    def _note_kept(self, kept: Answer, request: Request, exchange: Exchange) -> None:
        """Note that an answer is given again; raises Refused where its client has used up its share."""
        exchange.is_kept, exchange.route = True, kept.route
        self._budgets.require_front(request.client, KEPT_SECONDS)

    def _fail(self, protocol: Any, exchange: Exchange) -> None:
        log.exception("the request failed")
        refuse(protocol, Refused(500, "Something went wrong on this server."), exchange, self._limits)

    @contextmanager
    def _answering(self, waiting: Waiting) -> Iterator[None]:
        """Answer the client with what is refused, or fails, in the block."""
        try:
            yield
        except Refused as refused:
            self._let_go(waiting, refused.status)
            refuse(waiting.protocol, refused, waiting.exchange, self._limits)
            self._end(waiting)
        except BaseException:
            self._let_go(waiting, 500)
            self._fail(waiting.protocol, waiting.exchange)
            self._end(waiting)

    def _reply(self, waiting: Waiting, answer: Answer) -> None:
        """Give an answer, in the form that the client takes, to one who waits for it."""
        answer = conditional(self._in_form(answer, waiting), waiting.request)
        if _takes_long(answer, waiting.request):
            self._loop.begin(self._give_long(waiting, answer))
            return
        self._let_go(waiting, answer.status)
        self._send(waiting.protocol, waiting.request, answer, waiting.exchange)
        self._end(waiting)

    def _let_go(self, waiting: Waiting, status: int) -> None:
        """Count a request no longer as one in flight; before its answer, since the next may come at once after that."""
        self._watch.remove(waiting)
        if not waiting.is_counted:
            return
        waiting.is_counted = False
        self.connections.end(waiting.peer)
        self._in_flight.give_back(waiting.request.client, asks=waiting.policy.asks)
        if status in ERRORS:
            self._budgets.spend(waiting.request.client, "client-errors", 1)

    def _end(self, waiting: Waiting) -> None:
        """End a request that is answered, or given up."""
        waiting.flight = None  # so that its file is closed when the last has its answer
        self._observer.end(waiting.exchange)
        if waiting.ended is not None:
            waiting.ended()

    def _admit(self, waiting: Waiting) -> None:
        """Take a request to which no answer is kept that could be given at once, or refuse it."""
        with self._answering(waiting):
            if self._give_kept(waiting):
                return
            request, exchange = waiting.request, waiting.exchange
            exchange.route, policy = self._route_of(request.path, request.method)
            if len(request.query) > policy.address:
                raise Refused(414, f"The query string is longer than the {policy.address:,} bytes that are taken here.")
            waiting.policy, waiting.key = policy, waiting.key if policy.kept else None
            if policy.counted:
                self._budgets.require(request.client)
                self._in_flight.take(request.client, asks=policy.asks)
                self.connections.begin(waiting.peer)
                waiting.is_counted = True
            if request.has_body:
                self._loop.begin(self._receive(waiting))
            else:
                self._have_made(waiting)

    async def _receive(self, waiting: Waiting) -> None:
        """Receive the body of a request, and have the answer made."""
        with self._answering(waiting):
            request = waiting.request
            waiting.body = body = await self._bodies.read(request, waiting.protocol, self._most(request))
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type in FORMS:
                require_form(body) if media_type != QUERY_TYPE else None
                if waiting.policy.kept and request.method == "POST" and not request.bears_token and body:
                    waiting.key = make_key(self._cache.release, request, body)
                    if self._give_kept(waiting):
                        return
            self._have_made(waiting)

    def _most(self, request: Request) -> int:
        """Return how many bytes a body may have: more with a token for writing."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        expected = self._settings.write_token_sha256
        if expected and kind.lower() == "bearer" and is_token(token.strip(), expected):
            return self._settings.write_bytes
        return 4 * self._settings.query_bytes

    def _give_kept(self, waiting: Waiting) -> bool:
        """Have the answer given that is kept, if there is one, and return whether there is."""
        kept = self._cache.get(waiting.key) if waiting.key is not None else None
        if kept is not None:
            self._making.aside(partial(self._give_again, waiting, kept))
        return kept is not None

    def _give_again(self, waiting: Waiting, kept: Answer) -> None:
        with self._answering(waiting):
            self._note_kept(kept, waiting.request, waiting.exchange)
            self._reply(waiting, kept)

    def _in_form(self, answer: Answer, waiting: Waiting) -> Answer:
        """Return an answer in gzip where the client takes that."""
        if waiting.key is None or not answer.is_encodable or not takes_gzip(waiting.request):
            return answer
        return self._making.encode(waiting.key, answer, waiting.request.client)

    def _have_made(self, waiting: Waiting) -> None:
        """Have the application answer, or join an equal request."""
        flight, is_first = self._flights.join(waiting.key, waiting, partial(self._flight, waiting))
        self._watch.add(waiting)
        if is_first:
            self._making.make(flight)

    def _flight(self, waiting: Waiting) -> Flight:
        return Flight(self._making.share(waiting), waiting, self._give)

    def _give(self, waiting: Waiting, flight: Flight) -> None:
        """Give an answer that is made to one who waits for it."""
        with self._answering(waiting):
            answer = flight.result()
            if flight.first is not waiting and (flight.share.is_volatile or answer.status == 429):
                self._make_another(waiting)
                return
            waiting.exchange.query = flight.share.query
            self._reply(waiting, answer)

    def _make_another(self, waiting: Waiting) -> None:
        """Have an answer made that is this one's own, and no other's."""
        waiting.key = None
        flight = self._flight(waiting)
        if waiting.is_gone:  # that is said once, and may have been before there was this flight to leave
            self._leave(waiting)
        else:
            self._making.make(flight)

    async def _give_long(self, waiting: Waiting, answer: Answer) -> None:
        """Give an answer that takes long to leave, and hold it until it has left."""
        with self._answering(waiting):
            with self._leaving.hold(waiting.request.client, answer.size), self.connections.busy(waiting.peer):
                self._send(waiting.protocol, waiting.request, answer, waiting.exchange, closes=True)
                await self._leaving.wait(waiting.peer, answer.size)
            self._let_go(waiting, answer.status)
            self._end(waiting)

    def _leave(self, waiting: Waiting) -> None:
        """Give up a request whose client has gone."""
        waiting.is_gone = True
        flight = waiting.flight
        if flight is not None and flight.leave(waiting):
            waiting.exchange.status = 499
            self._let_go(waiting, 499)
            self._end(waiting)

    def _route(self, path: str, method: str) -> tuple[str, Policy]:
        """Return the rule and the policy of a request."""
        try:
            rule = self._match(path, method)
        except HTTPException:  # there is none, or another address is the right one
            return "none", policy_of(self._app, None)
        return rule.rule, policy_of(self._app, rule.endpoint)

    def _match(self, path: str, method: str) -> Rule:
        """Return the rule of a path, that of another method where there is none; raises HTTPException without any."""
        try:
            return self._adapter.match(path, method, return_rule=True)[0]
        except MethodNotAllowed as error:
            other = next(iter(error.valid_methods or ()), "GET")
            return self._adapter.match(path, other, return_rule=True)[0]


def _takes_long(answer: Answer, request: Request) -> bool:
    """Return whether an answer, or the file that it is in, is to be held until it has left."""
    return (answer.size > LONG or answer.file is not None) and request.method != "HEAD"
