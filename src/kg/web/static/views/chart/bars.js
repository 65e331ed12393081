// Bars: one for each number, or the numbers of a name behind each other.
import { draw, hint, write } from "../drawing.js";
import { key } from "./marks.js";
import { pointsOf, seriesOf } from "./points.js";
import { linear, sayNumber, ticksOf } from "../scale.js";

const MOST_BARS = 60;
const MOST_SAID = 44; // letters next to a bar
const LETTER = 7; // pixels of a letter, about
const NAME_LETTER = 7.8;

// The names that are drawn with their points, and the pixels that the names take at the side.
function namesOf(points, width) {
  const { keys, drawn } = seriesOf(points);
  const names = [...new Set(drawn.map((point) => point.name))].slice(0, MOST_BARS);
  const shown = drawn.filter((point) => names.includes(point.name));
  const isNarrow = width < 560;
  const side = isNarrow ? 0 : Math.min(width * 0.34, 24 + NAME_LETTER * Math.max(...names.map((name) => [...name].length), 4));
  return { keys, names, shown, isNarrow, side };
}

function nameAt(name, top, side, isNarrow, width) {
  return isNarrow ? write(name, 0, top + 14, "", Math.floor(width / NAME_LETTER)) : write(name, side - 10, top + 15, "end", Math.floor((side - 10) / NAME_LETTER));
}

export function bars(given, chosen, width, words) {
  const { points, left } = pointsOf(given, chosen);
  const { keys, names, shown, isNarrow, side } = namesOf(points, width);
  const [least, most] = [Math.min(0, ...shown.map((point) => point.y)), Math.max(0, ...shown.map((point) => point.y))];
  const room = Math.min(width * 0.45, 16 + LETTER * Math.max(...shown.map((point) => Math.min(MOST_SAID, point.said.length + (keys.length > 1 ? point.series.length + 1 : 0))), 4));
  const place = linear(least, most || 1, side + (least < 0 ? room : 0), width - room);
  const parts = [];
  let top = 8;
  for (const name of names) {
    parts.push(nameAt(name, top, side, isNarrow, width));
    top += isNarrow ? 22 : 0;
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

// The numbers of each name behind each other: what is more than 0 to the right, what is less to the left. No total is
// drawn, since numbers with a bound have none.
export function stacked(given, chosen, width, words) {
  const { points, left } = pointsOf(given, chosen);
  const { keys, names, shown, isNarrow, side } = namesOf(points, width);
  const rows = names.map((name) => stack(name, shown.filter((point) => point.name === name)));
  const place = linear(Math.min(0, ...rows.map((row) => row.least)), Math.max(0, ...rows.map((row) => row.most)) || 1, side + 4, width - 16);
  const first = keys.length > 1 ? 34 : 8;
  const high = isNarrow ? 54 : 28;
  const bottom = first + names.length * high;
  const parts = key(keys, 4, width);
  const [least, most] = [place.back(side + 4), place.back(width - 16)];
  for (const tick of ticksOf(least, most, Math.max(2, Math.floor((width - side) / 110)))) parts.push(draw("path", { class: tick ? "grid" : "axis", d: `M${place(tick)} ${first - 4}V${bottom}` }), write(sayNumber(tick), Math.min(Math.max(place(tick), 12), width - 18), bottom + 16, "small soft middle"));
  rows.forEach(({ name, pieces }, n) => {
    const top = first + n * high;
    parts.push(nameAt(name, top, side, isNarrow, width));
    for (const { point, from, to } of pieces) {
      const [start, end] = [Math.min(place(from), place(to)), Math.max(place(from), place(to))];
      const y = top + (isNarrow ? 22 : 0);
      const fits = end - start > 10 + LETTER * point.said.length;
      parts.push(draw("g", {}, hint(`${name}, ${point.series}: ${point.said}`),
        draw("rect", { class: `bar piece s${keys.indexOf(point.series)}`, x: start, y: y + 2, width: Math.max(1, end - start), height: 20 }),
        ...(fits ? [write(point.said, (start + end) / 2, y + 17, "small middle over")] : [])));
    }
  });
  return { parts, height: bottom + 26, left, more: points.length - shown.length, title: words.stack };
}

function stack(name, points) {
  let [least, most] = [0, 0];
  const pieces = points.map((point) => {
    const from = point.y < 0 ? least : most;
    const to = from + point.y;
    if (point.y < 0) least = to;
    else most = to;
    return { point, from, to };
  });
  return { name, pieces, least, most };
}
