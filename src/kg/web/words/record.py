"""What a page says of a record as such: when it came and last changed, and where a reader reports a mistake in it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from kg.errors import EngineUnavailable
from kg.web.data.resources import Resource
from kg.web.text.language import gettext


class RecordDate(NamedTuple):
    """A release that a record was new or changed in."""

    release: str
    is_here: bool
    """Whether the release is still kept, and so has a page."""

    @property
    def day(self) -> str:
        """The day of the release, with which its identifier begins."""
        return self.release[:10]


def record_dates(resource: Resource) -> list[RecordDate]:
    """Return where a resource's record was new, and where it last changed if it did; nothing where none is known."""
    context = resource.resources.context
    folder = context.releases.folder
    try:
        known = context.catalogue.history(resource.iri.removeprefix(context.iris.base))
    except EngineUnavailable:  # the page is about the record, not its dates
        known = None
        context.share.is_volatile = True  # and is not kept as it is without them
    return [RecordDate(one, (folder / one).is_dir()) for one in dict.fromkeys(known or ())]


def correction_link(resource: Resource) -> str:
    """Return the address to suggest a correction of a resource; without KG_CONTACT, where the site says how."""
    context = resource.resources.context
    contact = context.settings.contact
    if not contact:
        path = resource.iri.removeprefix(context.iris.base)
        return f"/about?{urlencode({'correct': path, **context.asked_release}, safe='/')}#corrections"
    if contact.startswith("mailto:"):
        subject = gettext("Correction: %(label)s", label=resource.label)
        asked = {"subject": subject, "body": f"{resource.iri}\n{context.manifest.id}\n"}
        return f"{contact}?{urlencode(asked, quote_via=quote)}"
    parts = urlsplit(contact)
    asked = {"iri": resource.iri, "release": context.manifest.id}
    query = "&".join(filter(None, (parts.query, urlencode(asked))))
    return parts._replace(query=query).geturl()
