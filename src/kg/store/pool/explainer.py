"""A process that has Oxigraph explain one query: it takes its limits on, and becomes Oxigraph's own command.

Run as ``python -m kg.store.pool.explainer PROGRAM DIRECTORY MEMORY SECONDS ARGUMENT…`` by kg.store.pool.plan, with the
query on its standard input. pyoxigraph gives no plan; the command is the same engine, and does.
"""

from __future__ import annotations

import os
import sys

from kg.children import end_with_parent
from kg.store.pool.sandbox import limit_files, limit_memory, limit_processor, sandbox
from kg.store.pool.wire import LOWERED

UNLIMITED = 4
"""Exit status where the platform sets no limits."""


def main(arguments: list[str]) -> int:
    """Become the command; returns only where the limits cannot be set."""
    program, directory, memory, seconds, allowed, *rest = arguments
    end_with_parent()
    os.nice(LOWERED)  # it carries the query out, and so takes long
    limit_files()
    limit_processor(float(seconds))
    is_limited = limit_memory(int(memory))
    if not (sandbox(read_only=True, may_execute=True) and is_limited) and allowed != "unsandboxed":
        return UNLIMITED
    return os.execv(program, [program, "query", "--location", directory, *rest])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
