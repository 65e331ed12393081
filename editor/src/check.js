// A worker: whether a text is SPARQL, and where it ceases to be. Nothing leaves the browser.
import { Parser } from "sparqljs";
import { FUNCTIONS, KEYWORDS } from "./words.js";

const SAID = {
  EOF: "the end", IRIREF: "an IRI", PNAME_NS: "a prefixed name", PNAME_LN: "a prefixed name", VAR: "a variable",
  INTEGER: "a number", DECIMAL: "a number", DOUBLE: "a number", BOOLEAN: "true or false",
  STRING_LITERAL1: "a string", STRING_LITERAL2: "a string", STRING_LITERAL_LONG1: "a string",
  STRING_LITERAL_LONG2: "a string", BLANK_NODE_LABEL: "a blank node", ANON: "a blank node", NIL: "()",
  BOUND: "a function", CONCAT: "a function", COALESCE: "a function", SUBSTR: "a function", REGEX: "a function",
  FUNC_ARITY1: "a function", LANGTAG: "a language tag",
};
const LEFT_OUT = /^(FUNC_|INTEGER_|DECIMAL_|DOUBLE_|LOAD|CLEAR|DROP|ADD|MOVE|COPY|CREATE|INSERT|DELETE|WITH|<<|\^|!)/;
const MOST = 6;

function expected(names) {
  const words = new Set(names.map((name) => name.replace(/'/g, ""))
    .filter((name) => SAID[name] || !LEFT_OUT.test(name)).map((name) => SAID[name] ?? name));
  const listed = [...words];
  return listed.length > MOST ? listed.slice(0, MOST).join(", ") + " …" : listed.join(" or ");
}

function place(text, loc, line) {
  const starts = [0];
  for (let i = 0; i < text.length; i++) if (text[i] === "\n") starts.push(i + 1);
  let from = loc ? starts[loc.last_line - 1] + loc.last_column : starts[line] ?? 0;
  from += /^(?:\s|#[^\n]*)*/.exec(text.slice(from))[0].length;
  const word = /^(?:[\p{L}\p{N}_:?$-]+|.)?/u.exec(text.slice(from))[0];
  return { from: Math.min(from, text.length), to: Math.min(from + word.length, text.length), word };
}

function isUnknown(text, { to, word }) {
  return /^[A-Za-z_]\w*$/.test(word) && /^\s*\(/.test(text.slice(to)) && ![...FUNCTIONS, ...KEYWORDS].includes(word.toUpperCase());
}

// Where the variable that a message names first occurs; else the beginning.
function placeOfVariable(text, message) {
  const name = /\?(\w+)/.exec(message)?.[1];
  const at = name ? text.search(new RegExp(`[?$]${name}\\b`)) : -1;
  return at < 0 ? { from: 0, to: Math.min(text.length, 1) } : { from: at, to: at + name.length + 1 };
}

function said(message) {
  const name = /ungrouped variable.*(\?\w+)/.exec(message)?.[1];
  return name ? `${name} is selected, but the rows are grouped without it. Add it to GROUP BY, or put it in an aggregate.` : message;
}

function check({ text, prefixes }) {
  try {
    new Parser({ prefixes, baseIRI: "https://attested.example/", sparqlStar: true }).parse(text);
    return null;
  } catch (error) {
    if (error.hash) {
      const found = place(text, error.hash.loc, error.hash.line ?? 0);
      if (isUnknown(text, found)) return { ...found, message: `SPARQL has no function ${found.word}.` };
      const what = found.word ? `“${found.word}” is not allowed here` : "The query breaks off here";
      const wanted = expected(error.hash.expected ?? []);
      return { ...found, message: what + (wanted ? `: expected ${wanted}` : "") + "." };
    }
    const prefix = /^Unknown prefix: (.*)/.exec(error.message);
    return prefix ? { prefix: prefix[1] } : { ...placeOfVariable(text, error.message), message: said(error.message) };
  }
}

self.onmessage = ({ data }) => self.postMessage({ id: data.id, found: check(data) });
