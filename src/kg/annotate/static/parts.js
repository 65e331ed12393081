// Parts of a form: where a record belongs, the printed words of a statement, and what is inferred of it.

import { get, h, t } from "./dom.js";
import { chip } from "./chips.js";
import { combo } from "./combo.js";
import { options, shown } from "./fields.js";

/** Return the choice between a record of all articles and of this one, with its name in addresses. */
export function recordHead(form) {
  const check = (name, text) =>
    h(
      "label",
      {},
      h("input", { type: "checkbox", "data-field": name, checked: form[name], onchange: (event) => (form[name] = event.target.checked) }),
      " ",
      text,
    );
  const canShare = form.spec.group === "thing" && !["Observation", "Event"].includes(form.form);
  return h(
    "div",
    { class: "field record" },
    h("span", { class: "label" }, t("name")),
    h(
      "div",
      { class: "body" },
      form.iri
        ? h("code", {}, form.book.shortOf(form.iri))
        : h("input", {
            type: "text",
            "data-field": "name",
            "aria-label": t("name"),
            placeholder: t("nameMade"),
            autocomplete: "off",
            value: form.name,
            oninput: (event) => (form.name = event.target.value),
          }),
      !form.iri && canShare ? check("shared", t("shared")) : null,
      !form.iri && (canShare || form.spec.group === "code") ? check("anyway", t("anyway")) : null,
    ),
  );
}

/** Return the printed words of a form, and what is inferred. */
export function wordsPart(form) {
  const words = form.isStatement ? form.words.map((one, place) => wordsRow(form, one, place)) : [];
  const inferred = form.inferences.map((one, place) => inferenceRow(form, one, place));
  const hint = form.isStatement && !words.length ? h("p", { class: "hint" }, t("wordsHint")) : null;
  return h("div", { class: "parts" }, form.isStatement ? h("h4", {}, t("words")) : null, hint, words, inferred);
}

function wordsRow(form, one, place) {
  const remove = () => {
    form.words.splice(place, 1);
    form.changed();
  };
  return h("div", { class: "words-row" }, h("q", {}, one.printed), " → ", meaningsOf(form, one, place, remove), removal(one.printed, remove));
}

/** Return what words stand for, each part of it to be taken out, and a search: for the first, or for one more. */
function meaningsOf(form, one, place, remove) {
  if (!one.cls) return [meaningCombo(form, one, "means", t("standsFor", { words: one.printed }), remove).element];
  const askAgain = () => form.ask(one);
  if (!one.means.length) return [meaningChip(t(one.cls === "PrintedNumber" ? "aNumber" : "onlyWords"), askAgain)];
  const drop = (value) => form.unmean(one, value);
  const chips = one.means.map((value) => {
    const name = one.cls === "Quotation" ? t("quotationOf", { name: shown(value) }) : shown(value);
    return meaningChip(name, () => drop(value));
  });
  const more = meaningCombo(form, one, `also-${place}`, t("standsForToo", { words: one.printed }), () => drop(one.means.at(-1)));
  return [...chips, more.element];
}

const removal = (name, remove) =>
  h("button", { type: "button", tabindex: "-1", "aria-label": t("remove", { name }), onclick: remove }, "×");

const meaningChip = (name, remove) => chip(name, name, remove, { class: "meaning" });

function meaningCombo(form, one, name, label, remove) {
  return combo({
    label,
    name,
    placeholder: one.cls ? t("andToo") : "",
    search: async (words) => (await meanings(form, one, words)).filter((option) => form.canMean(one, option)).slice(0, 12),
    onpick: (option, words) => {
      if (!option.opens) form.mean(one, option, name);
      else form.told.onopen(form, null, option.opens, words, (made) => form.mean(one, made, name));
    },
    onclear: remove,
  });
}

/** Return what words can stand for: whose quoted words they are, a number, codes, and things. */
async function meanings(form, one, words) {
  const sought = words.toLowerCase();
  const isLike = (option) => Object.values(option.labels).some((label) => label.toLowerCase().includes(sought));
  const people = ["att:claimant", "att:holder", "att:askedBy"].flatMap((name) => form.values[name] ?? []);
  const actors = (one.isQuoted || one.cls === "Quotation") && sought ? await get("find", { q: words, kinds: "actor" }) : [];
  const quoted = [...people.map(asQuoted).filter(isLike), ...actors.map(asQuoted)];
  const quotes = quoted.filter((option, place) => quoted.findIndex((other) => other.iri === option.iri) === place);
  const numbers = [{ iri: "number", name: "number", number: true, labels: { en: t("aNumber") } }].filter(isLike);
  const special = one.isQuoted ? [...quotes, ...numbers] : /\d/.test(one.printed) ? [...numbers, ...quotes] : [...quotes, ...numbers];
  const plain = [{ iri: "words", name: "words", plain: true, labels: { en: t("onlyWords") } }].filter(isLike);
  if (!sought) return [...special, ...filled(form), ...plain].slice(0, 8);
  const kinds = [...form.book.codeKinds(form), "entity", "event", "observation"].join(",");
  const found = await get("find", { q: words, kinds });
  return [...special, ...found, ...plain, ...form.newOptions({ kind: "record", kinds: ["entity"] }, words)];
}

function asQuoted(who) {
  return { ...who, iri: `quoted:${who.iri}`, quotes: who.iri, kind: "", label: who.label ?? who.labels, labels: { en: t("quotationOf", { name: shown(who) }) } };
}

/** Return the things and codes that the form holds already. */
function filled(form) {
  const values = Object.values(form.values).flat().filter((value) => value.iri && !value.iri.includes("/passage/"));
  return values.map((value) => ({ ...value, labels: value.label, kind: form.book.kindOf(value.iri) }));
}

function inferenceRow(form, one, place) {
  const field = { kind: "property", kinds: [], name: "infers" };
  const filled = () => form.properties().filter((option) => (form.values[option.name] ?? []).length);
  const box = combo({
    label: t("infers"),
    name: "infers",
    placeholder: t("infers"),
    search: (words) => options(field, words, { properties: filled }),
    onpick: (option) => {
      one.infers = option.name;
      form.show();
      form.focusField("why");
    },
  });
  const property = form.properties().find((option) => option.name === one.infers);
  const remove = () => {
    form.inferences.splice(place, 1);
    form.changed();
  };
  const change = (event) => {
    one.comment = event.target.value;
    form.changed(false);
  };
  return h(
    "div",
    { class: "words-row" },
    h("span", {}, t("inferred"), " "),
    one.infers ? h("span", { class: "meaning" }, property ? shown(property) : one.infers) : box.element,
    h("input", { type: "text", "aria-label": t("why"), "data-field": "why", placeholder: t("why"), value: one.comment, oninput: change }),
    h("button", { type: "button", tabindex: "-1", "aria-label": t("remove", { name: t("inferred") }), onclick: remove }, "×"),
  );
}
