// The addresses by which a query is passed on, kept to what the editor holds; the query in them declares its prefixes.
import { complete } from "./text.js";

const PLAIN = /%(?:3A|2F|3F|2C|3B|40|24)/g; // what need not be escaped in the query of an address (RFC 3986 §3.4)

function escape(text) {
  return encodeURIComponent(text).replace(PLAIN, decodeURIComponent).replace(/%20/g, "+").replace(/'/g, "%27");
}

export function address(given, text, view) {
  const { origin, pathname, searchParams } = new URL(given);
  searchParams.set("query", text);
  return `${origin}${pathname}?${[...searchParams].map(([name, value]) => `${name}=${escape(value)}`).join("&")}${view ? `#${view}` : ""}`;
}

export function keepShared(panel, textOf, vocabulary) {
  const fields = [...panel.querySelectorAll("input")];
  return () => {
    if (!panel.open) return;
    const text = complete(textOf(), vocabulary.prefixes);
    const view = document.querySelector(".answer")?.dataset.view;
    for (const [at, field] of fields.entries()) {
      field.value = address(field.value, text, at === 0 ? view : "");
      field.parentElement.querySelector("button").dataset.copy = field.value;
    }
  };
}
