"""Rows for a spreadsheet: no cell of a download is a formula when it is opened.

A cell that starts with ``= + - @``, a tab or an end of line, and is no number, gets an apostrophe before it, which
spreadsheets take for "this is text". That is another value than the answer's, so it is done to what a person downloads
(``accept=csv``) and never to what a program asks for by the Accept header.
"""

from __future__ import annotations

import csv
import io
import re
import sys

csv.field_size_limit(sys.maxsize)  # it holds for the whole process, and a literal may be of any length

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a formula starts, in full width as well, which some programs take for the same."""
_SUSPECT = re.compile(r"(?:^|[,\n\"])[=+\-@\t\r\n＝＋－＠]")
"""Characters that start a formula, and occur elsewhere too: without one, the rows need not be read."""
_TSV_LITERAL = re.compile(r'(?<![^\t\n])"(?=[=+\-@＝＋－＠]|\\[trn])')
"""The quotation mark of a literal in TSV that starts as a formula."""


def neutralise(cell: str) -> str:
    """Return the text of a cell that no spreadsheet runs."""
    return f"'{cell}" if cell.startswith(_STARTS) and not _NUMBER.fullmatch(cell) else cell


def for_spreadsheet(rows: bytes, media_type: str) -> bytes:
    """Return rows in CSV or TSV (SPARQL 1.1 Query Results §3, §4) with no formula in them; other types as they are."""
    text = rows.decode("utf-8")
    if media_type == "text/tab-separated-values":
        return _TSV_LITERAL.sub("\"'", text).encode()
    if media_type != "text/csv":
        return rows
    if not _SUSPECT.search(text):
        return rows
    done = io.StringIO(newline="")
    writer = csv.writer(done, lineterminator="\r\n")
    writer.writerows([neutralise(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline="")))
    return done.getvalue().encode()
