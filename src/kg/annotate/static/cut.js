// The cut of a passage corrected: joined with the next, split before a word, of another kind, section or speaker.

import { buttons, h, inWords, t } from "./dom.js";

export class CutForm {
  /** Begin with a passage; `told` has oncut(change) and oncancel(). A change is what kg cut is given. */
  constructor(book, passage, told) {
    Object.assign(this, { book, passage, told, place: null });
    this.element = h("form", { class: "form cut", "aria-label": t("cutOf", { number: passage.number }), onsubmit: (event) => event.preventDefault() });
    this.show();
  }

  /** Take the word before which the passage is to be split: the first of those selected. */
  at(words) {
    const isInside = words && words.start > this.passage.start;
    this.place = isInside ? words.start : null;
    this.word = isInside ? words.printed : "";
    this.#showSplit();
  }

  show() {
    const { passage } = this;
    const next = this.book.passages.find((one) => one.number === passage.number + 1);
    this.splitter = h("button", { type: "button", "data-field": "split", onclick: () => this.told.oncut({ split: this.place }) });
    this.kind = this.#select("kind", t("kind"), this.#kinds(), passage.kind);
    this.section = this.#select("section", t("under"), this.#sections(), String(passage.section ?? 0));
    this.speaker = h("input", { type: "text", "data-field": "speaker", "aria-label": t("speaker"), autocomplete: "off", value: passage.speaker ?? "" });
    const join = h("button", { type: "button", "data-field": "join", disabled: !next, onclick: () => this.told.oncut({ join: true }) }, t("join"));
    this.element.replaceChildren(
      h("div", { class: "form-head" }, h("h3", {}, t("cutOf", { number: passage.number }))),
      row("", join, this.splitter),
      row(t("kind"), this.kind),
      row(t("under"), this.section),
      row(t("speaker"), this.speaker),
      h("p", { class: "hint" }, t("cutHint")),
      buttons(this),
    );
    this.#showSplit();
  }

  #showSplit() {
    this.splitter.disabled = this.place === null;
    this.splitter.replaceChildren(this.place === null ? t("splitHint") : t("split", { word: this.word }));
  }

  #select(name, label, options, value) {
    const items = options.map(([key, text]) => h("option", { value: key, selected: key === value }, text));
    return h("select", { "data-field": name, "aria-label": label }, items);
  }

  #kinds() {
    const codes = Object.entries(this.book.codes).filter(([, code]) => code.list === "passage-kind");
    return codes.map(([name, code]) => [name, inWords(code.label, name)]).sort((one, other) => one[1].localeCompare(other[1]));
  }

  #sections() {
    const above = this.book.passages.filter((one) => one.kind === "heading" && one.number < this.passage.number);
    return [["0", t("noSection")], ...above.map((one) => [String(one.number), `${one.number} ${one.text.slice(0, 60)}`])];
  }

  focus() {
    this.element.querySelector("[data-field]:not(:disabled)")?.focus();
  }

  /** What differs in kind, section and speaker. */
  get change() {
    const { passage } = this;
    const [section, speaker] = [Number(this.section.value), this.speaker.value.trim()];
    return {
      ...(this.kind.value === passage.kind ? {} : { kind: this.kind.value }),
      ...(section === (passage.section ?? 0) ? {} : { section }),
      ...(speaker === (passage.speaker ?? "") ? {} : { speaker }),
    };
  }

  get isChanged() {
    return Object.keys(this.change).length > 0;
  }

  /** Send what differs; close the form where nothing does. */
  save() {
    if (this.isChanged) this.told.oncut(this.change);
    else this.told.oncancel();
  }
}

const row = (label, ...body) => h("div", { class: "field" }, h("span", { class: "label" }, label), h("div", { class: "body" }, body));
