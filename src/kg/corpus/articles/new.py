"""Start the encoding of an article: from its text to the folder that an editor fills."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg.corpus.cutting import cut
from kg.corpus.cutting.corrections import FILE, write_corrections
from kg.corpus.cutting.detect import detect_language
from kg.corpus.cutting.kinds import ANSWER, SENTENCE
from kg.corpus.cutting.markup import read_article
from kg.corpus.cutting.pieces import find_pieces
from kg.corpus.evidence.anchors import anchored
from kg.corpus.evidence.placing import FILE as WORDS
from kg.corpus.evidence.placing import words_turtle
from kg.corpus.text import Passage, digest
from kg.errors import DataError, SettingsError
from kg.journal import write_all
from kg.settings import Settings
from kg.terms import SLUG

_HEAD = """\
@prefix att: <ns#> .
@prefix code: <code/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix graph: <graph/article/> .
@prefix id: <id/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

_ARTICLE = """\
# The article as a whole. Give only what its text gives, as in schema:author "…", and take that out of att:notGiven.

{head}
<article/{slug}> a att:Article ;
  rdfs:label "{label}"@en ;
  dcterms:language "{language}" ;
{reference}  att:digest "{digest}" .

<article/{slug}/voice> a att:ArticleVoice ;
  rdfs:label "the article {slug} itself"@en ;
  att:voiceOf <article/{slug}> .

<article/{slug}/encoding> a att:Encoding ;
  rdfs:label "encoding of {slug}"@en ;
  prov:used <article/{slug}> ;
  prov:wasAssociatedWith id:attested-editors ;
  dcterms:created "{today}"^^xsd:date .
"""

_EVENTS = """\
# Events as the article describes them, and the periods that are relative to it.

@prefix att: <ns#> .
@prefix code: <code/> .
@prefix e: <article/{slug}/event/> .
@prefix id: <id/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix s: <article/{slug}/statement/> .
@prefix t: <article/{slug}/period/> .
"""

_THINGS = """\
# Things that belong to this article alone, and the numbers that it prints.

@prefix att: <ns#> .
@prefix code: <code/> .
@prefix id: <id/> .
@prefix o: <article/{slug}/observation/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix t: <article/{slug}/period/> .
@prefix x: <article/{slug}/thing/> .
"""

_STATEMENTS = """\
# What the article says, in the order of its passages.
# s:007-2 is the second statement of passage 7; its words are s:007-2\\#w1, what is inferred of it s:007-2\\#i1.

@prefix att: <ns#> .
@prefix code: <code/> .
@prefix e: <article/{slug}/event/> .
@prefix id: <id/> .
@prefix o: <article/{slug}/observation/> .
@prefix p: <article/{slug}/passage/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix s: <article/{slug}/statement/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix t: <article/{slug}/period/> .
@prefix v: <article/{slug}/> .
@prefix x: <article/{slug}/thing/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class Reference:
    """What identifies an article, as far as it gives it: words as printed, dates as ISO 8601, addresses as URLs."""

    headline: str | None = None
    publisher: str | None = None
    authors: Sequence[str] = ()
    published: datetime.date | None = None
    modified: datetime.date | None = None
    address: str | None = None
    licence: str | None = None

    def to_turtle(self, language: str) -> str:
        """Return the lines on it for an article in that language; raises SettingsError for what is no address."""
        for name, value in (("address", self.address), ("licence", self.licence if _is_url(self.licence) else None)):
            if value is not None and not _ADDRESS.fullmatch(value):
                raise SettingsError(f"{value!r} is no {name}: give one that begins with http:// or https://.")
        licence = self.licence and (f"<{self.licence}>" if _is_url(self.licence) else _literal(self.licence))
        given = {
            "headline": self.headline and f"{_literal(self.headline)}@{language}",
            "author": " , ".join(map(_literal, self.authors)),
            "publisher": self.publisher and _literal(self.publisher),
            "datePublished": self.published and f'"{self.published}"^^xsd:date',
            "dateModified": self.modified and f'"{self.modified}"^^xsd:date',
            "url": self.address and f"<{self.address}>",
            "license": licence,
        }
        lines = [f"  schema:{name} {value} ;\n" for name, value in given.items() if value]
        lacking = [f"schema:{name}" for name, value in given.items() if not value]
        return "".join(lines) + (f"  att:notGiven {' , '.join(lacking)} ;\n" if lacking else "")


@dataclass(frozen=True, slots=True)
class Started:
    """An article that was begun: its folder, text, language and passages, and where its text was written, if it was."""

    folder: Path
    text: str
    language: str
    passages: list[Passage]
    text_file: Path | None = field(default=None)

    def lines(self) -> list[str]:
        """Return each passage with its number, kind, speaker and words."""
        return passage_lines(self.passages, self.text)


def passage_lines(passages: Sequence[Passage], text: str) -> list[str]:
    """Return a line for each passage: number, section, kind, offsets, and its words, which no file of ours contains."""
    lines = []
    for p in passages:
        section = f"§{p.section}" if p.section else ""
        speaker = f"{p.speaker}: " if p.speaker else ""
        mark = "*" if p.is_corrected else " "
        words = " ".join(text[p.start : p.end].split())
        lines.append(f"{p.number:4d}{mark} {section:<5} {p.kind:<12} {p.start}–{p.end}  {speaker}{words}")
    return lines


def start_article(
    settings: Settings, slug: str, file: Path, language: str | None = None, reference: Reference | None = None
) -> Started:
    """Write an article's folder, its statements still to be filled in, and return what was begun.

    The language is detected where none is given. Of HTML, Markdown and Word files the plain text, in which offsets
    count, is written next to the file as SLUG.txt; no text is ever written below the data. Raises SettingsError for a
    slug, language or address of the wrong form, DataError where the folder exists, the file cannot be read, the
    language is not recognised, or the text has no sentence. Nothing is left behind on failure.
    """
    if not SLUG.fullmatch(slug):
        raise SettingsError(f"{slug!r} cannot name an article: use lower-case letters, digits and single hyphens.")
    folder = settings.data_dir / "articles" / slug
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise DataError(f"{folder} exists already. Choose another name, or remove the folder to start afresh.")
    extract = read_article(file)
    language = _language_of(extract.text, language, file)
    pieces = find_pieces(extract.text, language)
    corrections = extract.corrections(pieces)
    passages = cut(extract.text, language, corrections)
    if not any(passage.kind in (SENTENCE, ANSWER) for passage in passages):
        raise DataError(f"{file} holds no sentence. Give a plain text in UTF-8, a paragraph a line.")
    files = _files(slug, extract.text, language, reference or Reference(), passages)
    if corrections:
        files[FILE] = write_corrections(corrections, slug, extract.text)
    text_file = file.with_name(f"{slug}.txt") if extract.is_extracted else None
    texts = {} if text_file is None else {text_file: text_there(text_file, extract.text)}
    _write(settings.data_dir, folder, files, {path: (there, extract.text) for path, there in texts.items()})
    return Started(folder, extract.text, language, passages, text_file)


def _language_of(text: str, given: str | None, file: Path) -> str:
    if given is not None and not _LANGUAGE.fullmatch(given):
        raise SettingsError(f"{given!r} is no language: give a code as in en, de or fr-CA.")
    language = given or detect_language(text)
    if language is None and text.strip():
        raise DataError(f"The language of {file} cannot be detected in its text. Give it, as in --language en.")
    return language or "und"


def _files(slug: str, text: str, language: str, reference: Reference, passages: Sequence[Passage]) -> dict[str, str]:
    article = _ARTICLE.format(
        head=_HEAD,
        slug=slug,
        label=slug.replace("-", " "),
        language=language,
        reference=reference.to_turtle(language),
        digest=digest(text),
        today=datetime.date.today(),
    )
    names = [f"{passage.number:03d}" for passage in passages]
    return {
        "article.ttl": article,
        "passages.ttl": passages_turtle(slug, passages),
        "events.ttl": _EVENTS.format(slug=slug),
        "things.ttl": _THINGS.format(slug=slug),
        "statements-001.ttl": anchored(_STATEMENTS.format(slug=slug), names),
        WORDS: words_turtle(names, "", {}),
    }


def _is_url(value: str | None) -> bool:
    return value is not None and re.match(r"\w+://", value) is not None


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")
    return f'"{escaped}"'


def text_there(path: Path, text: str, replaced: str | None = None) -> bytes | None:
    """Return what the file holds where a text is to be written, None where there is none.

    Raises DataError where it holds another text, unless it is the one of the digest ``replaced``.
    """
    try:
        content = path.read_bytes() if path.exists() else None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    if content is None or content == text.encode():
        return content
    if replaced is None or digest(content.decode("utf-8-sig", "replace")) != replaced:
        raise DataError(f"{path} exists already and holds another text. Move it away, or choose another name.")
    return content


def _write(data: Path, folder: Path, files: dict[str, str], texts: Mapping[Path, tuple[bytes | None, str]]) -> None:
    """Make the folder with all the files, and the texts beside it or, where that fails, nothing; raises DataError."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{data} cannot be written: {error.strerror}. Nothing was kept.") from None
    changes: dict[Path, bytes | None] = {folder / name: content.encode() for name, content in files.items()}
    found: dict[Path, bytes | None] = dict.fromkeys(changes)
    changes |= {path: text.encode() for path, (_, text) in texts.items()}
    write_all(changes, data, found | {path: there for path, (there, _) in texts.items()})


def passages_turtle(slug: str, passages: Sequence[Passage], names: Mapping[int, str] | None = None) -> str:
    """Return the passages as Turtle, in the order of the document.

    ``names`` gives the name of each by its number, as in its IRI; without it, they are named by number.
    """
    called = names or {passage.number: f"{passage.number:03d}" for passage in passages}
    lines = [
        "# Where each passage of the article stands. Made by `kg new` from the text; not edited by hand.",
        "# Offsets count Unicode code points; the digest is of the passage's normalised text.",
        "",
        "@prefix att: <ns#> .",
        "@prefix code: <code/> .",
        "@prefix oa: <http://www.w3.org/ns/oa#> .",
        f"@prefix p: <article/{slug}/passage/> .",
        "",
    ]
    for passage in passages:
        lines += _passage_lines(slug, passage, called)
    return "\n".join(lines)


def _passage_lines(slug: str, passage: Passage, names: Mapping[int, str]) -> list[str]:
    name = names[passage.number]
    section = [f"  att:section p:{names[passage.section]} ;"] if passage.section else []
    return [
        f"p:{name} a att:Passage ;",
        f"  att:number {passage.number} ;",
        f"  att:kind code:{passage.kind} ;",
        *section,
        *([f"  att:speaker {_literal(passage.speaker)} ;"] if passage.speaker else []),
        *(["  att:corrected true ;"] if passage.is_corrected else []),
        f"  oa:hasSource <article/{slug}> ;",
        f"  oa:hasSelector <article/{slug}/passage/{name}#position> ;",
        f'  att:digest "{passage.digest}" .',
        f"<article/{slug}/passage/{name}#position> a oa:TextPositionSelector ;",
        f"  oa:start {passage.start} ; oa:end {passage.end} .",
        "",
    ]
