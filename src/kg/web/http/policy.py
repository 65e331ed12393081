"""What holds for each route, declared with it: whom it is for, what it costs, and whether its answers may be kept.

::

    blueprint = Routes("views", PAGE)              all routes of a package
    @blueprint.route("/export/<name>", policy=QUERY)   one that differs

A route without a policy does not start. Each view gets the request's context first (kg.web.data.context), made as
``give_context`` says; nothing below a view looks anything up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Flask, Request, g, request

from kg.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of a route.

    - ``counted``: its requests, errors and seconds count for the client; only what a supervisor asks does not.
    - ``asks``: it evaluates a client's query or takes a client's data, so a client has few of them in flight.
    - ``kept``: its answers depend on the request and the release alone, so equal requests may have the same bytes.
    - ``listed``: search engines may list its pages. ``crawled``: robots may ask for them.
    - ``address``: bytes that what comes after its path may have; only a query needs many.
    - ``problem``: programs that name no type get errors as problem details, and else as plain text.
    """

    counted: bool = True
    asks: bool = False
    kept: bool = False
    listed: bool = True
    crawled: bool = True
    problem: bool = False
    address: int = 8_192

    @property
    def has_pages(self) -> bool:
        """Whether an address of the route may be answered by a page, in the reader's language."""
        return self.listed or (self.asks and not self.problem)


PAGE = Policy(kept=True)
LIVE = Policy()
"""A page about more than the release: about all that there are, or this server."""
FILE = Policy(listed=False)
STATIC = Policy(kept=True, listed=False)
SEARCH = Policy(kept=True, listed=False, crawled=False)
LONG = 65_536
ASKED_PAGE = replace(PAGE, address=LONG)
"""A page with a query in its address."""
QUERY = Policy(asks=True, kept=True, address=LONG)
ENDPOINT = replace(QUERY, listed=False, crawled=False)
MEASURED = replace(ENDPOINT, kept=False, problem=True)
"""An answer that says how long it took."""
API = replace(ENDPOINT, problem=True)
WRITE = Policy(asks=True, listed=False, crawled=False, address=LONG)
PROBE = Policy(counted=False, listed=False)
UNKNOWN = Policy()
"""Of an address that leads nowhere."""

View = TypeVar("View", bound=Callable[..., Any])
Step = TypeVar("Step", bound=Callable[..., Any])

_POLICIES = "kg-policies"


class Routes(Blueprint):
    """A package's routes, each under the package's policy unless it names its own."""

    def __init__(self, name: str, policy: Policy) -> None:
        """Start without routes."""
        super().__init__(name, "kg.web")
        self._policy = policy
        self._called: dict[str, Callable[..., Any]] = {}
        self.policies: dict[str, Policy] = {}

    def route(self, rule: str, *, policy: Policy | None = None, **options: Any) -> Callable[[View], View]:
        """Register a route; two of one view have one policy."""

        def decorator(view: View) -> View:
            self.policies.setdefault(f"{self.name}.{view.__name__}", policy or self._policy)
            called = self._called.setdefault(view.__name__, _with_context(view))
            self.add_url_rule(rule, None, called, **options)
            return view

        return decorator

    def before(self, step: Step) -> Step:
        """Call a function with the context ahead of each view here."""
        self.before_request(_with_context(step))
        return step

    def after(self, step: Step) -> Step:
        """Call a function with the context and the answer of each view here, errors among them; it returns one."""
        self.after_request(_with_context(step))
        return step


def _with_context(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def called(*args: Any, **values: Any) -> Any:
        return function(g.kg_context, *args, **values)

    return called


def require_policies(app: Flask) -> None:
    """Require a policy of every route that the application has; raises SettingsError for one without."""
    found = app.extensions[_POLICIES] = {"static": STATIC}
    for blueprint in app.blueprints.values():
        found.update(blueprint.policies if isinstance(blueprint, Routes) else {})
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in found:
            raise SettingsError(
                f"The route {rule.rule} has no policy. Give it one where it is declared (kg.web.http.policy)."
            )


def give_context(app: Flask, make_context: Callable[[Request, Policy], object]) -> None:
    """Have each request begin with a context of its own, which its view gets."""

    def begin() -> None:
        g.kg_context = make_context(request, policy_of_request(app, request))

    app.before_request_funcs.setdefault(None, []).insert(0, begin)


def policy_of(app: Flask, endpoint: str | None) -> Policy:
    """Return the policy of an endpoint; None is that of an address that leads nowhere."""
    found: Policy = app.extensions[_POLICIES][endpoint] if endpoint else UNKNOWN
    return found


def policy_of_request(app: Flask, request: Request) -> Policy:
    """Return the policy of the route that a request has taken."""
    return policy_of(app, request.url_rule.endpoint if request.url_rule else None)


def uncrawled(app: Flask) -> list[str]:
    """Return the starts of the addresses that robots shall leave, the shortest that cover the others."""
    starts = sorted(
        {rule.rule.partition("<")[0] for rule in app.url_map.iter_rules() if not policy_of(app, rule.endpoint).crawled}
    )
    return [start for start in starts if not any(start != other and start.startswith(other) for other in starts)]
