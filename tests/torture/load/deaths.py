"""Queries that ask for more than there is: more solutions, longer strings, deeper nesting, longer chains."""

from __future__ import annotations

N = 60_000
"""About as many bytes as a query may have."""


def _fill(head: str, unit: str, tail: str = "") -> str:
    return head + unit * ((N - len(head) - len(tail)) // len(unit.encode())) + tail


def _nested(opening: str, inner: str, closing: str, times: int) -> str:
    return opening * times + inner + closing * times


def _product(count: int) -> str:
    return " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(count))


def _doubled(times: int) -> str:
    binds = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(times))
    return f"SELECT (STRLEN(?x{times}) AS ?n) {{ BIND('0123456789' AS ?x0) {binds} }}"


def _replaced(times: int) -> str:
    return "SELECT (STRLEN(" + _nested("REPLACE(", "'" + "a" * 100 + "'", ", 'a', 'aa')", times) + ") AS ?n) {}"


EVIL = "'" + "a" * 40 + "!'"
ALL = "?s ?p ?o"

DEATHS: dict[str, str] = {
    # More solutions than there is time or memory for
    "product counted": f"SELECT (COUNT(*) AS ?n) {{ {_product(20)} }}",
    "product listed": f"SELECT * {{ {_product(3)} }}",
    "product distinct": f"SELECT DISTINCT * {{ {_product(4)} }}",
    "product reduced": f"SELECT REDUCED * {{ {_product(4)} }}",
    "product ordered": f"SELECT * {{ {_product(3)} }} ORDER BY ?o0 ?o1 ?o2",
    "product ordered by what is computed": f"SELECT * {{ {_product(3)} }} ORDER BY DESC(CONCAT(STR(?o0), STR(?o1)))",
    "product ordered with a small limit": f"SELECT * {{ {_product(3)} }} ORDER BY RAND() LIMIT 1",
    "product far offset": f"SELECT * {{ {_product(4)} }} OFFSET 1000000000 LIMIT 1",
    "product constructed": f"CONSTRUCT {{ ?s0 ?p1 ?o2 }} {{ {_product(3)} }}",
    "product of values": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?x{i} {{ {'1 ' * 60} }}" for i in range(8))
    + "}",
    "product of sub-selects": "SELECT * { "
    + " ".join(f"{{ SELECT ?a{i} {{ ?a{i} ?b ?c }} }}" for i in range(5))
    + " }",
    "product of graphs": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"GRAPH ?g{i} {{ ?s{i} ?p{i} ?o{i} }}" for i in range(6))
    + " }",
    "product of unions": "SELECT (COUNT(*) AS ?n) { " + f"{{ {ALL} }} UNION {{ ?a ?b ?c }} " * 5 + f"{_product(4)} }}",
    "product filtered": f"SELECT * {{ {_product(3)} FILTER(?o0 = ?s1 && ?o1 = ?s2 && ?o2 = ?s0 && ?p0 != ?p1) }}",
    "product by existence": f"SELECT * {{ {_product(2)} FILTER NOT EXISTS {{ {_product(3).replace('0', '7')} FILTER(?s7 = ?o1) }} }}",
    "product in optionals": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o "
    + " ".join(f"OPTIONAL {{ ?a{i} ?b{i} ?c{i} }}" for i in range(8))
    + " }",
    "product subtracted": f"SELECT (COUNT(*) AS ?n) {{ {_product(3)} MINUS {{ {_product(4)} }} }}",
    "product asked": f"ASK {{ {_product(4)} FILTER(STR(?o0) = 'no such thing' && STR(?o3) = 'nor this') }}",
    "product described": f"DESCRIBE * {{ {_product(3)} }}",
    # Groups and aggregates
    "grouped by product": f"SELECT ?o0 ?o1 ?o2 (COUNT(*) AS ?n) {{ {_product(3)} }} GROUP BY ?o0 ?o1 ?o2",
    "group_concat of a product": f"SELECT (GROUP_CONCAT(CONCAT(STR(?o0), STR(?o1))) AS ?x) {{ {_product(3)} }}",
    "group_concat distinct": f"SELECT (GROUP_CONCAT(DISTINCT CONCAT(STR(?o0), STR(?o1), STR(?o2))) AS ?x) {{ {_product(3)} }}",
    "group_concat of a long separator": f"SELECT (GROUP_CONCAT(?o; SEPARATOR='{'x' * 50_000}') AS ?x) {{ {ALL} }}",
    "count distinct of a product": f"SELECT (COUNT(DISTINCT CONCAT(STR(?o0), STR(?o1))) AS ?n) {{ {_product(2)} }}",
    "sample of a product": f"SELECT (SAMPLE(?o2) AS ?x) {{ {_product(3)} }}",
    "aggregates of aggregates": "SELECT (SUM(?n) AS ?m) { { SELECT ?s0 ?s1 (COUNT(*) AS ?n) { "
    + _product(3)
    + " } GROUP BY ?s0 ?s1 } }",
    # Paths
    "any path": "SELECT (COUNT(*) AS ?n) { ?s (<x:a>|!<x:a>)* ?o }",
    "any path twice": "SELECT (COUNT(*) AS ?n) { ?s (<x:a>|!<x:a>)*/(<x:a>|!<x:a>)* ?o }",
    "any path there and back": "SELECT (COUNT(*) AS ?n) { ?s ((<x:a>|!<x:a>)|^(<x:a>|!<x:a>))+ ?o . ?o ((<x:a>|!<x:a>)|^(<x:a>|!<x:a>))+ ?q }",
    "stars in stars": "SELECT (COUNT(*) AS ?n) { ?s " + _nested("(", "<x:a>|!<x:a>", ")*", 60) + " ?o }",
    "a path ordered": "SELECT * { ?s (!<x:a>)* ?o . ?o (!<x:a>)* ?z . ?z (!<x:a>)* ?y } ORDER BY ?s ?y",
    "optional steps": "SELECT (COUNT(*) AS ?n) { ?s " + "/".join(["(<x:a>|!<x:a>)?"] * 60) + " ?o }",
    # Strings
    "concat doubled": _doubled(40),
    "concat doubled to a gigabyte": _doubled(27),
    "replace nested": _replaced(30),
    "replace with a group": "SELECT (STRLEN(REPLACE(REPLACE('"
    + "a" * 5000
    + "', '(a)', '$1$1$1$1$1$1$1$1'), '(a)', '$1$1$1$1$1$1$1$1')) AS ?n) {}",
    "concat of all pairs": f"SELECT (MAX(CONCAT(STR(?o0), STR(?o1))) AS ?x) {{ {_product(2)} }}",
    "hashes of a product": f"SELECT (MAX(SHA512(CONCAT(STR(?o0), STR(?o1)))) AS ?x) {{ {_product(3)} }}",
    "encode for uri": "SELECT (STRLEN(" + _nested("ENCODE_FOR_URI(", "'" + "%" * 1000 + "'", ")", 14) + ") AS ?n) {}",
    # Regular expressions
    "regex of nested repetition": f"SELECT * {{ {ALL} FILTER(REGEX({EVIL}, '^(a+)+$')) }}",
    "regex of alternatives": f"SELECT * {{ {ALL} FILTER(REGEX({EVIL}, '^(a|aa)+$')) }}",
    "regex of great bounds": f"SELECT * {{ {ALL} FILTER(REGEX(STR(?o), '((a{{1,100}}){{1,100}}){{1,100}}')) }}",
    "regex long": "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '" + "(a|b)*" * 8_000 + "')) }",
    "regex of classes": "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '" + r"\\\\p{L}{1,50}" * 500 + "')) }",
    "regex for each pair": f"SELECT (COUNT(*) AS ?n) {{ {_product(3)} FILTER(REGEX(STR(?o0), STR(?o1))) }}",
    # Nesting of each kind
    "nested groups": "SELECT * " + _nested("{", "", "}", 20_000),
    "nested groups unclosed": _fill("SELECT * ", "{"),
    "nested optionals": "SELECT * {" + _nested("OPTIONAL {", "", "}", 4_000) + "}",
    "nested minus": "SELECT * {" + _nested("?s ?p ?o MINUS {", "", "}", 3_000) + "}",
    "nested sub-selects": "SELECT * " + _nested("{SELECT * ", "{}", "}", 4_000),
    "nested parentheses": "SELECT (" + _nested("(", "1", ")", 20_000) + " AS ?x) {}",
    "nested functions": "SELECT (" + _nested("ABS(", "1", ")", 10_000) + " AS ?x) {}",
    "nested blank nodes": "ASK { ?s ?p " + _nested("[<x:p> ", "1", "]", 6_000) + " }",
    "nested collections": "ASK { ?s ?p " + _nested("(", "1", ")", 20_000) + " }",
    "nested paths": "ASK { ?s " + _nested("(", "<x:p>", ")", 20_000) + " ?o }",
    "nested existence": "ASK { " + _nested("FILTER EXISTS {", "", "}", 3_500) + " }",
    "nested triple terms": "ASK { " + _nested("<<", "?s ?p ?o", ">> ?p ?o", 5_000) + " }",
    "nested if": "SELECT (" + _nested("IF(true, ", "1", ", 2)", 4_000) + " AS ?x) {}",
    # Chains of each kind
    "chain of unions": _fill("SELECT * {{}", "UNION{}", "}"),
    "chain of optionals": _fill("SELECT * {", "OPTIONAL{?s ?p ?o}", "}"),
    "chain of minus": _fill("SELECT * {?s ?p ?o ", "MINUS{?s ?p ?o}", "}"),
    "chain of binds": "SELECT * {" + " ".join(f"BIND(1 AS ?a{i})" for i in range(3_000)) + "}",
    "chain of filters": _fill("SELECT * {?s ?p ?o ", "FILTER(?o)", "}"),
    "chain of nots": _fill("ASK { FILTER(", "!", "true) }"),
    "chain of sums": _fill("SELECT (1", "+1", " AS ?x) {}"),
    "chain of ands": _fill("ASK { FILTER(1", "&&1", ") }"),
    "chain of steps": _fill("ASK { ?s <x:p>", "/<x:p>", " ?o }"),
    "chain of alternatives": _fill("ASK { ?s <x:p>", "|<x:p>", " ?o }"),
    "chain of triples": _fill("SELECT * { ", "?s ?p ?o.", "}"),
    "chain of predicates": _fill("SELECT * { ?s ?p ?o", ";?p ?o", "}"),
    "chain of orders": _fill("SELECT * {} ORDER BY", "(1)"),
    # Long, and at the edge of the caps
    "in a long list": _fill("SELECT * { ?s ?p ?o FILTER(STR(?o) IN ('a'", ",'b'", ")) }"),
    "not in a long list of computed terms": _fill(
        "SELECT * { ?s ?p ?o FILTER(?o NOT IN (1", ",CONCAT('a',STR(?s))", ")) }"
    ),
    "many values": _fill("SELECT * { ?s ?p ?o VALUES ?z {", "1 ", "} ?q ?r ?z }"),
    "many values joined": "SELECT (COUNT(*) AS ?n) { VALUES ?a {"
    + "1 " * 9_000
    + "} VALUES ?b {"
    + "1 " * 9_000
    + "} ?s ?p ?o }",
    "just under the depth": "SELECT (COUNT(*) AS ?n) " + _nested("{ ?s ?p ?o ", _product(3), "}", 98),
    "just under the chain": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o " + "OPTIONAL { ?a ?b ?c } " * 240 + "}",
    "joins of distinct variables": f"SELECT (COUNT(*) AS ?n) {{ {_product(110)} }}",
    "many prefixes": "".join(f"PREFIX p{i}:<x:{i}>\n" for i in range(3_000)) + "ASK {}",
    "unfinished string": _fill("ASK { ?s ?p '", "a"),
    "unfinished long string": _fill("ASK { ?s ?p '''", "\\u0041"),
    "quotes": _fill("ASK { ?s ?p ", "''"),
    "a long name": _fill("ASK { ?", "x", " ?p ?o }"),
    "a long number": "SELECT (" + "9" * 60_000 + " * " + "9" * 300 + " AS ?x) {}",
    "a great power of ten": "SELECT (1e308 * 1e308 AS ?x) (" + "9" * 400 + ".0 / 0.0000001 AS ?y) {}",
    "nothing but white space": " " * N,
    "not text": "ASK { ?s ?p '\x00\x01\x02' }" + "\ufffd" * 1000,
}
