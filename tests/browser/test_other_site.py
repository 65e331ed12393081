"""A page of another site, open in the same browser: its forms and scripts cannot write here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from helpers.writing import Scratch

UPDATE = "INSERT DATA { GRAPH &lt;urn:csrf&gt; { &lt;urn:a&gt; &lt;urn:b&gt; 1 } }"


def form(target: str, kind: str) -> str:
    """Return a page that sends a form to the target as soon as it is open."""
    return f"""<!doctype html><form method="post" action="{target}" enctype="{kind}">
    <input name="update" value="{UPDATE}"></form><script>document.forms[0].submit()</script>"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    running = Scratch(tmp_path_factory.mktemp("other-site") / "releases")
    yield running
    running.stop()


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
@pytest.mark.parametrize("path", ["/update", "/graphs?graph=urn:csrf"])
def test_a_form_of_another_site_is_refused(browser: Browser, scratch: Scratch, path: str, kind: str) -> None:
    page = form(scratch.url + path, kind).encode()

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    other = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    before = scratch.state()
    try:
        with closing(browser.new_context()) as context:
            opened = context.new_page()
            with opened.expect_response(lambda response: response.url == scratch.url + path) as sent:
                opened.goto(f"http://localhost:{other.server_port}/")  # another site than 127.0.0.1
            assert sent.value.request.method == "POST"
            assert sent.value.request.headers.get("origin") == f"http://localhost:{other.server_port}"
            assert sent.value.status == 401
    finally:
        other.shutdown()
        other.server_close()
    assert scratch.state() == before
