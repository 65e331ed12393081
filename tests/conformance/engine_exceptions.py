"""Each thing that another engine behind our pages is known not to answer as the embedded one does, with its cause."""

from __future__ import annotations

ENGINE_EXCEPTIONS: dict[str, dict[str, str]] = {}
