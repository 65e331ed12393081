"""Ways in which a query, an update, a graph, a shape or a folder could ask for what lies elsewhere.

``@URL@`` stands for an address of the listener, ``@HOST@`` for the same without its scheme, ``@FILE@`` for a file: IRI,
``@PATH@`` for a path, ``@ALL@`` for a pattern that takes everything.
"""

from __future__ import annotations

QUERIES = {
    "service": "SELECT * { SERVICE <@URL@> @ALL@ }",
    "service-silent": "SELECT * { SERVICE SILENT <@URL@> @ALL@ }",
    "service-without-space": "PREFIX ex: <@URL@/> SELECT * { SERVICEex:a@ALL@ }",
    "service-silent-without-space": "SELECT * { SERVICESILENT<@URL@>@ALL@ }",
    "service-mixed-case": "SELECT * { sErViCe <@URL@> @ALL@ }",
    "service-escaped-keyword": "SELECT * { \\u0053ERVICE <@URL@> @ALL@ }",
    "service-escaped-iri": "SELECT * { SERVICE <\\u0068ttp://@HOST@> @ALL@ }",
    "service-comment": "SELECT * { SERVICE#\n<@URL@>#\n@ALL@ }",
    "service-variable": "SELECT * { VALUES ?u { <@URL@> } SERVICE ?u @ALL@ }",
    "service-bound-variable": "SELECT * { BIND(IRI('@URL@') AS ?u) SERVICE SILENT ?u @ALL@ }",
    "service-sub-select": "SELECT * { { SELECT ?s { SERVICE <@URL@> @ALL@ } } }",
    "service-exists": "SELECT * { VALUES ?x { 1 } FILTER EXISTS { SERVICE <@URL@> @ALL@ } }",
    "service-not-exists": "ASK { FILTER NOT EXISTS { SERVICE SILENT <@URL@> @ALL@ } }",
    "service-minus": "SELECT * { VALUES ?s { 1 } MINUS { SERVICE <@URL@> @ALL@ } }",
    "service-optional": "SELECT * { OPTIONAL { SERVICE <@URL@> @ALL@ } }",
    "service-union": "SELECT * { {} UNION { SERVICE SILENT <@URL@> @ALL@ } }",
    "service-graph": "SELECT * { GRAPH ?g { SERVICE <@URL@> @ALL@ } }",
    "service-bind-exists": "SELECT * { BIND(EXISTS { SERVICE <@URL@> @ALL@ } AS ?x) }",
    "service-having": "SELECT (COUNT(*) AS ?n) {} HAVING(EXISTS { SERVICE <@URL@> @ALL@ })",
    "service-order": "SELECT * {} ORDER BY EXISTS { SERVICE <@URL@> @ALL@ }",
    "service-construct": "CONSTRUCT @ALL@ { SERVICE <@URL@> @ALL@ }",
    "service-describe": "DESCRIBE ?s { SERVICE <@URL@> @ALL@ }",
    "service-nested": "SELECT * { SERVICE <@URL@> { SERVICE <@URL@> @ALL@ } }",
    "service-base": "BASE <@URL@/> SELECT * { SERVICE <sparql> @ALL@ }",
    "service-file": "SELECT * { SERVICE <@FILE@> @ALL@ }",
    "from": "SELECT * FROM <@URL@> @ALL@",
    "from-named": "SELECT * FROM NAMED <@URL@> { GRAPH ?g @ALL@ }",
    "from-file": "SELECT * FROM <@FILE@> @ALL@",
    "from-named-file": "SELECT * FROM NAMED <@FILE@> { GRAPH ?g @ALL@ }",
    "from-base": "BASE <@URL@/> SELECT * FROM <x> FROM NAMED <y> @ALL@",
    "graph-file": "SELECT * { GRAPH <@FILE@> @ALL@ }",
    "describe-address": "DESCRIBE <@URL@> <@FILE@>",
    "update-as-query": "LOAD <@URL@>",
}

DATASETS = {
    "default-graph-uri": {"default-graph-uri": "@URL@"},
    "default-graph-uri-file": {"default-graph-uri": "@FILE@"},
    "named-graph-uri": {"named-graph-uri": "@URL@"},
    "named-graph-uri-file": {"named-graph-uri": "@FILE@"},
}

GRAPHS = {"read-address": "@URL@", "read-file": "@FILE@"}
"""Names of graphs to read by the Graph Store Protocol."""

UPDATES = {
    "load": "LOAD <@URL@>",
    "load-silent": "LOAD SILENT <@URL@>",
    "load-silent-without-space": "LOADSILENT<@URL@>",
    "load-without-space": "PREFIX ex: <@URL@/> LOADex:x",
    "load-into": "LOAD <@URL@> INTO GRAPH <urn:g>",
    "load-file": "LOAD <@FILE@>",
    "load-silent-file": "LOAD SILENT <@FILE@> INTO GRAPH <urn:g>",
    "load-path": "LOAD <@PATH@>",
    "load-base": "BASE <@URL@/> LOAD <x>",
    "load-base-file": "BASE <@FILE@> LOAD <>",
    "load-escaped-keyword": "\\u004CLOAD <@URL@>",
    "load-escaped-iri": "LOAD <\\u0068ttp://@HOST@>",
    "load-after-string": "INSERT DATA { <urn:a> <urn:b> '''' } ; LOAD <@URL@> #''''",
    "load-after-filter": 'INSERT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(?o<?s#>"""\n) } ; LOAD SILENT <@URL@> #"""',
    "load-after-comment": "CLEAR ALL ;# x\r LOAD <@URL@>",
    "service": "INSERT { ?s ?p ?o } WHERE { SERVICE <@URL@> { ?s ?p ?o } }",
    "service-silent": "INSERT { ?s ?p ?o } WHERE { SERVICESILENT<@URL@>{ ?s ?p ?o } }",
    "service-delete": "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o FILTER NOT EXISTS { SERVICE <@URL@> { ?s ?p ?o } } }",
    "using": "INSERT { GRAPH <urn:g> { ?s ?p ?o } } USING <@URL@> WHERE { ?s ?p ?o }",
    "using-file": "INSERT { GRAPH <urn:g> { ?s ?p ?o } } USING <@FILE@> USING NAMED <@FILE@> WHERE { ?s ?p ?o }",
    "with": "WITH <@FILE@> INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "copy": "COPY <@URL@> TO <urn:g>",
    "add-file": "ADD <@FILE@> TO <urn:g>",
}

_XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="urn:x#"'
_SAID = '<rdf:Description rdf:about="urn:a"><x:p>&e;</x:p></rdf:Description></rdf:RDF>'
_RDFXML, _JSONLD, _TURTLE = "application/rdf+xml", "application/ld+json", "text/turtle"

UPLOADS = {
    "entity-file": (_RDFXML, f'<!DOCTYPE r [<!ENTITY e SYSTEM "@FILE@">]>{_XML}>{_SAID}'),
    "entity-path": (_RDFXML, f'<!DOCTYPE r [<!ENTITY e SYSTEM "@PATH@">]>{_XML}>{_SAID}'),
    "entity-address": (_RDFXML, f'<!DOCTYPE r [<!ENTITY e SYSTEM "@URL@">]>{_XML}>{_SAID}'),
    "entity-public": (_RDFXML, f'<!DOCTYPE r [<!ENTITY e PUBLIC "x" "@URL@">]>{_XML}>{_SAID}'),
    "parameter-entity": (_RDFXML, f'<!DOCTYPE r [<!ENTITY % p SYSTEM "@URL@"> %p;]>{_XML}>{_SAID}'),
    "external-dtd": (_RDFXML, f'<!DOCTYPE r SYSTEM "@URL@">{_XML}>{_SAID}'),
    "external-dtd-file": (_RDFXML, f'<!DOCTYPE r SYSTEM "@FILE@">{_XML}>{_SAID}'),
    "xinclude": (
        _RDFXML,
        f'{_XML} xmlns:xi="http://www.w3.org/2001/XInclude"><rdf:Description rdf:about="urn:a">'
        '<x:p rdf:parseType="Literal"><xi:include href="@FILE@"/>'
        '<xi:include href="@URL@"/></x:p></rdf:Description></rdf:RDF>',
    ),
    "stylesheet": (_RDFXML, f'<?xml-stylesheet type="text/xsl" href="@URL@"?>{_XML}></rdf:RDF>'),
    "schema-location": (
        _RDFXML,
        f'{_XML} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x# @URL@"></rdf:RDF>',
    ),
    "xml-base": (_RDFXML, f'{_XML} xml:base="@URL@"><rdf:Description rdf:about="x" x:p="1"/></rdf:RDF>'),
    "see-also": (
        _TURTLE,
        "<urn:a> <http://www.w3.org/2002/07/owl#imports> <@URL@>, <@FILE@> ;"
        " <http://www.w3.org/2000/01/rdf-schema#seeAlso> <@URL@> .",
    ),
    "turtle-base": (_TURTLE, "@base <@URL@/> . @prefix x: <@FILE@> . <a> x: <b> ."),
    "context": (_JSONLD, '{"@context":"@URL@","@id":"urn:a","p":1}'),
    "context-file": (_JSONLD, '{"@context":"@FILE@","@id":"urn:a","p":1}'),
    "context-list": (_JSONLD, '{"@context":[{"p":"urn:p"},"@URL@"],"@id":"urn:a","p":1}'),
    "context-import": (_JSONLD, '{"@context":{"@version":1.1,"@import":"@URL@"},"@id":"urn:a","urn:p":1}'),
    "context-scoped": (
        _JSONLD,
        '{"@context":{"@version":1.1,"p":{"@id":"urn:p","@context":"@URL@"}},"@id":"urn:a","p":{"q":1}}',
    ),
    "context-relative": (_JSONLD, '{"@context":["@URL@",{"@base":"@URL@"}],"@id":"","urn:p":1}'),
}

_SHAPE = """\
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix att: <https://attested.example/ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<https://attested.example/article/florida-talks/statement/900-1> a sh:NodeShape ; rdfs:label "a rule"@en ;
  sh:targetClass att:Article ; %s
"""
_ASKS = 'sh:sparql [ a sh:SPARQLConstraint ; sh:message "never said" ; sh:select """SELECT $this WHERE { %s }""" ] .'

SHAPES = {
    "shape-service": (_TURTLE, _SHAPE % _ASKS % "SERVICE <@URL@> { ?s ?p ?o }"),
    "shape-from": (_TURTLE, _SHAPE % _ASKS.replace("WHERE", "FROM <@URL@> FROM <@FILE@> WHERE") % "$this ?p ?o"),
    "shape-imports": (_TURTLE, _SHAPE % "owl:imports <@URL@>, <@FILE@> ."),
    "shapes-graph": (_TURTLE, _SHAPE % "sh:shapesGraph <@URL@>, <@FILE@> ."),
    "shape-suggested": (_TURTLE, _SHAPE % "sh:suggestedShapesGraph <@URL@> ; sh:entailment <@URL@> ."),
    "shape-rule": (
        _TURTLE,
        _SHAPE % 'sh:rule [ a sh:SPARQLRule ; sh:construct "CONSTRUCT WHERE { SERVICE <@URL@> { ?s ?p ?o } }" ] .',
    ),
    "shape-script": (
        _TURTLE,
        _SHAPE % 'sh:js [ a sh:JSConstraint ; sh:jsLibrary [ sh:jsLibraryURL "@URL@" ] ; sh:jsFunctionName "f" ] .',
    ),
}

FOLDERS = {name: text for name, (_, text) in SHAPES.items()} | {
    "imports": "<id/a> <http://www.w3.org/2002/07/owl#imports> <@URL@>, <@FILE@> .",
    "base": "@base <@URL@/> . @prefix x: <@FILE@#> . <a> x:b <c> .",
    "formula": "@keywords a . { <@URL@> <http://www.w3.org/2000/10/swap/log#semantics> ?x } => { ?x a <@FILE@> } .",
    "link": "link to @PATH@",
}
