"""A literal longer than a release holds is refused before anything is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.serving import BASE
from kg.errors import NotStorable
from kg.release.change.prepare import LONGEST_LINE
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset


def test_a_literal_past_the_length_of_a_line_is_not_published(tmp_path: Path) -> None:
    releases = Releases(tmp_path / "releases")
    line = '<http://x.example/a> <http://x.example/p> "{}" <http://x.example/g> .\n'
    with releases.lock():
        publish_dataset(releases, line.format("x" * (LONGEST_LINE - 100)).encode(), BASE)
        held = releases.active_id()
        with pytest.raises(NotStorable, match="1,100,000 is the most"):
            publish_dataset(releases, line.format("x" * LONGEST_LINE).encode(), BASE)
    assert releases.active_id() == held
