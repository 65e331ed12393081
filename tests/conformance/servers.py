"""Servers to test against: a release made of test data, our own server on it, and a second endpoint next to it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import (
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryResultsFormat,
    RdfFormat,
    parse,
    parse_query_results,
    serialize,
)

from conformance.results import canonical
from conformance.suites import Case, path_of
from helpers.serving import BASE, Answer, Server, free_port
from helpers.writing import Scratch
from kg.release.work.build import publish_dataset
from kg.store.stores.bulk import as_stored

EMPTY = "urn:x-attested:empty"
"""Name of a graph that never has a triple: the default graph of tests that have no data."""
DATASETS = (".trig", ".nq")
"""Suffixes of files that fill named graphs of their own besides the default graph."""
ALL_NAMED = "SELECT ?s ?p ?o ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
FORM = "application/x-www-form-urlencoded"
SWITCH_SECONDS = 15.0
"""Time in which a running server is to take up a release; 0.2 is usual."""


@dataclass(slots=True)
class Batch:
    """Cases whose data fit in one release, because no two of them fill a graph of one name differently."""

    cases: list[Case] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    """Graph name → IRI of the file it is filled from."""

    def take(self, case: Case) -> bool:
        """Add the case, and return True, unless a graph of its data is filled otherwise already."""
        wanted = {file: file for file in case.data.default} | {g.name: g.file for g in case.data.named}
        for file in case.data.default:
            wanted |= dict.fromkeys(graph_names(file), file)
        if any(self.sources.get(name, file) != file for name, file in wanted.items()):
            return False
        self.sources |= wanted
        self.cases.append(case)
        return True

    def quads(self) -> set[Quad]:
        """Return the data of all cases, each default graph under the name of its file."""
        graphs = [pair for pair in self.sources.items() if not pair[1].endswith(DATASETS) or pair[0] == pair[1]]
        return {quad for name, file in graphs for quad in read_quads(file, NamedNode(name))}


def to_batches(cases: Iterable[Case]) -> list[Batch]:
    """Return the cases in as few batches as come of taking each into the first that it fits in."""
    batches: list[Batch] = []
    for case in cases:
        if not any(batch.take(case) for batch in batches):
            batches.append(Batch())
            batches[-1].take(case)
    return batches


def read_quads(file: str, graph: NamedNode | DefaultGraph) -> Iterator[Quad]:
    """Yield the quads of a test file, its default graph under another name where one is given."""
    form = RdfFormat.from_extension(file.rpartition(".")[2])
    quads = parse(path_of(file).read_bytes(), format=form, base_iri=file, rename_blank_nodes=True)
    for quad in quads:
        yield replace(quad, graph) if isinstance(quad.graph_name, DefaultGraph) else quad


def replace(quad: Quad, graph: NamedNode | DefaultGraph) -> Quad:
    """Return the quad's triple in another graph."""
    return Quad(quad.subject, quad.predicate, quad.object, graph)


def graph_names(file: str) -> set[str]:
    """Return the names of the graphs in a TriG or N-Quads file."""
    if not file.endswith(DATASETS):
        return set()
    return {quad.graph_name.value for quad in read_quads(file, NamedNode(EMPTY))} - {EMPTY}


def post_query(server: Server, text: str, accept: str, dataset: Iterable[tuple[str, str]] = ()) -> Answer:
    """Return the answer to a query sent by POST as a form, with dataset parameters where given."""
    body = urllib.parse.urlencode([("query", text), *dataset]).encode()
    return server.request("POST", "/sparql", body, Accept=accept, Content_Type=FORM)


def by_graph(quads: Iterable[Quad]) -> dict[str, list[str]]:
    """Return the canonical quads of each graph, by its name: a release keeps a blank node to one graph."""
    graphs: dict[str, Dataset] = defaultdict(Dataset)
    for quad in quads:
        graphs[str(quad.graph_name)].add(quad)
    return {name: canonical(graph) for name, graph in graphs.items()}


class SuiteServer(Scratch):
    """Our server on a folder of its own, which takes up one release of test data after another while it runs."""

    def __init__(self, **environment: str) -> None:
        """Start on a release without data."""
        self.folder = Path(tempfile.mkdtemp(prefix="kg-conformance-"))
        super().__init__(self.folder, **environment)

    def load(self, quads: Iterable[Quad]) -> None:
        """Publish the quads, and wait until the running server serves them."""
        nquads = serialize(quads, format=RdfFormat.N_QUADS) or b""
        with self.releases.lock():
            publish_dataset(self.releases, nquads, BASE)
        wanted = by_graph(parse(as_stored(nquads), format=RdfFormat.N_QUADS))
        end = time.monotonic() + SWITCH_SECONDS
        while by_graph(self.held()) != wanted:
            if time.monotonic() > end:
                raise TimeoutError("The server did not take up the release that is active now.")
            time.sleep(0.02)

    def held(self) -> Iterator[Quad]:
        """Yield all that is served: the default graph by the Graph Store Protocol, the named graphs by a query.

        The labels of blank nodes are those of the store in both answers, so a node in two graphs stays one.
        """
        default = self.get("/graphs?default", "application/n-triples")
        for triple in parse(default.body, format=RdfFormat.N_TRIPLES):
            yield Quad(triple.subject, triple.predicate, triple.object)
        named = post_query(self, ALL_NAMED, "application/sparql-results+json")
        for row in parse_query_results(named.body, format=QueryResultsFormat.JSON):
            yield Quad(row["s"], row["p"], row["o"], row["g"])

    def stop(self) -> None:
        """End the server and remove its releases."""
        super().stop()
        shutil.rmtree(self.folder)


class SecondEndpoint:
    """Another SPARQL endpoint, ``oxigraph serve``, on a free port and in memory."""

    def __init__(self) -> None:
        """Start it and wait until it answers; raises FileNotFoundError where the program is not installed."""
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.query_url = self.url + "/query"
        program = [oxigraph_program(), "serve", "--bind", f"127.0.0.1:{port}"]
        self._process = subprocess.Popen(program, stderr=subprocess.DEVNULL)
        end = time.monotonic() + SWITCH_SECONDS
        while not self._answers():
            if time.monotonic() > end:
                self.stop()
                raise TimeoutError("oxigraph serve did not start.")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            self.fill(b"")
        except OSError:
            return False
        return True

    def fill(self, ntriples: bytes) -> None:
        """Make these the triples of its default graph."""
        headers = {"Content-Type": "application/n-triples"}
        request = urllib.request.Request(f"{self.url}/store?default", ntriples, headers, method="PUT")
        urllib.request.urlopen(request, timeout=SWITCH_SECONDS).close()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def oxigraph_program() -> str:
    """Return the program's path, next to this Python or anywhere; raises FileNotFoundError."""
    found = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if found is None:
        raise FileNotFoundError("oxigraph is not installed: it comes with requirements-dev.lock")
    return found


def oxigraph_version() -> str:
    """Return the version of the program."""
    return subprocess.run([oxigraph_program(), "--version"], capture_output=True, text=True).stdout.split()[-1]
