"""Who reads a catalogue reads one file as it is, whatever is done to it meanwhile: pruned, made again, or not opened.

What is expected is read from the few triples of each test.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.cataloguing import Kept
from kg.catalogue.view import Catalogue
from kg.catalogue.write import prune

RUSSIA = 'id:russia a att:State, att:Actor, att:Entity ; rdfs:label "Russia"@en .'
LAKE = 'id:lake a att:Place, att:Entity ; rdfs:label "Grey Lake"@en .'
SAID = '<article/a/statement/1> a att:Assertion, att:Statement ; rdfs:label "It is so"@en ; att:claimant id:russia .'


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def name(kept: Kept, number: int) -> str:
    """Return the identifier of a release."""
    return next(release.id for release, _ in kept.releases if release.sequence == number)


def test_what_was_withdrawn_does_not_come_back_with_pruning(kept: Kept) -> None:
    reader = Catalogue(kept.folder)
    kept.publish(authority=RUSSIA, article__a=SAID)
    first = reader.at(name(kept, 1)).counts()
    assert first["statement"] == 1
    kept.publish(authority=RUSSIA)
    kept.publish(authority=RUSSIA + LAKE)
    prune(kept.folder, [3])
    kept.publish(authority=LAKE)
    for number in (3, 4, 3):
        found = reader.at(name(kept, number)).counts()
        assert found == kept.at(number).counts()
        assert "statement" not in found


def test_sets_are_brought_forward_again_after_pruning(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Catalogue(kept.folder)
    kept.publish(authority=RUSSIA, article__a=SAID)
    kept.publish(authority=RUSSIA)
    prune(kept.folder, [2])
    kept.publish(authority=RUSSIA + LAKE)
    assert reader.at(name(kept, 2)).sets.pruned == "1"
    monkeypatch.delattr("kg.catalogue.sets._read")  # by which all are read
    assert reader.at(name(kept, 3)).counts() == {"entity": 2}
    prune(kept.folder, [2, 3])  # nothing is deleted
    kept.publish(authority=LAKE)
    assert reader.at(name(kept, 4)).counts() == {"entity": 1}
