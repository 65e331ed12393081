"""Service description tests (https://www.w3.org/TR/sparql11-service-description/); the suite gives them in words."""

from __future__ import annotations

from rdflib import RDF, Graph, URIRef
from rdflib.namespace import Namespace

from conformance.manifest import read_tests
from conformance.outcomes import Outcome
from conformance.suites import root
from helpers.serving import Server

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
CLASSES: dict[str, tuple[str, str | None]] = {
    "endpoint": ("Service", None),
    "feature": ("Service", "Feature"),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "defaultSupportedEntailmentProfile": ("Service", "EntailmentProfile"),
    "entailmentRegime": ("NamedGraph", "EntailmentRegime"),
    "supportedEntailmentProfile": ("NamedGraph", "EntailmentProfile"),
    "extensionFunction": ("Service", "Function"),
    "extensionAggregate": ("Service", "Aggregate"),
    "languageExtension": ("Service", "Feature"),
    "supportedLanguage": ("Service", "Language"),
    "propertyFeature": ("Service", "Feature"),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "GraphCollection"),
    "resultFormat": ("Service", None),
    "inputFormat": ("Service", None),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", None),
    "graph": ("NamedGraph", "Graph"),
}
"""Property → the classes of its subject and of its object (§3.2, §3.4), None where that is of no class of sd:."""
INSTANCES = {
    "Feature": {"DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery"},
    "Language": {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"},
}
"""Class → those of its members that the vocabulary itself names (§3.3)."""
SUPERCLASS = {"Dataset": "GraphCollection"}


def run_description(server: Server) -> list[Outcome]:
    """Return the outcomes of the three tests, on the server's own data."""
    tests = read_tests(root() / "sparql11" / "service-description" / "manifest.ttl")
    return [Outcome(f"sparql11/service-description/{test.key}", _check(test.key, server)) for test in tests]


def _check(key: str, server: Server) -> str | None:
    answer = server.get("/sparql", "text/turtle")
    if (answer.status, answer.media_type) != (200, "text/turtle"):
        return f"status {answer.status}, {answer.media_type}"
    graph = Graph().parse(data=answer.body, format="turtle")
    if key == "returns-rdf":
        return None if len(graph) else "the graph is empty"
    if key == "has-endpoint-triple":
        stated = (None, SD.endpoint, URIRef(server.url + "/sparql"))
        return None if stated in graph else "no sd:endpoint has the endpoint's address as its object"
    return _schema_failure(graph) if key == "conforms-to-schema" else "this test is not known here"


def _schema_failure(graph: Graph) -> str | None:
    """Return the first triple that the vocabulary does not allow, None where there is none."""
    if (None, RDF.type, SD.Service) not in graph:
        return "nothing is an sd:Service"
    for subject, predicate, value in graph:
        if predicate not in SD:
            continue
        name = str(predicate).removeprefix(str(SD))
        if name not in CLASSES:
            return f"sd:{name} is not a property of the vocabulary"
        domain, target = CLASSES[name]
        if not _is_a(graph, subject, domain) or (target and not _is_a(graph, value, target)):
            return f"sd:{name} stands between {subject} and {value}, which are not of its classes"
    return None


def _is_a(graph: Graph, node: object, name: str) -> bool:
    if node in {SD[instance] for instance in INSTANCES.get(name, ())}:
        return True
    own = {str(cls).removeprefix(str(SD)) for cls in graph.objects(node, RDF.type)}  # type: ignore[arg-type]
    return name in own | {SUPERCLASS.get(cls, cls) for cls in own}
