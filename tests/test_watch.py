"""While an editor writes, the check tells what came and what was mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg.corpus.judging.validate import check
from kg.editing.watch import watch
from kg.settings import Settings

WRONG = '<article/sample/statement/002-9> a <ns#Assertion> ; <ns#draft> "Say more." .\n'


def looks(*changes: Callable[[], object]) -> Callable[[], bool]:
    """Return a wait that makes a change before each look, and then ends the watch."""
    left = iter(changes)

    def wait() -> bool:
        for change in left:
            change()
            return True
        return False

    return wait


def reports(settings: Settings, *changes: Callable[[], object]) -> Iterator[str]:
    return watch(settings, lambda: check(settings).to_text(), looks(*changes))


def test_each_change_tells_what_came_and_what_was_mended(sample: Settings) -> None:
    path = sample.data_dir / "articles" / "sample" / "more.ttl"
    first, came, moved, mended = reports(
        sample,
        lambda: path.write_text(WRONG, "utf-8"),
        lambda: path.write_text("# One line further down.\n" + WRONG, "utf-8"),
        path.unlink,
    )
    assert first.endswith("The data conform: 0 violations, 0 warnings.\n")
    assert "more.ttl:1: violation [Draft]" in came
    assert came.endswith("The data do not conform: 1 violation, 0 warnings.\n")
    assert moved == "and 1 as before\nThe data do not conform: 1 violation, 0 warnings.\n"
    assert mended.startswith("mended: ")
    assert mended.endswith("The data conform: 0 violations, 0 warnings.\n")


def test_a_look_at_files_that_did_not_change_checks_nothing(sample: Settings) -> None:
    assert len(list(reports(sample, lambda: None, lambda: None))) == 1
