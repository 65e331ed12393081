// Why a passage has no statement, in one line.

import { buttons, h, t } from "./dom.js";

export class NoteForm {
  /** Begin with a passage; `told` has onnote(text) and oncancel(). */
  constructor(passage, told) {
    Object.assign(this, { passage, told });
    const save = (event) => {
      event.preventDefault();
      this.save();
    };
    this.input = h("input", { type: "text", "aria-label": t("sayWhyNot"), value: passage.note, "data-field": "note", autocomplete: "off" });
    this.element = h(
      "form",
      { class: "form", "aria-label": t("sayWhyNot"), onsubmit: save },
      h("div", { class: "form-head" }, h("h3", {}, t("passage", { number: passage.number }))),
      h("div", { class: "note-form" }, h("p", { class: "hint" }, t("noteHint")), this.input),
      buttons(this),
    );
  }

  get isChanged() {
    return this.input.value !== this.passage.note;
  }

  /** Take no words of the text. */
  at() {}

  focus() {
    this.input.focus();
  }

  save() {
    this.told.onnote(this.input.value);
  }
}
