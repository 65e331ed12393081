// The page: what is asked of the server, which form is open, and the keys.

import { Book } from "./book.js";
import { CutForm } from "./cut.js";
import { get, h, post, Refused, setTexts, t } from "./dom.js";
import { Form } from "./form.js";
import { NoteForm } from "./note.js";
import { Passages } from "./passages.js";
import { passagePart, restPart } from "./side.js";
import { topParts } from "./top.js";

const [top, text, side, keys, said] = ["top", "text", "side", "keys", "said"].map((id) => document.getElementById(id));
const KEYS = ["j k", "← →", "Shift ← →", "↵", "n", "1 – 9", "d", "o", "r", "c", "F6", "Ctrl ↵", "Esc", "Ctrl Z", "Ctrl Y"];

class Page {
  constructor(book) {
    this.book = book;
    this.stack = [];
    this.task = null;
    this.warned = null;
    this.statements = [];
    this.findings = {};
    this.message = null;
    this.passages = new Passages(text, {
      mayselect: () => this.mayLeave(this.task),
      onselect: () => this.passageChanged(),
      onmove: () => this.task?.at(this.passages.words),
      onwords: (passage, words) => this.useWords(words),
    });
  }

  get form() {
    return this.stack.at(-1)?.form ?? null;
  }

  // Following the article

  async begin() {
    this.take(await get("state"));
    await this.passageChanged();
    this.passages.focus();
    this.check();
  }

  take(state) {
    this.book.take(state);
    document.documentElement.dataset.article = state.language;
    const isInText = text.contains(document.activeElement);
    this.passages.show(state.passages);
    if (isInText) this.passages.focus();
    this.showTop();
    this.showKeys();
  }

  async passageChanged() {
    const { name } = this.passages.current;
    const statements = await get(`passage/${encodeURIComponent(name)}`);
    if (name !== this.passages.name) return;
    this.statements = statements;
    this.showSide();
  }

  async check() {
    this.checking = (this.checking ?? 0) + 1;
    const mine = this.checking;
    try {
      const told = await get("check");
      if (mine !== this.checking) return;
      this.findings = told.findings;
      this.isChecked = true;
      this.showSide();
      this.showTop();
    } catch (error) {
      this.tell(error.message);
    }
  }

  async act(path, sent, done = "") {
    try {
      const told = await post(path, { ...sent, revision: this.book.revision });
      this.tell(done);
      await this.follow(told.state);
      return told;
    } catch (error) {
      this.refuse(error);
      return null;
    }
  }

  async follow(state) {
    this.isChecked = false;
    this.take(state);
    await this.passageChanged();
    this.check();
  }

  refuse(error) {
    if (error.isConflict) this.conflict(error.message);
    else this.tell(error.message, true);
  }

  /** Read files that changed on the disk, and say so once saving again can succeed; what is filled in stays. */
  async conflict(message) {
    this.take(await get("state"));
    await this.passageChanged();
    this.tell(message, true);
    this.check();
  }

  tell(message, isWrong = false) {
    said.textContent = message;
    said.className = isWrong ? "wrong" : "";
  }

  // Forms

  /** Return whether something was filled in that is not saved yet. */
  get isChanged() {
    return Boolean(this.task?.isChanged) || this.stack.some(({ form }) => form.isChanged);
  }

  /** Return whether nothing is filled in that would be lost; else say so. */
  mayLeave(form) {
    if (form?.isChanged) this.tell(t("discard"), true);
    return !form?.isChanged;
  }

  /** The same of closing a form: who asks for it twice in a row means it. */
  mayClose(form) {
    const isMeant = this.warned === form || this.mayLeave(form);
    this.warned = isMeant ? null : form;
    if (isMeant && said.textContent === t("discard")) this.tell("");
    return isMeant;
  }

  start(more = {}) {
    const passage = this.passages.current;
    const values = { ...(more.values ?? {}) };
    const context = (name) => {
      const one = this.book.passages.find((other) => other.name === name);
      return { iri: one.iri, name: String(one.number), label: { en: String(one.number) } };
    };
    if (passage.item && !more.values) {
      if (passage.lead) values["att:context"] = [context(passage.lead)];
      values["att:order"] = [{ text: String(passage.item) }];
    }
    if (passage.header) values["att:context"] = [context(passage.header)];
    this.open({ form: "Assertion", passage: passage.name, ...more, values });
  }

  /** Make a figure of a cell: with its number, the cell and the header that it is read by. */
  startCell(cell) {
    this.start({ form: "Figure", values: { "att:cell": [{ text: String(cell.number) }] } });
    this.form.addWords({ printed: cell.text, start: cell.start, end: cell.end });
  }

  open(start, parent = null, take = null) {
    const form = new Form(this.book, this.told(), start);
    this.stack.push({ form, parent, take });
    this.showSide();
    form.changed();
    const isNamed = start.values?.["rdfs:label"]?.length;
    form.focusField(form.isStatement || start.asksKind ? "form" : isNamed ? "rdfs:label@de" : "rdfs:label@en");
  }

  told() {
    return {
      ondone: (form, told) => this.saved(form, told),
      oncancel: () => this.cancel(),
      below: () => Object.fromEntries(this.stack.slice(0, -1).filter(({ form }) => form.iri).map(({ form }) => [form.iri, form.was])),
      onconflict: (message) => this.conflict(message),
      onword: () => this.afterWord(),
      onopen: (form, field, opens, words, then) => this.openFor(form, field, opens, words, then),
    };
  }

  /** Open a form from another one, which takes what it makes as a value. */
  async openFor(form, field, opens, words = "", then = null) {
    const take = then ?? ((made) => form.set(field, made));
    if (opens.iri) {
      const thing = await get("thing", { iri: opens.iri });
      this.open({ ...thing, passage: thing.passage || form.passage }, form, () => form.changed());
      return;
    }
    const values = { ...(opens.values ?? {}) };
    const spec = this.book.forms.get(opens.form);
    if (words && spec.group !== "statement") values["rdfs:label"] = [{ text: words, lang: "en" }];
    const choices = field && spec.group !== "statement" ? this.book.newKinds(field) : null;
    this.open({ form: opens.form, passage: form.passage, values, clause: spec.group === "statement", choices }, form, take);
  }

  async saved(form, told) {
    const { parent, take } = this.stack.pop();
    for (const { form: open } of this.stack) open.was = told.below[open.iri] ?? open.was;
    this.tell(t("saved", { name: told.name.replace("statement/", "") }));
    await this.follow(told.state);
    if (parent) {
      take({ iri: told.iri, name: told.name, label: told.label });
      parent.show();
      parent.focusField("save");
      parent.preview();
    } else this.passages.focus();
  }

  cancel() {
    if (!this.mayClose(this.form)) return;
    const closed = this.stack.pop();
    this.showSide();
    if (closed?.parent) closed.parent.show().focusField("save");
    else this.passages.focus();
  }

  afterWord() {
    this.passages.clear();
    this.passages.focus();
  }

  useWords(words) {
    if (!words) return;
    if (this.task) {
      this.task.focus();
      return;
    }
    const form = this.form;
    if (form && !(form.isStatement && form.reads(this.passages.current))) {
      this.tell(t("otherPassage"), true);
      return;
    }
    if (!form) this.start();
    this.form.addWords(words);
  }

  edit(one) {
    if (one) this.open({ ...one, words: structuredClone(one.words), inferences: structuredClone(one.inferences) });
  }

  async editThing(iri) {
    const thing = await get("thing", { iri });
    this.open({ ...thing, passage: thing.passage || this.passages.name });
  }

  // The cut of a passage, and why it has no statement

  cut() {
    this.startTask(new CutForm(this.book, this.passages.current, { oncut: (change) => this.recut(change), oncancel: () => this.leaveTask() }));
    this.task.at(this.passages.words);
  }

  note() {
    this.startTask(new NoteForm(this.passages.current, { onnote: (words) => this.saveNote(words), oncancel: () => this.leaveTask() }));
  }

  startTask(task) {
    this.task = task;
    this.showSide();
    task.focus();
  }

  async recut(change) {
    const told = await this.act("cut", { passage: this.task.passage.name, ...change }, t("cutDone"));
    if (!told) return;
    this.passages.select(told.passage, "mouse");
    this.endTask();
  }

  async saveNote(words) {
    const { name, note } = this.task.passage;
    if (await this.act("note", { passage: name, text: words, was: note })) this.endTask();
  }

  leaveTask() {
    if (this.mayClose(this.task)) this.endTask();
  }

  endTask() {
    this.task = null;
    this.passages.clear();
    this.showSide();
    this.passages.focus();
  }

  // Showing

  showTop() {
    const step = (path) => this.act(path, {}, t(`${path}Done`));
    top.replaceChildren(...topParts(this.book, this.findings, this.isChecked, step, (language) => this.speak(language)));
  }

  speak(language) {
    setTexts(this.book.texts, language);
    this.passages.show(this.book.passages);
    this.showTop();
    this.showKeys();
    this.showSide();
  }

  showKeys() {
    const rows = KEYS.map((key, number) => h("span", {}, h("kbd", {}, key), " ", t(`key-${number}`)));
    keys.replaceChildren(h("strong", {}, t("keys")), ...rows);
  }

  showSide() {
    if (this.task && this.task.passage.name !== this.passages.name) this.task = null;
    if (this.task) {
      const title = h("h2", { id: "side-title", class: "visually-hidden" }, t("form"));
      if (!this.task.element.isConnected) side.replaceChildren(title, this.task.element);
      return;
    }
    if (this.form) {
      const depth = this.stack.slice(0, -1).map(({ form }) => h("span", { class: "crumb" }, this.book.labelOf(form.form), " › "));
      const before = h("div", { class: "above" }, depth);
      const title = h("h2", { id: "side-title", class: "visually-hidden" }, t("form"));
      if (this.form.element.isConnected) return;
      side.replaceChildren(title, before, this.form.show().element);
      return;
    }
    const act = {
      edit: (one) => this.edit(one),
      editThing: (iri) => this.editThing(iri),
      remove: (iri) => this.act("delete", { iri, was: this.statements.find((one) => one.iri === iri)?.was }, t("deleted")),
      start: () => this.start(),
      draft: () => this.act("draft", { passage: this.passages.name }, t("drafted")),
      note: () => this.note(),
      cut: () => this.cut(),
      record: () => this.open({ form: "Person", passage: this.passages.name, choices: this.book.records(), asksKind: true }),
      cell: (cell) => this.startCell(cell),
      go: (name) => this.passages.select(name),
      kind: (name) => this.book.labelOf(name),
    };
    this.acts = act;
    const current = this.passages.current;
    const parts = [...passagePart(current, this.statements, this.findings, act), ...restPart(this.book, current, this.findings, act)];
    side.replaceChildren(...parts.filter(Boolean));
  }

  // Keys

  onkey(event) {
    const isTyping = event.target.matches("input, select, textarea");
    const isControl = event.ctrlKey || event.metaKey;
    const key = event.key;
    if (key !== "Escape") this.warned = null;
    let found = true;
    if (isControl && key === "Enter") (this.task ?? this.form)?.save();
    else if (key === "F6") this.swap();
    else if (key === "Escape" && this.task) this.leaveTask();
    else if (key === "Escape" && this.form) this.cancel();
    else if (isTyping || event.altKey) found = false;
    else if (isControl) found = this.byControl(key.toLowerCase(), event.shiftKey);
    else if (text.contains(event.target) && this.inText(key, event.shiftKey)) found = true;
    else found = !this.form && !this.task && !event.target.matches("button, summary") ? this.byLetter(key) : false;
    if (found) event.preventDefault();
  }

  byControl(key, isShifted) {
    const path = key === "y" || (key === "z" && isShifted) ? "redo" : key === "z" ? "undo" : null;
    if (path && !this.form && !this.task) this.act(path, {}, t(`${path}Done`));
    return path !== null;
  }

  inText(key, isShifted) {
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
    if (key in steps && !this.form) this.passages.move(steps[key]);
    else if (key === "ArrowRight" || key === "ArrowLeft") this.passages.moveWord(key === "ArrowRight" ? 1 : -1, isShifted);
    else if (key === "Enter") this.useWords(this.passages.words);
    else return false;
    return true;
  }

  byLetter(key) {
    const act = { n: "start", d: "draft", o: "note", r: "record", c: "cut" }[key];
    const place = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
    if (act) this.acts[act]();
    else if (place >= 0) this.edit(this.statements[place]);
    else return false;
    return true;
  }

  /** Go from the text to the form or the statements, and back. */
  swap() {
    if (!text.contains(document.activeElement)) this.passages.focus();
    else if (this.task) this.task.focus();
    else if (this.form) this.form.focusField("more");
    else side.querySelector("button")?.focus();
  }
}

const told = await get("forms");
setTexts(told.texts, navigator.language?.slice(0, 2));
const page = new Page(new Book(told));
document.addEventListener("keydown", (event) => page.onkey(event));
await page.begin();
window.addEventListener("focus", async () => {
  const state = await get("state");
  if (state.revision !== page.book.revision) await page.conflict(t("changedOnDisk"));
});
window.addEventListener("beforeunload", (event) => {
  if (page.isChanged) event.preventDefault();
});
window.addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof Refused)) return;
  event.preventDefault();
  page.tell(event.reason.message, true);
});
document.body.dataset.ready = "true";
