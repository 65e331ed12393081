// A map of the places of an answer: points, lines and areas over the coasts of the world, without borders and without tiles.
import { button, draw, element, hint, link, onWidth, picture, write } from "./drawing.js";
import { map as fits, placesIn } from "./fits.js";
import { sayNumber, ticksOf } from "./scale.js";

const MOST = 2_000;
const NAMED = 25; // places up to which each has its name next to it
const LEAST_SPAN = 2; // degrees
const SHAPE = 0.52; // height of the map by its width
const STEP = 50; // in a degree, as the outline has it

const isOnEarth = ([x, y]) => Math.abs(x) <= 180 && Math.abs(y) <= 90;

// The shapes of a WKT literal (OGC 06-103r4 §7), longitude first, or latitude first where its reference system says so.
export function readPlace(text) {
  const turned = /<[^>]*\/EPSG\/[^>]*\/4326>/i.test(text);
  const isArea = /POLYGON/i.test(text);
  const isPoint = /POINT/i.test(text);
  const shapes = [];
  for (const [, inner] of text.replace(/<[^>]*>/, "").matchAll(/\(([^()]+)\)/g)) {
    const points = inner.split(",").map((pair) => pair.trim().split(/\s+/).slice(0, 2).map(Number)).map(([x, y]) => (turned ? [y, x] : [x, y]));
    if (points.every((point) => point.length === 2 && isOnEarth(point))) shapes.push(...(isPoint ? points.map((point) => ({ points: [point] })) : [{ points, isArea }]));
  }
  return shapes;
}

function columnsOf({ columns }) {
  const name = columns.find((column) => /label$|^(?:name|title)$/i.test(column.name)) ?? columns.find((column) => ["iri", "text"].includes(column.kind));
  return { ...placesIn({ columns }), name, thing: columns.find((column) => column.kind === "iri") };
}

function placesOf(given) {
  const { place, latitude, longitude, name, thing } = columnsOf(given);
  const found = [];
  let left = 0;
  for (const row of given.rows) {
    const point = [row[longitude?.at]?.number, row[latitude?.at]?.number];
    const shapes = place ? readPlace(row[place.at]?.place ?? "") : point.every(Number.isFinite) && isOnEarth(point) ? [{ points: [point] }] : [];
    if (!shapes.length) left += 1;
    else found.push({ shapes, name: row[name?.at]?.text ?? "", cell: row[thing?.at] });
  }
  return { found: found.slice(0, MOST), left, more: found.length - MOST };
}

let coasts = null;

async function outline() {
  coasts ??= fetch(new URL("../editor/land.json", import.meta.url)).then((answer) => answer.json());
  return (await coasts).map((ring) => {
    let [x, y] = ring;
    let path = `M${x} ${-y}`;
    for (let at = 2; at < ring.length; at += 2) { x += ring[at]; y += ring[at + 1]; path += `l${ring[at]} ${-ring[at + 1]}`; }
    return `${path}Z`;
  }).join("");
}

export function show(box, words) {
  const stage = element("div", { className: "stage map" });
  const said = element("p", { className: "quiet" });
  const tools = element("div", { className: "choices" },
    button(words.closer, () => zoom(0.5)), button(words.farther, () => zoom(2)), button(words.whole, () => { fit(); redraw(); }));
  let places = null;
  let view = null; // { x, y: its middle in degrees, span: degrees across }
  box.append(tools, stage, said);
  stage.tabIndex = 0;
  stage.setAttribute("role", "group");
  stage.setAttribute("aria-label", words.moves);

  function zoom(factor) {
    view.span = Math.min(360, Math.max(LEAST_SPAN / 20, view.span * factor));
    redraw();
  }

  function fit() {
    const points = places.found.flatMap((place) => place.shapes.flatMap((shape) => shape.points));
    const [west, east] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))];
    const [south, north] = [Math.min(...points.map(([, y]) => y)), Math.max(...points.map(([, y]) => y))];
    const y = (south + north) / 2;
    const flat = SHAPE * Math.cos((y * Math.PI) / 180); // degrees of latitude for each of longitude
    view = { x: (west + east) / 2, y, span: Math.min(360, Math.max(LEAST_SPAN, (east - west) * 1.35, ((north - south) * 1.35) / Math.max(flat, 0.1))) };
  }

  async function redraw() {
    const path = await outline();
    const width = Math.max(240, Math.floor(stage.clientWidth));
    const height = Math.max(240, Math.min(560, Math.floor(width * SHAPE)));
    const each = width / view.span; // pixels of a degree of longitude
    const high = each / Math.max(0.2, Math.cos((view.y * Math.PI) / 180)); // and of latitude, true in the middle
    const across = (x) => width / 2 + (x - view.x) * each;
    const up = (y) => height / 2 - (y - view.y) * high;
    const svg = picture(width, height, words.map, words.besides, "group");
    svg.append(draw("rect", { class: "sea", width, height }));
    for (const around of [-360, 0, 360]) { // the world goes on beyond its edges
      if (Math.abs(around - view.x) > 200 + view.span / 2) continue;
      svg.append(draw("path", { class: "land", d: path, "vector-effect": "non-scaling-stroke", transform: `translate(${across(around)} ${up(0)}) scale(${each / STEP} ${high / STEP})` }));
    }
    svg.append(...graticule(view, width, height, across, up, high));
    const isNamed = places.found.length <= NAMED;
    for (const { shapes, name, cell } of places.found) {
      const drawn = shapes.map(({ points, isArea }) => (points.length === 1
        ? draw("circle", { class: "mark s0", cx: across(points[0][0]), cy: up(points[0][1]), r: 5.5 })
        : draw("path", { class: isArea ? "area" : "stroke s0", d: points.map(([x, y], at) => `${at ? "L" : "M"}${across(x)} ${up(y)}`).join("") + (isArea ? "Z" : "") })));
      const [x, y] = shapes[0].points[0];
      const isRight = across(x) > width * 0.7;
      const label = isNamed ? [write(name, across(x) + (isRight ? -9 : 9), up(y) + 4, `small over${isRight ? " end" : ""}`, 32)] : [];
      const node = link(cell, hint(name), ...drawn, ...label);
      node.setAttribute("tabindex", "-1");
      svg.append(node);
    }
    stage.replaceChildren(svg);
    said.textContent = [words.plain, places.left ? words.left.replace("NUM", places.left) : "", places.more > 0 ? words.more.replace("NUM", places.more) : ""].filter(Boolean).join(" ");
  }

  stage.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (move) { view.x += (move[0] * view.span) / 8; view.y = Math.max(-85, Math.min(85, view.y + (move[1] * view.span) / 14)); redraw(); }
    else if (event.key === "+") zoom(0.5);
    else if (event.key === "-") zoom(2);
    else return;
    event.preventDefault();
  });
  stage.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("a")) return;
    const from = { x: view.x, y: view.y, left: event.clientX, top: event.clientY };
    const degree = view.span / stage.clientWidth;
    const move = ({ clientX, clientY }) => {
      view.x = from.x - (clientX - from.left) * degree;
      view.y = Math.max(-85, Math.min(85, from.y + (clientY - from.top) * degree * Math.cos((from.y * Math.PI) / 180)));
      redraw();
    };
    stage.setPointerCapture(event.pointerId);
    stage.addEventListener("pointermove", move);
    stage.addEventListener("lostpointercapture", () => stage.removeEventListener("pointermove", move), { once: true });
  });
  onWidth(stage, () => { if (view) redraw(); });
  return {
    async update(given) {
      places = fits(given) ? placesOf(given) : { found: [], left: 0, more: 0 };
      if (!places.found.length) { stage.replaceChildren(); said.textContent = words.nothing; return; }
      fit();
      await redraw();
    },
    svg: () => stage.querySelector("svg"),
  };
}

function graticule(view, width, height, across, up, high) {
  const lines = [];
  const angle = (value, [more, less]) => `${sayNumber(Math.abs(value))}°${value > 0 ? more : value < 0 ? less : ""}`;
  for (const x of ticksOf(view.x - view.span / 2, view.x + view.span / 2, Math.max(2, width / 140))) {
    if (Math.abs(x) > 180) continue;
    lines.push(draw("path", { class: "grid", d: `M${across(x)} 0V${height}` }), write(angle(x, "EW"), across(x) + 4, height - 6, "small soft over"));
  }
  const tall = height / high / 2;
  for (const y of ticksOf(view.y - tall, view.y + tall, 4)) {
    if (Math.abs(y) > 90) continue;
    lines.push(draw("path", { class: "grid", d: `M0 ${up(y)}H${width}` }), write(angle(y, "NS"), 4, up(y) - 4, "small soft over"));
  }
  return lines;
}
