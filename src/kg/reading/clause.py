"""Noun phrases and clauses: each kind of statement as one sentence, with statements in it in square brackets."""

from __future__ import annotations

from kg.errors import DataError
from kg.reading.grammar import Forms, Group, fill, listed, number
from kg.reading.phrases import ADJUNCTS, KINDS
from kg.reading.view import Lookup, key

SILENT = "{clause}"
"""Pattern of a code that adds no word to a clause, as what is said outright."""
_MANNERS = ("modality", "frequency", "aspect", "quantity", "degree")
"""Properties whose codes stand about the verb, from the outside in."""
_OPEN = "[…]"
"""What stands for a statement within itself."""


class Clauses:
    """Puts the statements of a view into clauses, and keeps the events it met: their details are told apart."""

    def __init__(self, look: Lookup) -> None:
        """Start with no event met and no statement open."""
        self.look = look
        self.events: list[str] = []
        self._open: list[str] = []

    def kind(self, iri: str) -> str | None:
        """Return which kind of statement a thing is, or None where it is none."""
        kinds = self.look.kinds(iri)
        return next((kind for kind in KINDS if kind in kinds), None)

    def sentence(self, statement: str) -> str:
        """Return what is said, without who says it."""
        kind = self.kind(statement)
        if kind is None:
            raise DataError(
                f"{statement} is no statement of a kind that can be read. Give it one of {', '.join(KINDS)}."
            )
        if statement in self._open:
            return _OPEN.strip("[]")
        self._open.append(statement)
        try:
            if kind == "Conditional":
                return self._conditional(statement)
            if kind == "Figure":
                return self._figure(statement)
            return self._question(statement) if kind == "Question" else self._clause(statement)
        finally:
            self._open.pop()

    def frame(self, statement: str) -> str:
        """Return who says, asks or supposes it, and whose position it is: what stands before the colon."""
        look, words, kind = self.look, self.look.phrases, self.kind(statement) or ""
        asked = kind == "Question"
        claimants = look.links(statement, "att:askedBy" if asked else "att:claimant")
        holders = look.links(statement, "att:holder")
        attributions = look.links(statement, "att:attribution")
        forms = look.forms(attributions[0]) if attributions else None
        if self._speakers(claimants):
            frame = self._speaking(claimants, forms or (words.asks if asked else words.says))
        elif not claimants:
            open_ = asked or "asked" in map(key, look.links(statement, "att:modality"))
            frame, forms = words.frames["question"].capitalize() if open_ else words.nobody, None
        elif holders and forms:
            frame = f"{words.frames['Assertion']}: {self._speaking(holders, forms)}"
            holders = []
        else:
            frame, forms = words.frames[kind], None
        details = self._details(statement, holders, attributions[1:] if forms else attributions)
        return f"{frame} ({details})" if details else frame

    def _speakers(self, claimants: list[str]) -> list[str]:
        """Return those of the claimants that are not the article's own voice."""
        return [claimant for claimant in claimants if "ArticleVoice" not in self.look.kinds(claimant)]

    def _speaking(self, who: list[str], forms: Forms) -> str:
        look = self.look
        verb = forms.plural if len(who) > 1 or look.is_plural(who[0]) else forms.singular
        return f"{listed([look.label(one) for one in who], look.phrases.conjunction)} {verb}"

    def _details(self, statement: str, holders: list[str], attributions: list[str]) -> str:
        """Return whose position it is, how it is attributed, by which document, whether it is answered."""
        look, captions = self.look, self.look.phrases.properties
        caption = captions["position" if self.kind(statement) == "Position" else "holder"]
        names = listed([look.label(holder) for holder in holders], look.phrases.conjunction)
        details = [f"{caption}: {names}"] if names else []
        details += [look.label(code) for code in attributions]
        details += [f"{captions['via']}: {self.noun(via)}" for via in look.links(statement, "att:via")]
        details += [look.label(code) for code in look.links(statement, "att:answerStatus")]
        return "; ".join(details)

    def noun(self, iri: str) -> str:
        """Return what a thing is called; a statement as its sentence, an observation as its numbers."""
        if self.kind(iri):
            return self._nested(iri)
        kinds = self.look.kinds(iri)
        if "Observation" in kinds:
            return f"{self._counted(iri)}: {self._amount(iri, iri)}{self.adjuncts(iri)}"
        if "Event" in kinds and iri not in self.events:
            self.events.append(iri)
        return self.look.label(iri)

    def _nested(self, statement: str) -> str:
        """Return a statement in square brackets; who says it stands there where that is not the article's voice."""
        if statement in self._open:
            return _OPEN
        look = self.look
        asked = self.kind(statement) == "Question"
        attributions = look.links(statement, "att:attribution")
        if self._speakers(look.links(statement, "att:askedBy" if asked else "att:claimant")):
            frame = self.frame(statement)
        elif asked:
            frame = look.phrases.frames["question"]
        else:
            frame = self._details(statement, look.links(statement, "att:holder"), attributions)
        return f"[{frame}: {self.sentence(statement)}]" if frame else f"[{self.sentence(statement)}]"

    def nouns(self, statement: str, name: str) -> tuple[str, bool]:
        """Return the values of a property as a list by its combination, and whether a verb after it is plural."""
        look, words = self.look, self.look.phrases
        found = look.links(statement, f"att:{name}")
        if not found:
            return "", False
        role = "object" if name == "quality" else name
        combination = look.link(statement, f"att:{role}Combination")
        parts = [self.noun(iri) for iri in found]
        template = look.template(combination) if combination else None
        if combination and template is None:
            template = f"{{and}} ({look.label(combination)})"
        template = template or "{and}"
        text = parts[0]
        if len(parts) > 1:
            joined = {"and": listed(parts, words.conjunction), "or": listed(parts, words.disjunction)}
            text = fill(template, joined, {})
        for quantity in look.links(statement, f"att:{name}Quantity"):
            text = words.quantified.format(quantity=look.label(quantity), name=text)
        return text, "{and}" in template if len(parts) > 1 else look.is_plural(found[0])

    def adjuncts(self, iri: str) -> str:
        """Return for whom, what for, where, when and so on, in brackets, or nothing."""
        look, words = self.look, self.look.phrases
        found = []
        for name in (*ADJUNCTS, "asOf"):
            values = [self.noun(value) for value in look.links(iri, f"att:{name}")]
            values += look.texts(iri, f"att:{name}")
            if values:
                found.append(f"{words.properties[name]}: {listed(values, words.conjunction)}")
        found += [words.order.format(order) for order in look.texts(iri, "att:order")]
        return f" ({'; '.join(found)})" if found else ""

    def _clause(self, statement: str, asked: dict[str, str] | None = None) -> str:
        """Return subject, verb and object; ``asked`` has the question word for a slot that is asked for."""
        look = self.look
        slots, plural = {}, {}
        for name in ("subject", "quality", "object"):
            slots[name], plural[name] = self.nouns(statement, name)
            if asked and name in asked:
                slots[name] = f"{asked[name]} ({slots[name]})" if slots[name] else asked[name]
        degrees = [look.label(code) for code in look.links(statement, "att:degree")] if slots["quality"] else []
        slots["quality"] = " ".join([*degrees, slots["quality"]])
        relation = look.link(statement, "att:relation")
        if relation is None:
            text = ": ".join(value for value in slots.values() if value)
            return text + self.adjuncts(statement)
        forms, template = look.forms(relation), look.template(relation)
        passive = look.own_text(relation, "att:passiveForms")
        if passive and slots["object"] and not slots["subject"]:
            forms, template = look.forms(relation, "att:passiveForms"), None
            slots["subject"], slots["object"], plural["subject"] = slots["object"], "", plural["object"]
        if forms is None:
            label = look.label(relation)
            forms = Forms(label, label, label)
        group, frame = self._group(statement, bool(degrees))
        slots["verb"], slots["end"] = look.phrases.verb(forms, group, plural["subject"])
        filled = fill(template or look.phrases.template, slots, dict.fromkeys(plural, look.phrases.somebody))
        return frame.replace(SILENT, filled + self.adjuncts(statement))

    def _group(self, statement: str, graded: bool = False) -> tuple[Group, str]:
        """Return what stands about the verb, and the pattern of the whole clause; without degrees if told elsewhere."""
        look = self.look
        group, frame = Group(negated=look.is_true(statement, "att:negated")), SILENT
        for name in _MANNERS[:-1] if graded else _MANNERS:
            for code in look.links(statement, f"att:{name}"):
                template, forms = look.template(code), look.forms(code)
                if template and SILENT in template:
                    frame = frame.replace(SILENT, template)
                elif forms:
                    group.auxiliaries.append(forms)
                else:
                    (group.inner if name in ("quantity", "degree") else group.outer).append(look.label(code))
        return group, frame

    def _conditional(self, statement: str) -> str:
        look = self.look
        kind = look.link(statement, "att:conditionKind")
        slots = {
            "kind": look.label(kind) if kind else "",
            "condition": self.nouns(statement, "antecedent")[0],
            "firmness": ", ".join(self._firmness(statement)),
            "consequence": self.nouns(statement, "consequent")[0],
        }
        return fill(look.phrases.conditional, slots, {}) + self.adjuncts(statement)

    def _firmness(self, statement: str) -> list[str]:
        """Return the labels of the codes of a conditional, but of those that are silent."""
        look = self.look
        found = []
        for name in _MANNERS:
            codes = look.links(statement, f"att:{name}")
            found += [look.label(code) for code in codes if look.template(code) != SILENT]
        return found

    def _question(self, statement: str) -> str:
        look, words = self.look, self.look.phrases
        asks = [look.label(code) for code in look.links(statement, "att:asks")]
        word = listed(asks, words.conjunction)
        names = [key(iri) for iri in look.links(statement, "att:asksFor")]
        slots = [name for name in names if name in ("subject", "object", "quality")]
        clause = self._clause(statement, dict.fromkeys(slots, word))
        apart = [words.properties.get(name, name) for name in names if name not in slots]
        if apart:
            return f"{word} ({', '.join(apart)}): {clause}?"
        return f"{clause}?" if slots else f"{word}: {clause}?"

    def _figure(self, statement: str) -> str:
        look, words = self.look, self.look.phrases
        observation = look.link(statement, "att:prints")
        if observation is None:
            return self._clause(statement)
        group, frame = self._group(statement)
        verb = "" if group.is_empty else " ".join(words.verb(words.amounts, group, False)).rstrip()
        amount = f"{self._counted(observation)} {verb}".rstrip() + f": {self._amount(observation, statement)}"
        return frame.replace(SILENT, amount + self.adjuncts(observation) + self.adjuncts(statement))

    def _counted(self, observation: str) -> str:
        look, words = self.look, self.look.phrases
        indicator = listed([look.label(i) for i in look.links(observation, "att:indicator")], words.conjunction)
        population = self.nouns(observation, "population")[0]
        return f"{indicator} ({population})" if population else indicator

    def _amount(self, observation: str, printing: str) -> str:
        """Return value and unit of an observation with the bound that its printing gives."""
        look, words = self.look, self.look.phrases
        text = " – ".join(number(v, words.thousands, words.point) for v in look.texts(observation, "att:value"))
        text = " ".join([text, *(look.label(unit) for unit in look.links(observation, "att:unit"))])
        for bound in look.links(printing, "att:bound") or look.links(observation, "att:bound"):
            text = fill(look.template(bound) or f"{{number}} ({look.label(bound)})", {"number": text}, {})
        return text
