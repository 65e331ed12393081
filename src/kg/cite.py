"""Citations: what is cited of a release, and its reference as text, BibTeX, RIS and CSL-JSON.

A release never changes, so a reference names one and needs no day of access. Its author is the encoder of what is
cited: the claimant of a statement did not write the statement, and is named in the ``detail``.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

AUTHOR = "Attested editors"
TITLE = "Attested"
"""Name of the dataset, as references have it."""
BIBTEX = "application/x-bibtex"
RIS = "application/x-research-info-systems"
CSL = "application/vnd.citationstyles.csl+json"
TEXT = "text/plain"
FORMS = {"bib": BIBTEX, "ris": RIS, "csl.json": CSL, "txt": TEXT}
"""Suffix → media type of each form of a reference."""
NAMES = {"bib": "BibTeX", "ris": "RIS", "csl.json": "CSL-JSON", "txt": "Text"}
"""Suffix → what people call the form."""

WHOLE = ("dataset", "release", "article", "query")
"""Kinds that are cited as data; any other is an entry in the dataset."""

_BIBTEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    **{c: f"\\{c}" for c in "$&#_%"},
}
"""Characters that mean something to BibTeX or TeX. BibTeX counts braces even behind a backslash, so none is written."""


@dataclass(frozen=True, slots=True)
class Article:
    """The article that something is said in, with its own reference as its text gives it; "" is what it does not give.

    ``label`` is what this dataset calls the article; ``date`` is a year, month or day in ISO 8601; ``iri`` is the name
    of the article here, ``digest`` the SHA-256 of its text.
    """

    label: str
    headline: str
    author: str
    publisher: str
    date: str
    url: str
    iri: str
    digest: str

    @property
    def title(self) -> str:
        """The title as printed, or else our own words in square brackets, as bibliographies write those."""
        return self.headline or f"[{self.label}]"

    @property
    def key(self) -> str:
        """A key for reference lists."""
        return _key(f"article-{self.iri.rpartition('/')[2]}")

    @property
    def missing(self) -> str:
        """What a reference has and the article does not give, in words; "" where it gives all."""
        named = {"title": self.headline, "author": self.author, "publisher": self.publisher, "date": self.date}
        lacking = [name for name, given in named.items() if not given]
        return f"{', '.join(lacking)} not given" if lacking else ""

    @property
    def note(self) -> str:
        """What identifies the article, however little its record says."""
        lacking = f"{self.missing[0].upper()}{self.missing[1:]} in the available text. " if self.missing else ""
        return f"{lacking}SHA-256 of the text: {self.digest}"

    @property
    def date_parts(self) -> list[int]:
        """The year, month and day as numbers, as far as they are given."""
        match = re.match(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?", self.date)
        return [int(part) for part in match.groups() if part] if match else []


@dataclass(frozen=True, slots=True)
class Citation:
    """What is cited, as one release has it.

    ``kind`` is statement, entity, article, query, release and the like; ``detail`` says what a title cannot, such as
    whose statement it is. ``iri`` is the name of the thing whatever the release, ``url`` where this release's record of
    it is read. ``issued`` is UTC in ISO 8601, ``digest`` the SHA-256 of the release's canonical N-Quads. ``article`` is
    what it is said in: a second reference next to this one, whose author is not ours.
    """

    kind: str
    title: str
    detail: str
    iri: str
    url: str
    release: str
    issued: str
    digest: str
    article: Article | None = None

    @property
    def key(self) -> str:
        """A key for reference lists: the kind, the last parts of the IRI and the release."""
        parts = re.sub(r"^https?://[^/]*/", "", self.iri)
        if len(parts) > 80:  # of a query's own address
            parts = digest_of(parts)[:12]
        return _key(f"attested-{parts}-{self.release}")

    @property
    def date(self) -> datetime.date:
        """The day on which the release was issued."""
        return datetime.datetime.fromisoformat(self.issued).date()

    @property
    def note(self) -> str:
        """What a reference says of the release besides its name: its digest, and the IRI of what is cited."""
        detail = f"{self.detail}. " if self.detail else ""
        return f"{detail}IRI: {self.iri}. Release {self.release}, SHA-256 of its canonical N-Quads: {self.digest}"

    @property
    def is_entry(self) -> bool:
        """True for one record of the dataset."""
        return self.kind not in WHOLE


def digest_of(text: str) -> str:
    """Return the hexadecimal SHA-256 of a text, by which a query is known."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def write(citation: Citation, media_type: str) -> str:
    """Return the reference as one of FORMS' media types; raises KeyError for another."""
    return _WRITERS[media_type](citation)


def to_text(citation: Citation) -> str:
    """Return the reference as one line for people, without a line end."""
    day = f"{citation.date.day} {citation.date:%B %Y}"
    about = f"{citation.kind}; {citation.detail}" if citation.detail else citation.kind
    source = f" Said in: {_article_text(citation.article)}" if citation.article else ""
    return _line(
        f"{AUTHOR} ({citation.date.year}). “{citation.title}” [{about}].{source} {TITLE}, release"
        f" {citation.release} ({day}), sha256:{citation.digest}. {citation.url}"
    )


def _article_text(article: Article) -> str:
    """Return the article's own reference in one line; what it does not give is named as not given."""
    author = f"{article.author}, " if article.author else ""
    rest = ", ".join(part for part in (article.publisher, article.date, article.url) if part)
    end = f" ({article.missing})" if article.missing else ""
    title = f"“{article.title}”" if article.headline else article.title
    return f"{author}{title}{', ' if rest else ''}{rest}{end}."


def to_bibtex(citation: Citation) -> str:
    """Return a ``@misc`` entry, which every style knows. Double braces keep capitals and names as they are."""
    date = citation.date
    fields = {
        "author": f"{{{_bibtex(AUTHOR)}}}",
        "title": f"{{{_bibtex(citation.title)}}}",
        "howpublished": _bibtex(f"{TITLE}, {citation.kind}" if citation.is_entry else TITLE),
        "version": _bibtex(citation.release),
        "year": str(date.year),
        "month": f"{date:%m}".lstrip("0"),
        "url": citation.url,
        "note": _bibtex(citation.note),
    }
    own = _bibtex_entry(citation.key, fields)
    return own + ("\n" + _bibtex_article(citation.article) if citation.article else "")


def _bibtex_article(article: Article) -> str:
    """Return the article's own entry, with the fields that it gives."""
    parts = article.date_parts
    fields = {
        "author": f"{{{_bibtex(article.author)}}}" if article.author else "",
        "title": f"{{{_bibtex(article.title)}}}",
        "howpublished": _bibtex(article.publisher),
        "year": str(parts[0]) if parts else "",
        "month": str(parts[1]) if parts[1:] else "",
        "url": article.url,
        "note": _bibtex(article.note),
    }
    return _bibtex_entry(article.key, {name: value for name, value in fields.items() if value})


def _bibtex_entry(key: str, fields: dict[str, str]) -> str:
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{key},\n{body}}}\n"


def to_ris(citation: Citation) -> str:
    """Return a record of a web page for an entry, else of a dataset; RIS has no escapes, and lines end in CR LF."""
    lines = [
        ("TY", "ELEC" if citation.is_entry else "DATA"),
        ("ID", citation.key),
        ("AU", AUTHOR),
        ("TI", citation.title),
        *([("T2", TITLE)] if citation.is_entry else []),
        ("PB", TITLE),
        ("PY", str(citation.date.year)),
        ("DA", f"{citation.date:%Y/%m/%d}"),
        ("ET", citation.release),
        ("LA", "en"),
        ("UR", citation.url),
        ("N1", citation.note),
        ("ER", ""),
    ]
    return _ris(lines) + (_ris_article(citation.article) if citation.article else "")


def _ris_article(article: Article) -> str:
    """Return the article's own record, with the fields that it gives."""
    parts = article.date_parts
    given = [
        ("TY", "NEWS"),
        ("ID", article.key),
        ("AU", article.author),
        ("TI", article.title),
        ("PB", article.publisher),
        ("PY", str(parts[0]) if parts else ""),
        ("DA", "/".join(f"{part:02}" for part in parts)),
        ("UR", article.url),
        ("N1", article.note),
    ]
    return _ris([(tag, value) for tag, value in given if value] + [("ER", "")])


def _ris(lines: list[tuple[str, str]]) -> str:
    return "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in lines)


def to_csl(citation: Citation) -> str:
    """Return a list of CSL-JSON 1.0.2: what is cited and, where it is said in an article, that article."""
    date = citation.date
    item = {
        "id": citation.key,
        "type": "entry" if citation.is_entry else "dataset",
        "title": _line(citation.title),
        "author": [{"literal": AUTHOR}],
        **({"container-title": TITLE} if citation.is_entry else {}),
        "publisher": TITLE,
        "genre": citation.kind,
        "version": citation.release,
        "issued": {"date-parts": [[date.year, date.month, date.day]]},
        "language": "en",
        "URL": citation.url,
        "note": _line(citation.note),
    }
    items = [item, *([_csl_article(citation.article)] if citation.article else [])]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _csl_article(article: Article) -> dict[str, object]:
    """Return the article's own item, with the fields that it gives."""
    given: dict[str, object] = {
        "id": article.key,
        "type": "article-newspaper",
        "title": _line(article.title),
        "author": [{"literal": article.author}] if article.author else None,
        "publisher": article.publisher,
        "issued": {"date-parts": [article.date_parts]} if article.date_parts else None,
        "URL": article.url,
        "note": _line(article.note),
    }
    return {name: value for name, value in given.items() if value}


_WRITERS: dict[str, Callable[[Citation], str]] = {
    BIBTEX: to_bibtex,
    RIS: to_ris,
    CSL: to_csl,
    TEXT: lambda citation: to_text(citation) + "\n",
}


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _line(text: str) -> str:
    """Return a text in one line, without control characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).split())


def _bibtex(text: str) -> str:
    return "".join(_BIBTEX_ESCAPES.get(c, c) for c in _line(text))
