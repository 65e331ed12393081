"""Reconciliation Service API 0.2 (https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/).

::

    GET  /reconcile                    the manifest
    GET, POST /reconcile  queries=     candidates for each query of a batch
    GET, POST /reconcile  extend=      values of properties (kg.web.reconcile.extend)
    GET  /reconcile/suggest/…          completions of a prefix, and what to show of one (kg.web.reconcile.suggest)
    GET  /reconcile/preview?id=        a small page for a frame

JSONP is not offered: a script of this origin that a hostile address makes would be let through by the pages' own
policy. Every answer may be read across origins instead.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from werkzeug.exceptions import BadRequest

import kg
from kg.catalogue.finding.names import Candidate, Wanted, certain, find
from kg.cite import TITLE
from kg.web.data.context import Context
from kg.web.http.policy import API, Routes
from kg.web.protocol.sparql import require_utf8
from kg.web.reconcile import extend
from kg.web.reconcile.authority import type_name, type_of, types

blueprint = Routes("reconcile", API)

BATCH = 25
"""Queries of a batch; a client learns of it from the manifest."""
LIMIT = 10
"""Candidates where a query sets no limit."""
MOST = 100
"""Candidates at most, whatever the limit."""
NAME_CHARACTERS = 500
"""Characters of a name or value that are looked at; what is longer is cut."""
MOST_PROPERTIES, MOST_VALUES, MOST_TYPES = 20, 20, 20
"""Properties of a query, values of one property and types that are taken."""
STRICTNESS = ("any", "all", "should")
KEYS = {"query", "type", "type_strict", "limit", "properties"}
MATCHED = ("iri", "name", "alternativeName", "type", "sameAs", "actsFor", "note")
"""Properties by whose values candidates are distinguished; any other is passed over, and not suggested."""


@blueprint.before
def refuse_jsonp(context: Context) -> None:
    """Raise BadRequest for a callback."""
    if "callback" in context.args:
        raise BadRequest("JSONP is not offered. Leave the parameter callback out: every answer may be read by CORS.")


@blueprint.route("/reconcile", methods=["GET", "POST"], strict_slashes=False)
@blueprint.route("/reconcile/", methods=["GET", "POST"])
def service(context: Context) -> Response:
    """Answer a batch of queries or of extensions; without either, give the manifest."""
    require_utf8(context)
    values = context.request.values
    if "queries" in values and "extend" in values:
        raise BadRequest("Send either queries or extend, not both.")
    if "queries" in values:
        return to_json(match(context, _read(values["queries"], "queries")))
    if "extend" in values:
        return to_json(_extend(context, _read(values["extend"], "extend")))
    if context.request.method == "POST":
        raise BadRequest("Send a form with the parameter queries or extend, whose value is JSON.")
    return to_json(manifest(context))


def to_json(answer: object) -> Response:
    """Return an answer as JSON."""
    return Response(json.dumps(answer, ensure_ascii=False) + "\n", content_type="application/json")


def manifest(context: Context) -> dict[str, Any]:
    """Return what the service is and can do (§3)."""
    root, iris = context.root, context.iris
    here = f"{root}reconcile"

    def suggest(what: str) -> dict[str, str]:
        return {
            "service_url": here,
            "service_path": f"/suggest/{what}",
            "flyout_service_url": here,
            "flyout_service_path": f"/flyout/{what}?id=${{id}}",
        }

    return {
        "versions": ["0.2"],
        "name": f"{TITLE}: who and what news articles speak of",
        "identifierSpace": f"{iris.base}id/",
        "schemaSpace": f"{iris.base}ns#",
        "documentation": f"{root}about",
        "serviceVersion": kg.__version__,
        "logo": f"{root}static/mark.svg",
        "defaultTypes": [each.to_json() for each in types(context).values()],
        "batchSize": BATCH,
        "view": {"url": f"{root}id/{{{{id}}}}"},
        "preview": {"url": f"{here}/preview?id={{{{id}}}}", "width": 430, "height": 300},
        "suggest": {what: suggest(what) for what in ("entity", "property", "type")},
        "extend": {
            "propose_properties": {"service_url": here, "service_path": "/properties"},
            "property_settings": extend.SETTINGS,
        },
    }


def match(context: Context, batch: dict[str, Any]) -> dict[str, Any]:
    """Return the candidates for each query of a batch (§4), by its key.

    A query that cannot be understood has none, and says why; so that one bad cell costs the others nothing. Raises
    BadRequest where there are too many, or none can be understood.
    """
    if len(batch) > BATCH:
        raise BadRequest(f"These are {len(batch)} queries; at most {BATCH} are taken at once. Send the rest after.")
    wanted = {key: _understand(context, key, query) for key, query in batch.items()}
    refused = [each for each in wanted.values() if isinstance(each, BadRequest)]
    if refused and len(refused) == len(wanted):
        raise refused[0]
    answers: dict[str, Any] = {}
    for key, each in wanted.items():
        with context.share.aside():  # others have their turn between the queries of a long batch
            pass
        if isinstance(each, BadRequest):
            answers[key] = {"result": [], "error": each.description}
        else:
            answers[key] = {"result": _answer(context, *each)}
    return answers


def _understand(context: Context, key: str, query: Any) -> tuple[Wanted, int] | BadRequest:
    try:
        return read_query(context, key, query)
    except BadRequest as error:
        return error


def read_query(context: Context, key: str, query: Any) -> tuple[Wanted, int]:
    """Return a query and its limit; raises BadRequest for what the API's schema does not allow, and for too much."""
    where = f"Query {key[:40]}"
    if not isinstance(query, dict):
        raise BadRequest(f"{where} is no JSON object.")
    if unknown := sorted(query.keys() - KEYS):
        raise BadRequest(f"{where} has {unknown[0][:40]}. It may have {', '.join(sorted(KEYS))}.")
    name, limit, strict = query.get("query", ""), query.get("limit", LIMIT), query.get("type_strict", "any")
    if not isinstance(name, str):
        raise BadRequest(f"{where}: query is a text.")
    if not isinstance(limit, int | float) or isinstance(limit, bool) or not limit >= 0:
        raise BadRequest(f"{where}: limit is a number, 0 or more.")
    if strict not in STRICTNESS:
        raise BadRequest(f"{where}: type_strict is one of {', '.join(STRICTNESS)}.")
    types = query.get("type", [])
    types = [types] if isinstance(types, str) else types
    if not isinstance(types, list) or len(types) > MOST_TYPES or not all(isinstance(each, str) for each in types):
        raise BadRequest(f"{where}: type is an identifier or a list of at most {MOST_TYPES}.")
    properties = _read_properties(where, query.get("properties", []))
    if "query" not in query and not query.get("properties"):
        raise BadRequest(f"{where} has neither query nor properties.")
    types = tuple(type_name(context, each) for each in types if each)
    return Wanted(name[:NAME_CHARACTERS], types, strict, properties), int(min(limit, MOST))


def _read_properties(where: str, given: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(given, list) or len(given) > MOST_PROPERTIES:
        raise BadRequest(f"{where}: properties is a list of at most {MOST_PROPERTIES}.")
    found = []
    for each in given:
        if not isinstance(each, dict) or not isinstance(each.get("pid"), str) or "v" not in each:
            raise BadRequest(f"{where}: each of properties has a pid and a value v.")
        values = each["v"] if isinstance(each["v"], list) else [each["v"]]
        if len(values) > MOST_VALUES:
            raise BadRequest(f"{where}: a property has {len(values)} values; at most {MOST_VALUES} are taken.")
        texts = [_value(where, value) for value in values]
        found.append((each["pid"], tuple(text for text in texts if text)))
    return tuple((pid, values) for pid, values in found if values and pid in MATCHED)


def _value(where: str, value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id")
    if not isinstance(value, str | int | float):
        raise BadRequest(f"{where}: a value is a text, a number, true or false, or an object with an id.")
    return str(value)[:NAME_CHARACTERS]


def _answer(context: Context, wanted: Wanted, limit: int) -> list[dict[str, Any]]:
    found = find(context.catalogue, wanted, context.iris.base)
    sure = certain(found, wanted)
    return [_candidate(context, candidate, candidate is sure) for candidate in found[:limit]]


def _candidate(context: Context, candidate: Candidate, sure: bool) -> dict[str, Any]:
    entity = candidate.entity
    return {
        "id": entity.id,
        "name": entity.name,
        **({"description": entity.description} if entity.description else {}),
        "type": [type_of(context, name).to_json() for name in entity.types],
        "score": candidate.score,
        "match": sure,
        "features": [{"id": name, "value": value} for name, value in candidate.features.items()],
    }


def _extend(context: Context, asked: dict[str, Any]) -> dict[str, Any]:
    ids, properties = asked.get("ids"), asked.get("properties")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise BadRequest("extend needs ids, a list of identifiers.")
    if not isinstance(properties, list) or not all(_is_property(each) for each in properties):
        raise BadRequest("extend needs properties, a list of objects with an id, and with settings if need be.")
    return extend.extend(context, ids, properties)


def _is_property(given: Any) -> bool:
    return isinstance(given, dict) and isinstance(given.get("id"), str) and isinstance(given.get("settings", {}), dict)


def _read(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is text to JSON but to nobody else
    except (ValueError, RecursionError):
        raise BadRequest(f"The parameter {name} is not JSON.") from None
    if not isinstance(found, dict):
        raise BadRequest(f"The parameter {name} is a JSON object.")
    return found
