"""What the types of the interface are, for mypy and pyright; nothing here is run.

An ``assert_type`` for each thing that a function or an attribute gives. Where a comment silences an
error the error is the point: both checkers are told to complain of a comment that silences none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from typing_extensions import Unpack, assert_type

import mistral_sanitize
from mistral_sanitize import (
    PENALTIES,
    Change,
    CompletionStream,
    InvalidBodyError,
    Options,
    Problem,
    Report,
    Sanitizer,
    check,
    explain,
    profiles,
    repair_refused,
    restore,
    sanitize,
    sanitize_json,
    to_openai,
)
from mistral_sanitize.body import AdapterOptions, OnReport, Result, sanitize_body
from mistral_sanitize.catalog import ModelCard, find
from mistral_sanitize.completions import explain_completion
from mistral_sanitize.models import ENDPOINTS, ChatCompletionRequest, Model
from mistral_sanitize.profiles import Profile
from mistral_sanitize.redaction import redact
from mistral_sanitize.rules import RULES, Rule
from mistral_sanitize.testing import StrictMistral

payload: dict[str, Any] = {}

# The functions
assert_type(sanitize(payload), dict[str, Any])
assert_type(explain(payload), Report)
assert_type(check(payload), tuple[Problem, ...])
assert_type(sanitize_json(b"{}"), bytes)
assert_type(sanitize_json("{}"), bytes)
assert_type(sanitize_json(memoryview(b"{}")), bytes)
assert_type(repair_refused(payload, 422, b""), Report | None)
assert_type(repair_refused(payload, 422, payload), Report | None)
assert_type(PENALTIES, frozenset[str])

# A payload is any dict with keys of text, whatever is known of its values.
narrow: dict[str, str] = {}
wide: dict[str, object] = {}
assert_type(sanitize(narrow), dict[str, Any])
assert_type(sanitize(wide), dict[str, Any])
assert_type(sanitize({"model": "m", "messages": [{"content": "Hi"}], "n": 1}), dict[str, Any])
sanitize([])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
sanitize("{}")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
sanitize_json(payload)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# `restore` keeps the type of what it is given.
report = explain(payload)
chunks: list[dict[str, Any]] = []
assert_type(restore(payload, report), dict[str, Any])
assert_type(restore(chunks, report), list[dict[str, Any]])

# So do `to_openai` and `CompletionStream`.
assert_type(to_openai(payload), dict[str, Any])
assert_type(to_openai(chunks, report), list[dict[str, Any]])
assert_type(CompletionStream(report).chunk(payload), dict[str, Any])
assert_type(explain_completion(payload).changes, tuple[Change, ...])

# The options are the same everywhere, and all by keyword.
options: Options = {
    "endpoint": "/v1/chat/completions",
    "profile": profiles.LATEST,
    "drop": (),
    "keep": {"a_field_of_tomorrow"},
    "enable": ["message-name"],
    "disable": frozenset(("late-system",)),
}
assert_type(sanitize(payload, **options), dict[str, Any])
assert_type(explain(payload, **options), Report)
assert_type(check(payload, **options), tuple[Problem, ...])
assert_type(sanitize_json(b"", **options), bytes)
assert_type(Sanitizer(**options), Sanitizer)
sanitize(payload, profile="2025-10-20", drop=("user",))
sanitize(payload, profil="2025-10-20")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
sanitize(payload, drop="user")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
sanitize(payload, keep=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Sanitizer(model="m")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def bound(**given: Unpack[Options]) -> dict[str, Any]:
    """A function of one's own passes the options on."""
    return sanitize(payload, **given)


# OpenAI's own types of a request, and any mapping, need no cast.
openai_request: CompletionCreateParamsNonStreaming = {"model": "m", "messages": []}
mapping: Mapping[str, Any] = payload
assert_type(sanitize(openai_request), dict[str, Any])
assert_type(explain(openai_request).payload, dict[str, Any])
assert_type(check(openai_request), tuple[Problem, ...])
assert_type(Sanitizer().sanitize(openai_request), dict[str, Any])
assert_type(repair_refused(openai_request, 422, b""), Report | None)
assert_type(redact(openai_request), dict[str, Any])
assert_type(sanitize(mapping), dict[str, Any])


# The options bound
sanitizer = Sanitizer()
assert_type(sanitizer.sanitize(payload), dict[str, Any])
assert_type(sanitizer.explain(payload), Report)
assert_type(sanitizer.check(payload), tuple[Problem, ...])
assert_type(sanitizer.sanitize_json(b"{}"), bytes)
assert_type(sanitizer.endpoint, str)
assert_type(sanitizer.profile, Profile)
assert_type(sanitizer.rules, frozenset[str])
assert_type(sanitizer.with_endpoint("/v1/embeddings"), Sanitizer)

# Reports
assert_type(report.payload, dict[str, Any])
assert_type(report.changes, tuple[Change, ...])
assert_type(report.lossy, tuple[Change, ...])
assert_type(report.names, Mapping[str, str])
assert_type(report.ids, Mapping[str, str])
assert_type(report.as_json_patch(), list[dict[str, Any]])
for change in report.changes:
    assert_type(change.op, Literal["add", "remove", "replace", "move"])
    assert_type(change.path, str)
    assert_type(change.from_path, str | None)
    assert_type(change.rule, str)
    assert_type(change.reason, str)
    assert_type(change.lossy, bool)
    change.path = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
for problem in check(payload):
    assert_type(problem.path, str)
    assert_type(problem.code, str)
    assert_type(problem.status, int)
    assert_type(problem.type, str)
    assert_type(problem.message, str)
    assert_type(problem.loc, tuple[str | int, ...])

# An error of a body is a ValueError.
error: type[ValueError] = InvalidBodyError

# The tables
assert_type(RULES["drop"], Rule)
assert_type(profiles.get("2025-10-20"), Profile)
assert_type(ENDPOINTS, Mapping[str, type[Model]])
assert_type(mistral_sanitize.profiles.LATEST.date, str)
assert_type(ChatCompletionRequest.model_validate(sanitize(payload)), ChatCompletionRequest)
assert_type(find("mistral-small-latest"), ModelCard | None)


# What adapters take
def see(given: Report) -> None:
    """A callback."""


seen: OnReport = see
assert_type(AdapterOptions(sanitizer, see), AdapterOptions)
assert_type(sanitize_body(b"{}", sanitizer=sanitizer), Result)

# The stand-in for the API
with StrictMistral(profile="2026-03-20").serve() as url:
    assert_type(url, str)
StrictMistral(rule_errors="none")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
