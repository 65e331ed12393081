// Next to the text: the statements of the selected passage with readings and findings, then all others.

import { h, inWords, readingElements, t } from "./dom.js";

/** Return the statements of a passage. `act` has edit(thing), remove(iri), start(kind…), draft(), note(). */
export function passagePart(passage, statements, findings, act) {
  const title = h("h2", { id: "side-title" }, t("passage", { number: passage.number }));
  const cards = statements.map((one, place) => card(one, place + 1, findings[one.iri] ?? [], act));
  const lost = passage.lost.length && passage.state === "encoded" ? h("p", { class: "lost" }, t("lost"), " ", quoted(passage.lost)) : null;
  return [title, ...cards, lost, noteOf(passage), cellsOf(passage, act), actions(passage, statements, act)];
}

const quoted = (all) => all.flatMap((words) => [h("q", {}, words), " "]);

const noteOf = (passage) => (passage.note ? h("p", { class: "note-of" }, t("noteIs"), " ", passage.note) : null);

/** Return the cells of a row of a table: each can be made a figure. */
function cellsOf(passage, act) {
  if (!passage.cells.length) return null;
  const cells = passage.cells.map((cell) =>
    h(
      "button",
      { type: "button", class: "cell", "data-cell": cell.number, onclick: () => act.cell(cell) },
      h("small", {}, t("cell", { number: cell.number })),
      " ",
      cell.text,
    ),
  );
  return h("div", { class: "cells" }, h("p", { class: "hint" }, t("cellsHint")), cells);
}

function card(one, number, findings, act) {
  const draft = one.values["att:draft"]?.[0]?.text;
  return h(
    "article",
    { class: draft ? "card draft" : "card", "data-iri": one.iri },
    h(
      "header",
      {},
      h("kbd", {}, String(number)),
      " ",
      h("strong", {}, one.name.replace("statement/", "")),
      " ",
      act.kind(one.form),
      draft ? h("span", { class: "badge" }, t("draft")) : null,
      h("button", { type: "button", class: "link", onclick: () => act.edit(one) }, t("edit")),
      h("button", { type: "button", class: "link", onclick: () => act.remove(one.iri) }, t("delete")),
    ),
    h("div", { class: "reading" }, readingElements(one.reading)),
    findingsList(findings),
  );
}

/** Return findings as a list, each with what to do. */
export function findingsList(findings, isNamed = false) {
  if (!findings.length) return null;
  const item = (one) => {
    const name = isNamed && one.name ? `${one.name}: ` : "";
    return h("li", { class: one.severity }, h("strong", {}, t(one.severity)), " ", name, one.message);
  };
  return h("ul", { class: "findings" }, findings.map(item));
}

function actions(passage, statements, act) {
  const button = (key, text, onclick, isPrimary = false) =>
    h("button", { type: "button", class: isPrimary ? "primary" : "", "data-act": key, onclick }, text, " ", h("kbd", {}, key));
  const isBare = statements.length === 0 && passage.state !== "structural";
  return h(
    "div",
    { class: "actions" },
    button("n", passage.item ? t("newItem", { number: passage.item }) : t("newStatement"), act.start, true),
    isBare && passage.state === "open" ? button("d", t("takeDraft"), act.draft) : null,
    button("o", passage.note ? t("changeNote") : t("sayWhyNot"), act.note),
    button("r", t("newRecord"), act.record),
    button("c", t("cut"), act.cut),
  );
}

/** Return the statements of the other passages, and the records of the article. */
export function restPart(book, passage, findings, act) {
  const others = book.passages.filter((one) => one.name !== passage.name && one.statements.length);
  const general = findings[""] ?? [];
  return [
    general.length ? h("details", { class: "general", open: true }, h("summary", {}, t("elsewhere", { count: general.length })), findingsList(general, true)) : null,
    others.length ? h("h2", {}, t("otherStatements")) : null,
    h(
      "ul",
      { class: "others" },
      others.flatMap((one) => one.statements.map((statement) => otherRow(one, statement, findings[statement.iri] ?? [], act))),
    ),
    thingsOf(book, findings, act),
  ];
}

function otherRow(passage, statement, findings, act) {
  return h(
    "li",
    { class: statement.draft ? "draft" : "" },
    h(
      "button",
      { type: "button", class: "link", tabindex: "-1", onclick: () => act.go(passage.name) },
      h("strong", {}, statement.name),
      " ",
      inWords(statement.label, t("noLabel")),
    ),
    statement.draft ? h("span", { class: "badge" }, t("draft")) : null,
    findings.length ? h("span", { class: "badge wrong" }, t("toMend", { count: findings.length })) : null,
  );
}

function thingsOf(book, findings, act) {
  if (!book.things.length) return null;
  const rows = book.things.map((one) =>
    h(
      "li",
      {},
      h("button", { type: "button", class: "link", tabindex: "-1", onclick: () => act.editThing(one.iri) }, h("strong", {}, one.name), " ", inWords(one.label)),
      " ",
      h("button", { type: "button", class: "link", tabindex: "-1", onclick: () => act.remove(one.iri) }, t("delete")),
      findingsList(findings[one.iri] ?? []),
    ),
  );
  return h("details", { class: "things" }, h("summary", {}, t("things", { count: book.things.length })), h("ul", { class: "others" }, rows));
}
