"""The steps of making a release that someone waits for; each is announced before it is taken."""

from __future__ import annotations

RECOVERING = "publishing what a crash interrupted"
RECOVERED = "done with what a crash interrupted"
CANONICALISING = "canonicalising"
ACCEPTED = "loading the store"
"""The step that follows when the data were accepted: from here on the release is made, unless that fails."""
KEPT = "kept in the log of changes"
"""The step after that, of a write: from here on the release is made even after a crash."""
