// SPARQL as the editor colours it: a tokeniser by line, which gets nothing but the text.
import { StreamLanguage, bracketMatching, indentUnit } from "@codemirror/language";
import { closeBrackets } from "@codemirror/autocomplete";
import { tags } from "@lezer/highlight";
import { FUNCTIONS, KEYWORDS } from "./words.js";

const KEYWORD = new Set(KEYWORDS);
const FUNCTION = new Set(FUNCTIONS);

export const IRI = /<[^<>"{}|^`\\\x00-\x20]*>/;
export const NAME = /[\p{L}_][\p{L}\p{N}_.-]*(?<!\.)/u;
export const PREFIXED = /(?:[\p{L}_][\p{L}\p{N}_.-]*)?:(?:[\p{L}\p{N}_:%\\-](?:[\p{L}\p{N}_:.%\\/-]*[\p{L}\p{N}_:%-])?)?/u;

function token(stream, state) {
  if (state.quote) {
    while (!stream.eol()) {
      if (stream.match(state.quote)) { state.quote = null; break; }
      if (stream.next() === "\\") stream.next();
    }
    return "string";
  }
  if (stream.eatSpace()) return null;
  if (stream.match(/^#.*/)) return "comment";
  const long = stream.match(/^(?:"""|''')/);
  if (long) { state.quote = long[0]; return token(stream, state); }
  if (stream.match(/^"(?:[^"\\]|\\.)*"?|^'(?:[^'\\]|\\.)*'?/)) return "string";
  if (stream.match(/^@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*/)) return "meta";
  if (stream.match(new RegExp("^" + IRI.source))) return "link";
  if (stream.match(/^[?$][\p{L}\p{N}_]+/u)) return "variableName";
  if (stream.match(/^[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/)) return "number";
  if (stream.match(new RegExp("^" + PREFIXED.source, "u"))) return "typeName";
  const word = stream.match(new RegExp("^" + NAME.source, "u"));
  if (word) {
    const upper = word[0].toUpperCase();
    if (KEYWORD.has(upper)) return "keyword";
    if (FUNCTION.has(upper)) return "function";
    return word[0] === "a" || upper === "TRUE" || upper === "FALSE" ? "atom" : null;
  }
  if (stream.match(/^[{}()[\]]/)) return "bracket";
  stream.next();
  return "operator";
}

const sparql = StreamLanguage.define({
  name: "sparql",
  startState: () => ({ quote: null }),
  copyState: (state) => ({ ...state }),
  token,
  indent: (state, after, context) => {
    const before = context.state.sliceDoc(0, context.pos).replace(/#.*|"(?:[^"\\\n]|\\.)*"|<[^>\s]*>/g, "");
    const depth = [...before].reduce((n, c) => n + (c === "{" ? 1 : c === "}" ? -1 : 0), 0);
    return Math.max(0, depth - (/^\s*\}/.test(after) ? 1 : 0)) * context.unit;
  },
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", '"', "'"] }, indentOnInput: /^\s*\}$/ },
  tokenTable: { function: tags.function(tags.variableName), link: tags.url },
});

export const language = [sparql, bracketMatching(), closeBrackets(), indentUnit.of("  ")];
