// Next to the editor: the vocabulary of the release to insert from, and the queries that this browser keeps for its reader.
"use strict";

const KEPT = "attested-queries";
const MOST_RECENT = 30;
const area = document.querySelector("textarea[data-vocabulary]");

function element(name, words, attributes = {}) {
  const made = Object.assign(document.createElement(name), attributes);
  if (words) made.textContent = words;
  return made;
}

function tell(event, detail) {
  document.dispatchEvent(new CustomEvent(event, { detail }));
}

// The vocabulary, read when it is first opened

const panel = document.querySelector("details[data-terms]");

async function fill() {
  const told = await (await fetch(area.dataset.vocabulary)).json();
  const field = element("input", "", { type: "search" });
  const label = element("label", `${panel.dataset.find} `);
  const lists = element("div", "", { className: "terms" });
  label.append(field);
  panel.querySelector(".panel").append(label, lists);
  for (const [kind, words] of [["class", panel.dataset.classes], ["property", panel.dataset.properties]]) {
    const section = element("section");
    const list = element("ul", "", { className: "plain" });
    section.append(element("h2", words), list);
    for (const term of told.terms.filter((each) => each.kind === kind && each.label)) {
      const item = element("li");
      const button = element("button", term.term, { type: "button", className: "term" });
      button.addEventListener("click", () => tell("query:insert", term.term));
      item.append(button, " ", element("span", String(term.uses), { className: "tag" }), element("span", ` ${term.label}. ${term.definition}`, { className: "quiet" }));
      list.append(item);
    }
    lists.append(section);
  }
  field.addEventListener("input", () => {
    const sought = field.value.toLocaleLowerCase();
    for (const item of lists.querySelectorAll("li")) item.hidden = !item.textContent.toLocaleLowerCase().includes(sought);
  });
}

if (panel && area) {
  panel.hidden = false;
  panel.addEventListener("toggle", () => fill().catch(() => { panel.hidden = true; }), { once: true });
}

// Escape closes the panel that is open

document.querySelector(".panels")?.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest("details[open][name]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
document.addEventListener("query:replace", () => { for (const open of document.querySelectorAll(".panels [open][name]")) open.open = false; });

// Examples: narrowed down by their words; the steps of the tour go into the editor that is there

const sought = document.querySelector("[data-examples]");

if (sought) {
  const items = [...document.querySelectorAll(".stored li")];
  const found = document.querySelector("[data-examples-found]");
  sought.closest(".scripted").hidden = false;
  sought.addEventListener("input", () => {
    const words = sought.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    for (const item of items) item.hidden = !words.every((word) => item.textContent.toLocaleLowerCase().includes(word));
    for (const section of document.querySelectorAll(".stored section")) section.hidden = !section.querySelector("li:not([hidden])");
    found.textContent = words.length ? `${items.filter((item) => !item.hidden).length} / ${items.length}` : "";
  });
}

for (const link of document.querySelectorAll("a[data-query]")) {
  link.addEventListener("click", (event) => {
    if (!document.querySelector(".editor[data-ready]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    tell("query:replace", link.dataset.query);
    document.querySelector("form.query").scrollIntoView();
  });
}

// Saved and recent queries

const shelf = document.querySelector("details[data-shelf]");

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    const sound = (list) => (Array.isArray(list) ? list.filter((each) => typeof each?.text === "string") : []);
    return { saved: sound(kept?.saved), recent: sound(kept?.recent) };
  } catch { return { saved: [], recent: [] }; }
}

function write(kept) {
  try { localStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* the browser keeps nothing: so be it */ }
}

function entry(query, forget) {
  const item = element("li");
  const first = query.text.split("\n").find((line) => line.trim() && !/^\s*(?:BASE|PREFIX)\b/i.test(line)) ?? query.text;
  const button = element("button", query.name || first.trim().slice(0, 90), { type: "button", className: "term", title: query.text.slice(0, 500) });
  button.addEventListener("click", () => tell("query:replace", query.text));
  const remove = element("button", shelf.dataset.forget, { type: "button", className: "copy" });
  remove.addEventListener("click", () => { forget(); show(); });
  item.append(button, " ", element("span", new Date(query.at).toLocaleString(document.documentElement.lang), { className: "quiet" }), " ", remove);
  return item;
}

function show() {
  const kept = read();
  for (const name of ["saved", "recent"]) {
    const list = shelf.querySelector(`[data-${name}]`);
    list.replaceChildren(...kept[name].map((query, at) => entry(query, () => write({ ...kept, [name]: kept[name].filter((_, n) => n !== at) }))));
    list.previousElementSibling.hidden = kept[name].length === 0;
  }
}

if (shelf && area) {
  shelf.hidden = false;
  const name = shelf.querySelector("input");
  shelf.querySelector("[data-save]").addEventListener("click", () => {
    const kept = read();
    kept.saved = [{ text: area.value, name: name.value.trim().slice(0, 100), at: Date.now() }, ...kept.saved];
    write(kept);
    name.value = "";
    show();
  });
  area.form.addEventListener("submit", () => {
    const kept = read();
    const others = kept.recent.filter((each) => each.text !== area.value);
    write({ ...kept, recent: [{ text: area.value, at: Date.now() }, ...others].slice(0, MOST_RECENT) });
  });
  show();
}
