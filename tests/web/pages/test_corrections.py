"""Where a reader reports a mistake: the address carries what it is about."""

from __future__ import annotations

import pytest

from helpers.serving import BASE, Server, application
from kg.errors import SettingsError
from kg.settings import Settings
from web.pages.test_pages import HTML, Links

STATEMENT = "article/florida-talks/statement/007-2"


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("", f"/about?correct={STATEMENT}#corrections"),
        ("mailto:desk@example.org", "mailto:desk@example.org?subject=Correction%3A%20Russia%20says"),
        ("https://example.org/new?form=1", f"https://example.org/new?form=1&iri={BASE.replace(':', '%3A')}"),
    ],
)
def test_a_correction_carries_the_statement(settings: Settings, releases: object, contact: str, expected: str) -> None:
    with application(settings.with_(releases=releases, contact=contact, workers=1)) as app:
        links = Links(app.test_client().get(f"/{STATEMENT}", headers={"Accept": HTML}).text).links
    found = [link for link in links if link.startswith(expected.replace("%3A//", "%3A%2F%2F").rstrip("/"))]
    assert len(found) == 1
    assert "statement%2F007-2" in found[0] or "statement/007-2" in found[0]


def test_without_a_contact_the_site_tells_how_and_names_the_statement(server: Server) -> None:
    text = server.get(f"/about?correct={STATEMENT}", HTML).text.partition('id="corrections"')[2]
    assert f"<code>{BASE}{STATEMENT}</code>" in text
    assert f'href="/{STATEMENT}"' in text
    assert server.get("/about?correct=id/nobody", HTML).status == 404
    assert "You came from" not in server.get("/about", HTML).text


@pytest.mark.parametrize("contact", ["desk@example.org", "http://example.org/", "javascript:alert(1)", "mailto:x"])
def test_a_contact_that_is_no_address_is_refused(contact: str) -> None:
    with pytest.raises(SettingsError, match="KG_CONTACT"):
        Settings(contact=contact)
