// What the page knows of the article and of the forms.

import { inWords, t } from "./dom.js";

export class Book {
  constructor({ forms, texts, codes }) {
    this.forms = new Map(forms.map((form) => [form.name, form]));
    this.texts = texts;
    this.codes = codes;
    this.things = [];
    this.passages = [];
  }

  take(state) {
    Object.assign(this, state);
  }

  textOf(key) {
    return this.texts[key] ?? { en: key };
  }

  statements() {
    return this.passages.flatMap((passage) =>
      passage.statements.map((one) => ({ iri: one.iri, name: one.name, labels: one.label, kind: t("statement") })),
    );
  }

  voiceOption() {
    return { iri: this.voice, name: "voice", labels: this.textOf("voice"), kind: "" };
  }

  isOwn(iri) {
    return Boolean(iri) && iri !== this.voice && !iri.includes("/passage/") && iri.includes(`/article/${this.slug}/`);
  }

  shortOf(iri) {
    const [, own] = iri.split(`/article/${this.slug}/`);
    return own ?? iri.split("/").slice(-2).join("/");
  }

  numberOf(name) {
    return this.passages.find((one) => one.name === name)?.number ?? "";
  }

  /** Return the values with which a form begins; a clause of another statement is supposed by nobody. */
  starts(form, isClause) {
    const spec = this.forms.get(form);
    if (spec.group === "statement") {
      const modality = form === "Question" ? "asked" : isClause ? "supposed" : "flat";
      const found = { "att:modality": this.code(modality) };
      if (!isClause && form !== "Question") found["att:claimant"] = { iri: this.voice, name: "voice", label: this.textOf("voice") };
      return form === "Figure" ? { ...found, "att:bound": this.code("as-printed") } : found;
    }
    return form === "Observation" ? { "att:bound": this.code("as-printed") } : {};
  }

  code(name) {
    const base = this.voice.split("article/")[0];
    return { iri: `${base}code/${name}`, name: `code:${name}`, label: this.codes[name]?.label ?? { en: name } };
  }

  isCode(option) {
    return option.iri.includes("/code/");
  }

  kindOf(iri) {
    return this.codes[iri.split("/code/")[1]]?.list ?? "";
  }

  /** Return the code lists whose codes words of a statement can stand for. */
  codeKinds(form) {
    const lists = form.fields.flatMap((field) => (field.kind === "code" ? field.kinds : []));
    return [...new Set([...lists, "relation", "bound"])];
  }

  kindsLike(spec) {
    return [...this.forms.values()].filter((one) => one.group === spec.group && (spec.group !== "code" || one.name === spec.name));
  }

  /** Return the forms of what can be made new for a field. */
  newKinds(field) {
    const found = ["statement", "thing"].includes(field.kind) ? [this.forms.get("Assertion")] : [];
    for (const form of this.forms.values()) {
      const names = [form.name.toLowerCase(), ...form.above];
      if (form.group !== "statement" && names.some((name) => field.kinds.includes(name))) found.push(form);
    }
    return found;
  }

  /** Return the forms of all kinds of record. */
  records() {
    return [...this.forms.values()].filter((form) => form.group !== "statement");
  }

  labelOf(name) {
    return inWords(this.forms.get(name)?.label, name);
  }
}
