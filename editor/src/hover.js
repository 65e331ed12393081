// What a term stands for, beside the pointer: from the vocabulary, or for anything else of ours from the server.
import { hoverTooltip } from "@codemirror/view";
import { declared } from "./text.js";

const TERM = /<[^<>"{}|^`\\\s]+>|[\p{L}_][\p{L}\p{N}_.-]*:[\p{L}\p{N}_-]+/gu;
const gists = new Map(); // IRI → promise of what it stands for

function ask(iri) {
  if (!gists.has(iri)) {
    const query = new URLSearchParams({ iri, lang: document.documentElement.lang || "en" });
    gists.set(iri, fetch(`/query/gist?${query}`).then(async (answer) => {
      if (!answer.ok) return null;
      const gist = new DOMParser().parseFromString(await answer.text(), "text/html");
      const words = (name) => gist.querySelector(name)?.textContent.replace(/\s+/g, " ").trim() ?? "";
      return { label: words(".what"), definition: [words(".kind"), words(".meaning"), words(".attribution")].filter(Boolean).join(" · ") };
    }).catch(() => null));
  }
  return gists.get(iri);
}

function toIri(written, text, { base, prefixes }) {
  if (written.startsWith("<")) {
    const iri = written.slice(1, -1);
    return /^[a-z][a-z0-9+.-]*:/i.test(iri) ? iri : base + iri;
  }
  const name = written.slice(0, written.indexOf(":"));
  const start = declared(text).get(name) ?? prefixes[name];
  return start === undefined ? "" : (/^[a-z][a-z0-9+.-]*:/i.test(start) ? start : base + start) + written.slice(name.length + 1);
}

function show({ label, definition }) {
  const dom = document.createElement("div");
  dom.className = "cm-hover";
  const name = dom.appendChild(document.createElement("strong"));
  name.textContent = `${label} `;
  dom.append(definition);
  return { dom };
}

export function hover(vocabulary) {
  return hoverTooltip(async (view, pos) => {
    const line = view.state.doc.lineAt(pos);
    const match = [...line.text.matchAll(TERM)].find(({ index, 0: word }) => line.from + index <= pos && pos <= line.from + index + word.length);
    if (!match) return null;
    const iri = toIri(match[0], view.state.doc.toString(), vocabulary);
    const term = vocabulary.terms.find((each) => each.iri === iri) ?? (iri.startsWith(vocabulary.base) ? await ask(iri) : null);
    if (!term?.label) return null;
    const from = line.from + match.index;
    return { pos: from, end: from + match[0].length, above: true, create: () => show(term) };
  });
}
