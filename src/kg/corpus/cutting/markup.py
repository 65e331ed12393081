"""HTML, Markdown and Word files → plain text, and what their markup says of each part.

Markdown (markdown-it-py) and .docx (mammoth) are turned into HTML, and HTML (selectolax) into plain text in which
headings, list items and tables have the marks that the cutter reads, a paragraph a line. Offsets count in that text,
which is kept next to the file. What the text cannot carry (that a paragraph is a caption, a byline, a question) becomes
corrections in ``cutting.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mammoth
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from kg.corpus.cutting.corrections import Correction
from kg.corpus.cutting.kinds import (
    ANSWER,
    BYLINE,
    CAPTION,
    CREDIT,
    DATELINE,
    HEADING,
    LINK,
    PULL_QUOTE,
    QUESTION,
    SENTENCE,
)
from kg.corpus.cutting.pieces import Piece
from kg.corpus.text import read_text
from kg.errors import DataError

HTML, MARKDOWN, WORD = (".html", ".htm", ".xhtml"), (".md", ".markdown"), (".docx",)
"""Endings of files that are not plain text."""

_LEFT_OUT = frozenset(
    "script style nav form noscript template svg iframe button head object select textarea dialog".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer header"
    " h1 h2 h3 h4 h5 h6 hr li main ol p pre section summary table ul".split()
)
_KIND_OF_TAG = {"figcaption": CAPTION, "caption": CAPTION, "address": BYLINE}
_KIND_OF_CLASS = (
    (r"pull-?quote", PULL_QUOTE),
    (r"credit|copyright", CREDIT),
    (r"by-?line|author", BYLINE),
    (r"dateline|pub(lished)?-?date|timestamp", DATELINE),
    (r"caption", CAPTION),
    (r"related|read-?more|newsletter", LINK),
)
FEWEST_QUESTIONS = 2
"""Paragraphs in bold that end in a question mark make an interview from this number on."""


@dataclass(frozen=True, slots=True)
class Extract:
    """The plain text of a file. ``told`` holds kinds that markup gives to stretches of it; None: it is no heading."""

    text: str
    told: tuple[tuple[int, int, str | None], ...] = ()
    is_extracted: bool = False

    def corrections(self, pieces: list[Piece]) -> list[Correction]:
        """Return what the markup knows better than the cutter."""
        found = []
        for start, end, kind in self.told:
            for piece in pieces:
                if start <= piece.start and piece.end <= end:
                    right = kind or (SENTENCE if piece.kind == HEADING else piece.kind)
                    if right != piece.kind:
                        found.append(Correction(piece.start, piece.end, right))
        return found


def read_article(path: Path) -> Extract:
    """Return the text of a file, by its ending; raises DataError where it cannot be read."""
    ending = path.suffix.lower()
    if ending in HTML:
        return extract(read_text(path))
    if ending in MARKDOWN:
        return extract(MarkdownIt("commonmark").enable("table").render(read_text(path)))
    if ending in WORD:
        try:
            with path.open("rb") as file:
                return extract(mammoth.convert_to_html(file).value)
        except Exception as error:
            raise DataError(
                f"{path} cannot be read as a Word file: {error}. Save it as .docx or as plain text."
            ) from None
    return Extract(read_text(path))


def extract(html: str) -> Extract:
    """Return the plain text of an HTML page: of its one article, else its main part, else its body."""
    tree = LexborHTMLParser(html)
    articles = tree.css("article")
    root = articles[0] if len(articles) == 1 else tree.css_first("main") or tree.body
    blocks = list(_Reader().blocks(root)) if root is not None else []
    text, told = "", []
    for block in _with_turns(blocks):
        if text:
            text += "\n" if block.is_close else "\n\n"
        text += block.mark
        if block.is_told:
            told.append((len(text), len(text) + len(block.words), block.kind))
        text += block.words
    return Extract(text + "\n" if text else "", tuple(told), is_extracted=True)


@dataclass(slots=True)
class _Block:
    words: str
    mark: str = ""
    kind: str | None = None
    is_close: bool = False
    is_told: bool = True
    is_bold: bool = False


class _Reader:
    """Walks a tree and gives its blocks in order."""

    def blocks(self, node: LexborNode, kind: str | None = None, mark: str = "") -> Iterator[_Block]:
        """Give the blocks below a node, of a kind and with a mark where the node has one."""
        inline: list[LexborNode] = []
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag in _LEFT_OUT or "hidden" in child.attributes:
                continue
            if tag in _BLOCKS or (tag not in ("-text", "_comment") and any(n.tag in _BLOCKS for n in child.css("*"))):
                yield from self._paragraph(inline, kind, mark)
                inline = []
                yield from self._block(child, tag, kind, mark)
            elif tag != "_comment":
                inline.append(child)
        yield from self._paragraph(inline, kind, mark)

    def _block(self, node: LexborNode, tag: str, kind: str | None, mark: str) -> Iterator[_Block]:
        kind = _KIND_OF_TAG.get(tag) or _kind_of_class(node) or kind
        if re.fullmatch("h[1-6]", tag):
            yield from (_Block(words, "#" * int(tag[1]) + " ", is_told=False) for words in [_words([node])] if words)
        elif tag == "table":
            yield from self._table(node)
        elif tag in ("ul", "ol"):
            for number, item in enumerate(n for n in node.iter() if n.tag == "li"):
                for place, block in enumerate(self.blocks(item)):
                    block.mark = block.mark or ("" if place else "- ")
                    block.is_close, block.is_told = number > 0 and not place, False
                    yield block
        elif tag == "blockquote":
            yield from self.blocks(node, kind, "> ")
        else:
            yield from self.blocks(node, kind, mark)

    def _paragraph(self, nodes: list[LexborNode], kind: str | None, mark: str) -> Iterator[_Block]:
        words = _words(nodes)
        if words:
            whole = [node for node in nodes if node.tag != "-text" or (node.text() or "").strip()]
            kind = kind or (DATELINE if [node.tag for node in whole] == ["time"] else None)
            yield _Block(words, mark, kind, is_bold=all(node.tag in ("b", "strong") for node in whole))

    def _table(self, node: LexborNode) -> Iterator[_Block]:
        title = node.css_first("caption")
        if title is not None and _words([title]):
            yield _Block(_words([title]), kind=CAPTION)
        for number, row in enumerate(node.css("tr")):
            cells = [_words([cell]).replace("|", "¦") for cell in row.iter() if cell.tag in ("td", "th")]
            if any(cells):
                yield _Block(f"| {' | '.join(cells)} |", is_close=number > 0, is_told=False)


def _kind_of_class(node: LexborNode) -> str | None:
    names = f"{node.attributes.get('class') or ''} {node.attributes.get('itemprop') or ''}".lower()
    return next((kind for pattern, kind in _KIND_OF_CLASS if re.search(rf"\b(?:{pattern})\b", names)), None)


def _words(nodes: list[LexborNode]) -> str:
    parts = [node.text(deep=True) or "" if node.tag != "br" else " " for node in nodes if node.tag not in _LEFT_OUT]
    return re.sub(r"[ \t\r\n\f]+", " ", "".join(parts)).strip()


def _with_turns(blocks: list[_Block]) -> list[_Block]:
    """Return the blocks, where bold paragraphs ask, with questions and the answers below them told."""
    asked = [
        block for block in blocks if block.is_bold and not block.kind and block.words.rstrip("\"'”’»“").endswith("?")
    ]
    if len(asked) < FEWEST_QUESTIONS:
        return blocks
    started = False
    for block in blocks:
        if block.mark.startswith("#"):
            started = False
        elif block.is_told and block.kind is None and not block.mark:
            started = started or block.is_bold
            if started:
                block.kind = QUESTION if block.is_bold else ANSWER
    return blocks
