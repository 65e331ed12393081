"""Start the encoding of an article: from its text to the folder that an editor fills."""

from __future__ import annotations

import datetime
import shutil
from collections import Counter
from pathlib import Path

from kg.corpus.text import SENTENCE, Passage, cut, digest, read_text
from kg.errors import DataError, SettingsError
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
  dcterms:language "en" ;
  att:notGiven schema:headline , schema:author , schema:publisher , schema:datePublished , schema:url ;
  att:digest "{digest}" .

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
@prefix t: <article/{slug}/period/> .
@prefix v: <article/{slug}/> .
@prefix x: <article/{slug}/thing/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def start_article(settings: Settings, slug: str, text_file: Path) -> tuple[Path, Counter[str]]:
    """Write an article's folder, its statements still to be filled in; return the folder and the passages by kind.

    Raises SettingsError for a slug of the wrong form, DataError where the folder exists or the text has no passage.
    Nothing is left behind on failure, and the text itself is never written.
    """
    if not SLUG.fullmatch(slug):
        raise SettingsError(f"{slug!r} cannot name an article: use lower-case letters, digits and single hyphens.")
    folder = settings.data_dir / "articles" / slug
    if folder.exists():
        raise DataError(f"{folder} exists already. Choose another name, or remove the folder to start afresh.")
    text = read_text(text_file)
    passages = cut(text)
    if not any(passage.kind == SENTENCE for passage in passages):
        raise DataError(f"{text_file} holds no sentence. Give a plain text in UTF-8, a paragraph a line.")
    files = {
        "article.ttl": _ARTICLE.format(
            head=_HEAD,
            slug=slug,
            label=slug.replace("-", " "),
            digest=digest(text),
            today=datetime.date.today(),
        ),
        "passages.ttl": passages_turtle(slug, passages),
        "events.ttl": _EVENTS.format(slug=slug),
        "things.ttl": _THINGS.format(slug=slug),
        "statements-001.ttl": _STATEMENTS.format(slug=slug),
    }
    _write(folder, files)
    return folder, Counter(passage.kind for passage in passages)


def _write(folder: Path, files: dict[str, str]) -> None:
    """Make the folder with all the files or, where that fails, nothing; raises DataError then."""
    try:
        folder.mkdir(parents=True)
        try:
            for name, content in files.items():
                (folder / name).write_text(content, encoding="utf-8")
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror}. Nothing was kept.") from None


def passages_turtle(slug: str, passages: list[Passage]) -> str:
    """Return the passages as Turtle, in the order of the document."""
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
        lines += _passage_lines(slug, passage)
    return "\n".join(lines)


def _passage_lines(slug: str, passage: Passage) -> list[str]:
    name = f"{passage.number:03d}"
    section = [f"  att:section p:{passage.section:03d} ;"] if passage.section else []
    return [
        f"p:{name} a att:Passage ;",
        f"  att:number {passage.number} ;",
        f"  att:kind code:{passage.kind} ;",
        *section,
        f"  oa:hasSource <article/{slug}> ;",
        f"  oa:hasSelector <article/{slug}/passage/{name}#position> ;",
        f'  att:digest "{passage.digest}" .',
        f"<article/{slug}/passage/{name}#position> a oa:TextPositionSelector ;",
        f"  oa:start {passage.start} ; oa:end {passage.end} .",
        "",
    ]
