// The head of the page: the article, how far it is encoded, undo and redo, and the language.

import { h, languageOfPage, t } from "./dom.js";

/** Return the parts of the head. `step` undoes or redoes, by its path; `speak` changes the language. */
export function topParts(book, findings, isChecked, step, speak) {
  const { progress, title, slug } = book;
  const count = Object.values(findings).flat().length;
  const button = (label, path, can, key) =>
    h("button", { type: "button", disabled: !can, "data-act": path, onclick: () => step(path) }, label, " ", h("kbd", {}, key));
  const other = languageOfPage() === "en" ? "de" : "en";
  return [
    h("h1", {}, title, " ", h("small", {}, slug)),
    h(
      "p",
      { class: "progress" },
      meter(progress.passages, t("passagesDone", { done: progress.passages[0], all: progress.passages[1] })),
      meter(progress.facts, t("factsKept", { kept: progress.facts[0], all: progress.facts[1] })),
      h("span", {}, t("counts", progress)),
      h("span", { class: count ? "wrong" : "right", "data-check": isChecked ? "done" : "waiting" }, isChecked ? t(count ? "toMend" : "conforms", { count }) : t("checking")),
    ),
    h(
      "p",
      { class: "tools" },
      button(t("undo"), "undo", book.undo, "Ctrl Z"),
      button(t("redo"), "redo", book.redo, "Ctrl Y"),
      h("button", { type: "button", lang: other, "data-act": "language", onclick: () => speak(other) }, other === "de" ? "Deutsch" : "English"),
    ),
  ];
}

function meter([done, all], label) {
  return h("label", {}, h("meter", { min: 0, max: Math.max(all, 1), value: String(done), "aria-label": label }), " ", label);
}
