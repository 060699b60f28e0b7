"""The known faults of chat requests by name: each makes a refused request of an accepted one.

Pure functions, without Hypothesis: `strategies.faulty_payloads` draws what they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mistral_sanitize.rules import RULES

__all__ = ["ENDED", "FAULTS"]

_Json = dict[str, Any]
_Fault = Callable[[_Json], _Json]

ENDED: Final[Mapping[str, str]] = {
    rule.id: rule.until for rule in RULES.values() if rule.until is not None
}
"""Faults that Mistral accepts by now, each with the ISO date from which it does."""

_OK: Final = {"role": "assistant", "content": "OK"}
_GO_ON: Final = {"role": "user", "content": "Go on."}


def _with(**fields: Any) -> _Fault:
    """The fault that these fields are."""
    return lambda payload: {**payload, **fields}


def _of(model: str, **fields: Any) -> _Fault:
    """The fault of a model, which the conversation shall not add to."""
    return _with(model=model, messages=[_GO_ON], **fields)


def _then(*more: _Json) -> _Fault:
    """The fault of a conversation that goes on so, after a user message."""

    def faulty(payload: _Json) -> _Json:
        said = payload["messages"]
        bridge = [dict(_OK), dict(_GO_ON)] if said[-1]["role"] == "tool" else []
        return {**payload, "messages": [*said, *bridge, *(dict(message) for message in more)]}

    return faulty


def _call(id_: Any = "a1B2c3D4e", name: str = "f", **more: Any) -> _Json:
    function = {"name": name, "arguments": "{}"}
    return {"id": id_, "type": "function", "function": function, **more}


def _called(*calls: _Json) -> _Json:
    return {"role": "assistant", "content": "", "tool_calls": list(calls)}


def _result(id_: Any = "a1B2c3D4e", **more: Any) -> _Json:
    return {"role": "tool", "content": "42", "tool_call_id": id_, **more}


def _asked(*parts: Any) -> _Json:
    return {"role": "user", "content": list(parts)}


def _tool(**more: Any) -> _Json:
    parameters: _Json = {"type": "object", "properties": {}}
    return {"type": "function", "function": {"name": "f", "parameters": parameters, **more}}


_TEXT_PART: Final = {"type": "text", "text": "Hi"}
_IMAGE_PART: Final = {"type": "image_url", "image_url": "https://example.com/a.png"}
_AUDIO_PART: Final = {"type": "input_audio", "input_audio": "https://example.com/a.mp3"}
_THOUGHT: Final = {"type": "thinking", "thinking": [_TEXT_PART]}
_FORCED: Final = {"type": "function", "function": {"name": "f"}}
_NINE: Final = "f5G6h7I8j"


def _without(name: str) -> _Fault:
    return lambda payload: {key: value for key, value in payload.items() if key != name}


def _both(*faults: _Fault) -> _Fault:
    """One fault that takes several steps to make."""

    def faulty(payload: _Json) -> _Json:
        for fault in faults:
            payload = fault(payload)
        return payload

    return faulty


FAULTS: Final[Mapping[str, _Fault]] = {
    # unknown keys
    "store": _with(store=False),
    "user": _with(user=""),
    "seed": _with(seed=7),
    "max-completion-tokens": _with(max_completion_tokens=100),
    "safe-mode": _with(safe_mode=False),
    "stream-options": _with(stream_options={"include_usage": True}),
    "chat-template-kwargs": _with(chat_template_kwargs={"enable_thinking": False}),
    "functions": _with(functions=[{"name": "f", "parameters": {"type": "object"}}]),
    "message-name": _then({**_GO_ON, "name": "alice"}),
    "message-metadata": _then({**_GO_ON, "metadata": {}}),
    "reasoning-content": _then({**_OK, "reasoning_content": "Hm."}, _GO_ON),
    "finish-reason": _then({**_OK, "finish_reason": "stop"}, _GO_ON),
    "part-key": _then(_asked({**_TEXT_PART, "cache_control": {"type": "ephemeral"}})),
    "call-key": _then(_called(_call(call_id="call_1")), _result()),
    "tool-key": _with(tools=[{**_tool(), "cache_control": {"type": "ephemeral"}}]),
    "function-key": _with(tools=[_tool(required=[])]),
    # roles, nulls, ranges, values
    "developer-role": _then({"role": "developer", "content": "Be brief."}, _GO_ON),
    "function-role": _then(_called(_call()), {"role": "function", "name": "f", "content": "42"}),
    "null": _with(stream=None),
    "temperature-range": _with(temperature=2),
    "top-p-range": _with(top_p=1.5),
    "negative-seed": _with(random_seed=-1),
    "negative-max-tokens": _with(max_tokens=-1),
    "greedy-top-p": _with(temperature=0, top_p=0.5),
    "response-format": _with(response_format={"type": "json_schema"}),
    # the model
    "unknown-model": _of("gpt-4o"),
    "embedding-model": _of("mistral-embed"),
    "retired-model": _of("open-mixtral-8x7b"),
    "reasoning-effort": _with(reasoning_effort="medium"),
    "reasoning-effort-model": _of("codestral-latest", reasoning_effort="high"),
    "thinking-model": _both(
        _with(model="codestral-latest", messages=[_GO_ON]),
        _then({"role": "assistant", "content": [_THOUGHT, _TEXT_PART]}, _GO_ON),
    ),
    "image-model": _with(model="codestral-latest", messages=[_asked(_IMAGE_PART)]),
    "audio-model": _with(model="codestral-latest", messages=[_asked(_AUDIO_PART)]),
    # tools
    "tool-parameters": _with(tools=[{"type": "function", "function": {"name": "f"}}]),
    "function-name": _with(tools=[_tool(name="ns.f")]),
    "custom-tool": _with(tools=[{"type": "custom", "custom": {"name": "f"}}]),
    "forced-tool-json": _with(
        tools=[_tool()], tool_choice=_FORCED, response_format={"type": "json_object"}
    ),
    # content
    "audio-part": _with(
        model="voxtral-small-latest",
        messages=[_asked({"type": "audio_url", "audio_url": {"url": "https://example.com/a.mp3"}})],
    ),
    "file-part": _then(_asked({"type": "file", "file": {"file_data": "data:x;base64,SUQz"}})),
    "refusal-part": _then(
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, _GO_ON
    ),
    "unknown-part": _then(_asked({"type": "hologram", "hologram": "x"})),
    # ids
    "tool-call-id": _then(_called(_call("call_1")), _result("call_1")),
    "missing-tool-call-id": _then(_called(_call()), _result(None)),
    "duplicate-tool-call-id": _then(_called(_call(), _call()), _result(), _result()),
    # order
    "messages": _without("messages"),
    "empty-assistant": _then({"role": "assistant", "content": ""}, _GO_ON),
    "trailing-assistant": _then(_OK),
    "prefix-not-last": _then({**_OK, "prefix": True}, _GO_ON),
    "late-system": _then(_OK, {"role": "system", "content": "Be brief."}, _GO_ON),
    "missing-result": _then(_called(_call()), _GO_ON),
    "orphan-result": _then(_result()),
    "unexpected-result": _then(_called(_call()), _result(_NINE)),
    "late-result": _then(_called(_call()), _GO_ON, _result()),
    "user-after-tool": _then(_called(_call()), _result(), _GO_ON),
}
"""Each known fault by its name, as a function from a request that Mistral accepts to one with it.

Names are those of the rules that cure them, where there is one.
"""
