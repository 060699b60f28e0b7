"""Completions, vectors and scores of the right form: canned, they echo nothing of the request."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mistral_sanitize.testing.shapes import SHAPES, Said, ShapeName, Words
from mistral_sanitize.testing.wire import JSON, Answer, json_answer, stream_answer

__all__ = ["CREATED", "Canned"]

CREATED = 1_786_579_200  # 2026-08-13, the day of the schema that LATEST stands for
_MODEL = "mistral-medium-latest"
_USAGE = {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18}
_CATEGORIES = (
    "sexual",
    "hate_and_discrimination",
    "violence_and_threats",
    "dangerous_and_criminal_content",
    "selfharm",
    "health",
    "financial",
    "law",
    "pii",
)


@dataclass(frozen=True, slots=True)
class Canned:
    """Answers of the right form. Of the payload they take the model, counts and names, no text."""

    text: str
    json_text: str
    shape: ShapeName = "plain"

    def answer(self, path: str, payload: JSON) -> Answer:
        kind = path.removeprefix("/v1/")
        if kind == "embeddings":
            return json_answer(_embeddings(payload))
        if kind.endswith("moderations"):
            return json_answer(_results("mod", payload, kind.startswith("chat"), _moderation()))
        if kind.endswith("classifications"):
            label = {"label": {"scores": {"yes": 0.5, "no": 0.5}}}
            return json_answer(_results("class", payload, kind.startswith("chat"), label))
        return self._completion(payload)

    def _completion(self, payload: JSON) -> Answer:
        tool = _forced_tool(payload)
        count = payload.get("n") or 1
        wanted = payload.get("response_format") or {}
        if self.shape != "plain" and tool is None and wanted.get("type", "text") == "text":
            return self._shaped(payload, count)
        if payload.get("stream"):
            return stream_answer(self._events(payload, tool, count))
        calls = None if tool is None else [self._call(tool)]
        text = self._text(payload) if tool is None else ""
        message = {"role": "assistant", "content": text, "tool_calls": calls}
        choices = [
            {"index": index, "message": message, "finish_reason": _finish(tool)}
            for index in range(count)
        ]
        return json_answer(_head("cmpl", payload, "chat.completion", choices=choices, usage=_USAGE))

    def _shaped(self, payload: JSON, count: int) -> Answer:
        functions = [tool["function"] for tool in payload.get("tools") or () if "function" in tool]
        name = str(functions[0]["name"]) if functions else "get_weather"
        said = SHAPES[self.shape](Words(self.text, name, self.json_text))
        if payload.get("stream"):
            return stream_answer(self._shaped_events(payload, said, count))
        message = {"role": "assistant", "content": said.content, "tool_calls": said.calls}
        choices = [
            {"index": index, "message": message, "finish_reason": said.reason}
            for index in range(count)
        ]
        return json_answer(_head("cmpl", payload, "chat.completion", choices=choices, usage=_USAGE))

    def _shaped_events(self, payload: JSON, said: Said, count: int) -> Iterator[JSON]:
        head = _head("cmpl", payload, "chat.completion.chunk")
        for index in range(count):
            for delta in ({"role": "assistant", "content": ""}, *said.deltas):
                yield head | {"choices": [_choice(index, delta, None)]}
            final = head | {"choices": [_choice(index, {"content": ""}, said.reason)]}
            yield final | {"usage": _USAGE} if index == count - 1 else final

    def _events(self, payload: JSON, tool: str | None, count: int) -> Iterator[JSON]:
        head = _head("cmpl", payload, "chat.completion.chunk")
        text = self._text(payload)
        pieces = [word if i == 0 else " " + word for i, word in enumerate(text.split(" "))]
        deltas: list[JSON] = [{"content": piece} for piece in pieces]
        last: JSON = {"content": ""}
        if tool is not None:
            deltas, last = [], {"content": "", "tool_calls": [self._call(tool) | {"index": 0}]}
        for index in range(count):
            for delta in ({"role": "assistant", "content": ""}, *deltas):
                yield head | {"choices": [_choice(index, delta, None)]}
            final = head | {"choices": [_choice(index, last, _finish(tool))]}
            yield final | {"usage": _USAGE} if index == count - 1 else final

    def _text(self, payload: JSON) -> str:
        wanted = payload.get("response_format")
        plain = not isinstance(wanted, dict) or wanted.get("type", "text") == "text"
        return self.text if plain else self.json_text

    def _call(self, tool: str) -> JSON:
        function = {"name": tool, "arguments": self.json_text}
        return {"id": "a1B2c3D4e", "type": "function", "function": function}


def _finish(tool: str | None) -> str:
    return "stop" if tool is None else "tool_calls"


def _choice(index: int, delta: JSON, reason: str | None) -> JSON:
    return {"index": index, "delta": delta, "finish_reason": reason}


def _forced_tool(payload: JSON) -> str | None:
    """The name of the function that must be called, if one must."""
    choice = payload.get("tool_choice")
    if isinstance(choice, dict):
        return str(choice["function"]["name"])
    if choice not in ("any", "required"):
        return None
    functions = [tool["function"] for tool in payload.get("tools") or () if "function" in tool]
    return str(functions[0]["name"]) if functions else None


def _head(prefix: str, payload: JSON, kind: str, **more: object) -> JSON:
    model = payload.get("model") or _MODEL
    head = {"id": f"{prefix}-{'0' * 32}", "object": kind, "created": CREATED, "model": model}
    return head | more


def _embeddings(payload: JSON) -> JSON:
    inputs = payload["input"]
    count = 1 if isinstance(inputs, str) else len(inputs)
    vector = _vector(payload)
    data = [{"object": "embedding", "index": i, "embedding": vector} for i in range(count)]
    return _head("embd", payload, "list", data=data, usage=_USAGE)


def _vector(payload: JSON) -> list[float] | list[int] | str:
    """A unit vector, of the length, number type and encoding asked for."""
    size = payload.get("output_dimension") or 1024
    kind = payload.get("output_dtype") or "float"
    if kind in ("binary", "ubinary"):  # eight dimensions to a byte
        size = -(-size // 8)
    if payload.get("encoding_format") == "base64":
        one = struct.pack("<f", 1.0) if kind == "float" else b"\x01"
        return base64.b64encode(one + bytes(len(one) * (size - 1))).decode()
    return [1.0] + [0.0] * (size - 1) if kind == "float" else [1] + [0] * (size - 1)


def _moderation() -> JSON:
    scores = dict.fromkeys(_CATEGORIES, 0.001)
    return {"categories": dict.fromkeys(_CATEGORIES, False), "category_scores": scores}


def _results(prefix: str, payload: JSON, chat: bool, result: JSON) -> JSON:
    """One result for each input; a conversation is a list, or an object that holds one."""
    inputs = payload["input"]
    many = isinstance(inputs, list) and not (chat and _is_conversation(inputs))
    count = len(inputs) if many else 1
    head = _head(prefix, payload, "list")
    return {"id": head["id"], "model": head["model"], "results": [result] * count}


def _is_conversation(inputs: list[Any]) -> bool:
    return bool(inputs) and isinstance(inputs[0], dict) and "role" in inputs[0]
