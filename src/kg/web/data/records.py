"""When a record came: the release in which it was new, and the one in which it last changed."""

from __future__ import annotations

from typing import NamedTuple

from kg.errors import EngineUnavailable
from kg.web.data.resources import Resource


class Stand(NamedTuple):
    """A release that a record was new or changed in."""

    release: str
    is_here: bool
    """Whether the release is still kept, and so has a page."""

    @property
    def day(self) -> str:
        """The day of the release, with which its identifier begins."""
        return self.release[:10]


def stands(resource: Resource) -> list[Stand]:
    """Return where a resource's record was new, and where it last changed if it did; nothing where none is known."""
    context = resource.resources.context
    folder = context.releases.folder
    try:
        known = context.catalogue.history(resource.iri.removeprefix(context.iris.base))
    except EngineUnavailable:  # the page is about the record, not its dates
        known = None
    return [Stand(one, (folder / one).is_dir()) for one in dict.fromkeys(known or ())]
