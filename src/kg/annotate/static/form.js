// A form that is filled in: of a statement, with the printed words and what is inferred, or of a record.

import { buttons, get, h, inWords, post, readingElements, t } from "./dom.js";
import { combo } from "./combo.js";
import { fieldElement, options } from "./fields.js";
import { recordHead, wordsPart } from "./parts.js";

const WAIT = 150;

export class Form {
  /** Begin a form: `book` knows the article and the forms, `told` has ondone(answer), oncancel() and onopen(form). */
  constructor(book, told, start) {
    this.book = book;
    this.told = told;
    Object.assign(this, { iri: "", was: {}, words: [], inferences: [], name: "", shared: false, anyway: false }, start);
    this.request = crypto.randomUUID();
    this.values = { ...(start.values ?? {}) };
    this.draft = this.values["att:draft"]?.[0]?.text ?? "";
    this.keepsDraft = false;
    this.problems = {};
    this.proposed = {};
    this.reading = null;
    this.called = new Set();
    this.untouched = new Set();
    this.element = h("form", { class: "form", "aria-label": t("form"), onsubmit: (event) => event.preventDefault() });
    this.#defaults();
    this.before = this.#filledIn();
  }

  get spec() {
    return this.book.forms.get(this.form);
  }

  get isStatement() {
    return this.spec.group === "statement";
  }

  get fields() {
    return this.spec.fields.filter((field) => field.name !== "att:draft");
  }

  /** Whether something was filled in that closing the form would lose. */
  get isChanged() {
    return this.#filledIn() !== this.before;
  }

  #filledIn() {
    const { form, values, inferences, name, shared } = this;
    const filled = Object.entries(values).filter(([, all]) => all.length);
    const words = this.words.filter((one) => one.cls);
    return JSON.stringify([form, Object.fromEntries(filled.sort()), words, inferences, name, shared]);
  }

  /** Return whether words of a passage can be words of this statement: of its own passage, or of its context. */
  reads(passage) {
    return passage.name === this.passage || (this.values["att:context"] ?? []).some((one) => one.iri === passage.iri);
  }

  properties() {
    return this.fields.map((f) => ({ iri: f.iri, name: f.name, labels: f.label, definition: f.definition }));
  }

  #defaults() {
    const names = new Set(this.fields.map((field) => field.name));
    for (const name of this.untouched) delete this.values[name];
    this.untouched.clear();
    for (const [name, value] of Object.entries(this.book.starts(this.form, this.clause))) {
      if (names.has(name) && !this.iri && !this.values[name]?.length) {
        this.values[name] = [value];
        this.untouched.add(name);
      }
    }
  }

  /** What is supposed or asked is put forward by nobody: a claimant that nobody chose goes. */
  #followModality(option) {
    if (/\/code\/(supposed|asked)$/.test(option.iri) && this.untouched.delete("att:claimant")) delete this.values["att:claimant"];
  }

  // Showing

  show() {
    const rows = this.#shownFields().map((field) => fieldElement(field, this));
    this.element.replaceChildren(
      this.#head(),
      this.draft ? this.#draftNote() : "",
      ...(this.isStatement ? [] : [recordHead(this)]),
      ...rows,
      this.#more(),
      ...(this.isStatement || ["Event", "Observation"].includes(this.form) ? [wordsPart(this)] : []),
      this.#label(),
      h("div", { class: "reading", "aria-live": "polite" }),
      this.problems[""] ? h("p", { class: "problem", role: "alert" }, this.problems[""]) : "",
      buttons(this),
    );
    this.#showReading();
    return this;
  }

  #shownFields() {
    const filled = (field) => (this.values[field.name] ?? []).length > 0;
    return this.fields.filter(
      (f) => f.name !== "rdfs:label" && (f.is_main || filled(f) || this.called.has(f.name) || this.problems[f.name]),
    );
  }

  #label() {
    return fieldElement(this.fields.find((field) => field.name === "rdfs:label"), this);
  }

  #head() {
    const kind = this.isStatement ? this.#kindSelect() : this.#kindSearch();
    const title = this.iri ? this.book.shortOf(this.iri) : t(this.isStatement ? "newStatement" : "newRecord");
    const where = this.isStatement ? t("onPassage", { number: this.book.numberOf(this.passage) }) : "";
    return h("div", { class: "form-head" }, h("h3", {}, title, " ", h("small", {}, where)), kind);
  }

  #kindSelect() {
    return h(
      "select",
      { "aria-label": t("kind"), "data-field": "form", onchange: (event) => this.become(event.target.value) },
      this.book.kindsLike(this.spec).map((one) =>
        h("option", { value: one.name, selected: one.name === this.form }, inWords(one.label, one.name)),
      ),
    );
  }

  /** Return a search for the kind of a new record; of one that is there, its kind. */
  #kindSearch() {
    const name = h("span", { class: "chip", "data-kind": this.form }, inWords(this.spec.label, this.form));
    const choices = this.choices ?? this.book.kindsLike(this.spec);
    if (this.iri || choices.length < 2) return name;
    const all = choices.map((one) => ({ iri: one.name, name: one.name, labels: one.label, definition: one.definition }));
    const box = combo({
      label: t("kind"),
      name: "form",
      placeholder: t("kind"),
      search: (words) => options({ kind: "property", kinds: [] }, words, { properties: () => all }),
      onpick: (option) => this.become(option.name),
    });
    return h("span", { class: "body kind" }, name, box.element);
  }

  #draftNote() {
    const keep = (event) => (this.keepsDraft = event.target.checked);
    return h(
      "p",
      { class: "draft-note" },
      h("strong", {}, t("draft")),
      " ",
      this.draft,
      " ",
      h("label", {}, h("input", { type: "checkbox", "data-field": "keep-draft", onchange: keep }), " ", t("keepDraft")),
    );
  }

  #more() {
    const hidden = () => this.fields.filter((f) => f.name !== "rdfs:label" && !this.#shownFields().includes(f));
    const box = combo({
      label: t("moreFields"),
      name: "more",
      placeholder: t("moreFields"),
      search: async (words) => {
        const named = { kind: "property", kinds: [] };
        const all = await options(named, words, { properties: () => this.#callable(hidden()) });
        return all.slice(0, 8);
      },
      onpick: (option) => {
        if (option.inferred) this.inferences.push({ iri: "", infers: "", comment: "" });
        else this.called.add(option.name);
        this.show();
        this.focusField(option.inferred ? "infers" : option.name);
      },
    });
    return h("div", { class: "field more" }, h("span", { class: "label" }, "+"), h("div", { class: "body" }, box.element));
  }

  #callable(fields) {
    const found = fields.map((f) => ({ iri: f.iri, name: f.name, labels: f.label, definition: f.definition }));
    if (!this.isStatement && !["Event", "Observation"].includes(this.form)) return found;
    const inferred = { iri: "inference", name: "inferred", inferred: true, labels: this.book.textOf("inferred") };
    return [...found, inferred];
  }

  #showReading() {
    const place = this.element.querySelector(".reading");
    if (!place || !this.isStatement) return;
    place.replaceChildren(...readingElements(this.reading));
    for (const input of this.element.querySelectorAll("[data-field^='rdfs:label@']")) {
      input.placeholder = this.proposed[input.lang] ?? "";
    }
  }

  focusField(name) {
    const found = [...this.element.querySelectorAll("[data-field]")].filter((one) => one.dataset.field === name);
    const input = found.at(-1) ?? this.element.querySelector(`[data-field^="${CSS.escape(name)}"]`);
    input?.focus();
  }

  /** Go to the field behind one that was just filled in. */
  #next(name) {
    const all = [...this.element.querySelectorAll("[data-field]")];
    const place = all.findIndex((one) => one.dataset.field === name);
    all[place + 1]?.focus();
  }

  // Changing

  changed(isShown = true) {
    if (isShown) this.show();
    clearTimeout(this.timer);
    if (this.isStatement) this.timer = setTimeout(() => this.preview(), WAIT);
  }

  become(form) {
    this.form = form;
    this.#defaults();
    this.changed();
    this.focusField(this.isStatement ? "form" : "rdfs:label@en");
  }

  pick(field, option, words) {
    if (option.opens) {
      this.told.onopen(this, field, option.opens, words);
      return;
    }
    this.set(field, option);
    if (field.is_single) this.#next(field.name);
    else this.focusField(field.name);
  }

  set(field, option) {
    const value = { iri: option.iri, name: option.name, label: option.labels ?? option.label };
    const others = (this.values[field.name] ?? []).filter((one) => one.iri !== option.iri);
    this.values[field.name] = field.is_single ? [value] : [...others, value];
    this.untouched.delete(field.name);
    if (field.name === "att:modality") this.#followModality(option);
    delete this.problems[field.name];
    this.changed();
  }

  drop(field, place) {
    this.values[field.name] = (this.values[field.name] ?? []).filter((_, number) => number !== place);
    this.untouched.delete(field.name);
    this.changed();
    this.focusField(field.name);
  }

  openThing(field, value) {
    this.told.onopen(this, field, { iri: value.iri });
  }

  /** Return what a search offers that is not there yet: a new record or statement of a kind that the field takes. */
  newOptions(field, words) {
    const found = this.book.newKinds(field).map((one) => ({
      iri: `new:${one.name}`,
      name: one.name,
      labels: { en: t("newOf", { kind: inWords(one.label, one.name), words }) },
      opens: { form: one.name, values: one.name === "Observation" ? this.number : undefined },
    }));
    return words || field.kind === "statement" ? found : found.slice(0, 1);
  }

  // Words of the text

  /** Take selected words: their meaning is asked next. */
  addWords(words) {
    this.words.push({ iri: "", cls: "", means: [], ...words });
    this.show();
    this.focusField("means");
  }

  /** Return whether words can stand for an option: for what is of one class, and for each thing once. */
  canMean(one, option) {
    const value = option.quotes ?? option.iri;
    return !one.cls || (this.#classOf(option) === one.cls && !option.plain && !one.means.some((known) => known.iri === value));
  }

  #classOf(option) {
    if (option.number) return "PrintedNumber";
    if (option.quotes) return "Quotation";
    return option.plain || this.book.isCode(option) ? "Words" : "NameUse";
  }

  /** Say what selected words stand for, or one more thing. A code is a value of the statement, too. */
  async mean(one, option, name = "means") {
    if (option.number) {
      await this.#printed(one);
      return;
    }
    const isMore = Boolean(one.cls);
    one.cls = this.#classOf(option);
    if (!option.plain) {
      const label = option.quotes ? option.label : (option.labels ?? option.label);
      one.means.push({ iri: option.quotes ?? option.iri, name: option.name, label });
    }
    if (one.cls === "Words" && !option.plain) this.#take(option);
    this.changed();
    if (isMore) this.focusField(name);
    else this.told.onword();
  }

  /** Take out one thing that words stand for; behind the last, ask anew. */
  unmean(one, value) {
    one.means = one.means.filter((other) => other !== value);
    if (one.means.length) {
      this.changed();
      this.focusField(`also-${this.words.indexOf(one)}`);
    } else this.ask(one);
  }

  /** Ask anew what words stand for. */
  ask(one) {
    Object.assign(one, { cls: "", means: [] });
    this.changed();
    this.focusField("means");
  }

  #take(option) {
    const takes = this.fields.filter((f) => f.kinds.length === 1 && f.kinds[0] === option.kind);
    if (takes.length !== 1) return;
    const [field] = takes;
    const there = (this.values[field.name] ?? []).some((value) => value.iri === option.iri);
    if (!there) this.set(field, option);
  }

  async #printed(one) {
    one.cls = "PrintedNumber";
    const told = await get("number", { start: one.start, end: one.end });
    const isNew = !this.iri && !this.values["att:prints"]?.length;
    if (this.isStatement && isNew && this.form !== "Figure") {
      this.form = "Figure";
      this.#defaults();
    }
    if (told && isNew && this.form === "Figure") {
      this.values["att:bound"] = [told.bound];
      this.number = { "att:value": [{ text: told.value }], "att:bound": [told.bound] };
      if (told.unit) this.number["att:unit"] = [told.unit];
      this.changed();
      this.focusField("att:prints");
      return;
    }
    this.changed();
    this.told.onword();
  }

  // Asking and saving

  toSend() {
    const values = { ...this.values };
    if (!this.keepsDraft) delete values["att:draft"];
    const { iri, was, form, passage, words, inferences, name, shared, anyway, request } = this;
    const told = { iri, was, form, passage, values, words, inferences, name, shared, anyway, request };
    return { ...told, below: this.told.below(), revision: this.book.revision };
  }

  async preview() {
    this.asking?.abort();
    this.asking = new AbortController();
    const sent = this.toSend();
    sent.words = sent.words.filter((one) => one.cls);
    sent.inferences = sent.inferences.filter((one) => one.infers && one.comment);
    try {
      const told = await post("preview", sent, this.asking.signal);
      this.reading = told.reading;
      this.proposed = told.proposed;
      this.#showReading();
    } catch (error) {
      if (error.name !== "AbortError") this.reading = null;
    }
  }

  async save() {
    if (this.isSaving) return;
    this.isSaving = true;
    clearTimeout(this.timer);
    const sent = this.toSend();
    try {
      if (this.isStatement && !sent.values["rdfs:label"]?.length) {
        await this.preview();
        if (this.proposed.en) sent.values["rdfs:label"] = [{ text: this.proposed.en, lang: "en" }];
      }
      this.told.ondone(this, await post("save", sent));
    } catch (error) {
      await this.#refused(error);
    } finally {
      this.isSaving = false;
    }
  }

  async #refused(error) {
    this.problems = { [error.field && this.fields.some((f) => f.name === error.field) ? error.field : ""]: error.message };
    this.show();
    if (error.isConflict) await this.told.onconflict(error.message);
    this.element.querySelector(".problem")?.scrollIntoView({ block: "nearest" });
  }
}
