// The text: passages with number, kind and section, and words that can be selected by mouse and by keyboard.

import { h, inWords, t } from "./dom.js";

const OPENING = "“„«»\"‘‚";
const CLOSING = "”“»«\"’‘";

export class Passages {
  /** Show passages in an element. `told` has mayselect(), onselect(passage), onmove(), onwords(passage, {printed, start, end}). */
  constructor(element, told) {
    this.element = element;
    this.told = told;
    this.name = null;
    this.cursor = null;
    element.addEventListener("mouseup", () => this.#byMouse());
  }

  show(passages) {
    this.passages = passages;
    if (!passages.some((one) => one.name === this.name)) this.name = passages[0]?.name ?? null;
    const sections = new Map(passages.map((one) => [one.number, one.text]));
    const items = passages.map((one) => this.#item(one, sections));
    const title = h("h2", { id: "text-title" }, t("text"));
    this.element.replaceChildren(title, h("ol", { class: "passages" }, items));
    this.#mark();
  }

  get current() {
    return this.passages.find((one) => one.name === this.name);
  }

  #item(one, sections) {
    const [kept, all] = one.facts;
    const tokens = [];
    let end = one.start;
    const points = Array.from(one.text);
    for (const [start, stop, words] of one.tokens) {
      if (start > end) tokens.push(points.slice(end - one.start, start - one.start).join(""));
      tokens.push(h("span", { class: "w", "data-start": start, "data-end": stop }, words));
      end = stop;
    }
    const section = one.section ? t("section", { number: one.section }) : "";
    const facts = all ? t("factsKept", { kept, all }) : "";
    return h(
      "li",
      {
        id: `passage-${one.name}`,
        class: `passage ${one.kind} ${one.state.replace(" ", "-")}`,
        tabindex: "-1",
        "data-name": one.name,
        onclick: (event) => this.select(one.name, event.detail > 0 ? "mouse" : "key"),
      },
      h(
        "p",
        { class: "about" },
        h("span", { class: "number" }, String(one.number)),
        h("span", {}, inWords(one.kindLabel, one.kind)),
        section ? h("span", { title: sections.get(one.section) ?? "" }, section) : null,
        one.speaker ? h("span", {}, one.speaker) : null,
        one.isCorrected ? h("span", { class: "corrected" }, t("corrected")) : null,
        h("span", { class: "state" }, t(`state-${one.state.replace(" ", "-")}`)),
        facts ? h("span", { class: kept === all ? "facts" : "facts some" }, facts) : null,
      ),
      h("p", { class: "words", lang: document.documentElement.dataset.article }, tokens),
    );
  }

  #mark() {
    for (const item of this.element.querySelectorAll(".passage")) {
      const isIt = item.dataset.name === this.name;
      item.classList.toggle("selected", isIt);
      item.tabIndex = isIt ? 0 : -1;
      if (isIt) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
  }

  item(name = this.name) {
    return this.element.querySelector(`#passage-${CSS.escape(name)}`);
  }

  focus() {
    const item = this.item();
    item?.focus({ preventScroll: true });
    item?.scrollIntoView({ block: "nearest" });
  }

  select(name, by = "key") {
    if (name !== this.name) {
      if (!this.told.mayselect()) return;
      this.name = name;
      this.#paint(null);
      this.#mark();
      this.told.onselect(this.current);
    }
    if (by === "key") this.focus();
  }

  move(step) {
    const place = this.passages.findIndex((one) => one.name === this.name);
    const next = this.passages[place + step];
    if (next) this.select(next.name);
  }

  /** Move the selection of words, or its end with `extend`. */
  moveWord(step, extend) {
    const last = this.current.tokens.length - 1;
    const at = this.cursor ?? { from: step > 0 ? -1 : last + 1, to: step > 0 ? -1 : last + 1 };
    const to = Math.max(0, Math.min(last, at.to + step));
    this.#paint({ from: extend && this.cursor ? at.from : to, to });
  }

  #paint(cursor) {
    this.cursor = cursor;
    for (const word of this.element.querySelectorAll(".w.on")) word.classList.remove("on");
    this.told.onmove();
    if (!cursor) return;
    const words = [...this.item().querySelectorAll(".w")];
    words.slice(Math.min(cursor.from, cursor.to), Math.max(cursor.from, cursor.to) + 1).forEach((w) => w.classList.add("on"));
  }

  clear() {
    this.#paint(null);
    window.getSelection()?.removeAllRanges();
  }

  /** Return the selected words with their place in the text, or null. */
  get words() {
    if (!this.cursor) return null;
    const { tokens, text, start } = this.current;
    const [first, last] = [Math.min(this.cursor.from, this.cursor.to), Math.max(this.cursor.from, this.cursor.to)];
    const [from, to] = [tokens[first][0], tokens[last][1]];
    const printed = Array.from(text).slice(from - start, to - start).join("").split(/\s+/).join(" ");
    const [before, after] = [tokens[first - 1]?.[2] ?? "", tokens[last + 1]?.[2] ?? ""];
    return { printed, start: from, end: to, isQuoted: OPENING.includes(before) && CLOSING.includes(after) && Boolean(before && after) };
  }

  #byMouse() {
    const selection = window.getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    const { startContainer: node } = range;
    const item = (node instanceof Element ? node : node.parentElement)?.closest(".passage");
    if (!item) return;
    const words = [...item.querySelectorAll(".w")];
    const inside = words.map((word, place) => [word, place]).filter(([word]) => isTouched(range, word));
    if (!inside.length) return;
    if (item.dataset.name !== this.name) this.select(item.dataset.name, "mouse");
    if (item.dataset.name !== this.name) return;
    selection.removeAllRanges();
    this.#paint({ from: inside[0][1], to: inside.at(-1)[1] });
    this.told.onwords(this.current, this.words);
  }
}

/** Return whether a selection covers more of a word than its edge. */
function isTouched(range, word) {
  const whole = document.createRange();
  whole.selectNodeContents(word);
  const startsBefore = range.compareBoundaryPoints(Range.END_TO_START, whole) < 0;
  const endsAfter = range.compareBoundaryPoints(Range.START_TO_END, whole) > 0;
  return startsBefore && endsAfter;
}
