// The rows of an answer as the views draw them: read from the table on the page, or from the whole answer in JSON.
const TURNING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/g;
const NUMERIC = /#(?:integer|decimal|double|float|nonNegativeInteger|positiveInteger|long|int)$/;
const NUMBER = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const DATE = /^(-?[0-9]{4,6})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9:.]+))?)?)?(Z|[+-][0-9]{2}:[0-9]{2})?$/;
const IN_PLACE = /(?:^|>\s*)(?:POINT|MULTIPOINT|LINESTRING|POLYGON|MULTI\w+)\s*Z?\s*\(/i;

// What changes the direction of the text around it, or cannot be seen, by its number, as the server writes it.
export function visible(text) {
  return text.replace(TURNING, (c) => `⟨U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

export function cut(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("").trimEnd()}…` : text;
}

export function setApart(text) { // 524000000000 → 524 000 000 000, which no language reads otherwise
  const parts = /^([+-]?)([0-9]{5,})(\.[0-9]+)?$/.exec(text);
  return parts ? parts[1] + parts[2].replace(/\B(?=(?:[0-9]{3})+$)/g, "\u202f") + (parts[3] ?? "") : text;
}

// A date, a month or a year as days since 1970, or NaN.
export function toDays(text) {
  const found = DATE.exec(text);
  if (!found) return NaN;
  const [, year, month, day, time] = found;
  const at = new Date(0);
  at.setUTCFullYear(Number(year), Number(month ?? 1) - 1, Number(day ?? 1));
  const [hours, minutes] = (time ?? "").split(":");
  return (at.getTime() + ((Number(hours) || 0) * 60 + (Number(minutes) || 0)) * 60_000) / 86_400_000;
}

function cellOf(text, tag, iri, href, isNumber) {
  const cell = { text, tag };
  if (iri) return { ...cell, iri, href };
  if (isNumber) cell.number = NUMBER.test(text) ? Number(text) : NaN; // which nothing draws
  else if ((/(?:date|dateTime|gYear|gYearMonth)$/.test(tag) || /^-?[0-9]{4}-[0-9]{2}-[0-9]{2}/.test(text)) && !Number.isNaN(toDays(text))) cell.days = toDays(text);
  else if (/wktLiteral$/.test(tag) || IN_PLACE.test(text)) cell.place = text;
  return cell;
}

function kindOf(cells) {
  const bound = cells.filter(Boolean);
  const all = (name) => bound.length > 0 && bound.every((cell) => cell[name] !== undefined);
  return all("number") ? "number" : all("days") ? "date" : all("place") ? "place" : all("iri") ? "iri" : bound.length ? "text" : "none";
}

function columnsOf(names, rows) {
  return names.map((name, at) => ({ name, at, kind: kindOf(rows.map((row) => row[at])) }));
}

// The rows that are shown now, in their order: [{ columns, rows }], each cell null where it is unbound.
export function fromTable(table) {
  const names = [...table.tHead.rows[0].cells].map((head) => head.dataset.name);
  const tags = [...table.tHead.rows[0].cells].map((head) => head.dataset.tag ?? "");
  const rows = [...table.tBodies[0].rows].filter((row) => !row.hidden && !row.classList.contains("gist-row")).map((row) => [...row.cells].map((td, at) => {
    const shown = td.querySelector("a, span:not(.tag)") ?? td.firstChild;
    const text = td.dataset.value ?? shown?.textContent.trim() ?? "";
    if (!text) return null;
    const isIri = td.classList.contains("term");
    return cellOf(text, td.querySelector(".tag")?.textContent ?? tags[at], isIri ? shown.title || text : "",
      shown.getAttribute?.("href") ?? undefined, td.classList.contains("number"));
  }));
  return { columns: columnsOf(names, rows), rows };
}

// The same of an answer in SPARQL's JSON; `known` are cells of the table by IRI, which have labels and addresses.
export function fromJson(told, known) {
  const names = told.head.vars;
  const rows = told.results.bindings.map((row) => names.map((name) => {
    const term = row[name];
    if (!term) return null;
    if (term.type === "triple") return { text: "<<( … )>>", tag: "" };
    const text = visible(term.value);
    if (term.type === "bnode") return { text: `_:${text}`, tag: "", iri: `_:${text}` };
    if (term.type === "uri") return known.get(term.value) ?? cellOf(text, "", text, /^https?:\/\//i.test(term.value) ? term.value : undefined);
    return cellOf(text, term.datatype ?? term["xml:lang"] ?? "", "", undefined, NUMERIC.test(term.datatype ?? ""));
  }));
  return { columns: columnsOf(names, rows), rows };
}

export function byIri({ rows }) {
  return new Map(rows.flat().filter((cell) => cell?.iri).map((cell) => [cell.iri, cell]));
}
