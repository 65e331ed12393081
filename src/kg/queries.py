"""The catalogue of stored queries: ``queries/<name>.rq``, each a question in words and in SPARQL.

A file opens with comment lines ``# key: value``, of which *title*, *description* and *keywords* are required. Relative
IRIs resolve against the base IRI. ``queries/export/<name>.rq`` give the statements in another vocabulary; they have a
line *formats* more, with the suffixes of the forms in which ``/export/<name>`` gives their answer.

A question may be asked of one value of a column only: a line ``# parameter: claimant, an Actor such as Russia: who
makes the statement`` names the column, the kind of its values, one of them, and what they are. A kind with a capital
is a class of the ontology (or Thing, or Code): its values are IRIs, and may be given as an IRI, as the last part of
one, or as a name. The column must be bound outside OPTIONAL and be no aggregate, since a row without a value would
else be given the one that is asked for.

Lines ``# title@de: …``, ``# description@de: …`` and ``# parameter@de: claimant: wer die Aussage macht`` say the same
in another language, here German.

A line ``# replaces: old-name?parameter=value`` names a stored query that an earlier release had: its addresses lead to
this one, with these parameters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from kg.errors import DataError

EXPORTS = "export"
"""Folder, below that of the queries, of those that are exports."""

LITERAL_KINDS = ("label", "string", "integer", "date")
"""Kinds of parameters whose values are literals. A label is in English."""

ANY_THING, ANY_CODE, ANY_IRI = "Thing", "Code", "IRI"
"""Kinds of parameters whose values are IRIs, besides the classes of the ontology: anything with a name, a concept of a
code list, and any IRI, which may be relative to the base IRI."""

_HEADER = re.compile(r"#\s*(title|description|keywords|formats|parameter|replaces):\s*(.*\S)\s*$")
_TRANSLATED = re.compile(r"#\s*(title|description|parameter)@([a-z]{2}):\s*(.*\S)\s*$")
_NAMED = re.compile(r"(\w+): (.+)")
_PARAMETER = re.compile(rf"(\w+), an? ({'|'.join(LITERAL_KINDS)}|[A-Z]\w*) such as (.+?): (.+)")
_REPLACED = re.compile(r"[a-z0-9-]+(?:\?[\w-]+=[\w/%.-]+(?:&[\w-]+=[\w/%.-]+)*)?")
_FORM = re.compile(r"^(SELECT|CONSTRUCT|ASK|DESCRIBE)\b", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PAGED = re.compile(
    r"(?P<head>.*?^)(?P<select>SELECT\b(?P<columns>.*?)\bWHERE\b.*)^(?P<order>ORDER BY\b.*)", re.MULTILINE | re.DOTALL
)
_GROUPED = re.compile(r"^(?:GROUP BY|HAVING)\b", re.MULTILINE)
REQUIRED = ("title", "description", "keywords")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of a stored query that may be given a value.

    ``kind`` is one of LITERAL_KINDS, ANY_THING, ANY_CODE, ANY_IRI or the name of a class; ``example`` is such a value.
    """

    name: str
    kind: str
    example: str
    description: str
    translations: tuple[tuple[str, str], ...] = ()
    """Languages, each with the description in it."""


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """One question. ``text`` is complete SPARQL that needs nothing else, and ``form`` its keyword, such as SELECT.

    ``formats`` are the suffixes of the forms of an export; a question that is none has no such.
    """

    name: str
    title: str
    description: str
    keywords: tuple[str, ...]
    text: str
    form: str
    formats: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    replaces: tuple[str, ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    descriptions: tuple[tuple[str, str], ...] = ()
    """Title and description in other languages than English, each behind its language."""


def read_queries(folder: Path, base_iri: str) -> list[StoredQuery]:
    """Return the stored queries of a folder, exports among them, in the order of their names.

    Raises DataError, naming file and line, for a header that lacks a key or cannot be read, or a name given twice; and
    where the folder holds no query.
    """
    if not any(folder.glob("*.rq")):
        raise DataError(f"{folder} holds no .rq file. Restore the stored queries, or set KG_HOME to the folder of kg.")
    paths: dict[str, Path] = {}
    for path in sorted([*folder.glob("*.rq"), *(folder / EXPORTS).glob("*.rq")]):
        other = paths.setdefault(path.stem, path)
        if other != path:
            raise DataError(f"{path}: {other} has the same name. Every stored query needs a name of its own.")
    return [read_query(path, base_iri) for _, path in sorted(paths.items())]


def read_query(path: Path, base_iri: str) -> StoredQuery:
    """Return the stored query of one file; raises DataError as read_queries does."""
    if not _NAME.fullmatch(path.stem):
        raise DataError(f"{path}: name the file with lower-case letters, digits and hyphens, as in who-claims.rq.")
    lines = _read(path).splitlines()
    header = _read_header(path, lines)
    found = header.values
    required = (*REQUIRED, "formats") if path.parent.name == EXPORTS else REQUIRED
    missing = [key for key in required if key not in found]
    if missing:
        raise DataError(f"{path}:1: the header lacks {', '.join(missing)}; add a line '# {missing[0]}: …'.")
    text = "\n".join(lines).strip()
    form = _FORM.search(text)
    if form is None:
        raise DataError(f"{path}: no line starts with SELECT, CONSTRUCT, ASK or DESCRIBE. Put the keyword first.")
    return StoredQuery(
        name=path.stem,
        title=found["title"],
        description=found["description"],
        keywords=tuple(k.strip() for k in found["keywords"].split(",")),
        text=f"BASE <{base_iri}>\n{text}\n",
        form=form.group(1),
        formats=tuple(found.get("formats", "").split()),
        parameters=_translate(path, header),
        replaces=tuple(header.replaces),
        titles=tuple((language, text) for key, language, text in header.translated if key == "title"),
        descriptions=tuple((language, text) for key, language, text in header.translated if key == "description"),
    )


@dataclass(slots=True)
class _Header:
    values: dict[str, str] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    replaces: list[str] = field(default_factory=list)
    translated: list[tuple[str, str, str]] = field(default_factory=list)
    """Key, language and text of what is said in another language."""


def _read_header(path: Path, lines: list[str]) -> _Header:
    """Take the lines of the header from those of a file, and return what they say."""
    header = _Header()
    while lines and (line := _HEADER.match(lines[0]) or _TRANSLATED.match(lines[0])):
        lines.pop(0)
        if line.re is _TRANSLATED:
            header.translated.append((line[1], line[2], line[3]))
        elif line[1] == "parameter":
            header.parameters.append(_read_parameter(path, line[2]))
        elif line[1] == "replaces":
            header.replaces.append(_read_replaced(path, line[2]))
        else:
            header.values[line[1]] = line[2]
    return header


def _translate(path: Path, header: _Header) -> tuple[Parameter, ...]:
    """Return the parameters with their descriptions in other languages."""
    said: dict[str, list[tuple[str, str]]] = {each.name: [] for each in header.parameters}
    for key, language, text in header.translated:
        if key != "parameter":
            continue
        match = _NAMED.fullmatch(text)
        if match is None or match[1] not in said:
            names = ", ".join(said) or "none"
            raise DataError(
                f"{path}:1: the line 'parameter@{language}: {text}' must begin with the name of a parameter and a"
                f" colon. There is {names}."
            )
        said[match[1]].append((language, match[2]))
    return tuple(replace(each, translations=tuple(said[each.name])) for each in header.parameters)


def page(text: str, limit: int, offset: int = 0) -> str:
    """Return a SELECT that gives at most so many rows of a stored query's answer, behind so many others.

    To sort an answer, an engine needs the whole of it. So rows are taken in the order in which it finds them, which
    stays the same as long as the data do, and each page is sorted by itself; an answer that fits on one page is sorted
    as a whole. A query that groups its rows looks at all of them anyway: its pages are cut from the sorted answer.
    """
    cut = f"LIMIT {limit} OFFSET {offset}"
    parts = _PAGED.fullmatch(text)
    if parts is None or _GROUPED.search(text) or "(" in parts["columns"]:
        return f"{text}\n{cut}\n"
    columns = parts["columns"].replace("DISTINCT", "").strip()
    return f"{parts['head']}SELECT {columns} WHERE {{ {{\n{parts['select']}{cut}\n}} }}\n{parts['order']}"


def _read_parameter(path: Path, text: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        kinds = ", ".join((*LITERAL_KINDS, ANY_IRI, ANY_THING, ANY_CODE, "Actor"))
        raise DataError(
            f"{path}:1: the parameter {text!r} cannot be read. Write '# parameter: NAME, a KIND such as EXAMPLE:"
            f" what it is', with one of the kinds {kinds} or another class of the ontology."
        )
    return Parameter(match[1], match[2], match[3], match[4])


def _read_replaced(path: Path, text: str) -> str:
    if not _REPLACED.fullmatch(text):
        raise DataError(f"{path}:1: {text!r} names no stored query. Write '# replaces: old-name' or 'old-name?x=id/y'.")
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: the file is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
