// The part of an axis that is shown: nearer, farther, along it, and by drawing over the picture.
import { button, draw, element } from "../drawing.js";

const LEAST = 1 / 500; // of the whole axis
const LEAST_DRAWN = 8; // pixels that are drawn over, below which it was a click

// `told` is called with each new span: [from, to], or null for the whole axis.
export function makeAxis(stage, words, told) {
  let drawn = null; // the picture's axis: { domain, across, all, within }
  let span = null;

  function set(from, to) {
    const [first, last] = drawn.domain;
    const wide = Math.max(to - from, (last - first) * LEAST);
    const start = Math.max(first, Math.min(from, last - wide));
    span = wide >= last - first ? null : [start, start + wide];
    told(span);
  }

  function zoom(factor) {
    const [from, to] = span ?? drawn.domain;
    const [middle, half] = [(from + to) / 2, ((to - from) / 2) * factor];
    set(middle - half, middle + half);
  }

  function move(share) {
    const [from, to] = span ?? drawn.domain;
    set(from + (to - from) * share, to + (to - from) * share);
  }

  const buttons = {
    closer: button(words.closer, () => zoom(0.5)), farther: button(words.farther, () => zoom(2)),
    before: button(words.before, () => move(-0.5)), after: button(words.after, () => move(0.5)), whole: button(words.whole, () => { span = null; told(null); }),
  };
  const tools = element("div", { className: "choices axis-tools", hidden: true }, ...Object.values(buttons));
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", words.axis);

  stage.addEventListener("pointerdown", (event) => {
    const svg = stage.querySelector("svg");
    if (!drawn || !svg || event.button !== 0 || event.pointerType === "touch") return;
    const at = (moved) => ((moved.clientX - svg.getBoundingClientRect().left) * svg.viewBox.baseVal.width) / svg.getBoundingClientRect().width;
    const start = at(event);
    const marked = draw("rect", { class: "chosen", y: 0, height: svg.viewBox.baseVal.height, x: start, width: 0 });
    const follow = (moved) => { marked.setAttribute("x", Math.min(start, at(moved))); marked.setAttribute("width", Math.abs(at(moved) - start)); };
    const end = (moved) => {
      for (const [name, each] of [["pointermove", follow], ["pointerup", end], ["pointercancel", end]]) window.removeEventListener(name, each);
      marked.remove();
      if (moved.type === "pointerup" && Math.abs(at(moved) - start) >= LEAST_DRAWN) set(drawn.across.back(Math.min(start, at(moved))), drawn.across.back(Math.max(start, at(moved))));
    };
    svg.append(marked);
    for (const [name, each] of [["pointermove", follow], ["pointerup", end], ["pointercancel", end]]) window.addEventListener(name, each);
    event.preventDefault();
  });

  return {
    tools,
    get span() { return span; },
    forget() { span = null; },
    follow(axis) { // what the picture shows now
      drawn = axis && axis.domain[1] > axis.domain[0] ? axis : null;
      tools.hidden = !drawn;
      stage.classList.toggle("along", Boolean(drawn));
      const [from, to] = span ?? drawn?.domain ?? [0, 0];
      buttons.farther.disabled = buttons.whole.disabled = !span;
      buttons.before.disabled = !span || from <= drawn.domain[0];
      buttons.after.disabled = !span || to >= drawn.domain[1];
      return span && drawn ? words.part.replace("NUM", drawn.within).replace("ALL", drawn.all) : "";
    },
  };
}
