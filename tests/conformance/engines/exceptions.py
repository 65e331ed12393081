"""Each thing that another engine behind our pages is known not to answer as the embedded one does, with its cause.

Each cause was seen at the engine itself, with a query that shows nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

BOOLEAN = "Virtuoso keeps true as the integer 1; the rows are the same but for that."
CONCAT = "GROUP_CONCAT turns characters that are not in Latin-1, as those of its separator here, into question marks."
TRIPLE_TERMS = "Virtuoso has no RDF 1.2."
FORMS = "Virtuoso does not write this form; the answer is 406, which says so."
COMMENT = "Virtuoso writes an empty graph as a comment: the same graph in other bytes."


def _all(names: Iterable[str], cause: str) -> dict[str, str]:
    return dict.fromkeys(names, cause)


ENGINE_EXCEPTIONS: dict[str, dict[str, str]] = {
    "Virtuoso": {
        **_all(("query what-is-required", "query nanopublications"), BOOLEAN),
        "query claims": CONCAT,
        "query reifiers": TRIPLE_TERMS,
        **_all(("form application/trig", "form application/n-quads"), FORMS),
        "page /graphs?default": COMMENT,
    }
}
