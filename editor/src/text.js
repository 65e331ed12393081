// What the text of a query shows by itself, finished or not.
import { FUNCTIONS, KEYWORDS } from "./words.js";

const DECLARED = /\bPREFIX\s+([^\s:<>]*):\s*<([^>]*)>/gi;
const HIDDEN = /#[^\n]*|"""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>"{}|^`\\\s]*>/g;

// Comments, strings and IRIs as blanks of the same length, so that places stay.
export function bare(text, keep = /^$/) {
  return text.replace(HIDDEN, (part) => (keep.test(part) ? part : part.replace(/[^\n]/g, " ")));
}

export function declared(text) {
  const found = new Map();
  for (const [, name, iri] of bare(text, /^</).matchAll(DECLARED)) found.set(name, iri);
  return found;
}

// Prefixes that are used: name → place of each use.
export function used(text) {
  const found = new Map();
  for (const match of bare(text).matchAll(/(?<![\p{L}\p{N}_.:?$-])([\p{L}_][\p{L}\p{N}_.-]*|):(?=[\p{L}\p{N}_%\\:]|\s)/gu)) {
    const before = text.slice(0, match.index);
    if (/\bPREFIX\s+$/i.test(before) || match[1] === "_") continue;
    if (!found.has(match[1])) found.set(match[1], []);
    found.get(match[1]).push([match.index, match.index + match[1].length + 1]);
  }
  return found;
}

// The query with a line for each known prefix that it uses and does not declare.
export function complete(text, prefixes) {
  const has = declared(text);
  const lines = [...used(text).keys()].filter((name) => !has.has(name) && prefixes[name])
    .sort().map((name) => `PREFIX ${name}: <${prefixes[name]}>\n`);
  return lines.length ? insertLines(text, lines.join("")) : text;
}

export function placeOfPrefix(text) {
  const base = /^(?:\s|#[^\n]*\n)*BASE\s+<[^>]*>[^\S\n]*\n?/i.exec(text);
  return base ? base[0].length : 0;
}

function insertLines(text, lines) {
  const at = placeOfPrefix(text);
  return text.slice(0, at) + (at && text[at - 1] !== "\n" ? "\n" : "") + lines + text.slice(at);
}

// A query laid out anew: keywords in capitals, one step in for each brace; comments, strings and IRIs as they are.
export function format(text) {
  const words = new Set([...KEYWORDS, ...FUNCTIONS]);
  let depth = 0;
  return text.split("\n").map((line) => {
    const plain = bare(line);
    const body = line.trim();
    const closing = /^[\s})]*/.exec(plain)[0].split("").filter((c) => c === "}").length;
    const indent = "  ".repeat(Math.max(0, depth - closing));
    depth = Math.max(0, depth + (plain.match(/\{/g)?.length ?? 0) - (plain.match(/\}/g)?.length ?? 0));
    const start = line.length - line.trimStart().length;
    const upper = plain.replace(/(?<![?$:\p{L}\p{N}_-])[A-Za-z_0-9]+(?![\p{L}\p{N}_:-])/gu, (word) =>
      words.has(word.toUpperCase()) ? word.toUpperCase() : word);
    const mixed = [...line].map((c, i) => (plain[i] === c ? upper[i] : c)).join("");
    return body ? indent + mixed.slice(start).trimEnd() : "";
  }).join("\n").replace(/\n{3,}/g, "\n\n");
}
