// What was chosen, as chips before a search. Left goes from an empty search to them, Delete takes one out.

import { h, t } from "./dom.js";

/** Return a chip with a button that takes it out; `name` is what that button says it takes out. */
export function chip(content, name, remove, attributes = {}) {
  const { class: more = "", ...others } = attributes;
  const button = h("button", { type: "button", tabindex: "-1", "aria-label": t("remove", { name }), onclick: remove }, "×");
  return h("span", { class: `chip ${more}`.trim(), ...others, onkeydown: (event) => onkey(event, remove) }, content, button);
}

/** Go from a search to the chip before it; return whether there is one. */
export function toChips(search) {
  return focusIn(search.previousElementSibling);
}

const focusIn = (element) => {
  const button = element?.matches(".chip") ? element.querySelector("button:last-child") : element?.querySelector("input");
  button?.focus();
  return Boolean(button);
};

function onkey(event, remove) {
  const { key, currentTarget: own } = event;
  if (key === "Delete" || key === "Backspace") remove();
  else if (key === "ArrowLeft") focusIn(own.previousElementSibling);
  else if (key === "ArrowRight") focusIn(own.nextElementSibling);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
