// A field that searches as you type. Values that were chosen come before it as chips.

import { toChips } from "./chips.js";
import { h, inWords, t } from "./dom.js";

const PAUSE = 50;
let count = 0;

/**
 * Return a combobox. `search(words)` gives options ({iri, name, label|labels, kind, definition, uses, …}), `onpick`
 * gets the one that was chosen. Enter takes the first one, Down and Up go through them.
 */
export function combo({ label, search, onpick, onclear = () => {}, name = "", placeholder = "" }) {
  count += 1;
  const id = `options-${count}`;
  const list = h("ul", { id, role: "listbox", class: "options", hidden: true });
  const input = h("input", {
    type: "text",
    role: "combobox",
    "aria-label": label,
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    "data-field": name,
    placeholder,
  });
  const state = { options: [], active: 0, asked: 0, shown: 0, timer: 0, waiting: false };

  function close() {
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    state.options = [];
  }

  function mark(place) {
    state.active = place;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === place)));
    const active = list.children[place];
    if (active) {
      input.setAttribute("aria-activedescendant", active.id);
      active.scrollIntoView({ block: "nearest" });
    }
  }

  function pick(option) {
    clearTimeout(state.timer);
    state.asked += 1;
    state.waiting = false;
    const words = input.value;
    input.value = "";
    close();
    onpick(option, words);
  }

  async function look() {
    state.asked += 1;
    const mine = state.asked;
    const words = input.value.trim();
    const options = await search(words).catch(() => []);
    if (mine !== state.asked) return;
    list.dataset.words = words;
    state.options = options;
    state.shown = mine;
    list.replaceChildren(...options.map((option, number) => item(option, number)));
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(options.length > 0));
    if (options.length) mark(0);
    if (state.waiting && options.length) pick(options[0]);
    state.waiting = false;
  }

  function item(option, number) {
    const uses = option.uses === undefined ? "" : t("uses", { count: option.uses });
    const note = [option.kindLabel ?? option.kind, uses].filter(Boolean).join(" · ");
    return h(
      "li",
      {
        id: `${id}-${number}`,
        role: "option",
        "data-iri": option.iri,
        onmousedown: (event) => {
          event.preventDefault();
          pick(option);
        },
      },
      h("span", { class: "name" }, inWords(option.labels ?? option.label, option.name)),
      note ? h("span", { class: "note" }, note) : null,
      inWords(option.definition) ? h("span", { class: "definition" }, inWords(option.definition)) : null,
    );
  }

  const wait = () => {
    delete list.dataset.words;
    clearTimeout(state.timer);
    state.asked += 1;
    state.options = [];
    state.timer = setTimeout(look, PAUSE);
  };
  input.addEventListener("input", wait);
  input.addEventListener("blur", () => {
    clearTimeout(state.timer);
    state.asked += 1;
    close();
  });
  input.addEventListener("keydown", (event) => {
    const isOpen = !list.hidden && state.options.length > 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) look();
      else mark((state.active + (event.key === "ArrowDown" ? 1 : -1) + state.options.length) % state.options.length);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      if (isOpen) pick(state.options[state.active]);
      else if (input.value.trim()) state.waiting = true;
    } else if (event.key === "Escape" && (isOpen || input.value)) {
      event.stopPropagation();
      input.value = "";
      close();
    } else if (event.key === "Backspace" && !input.value) onclear();
    else if (event.key === "ArrowLeft" && !input.value && toChips(element)) event.preventDefault();
  });
  const element = h("span", { class: "combo" }, input, list);
  return { element, input, open: look };
}
