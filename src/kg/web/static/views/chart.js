// A chart of an answer: bars, lines, points or a timeline, by the kinds of its columns, and changeable.
import { lines, scatter } from "./chart/across.js";
import { makeAxis } from "./chart/axis.js";
import { bars, stacked } from "./chart/bars.js";
import { choice, element, onWidth, picture } from "./drawing.js";
import { chart as fits } from "./fits.js";
import { ALL, guess, isLabel } from "./chart/points.js";
import { visible } from "./rows.js";
import { timeline } from "./chart/timeline.js";

const KINDS = { bar: bars, stack: stacked, line: lines, scatter, timeline };
const ALONG = ["line", "scatter"]; // kinds whose names are numbers or days

// The kinds that the columns allow: numbers behind each other need several, points by themselves two axes.
function kindsOf(columns) {
  const count = (...kinds) => columns.filter((column) => kinds.includes(column.kind)).length;
  const [numbers, dates, others] = [count("number"), count("date"), count("text", "iri")];
  const canStack = numbers > 1 || (numbers && others > 1) || (numbers && dates && others);
  const found = [numbers && "bar", canStack && "stack", numbers && "line", numbers && numbers + dates > 1 && "scatter", dates && "timeline"];
  return found.filter(Boolean);
}

// The columns with which a kind begins.
function columnsFor(kind, given) {
  const { columns } = given;
  const first = (...kinds) => kinds.map((each) => columns.find((column) => column.kind === each)).find(Boolean);
  const start = guess(given);
  if (start.kind === kind) return start;
  if (kind === "timeline") return { kind, name: first("text", "iri", "date"), start: first("date") };
  const numbers = columns.filter((column) => column.kind === "number");
  if (kind === "stack") return stackOf(given, numbers);
  if (kind === "bar") return { kind, name: first("text", "iri", "date", "number"), value: numbers.at(-1) };
  const name = first("date", "number");
  const label = columns.find((column) => column.kind === "text" && isLabel(column)) ?? first("text", "iri");
  return { kind, name, value: numbers.filter((column) => column !== name).at(-1) ?? name, label };
}

// Names are those of which there are most rows each, series what distinguishes these.
function stackOf({ columns, rows }, numbers) {
  const named = columns.filter((column) => ["text", "iri", "date"].includes(column.kind));
  const distinct = (column) => new Set(rows.map((row) => row[column.at]?.text)).size;
  if (numbers.length > 1) return { kind: "stack", name: named.find(isLabel) ?? named[0] ?? numbers[0], value: ALL };
  const series = named.filter((column) => distinct(column) > 1).reverse().sort((one, other) => distinct(one) - distinct(other))[0] ?? named.at(-1);
  const rest = named.filter((column) => column !== series);
  return { kind: "stack", name: rest.find((column) => distinct(column) > 1) ?? rest[0] ?? series, value: numbers[0], series };
}

// Puts the chart and its choices into a box and draws it again whenever the rows or the width change.
export function show(box, words) {
  let given = null;
  let chosen = null;
  const choices = element("div", { className: "choices" });
  const stage = element("div", { className: "stage" });
  const said = element("p", { className: "quiet", role: "status" });
  const axis = makeAxis(stage, words, () => redraw());
  box.append(choices, axis.tools, stage, said);

  function offer() {
    const { columns } = given;
    const of = (...kinds) => columns.filter((column) => kinds.includes(column.kind)).map((column) => [column.at, column.name]);
    const pick = (role, options, none) => choice(words[role], none ? [["", words.none], ...options] : options, chosen[role]?.at ?? (chosen[role] === ALL ? ALL : ""), (value) => {
      axis.forget();
      chosen[role] = value === ALL ? ALL : value === "" ? undefined : columns[Number(value)];
      redraw();
    });
    choices.replaceChildren(choice(words.kind, kindsOf(columns).map((kind) => [kind, words[kind]]), chosen.kind, change));
    if (chosen.kind === "timeline") choices.append(pick("name", of("text", "iri", "number", "date")), pick("start", of("date")), pick("end", of("date"), true));
    else {
      const numbers = of("number").filter(([at]) => at !== chosen.name.at);
      choices.append(pick("name", ALONG.includes(chosen.kind) ? of("date", "number") : of("text", "iri", "date", "number")),
        pick("value", numbers.length > 1 ? [[ALL, words.all], ...numbers] : numbers));
      if (chosen.value !== ALL) choices.append(pick("series", of("text", "iri", ...(chosen.kind === "stack" ? ["date"] : [])), true));
    }
  }

  function change(kind) {
    chosen = columnsFor(kind, given);
    axis.forget();
    offer();
    redraw();
  }

  function redraw() {
    const width = Math.max(240, Math.floor(stage.clientWidth));
    const made = KINDS[chosen.kind](given, chosen, width, words, axis.span);
    const names = [chosen.name, chosen.value === ALL ? null : chosen.value, chosen.start].filter(Boolean).map((column) => visible(column.name)).join(", ");
    const svg = picture(width, made.height, `${made.title}: ${names}`, words.besides);
    svg.append(...made.parts);
    stage.replaceChildren(svg);
    said.textContent = [axis.follow(made.axis), made.left ? words.left.replace("NUM", made.left) : "", made.more > 0 ? words.more.replace("NUM", made.more) : ""].join(" ").trim();
  }

  onWidth(stage, () => { if (given && fits(given)) redraw(); });
  return {
    update(rows) {
      const isNew = !given || given.columns.map((column) => `${column.name} ${column.kind}`).join() !== rows.columns.map((column) => `${column.name} ${column.kind}`).join();
      given = rows;
      if (isNew) axis.forget();
      if (!fits(rows)) { axis.follow(null); stage.replaceChildren(); choices.replaceChildren(); said.textContent = words.nothing; return; }
      chosen = isNew || !chosen ? guess(rows) : chosen;
      offer();
      redraw();
    },
    svg: () => stage.querySelector("svg"),
  };
}

