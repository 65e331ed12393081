// A graph of an answer: the things that it names as nodes, with a link for each row; and the same as a list.
import { choice, draw, element, hint, link, onWidth, picture, write } from "./drawing.js";
import { cut } from "./rows.js";
import { linear } from "./scale.js";

const MOST_NODES = 60;
const MOST_LISTED = 500;
const FEW = 14; // links up to which each has its words next to it
const ROUNDS = 300;
const GOLDEN = 2.39996; // the golden angle, in radians
const LETTER = 6.8; // pixels of a letter of a name, about
const JOINING = /^(?:p|predicate|property|relation|link)(?:Label)?$/i;

function guess({ columns }, isGraph) {
  if (isGraph) return { from: columns[0], to: columns[2], by: columns[1] };
  const things = columns.filter((column) => column.kind === "iri" && !JOINING.test(column.name));
  return { from: things[0] ?? columns[0], to: things[1] ?? things[0], by: columns.find((column) => JOINING.test(column.name)) };
}

// Nodes by IRI and the links between them, those that have most links first; equal links are one.
function readLinks({ rows }, { from, to, by }) {
  const nodes = new Map();
  const links = new Map();
  for (const row of rows) {
    const [one, other] = [row[from.at], row[to.at]];
    if (!one?.iri || !other?.iri || one.iri === other.iri) continue;
    for (const cell of [one, other]) if (!nodes.has(cell.iri)) nodes.set(cell.iri, { cell, links: 0 });
    const said = row[by?.at]?.text ?? "";
    const key = JSON.stringify([one.iri, other.iri]);
    const known = links.get(key);
    if (known) { if (said && !known.said.includes(said)) known.said.push(said); continue; }
    links.set(key, { from: nodes.get(one.iri), to: nodes.get(other.iri), said: said ? [said] : [] });
    nodes.get(one.iri).links += 1;
    nodes.get(other.iri).links += 1;
  }
  const ranked = [...nodes.values()].sort((one, other) => other.links - one.links);
  const shown = new Set(ranked.slice(0, MOST_NODES));
  return { nodes: [...shown], links: [...links.values()].filter((each) => shown.has(each.from) && shown.has(each.to)), all: [...links.values()], more: ranked.length - shown.size };
}

// Places for the nodes, after Fruchterman and Reingold (1991): all repel each other, links pull, and a pull to the middle
// keeps together what is not linked. It starts from a spiral, so the same answer gives the same picture.
function arrange({ nodes, links }, width, height) {
  nodes.forEach((node, at) => {
    const away = Math.sqrt(at + 0.5);
    node.x = Math.cos(at * GOLDEN) * away;
    node.y = Math.sin(at * GOLDEN) * away;
  });
  for (let round = 0; round < ROUNDS; round++) {
    const most = 2 * (1 - round / ROUNDS) + 0.02;
    for (const node of nodes) { node.dx = -node.x * 0.5; node.dy = -node.y * 0.5; }
    for (let i = 0; i < nodes.length; i++) for (let j = 0; j < i; j++) {
      const [x, y] = [nodes[i].x - nodes[j].x, nodes[i].y - nodes[j].y];
      const push = 1 / (x * x + y * y + 0.01);
      nodes[i].dx += x * push; nodes[i].dy += y * push;
      nodes[j].dx -= x * push; nodes[j].dy -= y * push;
    }
    for (const { from, to } of links) {
      const [x, y] = [to.x - from.x, to.y - from.y];
      const pull = Math.hypot(x, y) * 0.12;
      from.dx += x * pull; from.dy += y * pull; to.dx -= x * pull; to.dy -= y * pull;
    }
    for (const node of nodes) {
      const length = Math.hypot(node.dx, node.dy) || 1;
      const step = Math.min(most, length * 0.3);
      node.x += (node.dx / length) * step;
      node.y += (node.dy / length) * step;
    }
  }
  fill(nodes, width, height);
  separate(nodes, width, height);
}

function fill(nodes, width, height) { // each direction by itself, with room for the names
  for (const [name, room, before, after] of [["x", width, 84, 84], ["y", height, 20, 46]]) {
    const values = nodes.map((node) => node[name]);
    const place = linear(Math.min(...values), Math.max(...values), Math.min(before, room / 4), room - Math.min(after, room / 4));
    const isLine = Math.max(...values) - Math.min(...values) < 1e-6;
    for (const node of nodes) node[name] = isLine ? room / 2 : place(node[name]);
  }
}

// Moves apart nodes whose names lie on each other, as far as there is room.
function separate(nodes, width, height) {
  const [wide, high] = [Math.min(158, width * 0.36), 46];
  for (let round = 0; round < 60; round++) {
    let moved = false;
    for (let i = 0; i < nodes.length; i++) for (let j = 0; j < i; j++) {
      const [one, other] = [nodes[i], nodes[j]];
      const [x, y] = [wide - Math.abs(one.x - other.x), high - Math.abs(one.y - other.y)];
      if (x <= 0 || y <= 0) continue;
      const name = x / wide < y / high ? "x" : "y";
      const push = (name === "x" ? x : y) * 0.26 * (one[name] < other[name] ? -1 : 1);
      one[name] += push; other[name] -= push;
      moved = true;
    }
    for (const node of nodes) {
      node.x = Math.min(width - wide / 2, Math.max(wide / 2, node.x));
      node.y = Math.min(height - high, Math.max(18, node.y));
    }
    if (!moved) break;
  }
}

export function show(box, words, isGraph) {
  let given = null;
  let chosen = null;
  const choices = element("div", { className: "choices" });
  const stage = element("div", { className: "stage" });
  const said = element("p", { className: "quiet" });
  const list = element("ul", { className: "plain" });
  const fold = element("details", { className: "fold" }, element("summary", { textContent: words.list }), list);
  box.append(choices, stage, said, fold);

  function offer() {
    const options = given.columns.filter((column) => column.kind === "iri").map((column) => [column.at, column.name]);
    const pick = (role, of, none) => choice(words[role], none ? [["", words.none], ...of] : of, chosen[role]?.at ?? "", (value) => {
      chosen[role] = value === "" ? undefined : given.columns[Number(value)];
      redraw();
    });
    choices.replaceChildren(...(isGraph ? [] : [pick("from", options), pick("to", options), pick("by", given.columns.filter((column) => ["iri", "text"].includes(column.kind)).map((column) => [column.at, column.name]), true)]));
  }

  function redraw() {
    const width = Math.max(280, Math.floor(stage.clientWidth));
    const found = readLinks(given, chosen);
    const isNarrow = width < 560;
    const height = Math.round(Math.max(280, Math.min(760, found.nodes.length * (isNarrow ? 30 : 20) + 180)));
    if (found.nodes.length) arrange(found, width, height);
    const svg = picture(width, height, words.graph, words.besides, "group");
    svg.classList.toggle("few", found.links.length <= FEW);
    const lines = new Map(found.links.map((each) => [each, drawLink(each)]));
    svg.append(...lines.values());
    for (const node of found.nodes) {
      const own = found.links.filter((each) => each.from === node || each.to === node);
      const size = Math.min(13, 4.5 + Math.sqrt(node.links) * 1.6);
      const drawn = link(node.cell, hint(node.cell.text), draw("circle", { class: "node", cx: node.x, cy: node.y, r: size }), ...nameBelow(node, size, width, isNarrow ? 15 : 22));
      drawn.setAttribute("tabindex", "-1");
      const mark = (isOn) => { svg.classList.toggle("marked", isOn); for (const each of own) lines.get(each).classList.toggle("on", isOn); };
      drawn.addEventListener("pointerenter", () => mark(true));
      drawn.addEventListener("pointerleave", () => mark(false));
      svg.append(drawn);
    }
    stage.replaceChildren(svg);
    said.textContent = !found.nodes.length ? words.nothing : found.more > 0 ? words.more.replace("NUM", found.more) : "";
    list.replaceChildren(...found.all.slice(0, MOST_LISTED).map(({ from, to, said: by }) => element("li", {}, name(from.cell), by.length ? ` — ${by.join(", ")} → ` : " → ", name(to.cell))));
  }

  onWidth(stage, () => { if (given) redraw(); });
  return {
    update(rows) {
      const isNew = !given || given.columns.map((column) => column.name + column.kind).join() !== rows.columns.map((column) => column.name + column.kind).join();
      given = rows;
      if (isNew) chosen = guess(rows, isGraph);
      offer();
      redraw();
    },
    svg: () => stage.querySelector("svg"),
  };
}

function nameBelow(node, size, width, most) { // in two lines at most
  const lines = [""];
  for (const word of node.cell.text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= most || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const shown = lines.length > 2 ? [lines[0], cut(`${lines[1]} ${lines[2]}`, most)] : lines;
  const half = (Math.max(...shown.map((line) => Math.min(most, line.length))) * LETTER) / 2;
  const x = Math.min(Math.max(node.x, half), width - half);
  return shown.map((line, at) => write(line, x, node.y + size + 12 + at * 14, "small middle over", most));
}

function name(cell) {
  const words = cut(cell.text, 100);
  return cell.href ? element("a", { href: cell.href, textContent: words }) : element("bdi", { textContent: words });
}

function drawLink({ from, to, said }) {
  const [x, y] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(x, y) || 1;
  const tip = [to.x - (x / length) * 13, to.y - (y / length) * 13];
  const side = [-y / length * 4, x / length * 4];
  const back = [tip[0] - (x / length) * 8, tip[1] - (y / length) * 8];
  return draw("g", { class: "link" }, hint(`${from.cell.text} — ${said.join(", ")} → ${to.cell.text}`),
    draw("path", { class: "edge", d: `M${from.x.toFixed(1)} ${from.y.toFixed(1)}L${tip[0].toFixed(1)} ${tip[1].toFixed(1)}` }),
    draw("path", { class: "tip", d: `M${tip[0].toFixed(1)} ${tip[1].toFixed(1)}L${(back[0] + side[0]).toFixed(1)} ${(back[1] + side[1]).toFixed(1)}L${(back[0] - side[0]).toFixed(1)} ${(back[1] - side[1]).toFixed(1)}Z` }),
    write(said.join(", "), (from.x + to.x) / 2, (from.y + to.y) / 2 - 3, "small middle over said", 30));
}
