// Elements and requests. Text is only ever set as text: nothing of an article is read as markup.

/** Return an element with attributes, listeners (names that begin with "on") and children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "selected") element[name] = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** What the server refused: its message, the field that it concerns, and whether the files changed meanwhile. */
export class Refused extends Error {
  constructor(message, field, isConflict) {
    super(message);
    this.field = field;
    this.isConflict = isConflict;
  }
}

async function answer(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    body = { error: `${response.status} ${response.statusText}` };
  }
  if (!response.ok) throw new Refused(body.error ?? "", body.field ?? "", response.status === 409);
  return body;
}

async function ask(path, options) {
  let response = null;
  try {
    response = await fetch(`api/${path}`, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(t("serverGone"), "", false);
  }
  return answer(response);
}

/** Ask for something. */
export async function get(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(parameters).toString();
  return ask(`${path}${query ? `?${query}` : ""}`, { signal });
}

/** Send something. */
export async function post(path, body, signal = undefined) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

let texts = {};
let language = "en";

/** Take the texts of the page, and the language to begin with. */
export function setTexts(all, wanted) {
  texts = all;
  language = wanted === "de" ? "de" : "en";
  document.documentElement.lang = language;
}

/** Return the language of the page. */
export const languageOfPage = () => language;

/** Return a text of the page in its language, with {names} filled in. */
export function t(key, values = {}) {
  const text = texts[key]?.[language] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Return the text of a label in the page's language, or in another that it has. */
export function inWords(label, otherwise = "") {
  return label?.[language] || label?.en || Object.values(label ?? {})[0] || otherwise;
}

/** Return the buttons that end a form: it has save(), and `told` has oncancel(). */
export function buttons(form) {
  return h(
    "div",
    { class: "buttons" },
    h("button", { type: "button", class: "primary", "data-field": "save", onclick: () => form.save() }, t("save"), " ", h("kbd", {}, "Ctrl ↵")),
    h("button", { type: "button", onclick: () => form.told.oncancel() }, t("cancel"), " ", h("kbd", {}, "Esc")),
  );
}

/** Return the reading of a statement in both languages. */
export function readingElements(reading) {
  return Object.entries(reading ?? {}).map(([language, told]) =>
    h(
      "p",
      { lang: language },
      h("span", { class: "tag" }, language),
      told.frame ? h("span", { class: "frame" }, `${told.frame}: `) : null,
      told.sentence,
      told.notes.length ? h("span", { class: "notes" }, ` ${told.notes.join(". ")}.`) : null,
    ),
  );
}
