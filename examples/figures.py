"""The figures as a table with their bounds, by pandas: python examples/figures.py [SERVER]."""

from __future__ import annotations

import sys

import pandas as pd

SERVER = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
COLUMNS = ["periodLabel", "killedBoundLabel", "killed", "injuredBoundLabel", "injured", "both"]

counts = pd.read_csv(f"{SERVER}/api/casualties-by-period.csv")
counts["both"] = counts["killed"] + counts["injured"]
print(counts[COLUMNS].to_string(index=False))
