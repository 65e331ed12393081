"""The gate that a write has to pass: what it would make of the active release conforms to that release's shapes."""

from __future__ import annotations

from collections.abc import Mapping

from kg.corpus.nquads import read_corpus
from kg.errors import NotConforming
from kg.release.change.build import as_checked, entail
from kg.release.change.commit import Checked
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.settings import Settings
from kg.store.bulk import split_graphs
from kg.terms import Iris


def pass_gate(
    settings: Settings, releases: Releases, active: Manifest, changed: Mapping[str, bytes], report_type: str
) -> tuple[dict[str, bytes], Checked]:
    """Return the changed graphs as they are published, what is derived made anew, and how they were validated.

    Raises NotConforming with the report in ``report_type``.
    """
    from kg.corpus.validate import validate

    before = dict(releases.dataset(active))
    after = {iri: nquads for iri, nquads in (before | changed).items() if nquads}
    iris = Iris(active.base_iri)
    corpus = read_corpus(b"".join(after.values()), iris, b"".join(before.values()))
    report = validate(corpus, settings.texts)
    if not report.conforms:
        message = report.to_text() + "Nothing was changed."
        raise NotConforming(message, report.to_media_type(report_type), report_type)
    entailed = split_graphs(entail(corpus).serialize(format="nquads", encoding="utf-8"))
    return {iri: entailed.get(iri, b"") for iri in before.keys() | entailed.keys()}, as_checked(report)


def warm_up() -> None:
    """Import and prepare all that the gate needs, for a process that is going to be forked."""
    import kg.corpus.validate  # noqa: F401
