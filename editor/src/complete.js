// Completions: prefixes with their line, classes and properties of the ontology, and what a property leads to.
import { declared, bare, placeOfPrefix } from "./text.js";
import { FUNCTIONS, KEYWORDS } from "./words.js";

const LEAST = 2; // letters from which things are looked up on the server
const MOST_VALUES = 40;
const MOST_THINGS = 500; // of a class, whose properties are counted

// The text before the cursor, as far as the word that is being written, and what comes before that.
function before(context) {
  const text = context.state.sliceDoc(0, context.pos);
  const word = /[\p{L}\p{N}_:.-]*$/u.exec(text)[0];
  return { word, from: context.pos - word.length, head: bare(text.slice(0, text.length - word.length), /^</) };
}

function position(head) {
  const tail = head.replace(/\s+$/, "");
  if (/\bPREFIX$/i.test(tail)) return { kind: "prefix" };
  const statement = tail.split(/[.{}](?=\s|$)/).pop();
  const clauses = statement.split(";");
  const parts = (clauses.pop().trim().match(/<[^>]*>|\S+/g) ?? []);
  const first = clauses.length ? 0 : 1; // after a semicolon the subject comes before it
  if (/\bFILTER\b|\bBIND\b|\bSELECT\b|\bORDER\b|\bGROUP\b|\bHAVING\b/i.test(statement) || parts.length < first) return { kind: "other" };
  const subject = clauses.length ? (clauses[0].trim().match(/<[^>]*>|\S+/g) ?? [])[0] : parts[0];
  if (parts.length === first) return { kind: "property", subject };
  const property = parts[first];
  return property === "a" || property === "rdf:type" ? { kind: "class" } : { kind: "value", property };
}

// Classes that the query says a variable to be of.
function classesOf(text, subject) {
  if (!subject) return [];
  const found = [];
  const name = subject.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  for (const match of bare(text, /^</).matchAll(new RegExp(`${name}(?![\\w])\\s+(?:a|rdf:type)\\s+([^\\s;.{}]+)`, "g"))) found.push(match[1]);
  return found;
}

function apply(term, vocabulary) {
  return (view, completion, from, to) => {
    const text = view.state.doc.toString();
    const prefix = term.slice(0, term.indexOf(":"));
    const changes = [{ from, to, insert: term }];
    let moved = 0;
    if (term.includes(":") && !term.startsWith("<") && !declared(text).has(prefix) && vocabulary.prefixes[prefix]) {
      const line = `PREFIX ${prefix}: <${vocabulary.prefixes[prefix]}>\n`;
      changes.unshift({ from: placeOfPrefix(text), insert: line });
      moved = line.length;
    }
    view.dispatch({ changes, selection: { anchor: from + term.length + moved }, userEvent: "input.complete", scrollIntoView: true });
  };
}

export function shorten(iri, vocabulary) {
  for (const [name, start] of Object.entries(vocabulary.prefixes)) {
    const rest = iri.slice(start.length);
    if (iri.startsWith(start) && /^[A-Za-z_0-9][A-Za-z0-9_-]*$/.test(rest)) return `${name}:${rest}`;
  }
  return iri.startsWith(vocabulary.base) ? `<${iri.slice(vocabulary.base.length)}>` : `<${iri}>`;
}

function option(term, label, detail, info, boost, vocabulary, type) {
  return { label: term, displayLabel: label && label !== term ? `${label}  ${term}` : term, detail, info, boost, type, apply: apply(term, vocabulary) };
}

const kept = new Map(); // property → promise of its values; class → promise of the properties of what is of it

async function ask(query) {
  try {
    const answer = await fetch("/sparql?" + new URLSearchParams({ query, accept: "json" }));
    return answer.ok ? (await answer.json()).results.bindings : [];
  } catch { return []; }
}

// How often each property is used by the first things of a class: IRI → number.
function propertiesOf(name, vocabulary) {
  const iri = vocabulary.terms.find((each) => each.term === name)?.iri;
  if (!iri) return new Map();
  if (!kept.has(iri)) {
    kept.set(iri, ask(`SELECT ?p (COUNT(*) AS ?n) WHERE { { SELECT ?s WHERE { ?s a <${iri}> } LIMIT ${MOST_THINGS} } ?s ?p ?o } GROUP BY ?p`)
      .then((rows) => new Map(rows.map((row) => [row.p.value, Number(row.n.value)]))));
  }
  return kept.get(iri);
}

async function valuesOf(property, vocabulary) {
  const term = vocabulary.terms.find((each) => each.term === property);
  const iri = term ? term.iri : null;
  if (!iri) return [];
  if (!kept.has(iri)) {
    const query = `PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
      SELECT ?o (COUNT(*) AS ?n) (SAMPLE(?l) AS ?label) WHERE {
        { SELECT ?o WHERE { ?s <${iri}> ?o FILTER(isIRI(?o)) } LIMIT 2000 }
        OPTIONAL { ?o rdfs:label ?l FILTER(LANG(?l) = "${document.documentElement.lang || "en"}") }
      } GROUP BY ?o ORDER BY DESC(?n) LIMIT ${MOST_VALUES}`;
    kept.set(iri, ask(query).then((rows) => rows.map((row) => ({ iri: row.o.value, label: row.label?.value, n: row.n.value }))));
  }
  return kept.get(iri);
}

async function things(word, vocabulary) {
  try {
    const answer = await fetch("/search.json?" + new URLSearchParams({ q: word }));
    if (!answer.ok) return [];
    return (await answer.json()).results.filter((each) => each.group !== "query" && each.group !== "statement")
      .map((each) => option(shorten(each.iri, vocabulary), each.label, each.type, null, 0, vocabulary, "constant"));
  } catch { return []; }
}

export function completions(vocabulary) {
  return async (context) => {
    const { word, from, head } = before(context);
    if (context.state.sliceDoc(from - 1, from) === "?" || /["#][^"\n]*$/.test(head.split("\n").pop())) return null;
    const at = position(head);
    if (!word && !context.explicit) return null;
    if (at.kind === "prefix") {
      return { from, options: Object.entries(vocabulary.prefixes).map(([name, iri]) =>
        ({ label: `${name}:`, detail: iri, apply: `${name}: <${iri}>\n`, type: "namespace" })) };
    }
    const types = classesOf(context.state.doc.toString(), at.subject);
    const counts = at.kind === "property" && types.length ? await propertiesOf(types[0], vocabulary) : new Map();
    const usesOf = (term) => (counts.size ? counts.get(term.iri) ?? 0 : term.uses);
    const wanted = vocabulary.terms.filter((term) => at.kind === "class" ? term.kind === "class" :
      at.kind === "property" ? term.kind === "property" : at.kind === "value" ? false : true);
    const options = wanted.map((term) => option(term.term, term.label, usesOf(term) ? String(usesOf(term)) : "", term.definition,
      (usesOf(term) && counts.size ? 40 : 0) + Math.min(30, 2 * Math.log2(1 + usesOf(term))), vocabulary, term.kind));
    if (at.kind === "value") {
      for (const { iri, label, n } of await valuesOf(at.property, vocabulary)) {
        options.push(option(shorten(iri, vocabulary), label, n, null, 30, vocabulary, "constant"));
      }
    }
    if (at.kind === "value" || at.kind === "other" || at.kind === "property") {
      for (const name of [...KEYWORDS, ...FUNCTIONS]) {
        if (word.length >= 1) options.push({ label: name, type: "keyword", boost: at.kind === "other" ? 0 : -50, apply: FUNCTIONS.includes(name) ? `${name}(` : `${name} ` });
      }
    }
    if (at.kind === "value" && word.length >= LEAST) {
      const sought = word.includes(":") ? word.slice(word.indexOf(":") + 1).replace(/[-_]/g, " ") : word;
      const listed = new Set(options.map((each) => each.label));
      if (sought.length >= LEAST) options.push(...(await things(sought, vocabulary)).filter((each) => !listed.has(each.label)));
    }
    // Names are found by label as well as by term
    const sought = word.toLowerCase();
    const local = (each) => each.label.slice(each.label.indexOf(":") + 1).toLowerCase();
    const rank = (each) => (each.boost ?? 0) + (each.label.toLowerCase().startsWith(sought) || local(each).startsWith(sought) ? 100 : 0);
    const found = options.filter((each) => (each.displayLabel ?? each.label).toLowerCase().includes(sought))
      .sort((one, other) => rank(other) - rank(one) || one.label.localeCompare(other.label));
    return found.length ? { from, options: found, filter: false } : null;
  };
}
