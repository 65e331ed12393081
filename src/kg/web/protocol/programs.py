"""A query as programs ask it: the same answer by curl, Python, R and JavaScript."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from kg.web.data.context import Context


def write_programs(context: Context, address: str, is_graph: bool, text: str, release: str) -> dict[str, str]:
    """Return a program for each language; ``address`` asks the query, percent-encoded, so it holds no quotation mark.

    Each names the release, so that it gives the same answer later.
    """
    if "release=" not in address:
        address += "&" + urlencode({"release": release})
    curl = f"curl '{address}&accept={'ttl' if is_graph else 'csv'}'"
    if is_graph:
        return {
            "curl": curl,
            "Python (rdflib)": "import rdflib\n\n"
            f'graph = rdflib.Graph().parse("{address}&accept=ttl", format="turtle")',
            "JavaScript": f'const turtle = await (await fetch("{address}&accept=ttl")).text();',
        }
    root = context.root.rstrip("/")
    return {
        "curl": curl,
        "Python": f'import kg\n\ngraph = kg.connect("{root}", release="{release}")\n'
        f"answer = graph.query({_quote(text)})",
        "Python (pandas)": f'import pandas\n\nframe = pandas.read_csv("{address}&accept=csv")',
        "R": f'answer <- read.csv("{address}&accept=csv")',
        "JavaScript": f'const answer = await (await fetch("{address}&accept=json")).json();\n'
        "const rows = answer.results.bindings;",
    }


def _quote(text: str) -> str:
    """Return a text as a literal of Python, in which what cannot be seen is escaped: it might turn the line around."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in json.dumps(text, ensure_ascii=False))
