"""A page as a person reads it: its tables, links, fields and words."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from helpers.serving import Answer

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class PageRead(HTMLParser):
    """The cells of tables, row by row, with their classes, and the links with their texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.classes: list[list[str]] = []
        self.links: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        self._cell = self._link = self._field = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "tr":
            self.rows.append([])
            self.classes.append([])
        elif tag in ("td", "th"):
            self._cell = tag
            self.rows[-1].append("")
            self.classes[-1].append(given.get("class", ""))
        elif tag == "a":
            self._link = given["href"]
            self.links[self._link] = ""
        elif tag == "input":
            self.fields[given.get("name", given.get("id", ""))] = given.get("value", "")
        elif tag == "textarea":
            self._field = given["name"]
            self.fields[self._field] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._cell:
            self._cell = ""
        elif tag == "a":
            self._link = ""
        elif tag == "textarea":
            self._field = ""

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] += data
        if self._link:
            self.links[self._link] += data
        if self._field:
            self.fields[self._field] += data


def words(answer: Answer) -> str:
    """Return the text of a page as it reads."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
