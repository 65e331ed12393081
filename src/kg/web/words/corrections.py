"""Where a reader reports a mistake: at the address that the owner set, or as the site tells; the IRI goes along."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from kg.web.data.resources import Resource
from kg.web.text.language import gettext


def correction_link(resource: Resource) -> str:
    """Return the address to suggest a correction of a resource; without KG_CONTACT, where the site tells how."""
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
