"""The kinds of pages, each by one address on the real release; who adds a kind of page adds it here."""

from __future__ import annotations

KINDS = {
    "home": "/",
    "entity": "/doc/russia",
    "issue": "/doc/issue-territory",
    "document": "/doc/joint-statement",
    "period": "/doc/november-2025",
    "article": "/article/florida-talks",
    "passage": "/article/florida-talks/passage/007",
    "statement": "/article/florida-talks/statement/007-2",
    "question": "/article/florida-talks/statement/009-6",
    "conditional": "/article/florida-talks/statement/015-1",
    "observation": "/article/florida-talks/observation/killed-november-2025",
    "thing of an article": "/article/florida-talks/thing/us-delegation",
    "figure": "/article/florida-talks/statement/079-1",
    "event": "/article/florida-talks/event/us-russia-meeting",
    "voice of an article": "/article/florida-talks/voice",
    "encoding": "/article/florida-talks/encoding",
    "code": "/code/at-least",
    "code list": "/code/modality",
    "graph": "/graph/codes",
    "ontology": "/ns",
    "shapes": "/shapes",
    "dataset": "/dataset",
    "releases": "/releases",
    "stored query": "/query/claims",
    "stored query with parameters": "/query/what-someone-says",
    "issues": "/issues",
    "timeline": "/timeline",
    "timeline of a status": "/timeline?status=hypothetical",
    "figures": "/figures",
    "figures of a kind": "/figures?indicator=killed",
    "articles": "/articles",
    "about": "/about",
    "correction": "/about?correct=article/florida-talks/statement/007-2",
    "browse": "/browse",
    "browse statements": "/browse?group=statement&claimant=russia",
    "search": "/search?q=russia",
    "statements": "/statements",
    "statements of": "/statements?of=id/russia",
    "query page": "/query",
    "answer": "/sparql?query=SELECT+*+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+5",
    "graph answer": "/sparql?query=CONSTRUCT+%7B+%3Fs+%3Fp+%3Fo+%7D+WHERE+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+5",
    "plan": "/explain?query=SELECT+*+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+5",
    "api": "/api",
}
"""Name of a kind → path. ``kg bench`` measures them under the same names."""

VARIANTS = frozenset(
    (
        *("timeline of a status", "figures of a kind", "correction", "graph answer", "plan"),
        "stored query with parameters",
        *("question", "conditional", "observation", "thing of an article"),
    )
)
"""Those that are another's page with something chosen or of another class, and take the same; and a plan, which takes
what its query does."""

FAILURES = {
    "unknown thing": ("/doc/nobody", 404),
    "unknown page": ("/nowhere", 404),
    "unknown statement": ("/article/florida-talks/statement/999-9", 404),
    "hostile query string": ("/statements?of=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&after=%00%FF%27", 404),
    "empty search": ("/search?q=zzzzqqq", 200),
    "unknown choice": ("/browse?claimant=nobody", 404),
    "correction of nothing": ("/about?correct=id/nobody", 404),
    "mistaken choice": ("/browse?page=-1", 400),
    "mistaken query": ("/sparql?query=SELECT+%3Cscript%3E", 400),
}
"""Name of a failure → path and the status that it has."""

PREVIEWS = {"preview": "/reconcile/preview?id=russia", "unknown preview": "/reconcile/preview?id=%3Cb%3E"}
"""Pages for frames of other sites, which have no frame of their own."""

PAGES = KINDS | PREVIEWS | {name: path for name, (path, _) in FAILURES.items()}
"""All of them."""
