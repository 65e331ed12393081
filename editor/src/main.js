// The editor in place of the form's text area, which stays what is sent. Without script the form is as it was.
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { autocompletion, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { indentOnInput } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { language } from "./language.js";
import { completions } from "./complete.js";
import { errors } from "./lint.js";
import { hover } from "./hover.js";
import { keepShared } from "./share.js";
import { theme } from "./theme.js";
import { complete, format } from "./text.js";

async function start(area) {
  const answer = await fetch(area.dataset.vocabulary);
  if (!answer.ok) return;
  const vocabulary = await answer.json();
  const form = area.form;
  const host = document.createElement("div");
  host.className = "editor";
  area.before(host);
  const root = host.attachShadow({ mode: "open" }); // its styles are constructed there, which the page's policy allows
  const refusal = area.dataset.line ? { line: Number(area.dataset.line), column: Number(area.dataset.column), message: area.dataset.message, text: area.value } : null;

  const panel = document.querySelector("details[data-share]");
  const share = panel ? keepShared(panel, () => area.value, vocabulary) : () => {};
  panel?.addEventListener("toggle", share);
  const run = () => { form.requestSubmit(); return true; };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        keymap.of([
          { key: "Mod-Enter", run },
          { key: "Mod-/", run: toggleComment },
          { key: "Shift-Alt-f", run: (v) => { layOut(v); return true; } },
          ...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap,
        ]),
        lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), drawSelection(), history(), indentOnInput(),
        highlightSelectionMatches(), language, theme, EditorView.lineWrapping,
        autocompletion({ override: [completions(vocabulary)], icons: false, maxRenderedOptions: 60 }),
        errors(vocabulary, area.dataset.check, area.dataset, refusal),
        hover(vocabulary),
        EditorView.contentAttributes.of({ "aria-label": area.labels[0].textContent, "aria-describedby": "editor-keys", spellcheck: "false" }),
        EditorView.domEventHandlers({ // what is typed over a browser would give styles of what was there, which the page's policy blocks
          beforeinput: (event, v) => {
            if (event.isComposing || !event.data) return false;
            const selected = root.getSelection?.() ?? document.getSelection(); // newer than the editor's own, maybe
            const range = selected.rangeCount ? selected.getRangeAt(0) : null;
            const isInside = range && v.contentDOM.contains(range.startContainer) && v.contentDOM.contains(range.endContainer);
            const ends = isInside ? [v.posAtDOM(range.startContainer, range.startOffset), v.posAtDOM(range.endContainer, range.endOffset)] : [];
            const from = Math.min(v.state.selection.main.from, ...ends);
            const to = Math.max(v.state.selection.main.to, ...ends);
            if (from === to) return false;
            v.dispatch({ changes: { from, to, insert: event.data }, selection: { anchor: from + event.data.length }, userEvent: "input.type" });
            return true;
          },
        }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          share();
        }),
      ],
    }),
  });
  const keys = root.appendChild(document.createElement("p"));
  keys.id = "editor-keys";
  keys.hidden = true;
  keys.textContent = area.dataset.keys;

  function layOut(v) {
    const text = v.state.doc.toString();
    const laid = format(text);
    if (laid !== text) v.dispatch({ changes: { from: 0, to: text.length, insert: laid } });
  }

  const isWriting = document.activeElement === area;
  area.hidden = true;
  if (isWriting) {
    const end = view.state.doc.length;
    view.dispatch({ selection: { anchor: Math.min(area.selectionStart, end), head: Math.min(area.selectionEnd, end) } });
    view.focus();
  }
  area.labels[0].addEventListener("click", () => view.focus());
  form.addEventListener("submit", () => { area.value = complete(view.state.doc.toString(), vocabulary.prefixes); });
  document.querySelector("[data-format]")?.addEventListener("click", () => { layOut(view); view.focus(); });
  document.addEventListener("query:insert", ({ detail }) => { view.dispatch(view.state.replaceSelection(detail)); view.focus(); });
  document.addEventListener("query:replace", ({ detail }) => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: detail } });
    view.focus();
  });
  host.dataset.ready = "";
  window.editor = view; // for whoever scripts the page
}

const area = document.querySelector("textarea[data-vocabulary]");
if (area) start(area).catch(() => {}); // without the vocabulary, the form is as it was
