// What script adds to a page that is whole without it: buttons that copy.
"use strict";

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page that came by plain HTTP has no clipboard, but may copy what is selected
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("The browser lets nothing be copied.");
  }
}

for (const button of document.querySelectorAll("button.copy")) {
  const words = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await copy(button.dataset.copy);
      button.textContent = button.dataset.done;
      button.focus();
      setTimeout(() => { button.textContent = words; }, 2000);
    } catch {
      button.hidden = true;
    }
  });
}
