"""A query as programs ask it: the same answer by curl, Python, R and JavaScript."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from kg.web.data import access


def write_programs(address: str, is_graph: bool, text: str, release: str) -> dict[str, str]:
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
    root = access.root().rstrip("/")
    return {
        "curl": curl,
        "Python": f'import kg\n\ngraph = kg.connect("{root}", release="{release}")\n'
        f"answer = graph.query({json.dumps(text, ensure_ascii=False)})",
        "Python (pandas)": f'import pandas\n\nframe = pandas.read_csv("{address}&accept=csv")',
        "R": f'answer <- read.csv("{address}&accept=csv")',
        "JavaScript": f'const answer = await (await fetch("{address}&accept=json")).json();\n'
        "const rows = answer.results.bindings;",
    }
