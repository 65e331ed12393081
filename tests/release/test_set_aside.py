"""A change that is set aside is kept with all that it needs, and told, until somebody has looked at it."""

from __future__ import annotations

from contextlib import closing

from click.testing import CliRunner

from helpers.releasing import LINE, dataset, leave_behind
from helpers.serving import HOME
from kg.cli import main
from kg.release.change.recover import recover
from kg.release.keep.prune import prune
from kg.release.publish import Releases
from kg.settings import Settings
from kg.web.data.serving import Serving
from release.keep.test_keep import is_well, keeping, silent
from release.keep.test_verify import flip


def set_aside(releases: Releases, nquads: bytes) -> set[str]:
    """Set a change aside that makes two graphs, and return the digests of all objects that there are then."""
    leave_behind(releases, nquads).set_aside()
    return set(releases.objects.digests())


NEW = LINE.format("new", "new").encode() + LINE.format("new", "new").replace("urn:g>", "urn:h>").encode()


def test_a_change_that_is_set_aside_keeps_its_objects_and_can_be_tried_again(four: Releases) -> None:
    before = set_aside(four, NEW)
    prune(keeping(four, 1))
    assert len(before - set(four.objects.digests())) > 0
    [(path, record)] = four.log.aside()
    assert record is not None
    path.rename(path.with_suffix(".accepted"))
    with four.lock():
        assert recover(four, silent)
    assert dataset(four) == NEW
    assert is_well(four)


def test_a_change_that_is_given_up_keeps_no_objects(four: Releases) -> None:
    held = set(four.objects.digests())
    set_aside(four, NEW)
    [(path, _)] = four.log.aside()
    path.rename(path.with_suffix(".withdrawn"))
    prune(keeping(four, 100))
    assert set(four.objects.digests()) == held


def test_no_object_goes_while_a_change_is_set_aside_that_cannot_be_read(four: Releases) -> None:
    said: list[str] = []
    before = set_aside(four, NEW)
    [(path, _)] = four.log.aside()
    flip(path, 90)
    assert len(prune(keeping(four, 1), say=said.append).gone) == 3
    assert set(four.objects.digests()) == before
    assert f"which {path.name} needs cannot be read" in said[-1]


def test_a_change_that_is_set_aside_is_told_by_a_server_that_takes_no_writes(four: Releases) -> None:
    set_aside(four, NEW)
    [(path, _)] = four.log.aside()
    with closing(Serving(Settings(home=HOME, releases=four.folder, workers=1))) as serving:
        [trouble] = serving.troubles
    assert path.name in trouble


def test_a_change_that_is_set_aside_is_told_by_verify_and_is_no_damage(four: Releases) -> None:
    folder = ["--releases", str(four.folder)]
    set_aside(four, NEW)
    [(path, _)] = four.log.aside()
    for words in (f"log: {path.name} of 20", f"log: {path.name} is damaged"):
        done = CliRunner().invoke(main, ["verify", *folder])
        assert done.exit_code == 0
        assert "log: as published\n" in done.output
        assert words in done.output
        flip(path, 90)
    path.rename(path.with_suffix(".withdrawn"))
    assert "set-aside" not in CliRunner().invoke(main, ["verify", *folder]).output
