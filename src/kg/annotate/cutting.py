"""The cut of the article corrected on the page, by what ``kg cut`` does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.annotate.saving import Refused
from kg.annotate.workspace import Workspace
from kg.corpus.articles.recut import Wanted, plan_recut
from kg.corpus.text import normalise


class Cutter:
    """Corrects the cut of a workspace's article: each correction is one step that can be undone."""

    def __init__(self, work: Workspace) -> None:
        """Correct in a workspace."""
        self._work = work

    def correct(self, sent: Mapping[str, Any], revision: int | None) -> str:
        """Correct a passage as the page asks, and return the name of the passage that begins there now.

        Raises DataError for what ``kg cut`` refuses, and where a file changed; nothing is changed then.
        """
        work, name = self._work, str(sent.get("passage"))
        if name not in work.numbers:
            raise Refused("passage", f"There is no passage {name}.")
        desk, number = work.desk(revision), work.numbers[name]
        planned = plan_recut(work.corpus, work.folder, work.text, self._wanted(number, sent))
        for file, text in planned.files.items():
            path = work.folder / file
            if desk.text(path) != text:
                desk.put(path, text)
        work.write(desk)
        return next(one for one, there in work.numbers.items() if there == number)

    def _wanted(self, number: int, sent: Mapping[str, Any]) -> Wanted:
        if sent.get("join"):
            return Wanted(join=[(number, number + 1)])
        if isinstance(place := sent.get("split"), int):
            return Wanted(split=[(number, place)])
        kind, section = sent.get("kind"), sent.get("section")
        return Wanted(
            kind=[(number, str(kind))] if kind else (),
            section=[(number, section)] if isinstance(section, int) else (),
            speaker=[(number, normalise(str(sent["speaker"])))] if "speaker" in sent else (),
        )
