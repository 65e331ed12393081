"""An editor at the page of kg annotate: presses keys and clicks as a person would, and counts them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import SKOS, Namespace
from rdflib.term import Node

from kg.annotate.serve import make_server_of
from kg.annotate.workspace import Workspace
from kg.terms import PREFIXES

ATT = Namespace("https://attested.example/ns#")
BASE = "https://attested.example/"
OWN_FIELDS = {
    SKOS.topConceptOf,
    RDF.type,
    ATT.evidence,
    ATT.words,
    ATT.inference,
    RDFS.label,
    SKOS.inScheme,
    SKOS.prefLabel,
}
"""Properties that are not filled in as other fields are."""
FEW = 3
"""Letters that are typed before the editor looks at what is offered."""
MEANS = {ATT.Words: ATT.expresses, ATT.NameUse: ATT.names, ATT.Quotation: ATT.quotedFrom}


@contextmanager
def served(work: Workspace) -> Iterator[str]:
    """Serve a workspace; give the link."""
    server, link = make_server_of(work)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield link
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def short(iri: Node) -> str:
    """Return a property's name with its prefix."""
    for prefix, space in {"att": str(ATT), **PREFIXES}.items():
        if str(iri).startswith(space):
            return f"{prefix}:{str(iri)[len(space) :]}"
    raise ValueError(iri)


@dataclass
class Editor:
    """A page with an editor before it. ``counts`` are of keys and clicks: a held key and a drag's end count too."""

    page: Page
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def actions(self) -> int:
        return self.counts.total()

    def press(self, keys: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(keys)
            self.counts["keys"] += len(keys.split("+"))

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.counts["keys"] += len(text)

    def click(self, target: Locator) -> None:
        target.click()
        self.counts["clicks"] += 1

    def open(self, link: str) -> None:
        self.page.goto(link)
        self.page.wait_for_selector("body[data-ready]")

    # Moving

    def go_to(self, passage: str) -> None:
        """Select a passage by a click on its number."""
        item = self.page.locator(f"#passage-{passage}")
        if "selected" not in (item.get_attribute("class") or "").split():
            self.click(item.locator(".number"))
        title = f"Passage {item.locator('.number').inner_text()}"
        self.page.locator("#side-title", has_text=title).wait_for()

    def focus(self, name: str) -> None:
        """Go to a field of the form: by Tab if it is the next one, else by a click."""
        script = """(name) => {
          const all = [...document.querySelectorAll('.form [data-field]')];
          const at = all.indexOf(document.activeElement);
          return [all.map((one) => one.dataset.field).lastIndexOf(name), at];
        }"""
        place, at = self.page.evaluate(script, name)
        assert place >= 0, f"no field {name}"
        if place == at:
            return
        if at >= 0 and place == at + 1:
            self.press("Tab")
        else:
            self.click(self.page.locator(".form [data-field]").nth(place))

    # Searching

    def choose(self, wanted: str, names: list[str]) -> None:
        """Type in the search that has the focus until what is wanted is among the first offered, and take it."""
        best = min(names, key=len)
        for name in dict.fromkeys([best, *names]):
            for part in (name[:FEW], *name[FEW:]):
                self.type(part)
                place = self._place(wanted)
                if place is not None and place <= 3:
                    self.press("ArrowDown", place)
                    self.press("Enter")
                    return
            place = self._place(wanted)
            if place is not None:
                self.press("ArrowDown", place)
                self.press("Enter")
                return
            self.press("Control+a")
            self.press("Delete")
        raise AssertionError(f"{wanted} is not found by {names}")

    def _place(self, wanted: str) -> int | None:
        script = """(wanted) => {
          const input = document.activeElement;
          const list = document.getElementById(input.getAttribute('aria-controls'));
          if (list?.dataset.words !== input.value.trim()) return null;
          return [...list.children].findIndex((one) => one.dataset.iri === wanted);
        }"""
        handle = self.page.wait_for_function(
            f"(w) => {{ const r = ({script})(w); return r === null ? false : [r]; }}", arg=wanted
        )
        (place,) = handle.json_value()
        return None if place < 0 else place

    def put(self, name: str, text: str) -> None:
        """Write a text into a field that holds none."""
        self.focus(name)
        self.type(text)

    def call(self, name: str, label: str, iri: str) -> None:
        """Have the form show a field that it does not show yet."""
        if not self.page.locator(f".form [data-field^='{name}']").count():
            self.focus("more")
            self.choose(iri, [label])
            self.page.locator(f".form [data-field^='{name}']").first.wait_for()

    # Words of the text

    def select(self, start: int, end: int) -> None:
        """Select words by the mouse: one by a double click, several by drawing over them."""
        first = self.page.locator(f".w[data-start='{start}']")
        last = self.page.locator(f".w[data-end='{end}']")
        last.locator("xpath=ancestor::li").scroll_into_view_if_needed()
        one, other = first.bounding_box(), last.bounding_box()
        assert one is not None
        assert other is not None
        if start == int(last.get_attribute("data-start") or -1):
            self.page.mouse.dblclick(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2)
        else:
            self.page.mouse.move(one["x"] + 1, one["y"] + one["height"] / 2)
            self.page.mouse.down()
            self.page.mouse.move(other["x"] + other["width"] - 1, other["y"] + other["height"] / 2, steps=4)
            self.page.mouse.up()
        self.counts["clicks"] += 2
        self.page.wait_for_function("() => document.activeElement?.dataset.field === 'means'")

    # Saving

    def save(self, depth: int = 0) -> None:
        """Save the form; ``depth`` is how many forms stay open below it."""
        form = self.page.locator(".form")
        identity = form.evaluate("(one) => (one.dataset.mark = String(performance.now()))")
        self.press("Control+Enter")
        gone = self.page.locator(f".form[data-mark='{identity}']")
        problem = gone.locator(".problem")
        ended = "(m) => !document.querySelector(`.form[data-mark='${m}']`) || document.querySelector('.form .problem')"
        self.page.wait_for_function(ended, arg=identity)
        assert problem.count() == 0, problem.all_inner_texts()
        if not depth:
            self.page.wait_for_function(
                "() => !document.querySelector('.form') && document.activeElement?.matches('.passage')"
            )


@dataclass
class Encoding:
    """What is to be encoded, and an editor who does it."""

    editor: Editor
    graph: Graph
    slug: str
    spans: dict[str, tuple[int, int]]
    labels: dict[str, str]
    kinds: dict[str, str]
    made: dict[Node, str] = field(default_factory=dict)
    later: list[tuple[Node, Node, Node]] = field(default_factory=list)
    effort: dict[str, int] = field(default_factory=dict)
    without: tuple[Node, ...] = ()

    @property
    def article(self) -> str:
        return f"{BASE}article/{self.slug}"

    def is_statement(self, node: Node) -> bool:
        return str(node).startswith(f"{self.article}/statement/")

    def iri(self, node: Node) -> str:
        """Return the IRI that a node has on the page: statements are numbered in the order in which they are saved."""
        return self.made.get(node, str(node))

    def names(self, node: Node) -> list[str]:
        """Return names by which an editor would look for something, the shortest label first."""
        if self.is_statement(node):
            return [self.iri(node).rpartition("/")[2]]
        if str(node).endswith("/voice"):
            return ["the article itself"]
        if "/passage/" in str(node):
            return [str(int(str(node).rpartition("/")[2]))]
        local = str(node).replace("#", "/").rpartition("/")[2]
        labels = [str(t) for t in self.graph.objects(node, RDFS.label) if isinstance(t, Literal) and t.language == "en"]
        return [*labels, local, local.replace("-", " ")]

    # Statements

    def statements(self) -> list[Node]:
        """Return the statements, each behind those of which it is made."""
        found: list[Node] = []

        def add(node: Node) -> None:
            if node in found:
                return
            for predicate in (ATT.subject, ATT.object, ATT.antecedent, ATT.consequent, ATT.comparedWith, ATT.respect):
                for value in self.graph.objects(node, predicate):
                    if self.is_statement(value):
                        add(value)
            found.append(node)

        for node in sorted(self.graph.subjects(ATT.evidence), key=str):
            add(node)
        return found

    def encode(self, node: Node) -> None:
        """Encode one statement."""
        editor, before = self.editor, self.editor.actions
        passage = str(self.graph.value(node, ATT.evidence)).rpartition("/")[2]
        editor.go_to(passage)
        editor.press("n")
        kind = str(self.graph.value(node, RDF.type)).rpartition("#")[2]
        self._kind(kind)
        self._values(node, (ATT.context,))
        for part in sorted(self.graph.objects(node, ATT.words), key=str):
            self._words(part)
        self._values(node)
        for part in sorted(self.graph.objects(node, ATT.inference), key=str):
            self._inference(part)
        self._label(node, proposed=True)
        editor.save()
        self.made[node] = self._newest(passage)
        self.effort[str(node)] = editor.actions - before

    def _newest(self, passage: str) -> str:
        cards = self.editor.page.locator(".card")
        self.editor.page.wait_for_function(
            "([passage, made]) => { const c = [...document.querySelectorAll('.card')];"
            " return c.length && c.every((one) => one.dataset.iri.includes(`/${passage}-`))"
            " && c.some((one) => !made.includes(one.dataset.iri)); }",
            arg=[passage, list(self.made.values())],
        )
        found = [str(iri) for iri in cards.evaluate_all("(all) => all.map((one) => one.dataset.iri)")]
        return next(iri for iri in found if iri not in self.made.values())

    def _kind(self, kind: str) -> None:
        self.editor.page.wait_for_function("() => document.activeElement?.dataset.field === 'form'")
        if kind != "Assertion":
            self.editor.press(kind[0].lower())
            shown = "(kind) => document.querySelector('.form [data-field=form]').value === kind"
            self.editor.page.wait_for_function(shown, arg=kind)

    def _values(self, node: Node, only: tuple[Node, ...] = ()) -> None:
        """Fill in the fields that hold something else than is expected."""
        left = {*OWN_FIELDS, *self.without}
        predicates = sorted({p for p in self.graph.predicates(node) if p not in left}, key=short)
        for predicate in predicates:
            is_reported = predicate == ATT.attestedBy and node in self.events(are_told=True)
            if (not only or predicate in only) and not is_reported:
                self._field(node, predicate)

    def _field(self, node: Node, predicate: Node) -> None:
        name = short(predicate)
        values = sorted(self.graph.objects(node, predicate), key=str)
        ready = []
        for value in values:
            if self.is_statement(value) and value not in self.made:
                self.later.append((node, predicate, value))
            else:
                ready.append(value)
        if not ready:
            return
        self.editor.call(name, self.labels[name], str(predicate))
        if predicate == URIRef(PREFIXES["schema"] + "sameAs"):
            self.editor.put(name, str(ready[0]))
            return
        if isinstance(ready[0], Literal):
            self._literals(name, [value for value in ready if isinstance(value, Literal)])
            return
        chips = self.editor.page.locator(f".form [data-of='{name}'] .chip")
        there = [str(iri) for iri in chips.evaluate_all("(all) => all.map((one) => one.dataset.iri)")]
        wanted = [self._value_iri(value) for value in ready]
        single = self.editor.page.locator(f".form [data-of='{name}'][data-single]").count() > 0
        for extra in [iri for iri in there if iri not in wanted] if not single else []:
            self.editor.focus(name)
            assert there[-1] == extra, (name, there, wanted)
            self.editor.press("Backspace")
        for value in ready:
            if self._value_iri(value) not in there:
                self.editor.focus(name)
                names = [self.labels[short(value)]] if str(value).startswith(str(ATT)) else self.names(value)
                self.editor.choose(self._value_iri(value), names)

    def _value_iri(self, value: Node) -> str:
        return self.iri(value)

    def _literals(self, name: str, values: list[Literal]) -> None:
        if str(values[0]) == "true":
            self.editor.focus(name)
            self.editor.press("Space")
            return
        for value in values:
            box = f"{name}@{value.language}" if value.language else name
            field = self.editor.page.locator(f".form [data-field='{box}']")
            if field.input_value() != str(value):
                assert not field.input_value()
                self.editor.put(box, str(value))

    def _label(self, node: Node, *, proposed: bool) -> None:
        labels = [value for value in self.graph.objects(node, RDFS.label) if isinstance(value, Literal)]
        for label in sorted(labels, key=lambda one: str(one.language), reverse=True):
            box = self.editor.page.locator(f".form [data-field='rdfs:label@{label.language}']")
            if box.input_value() == str(label) or (proposed and label.language == "en" and self._offers(str(label))):
                continue
            self.editor.put(f"rdfs:label@{label.language}", str(label))

    def _offers(self, label: str) -> bool:
        return self.editor.page.locator(".form [data-field='rdfs:label@en']").get_attribute("placeholder") == label

    def _words(self, part: Node) -> None:
        printed = str(self.graph.value(part, ATT.printed))
        start, end = self.spans[str(part)]
        self.editor.select(start, end)
        cls = self.graph.value(part, RDF.type)
        if cls == ATT.PrintedNumber:
            self._number(part)
            return
        meaning = self.graph.value(part, MEANS[cls])
        names = [] if meaning is None else self.names(meaning)
        if meaning is None:
            self.editor.choose("words", ["nothing more"])
        elif cls == ATT.Quotation:
            self.editor.choose(f"quoted:{meaning}", names)
        else:
            self.editor.choose(str(meaning), names)
        self.editor.page.wait_for_function("() => document.activeElement?.matches('.passage')")
        assert printed

    def _number(self, part: Node) -> None:
        """Say that words are a number; of a figure whose observation is new, fill it in."""
        figure = next(iter(self.graph.subjects(ATT.words, part)))
        observation = self.graph.value(figure, ATT.prints)
        self.editor.press("Enter") if self._place_of("number") == 0 else self.editor.choose("number", ["a number"])
        self.editor.page.wait_for_function("() => document.activeElement?.dataset.field === 'att:prints'")
        if observation is not None and observation not in self.made:
            self.editor.press("ArrowDown")
            assert self.editor._place("new:Observation") == 0
            self.editor.press("Enter")
            self.editor.page.locator(".form [data-field='att:value']").wait_for()
            self._record_fields(observation, shared=False)
            self.editor.save(depth=1)
            self.made[observation] = str(observation)
            self.editor.page.locator(".form [data-field='att:prints']").wait_for()

    def _place_of(self, iri: str) -> int | None:
        self.editor.press("ArrowDown")
        return self.editor._place(iri)

    def _inference(self, part: Node) -> None:
        editor, infers = self.editor, self.graph.value(part, ATT.infers)
        editor.focus("more")
        editor.choose("inference", ["inferred"])
        editor.page.wait_for_function("() => document.activeElement?.dataset.field === 'infers'")
        editor.choose(str(infers), [self.labels[short(infers)]])
        editor.page.wait_for_function("() => document.activeElement?.dataset.field === 'why'")
        editor.type(str(self.graph.value(part, RDFS.comment)))

    # Records

    def record(self, node: Node, kind: str, *, shared: bool, without: tuple[Node, ...] = ()) -> None:
        """Make a record, ``without`` values of some properties."""
        self.without = without
        editor, before = self.editor, self.editor.actions
        editor.press("r")
        editor.page.wait_for_function("() => document.activeElement?.dataset.field === 'form'")
        editor.choose(kind, [self.kinds[kind]])
        editor.page.locator(f".form [data-kind='{kind}']").wait_for()
        self._record_fields(node, shared=shared)
        editor.save()
        self.made[node] = str(node)
        self.effort[str(node)] = editor.actions - before

    def _record_fields(self, node: Node, *, shared: bool) -> None:
        local = str(node).rpartition("/")[2]
        self.editor.put("name", local)
        box = self.editor.page.locator(".form [data-field='shared']")
        if shared and box.count():
            self.editor.focus("shared")
            self.editor.press("Space")
        like = self.editor.page.locator(".form [data-field='anyway']")
        if shared and like.count():
            self.editor.focus("anyway")
            self.editor.press("Space")
        self._values(node)
        for part in sorted(self.graph.objects(node, ATT.inference), key=str):
            self._inference(part)
        self._label(node, proposed=False)

    def events(self, *, are_told: bool) -> list[Node]:
        """Return the events, those that a statement speaks of or the others; the statement then reports them."""
        events = set(self.graph.subjects(RDF.type, ATT.Event))
        told = {v for s in self.graph.subjects(ATT.evidence) for v in self.graph.objects(s) if v in events}
        return sorted(told if are_told else events - told, key=str)

    def finish(self) -> None:
        """Give statements the links to what was made after them."""
        for node, predicate, value in self.later:
            passage = str(self.graph.value(node, ATT.evidence)).rpartition("/")[2]
            before = self.editor.actions
            self.editor.go_to(passage)
            card = self.editor.page.locator(f".card[data-iri='{self.iri(node)}'] kbd")
            self.editor.press(card.inner_text())
            self.editor.page.locator(".form").wait_for()
            name = short(predicate)
            self.editor.call(name, self.labels[name], str(predicate))
            self.editor.focus(name)
            self.editor.choose(self.iri(value), self.names(value))
            self.editor.save()
            self.effort[str(node)] += self.editor.actions - before
