"""Run every trial, print the table, and write it into SECURITY.md. Exits with 1 if one does not hold.

``python -m torture [WORD…]`` runs those whose title holds a word, and writes their rows alone. With QUICK, none are
written.
"""

from __future__ import annotations

import re
import sys
import time

from helpers.serving import HOME
from torture.plan import TRIALS
from torture.trial import QUICK, Finding, Trial

REPORT = HOME / "SECURITY.md"
BLOCK = re.compile(r"(<!-- written by make torture -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
HEAD = "| tried | must hold | measured | |\n| --- | --- | --- | --- |\n"


def main(words: list[str]) -> int:
    """Run the trials; return the exit status."""
    chosen = [trial for trial in TRIALS if not words or any(word in trial.title for word in words)]
    if not chosen:
        print("No trial has a title with one of these words.", file=sys.stderr)
        return 2
    done = [(trial, run(trial)) for trial in chosen]
    table = to_table(done)
    print(table)
    if not QUICK:
        write(done)
    return 0 if all(finding.reached for _, finding in done) else 1


def run(trial: Trial) -> Finding:
    """Return what a trial finds; one that breaks off has not held."""
    started = time.monotonic()
    say(f"{trial.title} …")
    try:
        finding = trial.run(say)
    except Exception as error:  # the other trials go on, and this one is reported
        finding = Finding(f"broke off: {type(error).__name__}: {error}", False)
    for failure in finding.failures:
        say(f"  not held: {failure}")
    say(f"  {finding.measured} ({time.monotonic() - started:.0f} s)")
    return finding


def say(text: str) -> None:
    """Report progress."""
    print(f"torture: {text}", file=sys.stderr, flush=True)


def write(done: list[tuple[Trial, Finding]]) -> None:
    """Put the findings into the report, in place of what was found before."""
    report = REPORT.read_text("utf-8")
    block = BLOCK.search(report)
    assert block, f"{REPORT} has no place for the table"
    told = {row.split(" | ")[0].removeprefix("| "): row for row in block[2].splitlines(keepends=True)[2:]}
    told |= {trial.title: to_row(trial, finding) for trial, finding in done}
    rows = "".join(told[trial.title] for trial in TRIALS if trial.title in told)
    REPORT.write_text(report.replace(block[2], HEAD + rows), "utf-8")


def to_row(trial: Trial, finding: Finding) -> str:
    """Return a finding as a row of the table."""
    held = "held" if finding.reached else "**not held**"
    return f"| {trial.title} | {trial.reach} | {' '.join(finding.measured.split())} | {held} |\n"


def to_table(done: list[tuple[Trial, Finding]]) -> str:
    """Return the findings as a table in Markdown."""
    return HEAD + "".join(to_row(trial, finding) for trial, finding in done)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
