// A chart of an answer: bars, lines or a timeline, by the kinds of its columns, and changeable.
import { setApart, visible } from "./rows.js";
import { choice, draw, element, hint, onWidth, picture, write } from "./drawing.js";
import { chart as fits } from "./fits.js";
import { dateTicks, linear, sayNumber, ticksOf } from "./scale.js";

const MOST_BARS = 60;
const MOST_POINTS = 5_000;
const MOST_EVENTS = 100;
const MOST_SERIES = 6;
const MOST_SAID = 44; // letters beside a bar
const LETTER = 7; // pixels of a letter, about
const NAME_LETTER = 7.8;
const ALL = "all";

const isLabel = (column) => /label$|^(?:title|name)$/i.test(column.name);

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
  const fitting = bounds.filter((each) => each.name.toLowerCase().startsWith(column.name.toLowerCase()));
  const found = fitting.length ? fitting : bounds.length <= 2 ? bounds : [];
  return found.find(isLabel) ?? found[0];
}

// Points of the chosen columns: { name, x, y, said, series }; `left` counts those without a usable value.
function pointsOf({ columns, rows }, chosen) {
  const numbers = columns.filter((column) => column.kind === "number" && column.at !== chosen.name.at);
  const values = chosen.value === ALL ? numbers : [chosen.value];
  const points = [];
  let left = 0;
  for (const row of rows) for (const value of values) {
    const [cell, name] = [row[value.at], row[chosen.name.at]];
    if (!cell || !Number.isFinite(cell.number) || !name) { left += 1; continue; }
    const note = row[noteOf(columns, value)?.at]?.text ?? "";
    const series = values.length > 1 ? value.name : row[chosen.series?.at]?.text ?? "";
    points.push({ name: name.text, x: name.number ?? name.days ?? NaN, y: cell.number, said: `${note && !/as printed/i.test(note) ? `${note} ` : ""}${setApart(cell.text)}`, series });
  }
  return { points, left };
}

function keysOf(points) {
  return [...new Set(points.map((point) => point.series))];
}

function bars(given, chosen, width, words) {
  const { points, left } = pointsOf(given, chosen);
  const keys = keysOf(points).slice(0, MOST_SERIES);
  const usable = points.filter((point) => keys.includes(point.series));
  const names = [...new Set(usable.map((point) => point.name))].slice(0, MOST_BARS);
  const shown = usable.filter((point) => names.includes(point.name));
  const isNarrow = width < 560;
  const side = isNarrow ? 0 : Math.min(width * 0.34, 24 + NAME_LETTER * Math.max(...names.map((name) => [...name].length), 4));
  const [least, most] = [Math.min(0, ...shown.map((point) => point.y)), Math.max(0, ...shown.map((point) => point.y))];
  const room = Math.min(width * 0.45, 16 + LETTER * Math.max(...shown.map((point) => Math.min(MOST_SAID, point.said.length + (keys.length > 1 ? point.series.length + 1 : 0))), 4));
  const place = linear(least, most || 1, side + (least < 0 ? room : 0), width - room);
  const parts = [];
  let top = 8;
  for (const name of names) {
    if (isNarrow) { parts.push(write(name, 0, top + 14, "", Math.floor(width / NAME_LETTER))); top += 22; }
    else parts.push(write(name, side - 10, top + 15, "end", Math.floor((side - 10) / NAME_LETTER)));
    for (const point of shown.filter((each) => each.name === name)) {
      const [from, to] = [Math.min(place(0), place(point.y)), Math.max(place(0), place(point.y))];
      const said = keys.length > 1 ? `${point.said} ${point.series}` : point.said;
      parts.push(draw("g", {}, hint(`${name}: ${said}`),
        draw("rect", { class: `bar s${keys.indexOf(point.series)}`, x: from, y: top + 2, width: Math.max(1, to - from), height: 17 }),
        write(said, point.y < 0 ? from - 6 : to + 6, top + 15, point.y < 0 ? "end small" : "small", MOST_SAID)));
      top += 22;
    }
    top += keys.length > 1 || isNarrow ? 8 : 2;
  }
  parts.push(draw("path", { class: "axis", d: `M${place(0)} 4V${top}` }), write("0", Math.max(5, place(0)), top + 15, "small soft middle"));
  return { parts, height: top + 24, left, more: points.length - shown.length, title: words.bar };
}

function lines(given, chosen, width, words) {
  const all = pointsOf(given, chosen);
  const usable = all.points.filter((point) => Number.isFinite(point.x));
  const points = usable.slice(0, MOST_POINTS).sort((one, other) => one.x - other.x);
  const keys = keysOf(points).slice(0, MOST_SERIES);
  const height = Math.max(260, Math.min(420, width * 0.45));
  const isDate = chosen.name.kind === "date";
  const [lowest, highest] = [Math.min(0, ...points.map((point) => point.y)), Math.max(...points.map((point) => point.y), 0)];
  const upright = ticksOf(lowest, highest || 1, 5);
  const side = 14 + LETTER * Math.max(...upright.map((tick) => sayNumber(tick).length));
  const [top, bottom] = [keys.length > 1 ? 34 : 12, height - 34];
  const across = linear(points[0]?.x ?? 0, points.at(-1)?.x ?? 1, side + 8, width - 24);
  const up = linear(lowest, Math.max(upright.at(-1) ?? 1, highest || 1), bottom, top);
  const parts = upright.flatMap((tick) => [draw("path", { class: tick ? "grid" : "axis", d: `M${side} ${up(tick)}H${width - 16}` }), write(sayNumber(tick), side - 6, up(tick) + 4, "end small soft")]);
  const first = points[0]?.x ?? 0;
  const steps = Math.max(2, Math.floor(width / 130));
  const below = isDate ? dateTicks(first, points.at(-1)?.x ?? 1, steps) : ticksOf(first, points.at(-1)?.x ?? 1, steps).map((tick) => [tick, sayNumber(tick)]);
  for (const [tick, said] of below) parts.push(draw("path", { class: "axis", d: `M${across(tick)} ${bottom}v5` }), write(said, across(tick), bottom + 20, "middle small soft"));
  let key = side;
  keys.forEach((series, n) => {
    const own = points.filter((point) => point.series === series);
    parts.push(draw("path", { class: `stroke s${n}`, d: own.map((point, at) => `${at ? "L" : "M"}${across(point.x).toFixed(1)} ${up(point.y).toFixed(1)}`).join("") }));
    if (own.length <= 120) for (const point of own) parts.push(draw("g", {}, hint(`${point.name}: ${point.said} ${series}`), dot(across(point.x), up(point.y), n)));
    if (keys.length > 1) {
      parts.push(dot(key + 6, 12, n), write(series, key + 17, 17, "small", 24));
      key += 36 + LETTER * Math.min(24, series.length);
    }
  });
  return { parts, height, left: all.left + all.points.length - usable.length, more: usable.length - points.filter((point) => keys.includes(point.series)).length, title: words.line };
}

const SHAPES = ["M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0", "M-4-4H4V4H-4Z", "M0-5.5L5.5 0L0 5.5L-5.5 0Z", "M0-5L5 4H-5Z", "M0 5L5-4H-5Z", "M-5-1.5H-1.5V-5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5Z"];

function dot(x, y, n) {
  return draw("path", { class: `mark s${n}`, d: SHAPES[n % SHAPES.length], transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
}

function timeline({ rows }, chosen, width, words) {
  const events = rows.map((row) => ({ name: row[chosen.name.at]?.text ?? "", from: row[chosen.start.at]?.days, to: row[chosen.end?.at]?.days, said: [...new Set([row[chosen.start.at]?.text, row[chosen.end?.at]?.text])].filter(Boolean).join(" – ") }));
  const dated = events.filter((event) => event.from !== undefined).map((event) => ({ ...event, to: Math.max(event.from, event.to ?? event.from) }));
  const usable = [...new Map(dated.map((event) => [JSON.stringify([event.said, event.name]), event])).values()]; // as one event, whose rows differ elsewhere
  const shown = usable.sort((one, other) => one.from - other.from || one.to - other.to).slice(0, MOST_EVENTS);
  const [first, last] = [Math.min(...shown.map((event) => event.from)), Math.max(...shown.map((event) => event.to))];
  const across = linear(first, last > first ? last : first + 1, 12, width - 12);
  const bottom = 34 + shown.length * 40;
  const parts = dateTicks(first, last, Math.max(2, Math.floor(width / 130))).flatMap(([tick, said]) => {
    const x = across(tick);
    return [draw("path", { class: "grid", d: `M${x} 24V${bottom}` }), write(said, Math.min(Math.max(x, 40), width - 40), 16, "middle small soft")];
  });
  shown.forEach((event, n) => {
    const y = 34 + n * 40;
    const [from, to] = [across(event.from), across(event.to)];
    const isRight = from > width * 0.55;
    const room = Math.floor((isRight ? to : width - from) / LETTER) - 1;
    parts.push(draw("g", {}, hint(`${event.said}: ${event.name}`),
      to - from > 9 ? draw("rect", { class: "bar s0", x: from, y: y + 20, width: to - from, height: 9, rx: 3 }) : dot(from, y + 24, 0),
      write(`${event.said} · ${event.name}`, isRight ? to : Math.max(0, from - 5), y + 12, `small${isRight ? " end" : ""}`, room)));
  });
  return { parts, height: bottom + 8, left: events.length - dated.length, more: usable.length - shown.length, title: words.timeline };
}

const KINDS = { bar: bars, line: lines, timeline };

// Puts the chart and its choices into a box and draws it again whenever the rows or the width change.
export function show(box, words) {
  let given = null;
  let chosen = null;
  const choices = element("div", { className: "choices" });
  const stage = element("div", { className: "stage" });
  const said = element("p", { className: "quiet" });
  box.append(choices, stage, said);

  function offer() {
    const { columns } = given;
    const of = (...kinds) => columns.filter((column) => kinds.includes(column.kind)).map((column) => [column.at, column.name]);
    const pick = (role, options, none) => choice(words[role], none ? [["", words.none], ...options] : options, chosen[role]?.at ?? (chosen[role] === ALL ? ALL : ""), (value) => {
      chosen[role] = value === ALL ? ALL : value === "" ? undefined : columns[Number(value)];
      redraw();
    });
    const kinds = [["bar", "number"], ["line", "number"], ["timeline", "date"]].filter(([, kind]) => of(kind).length);
    choices.replaceChildren(choice(words.kind, kinds.map(([kind]) => [kind, words[kind]]), chosen.kind, change));
    if (chosen.kind === "timeline") choices.append(pick("name", of("text", "iri", "number", "date")), pick("start", of("date")), pick("end", of("date"), true));
    else {
      const numbers = of("number").filter(([at]) => at !== chosen.name.at);
      choices.append(pick("name", chosen.kind === "line" ? of("date", "number") : of("text", "iri", "date", "number")),
        pick("value", numbers.length > 1 ? [[ALL, words.all], ...numbers] : numbers));
      if (chosen.value !== ALL) choices.append(pick("series", of("text", "iri"), true));
    }
  }

  function change(kind) {
    const first = (...kinds) => kinds.map((each) => given.columns.find((column) => column.kind === each)).find(Boolean);
    const start = guess(given);
    chosen = start.kind === kind ? start : kind === "timeline" ? { kind, name: first("text", "iri", "date"), start: first("date") } :
      { kind, name: kind === "line" ? first("date", "number") : first("text", "iri", "date", "number"), value: given.columns.filter((column) => column.kind === "number").at(-1) };
    offer();
    redraw();
  }

  function redraw() {
    const width = Math.max(240, Math.floor(stage.clientWidth));
    const made = KINDS[chosen.kind](given, chosen, width, words);
    const names = [chosen.name, chosen.value === ALL ? null : chosen.value, chosen.start].filter(Boolean).map((column) => visible(column.name)).join(", ");
    const svg = picture(width, made.height, `${made.title}: ${names}`, words.besides);
    svg.append(...made.parts);
    stage.replaceChildren(svg);
    said.textContent = [made.left ? words.left.replace("NUM", made.left) : "", made.more > 0 ? words.more.replace("NUM", made.more) : ""].join(" ").trim();
  }

  onWidth(stage, () => { if (given && fits(given)) redraw(); });
  return {
    update(rows) {
      const isNew = !given || given.columns.map((column) => `${column.name} ${column.kind}`).join() !== rows.columns.map((column) => `${column.name} ${column.kind}`).join();
      given = rows;
      if (!fits(rows)) { stage.replaceChildren(); choices.replaceChildren(); said.textContent = words.nothing; return; }
      chosen = isNew || !chosen ? guess(rows) : chosen;
      offer();
      redraw();
    },
    svg: () => stage.querySelector("svg"),
  };
}

