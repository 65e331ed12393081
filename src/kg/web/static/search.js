// Suggestions under the search field: a combobox with a list (ARIA 1.2). The form works without.
"use strict";

for (const field of document.querySelectorAll("form.find input[type=search]")) {
  const list = document.createElement("ul");
  const said = document.createElement("span");
  list.id = `${field.id}-list`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0].textContent);
  list.hidden = true;
  said.className = "unseen";
  said.setAttribute("role", "status");
  field.after(list, said);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");

  let asked = null;
  let waiting = 0;
  let chosen = -1;

  function close() {
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(number) { // around, by way of the field itself, which is -1
    const options = [...list.children];
    const stops = options.length + 1;
    chosen = (number + 1 + stops) % stops - 1;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    if (chosen < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", options[chosen].id);
  }

  function show([, names, kinds, addresses, languages]) {
    list.replaceChildren(...names.map((name, at) => {
      const option = document.createElement("li");
      const label = document.createElement("bdi");
      const kind = document.createElement("span");
      option.id = `${list.id}-${at}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.address = addresses[at];
      label.textContent = name;
      if (languages[at]) label.lang = languages[at];
      kind.textContent = kinds[at];
      option.append(label, " ", kind);
      option.addEventListener("mousedown", (event) => { event.preventDefault(); location.assign(addresses[at]); });
      return option;
    }));
    chosen = -1;
    list.hidden = names.length === 0;
    field.setAttribute("aria-expanded", String(names.length > 0));
    said.textContent = field.dataset.count.replace("NUM", names.length);
  }

  async function ask() {
    asked?.abort();
    const words = field.value.trim();
    if (words.length < 2) return close();
    asked = new AbortController();
    try {
      const answer = await fetch(`/suggest?languages&q=${encodeURIComponent(words)}`, { signal: asked.signal });
      if (answer.ok && document.activeElement === field) show(await answer.json());
    } catch {
      close(); // another question has been asked meanwhile, or the server is away: the form still works
    }
  }

  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); return; }
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen - 1); }
    else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); location.assign(list.children[chosen].dataset.address); }
  });
}
