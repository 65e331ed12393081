// What script adds to an answer: rows that are sorted and narrowed down, columns that are hidden, and views of the rows.
import { byIri, fromJson, fromTable, setApart } from "./views/rows.js";
import * as fits from "./views/fits.js";
import { button, element, takeAway } from "./views/drawing.js";

const FEW = 5; // rows below which nobody narrows down
const MOST_READ = 10_000; // rows of the whole answer that a view draws from

function number(text) {
  return /^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text) ? Number(text) : NaN;
}

function compare(one, other) {
  const numbers = [number(one), number(other)];
  if (numbers.every((each) => !Number.isNaN(each))) return numbers[0] - numbers[1];
  if (!one !== !other) return one ? -1 : 1; // what has no value comes last
  return one.localeCompare(other, document.documentElement.lang, { numeric: true, sensitivity: "base" });
}

function changed(table) {
  table.dispatchEvent(new CustomEvent("rows:changed", { bubbles: true }));
}

function makeSortable(table, rows, texts, heads) {
  heads.forEach((head, at) => {
    const sort = element("button", { type: "button", className: "sort" });
    const tag = head.querySelector(".tag");
    sort.append(head.dataset.name);
    head.replaceChildren(sort, ...(tag ? [tag] : []));
    sort.addEventListener("click", () => {
      const turn = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort") ?? "none"];
      for (const other of heads) other.removeAttribute("aria-sort");
      const sorted = [...rows];
      if (turn !== "none") {
        head.setAttribute("aria-sort", turn);
        sorted.sort((one, other) => compare(texts.get(one)[at], texts.get(other)[at]) * (turn === "ascending" ? 1 : -1));
      }
      table.tBodies[0].append(...sorted);
      changed(table);
    });
  });
}

function makeNarrow(table, rows, texts, words) {
  const field = element("input", { type: "search" });
  const count = element("span");
  count.setAttribute("role", "status");
  field.addEventListener("input", () => {
    const sought = field.value.toLocaleLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !texts.get(row).join(" ").toLocaleLowerCase().includes(sought);
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = sought ? `${shown} / ${rows.length}` : "";
    changed(table);
  });
  return [element("label", {}, `${words.narrow} `, field), count];
}

function makeColumns(table, rows, heads, words) {
  const list = element("div", { className: "columns" });
  heads.forEach((head, at) => {
    const box = element("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      head.hidden = !box.checked;
      for (const row of rows) row.cells[at].hidden = !box.checked;
      const left = list.querySelectorAll("input:checked");
      for (const each of list.querySelectorAll("input")) each.disabled = left.length === 1 && each.checked; // one stays
    });
    list.append(element("label", {}, box, ` ${head.dataset.name}`));
  });
  return element("details", { className: "menu" }, element("summary", { className: "tool", textContent: words.columns }), list);
}

// Who says it, how firmly and where, below the row of a statement or figure

const IN_SHORT = /\/(?:statement|observation)\/[^/]+$/;

function makeGists(table, rows, words) {
  for (const link of table.tBodies[0].querySelectorAll("td.term a[title]")) {
    if (!IN_SHORT.test(link.title)) continue;
    const more = element("button", { type: "button", className: "gist-of", textContent: "i", title: words.gist });
    more.setAttribute("aria-label", `${words.gist}: ${link.textContent}`);
    more.setAttribute("aria-expanded", "false");
    more.addEventListener("click", () => toggle(more, link.title, words));
    link.after(" ", more);
  }
  table.addEventListener("rows:changed", () => {
    for (const row of table.querySelectorAll("tr.gist-row")) row.remove();
    for (const each of table.querySelectorAll("button.gist-of")) each.setAttribute("aria-expanded", "false");
  });
}

async function toggle(more, iri, words) {
  const row = more.closest("tr");
  const isOpen = more.getAttribute("aria-expanded") === "true";
  if (row.nextElementSibling?.classList.contains("gist-row")) row.nextElementSibling.remove();
  for (const each of row.querySelectorAll("button.gist-of")) each.setAttribute("aria-expanded", "false");
  if (isOpen) return;
  more.setAttribute("aria-expanded", "true");
  const cell = element("td", { colSpan: row.cells.length });
  const below = element("tr", { className: "gist-row" }, cell);
  row.after(below);
  const told = await fetch(`/query/gist?${new URLSearchParams({ iri, ...asked() })}`);
  const part = new DOMParser().parseFromString(await told.text(), "text/html").querySelector(".gist");
  cell.append(told.ok && part ? document.importNode(part, true) : words.failed);
}

function asked() { // the release and the language that the page has
  const kept = new URLSearchParams(location.search);
  return Object.fromEntries(["release", "lang"].filter((name) => kept.has(name)).map((name) => [name, kept.get(name)]));
}

// The views

const VIEWS = { chart: () => import("./views/chart.js"), map: () => import("./views/map.js"), graph: () => import("./views/graph.js") };

async function readWhole(answer, table) {
  const told = await fetch(answer.dataset.json);
  if (!told.ok) throw new Error(await told.text());
  const found = await told.json();
  found.results.bindings.length = Math.min(found.results.bindings.length, MOST_READ);
  return fromJson(found, byIri(fromTable(table)));
}

function makeViews(answer, table, words) {
  const isGraph = answer.dataset.kind === "graph";
  const bar = element("div", { className: "views" });
  const box = element("section", { className: "drawn", hidden: true });
  const buttons = new Map();
  const opened = new Map();
  let current = "table";
  let whole = null;
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", words.views);

  const rows = () => whole ?? fromTable(table);

  async function open(name) {
    current = name;
    answer.dataset.view = name === "table" ? "" : name;
    for (const [each, one] of buttons) one.setAttribute("aria-pressed", String(each === name));
    for (const [each, one] of opened) one.box.hidden = each !== name;
    box.hidden = name === "table";
    box.setAttribute("aria-label", words[name]);
    if (name === "table") return;
    if (!opened.has(name)) {
      const own = element("div");
      opened.set(name, { box: own, view: null });
      box.insertBefore(own, tools);
      opened.get(name).view = (await VIEWS[name]()).show(own, words, isGraph);
    }
    await opened.get(name).view?.update(rows());
  }

  const tools = element("p", { className: "tools" }, button(words.svg, () => {
    const svg = opened.get(current)?.view?.svg();
    if (svg) takeAway(svg, `attested-${current}`);
  }));
  if (answer.dataset.json && Number(answer.dataset.total) > table.tBodies[0].rows.length) {
    const all = button(words.whole_answer, async () => {
      all.disabled = true;
      try {
        whole = await readWhole(answer, table);
        all.remove();
        await open(current);
      } catch { all.textContent = words.failed; }
    });
    tools.append(all);
  }
  box.append(tools);
  table.addEventListener("rows:changed", () => { if (!whole && current !== "table") opened.get(current)?.view?.update(rows()); });

  return { bar, box, open, async fill() {
    const given = rows();
    const found = isGraph ? ["graph"] : Object.keys(VIEWS).filter((name) => fits[name](given));
    if (!found.length) return;
    for (const name of ["table", ...found]) {
      const one = button(words[name], () => open(name), "view");
      one.setAttribute("aria-pressed", String(name === "table"));
      buttons.set(name, one);
      bar.append(one);
    }
    const asked = /^#(chart|map|graph)$/.exec(location.hash)?.[1];
    if (found.includes(asked)) { await open(asked); bar.scrollIntoView(); }
  } };
}

const answer = document.querySelector(".answer[data-words]");
const table = answer?.querySelector("table.results");

if (table) {
  const words = JSON.parse(answer.dataset.words);
  const rows = [...table.tBodies[0].rows];
  const texts = new Map(rows.map((row) => [row, [...row.cells].map((cell) => cell.textContent.trim())]));
  const heads = [...table.tHead.rows[0].cells];
  for (const cell of table.tBodies[0].querySelectorAll("td.number")) {
    if (cell.children.length) continue;
    cell.dataset.value = cell.textContent.trim();
    cell.textContent = setApart(cell.dataset.value);
  }
  const views = makeViews(answer, table, words);
  const bar = element("div", { className: "narrow" }, views.bar);
  if (rows.length >= FEW) bar.append(...makeNarrow(table, rows, texts, words));
  if (heads.length > 1) bar.append(makeColumns(table, rows, heads, words));
  makeSortable(table, rows, texts, heads);
  makeGists(table, rows, words);
  table.closest(".scroll").before(bar, views.box);
  views.fill().catch(() => views.bar.remove()); // without views there is the table
}
