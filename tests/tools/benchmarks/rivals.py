"""The ways to treat a request, each a function of one argument: a payload, or its body.

What is not installed is not there. LiteLLM and the SDK are called at the function that does the
comparable work, without their clients around it. Both do less of it: neither settles the order,
and LiteLLM removes one foreign key of a message and no other.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, NamedTuple

from pydantic_core import from_json, to_json

from mistral_sanitize import Sanitizer, models, profiles
from tests.tools.benchmarks.payloads import CHAT, EMBEDDINGS

__all__ = ["RIVALS", "Rival", "hand_written", "installed", "worker"]

Treat = Callable[[Any], Any]


class Rival(NamedTuple):
    """One column of the table."""

    name: str
    of: str
    """What it is given: ``body``, or a fresh ``payload``."""
    make: Callable[[str], Treat | None]
    """The function for an endpoint; ``None``: it has none. Raises ImportError."""


# -- by hand ------------------------------------------------------------------------------------

# fmt: off
_REQUEST = frozenset((
    "model", "messages", "temperature", "top_p", "max_tokens", "stream", "stop", "random_seed",
    "metadata", "response_format", "tools", "tool_choice", "presence_penalty", "frequency_penalty",
    "n", "prediction", "parallel_tool_calls", "prompt_mode", "reasoning_effort", "guardrails",
    "prompt_cache_key", "safe_prompt",
))
# fmt: on
_MESSAGE = {
    "system": frozenset(("role", "content")),
    "user": frozenset(("role", "content")),
    "assistant": frozenset(("role", "content", "tool_calls", "prefix")),
    "tool": frozenset(("role", "content", "tool_call_id", "name")),
}
_CALL = frozenset(("id", "type", "function", "index"))
_FUNCTION = frozenset(("name", "arguments"))
_PART = frozenset(("type", "text", "image_url"))


def hand_written(payload: dict[str, Any]) -> dict[str, Any]:
    """Key sets alone, as one would write it for one's own traffic: the limit of pure Python.

    No renames, no order, no ids, no values, and no word of what was done.
    """
    said = None
    for index, message in enumerate(payload["messages"]):
        new, keys = message, _MESSAGE[message["role"]]
        if not message.keys() <= keys:
            new = {k: v for k, v in message.items() if k in keys}
        content = message["content"]
        if type(content) is list:
            for part in content:
                if not part.keys() <= _PART:
                    new = {**new, "content": [_only(part, _PART) for part in content]}
                    break
        calls = message.get("tool_calls")
        if calls:
            for call in calls:
                if not (call.keys() <= _CALL and call["function"].keys() <= _FUNCTION):
                    new = {**new, "tool_calls": [_lean_call(call) for call in calls]}
                    break
        if new is not message and said is None:
            said = payload["messages"][:index]
        if said is not None:
            said.append(new)
    if said is not None:
        payload = {**payload, "messages": said}
    return payload if payload.keys() <= _REQUEST else _only(payload, _REQUEST)


def _only(obj: dict[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    return {k: v for k, v in obj.items() if k in keys}


def _lean_call(call: dict[str, Any]) -> dict[str, Any]:
    return {**_only(call, _CALL), "function": _only(call["function"], _FUNCTION)}


_FIRST = next(profile for profile in profiles.ALL if profile.date == "2024-09-17")
_WORKER = frozenset(Sanitizer(profile=_FIRST)._node.fields)


def worker(payload: dict[str, Any]) -> dict[str, Any]:
    """The Cloudflare Worker that this library replaces: 13 keys of the top level."""
    return {key: payload[key] for key in payload if key in _WORKER}


def worker_body(body: bytes) -> bytes:
    """The same from bytes to bytes, as the Worker did it: with the standard library."""
    return json.dumps(worker(json.loads(body))).encode()


# -- libraries ----------------------------------------------------------------------------------


def _round_trip(body: bytes) -> bytes:
    return json.dumps(json.loads(body)).encode()


def _core_round_trip(body: bytes) -> bytes:
    """Read and written with pydantic-core, as `sanitize_json` does: its limit for dirty bodies."""
    return to_json(from_json(body, cache_strings="keys"), inf_nan_mode="constants")


def _orjson(endpoint: str) -> Treat:
    orjson = import_module("orjson")
    loads: Treat = orjson.loads
    return loads


def _orjson_round_trip(endpoint: str) -> Treat:
    orjson = import_module("orjson")
    return lambda body: orjson.dumps(orjson.loads(body))


def _litellm(endpoint: str) -> Treat | None:
    """`MistralConfig`: the parameters mapped, then the request transformed.

    It works on the messages in place, so each measurement has to have its own.
    """
    if endpoint != CHAT:
        return None
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks the network
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chat = import_module("litellm.llms.mistral.chat.transformation")
    config = chat.MistralConfig()

    def treat(payload: dict[str, Any]) -> Any:
        given = {k: v for k, v in payload.items() if k not in ("model", "messages")}
        model, messages = payload["model"], payload["messages"]
        params = config.map_openai_params(given, {}, model, True)
        return config.transform_request(model, messages, params, {}, {})

    return treat


_SDK = {CHAT: "ChatCompletionRequest", EMBEDDINGS: "EmbeddingRequest"}


def _sdk(endpoint: str) -> Treat:
    """Validated and dumped as the client does before it sends."""
    model = getattr(import_module("mistralai.client.models"), _SDK[endpoint])
    return lambda payload: model.model_validate(payload).model_dump(mode="json", by_alias=True)


def _models(endpoint: str) -> Treat:
    return models.ENDPOINTS[endpoint].model_validate


RIVALS: Final = (
    Rival("json.loads", "body", lambda endpoint: json.loads),
    Rival("sanitize", "payload", lambda endpoint: Sanitizer(endpoint=endpoint).sanitize),
    Rival("sanitize_json", "body", lambda endpoint: Sanitizer(endpoint=endpoint).sanitize_json),
    Rival("loads+dumps", "body", lambda endpoint: _round_trip),
    Rival("core both", "body", lambda endpoint: _core_round_trip),
    Rival("orjson", "body", _orjson),
    Rival("orjson both", "body", _orjson_round_trip),
    Rival("by hand", "payload", lambda endpoint: hand_written if endpoint == CHAT else None),
    Rival("Worker", "payload", lambda endpoint: worker if endpoint == CHAT else None),
    Rival("filter", "body", lambda endpoint: worker_body if endpoint == CHAT else None),
    Rival("LiteLLM", "payload", _litellm),
    Rival("SDK", "payload", _sdk),
    Rival("our models", "payload", _models),
)


def installed(endpoint: str) -> dict[str, Treat]:
    """Those that can be called here, by name."""
    found: dict[str, Treat] = {}
    for rival in RIVALS:
        try:
            treat = rival.make(endpoint)
        except ImportError:
            continue
        if treat is not None:
            found[rival.name] = treat
    return found
