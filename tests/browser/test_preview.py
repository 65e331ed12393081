"""The preview of an entity in a frame of another site, in headless Chromium; no other page lets itself be framed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

from helpers.serving import Server


@contextmanager
def site(page: str) -> Iterator[str]:
    """Another site, by the name of localhost, whose every path is one page; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://localhost:{running.server_port}/"
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_it_shows_in_a_frame_of_another_site(browser: Browser, server: Server, script: bool) -> None:
    frames = "".join(
        f'<iframe id="{name}" width="430" height="300" src="{server.url}{path}"></iframe>'
        for name, path in (("preview", "/reconcile/preview?id=russia"), ("page", "/doc/russia"))
    )
    with site(frames) as address, closing(browser.new_context(java_script_enabled=script)) as context:
        page = context.new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(address)
        preview = page.frame_locator("#preview")
        expect(preview.get_by_role("heading", level=1)).to_have_text("Russia")
        expect(preview.locator("h1")).to_have_css("font-family", re.compile("Charter"))
        expect(page.frame_locator("#page").get_by_role("heading", level=1)).to_have_count(0)
        assert refused
        assert all("frame-ancestors" in text for text in refused)
