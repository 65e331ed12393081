// Events along an axis of days, each with what it is called.
import { draw, hint, write } from "../drawing.js";
import { dot } from "./marks.js";
import { dateTicks, linear } from "../scale.js";

const MOST_EVENTS = 100;
const LETTER = 7; // pixels of a letter, about

export function timeline({ rows }, chosen, width, words, span) {
  const events = rows.map((row) => ({ name: row[chosen.name.at]?.text ?? "", from: row[chosen.start.at]?.days, to: row[chosen.end?.at]?.days, said: [...new Set([row[chosen.start.at]?.text, row[chosen.end?.at]?.text])].filter(Boolean).join(" – ") }));
  const dated = events.filter((event) => event.from !== undefined).map((event) => ({ ...event, to: Math.max(event.from, event.to ?? event.from) }));
  const usable = [...new Map(dated.map((event) => [JSON.stringify([event.said, event.name]), event])).values()]; // as one event, whose rows differ elsewhere
  const domain = [Math.min(...usable.map((event) => event.from)), Math.max(...usable.map((event) => event.to))];
  const [first, last] = span ?? domain;
  const within = usable.filter((event) => event.to >= first && event.from <= last);
  const shown = within.sort((one, other) => one.from - other.from || one.to - other.to).slice(0, MOST_EVENTS);
  const across = linear(first, last > first ? last : first + 1, 12, width - 12);
  const bottom = 34 + shown.length * 40;
  const parts = dateTicks(first, last, Math.max(2, Math.floor(width / 130))).flatMap(([tick, said]) => {
    const x = across(tick);
    return [draw("path", { class: "grid", d: `M${x} 24V${bottom}` }), write(said, Math.min(Math.max(x, 40), width - 40), 16, "middle small soft")];
  });
  shown.forEach((event, n) => {
    const y = 34 + n * 40;
    const [from, to] = [across(Math.max(event.from, first)), across(Math.min(event.to, last))]; // as far as it is shown
    const isRight = from > width * 0.55;
    const room = Math.floor((isRight ? to : width - from) / LETTER) - 1;
    parts.push(draw("g", {}, hint(`${event.said}: ${event.name}`),
      to - from > 9 ? draw("rect", { class: "bar s0", x: from, y: y + 20, width: to - from, height: 9, rx: 3 }) : dot(from, y + 24, 0),
      write(`${event.said} · ${event.name}`, isRight ? to : Math.max(0, from - 5), y + 12, `small${isRight ? " end" : ""}`, room)));
  });
  return { parts, height: bottom + 8, left: events.length - dated.length, more: within.length - shown.length, axis: { domain, across, all: usable.length, within: within.length }, title: words.timeline };
}
