// What script adds to the query page: the time that a query takes, Cancel, and running the same query again.
"use strict";

const form = document.querySelector("form.query");
const elapsed = form?.querySelector("[data-elapsed]");
const cancel = form?.querySelector("[data-cancel]");

if (form && elapsed && cancel) {
  let ticking = 0;
  for (const part of form.querySelectorAll(".scripted")) part.hidden = false;

  function rest(words) {
    clearInterval(ticking);
    ticking = 0;
    cancel.disabled = true;
    elapsed.textContent = words;
  }

  form.addEventListener("submit", () => {
    const began = performance.now();
    clearInterval(ticking);
    cancel.disabled = false;
    elapsed.textContent = elapsed.dataset.running; // said once; the seconds next to it are only seen
    const seconds = document.createElement("span");
    seconds.setAttribute("aria-hidden", "true");
    elapsed.append(" ", seconds);
    ticking = setInterval(() => { seconds.textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`; }, 100);
  });
  // A form whose address is the page's own only moves to the fragment. Heard last, when the text is what will be sent.
  const alike = (address, fields) => `${address.origin}${address.pathname}?${new URLSearchParams(fields)}`.replaceAll("%0D%0A", "%0A");
  document.addEventListener("submit", (event) => {
    if (event.target !== form || event.submitter?.hasAttribute("formaction")) return;
    const here = new URL(location);
    if (alike(new URL(form.action), new FormData(form)) !== alike(here, here.searchParams)) return;
    event.preventDefault();
    location.hash = new URL(form.action).hash;
    location.reload();
  });
  cancel.addEventListener("click", () => { // the connection ends, and with it the query
    window.stop();
    rest(elapsed.dataset.cancelled);
    document.querySelector(".editor")?.shadowRoot?.querySelector(".cm-content")?.focus();
  });
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) rest(""); });
}
