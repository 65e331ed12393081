"""Which request costs the front most: searched for by changing those that cost most so far.

A request is a kind, how much there is of what the kind repeats, and what is repeated. What counts is the processor time
of the front alone, less that of the plain request of the kind: the work that its answer is, whoever asks for it.
``python -m torture.costs SEED`` searches with another seed.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from helpers.serving import Server
from torture.load.fronts import Front, connect, read_answer, serving
from torture.trial import Finding, Say, Trial, scale

TRIES = scale(5_000, 150)
BEST = 24
"""Requests that are remembered, and changed further."""
AGAIN = 4
"""How often one that costs much is measured again, the least of all counting: other work may have come in between."""
USUAL_SECONDS, MOST_SECONDS = 0.050, 0.100
FORM = "application/x-www-form-urlencoded"
PIECES = (
    "a/b,", "a/b;q=0.1,", '"a,b;\\",', ";;;;", " ;q=0.5 ,", "text/html;q=.5,", "de-AT,", "a=b; ", "kg-language=de; ",
    '"x", ', 'W/"y",', "1-2,", "203.0.113.9, ", "&", "&a", "&lang=de", "&q=a", "%2F", "%00", "%E2%80%AE", "/", "//",
    "../", ".", "a", "é", "ﷺ", "Z̸", " ", "* ", '"', "a OR ", "-", "{", "}", "(", "<a>", "?s ?p ?o . ", "# x\n",
    "PREFIX a: <b> ", "FILTER(1) ", "UNION {} ", "SERVICE SILENT <x:y> {} ", "\\u0041", "'", "'''", "|", "^", "^^",
    "!", "@en",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its kind, the piece that it repeats, and how many times."""

    kind: str
    piece: str
    times: int

    def change(self, chance: random.Random) -> Asked:
        """Return one that differs a little."""
        what = chance.randrange(4)
        if what == 0:
            return Asked(self.kind, chance.choice(PIECES), self.times)
        if what == 1:
            return Asked(self.kind, (self.piece + chance.choice(PIECES))[:60], self.times)
        if what == 2:
            return Asked(chance.choice(list(KINDS)), self.piece, self.times)
        return Asked(self.kind, self.piece, max(1, int(self.times * chance.choice((0.5, 0.8, 1.3, 2, 4)))))


def _get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode("utf-8", "surrogatepass")


def _post(path: str, body: str, media_type: str = FORM) -> bytes:
    content = body.encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(content)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


def _header(name: str, path: str) -> Callable[[str], bytes]:
    return lambda text: _get(path, f"{name}: {''.join(c for c in text if ' ' <= c <= '~')}")


def _reconcile(make: Callable[[str], object]) -> Callable[[str], bytes]:
    return lambda text: _post("/reconcile", "queries=" + quote(json.dumps({"q0": make(text)})))


def _names(text: str) -> bytes:
    words = text.split(" ") if " " in text else [text[at : at + 40] for at in range(0, len(text), 40)]
    return _post(
        "/reconcile", "queries=" + quote(json.dumps({f"q{n}": {"query": word} for n, word in enumerate(words)}))
    )


def _of_many(text: str, make: Callable[[list[str]], object]) -> object:
    return make([f"{text[at : at + 12]}{at}" for at in range(0, len(text), 12)])


KINDS: dict[str, Callable[[str], bytes]] = {
    "Accept of a page": _header("Accept", "/about"),
    "Accept of a query": _header("Accept", "/sparql?query=ASK%7B%7D"),
    "Accept-Language": _header("Accept-Language", "/about"),
    "Cookie": _header("Cookie", "/about"),
    "If-None-Match": _header("If-None-Match", "/about"),
    "Range": _header("Range", "/static/style.css"),
    "X-Forwarded-For": _header("X-Forwarded-For", "/about"),
    "a header of any name": lambda text: _get("/about", *[f"X-{n}: {text[:9]}" for n in range(min(90, len(text)))]),
    "path": lambda text: _get("/" + quote(text, safe="%/.")),
    "path of a record": lambda text: _get("/id/" + quote(text, safe="%")),
    "address of a page": lambda text: _get("/browse?" + quote(text, safe="%&=")),
    "query": lambda text: _get("/sparql?query=" + quote(text)),
    "query behind a right one": lambda text: _get("/sparql?query=" + quote("ASK {} " + text)),
    "query on a page": lambda text: _get("/sparql?query=" + quote("SELECT * { " + text), "Accept: text/html"),
    "query for the form": lambda text: _get("/query?query=" + quote(text)),
    "query as a form": lambda text: _post("/sparql", "query=" + quote(text)),
    "query as a body": lambda text: _post("/sparql", text, "application/sparql-query"),
    "parameters of a form": lambda text: _post("/sparql", "query=ASK%7B%7D" + quote(text, safe="&=%")),
    "graphs of a query": lambda text: _get(
        "/sparql?query=ASK%7B%7D" + f"&default-graph-uri=x:{quote(text[:9])}" * len(text)
    ),
    "search": lambda text: _get("/search?q=" + quote(text)),
    "search for a program": lambda text: _get("/search.json?q=" + quote(text)),
    "suggestion": lambda text: _get("/suggest?q=" + quote(text)),
    "suggested entity": lambda text: _get("/reconcile/suggest/entity?prefix=" + quote(text)),
    "parameter of the API": lambda text: _get("/api/names-of-an-actor?state=" + quote(text)),
    "names to reconcile": _names,
    "a name to reconcile": _reconcile(lambda text: {"query": text}),
    "properties to reconcile": _reconcile(
        lambda text: _of_many(text, lambda p: {"query": "Russia", "properties": [{"pid": i, "v": i} for i in p]})
    ),
    "values to reconcile": _reconcile(
        lambda text: _of_many(text, lambda v: {"query": "Russia", "properties": [{"pid": "P", "v": v}]})
    ),
    "types to reconcile": _reconcile(lambda text: _of_many(text, lambda t: {"query": "Russia", "type": t})),
    "depth to reconcile": lambda text: _post("/reconcile", "queries=" + quote("[" * len(text) + "]" * len(text))),
    "entities to extend": lambda text: _post(
        "/reconcile",
        "extend="
        + quote(json.dumps({"ids": [f"id/russia{n}" for n in range(len(text))], "properties": [{"id": "type"}]})),
    ),
    "properties to extend": lambda text: _post(
        "/reconcile",
        "extend=" + quote(json.dumps({"ids": ["id/russia"], "properties": [{"id": "statementsAbout"}] * len(text)})),
    ),
    "an update by nobody": lambda text: _post("/update", "update=" + quote(text)),
    "a graph by nobody": lambda text: _post("/graphs?default", text, "text/turtle"),
}


class Search:
    """A search on one server."""

    def __init__(self, server: Server, seed: int) -> None:
        self._server, self._front = server, Front(server)
        self._chance = random.Random(seed)  # noqa: S311
        self._plain = {kind: self._least(Asked(kind, "a", 1)) for kind in KINDS}
        self.found: dict[Asked, float] = {}
        self.tries = self.unanswered = 0

    def run(self, tries: int, say: Say) -> None:
        """Try so many requests."""
        while self.tries < tries:
            best = sorted(self.found, key=lambda asked: -self.found[asked])[:BEST]
            self.found = {asked: self.found[asked] for asked in best}
            if best and self._chance.random() < 0.7:
                asked = self._chance.choice(best).change(self._chance)
            else:
                times = int(10 ** self._chance.uniform(0, 4.5))
                asked = Asked(self._chance.choice(list(KINDS)), self._chance.choice(PIECES), times)
            self.tries += 1
            self.found[asked] = self._cost(asked)
            if self.tries % 500 == 0:
                say(f"{self.tries} tries, the costliest {max(self.found.values()) * 1000:.0f} ms")

    def _cost(self, asked: Asked) -> float:
        cost = self._measure(asked) - self._plain[asked.kind]
        return cost if cost < USUAL_SECONDS / 2 else self._least(asked) - self._plain[asked.kind]

    def _least(self, asked: Asked) -> float:
        return min(self._measure(asked) for _ in range(AGAIN))

    def _measure(self, asked: Asked) -> float:
        text = (asked.piece * asked.times)[:90_000]
        sent = KINDS[asked.kind](text)
        before = self._front.seconds()
        try:
            with connect(self._server) as connection:
                connection.sendall(sent)
                if not read_answer(connection):
                    self.unanswered += 1
        except OSError:  # it is refused before it is read
            pass
        return self._front.seconds() - before


def run(say: Say, seed: int = 20261128) -> Finding:
    """Search for the costliest request."""
    uncounted = {
        "KG_TRUSTED_PROXIES": "0",
        "KG_CACHE_BYTES": "0",
        "KG_CLIENT_CONNECTIONS": "0",
        "KG_QUERY_SECONDS": "0.5",
    }
    with serving(**uncounted) as server:
        search = Search(server, seed)
        search.run(TRIES, say)
        worst = sorted(search.found.items(), key=lambda item: -item[1])[:5]
    for asked, seconds in worst:
        say(f"{seconds * 1000:.0f} ms: {asked.kind}, {asked.times} × {asked.piece!r}")
    told = "; ".join(f"{asked.kind} {seconds * 1000:.0f} ms" for asked, seconds in dict(worst[:3]).items())
    over = [f"{a.kind}: {s * 1000:.0f} ms for {a.times} × {a.piece!r}" for a, s in worst if s > USUAL_SECONDS]
    measured = f"{search.tries} tries; the costliest: {told}; {search.unanswered} without an answer"
    return Finding(measured, not over and worst[0][1] <= MOST_SECONDS, tuple(over))


TRIAL = Trial(
    "front seconds of a request, searched for",
    "at most 50 ms of the front beyond its answer's own work",
    run,
)

if __name__ == "__main__":
    print(run(lambda text: print(text, file=sys.stderr, flush=True), int(sys.argv[1])))
