"""A process of ours gives back memory that it needs no more."""

from __future__ import annotations

import subprocess
import sys

import pytest

HELD = """
import sys
from kg.children import give_memory_back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

give_memory_back(2, 64_000)
before = resident()
for _ in range(2):  # where the C library has its way, what is given back once is taken from an arena the next time
    answers, kept = [], []
    for _ in range(200):
        answers.append(b"x" * 1_000_000)
        kept.append(b"y" * 2_000)
    most = resident() - before
    del answers
print(most, resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt(3) is of the C library of Linux")
def test_what_long_answers_took_is_given_back_from_between_what_is_kept() -> None:
    said = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True).stdout
    most, left = map(int, said.split())
    assert most > 200_000_000
    assert left < 20_000_000
