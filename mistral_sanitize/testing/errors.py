"""The bodies of Mistral's refusals, as recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from mistral_sanitize.report import Problem
from mistral_sanitize.testing.wire import JSON

__all__ = ["MISSING_BODY", "NOT_AN_OBJECT", "NO_ROUTE", "RATE_LIMIT", "RULE_ERRORS",
           "SCHEMA_ERRORS", "UNAVAILABLE", "UNPARSED", "RuleErrors", "SchemaErrors", "detail_of",
           "error_of"]  # fmt: skip

SchemaErrors = Literal["bare", "object", "object-status", "string", "conversations"]
"""The shapes of a 422 body that Mistral has answered with; ``bare`` since March 2025."""

RuleErrors = Literal["typed-status", "typed", "untyped"]
"""The shapes of a 400 body: with the status since March 2026, with a code since August 2025."""

UNPARSED = {"detail": "There was an error parsing the body"}
RATE_LIMIT = {"message": "Requests rate limit exceeded"}
UNAVAILABLE: JSON = {
    "object": "error",
    "message": "Service unavailable.",
    "type": "internal_server_error",
    "param": None,
    "code": "3000",
}
NO_ROUTE = {"message": "no Route matched with those values", "request_id": "0" * 32}
MISSING_BODY: JSON = {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}
NOT_AN_OBJECT: JSON = {
    "type": "model_attributes_type",
    "loc": ["body"],
    "msg": "Input should be a valid dictionary or object to extract fields from",
}

_BOUNDS = {
    "greater_than": "gt",
    "greater_than_equal": "ge",
    "less_than": "lt",
    "less_than_equal": "le",
}
"""pydantic's types of a number out of range, each with its key in ``ctx``."""


def error_of(message: object, kind: str, code: object, **more: object) -> JSON:
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code} | more


SCHEMA_ERRORS: Mapping[SchemaErrors, Callable[[list[JSON]], JSON]] = MappingProxyType(
    {
        "bare": lambda detail: {"detail": detail},
        "object": lambda detail: error_of({"detail": detail}, "invalid_request_error", None),
        "object-status": lambda detail: error_of(
            {"detail": detail}, "invalid_request_error", None, raw_status_code=422
        ),
        "string": lambda detail: error_of(
            json.dumps({"detail": detail}), "internal_error_proxy", "1000"
        ),
        "conversations": lambda detail: {
            "object": "Error",
            "detail": detail,
            "message": detail,
            "type": "invalid_request_error",
            "code": 3001,
        },
    }
)

RULE_ERRORS: Mapping[RuleErrors, Callable[[Problem], JSON]] = MappingProxyType(
    {
        "typed-status": lambda p: error_of(p.message, p.type, p.code, raw_status_code=p.status),
        "typed": lambda p: error_of(p.message, p.type, p.code),
        "untyped": lambda p: error_of(p.message, "invalid_request_error", None),
    }
)


def detail_of(problem: Problem, payload: JSON) -> JSON:
    entry: JSON = {
        "type": problem.type or problem.code,
        "loc": list(problem.loc),
        "msg": problem.message,
        "input": _at(payload, problem.path),
    }
    bound = _BOUNDS.get(entry["type"])
    if bound is not None:
        entry["ctx"] = {bound: json.loads(problem.message.rsplit(" ", 1)[1])}
    return entry


def _at(value: Any, path: str) -> Any:
    """What stands at an RFC 6901 pointer, or, as pydantic says for a missing key, its parent."""
    for step in path.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            break
    return value
