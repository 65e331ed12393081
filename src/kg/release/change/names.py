"""Names that a release gave: of an article that stays, none vanishes without a record, or names another statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kg.corpus.rdf.graphs import GraphFile
from kg.release.change.commit import Digests
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.settings import Settings
from kg.terms import PREFIXES, Iris

CONTENT = ("subject", "relation", "object", "prints", "antecedent", "consequent", "asksFor")
"""Properties that, with the label, say what a statement says. One that keeps none of their values is another."""
_Said = dict[str, set[tuple[str, str]]]
"""IRI of each thing of an article → its label and content, as property and value."""


def lost_names(releases: Releases, active: Manifest, iris: Iris, changed: Digests) -> Iterator[str]:
    """Yield, for each name of the active release that the changed graphs would lose, what is wrong and what to do.

    A graph that goes altogether loses none: an article that is taken away is gone by intent. Passages follow the text.
    What only a write over HTTP has said is not of the files, and is lost by the next build of these.
    """
    prefix = iris.graph("article/")
    for graph, (_, new) in sorted(changed.items()):
        old = _of_files(releases, active, graph)
        if graph.startswith(prefix) and old is not None and new is not None:
            start = iris.article(graph.removeprefix(prefix)) + "/"
            before, after = (_said(releases.objects.get(digest), start, iris) for digest in (old, new))
            for iri in sorted(before):
                short = iri.removeprefix(iris.base)
                if iri not in after:
                    yield (
                        f"{short} was published, and is in no file any more. Put it back, or record that it is gone:"
                        f' kg withdraw {short} --why "…"'
                    )
                elif before[iri] and after[iri] and not before[iri] & after[iri]:
                    yield (
                        f"{short} was published, and names another statement now. Give this one another number, and"
                        f' record that the other is gone: kg withdraw {short} --why "…"'
                    )


def _of_files(releases: Releases, active: Manifest, graph: str) -> str | None:
    """Return the digest of a graph in the active release, or in the last where files made it; None where none did."""
    entry = releases.graphs(active).get(graph)
    if entry is None or entry.key:
        return entry.digest if entry else None
    earlier = (releases.graphs(manifest).get(graph) for manifest in releases.all())
    return next((one.digest for one in earlier if one and one.key), None)


def is_published(settings: Settings, iri: str) -> bool:
    """Return whether the active release says anything of an IRI of an article."""
    return iri in published_names(settings, iri.removeprefix(Iris(settings.base_iri).article("")).partition("/")[0])


def published_names(settings: Settings, slug: str) -> set[str]:
    """Return the IRIs of which the active release says something in the graph of an article."""
    releases, iris = Releases(settings.releases), Iris(settings.base_iri)
    active = releases.find_intact()
    entry = releases.graphs(active).get(iris.graph(f"article/{slug}")) if active else None
    lines = releases.objects.get(entry.digest).splitlines() if entry else []
    return {line[1 : line.index(b">")].decode() for line in lines if line.startswith(b"<")}


def _said(nquads: bytes, start: str, iris: Iris) -> _Said:
    own = f"<{start}".encode()
    lines = b"".join(line for line in nquads.splitlines(keepends=True) if line.startswith(own))
    content = {PREFIXES["rdfs"] + "label", *(iris.term(name) for name in CONTENT)}
    found: _Said = defaultdict(set)
    for quad in GraphFile("", lines).quads():
        name = str(quad.subject)[1:-1]
        kind, _, rest = name.removeprefix(start).partition("/")
        if kind != "passage" and "#" not in rest:
            said = found[name]
            if kind == "statement" and quad.predicate.value in content:
                said.add((quad.predicate.value, str(quad.object)))
    return dict(found)
