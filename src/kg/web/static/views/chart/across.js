// Points along an axis of numbers or days: joined by lines, or each by itself.
import { draw, hint, write } from "../drawing.js";
import { dot, key } from "./marks.js";
import { pointsOf, seriesOf } from "./points.js";
import { dateTicks, linear, sayNumber, ticksOf } from "../scale.js";

const MOST_POINTS = 5_000;
const MOST_DOTS = 1_000; // that are drawn one by one
const FEW = 120; // points of a line up to which each is marked
const LETTER = 7; // pixels of a letter, about

// What lines and points share: the points in order, and those within the span that is shown.
function read(given, chosen, most, span) {
  const all = pointsOf(given, chosen);
  const usable = all.points.filter((point) => Number.isFinite(point.x)).sort((one, other) => one.x - other.x);
  const domain = [usable[0]?.x ?? 0, usable.at(-1)?.x ?? 1];
  const [from, to] = span ?? domain;
  const within = usable.filter((point) => point.x >= from && point.x <= to);
  const { keys, drawn } = seriesOf(within.slice(0, most));
  return { keys, drawn, usable, domain, from, to, all: usable.length, left: all.points.length - usable.length + all.left, more: within.length - drawn.length, within: within.length };
}

// The frame: axes, ticks and key, with the scales. Lines begin at 0, points where their numbers do.
function frame({ keys, from, to }, values, chosen, width, fromZero) {
  const height = Math.max(260, Math.min(420, width * 0.45));
  const [low, high] = [Math.min(...values, fromZero ? 0 : Infinity), Math.max(...values, fromZero ? 0 : -Infinity)];
  const [lowest, highest] = Number.isFinite(low) ? [low, high > low ? high : low + 1] : [0, 1];
  const step = ticksOf(lowest, highest, 5);
  const gap = step[1] - step[0] || 1;
  const least = fromZero ? lowest : Math.floor(lowest / gap) * gap;
  const upright = ticksOf(least, highest, 5);
  const side = 14 + LETTER * Math.max(...upright.map((tick) => sayNumber(tick).length), 1);
  const [top, bottom] = [keys.length > 1 ? 34 : 12, height - 34];
  const across = linear(from, to, side + 8, width - 24);
  const up = linear(least, Math.max(upright.at(-1) ?? 1, highest), bottom, top);
  const parts = upright.flatMap((tick, n) => [draw("path", { class: (fromZero ? tick : n) ? "grid" : "axis", d: `M${side} ${up(tick)}H${width - 16}` }), write(sayNumber(tick), side - 6, up(tick) + 4, "end small soft")]);
  const steps = Math.max(2, Math.floor(width / 130));
  const below = chosen.name.kind === "date" ? dateTicks(from, to, steps) : ticksOf(from, to, steps).map((tick) => [tick, sayNumber(tick)]);
  for (const [tick, said] of below) parts.push(draw("path", { class: "axis", d: `M${across(tick)} ${bottom}v5` }), write(said, across(tick), bottom + 20, "middle small soft"));
  return { height, across, up, parts: [...parts, ...key(keys, side, width)] };
}

const said = (point) => [point.row && point.row !== point.series ? `${point.row}, ` : "", `${point.name}: ${point.said} ${point.series}`].join("").trim();

// The points of a line as far as it is shown: where it enters and leaves, it is cut off between two points.
function lineOf(series, { usable, from, to }) {
  const own = usable.filter((point) => point.series === series);
  const at = (x) => {
    const after = own.findIndex((point) => point.x > x);
    const [one, other] = [own[after - 1], own[after]];
    return one && other && one.x < x ? [{ x, y: one.y + ((other.y - one.y) * (x - one.x)) / (other.x - one.x) }] : [];
  };
  return [...at(from), ...own.filter((point) => point.x >= from && point.x <= to), ...at(to)];
}

export function lines(given, chosen, width, words, span) {
  const found = read(given, chosen, MOST_POINTS, span);
  if (found.more) found.usable = found.drawn;
  const paths = found.keys.map((series) => lineOf(series, found));
  const { height, across, up, parts } = frame(found, paths.flat().map((point) => point.y), chosen, width, true);
  found.keys.forEach((series, n) => {
    const own = found.drawn.filter((point) => point.series === series);
    parts.push(draw("path", { class: `stroke s${n}`, d: paths[n].map((point, at) => `${at ? "L" : "M"}${across(point.x).toFixed(1)} ${up(point.y).toFixed(1)}`).join("") }));
    if (own.length <= FEW) for (const point of own) parts.push(draw("g", {}, hint(said(point)), dot(across(point.x), up(point.y), n)));
  });
  return { ...told(found, across), parts, height, title: words.line };
}

export function scatter(given, chosen, width, words, span) {
  const found = read(given, chosen, MOST_DOTS, span);
  const { height, across, up, parts } = frame(found, found.drawn.map((point) => point.y), chosen, width, false);
  for (const point of found.drawn) parts.push(draw("g", {}, hint(said(point)), dot(across(point.x), up(point.y), found.keys.indexOf(point.series))));
  return { ...told(found, across), parts, height, title: words.scatter };
}

function told({ left, more, domain, all, within }, across) {
  return { left, more, axis: { domain, across, all, within } };
}
