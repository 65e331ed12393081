"""The data folder as the page works on it: read once, followed as files change, written at once, with undo and redo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock, RLock

from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCTERMS, Namespace
from rdflib.term import Node

from kg.annotate.forms import Forms
from kg.corpus.evidence.check import find_texts, recorded_passages
from kg.corpus.evidence.placing import FILE as WORDS
from kg.corpus.rdf.graph_view import GraphView
from kg.corpus.report import Report
from kg.corpus.sources.load import Corpus, load_corpus, reload_graph
from kg.corpus.text import Passage, digest, read_text
from kg.corpus.validation.live import Live
from kg.editing.desk import Desk
from kg.editing.find import Catalogue
from kg.errors import DataError
from kg.settings import Settings

FOLDERS = ("authority", "codes")
State = dict[Path, tuple[int, int]]


class Changed(DataError):
    """A file was changed by somebody else since the page last looked."""


@dataclass(frozen=True, slots=True)
class Step:
    """One save: what each file held before it and holds after it, None where there is no file."""

    texts: Mapping[Path, tuple[str | None, str | None]]


class Workspace:
    """An article, its text and all shared records. One request at a time holds its lock."""

    def __init__(self, settings: Settings, slug: str, text_file: Path | None = None) -> None:
        """Read the folder; raises DataError where there is no such article, or its text is not available as it was."""
        self.settings, self.slug, self.lock = settings, slug, RLock()
        self._validating = Lock()
        self.revision = 0
        self._undo: list[Step] = []
        self._redo: list[Step] = []
        self._state = self._look()
        self.corpus = self._load()
        self.forms = Forms(self.corpus)
        self.text = self._find_text(text_file)
        _ = self.passages  # refuses a text that has them elsewhere
        self._live: Live | None = None

    def _load(self) -> Corpus:
        corpus = load_corpus(self.settings)
        if self.slug not in corpus.slugs:
            raise DataError(f"There is no article {self.slug}. Start it with: kg new {self.slug} --text FILE")
        self._refuse_faults(corpus)
        return corpus

    @staticmethod
    def _refuse_faults(corpus: Corpus) -> None:
        faults = [result for result in corpus.results if result.shape == "Syntax"]
        if faults:
            raise DataError("\n".join(f"{fault.place}: {fault.message}" for fault in faults))

    def _find_text(self, text_file: Path | None) -> str:
        text = read_text(text_file) if text_file else find_texts(self.corpus, self.settings.texts)[0].get(self.slug)
        if text is None:
            raise DataError(f"No text of {self.slug} was found. Give it with --text, or set KG_TEXTS.")
        recorded = self.graph.value(self.article, URIRef(self.term.digest))
        if digest(text) != str(recorded):
            raise DataError(f"This is not the text of {self.slug} that was cut. See kg renew.")
        return text

    # What there is

    @property
    def graph(self) -> Graph:
        """The graph of the article."""
        return self.corpus.graph(f"article/{self.slug}")

    @property
    def article(self) -> URIRef:
        """IRI of the article."""
        return URIRef(self.corpus.iris.article(self.slug))

    @property
    def language(self) -> str:
        """Language of the article."""
        return str(self.graph.value(self.article, DCTERMS.language) or "en")

    @cached_property
    def term(self) -> Namespace:
        """Terms of the ontology."""
        return Namespace(self.corpus.iris.term(""))

    @property
    def folder(self) -> Path:
        """Folder of the article."""
        return self.settings.data_dir / "articles" / self.slug

    @property
    def paths(self) -> list[Path]:
        """Files of the article in which it says something; the places of its words are in a file of their own."""
        return sorted(path for path in self.folder.glob("*.ttl") if path.name != WORDS)

    @cached_property
    def passages(self) -> dict[Node, Passage]:
        """Passages by their IRIs, in order; raises DataError where they cannot be read, or are not the text's."""
        found = recorded_passages(self.graph, self.term)
        if found is None:
            raise DataError(f"The passages of {self.slug} cannot be read. See kg check.")
        wrong = [p.number for p in found.values() if digest(self.text[p.start : p.end]) != p.digest]
        if wrong:
            raise DataError(
                f"The text of {self.slug} is not the one that was cut, be it only in spaces or empty lines: passage"
                f" {min(wrong)} is not where it was. Put the text back as it was, or carry the article over to this"
                f" one: kg renew {self.slug} --text FILE. If that was done just now, start kg annotate again."
            )
        return dict(sorted(found.items(), key=lambda item: item[1].number))

    @property
    def numbers(self) -> dict[str, int]:
        """Number of each passage by the name in its IRI."""
        return {str(node).rpartition("/")[2]: passage.number for node, passage in self.passages.items()}

    @cached_property
    def view(self) -> GraphView:
        """All data as a reading sees them."""
        return GraphView(self.corpus.data, self.corpus.iris)

    @cached_property
    def catalogue(self) -> Catalogue:
        """What can be found."""
        return Catalogue(self.corpus)

    @cached_property
    def files(self) -> Desk:
        """The files as they are, to be read only."""
        return Desk(self.settings)

    def classes(self, iri: str) -> set[str]:
        """Return the classes of a thing, by the last parts of their IRIs."""
        return {
            str(cls).replace("#", "/").rpartition("/")[2] for cls in self.corpus.data.objects(URIRef(iri), RDF.type)
        }

    # What changes

    def _look(self) -> State:
        """Return size and time of each file of the data."""
        folders = [*(self.settings.data_dir / name for name in FOLDERS), self.settings.data_dir / "articles"]
        files = (path for folder in folders for path in folder.rglob("*.ttl") if not path.name.startswith("."))
        found = {}
        for path in files:
            try:
                told = path.stat()
            except OSError:
                continue  # taken away just now
            found[path] = (told.st_size, told.st_mtime_ns)
        return found

    def refresh(self) -> list[Path]:
        """Read again what somebody changed; return the files. Raises DataError while one of them is no Turtle."""
        changed = self._reread()
        self._refuse_faults(self.corpus)
        return changed

    def _reread(self) -> list[Path]:
        now = self._look()
        changed = sorted({path for path, _ in now.items() ^ self._state.items()})
        if changed:
            self._state = now
            self._reload(changed)
        return changed

    def _reload(self, paths: list[Path]) -> None:
        names = {self._graph_name(path) for path in paths}
        known = {f"article/{slug}" for slug in self.corpus.slugs} | set(FOLDERS)
        if names <= known and all(path.exists() for path in paths):
            for name in names:
                reload_graph(self.corpus, self.settings, name)
        else:
            self.corpus = self._load()
        for name in ("passages", "view", "catalogue", "files"):
            self.__dict__.pop(name, None)
        self.revision += 1

    def _graph_name(self, path: Path) -> str:
        first, *rest = path.relative_to(self.settings.data_dir).parts
        return f"article/{rest[0]}" if first == "articles" else first

    def desk(self, revision: int | None = None, *, is_whole: bool = True) -> Desk:
        """Return a desk on the files as they are; raises Changed where they are not those of a revision.

        Raises DataError while one of them is no Turtle, unless they need not be whole.
        """
        changed = self.refresh() if is_whole else self._reread()
        if changed or (revision is not None and revision != self.revision):
            names = ", ".join(str(path.relative_to(self.settings.data_dir)) for path in changed) or "The article"
            raise Changed(
                f"{names} changed on the disk since you looked. Nothing was written: what you entered is still"
                " here. Look at what is new, then save again."
            )
        return Desk(self.settings)

    def write(self, desk: Desk) -> None:
        """Write what is staged, so that it can be undone; raises DataError where that fails, and nothing is changed."""
        texts = desk.states()
        if not texts:
            return
        desk.write()
        self._undo.append(Step(texts))
        self._redo.clear()
        self._follow(list(texts))

    def take_back(self) -> None:
        """Undo the last save, without a way to redo it."""
        self._step(self._undo, [], 0)

    def _follow(self, paths: list[Path]) -> None:
        self._state = self._look()
        self._reload(paths)

    @property
    def can(self) -> dict[str, bool]:
        """Whether something can be undone, and redone."""
        return {"undo": bool(self._undo), "redo": bool(self._redo)}

    def undo(self) -> None:
        """Undo the last save; raises DataError where there is none, Changed where a file is another since."""
        self._step(self._undo, self._redo, 0)

    def redo(self) -> None:
        """Do again what was undone last; raises as ``undo`` does."""
        self._step(self._redo, self._undo, 1)

    def _step(self, source: list[Step], target: list[Step], which: int) -> None:
        if not source:
            raise DataError("There is nothing to undo." if which == 0 else "There is nothing to redo.")
        desk, step = self.desk(is_whole=False), source[-1]
        for path, texts in step.texts.items():
            there = desk.text(path)
            if there != texts[1 - which]:
                raise Changed(
                    f"{path.name} was changed since by somebody else, so this cannot be undone here. See git."
                )
            desk.put(path, texts[which])
        desk.write()
        target.append(source.pop())
        self._follow(list(step.texts))

    def report(self) -> Report:
        """Return what is wrong with the article and the shared records as they are now."""
        with self._validating:
            if self._live is None:
                self._live = Live(self.settings, self.slug)
            return self._live.refresh()
