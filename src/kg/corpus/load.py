"""Turtle files → one dataset, in which each triple remembers its file and line.

Which named graph a file belongs to follows from where it stands: ``data/articles/<slug>/`` is a graph of its own, and
the authority records, the code lists, the ontology, the shapes and the stored queries are one each.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDFS, SH, XSD
from rdflib.plugins.parsers.notation3 import BadSyntax, RDFSink, SinkParser
from rdflib.term import Node, _is_valid_uri

from kg.corpus.files import read_bytes
from kg.corpus.report import VIOLATION, Place, Result
from kg.errors import DataError
from kg.queries import ANY_CODE, ANY_IRI, ANY_THING, EXPORTS, Parameter, read_queries
from kg.settings import Settings
from kg.terms import PREFIXES, SLUG, Iris

Triple = tuple[Node, Node, Node]
Reading = Callable[[Path], None]
"""Told of each file before it is read."""

ONTOLOGY_FILES = {
    "kg.ttl": "ontology",
    "statements.ttl": "ontology",
    "wording.ttl": "ontology",
    "links.ttl": "ontology",
    "figures.ttl": "ontology",
    "time.ttl": "ontology",
    "entities.ttl": "ontology",
    "alignments.ttl": "ontology",
    "shapes.ttl": "shapes",
    "record-shapes.ttl": "shapes",
    "check-shapes.ttl": "shapes",
    "term-shapes.ttl": "shapes",
}
"""Files of the ontology folder and the graph of each."""

OTHER_SUFFIXES = frozenset({".jsonld", ".n3", ".nq", ".nt", ".owl", ".rdf", ".trig", ".ttl", ".xml"})
"""Ends of the names of files that hold RDF; of these, only .ttl in small letters is read."""

APART = frozenset({"shapes", "queries"})
"""Graphs whose things are not data."""

_SCHEMA = PREFIXES["schema"]
_DATATYPES = {"label": RDF.langString, "string": XSD.string, "integer": XSD.integer, "date": XSD.date}
"""Kind of a stored query's parameter → the datatype of its values."""
_NOT_OURS = {
    ANY_IRI: (SH.nodeKind, SH.IRI),
    ANY_THING: (SH["class"], RDFS.Resource),
    ANY_CODE: (SH["class"], URIRef(PREFIXES["skos"] + "Concept")),
}
"""Kind of a parameter whose values are IRIs of no class of the ontology's → what says so."""

# What rdflib warns of, a day that does not exist or an IRI that is none, is reported as a finding with its line.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)


@dataclass(slots=True)
class Corpus:
    """All that was read: the named graphs, where each triple stands, the articles, and what is wrong with the files."""

    iris: Iris
    graphs: dict[URIRef, Graph] = field(default_factory=dict)
    data: Graph = field(default_factory=Graph)
    """The union of all graphs but the shapes and the stored queries: what is validated."""
    slugs: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    places: dict[Triple, Place] = field(default_factory=dict)
    graph_of: dict[Triple, URIRef] = field(default_factory=dict)  # holds every triple, in the order of reading
    _nodes: dict[Node, Place] = field(default_factory=dict)

    def place(self, focus: Node | None, path: Node | None = None, value: Node | None = None) -> Place | None:
        """Return where a triple stands, or failing that its subject, or failing that where the node is used."""
        if focus is not None and path is not None and value is not None:
            found = self.places.get((focus, path, value))
            if found:
                return found
        return self._nodes.get(focus) if focus is not None else None

    def add(self, graph: Graph, triple: Triple, place: Place | None = None) -> None:
        """Add a triple, and report it where another graph holds it already. What no file holds has no place."""
        graph_iri = URIRef(str(graph.identifier))
        other = self.graph_of.setdefault(triple, graph_iri)
        if other != graph_iri:
            self.results.append(Result(VIOLATION, "TripleInOneGraph", triple[0], triple[1], triple[2], None, place))
            return
        graph.add(triple)
        if graph_iri.removeprefix(self.iris.graph("")) not in APART:
            self.data.add(triple)
        if place is None:
            return
        self.places.setdefault(triple, place)
        subject, _, value = triple
        if subject not in self._nodes or self._nodes[subject].is_use:
            self._nodes[subject] = place
        if isinstance(value, URIRef | BNode):
            self._nodes.setdefault(value, Place(place.file, place.line, is_use=True))

    def graph(self, name: str) -> Graph:
        """Return the named graph of that short name, a new one where there is none yet."""
        iri = URIRef(self.iris.graph(name))
        return self.graphs.setdefault(iri, Graph(identifier=iri))


def load_corpus(settings: Settings, reading: Reading = lambda _: None) -> Corpus:
    """Return what the ontology, data and query folders hold; ``reading`` is told of each file before it is read.

    Syntax errors become results of the corpus, one for each file. Raises DataError where a folder is missing or empty,
    so that nothing is ever reported as sound because nothing was read, and for a file that kg.corpus.files refuses.
    """
    corpus = Corpus(Iris(settings.base_iri))
    for path, graph_name in _files(settings, corpus):
        reading(path)
        folder = settings.ontology_dir if graph_name in ONTOLOGY_FILES.values() else settings.data_dir
        _read_turtle(corpus, path, read_bytes(path, folder, settings.check_bytes), corpus.graph(graph_name))
    _add_queries(corpus, settings.queries_dir)
    return corpus


def _files(settings: Settings, corpus: Corpus) -> Iterator[tuple[Path, str]]:
    for name, graph_name in ONTOLOGY_FILES.items():
        path = settings.ontology_dir / name
        if not path.is_file():
            raise DataError(f"{path} is missing. Run kg in the folder that holds ontology/, or set KG_HOME to it.")
        yield path, graph_name
    data = settings.data_dir
    if not data.is_dir():
        raise DataError(f"{data} is not a folder. Name the data folder, as in: kg check data")
    for name, graph_name in (("authority", "authority"), ("codes", "codes")):
        found = sorted((data / name).glob("*.ttl"))
        if not found:
            raise DataError(f"{data / name} holds no .ttl file. A data folder needs authority/, codes/ and articles/.")
        yield from ((path, graph_name) for path in found)
    articles = sorted(path for path in (data / "articles").glob("*") if path.is_dir())
    if not articles:
        raise DataError(f"{data / 'articles'} holds no article. Start one with: kg new SLUG --text FILE")
    for folder in articles:
        if not SLUG.fullmatch(folder.name):
            raise DataError(f"{folder}: name an article's folder with lower-case letters, digits and hyphens.")
        corpus.slugs.append(folder.name)
        found = sorted(folder.glob("*.ttl"))
        if not found:
            raise DataError(f"{folder} holds no .ttl file. Remove the folder or restore its files.")
        yield from ((path, f"article/{folder.name}") for path in found)
    _refuse_strays(settings)


def _refuse_strays(settings: Settings) -> None:
    """Raise DataError for a file of RDF that is never read, so that nothing in it could be found wrong."""
    data = settings.data_dir
    read = {*data.glob("authority/*.ttl"), *data.glob("codes/*.ttl"), *data.glob("articles/*/*.ttl")}
    read |= {settings.ontology_dir / name for name in ONTOLOGY_FILES}
    files = (path for folder in (data, settings.ontology_dir) for path in folder.rglob("*"))
    strays = sorted({path for path in files if path.suffix.lower() in OTHER_SUFFIXES} - read)
    if strays and strays[0].suffix != ".ttl":
        raise DataError(f"{strays[0]} is never read: data are Turtle, in files called .ttl. Convert it, or remove it.")
    if strays:
        raise DataError(f"{strays[0]} is never read. Move it into authority/, codes/ or articles/SLUG/, or remove it.")


class _Sink(RDFSink):
    """Hands each triple to the corpus with the line on which the parser stands."""

    def __init__(self, corpus: Corpus, graph: Graph, path: Path) -> None:
        super().__init__(graph)
        self._corpus, self._path = corpus, path
        self.parser: SinkParser | None = None

    def newLiteral(self, s: str, dt: URIRef | None, lang: str | None) -> Literal:  # noqa: N802 - rdflib's name
        # As written: rdflib would turn "01" into "1" before any check could see it.
        return Literal(s, datatype=dt, lang=lang, normalize=False)

    def makeStatement(self, quadruple: tuple[Any, ...], why: Any = None) -> None:  # noqa: ARG002, N802 - rdflib's name
        formula, predicate, subject, value = quadruple
        subject, predicate, value = (self.normalise(formula, term) for term in (subject, predicate, value))
        _refuse_non_rdf(subject, predicate, value)
        line = self.parser.lines + 1 if self.parser else 0
        self._corpus.add(self.graph, (subject, predicate, value), Place(self._path, line))


class _Parser(SinkParser):
    """rdflib's parser, which counts a line end twice where it looks twice at what follows."""

    _furthest = 0

    def skipSpace(self, argstr: str, i: int) -> int:  # noqa: N802 - rdflib's name
        """Return where the next token starts, counting the lines up to there once."""
        before = self.lines
        end = super().skipSpace(argstr, i)
        if i < self._furthest:
            self.lines = before
        self._furthest = max(self._furthest, end)
        return end


class _NotRdf(Exception):
    """What rdflib's parser lets pass though RDF has no such triple."""


def _refuse_non_rdf(subject: Node, predicate: Node, value: Node) -> None:
    """Raise _NotRdf where the terms make no triple (RDF 1.1 Concepts §3.1)."""
    if isinstance(subject, Literal) or not isinstance(predicate, URIRef):
        raise _NotRdf("a subject and a predicate are IRIs and never stand in quotation marks")
    for term in (subject, predicate, value):
        if isinstance(term, URIRef) and not _is_valid_uri(term):
            raise _NotRdf(f"<{term}> is no IRI; percent-encode spaces and the like")


def _read_turtle(corpus: Corpus, path: Path, content: bytes, graph: Graph) -> None:
    try:
        text = content.decode("utf-8-sig")  # editors may put a byte order mark first
    except UnicodeDecodeError as error:
        message = f"The file is not UTF-8 at byte {error.start}. Save it as UTF-8."
        corpus.results.append(Result(VIOLATION, "Syntax", None, None, None, message, Place(path, 1)))
        return
    sink = _Sink(corpus, graph, path)
    sink.parser = _Parser(sink, baseURI=corpus.iris.base, turtle=True)
    try:
        sink.parser.loadBuf(text)
    except BadSyntax as error:
        why, line = error._why, error.lines + 1
    except _NotRdf as error:
        why, line = str(error), sink.parser.lines + 1
    except (AssertionError, AttributeError, IndexError):
        # rdflib's parser runs off the end of a text that ends within a statement, and trips over N3's ?variables.
        why, line = "the statement here is not finished", sink.parser.lines + 1
    except RecursionError:
        why, line = "brackets are nested too deeply", sink.parser.lines + 1
    else:
        return
    message = f"This is not Turtle: {why}. Mend the line, or the end of the one before it."
    corpus.results.append(Result(VIOLATION, "Syntax", None, None, None, message, Place(path, line)))


def _add_queries(corpus: Corpus, folder: Path) -> None:
    """Publish each stored query as a SHACL-AF SPARQLExecutable, in a graph of its own, so that editors can offer it.

    An export also leads to its answer.
    """
    graph = corpus.graph("queries")
    for query in read_queries(folder, corpus.iris.base):
        node = URIRef(corpus.iris.query(query.name))
        place = Place((folder / EXPORTS if query.formats else folder) / f"{query.name}.rq", 1)
        triples: list[Triple] = [
            (node, RDF.type, SH.SPARQLExecutable),
            (node, RDF.type, SH[f"SPARQL{query.form.title()}Executable"]),
            (node, RDFS.label, Literal(query.title, lang="en")),
            (node, RDFS.comment, Literal(query.description, lang="en")),
            (node, DCTERMS.identifier, Literal(query.name)),
            (node, SH[query.form.lower()], Literal(query.text)),
        ]
        triples += [(node, URIRef(_SCHEMA + "keywords"), Literal(word)) for word in query.keywords]
        answers = [URIRef(corpus.iris.export(f"{query.name}.{suffix}")) for suffix in query.formats]
        triples += [(node, DCTERMS.hasFormat, answer) for answer in answers]
        triples += [(node, DCTERMS.replaces, URIRef(corpus.iris.query(old))) for old in query.replaces]
        for parameter in query.parameters:
            triples += _describe_parameter(node, parameter, corpus.iris)
        for triple in triples:
            corpus.add(graph, triple, place)


def _describe_parameter(query: URIRef, parameter: Parameter, iris: Iris) -> list[Triple]:
    """Return what is published of a parameter (SHACL-AF §5.1); its name stands behind the # of its IRI."""
    node = URIRef(f"{query}#{parameter.name}")
    kind = (SH["class"], URIRef(iris.term(parameter.kind)))
    if parameter.kind in _DATATYPES:
        kind = (SH.datatype, _DATATYPES[parameter.kind])
    elif parameter.kind in _NOT_OURS:
        kind = _NOT_OURS[parameter.kind]
    return [
        (query, SH.parameter, node),
        (node, RDF.type, SH.Parameter),
        (node, SH.path, node),
        (node, SH.optional, Literal(True)),
        (node, SH.description, Literal(parameter.description, lang="en")),
        (node, URIRef(PREFIXES["skos"] + "example"), Literal(parameter.example)),
        (node, *kind),
    ]
