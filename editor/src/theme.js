// The page's own colours, which are known by name, for light and for dark.
import { EditorView } from "@codemirror/view";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

export const theme = [
  EditorView.theme({
    "&": { background: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "var(--radius)", fontSize: ".9rem" },
    "&.cm-focused": { outline: "3px solid var(--mark)", outlineOffset: "2px" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", maxHeight: "70vh", overflow: "auto" },
    ".cm-content, .cm-gutter": { minHeight: "14rem" },
    ".cm-content": { caretColor: "var(--ink)", padding: ".6rem 0" },
    ".cm-gutters": { background: "var(--wash)", color: "var(--soft)", border: "0" },
    ".cm-activeLine, .cm-activeLineGutter": { background: "transparent" },
    ".cm-activeLineGutter": { color: "var(--ink)", fontWeight: "600" },
    ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--amber-wash)" },
    "&.cm-focused .cm-matchingBracket": { background: "var(--green-wash)", outline: "1px solid var(--green)" },
    "&.cm-focused .cm-nonmatchingBracket": { background: "var(--red-wash)", outline: "1px solid var(--red)" },
    ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--red)", textUnderlineOffset: "3px" },
    ".cm-lintPoint-error:after": { borderBottomColor: "var(--red)" },
    ".cm-tooltip, .cm-panels": { background: "var(--card)", color: "var(--ink)", border: "1px solid var(--strong-line)", borderRadius: "4px", font: ".88rem var(--sans)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--sans)", maxHeight: "18rem", maxWidth: "min(36rem, 90vw)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".25rem .6rem" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--blue)", color: "var(--blue-ink)" },
    ".cm-completionDetail": { color: "inherit", opacity: ".85", fontStyle: "normal", marginLeft: ".8rem" },
    ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
    ".cm-completionInfo": { maxWidth: "24rem", padding: ".5rem .7rem" },
    ".cm-completionIcon": { display: "none" },
    ".cm-diagnostic": { padding: ".3rem .6rem", whiteSpace: "normal", maxWidth: "32rem" },
    ".cm-diagnostic-error": { borderLeft: "4px solid var(--red)" },
    ".cm-panel.cm-search input, .cm-panel.cm-search button": { font: "inherit", color: "var(--ink)", background: "var(--card)", backgroundImage: "none", border: "1px solid var(--strong-line)", borderRadius: "3px" },
    ".cm-searchMatch": { background: "var(--amber-wash)", outline: "1px solid var(--amber)" },
    ".cm-hover": { padding: ".5rem .7rem", maxWidth: "28rem" },
  }),
  syntaxHighlighting(HighlightStyle.define([
    { tag: tags.keyword, color: "var(--violet)", fontWeight: "600" },
    { tag: tags.function(tags.variableName), color: "var(--violet)" },
    { tag: tags.variableName, color: "var(--amber)" },
    { tag: tags.typeName, color: "var(--link)" },
    { tag: tags.url, color: "var(--link)" },
    { tag: [tags.string, tags.meta], color: "var(--green)" },
    { tag: tags.number, color: "var(--green)" },
    { tag: tags.atom, color: "var(--violet)", fontWeight: "600" },
    { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  ])),
];
