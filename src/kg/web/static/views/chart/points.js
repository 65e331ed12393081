// Which columns a chart shows at first, and the points that the rows give for chosen columns.
import { setApart } from "../rows.js";

export const MOST_SERIES = 6;
export const ALL = "all";

export const isLabel = (column) => /label$|^(?:title|name)$/i.test(column.name);

// What is shown at first: kind, the column of names, that of values, that of series, for dates the one that ends them.
export function guess({ columns, rows }) {
  const of = (kind) => columns.filter((column) => column.kind === kind);
  const [numbers, dates] = [of("number"), of("date")];
  const distinct = (column) => new Set(rows.map((row) => row[column.at]?.text)).size;
  const named = columns.filter((column) => ["text", "iri"].includes(column.kind));
  const name = named.find((column) => isLabel(column) && !/bound|modality/i.test(column.name)) ?? named[0];
  if (!numbers.length) return { kind: "timeline", name: name ?? dates[0], start: dates[0], end: dates.find((each) => /last|end|to$/i.test(each.name) && each !== dates[0]) };
  const across = dates.find((column) => distinct(column) > 2) ?? (!named.length && numbers.length > 1 ? numbers[0] : undefined);
  const values = numbers.filter((column) => column !== across);
  const value = values.length > 1 && values.length <= MOST_SERIES ? ALL : values[0];
  const series = named.find((column) => distinct(column) > 1 && distinct(column) <= MOST_SERIES && distinct(column) * 2 <= rows.length);
  if (across) return { kind: "line", name: across, value, series: value === ALL ? undefined : series };
  return { kind: "bar", name: name ?? dates[0] ?? numbers[0], value };
}

function noteOf(columns, column) { // such as the bound of a number, without which it would say something else
  const bounds = columns.filter((each) => each.kind !== "number" && /bound/i.test(each.name));
  const isOf = (each, number) => each.name.toLowerCase().startsWith(number.name.toLowerCase());
  const fitting = bounds.filter((each) => isOf(each, column));
  const rest = bounds.filter((each) => !columns.some((other) => other.kind === "number" && isOf(each, other)));
  const found = fitting.length ? fitting : rest.length <= 2 ? rest : [];
  return found.find(isLabel) ?? found[0];
}

// Points of the chosen columns: { name, x, y, said, series }; `left` counts those without a usable value.
export function pointsOf({ columns, rows }, chosen) {
  const numbers = columns.filter((column) => column.kind === "number" && column.at !== chosen.name.at);
  const values = chosen.value === ALL ? numbers : [chosen.value];
  const points = [];
  let left = 0;
  for (const row of rows) for (const value of values) {
    const [cell, name] = [row[value.at], row[chosen.name.at]];
    if (!cell || !Number.isFinite(cell.number) || !name) { left += 1; continue; }
    const note = row[noteOf(columns, value)?.at]?.text ?? "";
    const series = values.length > 1 ? value.name : row[chosen.series?.at]?.text ?? "";
    points.push({ name: name.text, row: row[chosen.label?.at]?.text ?? "", x: name.number ?? name.days ?? NaN, y: cell.number, said: `${note && !/as printed/i.test(note) ? `${note} ` : ""}${setApart(cell.text)}`, series });
  }
  return { points, left };
}

function keysOf(points) {
  return [...new Set(points.map((point) => point.series))];
}

// The series that are drawn, and their points.
export function seriesOf(points) {
  const keys = keysOf(points).slice(0, MOST_SERIES);
  return { keys, drawn: points.filter((point) => keys.includes(point.series)) };
}
