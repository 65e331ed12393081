"""A knowledge graph of what news articles say: who says it, how surely, and exactly where.

``kg.connect("http://127.0.0.1:8000")``, or a folder of releases, is where a program starts (kg.client).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from kg.client import Connection

__version__ = "0.1.0"


def connect(
    source: str | Path, *, release: str | None = None, language: str = "en", texts: Path | None = None
) -> Connection:
    """Return a connection to one release: of a server by its address, or of a folder of releases.

    ``release`` is an earlier release's identifier; ``texts`` a folder of article texts, against which quotations are
    verified. Raises KgError where there is no such release, or nothing answers.
    """
    from kg.client import connect as connect_to  # so that importing kg for its version alone loads nothing

    return connect_to(source, release=release, language=language, texts=texts)
