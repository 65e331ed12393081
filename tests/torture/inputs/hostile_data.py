"""A release in which everything that a page shows was written to run a script, to mislead, or to fill the memory."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

from helpers.serving import BASE

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_SCHEMA = "https://schema.org/"
_OA = "http://www.w3.org/ns/oa#"
_DCTERMS = "http://purl.org/dc/terms/"

MARK = "window.pwned=1"
TURNED = "\u202e"
WORDS = (
    f"<script>{MARK}</script>",
    f'"><img src=x onerror="{MARK}">',
    f"'><svg/onload={MARK}>",
    f"</textarea></title></pre></style><script>{MARK}</script>",
    f"{{{{ ''.__class__ }}}} {{% raw %}} ${{{MARK}}}",
    f"javascript:{MARK}",
    f"<a href='javascript:{MARK}'>click</a><base href='https://evil.example/'><meta http-equiv=refresh content=0>",
    f"{TURNED}gpj.exe \u2066\u2067\u061c\u200f\x01\x1b[31m\x7f\x9b",
    '=HYPERLINK("http://evil.example")',
    "<!--",
    "]]>",
    "&lt;script&gt;",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
)
"""Texts of literals."""
OUTSIDE = (
    f"javascript:{MARK}",
    f"JavaScript:{MARK}",
    f"javascript:%0a{MARK}",
    f"data:text/html,%3Cscript%3E{MARK}%3C/script%3E",
    f"vbscript:{MARK}",
    "file:///etc/passwd",
    f"{BASE}/evil.example/x",
    f"{BASE}/evil.example",
    f"urn:{TURNED}x",
    "https://evil.example/'onmouseover='x",
)
"""IRIs that are no things of ours, though some look so."""
OURS = (
    f"id/javascript:{MARK}",
    "id/'onmouseover='x",
    "id/&quot;onmouseover=&quot;x",
    f"id/{TURNED}moor",
    "id/..;/..",
    "id/%3Cscript%3E",
    "id/日本",
    "id/" + "long" * 2_000,
)
TYPES = {
    "id/mallory": ("Person", "Actor", "Entity"),
    "id/happening": ("Event",),
    "id/dispute": ("Issue", "Entity"),
    "id/time": ("Period",),
    "article/evil": ("Article",),
    "article/evil/passage/001": ("Passage",),
    "article/evil/statement/001-1": ("Statement", "Position"),
    "article/evil/statement/001-2": ("Statement", "Figure"),
    "article/evil/statement/001-1#w1": ("Words",),
    "article/evil/statement/001-1#i1": ("Inference",),
    "article/evil/observation/lost": ("Observation",),
    "code/evil": ("Relation",),
} | dict.fromkeys(OURS, ("Person", "Entity"))
_TEXTS = [
    *(f"{_RDFS}{name}" for name in ("label", "comment")),
    *(f"{_SKOS}{name}" for name in ("altLabel", "prefLabel", "definition", "editorialNote")),
    *(f"{BASE}ns#{name}" for name in ("verb", "template", "forms", "printed", "value", "order", "cell")),
    *(f"{BASE}ns#{name}" for name in ("number", "digest", "firstDay", "lastDay", "negated")),
    *(f"{_DCTERMS}{name}" for name in ("title", "identifier", "creator")),
    *(f"{_SCHEMA}{name}" for name in ("keywords", "headline", "datePublished", "url")),
    *(f"{_OA}{name}" for name in ("start", "end")),
]
_LINKS = [
    *(f"{BASE}ns#{name}" for name in ("claimant", "subject", "relation", "object", "evidence", "issue", "via", "unit")),
    *(f"{BASE}ns#{name}" for name in ("holder", "expresses", "names", "quotedFrom", "infers")),
    *(f"{BASE}ns#{name}" for name in ("population", "quality", "recipient", "attribution")),
    *(f"{BASE}ns#{name}" for name in ("modality", "status", "period", "place", "participant", "kind", "section")),
    *(f"{BASE}ns#{name}" for name in ("contradicts", "supports", "actsFor", "voiceOf", "bound", "indicator", "asOf")),
    *(f"{_SCHEMA}{name}" for name in ("sameAs", "url", "image", "publisher")),
    *(f"{_DCTERMS}{name}" for name in ("source", "license", "isPartOf", "hasFormat")),
    f"{_RDFS}seeAlso",
    f"{_OA}hasSelector",
    f"{_SKOS}inScheme",
    f"{_RDF}type",
]


_LED_TO = (
    ("id/happening", "period", "id/time"),
    ("article/evil/statement/001-1", "words", "article/evil/statement/001-1#w1"),
    ("article/evil/statement/001-1", "inference", "article/evil/statement/001-1#i1"),
    ("article/evil/statement/001-2", "prints", "article/evil/observation/lost"),
    ("article/evil/observation/lost", "period", "id/time"),
)
"""Links by which pages reach what others cannot."""
_NO_NUMBERS = (("id/time", "firstDay"), ("article/evil/observation/lost", "value"))
"""What is read as a day or a number, and is a text here."""


def nquads(huge: int) -> bytes:
    """Return the release, with a literal of so many bytes."""
    return "".join(f"{triple} <{BASE}graph/evil> .\n" for triple in dict.fromkeys(_triples(huge))).encode()


def _triples(huge: int) -> Iterator[str]:
    for number, (path, classes) in enumerate(TYPES.items()):
        subject = f"<{BASE}{path}>"
        yield from (f"{subject} <{_RDF}type> <{BASE}ns#{name}>" for name in classes)
        for index, predicate in enumerate(_TEXTS):
            for kind, text in enumerate(_some(WORDS, number + index)):
                tag = ("@en", "", f"^^<javascript:{MARK}>", f"@x-{'a' * 8}")[(number + index + kind) % 4]
                yield f'{subject} <{predicate}> "{_escape(text)}"{tag}'
        for index, predicate in enumerate(_LINKS):
            targets = (*OUTSIDE, *(BASE + other for other in TYPES))
            yield from (f"{subject} <{predicate}> <{target}>" for target in _some(targets, number + index))
    yield from (f"<{BASE}{path}> <{BASE}ns#{name}> <{BASE}{other}>" for path, name, other in _LED_TO)
    yield from (f'<{BASE}{path}> <{BASE}ns#{name}> "{_escape(WORDS[4])}"' for path, name in _NO_NUMBERS)
    for iri in OUTSIDE:
        yield f'<{iri}> <{_RDFS}label> "click {TURNED}"@en'
    yield f'<{BASE}id/huge> <{_RDFS}label> "{"huge " * (huge // 5)}"@en'
    yield f'<{BASE}id/huge> <{_RDFS}comment> "{"<b>" * (huge // 3)}"@en'
    yield f"<{BASE}id/huge> <{_RDF}type> <{BASE}ns#Person>"


def _some(of: tuple[str, ...], number: int) -> tuple[str, str]:
    """Return two, others for each number: a page asks for the product of all that a thing has."""
    return of[number % len(of)], of[(number * 7 + 3) % len(of)]


def _escape(text: str) -> str:
    return "".join(f"\\u{ord(c):04X}" if c in '"\\' or (ord(c) < 32 or 127 <= ord(c) < 160) else c for c in text)


QUERIES = (
    "SELECT * { ?s ?p ?o } LIMIT 400",
    "SELECT ?o { ?s ?p ?o FILTER(isLiteral(?o)) } LIMIT 400",
    "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 400",
    f"SELECT ?script_{MARK.replace('.', '_').replace('=', '_')} {{}}",
    f"SELECT ?x {{ <script>{MARK}</script>",
    f"SELECT * {{ BIND('</textarea><script>{MARK}</script>{TURNED}' AS ?x) }}",
    f"DESCRIBE <{BASE}id/mallory>",
    f"DESCRIBE <{BASE}id/huge>",
    f"SELECT ?x {{ VALUES ?x {{ <javascript:{MARK}> 'a'^^<javascript:{MARK}> }} }}",
)


def addresses() -> list[str]:
    """Return the addresses of pages of each kind, and of pages that say what is wrong."""
    evil = f"<script>{MARK}</script>"
    found = [
        "/",
        *("/" + name for name in ("browse", "issues", "statements", "articles", "timeline", "figures", "about")),
    ]
    found += ["/releases", "/dataset", "/shapes", "/ns", "/graph/evil", "/query", "/doc/huge"]
    found += ["/" + quote(path.replace("id/", "doc/", 1)) for path in TYPES]
    found += [f"/statements?of={quote(BASE + 'id/mallory')}&after={quote(evil)}", f"/statements?of={quote(evil)}"]
    found += [f"/{page}?{urlencode({'q': text})}" for page in ("search", "browse") for text in (evil, WORDS[1], TURNED)]
    found += ["/sparql?" + urlencode({"query": text}) for text in QUERIES]
    found += ["/query?" + urlencode({name: evil}) for name in ("query", "example")]
    found += ["/" + quote(evil), "/doc/" + quote(evil), f"/doc/{quote(TURNED)}", "/?lang=" + quote(evil)]
    found += [f"/sparql?query=ASK%7B%7D&accept={quote(evil)}", "/release/" + quote(evil), "/export/" + quote(evil)]
    return found
