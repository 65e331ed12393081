// The fields of a form, each by what it takes: a search, a choice, text in languages, a number, a day.

import { get, h, inWords, t } from "./dom.js";
import { chip } from "./chips.js";
import { combo } from "./combo.js";

const LANGUAGES = ["en", "de"];
const PLACEHOLDERS = { date: () => "2025-12-31", number: (isList) => (isList ? "1; 3" : "") };

/** Return the name by which a value is shown. */
export const shown = (value) => inWords(value.label ?? value.labels, value.name ?? value.iri ?? value.text);

/** Return the options of a field for some words; `form` is the open form, which knows the article. */
export async function options(field, words, form) {
  const found = [];
  const take = (all) => all.filter((one) => matches(one, words)).slice(0, 8);
  if (field.kind === "passage") return take(form.book.passages.map(passageOption));
  if (field.kind === "property") return take(form.properties());
  if (field.kind === "scheme") return take(await get("find", { scheme: 1 }));
  if (field.kind === "statement" || field.kind === "thing") {
    const statements = form.book.statements().filter((one) => one.iri !== form.iri);
    const near = statements.filter((one) => matches(one, words));
    if (field.kind === "statement" || /^\d/.test(words)) found.push(...near.slice(-8));
  }
  if (field.kinds.length) {
    const voice = field.kinds.includes("actor") ? [form.book.voiceOption()].filter((one) => matches(one, words)) : [];
    found.push(...voice, ...(await get("find", { q: words, kinds: field.kinds.join(",") })));
  }
  if (field.kind === "thing" && words && !/^\d/.test(words)) {
    found.push(...form.book.statements().filter((one) => matches(one, words)).slice(0, 3));
  }
  const seen = new Set();
  const once = found.filter((one) => !seen.has(one.iri) && seen.add(one.iri));
  if (field.kind === "scheme") return once;
  const fresh = form.newOptions(field, words);
  return form.number && !words ? [...fresh, ...once] : [...once, ...fresh];
}

function passageOption(one) {
  const words = one.text.length > 60 ? `${one.text.slice(0, 60)} …` : one.text;
  return { iri: one.iri, name: String(one.number), labels: { en: `${one.number}`, de: `${one.number}` }, definition: { en: words } };
}

function matches(option, words) {
  const sought = words.toLowerCase();
  const names = [option.name, option.name?.split(":").pop(), ...Object.values(option.labels ?? option.label ?? {})];
  return !sought || names.some((name) => name && ` ${name.toLowerCase()}`.includes(` ${sought}`));
}

/** Return the element of a field in a form. */
export function fieldElement(field, form) {
  const problem = form.problems[field.name];
  const label = inWords(field.label, field.name);
  const body = bodyOf(field, form, label);
  const about = inWords(field.definition);
  return h(
    "div",
    { class: `field kind-${field.kind}`, "data-of": field.name, "data-single": field.is_single },
    h("span", { class: "label", title: about }, label, field.is_required ? h("abbr", { title: t("required") }, "*") : null),
    h("div", { class: "body" }, body),
    problem ? h("p", { class: "problem", role: "alert" }, problem) : null,
  );
}

function bodyOf(field, form, label) {
  if (field.kind === "text") return LANGUAGES.map((language) => langInput(field, form, label, language));
  if (field.kind === "boolean") return checkbox(field, form, label);
  if (["string", "number", "date"].includes(field.kind)) return plainInput(field, form, label);
  if (field.kind === "address") return plainInput(field, form, label, "iri");
  return searched(field, form, label);
}

function langInput(field, form, label, language) {
  const values = form.values[field.name] ?? [];
  const mine = values.filter((one) => one.lang === language);
  const isList = field.name === "skos:altLabel" || mine.length > 1;
  const set = (text) => {
    const others = (form.values[field.name] ?? []).filter((one) => one.lang !== language);
    const written = listed(text, isList).map((one) => ({ text: one, lang: language }));
    form.values[field.name] = [...others, ...written];
    form.changed(false);
  };
  const proposed = field.name === "rdfs:label" && form.isStatement ? form.proposed[language] : "";
  return h(
    "span",
    { class: "lang" },
    h("span", { class: "tag" }, language),
    h("input", {
      type: "text",
      lang: language,
      "aria-label": `${label} (${language})`,
      "data-field": `${field.name}@${language}`,
      autocomplete: "off",
      placeholder: proposed ?? "",
      value: mine.map((one) => one.text).join("; "),
      oninput: (event) => set(event.target.value),
    }),
  );
}

/** Return the values that are written in one field: separated by semicolons where there can be several. */
const listed = (text, isList) => (isList ? text.split(";") : [text]).map((one) => one.trim()).filter(Boolean);

function plainInput(field, form, label, part = "text") {
  const values = form.values[field.name] ?? [];
  const isList = !field.is_single && (field.kind !== "string" || values.length > 1);
  return h("input", {
    type: "text",
    "aria-label": label,
    "data-field": field.name,
    autocomplete: "off",
    inputmode: field.kind === "number" && !isList ? "decimal" : null,
    placeholder: PLACEHOLDERS[field.kind]?.(isList) ?? "",
    value: values.map((one) => one[part]).join("; "),
    oninput: (event) => {
      form.values[field.name] = listed(event.target.value, isList).map((one) => ({ [part]: one }));
      form.changed(false);
    },
  });
}

function checkbox(field, form, label) {
  return h("input", {
    type: "checkbox",
    "aria-label": label,
    "data-field": field.name,
    checked: form.values[field.name]?.[0]?.text === "true",
    onchange: (event) => {
      form.values[field.name] = event.target.checked ? [{ text: "true" }] : [];
      form.changed(false);
    },
  });
}

function searched(field, form, label) {
  const box = combo({
    label,
    name: field.name,
    search: (words) => options(field, words, form),
    onpick: (option, words) => form.pick(field, option, words),
    onclear: () => form.drop(field, (form.values[field.name] ?? []).length - 1),
  });
  const chips = (form.values[field.name] ?? []).map((value, place) => chipOf(field, form, value, place));
  return [...chips, box.element];
}

function chipOf(field, form, value, place) {
  const isOwn = form.book.isOwn(value.iri);
  const text = isOwn && field.kind === "statement" ? `${value.name?.replace("statement/", "")} ${shown(value)}` : shown(value);
  const open = () => form.openThing(field, value);
  const content = isOwn ? h("button", { type: "button", class: "link", tabindex: "-1", onclick: open }, text) : text;
  return chip(content, text, () => form.drop(field, place), { title: value.name ?? "", "data-iri": value.iri });
}
