// What script adds to the query page: the time that a query takes, and Cancel.
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
    elapsed.textContent = elapsed.dataset.running; // said once; the seconds beside it are only seen
    const seconds = document.createElement("span");
    seconds.setAttribute("aria-hidden", "true");
    elapsed.append(" ", seconds);
    ticking = setInterval(() => { seconds.textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`; }, 100);
  });
  cancel.addEventListener("click", () => { // the connection ends, and with it the query
    window.stop();
    rest(elapsed.dataset.cancelled);
    document.querySelector(".editor")?.shadowRoot?.querySelector(".cm-content")?.focus();
  });
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) rest(""); });
}
