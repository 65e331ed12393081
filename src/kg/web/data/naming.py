"""What a parameter's value names in this request's release."""

from __future__ import annotations

from kg.catalogue.finding import parameters
from kg.web.data import access


def resolve(parameter: str, kind: str, value: str) -> str:
    """Return the IRI of the record of a kind that a value names; raises ParameterError."""
    return parameters.resolve(access.catalogue(), access.iris().base, parameter, kind, value)
