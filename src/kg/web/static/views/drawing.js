// What the views have in common: elements of SVG, choices, and taking a picture away.
import { cut } from "./rows.js";

const SVG = "http://www.w3.org/2000/svg";

export function draw(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

// A picture with its name and what it shows in words (SVG 2 §5.8).
export function picture(width, height, title, description, role = "img") {
  return draw("svg", { class: "picture", viewBox: `0 0 ${width} ${height}`, width, height, role, "aria-label": `${title}. ${description}` });
}

export function write(text, x, y, looks = "", most = 60) {
  return draw("text", { x, y, class: looks }, cut(text, most));
}

export function hint(text) {
  return draw("title", {}, cut(text, 300));
}

export function link(cell, ...children) {
  return cell?.href ? draw("a", { href: cell.href }, ...children) : draw("g", {}, ...children);
}

export function choice(words, options, chosen, changed) { // options: [value, words]
  const select = element("select");
  for (const [value, said] of options) select.append(element("option", { value: String(value), textContent: said, selected: value === chosen }));
  select.addEventListener("change", () => changed(select.value));
  return element("label", {}, `${words} `, select);
}

export function button(words, pressed, looks = "button quiet small") {
  const made = element("button", { type: "button", className: looks, textContent: words });
  made.addEventListener("click", pressed);
  return made;
}

// Calls when the width of an element becomes another.
export function onWidth(stage, changed) {
  let width = stage.clientWidth;
  new ResizeObserver(() => requestAnimationFrame(() => {
    if (stage.clientWidth === width || !stage.clientWidth) return;
    width = stage.clientWidth;
    changed();
  })).observe(stage);
}

// The picture as a file of its own, with its looks: as the page shows it, on a ground of paper.
export async function takeAway(svg, name) {
  const looks = await (await fetch(new URL("../views.css", import.meta.url))).text();
  const text = new XMLSerializer().serializeToString(svg);
  const end = text.indexOf(">") + 1;
  const whole = `${text.slice(0, end)}<style>${looks}</style><rect class="paper" width="100%" height="100%"/>${text.slice(end)}`;
  const address = URL.createObjectURL(new Blob([whole], { type: "image/svg+xml" }));
  element("a", { href: address, download: `${name}.svg` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
