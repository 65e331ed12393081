"""The layer ahead of the application, as granian calls it (RSGI 1.6)."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import time
from collections.abc import Callable, Coroutine, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Rule

from kg.settings import Settings
from kg.web.data.serving import Serving
from kg.web.front.bodies import Bodies
from kg.web.front.budget import ERRORS, Budgets, InFlight, most_in_flight
from kg.web.front.cache import Answer, Cache, Key, conditional, make_key
from kg.web.front.connections import Connections, leave_listening
from kg.web.front.flights import Client, Flight, Flights, Gate, Gone, Made
from kg.web.front.gateway import LONG, Gateway
from kg.web.front.leaving import Leaving
from kg.web.front.refusal import Refused
from kg.web.front.replies import GZIP, encode, may_be_encoded, refuse, send, takes_gzip, tell
from kg.web.front.requests import Request, read_request, require_form
from kg.web.http import logs
from kg.web.http.limits import to_header
from kg.web.http.policy import PROBE, Policy, policy_of
from kg.web.http.share import Share, Turns
from kg.web.protocol.bearer import is_token
from kg.web.watch.observe import Exchange, Observer

log = logging.getLogger(__name__)

PAGES = 12
"""Threads for pages; of one client, so many at once:"""
PAGES_OF_ONE = 4
PROBES = 2
"""Threads for what supervisors ask."""
TURNS = 2
"""Requests that use the processor at once."""
KEPT_SECONDS = 0.0001
"""What an answer from the cache costs the front, about."""
ROUTES = 500
"""Addresses whose route is remembered."""
LEAVE = signal.SIGUSR2
"""Makes room for a process that has taken over the port."""
LEAVING_SECONDS = 5.0
"""Time in which clients whose connections are open still get an answer on them."""
FORMS = frozenset({"application/x-www-form-urlencoded", "application/sparql-query"})
_CONDITIONS = frozenset({"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "range", "if-range"})


class Layer:
    """What granian asks. What is kept is given in any thread; the rest runs in the event loop, but the application."""

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
        self._flights = Flights()
        self._in_flight = InFlight(settings)
        self._bodies = Bodies(settings.write_bytes)
        self._leaving = Leaving(settings)
        self._gateway = Gateway(app)
        self._turns = Turns(TURNS, self._budgets.spend_front)
        self._gate = Gate(PAGES, PAGES_OF_ONE, settings.query_seconds)
        self._adapter = app.url_map.bind("")
        self._route_of = lru_cache(maxsize=ROUTES)(self._route)
        self._limits = to_header(settings)
        self.connections = Connections(0 if settings.trusted_proxies else settings.client_connections)
        self._asking = ThreadPoolExecutor(most_in_flight(settings), "kg-asking")
        self._pages = ThreadPoolExecutor(PAGES, "kg-pages")
        self._probes = ThreadPoolExecutor(PROBES, "kg-probes")

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the order to leave; granian calls this before it takes requests."""
        loop.add_signal_handler(LEAVE, self._leave, loop)
        self._is_ready()

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take no new connection, close each that is open with its next answer, and end some seconds later.

        granian ends at once, and cuts those whose first request is on its way.
        """
        leave_listening()
        self._is_leaving = True
        seconds = min(LEAVING_SECONDS, self._settings.shutdown_seconds / 2)
        loop.call_later(seconds, os.kill, os.getpid(), signal.SIGTERM)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer a request."""
        rest = self.begin(scope, protocol)
        if rest is not None:
            await rest

    def begin(self, scope: Any, protocol: Any) -> Coroutine[Any, Any, None] | None:
        """Give the answer that is kept, in whatever thread; without one, return what is left for the event loop."""
        exchange = Exchange(scope.method, scope.path, f"{random.getrandbits(64):016x}")
        self._observer.begin()
        try:
            request = read_request(scope, self._settings.trusted_proxies, self._hosts)
            self._introduce(exchange, request)
            key = None
            if request.method in ("GET", "HEAD") and not request.bears_token and not request.length:
                key = make_key(self._look(), request)
                kept = self._find_kept(key, request)
                if kept is not None:
                    self._give_kept(protocol, request, kept, exchange)
                    self._observer.end(exchange)
                    return None
            return self._finish(scope.client, protocol, request, key, exchange)
        except Refused as refused:
            exchange.agent = exchange.agent or scope.headers.get("user-agent") or ""
            refuse(protocol, refused, exchange, self._limits)
        except Exception:
            self._fail(protocol, exchange)
        self._observer.end(exchange)
        return None

    def _introduce(self, exchange: Exchange, request: Request) -> None:
        """Tell of whom a request is, by the proxy's identifier where that is trusted."""
        exchange.address, exchange.agent = request.address, request.headers.get("user-agent", "")
        given = request.headers.get("x-request-id") if self._settings.trusted_proxies else None
        if given and logs.GIVEN_ID.fullmatch(given):
            exchange.identifier = given

    async def _finish(self, peer: str, protocol: Any, request: Request, key: Key | None, exchange: Exchange) -> None:
        """Answer a request to which no answer is kept that could be given at once."""
        try:
            await self._answer(peer, protocol, request, key, exchange)
        except Refused as refused:
            refuse(protocol, refused, exchange, self._limits)
        except Gone:
            exchange.status = 499
        except Exception:
            self._fail(protocol, exchange)
        finally:
            self._observer.end(exchange)

    def _fail(self, protocol: Any, exchange: Exchange) -> None:
        log.exception("the request failed")
        refuse(protocol, Refused(500, "Something went wrong on this server."), exchange, self._limits)

    async def _answer(self, peer: str, protocol: Any, request: Request, key: Key | None, exchange: Exchange) -> None:
        if key is not None and await self._encode_kept(protocol, request, key, exchange):
            return
        exchange.route, policy = self._route_of(request.path, request.method)
        if len(request.query) > policy.address:
            raise Refused(414, f"What stands after ? is longer than the {policy.address:,} bytes that are taken here.")
        if not policy.counted:
            with closing(Client(protocol)) as client:
                made = await self._start(request, b"", None, policy, exchange).wait(client)
                self._send(protocol, request, conditional(made[0], request), exchange)
            return
        self._budgets.require(request.client)
        self._in_flight.take(request.client, asks=policy.asks)
        self.connections.begin(peer)
        try:
            await self._make(protocol, peer, request, key if policy.kept else None, policy, exchange)
        except Refused as refused:
            exchange.status = refused.status
            raise
        finally:
            self.connections.end(peer)
            self._in_flight.give_back(request.client, asks=policy.asks)
            if exchange.status in ERRORS:
                self._budgets.spend(request.client, "client-errors", 1)

    def _look(self) -> str:
        """Return the release that is served now, and forget the answers of the one before."""
        release = self._serving.look().manifest.id
        self._cache.turn_to(release)
        return release

    def _send(
        self, protocol: Any, request: Request, answer: Answer, exchange: Exchange, *, closes: bool = False
    ) -> None:
        send(protocol, request, answer, exchange, closes=closes or self._is_leaving)

    def _find_kept(self, key: Key, request: Request) -> Answer | None:
        """Return the answer that is kept in the form that the client takes."""
        kept = self._cache.get(key)
        if kept is not None and kept.is_encodable and takes_gzip(request):
            return self._cache.get(key._replace(encoding=GZIP))
        return kept

    def _give_kept(self, protocol: Any, request: Request, kept: Answer, exchange: Exchange) -> None:
        exchange.is_kept, exchange.route = True, kept.route
        self._budgets.require_front(request.client, KEPT_SECONDS)
        self._send(protocol, request, conditional(kept, request), exchange)

    async def _encode_kept(self, protocol: Any, request: Request, key: Key, exchange: Exchange) -> bool:
        """Give the answer that is kept, if there is one, in whatever form, and return whether there was."""
        kept = self._cache.get(key)
        if kept is None:
            return False
        if kept.is_encodable and takes_gzip(request):
            kept = await self._encode(kept, key, request.client)
        self._give_kept(protocol, request, kept, exchange)
        return True

    async def _encode(self, kept: Answer, key: Key, client: str) -> Answer:
        """Return an answer that is kept in gzip, which is kept from then on, too."""
        beside = key._replace(encoding=GZIP)
        found = self._cache.get(beside)
        if found is None:
            began = time.perf_counter()
            found = await asyncio.get_running_loop().run_in_executor(self._probes, encode, kept)
            self._budgets.spend_front(client, time.perf_counter() - began)
            self._cache.put(beside, found)
        return found

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

    async def _make(
        self, protocol: Any, peer: str, request: Request, key: Key | None, policy: Policy, exchange: Exchange
    ) -> None:
        """Have the application answer, or join an equal request, and give the answer."""
        body = await self._bodies.read(request, protocol, self._most(request))
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type in FORMS:
            require_form(body) if media_type != "application/sparql-query" else None
            if policy.kept and request.method == "POST" and not request.bears_token and body:
                key = make_key(self._look(), request, body)
                if await self._encode_kept(protocol, request, key, exchange):
                    return
        flight, is_first = self._flights.join(key, lambda: self._start(request, body, key, policy, exchange))
        with closing(Client(protocol)) as client:
            made = await flight.wait(client)
            if not is_first and (flight.share.is_volatile or made[0].status == 429):
                flight = self._start(request, body, None, policy, exchange)  # its own, and no other's
                made = await flight.wait(client)
            exchange.query = flight.share.query
            answer = made[0]
            if key is not None and answer.is_encodable and takes_gzip(request):
                answer = await self._encode(answer, key, request.client)
            answer = conditional(answer, request)
            if answer.size <= LONG or request.method == "HEAD":
                self._send(protocol, request, answer, exchange)
                return
            with self._leaving.hold(request.client, answer.size):
                self._send(protocol, request, answer, exchange, closes=True)
                await self._leaving.wait(peer, answer.size)
            del made  # and with it the file, which is open no longer than it is sent

    def _most(self, request: Request) -> int:
        """Return how many bytes a body may have: of whoever may write, more."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        expected = self._settings.write_token_sha256
        if expected and kind.lower() == "bearer" and is_token(token.strip(), expected):
            return self._settings.write_bytes
        return 4 * self._settings.query_bytes

    def _start(self, request: Request, body: bytes, key: Key | None, policy: Policy, exchange: Exchange) -> Flight:
        share = Share(request.client, self._turns if policy.counted else None)
        if policy.kept:
            asked = _without(request, _CONDITIONS, "GET" if request.method == "HEAD" else request.method)
        elif "," in request.headers.get("range", ""):  # more ranges than one are the whole (RFC 9110 §14.2)
            asked = _without(request, {"range"}, request.method)
        else:
            asked = request
        if policy.asks:
            self._in_flight.begin()
        work = partial(self._work, asked, body, key, share, exchange.identifier, exchange.route)
        flight = Flight(share)
        if policy.asks:
            flight.made.add_done_callback(self._in_flight.end)
            flight.call(self._asking, work)
        elif policy is PROBE:
            flight.call(self._probes, work)
        else:
            flight.run(self._run_page(request.client, share, work))
        return flight

    async def _run_page(self, client: str, share: Share, work: Callable[[], Made]) -> Made:
        async with self._gate.hold(client):
            share.is_begun = True
            return await asyncio.get_running_loop().run_in_executor(self._pages, work)

    def _work(self, request: Request, body: bytes, key: Key | None, share: Share, identifier: str, route: str) -> Made:
        """Have the application answer, and keep the answer; in a thread."""
        made = self._gateway.call(request, body, share, identifier, route)
        if key is not None and self._may_keep(made[0], share, key.release):
            if may_be_encoded(made[0]):
                made = replace(tell(made[0]), is_encodable=True), made[1]
            self._cache.put(key, made[0])
        return made

    def _may_keep(self, answer: Answer, share: Share, release: str) -> bool:
        """Return whether an answer is the same for each equal request as long as this release is served."""
        if answer.status != 200 or answer.path is not None or share.is_volatile or answer.is_private:
            return False
        return share.releases <= {release} and self._serving.current().manifest.id == release


def _without(request: Request, names: Set[str], method: str) -> Request:
    """Return the request without some headers: for the whole answer, of which each who waits gets what it asked for."""
    headers = {name: value for name, value in request.headers.items() if name not in names}
    return request._replace(method=method, headers=headers)
