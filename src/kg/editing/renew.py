"""Carry an encoding to a corrected or updated text: passages keep their names, and what rests on them is reported."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, Namespace
from rdflib.term import Node

from kg.corpus.articles.new import passages_turtle, text_there
from kg.corpus.cutting import cut
from kg.corpus.cutting.corrections import FILE, Correction, write_corrections
from kg.corpus.cutting.markup import read_article
from kg.corpus.cutting.pieces import find_pieces
from kg.corpus.evidence.check import corrections_of, find_texts, recorded_passages
from kg.corpus.evidence.placing import FILE as WORDS
from kg.corpus.evidence.placing import place_words
from kg.corpus.sources.load import load_corpus
from kg.corpus.text import Passage, digest, normalise, read_text
from kg.editing.desk import Desk
from kg.editing.history import former, note
from kg.editing.matching import CHANGED, GONE, MARKS, MERGED, NEW, SAME, SPLIT, Match, Words, differences, match
from kg.editing.turtle import Block, Turtle, Value, literal
from kg.errors import DataError
from kg.settings import Settings
from kg.terms import PREFIXES

PASSAGES = "passages.ttl"
LOOK = "Passage {name} {how}. Look this over, then take this line out."
LOST = "Passage {name} is no longer in the text. Put this on another passage with att:evidence, or withdraw it."
LOST_CONTEXT = "Passage {name}, its context, is no longer in the text. Look this over, then take this line out."


@dataclass(frozen=True, slots=True)
class Fate:
    """What happened to some passages: their names, numbers before and after, the statements, and what to look at."""

    how: str
    names: tuple[str, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    is_moved: bool = False
    statements: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return a line that says it, and one for each note and the statements."""
        places = f"{', '.join(map(str, self.before)) or '–'} → {', '.join(map(str, self.after)) or '–'}"
        how = "moved" if self.how == SAME else self.how + (", moved" if self.is_moved else "")
        lines = [f"{places:>12}  {how:<9}  {', '.join(f'p:{name}' for name in self.names)}"]
        lines += [f"{'':14}{text}" for text in self.notes]
        if self.statements:
            lines.append(f"{'':14}rests on it: {', '.join(f's:{name}' for name in self.statements)}")
        return lines


@dataclass(frozen=True, slots=True)
class Renewal:
    """The result of a renewal: the fate of each passage, corrections of the cut that were lost, and files written."""

    slug: str
    fates: tuple[Fate, ...]
    lost: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    drafts: int = 0
    warnings: tuple[str, ...] = field(default=())

    def lines(self) -> list[str]:
        """Return what changed, moved, vanished or is new, with the statements that rest on it, and a line in sum."""
        told = [line for fate in self.fates if fate.how != SAME or fate.is_moved for line in fate.lines()]
        same = [fate for fate in self.fates if fate.how == SAME]
        counts = {
            how: sum(fate.how == how for fate in self.fates) for how in (MARKS, CHANGED, MERGED, SPLIT, GONE, NEW)
        }
        summary = ", ".join(f"{count} {how}" for how, count in counts.items() if count)
        moved = sum(fate.is_moved for fate in same)
        unchanged = f"{len(same)} passages unchanged" + (f" ({moved} moved)" if moved else "")
        return [*told, *self.lost, *self.warnings, f"{self.slug}: {unchanged}{', ' + summary if summary else ''}."]


def renew(
    settings: Settings,
    slug: str,
    file: Path,
    old_file: Path | None = None,
    modified: datetime.date | None = None,
    *,
    dry_run: bool = False,
) -> Renewal:
    """Put a new text in place of an article's, and return what happened to each passage.

    A passage that is the same, but for the kind of its quotation marks, keeps its name and its statements; its number
    follows the text. What rests on one that changed becomes a draft, which cannot be published before somebody has
    looked it over; what rests on one that vanished rests on nothing, and is a draft. Raises DataError where there is
    no such article, the old text is needed and not available, or a file cannot be written; nothing is changed then.
    """
    work = _Renewal(settings, slug, file, old_file)
    renewal = work.run(modified)
    if not dry_run:
        work.desk.write()
        warnings = work.finish()
        renewal = replace(renewal, warnings=warnings)
    return renewal


class _Renewal:
    def __init__(self, settings: Settings, slug: str, file: Path, old_file: Path | None) -> None:
        self.desk = Desk(settings)
        self.folder = self.desk.article_folder(slug)
        self.slug, self.settings, self.file = slug, settings, file
        self.text_file = file.with_name(f"{slug}.txt")
        corpus = load_corpus(settings, only=slug)
        if any(result.shape == "Syntax" for result in corpus.results):
            raise DataError("Some files cannot be read. See kg check.")
        self.graph: Graph = corpus.graph(f"article/{slug}")
        self.article = corpus.iris.article(slug)
        self.term = Namespace(corpus.iris.term(""))
        recorded = recorded_passages(self.graph, self.term)
        if not recorded:
            raise DataError(f"The passages of {slug} cannot be read. See kg check.")
        in_order = sorted(recorded.items(), key=lambda item: item[1].number)
        self.names = [_last(node) for node, _ in in_order]
        self.old = [passage for _, passage in in_order]
        self.language = str(self.graph.value(URIRef(self.article), DCTERMS.language) or "und")
        self.recorded = str(self.graph.value(URIRef(self.article), self.term.digest))
        self.old_text = self._find_old(old_file, find_texts(corpus, settings.texts)[0].get(slug))
        self.extract = read_article(file)
        self.text = self.extract.text
        self.drafts = 0

    def _find_old(self, old_file: Path | None, at_hand: str | None) -> str | None:
        if old_file is not None:
            text = read_text(old_file)
            if digest(text) != self.recorded:
                raise DataError(f"{old_file} is not the text of {self.slug} that was encoded: digests differ.")
            return text
        return at_hand if at_hand is not None and digest(at_hand) == self.recorded else None

    def _old_words(self, passage: Passage) -> str | None:
        words = (self.old_text or "")[passage.start : passage.end]
        return words if digest(words) == passage.digest else None

    def run(self, modified: datetime.date | None) -> Renewal:
        """Stage all changes; return what happens to the passages."""
        corrections, lost = self._corrections()
        self.new = cut(self.text, self.language, corrections)
        if not self.new:
            raise DataError(f"{self.file} holds no text.")
        matches = match(
            [Words(p.digest, self._old_words(p)) for p in self.old],
            [Words(p.digest, self.text[p.start : p.end]) for p in self.new],
        )
        self._refuse_blind(matches)
        names = self._new_names(matches)
        fates = tuple(self._fate(one, names) for one in matches)
        for one in matches:
            self._carry(one, names)
        self.desk.put(self.folder / PASSAGES, passages_turtle(self.slug, self.new, names))
        self._put_corrections(corrections)
        self._describe(modified)
        if self.extract.is_extracted:
            there = text_there(self.text_file, self.text, self.recorded)
            self.desk.put_beside(self.text_file, there, self.text)
        return Renewal(self.slug, fates, tuple(lost), tuple(self.desk.changed), self.drafts)

    def finish(self) -> tuple[str, ...]:
        """Write the places of words; return what to know of them, and of the plain text of a page."""
        warnings = []
        if self.extract.is_extracted:
            warnings.append(f"{self.text_file}: the plain text, in which offsets count; keep it where KG_TEXTS points")
        if (self.folder / WORDS).exists():
            placed = place_words(self.settings, self.slug, self.text)
            warnings += [f"not in its passage any more: {node}" for node in placed.absent]
        return tuple(warnings)

    def _refuse_blind(self, matches: Iterable[Match]) -> None:
        """Raise DataError where likeness has to be told, and the old text is not available."""
        if self.old_text is None and any(one.how in (GONE, NEW) for one in matches):
            raise DataError(
                f"Passages of {self.slug} changed, and how is not known without the text that was encoded."
                " Give it with --old FILE, or set KG_TEXTS to its folder."
            )

    # Corrections of the cut

    def _corrections(self) -> tuple[list[Correction], list[str]]:
        """Return the corrections that hold in the new text, and a line for each that was lost."""
        marked = self.extract.corrections(find_pieces(self.text, self.language))
        carried, lost = [], []
        for one in corrections_of(self.old):
            found = self._carried(one)
            if found is None:
                number = next(p.number for p in self.old if p.start == one.start)
                lost.append(f"The correction of the cut of passage {number} is lost: its words changed. See kg cut.")
            else:
                carried.append(found)
        free = [m for m in marked if not any(m.start < c.end and c.start < m.end for c in carried)]
        return sorted([*carried, *free], key=lambda c: c.start), lost

    def _carried(self, one: Correction) -> Correction | None:
        start = self._place(one.start, one.end)
        if start is None:
            return None
        section = one.section
        if section is not None and section is not False:
            heading = next((p for p in self.old if p.start == section), None)
            place = self._place(heading.start, heading.end) if heading else None
            section = place[0] if place else None
        return replace(one, start=start[0], end=start[1], section=section)

    def _place(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where words of the old text are in the new one; of several places, the one of the same order."""
        if self.old_text is None:
            raise DataError(
                f"The cut of {self.slug} was corrected, which cannot be carried on without the text that was encoded."
                " Give it with --old FILE, or set KG_TEXTS to its folder."
            )
        words = self.old_text[start:end].split()
        pattern = re.compile(r"(?<!\w)" * words[0][0].isalnum() + r"\s+".join(map(re.escape, words)))
        before = [found.start() for found in pattern.finditer(self.old_text)]
        after = [found.span() for found in pattern.finditer(self.text)]
        if len(before) != len(after) or start not in before:
            return after[0] if len(after) == 1 else None
        return after[before.index(start)]

    def _put_corrections(self, corrections: Sequence[Correction]) -> None:
        path = self.folder / FILE
        if corrections:
            self.desk.put(path, write_corrections(corrections, self.slug, self.text))
        elif path.exists():
            self.desk.put(path, None)

    # Names

    def _new_names(self, matches: Iterable[Match]) -> dict[int, str]:
        """Return the name of each passage by its new number: its old one, or one that no passage had before."""
        used = [int(name) for name in self.names if name.isdecimal()]
        gone = (_last(URIRef(iri)) for iri in former(self.desk, self.folder) if "/passage/" in iri)
        free = max([*used, *(int(name) for name in gone if name.isdecimal())], default=0) + 1
        names = {}
        for one in matches:
            for place, new in enumerate(one.new):
                if one.old and place == 0:
                    names[self.new[new].number] = self.names[one.old[0]]
                else:
                    names[self.new[new].number] = f"{free:03d}"
                    free += 1
        return names

    def _iri(self, name: str) -> str:
        return self.desk.iris.term(name)

    def passage(self, name: str) -> str:
        """Return the IRI of a passage by its name."""
        return f"{self.article}/passage/{name}"

    # What rests on passages

    def _fate(self, one: Match, names: dict[int, str]) -> Fate:
        old_names = tuple(self.names[i] for i in one.old)
        resting = sorted({s for name in old_names for s in self._resting(name)})
        return Fate(
            one.how,
            old_names or tuple(names[self.new[j].number] for j in one.new),
            tuple(self.old[i].number for i in one.old),
            tuple(self.new[j].number for j in one.new),
            one.is_moved,
            tuple(resting),
            tuple(self._notes(one)),
        )

    def _resting(self, name: str) -> Iterator[str]:
        node = URIRef(self.passage(name))
        for predicate in (self.term.evidence, self.term.context):
            yield from (_last(statement) for statement in self.graph.subjects(predicate, node))

    def _notes(self, one: Match) -> Iterator[str]:
        old = " ".join(self._old_words(self.old[i]) or "" for i in one.old)
        new = " ".join(self.text[self.new[j].start : self.new[j].end] for j in one.new)
        if one.how == NEW:
            yield normalise(new)
        elif one.how == GONE:
            yield normalise(old)
        elif one.how != SAME:
            yield from differences(old, new)
        kinds = {self.old[i].kind for i in one.old}, {self.new[j].kind for j in one.new}
        if one.old and one.new and kinds[0] != kinds[1]:
            yield f"{', '.join(sorted(kinds[0]))} → {', '.join(sorted(kinds[1]))}"

    def _carry(self, one: Match, names: dict[int, str]) -> None:
        """Stage what a match asks of the files besides the passages."""
        if one.how == GONE:
            self._let_go(self.names[one.old[0]])
        elif one.how == CHANGED:
            self._draft(self.names[one.old[0]], "changed")
        elif one.how == SPLIT:
            others = ", ".join(f"p:{names[self.new[j].number]}" for j in one.new[1:])
            self._draft(self.names[one.old[0]], f"was split: a part is {others}")
        elif one.how == MERGED:
            self._merge(one)

    def _merge(self, one: Match) -> None:
        first, *others = (self.names[i] for i in one.old)
        old = [word for i in one.old for word in Words("", self._old_words(self.old[i])).tokens]
        is_same = old == Words("", self.text[self.new[one.new[0]].start : self.new[one.new[0]].end]).tokens
        for name in others:
            self._rename_statements(name, first)
            for path in self._files():
                self.desk.edit(path, self.desk.turtle(path).renaming(self.passage(name), self.passage(first)))
            note(self.desk, self.folder, self.passage(name), [self.passage(first)], "Merged with what stood before it.")
        if not is_same:
            self._draft(first, "is made of several")

    def _rename_statements(self, old: str, new: str) -> None:
        """Give statements that a passage hands over names of the one that they rest on now."""
        taken = {_last(s) for s in self.graph.subjects(self.term.evidence, None)}
        taken |= {_last(URIRef(iri)) for iri in former(self.desk, self.folder)}
        node = URIRef(self.passage(old))
        for statement in sorted(map(str, self.graph.subjects(self.term.evidence, node)), key=_order):
            number = 1 + max((_order(name)[1] for name in taken if name.startswith(f"{new}-")), default=0)
            target = f"{self.article}/statement/{new}-{number}"
            taken.add(f"{new}-{number}")
            for path in self._files():
                self.desk.edit(path, self.desk.turtle(path).renaming(statement, target))
            note(self.desk, self.folder, statement, [target], "Its passage was merged with another.")

    def _files(self) -> list[Path]:
        return [path for path in sorted(self.folder.glob("*.ttl")) if path.name not in (PASSAGES, WORDS, "history.ttl")]

    def _users(self, name: str) -> Iterator[tuple[Path, Turtle, Block, str]]:
        iri = self.passage(name)
        for path in self._files():
            turtle = self.desk.turtle(path)
            for block in turtle.blocks:
                for used in ("evidence", "context"):
                    found = block.get(self._iri(used))
                    if found and any(value.iri == iri for value in found.values):
                        yield path, turtle, block, used

    def _draft(self, name: str, how: str) -> None:
        """Mark what rests on a passage as to be looked over."""
        edits = defaultdict(list)
        for path, turtle, block, used in self._users(name):
            if used == "evidence" and block.get(self._iri("draft")) is None:
                text = LOOK.format(name=f"p:{name}", how=how)
                edits[path].append(turtle.adding(block, self._iri("draft"), [literal(text)]))
                self.drafts += 1
        for path, made in edits.items():
            self.desk.edit(path, made)

    def _let_go(self, name: str) -> None:
        """Take a vanished passage out of what rests on it, which becomes a draft, and drop the notes on it."""
        iri = self.passage(name)
        note(self.desk, self.folder, iri, [], "No longer in the text of the article.")
        while found := next(self._users(name), None):  # one at a time: each changes its file
            path, turtle, block, used = found
            text = (LOST if used == "evidence" else LOST_CONTEXT).format(name=f"p:{name}")
            edits = turtle.dropping(block, self._iri(used), partial(_is, iri=iri))
            is_draft = block.get(self._iri("draft")) is not None
            edits += [] if is_draft else [turtle.adding(block, self._iri("draft"), [literal(text)])]
            self.drafts += not is_draft
            self.desk.edit(path, edits)
        for path in self._files():
            turtle = self.desk.turtle(path)
            self.desk.edit(path, [turtle.removal(block) for block in turtle.find(iri)])

    def _describe(self, modified: datetime.date | None) -> None:
        """Record the digest of the new text, and the date of its change where it is given."""
        for path, block in list(self.desk.find(self.article, self._files())):
            turtle = self.desk.turtle(path)
            edits = [turtle.setting(block, self._iri("digest"), literal(digest(self.text)))]
            if block.get(self._iri("digest")) is None:
                continue
            if modified is not None:
                name = PREFIXES["schema"] + "dateModified"
                edits += turtle.dropping(block, self._iri("notGiven"), partial(_is, iri=name))
                edits.append(turtle.setting(block, name, f'"{modified}"^^{turtle.shorten(PREFIXES["xsd"] + "date")}'))
            self.desk.edit(path, edits)


def _is(value: Value, iri: str) -> bool:
    return value.iri == iri


def _last(node: Node) -> str:
    return str(node).rsplit("/", 1)[-1]


def _order(name: str) -> tuple[str, int]:
    passage, _, number = name.rsplit("/", 1)[-1].partition("-")
    return passage, int(number) if number.isdigit() else 0
