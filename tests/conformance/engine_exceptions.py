"""Each thing that another engine behind our pages is known not to answer as the embedded one does, with its cause.

Booleans, REGEX, ORDER BY, GROUP_CONCAT and forms were seen at the engine itself; lost triples are a likely reading.
"""

from __future__ import annotations

from collections.abc import Iterable

LOST = (
    "Virtuoso leaves triples out, without an error, where bindings (VALUES) meet a UNION whose branches have FILTER"
    " EXISTS and an OPTIONAL after it. Pages made by such a query show less than there is."
)
BOOLEAN = "Virtuoso keeps true as the integer 1."
ORDER = "ORDER BY puts literals that begin alike over a long stretch in another order."
ALTERNATIVES = "REGEX finds nothing for alternatives at the top of a pattern, as in 'argu|sees'; '(argu|sees)' works."
CONCAT = "GROUP_CONCAT turns characters of its separator that are not in Latin-1 into question marks."
TRIPLE_TERMS = "Virtuoso has no RDF 1.2."
FORMS = "Virtuoso does not write this form; the answer is 406, which says so."
COMMENT = "Virtuoso writes an empty graph as a comment: the same graph in other bytes."
NOT_FOUND_OUT = "Another answer, whose cause in Virtuoso was not tracked down; booleans and lost triples play a part."


def _all(names: Iterable[str], cause: str) -> dict[str, str]:
    return dict.fromkeys(names, cause)


ENGINE_EXCEPTIONS: dict[str, dict[str, str]] = {
    "Virtuoso": {
        **_all(
            (
                "page /doc/russia",
                "page /doc/russia.ttl",
                "page /doc/russia.nt",
                "page /article/florida-talks/statement/007-2.ttl",
                "page /article/florida-talks/event/joint-statement",
            ),
            LOST,
        ),
        **_all(("page /issues", "page /timeline", "page /articles", "query nanopublications"), NOT_FOUND_OUT),
        **_all(("query what-unnamed-officials-say", "query who-disputes-what"), BOOLEAN),
        **_all(("query conditionals", "query restatements"), ORDER),
        "query what-ukraine-argues": ALTERNATIVES,
        "query claims": CONCAT,
        "query reifiers": TRIPLE_TERMS,
        **_all(("form application/trig", "form application/n-quads"), FORMS),
        "page /graphs?default": COMMENT,
    }
}
