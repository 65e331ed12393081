"""What an engine must know of a release to serve it; kg.release makes it, so that no engine knows a release's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Content:
    """A release as an engine takes it.

    ``store`` is the directory of its embedded store. ``graphs`` maps the IRI of each graph, the description left out,
    to a digest: two releases whose digests of a graph are equal hold the same graph. ``read`` returns a graph, that of
    the description among them, in N-Triples; of one that the release lacks, nothing. ``earlier`` finds another release
    of the same folder, None where there is none that can be read.
    """

    identifier: str
    base_iri: str
    description: str
    store: Path
    graphs: Mapping[str, str]
    read: Callable[[str], bytes]
    earlier: Callable[[str], Content | None]

    @property
    def iri(self) -> str:
        """IRI of the release."""
        return f"{self.base_iri}release/{self.identifier}"
