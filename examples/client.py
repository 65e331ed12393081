"""What Russia says on territory, and whether words are quoted rightly, by kg.connect: client.py [SERVER]."""

from __future__ import annotations

import sys

import kg

SERVER = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"

with kg.connect(SERVER) as graph:
    for statement in graph.statements(claimant="Russia", issue="Territory"):
        print(f"{statement} ({statement.modality}; {statement.evidence.passage})")
    verdict = graph.verify_quote("article/florida-talks/statement/007-2", "it says")
    print("“it says”:", "as printed" if verdict.holds else "not as printed", "in release", verdict.release)
