"""What the page was shown of a thing, so that a save changes that alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rdflib import URIRef
from rdflib.namespace import SKOS

from kg.annotate.forms import Field, Form
from kg.annotate.workspace import Workspace
from kg.corpus.text import normalise
from kg.editing.entry import Entry, Val
from kg.editing.turtle import RDF_TYPE
from kg.errors import DataError

MEANINGS = {"Words": "att:expresses", "NameUse": "att:names", "Quotation": "att:quotedFrom", "PrintedNumber": None}
"""Class of printed words → the property for what they stand for."""
PREFERRED = str(SKOS.prefLabel)
"""It is not shown, but follows the label."""


def form_of(work: Workspace, iri: str) -> Form:
    """Return the form in which a thing is shown; raises DataError where there is none for it."""
    scheme = work.corpus.data.value(URIRef(iri), SKOS.inScheme)
    names = work.classes(iri) | ({str(scheme).rpartition("/")[2]} if scheme is not None else set())
    found = next((work.forms.by_name[name] for name in sorted(names) if name in work.forms.by_name), None)
    if found is None:
        raise DataError(f"{iri.removeprefix(work.corpus.iris.base)} is of no kind that can be filled in here.")
    return found


def comments_in_order(comments: Sequence[Val]) -> list[Val]:
    """Return the comments on an inference, with the one to be shown first, English if there is such."""
    return sorted(comments, key=lambda value: value.language != "en")


class Seen:
    """Gives each value of a thing and its parts as the page sends it back where nobody changes it."""

    def __init__(
        self, work: Workspace, form: Form, iri: str, read: Callable[[Field, Mapping[str, Any]], Val | None]
    ) -> None:
        """Take the form that is sent of a thing, and what reads a value of it."""
        self._iri, self._read, self._expand = iri, read, work.forms.expand
        self._fields = {one.iri: one for one in form.fields}
        before = form_of(work, iri)
        self._class = Val(work.corpus.iris.term(before.name)) if before.group != "code" else None

    def value(self, thing: Entry, predicate: str, value: Val) -> Val | None:
        """Return a value of a property of the thing or a part of it as it was shown, or None where it was not."""
        if thing.iri != self._iri:
            cls = ((thing.first(RDF_TYPE) or Val("")).iri or "").replace("#", "/").rpartition("/")[2]
            return (
                self._of_inference(thing, predicate, value)
                if cls == "Inference"
                else self._of_words(thing, cls, predicate, value)
            )
        if predicate == RDF_TYPE:
            return value if value == self._class else None
        field = self._fields.get(predicate)
        if field is None:
            return value if predicate == PREFERRED else None
        try:
            return self._read(field, {"iri": value.iri, "text": value.text, "lang": value.language})
        except DataError:
            return value  # it has to be changed before the form can be saved

    def _of_words(self, words: Entry, cls: str, predicate: str, value: Val) -> Val | None:
        meaning = MEANINGS.get(cls)
        if meaning is not None and predicate == self._expand(meaning):
            return value if value.iri else None
        if value != words.first(predicate):
            return None
        if predicate == self._expand("att:printed"):
            return Val(text=normalise(value.text))
        return value if predicate == RDF_TYPE else None

    def _of_inference(self, inference: Entry, predicate: str, value: Val) -> Val | None:
        if predicate == self._expand("rdfs:comment"):
            if value == comments_in_order(inference.values[predicate])[0]:
                return Val(text=normalise(value.text), language=value.language or "en")
            return Val(text=value.text, language=value.language or "")
        is_shown = predicate in (RDF_TYPE, self._expand("att:infers"))
        return value if is_shown and value == inference.first(predicate) else None
