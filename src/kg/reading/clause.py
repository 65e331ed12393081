"""Noun phrases and clauses: each kind of statement as one sentence, with statements in it in square brackets."""

from __future__ import annotations

import re

from kg.errors import DataError
from kg.reading.grammar import Forms, Group, fill, listed, number
from kg.reading.phrases import ADJUNCTS, KINDS, TOLD
from kg.reading.view import Lookup, key

SILENT = "{clause}"
"""Pattern of a code that adds no word to a clause, as what is said outright."""
_MANNERS = ("modality", "frequency", "aspect", "quantity")
"""Properties whose codes surround the verb, from the outside in."""
_POSSIBLE = "possible"
"""The modality that neither language can join with "not" and be understood: "may not" also forbids."""
_CHANGES = ("begins", "ceases")
"""Aspects that a negation denies together with the verb."""
_LONG = 3
"""Statements in a list that make it long."""
_OPEN = "[…]"
"""What a statement is written as within itself."""


def read_bare(look: Lookup, iri: str) -> tuple[str, str]:
    """Return the frame and the sentence of a reading, without the notes next to them; raises as read_statement."""
    clauses = Clauses(look)
    sentence = clauses.sentence(iri)
    return clauses.frame(iri), sentence


class Clauses:
    """Puts the statements of a view into clauses, and keeps the events it met: their details are given separately."""

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
        """Return who says, asks or supposes it, and whose position it is: what comes before the colon."""
        look, words, kind = self.look, self.look.phrases, self.kind(statement) or ""
        asked = kind == "Question"
        claimants = look.links(statement, "att:askedBy" if asked else "att:claimant")
        if self._speakers(claimants):
            attributions = look.links(statement, "att:attribution")
            forms = look.forms(attributions[0]) if attributions else None
            frame = self._speaking(claimants, forms or (words.asks if asked else words.says))
            holders = look.links(statement, "att:holder")
            details = self._details(statement, holders, attributions[1:] if forms else attributions)
            return f"{frame} ({details})" if details else frame
        if not claimants:
            open_ = asked or "asked" in map(key, look.links(statement, "att:modality"))
            frame = words.frames["question"].capitalize() if open_ else words.nobody
        else:
            frame = words.frames[kind]
        holding, details = self._holding(statement)
        frame = f"{words.frames['Assertion']}" if holding and claimants else frame
        frame = f"{frame}: {holding}" if holding else frame
        return f"{frame} ({details})" if details else frame

    def _holding(self, statement: str) -> tuple[str, str]:
        """Return the holders with the verb of their attitude where it has one, and the details that are left."""
        look = self.look
        holders, attributions = look.links(statement, "att:holder"), look.links(statement, "att:attribution")
        forms = look.forms(attributions[0]) if holders and attributions else None
        if forms:
            return self._speaking(holders, forms), self._details(statement, [], attributions[1:])
        return "", self._details(statement, holders, attributions)

    def _speakers(self, claimants: list[str]) -> list[str]:
        """Return those of the claimants that are not the article's own voice."""
        return [claimant for claimant in claimants if "ArticleVoice" not in self.look.kinds(claimant)]

    def _speaking(self, who: list[str], forms: Forms) -> str:
        look = self.look
        verb = forms.plural if len(who) > 1 or look.is_plural(who[0]) else forms.singular
        return f"{self._names(who)} {verb}"

    def _names(self, things: list[str]) -> str:
        return listed([self.look.label(thing) for thing in things], self.look.phrases.conjunction)

    def _details(self, statement: str, holders: list[str], attributions: list[str]) -> str:
        """Return whose position it is, how it is attributed, by which document, whether it is answered."""
        look, captions = self.look, self.look.phrases.properties
        position = self.kind(statement) == "Position"
        if holders and holders == look.links(statement, "att:claimant"):
            details = [captions["ownPosition" if position else "ownView"]]
        else:
            details = [f"{captions['position' if position else 'holder']}: {self._names(holders)}"] if holders else []
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
            return f"[{self._counted(iri)}: {self._numbered(iri)}]"
        if "Event" in kinds and iri not in self.events:
            self.events.append(iri)
        return self.look.label(iri)

    def _nested(self, statement: str) -> str:
        """Return a statement in square brackets; who says it is named there unless it is the article's voice.

        Whose position it is goes without saying where its subject is the holder.
        """
        if statement in self._open:
            return _OPEN
        look = self.look
        asked = self.kind(statement) == "Question"
        if self._speakers(look.links(statement, "att:askedBy" if asked else "att:claimant")):
            frame = self.frame(statement)
        elif asked:
            frame = look.phrases.frames["question"]
        else:
            holding, details = self._holding(statement)
            plain = look.links(statement, "att:holder") == look.links(statement, "att:subject")
            if plain and not holding:
                details = self._details(statement, [], look.links(statement, "att:attribution"))
            frame = f"{holding} ({details})" if holding and details else holding or details
        return f"[{frame}: {self.sentence(statement)}]" if frame else f"[{self.sentence(statement)}]"

    def nouns(self, statement: str, name: str) -> tuple[str, bool]:
        """Return the values of a property as a list by its combination, and whether a verb after it is plural."""
        look = self.look
        found = look.links(statement, f"att:{name}")
        if not found:
            return "", False
        combination = look.link(statement, f"att:{'object' if name == 'quality' else name}Combination")
        template = look.template(combination) if combination else None
        if combination and template is None:
            template = f"{{and}} ({look.label(combination)})"
        template = template or "{and}"
        text = self._list(found, template)
        for quantity in look.links(statement, f"att:{name}Quantity"):
            text = self._quantified(quantity, text)
        plural = look.is_plural(found[-1])
        return text, plural or (len(found) > 1 and "{and}" in template)

    def _list(self, found: list[str], template: str) -> str:
        """Return names in the pattern of their combination.

        Observations, and three or more statements, are set in brackets with semicolons, and how they go together
        comes before them: at the end of so long a list nobody would find it.
        """
        words = self.look.phrases
        if len(found) == 1:
            return self.noun(found[0])
        observed = all("Observation" in self.look.kinds(iri) for iri in found)
        if not observed and (len(found) < _LONG or not all(self.kind(iri) for iri in found)):
            parts = [self.noun(iri) for iri in found]
            joined = {"and": listed(parts, words.conjunction), "or": listed(parts, words.disjunction)}
            return fill(template, joined, {})
        parts = self._tabled(found) if observed else [self.noun(iri) for iri in found]
        either = "; ".join([*parts[:-1], f"{words.disjunction} {parts[-1]}"])
        if "{and}" in template:
            how = fill(template, {"and": "", "or": ""}, {}).strip("() ")
            return f"[{how}: {'; '.join(parts)}]" if how else f"[{'; '.join(parts)}]"
        return f"[{fill(template, {'and': either, 'or': either}, {})}]"

    def _tabled(self, observations: list[str]) -> list[str]:
        """Return observations with what is counted said once for those that are adjacent."""
        parts, before = [], ""
        for iri in observations:
            counted = self._counted(iri)
            parts.append(self._numbered(iri) if counted == before else f"{counted}: {self._numbered(iri)}")
            before = counted
        return parts

    def _quantified(self, quantity: str, name: str) -> str:
        """Return a name with a quantity; one that has a pattern takes the place of the name's article."""
        look, words = self.look, self.look.phrases
        template = look.template(quantity)
        if template is None or "{word}" not in template:
            return words.quantified.format(quantity=look.label(quantity), name=name)
        article = next((article for article in words.articles if name.startswith(article)), "")
        return fill(template, {"word": name.removeprefix(article)}, {})

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
        """Return subject, verb and object; ``asked`` has the pattern of the question for a slot that is asked for."""
        look, words = self.look, self.look.phrases
        slots, plural = {}, {}
        for name in ("subject", "quality", "object"):
            slots[name], plural[name] = self.nouns(statement, name)
            if asked and name in asked:
                slots[name] = self._asked(asked[name], slots[name])
        relation = look.link(statement, "att:relation")
        if relation is None:
            text = ": ".join(value for value in slots.values() if value)
            return text + self._printed(statement, "") + self.adjuncts(statement)
        forms, template = look.forms(relation), look.template(relation)
        passive = look.own_text(relation, "att:passiveForms")
        last = look.links(statement, "att:subject")[-1:]
        if passive and slots["object"] and not slots["subject"]:
            forms, template = look.forms(relation, "att:passiveForms"), None
            last = look.links(statement, "att:object")[-1:]
            slots["subject"], slots["object"], plural["subject"] = slots["object"], "", plural["object"]
        if last and not (asked and "subject" in asked):
            slots["subject"] += self._pause(last[0])
        label = look.label(relation)
        group, frame = self._group(statement)
        trailing = self._graded(statement, slots, group)
        slots["verb"], slots["end"] = words.verb(forms or Forms(label, label, label), group, plural["subject"])
        known = " ".join([slots["verb"], slots["end"], *(forms or ())])
        slots["printed"] = self._printed(statement, known)
        template = self._place(slots, template or words.template, trailing)
        filled = fill(template, slots, dict.fromkeys(plural, words.somebody))
        return frame.replace(SILENT, filled + self.adjuncts(statement))

    def _place(self, slots: dict[str, str], template: str, trailing: list[str]) -> str:
        """Put degrees behind the verb; return the pattern with a slot for the printed verb behind all that is the verb.

        That is the quality, a preposition before the object, the end of a clause, or the verb itself.
        """
        place = "quality" if slots["quality"] else "end" if slots["end"] else "verb"
        slots[place] = " ".join([slots[place], *trailing])
        if slots["object"] and slots["printed"] and not slots["quality"]:
            before = ": {object}" if ": {object}" in template else " {object}"
            return template.replace(before, "{printed}" + before)
        slots[place] += slots["printed"]
        return template

    def _asked(self, pattern: str, name: str) -> str:
        """Return the question word with the name of what is asked for."""
        if "{word}" in pattern:
            return fill(pattern, {"word": name}, {})
        return f"{pattern} ({name})" if name else pattern

    def _pause(self, iri: str) -> str:
        """Return a comma after a name that ends with a clause of its own, as in "those, who vote, win"."""
        label = re.sub(r"\(.*?\)", "", self.look.label(iri))
        known = not self.kind(iri) and "Observation" not in self.look.kinds(iri)
        return "," if known and "," in label and not self.look.label(iri).endswith(")") else ""

    def _graded(self, statement: str, slots: dict[str, str], group: Group) -> list[str]:
        """Put the degrees next to the quality, the object or the verb; return those that follow the verb."""
        look, trailing = self.look, []
        target = next((name for name in ("quality", "object") if slots[name]), None)
        for code in look.links(statement, "att:degree"):
            template, label = look.template(code), look.label(code)
            if template and "{word}" in template:
                if target is None:
                    trailing.append(label)
                    continue
                quality = target == "quality" and "{quality}" in template
                beside = {"quality": slots[target] if quality else "", "word": "" if quality else slots[target]}
                slots[target] = fill(template, beside, {})
            elif slots["quality"]:
                slots["quality"] = f"{label} {slots['quality']}"
            else:
                group.inner.append(label)
        return trailing

    def _printed(self, statement: str, verb: str) -> str:
        """Return the printed verb in brackets, but where the verb of the reading holds it already."""
        known = f" {verb} ".casefold()
        texts = [text for text in self.look.texts(statement, "att:verb") if f" {text} ".casefold() not in known]
        return f" ({', '.join(map(self.look.phrases.quotation.format, texts))})" if texts else ""

    def unplaced_verbs(self, statement: str) -> list[str]:
        """Return the printed verbs that the sentence has no place for: those of a conditional."""
        if self.kind(statement) != "Conditional":
            return []
        return [self.look.phrases.quotation.format(verb) for verb in self.look.texts(statement, "att:verb")]

    def _group(self, statement: str) -> tuple[Group, str]:
        """Return what surrounds the verb except degrees, and the pattern of the whole clause."""
        look = self.look
        group, frame = Group(negated=look.is_true(statement, "att:negated")), SILENT
        for name in _MANNERS:
            for code in look.links(statement, f"att:{name}"):
                template, forms = look.template(code), look.forms(code)
                if template and SILENT in template:
                    frame = frame.replace(SILENT, template)
                elif group.negated and key(code) == _POSSIBLE:
                    group.outer.append(look.phrases.possibly)
                elif forms:
                    (group.within if key(code) in _CHANGES else group.auxiliaries).append(forms)
                else:
                    (group.inner if name == "quantity" else group.outer).append(look.label(code))
        return group, frame

    def _conditional(self, statement: str) -> str:
        look, words = self.look, self.look.phrases
        kind = look.link(statement, "att:conditionKind")
        scope = [look.label(code) for name in ("quantity", "degree") for code in look.links(statement, f"att:{name}")]
        condition = {"clause": self.nouns(statement, "antecedent")[0], "kind": look.label(kind) if kind else ""}
        template = (look.template(kind) if kind else None) or words.condition
        slots = {
            "condition": " ".join([*scope, fill(template, condition, {})]),
            "firmness": "; ".join(self._firmness(statement)),
            "consequence": self.nouns(statement, "consequent")[0],
        }
        text = fill(words.conditional, slots, {}) + self.adjuncts(statement)
        return fill(words.denied, {"clause": text}, {}) if look.is_true(statement, "att:negated") else text

    def _firmness(self, statement: str) -> list[str]:
        """Return the labels of the codes of a conditional, but of those that are silent."""
        look = self.look
        found = []
        for name in ("modality", "frequency", "aspect"):
            codes = look.links(statement, f"att:{name}")
            found += [look.label(code) for code in codes if look.template(code) != SILENT]
        return found

    def _question(self, statement: str) -> str:
        look, words = self.look, self.look.phrases
        asks = look.links(statement, "att:asks")
        word = listed([look.label(code) for code in asks], words.conjunction)
        names = [key(iri) for iri in look.links(statement, "att:asksFor")]
        slots = [name for name in names if name in ("subject", "object", "quality")]
        pattern = look.template(asks[0]) if len(asks) == 1 else None
        clause = self._clause(statement, dict.fromkeys(slots, pattern or word))
        told = {TOLD.get(key(code)) for code in asks}
        apart = [words.properties.get(name, name) for name in names if name not in slots and name not in told]
        if apart:
            return f"{word} ({', '.join(apart)}): {clause}?"
        return f"{clause}?" if slots else fill(words.question, {"word": word, "clause": clause}, {}) + "?"

    def _figure(self, statement: str) -> str:
        look, words = self.look, self.look.phrases
        observation = look.link(statement, "att:prints")
        if observation is None:
            return self._clause(statement)
        group, frame = self._group(statement)
        group.inner += [look.label(code) for code in look.links(statement, "att:degree")]
        verb = "" if group.is_empty else " ".join(words.verb(words.amounts, group, False)).rstrip()
        counted = f"{self._counted(observation)} {verb}".rstrip() + self._printed(statement, verb)
        amount = f"{counted}: {self._amount(observation, statement)}"
        return frame.replace(SILENT, amount + self.adjuncts(observation) + self.adjuncts(statement))

    def _counted(self, observation: str) -> str:
        look, words = self.look, self.look.phrases
        indicator = listed([look.label(i) for i in look.links(observation, "att:indicator")], words.conjunction)
        population = self.nouns(observation, "population")[0]
        return f"{indicator} ({population})" if population else indicator

    def _numbered(self, observation: str) -> str:
        return self._amount(observation, observation) + self.adjuncts(observation)

    def _amount(self, observation: str, printing: str) -> str:
        """Return value and unit of an observation with the bound that its printing gives."""
        look, words = self.look, self.look.phrases
        text = " – ".join(number(v, words.thousands, words.point) for v in look.texts(observation, "att:value"))
        if not text:
            return words.unnumbered
        text = " ".join([text, *(look.label(unit) for unit in look.links(observation, "att:unit"))])
        for bound in look.links(printing, "att:bound") or look.links(observation, "att:bound"):
            text = fill(look.template(bound) or f"{{number}} ({look.label(bound)})", {"number": text}, {})
        return text
