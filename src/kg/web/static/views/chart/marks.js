// Marks of series, each with a shape of its own, and the key that says which is which.
import { draw, write } from "../drawing.js";

const LETTER = 7; // pixels of a letter, about
const MOST_LETTERS = 24;
const SHAPES = ["M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0", "M-4-4H4V4H-4Z", "M0-5.5L5.5 0L0 5.5L-5.5 0Z", "M0-5L5 4H-5Z", "M0 5L5-4H-5Z", "M-5-1.5H-1.5V-5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5Z"];

export function dot(x, y, n) {
  return draw("path", { class: `mark s${n}`, d: SHAPES[n % SHAPES.length], transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
}

// The key of several series, in one line at the top; none for one.
export function key(keys, start, width) {
  if (keys.length < 2) return [];
  const parts = [];
  const letters = Math.min(MOST_LETTERS, Math.max(4, Math.floor(((width - start) / keys.length - 36) / LETTER)));
  let at = start;
  keys.forEach((series, n) => {
    parts.push(dot(at + 6, 12, n), write(series, at + 17, 17, "small", letters));
    at += 36 + LETTER * Math.min(letters, series.length);
  });
  return parts;
}
