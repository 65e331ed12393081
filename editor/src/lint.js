// Errors underlined at their place while a query is written.
import { linter } from "@codemirror/lint";
import { declared, placeOfPrefix, used } from "./text.js";

const MOST = 64_000; // bytes of a query that the server takes

let worker = null;
let asked = 0;
const waiting = new Map();

function parse(address, text, prefixes) {
  if (!worker) {
    worker = new Worker(address);
    worker.onmessage = ({ data }) => { waiting.get(data.id)?.(data.found); waiting.delete(data.id); };
  }
  return new Promise((resolve) => {
    waiting.set(++asked, resolve);
    worker.postMessage({ id: asked, text, prefixes });
  });
}

export function declare(view, name, iri) {
  const at = placeOfPrefix(view.state.doc.toString());
  view.dispatch({ changes: { from: at, insert: `PREFIX ${name}: <${iri}>\n` } });
}

// `refusal` is what the server said of the query as it was sent: { line, column, message }, or null.
export function errors(vocabulary, address, words, refusal) {
  let sent = refusal && refusal.text;
  return linter(async (view) => {
    const text = view.state.doc.toString();
    if (!text.trim() || text.length > MOST) return [];
    const found = [];
    const has = declared(text);
    const known = vocabulary.prefixes;
    for (const [name, places] of used(text)) {
      if (has.has(name) || known[name]) continue;
      const near = Object.keys(known).find((each) => each.toLowerCase() === name.toLowerCase());
      for (const [from, to] of places.slice(0, 20)) {
        found.push({ from, to, severity: "error", message: `${words.unknownPrefix} ${name}:` + (near ? ` ${near}:?` : "") });
      }
    }
    const all = { ...known, ...Object.fromEntries(has), ...Object.fromEntries([...used(text).keys()].map((n) => [n, "urn:x:"])) };
    const wrong = await parse(address, text, all);
    if (wrong && wrong.message) {
      const { from, to, message } = wrong;
      found.push({ from: Math.min(from, to > from ? from : Math.max(0, from - 1)), to: Math.max(to, from), severity: "error", message });
    } else if (sent === text) { // it parses here, so what the server said is shown at its place
      const line = view.state.doc.line(Math.min(refusal.line, view.state.doc.lines));
      const from = Math.min(line.from + refusal.column - 1, line.to);
      found.push({ from, to: Math.min(from + 1, line.to), severity: "error", message: refusal.message });
    }
    return found;
  }, { delay: 400 });
}
