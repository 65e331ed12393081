// What script adds to the query page: the time that a query takes, Cancel, and an answer that is sorted and narrowed down.
"use strict";

const form = document.querySelector("form.query");
const elapsed = form?.querySelector("[data-elapsed]");
const cancel = form?.querySelector("[data-cancel]");

if (form && elapsed && cancel) {
  let ticking = 0;
  for (const part of form.querySelectorAll(".scripted")) part.hidden = false;

  function rest(words) {
    clearInterval(ticking);
    ticking = 0;
    cancel.disabled = true;
    elapsed.textContent = words;
  }

  form.addEventListener("submit", () => {
    const began = performance.now();
    clearInterval(ticking);
    cancel.disabled = false;
    elapsed.textContent = elapsed.dataset.running; // said once; the seconds beside it are only seen
    const seconds = document.createElement("span");
    seconds.setAttribute("aria-hidden", "true");
    elapsed.append(" ", seconds);
    ticking = setInterval(() => { seconds.textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`; }, 100);
  });
  cancel.addEventListener("click", () => { // the connection ends, and with it the query
    window.stop();
    rest(elapsed.dataset.cancelled);
    document.querySelector(".editor")?.shadowRoot?.querySelector(".cm-content")?.focus();
  });
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) rest(""); });
}

function number(text) {
  return /^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text) ? Number(text) : NaN;
}

function compare(one, other) {
  const numbers = [number(one), number(other)];
  if (numbers.every((each) => !Number.isNaN(each))) return numbers[0] - numbers[1];
  if (!one !== !other) return one ? -1 : 1; // what has no value comes last
  return one.localeCompare(other, document.documentElement.lang, { numeric: true, sensitivity: "base" });
}

function setApart(text) { // 524000000000 → 524 000 000 000, which no language reads otherwise
  const parts = /^([+-]?)([0-9]{5,})(\.[0-9]+)?$/.exec(text);
  return parts ? parts[1] + parts[2].replace(/\B(?=(?:[0-9]{3})+$)/g, "\u202f") + (parts[3] ?? "") : text;
}

for (const table of document.querySelectorAll(".answer table.results")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const texts = new Map(rows.map((row) => [row, [...row.cells].map((cell) => cell.textContent.trim())]));
  const heads = [...table.tHead.rows[0].cells];

  for (const cell of body.querySelectorAll("td.number")) {
    if (!cell.children.length) cell.textContent = setApart(cell.textContent.trim());
  }
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const turn = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort") ?? "none"];
      for (const other of heads) other.removeAttribute("aria-sort");
      const sorted = [...rows];
      if (turn !== "none") {
        head.setAttribute("aria-sort", turn);
        sorted.sort((one, other) => compare(texts.get(one)[at], texts.get(other)[at]) * (turn === "ascending" ? 1 : -1));
      }
      body.append(...sorted);
    });
  });
  if (rows.length < 5) continue;

  const bar = document.createElement("p");
  const label = document.createElement("label");
  const field = document.createElement("input");
  const count = document.createElement("span");
  bar.className = "narrow";
  field.type = "search";
  count.setAttribute("role", "status");
  label.textContent = `${table.closest(".answer").dataset.narrow} `;
  label.append(field);
  bar.append(label, " ", count);
  table.closest(".scroll").before(bar);
  field.addEventListener("input", () => {
    const sought = field.value.toLocaleLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !texts.get(row).join(" ").toLocaleLowerCase().includes(sought);
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = sought ? `${shown} / ${rows.length}` : "";
  });
}
