"""What chat templates of Mistral's models refuse of a request: `template_problems`.

For hosts that render a template (vLLM, llama.cpp, SGLang, LM Studio, Ollama). Named is what some
published template, or a server in front of it, is known to refuse; templates differ, and mistral-
common's of 2026 accept more. Fields are not looked at: these hosts ignore the ones they lack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from mistral_sanitize.report import Problem
from mistral_sanitize.rules.ids import fits
from mistral_sanitize.validation.known import KNOWN_REFUSALS
from mistral_sanitize.validation.request import Request
from mistral_sanitize.validation.values import text

__all__ = ["template_problems"]

_TEXT_ONLY: Final = re.compile(
    r"nemo|mistral-7b|mixtral|mathstral|codestral-22b|codestral-mamba|mistral-large-2407|"
    r"mistral-small-2409|ministral-8b-instruct-2410|mistral-small-24b-instruct-2501",
    re.IGNORECASE,
)
"""Open weights whose template is of version 3 or before, or has text only; of their names."""

_VERSION_3: Final = re.compile(
    r"nemo|mistral-7b-instruct-v0\.3|mixtral-8x22b|codestral-22b|mathstral|mistral-large-2407",
    re.IGNORECASE,
)
"""Open weights whose template refuses, or leaves out, text beside tool calls."""

_PARTS: Final = frozenset(("text", "image", "image_url"))
_SOUND: Final = frozenset(("input_audio", "audio", "audio_url", "video_url", "video"))
"""Parts that some of these servers accept for some models."""


def template_problems(request: Request) -> Iterator[Problem]:
    """What templates refuse of the messages, and of the choice among the tools."""
    messages = dict.get(request.payload, "messages")
    if not isinstance(messages, (list, tuple)) or not messages:
        yield KNOWN_REFUSALS["template-no-message"].problem(("messages",))
        return
    model = text(dict.get(request.payload, "model")) or ""
    turns = _Turns()
    for index, message in enumerate(messages):
        if isinstance(message, dict):
            yield from turns.add(index, message)
            yield from _message_problems(index, message, model)
    if text(dict.get(request.payload, "tool_choice")) == "any":
        yield KNOWN_REFUSALS["template-tool-choice"].problem(("tool_choice",))


class _Turns:
    """The account that the templates keep: users, and assistants without calls, in turn."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, index: int, message: dict[str, Any]) -> Iterator[Problem]:
        """What is wrong with the role of the next message."""
        path = ("messages", index)
        role = text(dict.get(message, "role"))
        if role == "system" and index == 0:
            return
        if role not in ("user", "assistant", "tool"):
            yield KNOWN_REFUSALS["template-role"].problem((*path, "role"), quoted=role or "None")
            return
        calls = role == "assistant" and bool(dict.get(message, "tool_calls"))
        if role == "tool" or calls:
            if not self.count:
                yield KNOWN_REFUSALS["template-first"].problem(path)
            return
        if (role == "user") != (self.count % 2 == 0):
            yield KNOWN_REFUSALS["template-turns" if self.count else "template-first"].problem(path)
            self.count += 1  # the turn that is missing: each fault is named once
        self.count += 1


def _beside_calls(
    path: tuple[str | int, ...], role: str | None, content: object, model: str
) -> Iterator[Problem]:
    """What is wrong with content beside calls."""
    if role == "assistant" and content is None:
        yield KNOWN_REFUSALS["template-null-content"].problem((*path, "content"))
    elif content and _VERSION_3.search(model):
        yield KNOWN_REFUSALS["template-text-and-calls"].problem((*path, "content"))


def _message_problems(index: int, message: dict[str, Any], model: str) -> Iterator[Problem]:
    """What is wrong with the calls and the content of one message."""
    path = ("messages", index)
    role, content = text(dict.get(message, "role")), dict.get(message, "content")
    calls = dict.get(message, "tool_calls")
    calls = calls if isinstance(calls, (list, tuple)) else ()
    if role == "assistant" and not content and not calls:
        yield KNOWN_REFUSALS["template-empty"].problem(path)
    elif calls:
        yield from _beside_calls(path, role, content, model)
    for slot, call in enumerate(calls):
        if isinstance(call, dict):
            yield from _call_problems((*path, "tool_calls", slot), call)
    if role == "tool" and not fits(dict.get(message, "tool_call_id")):
        yield KNOWN_REFUSALS["template-id"].problem((*path, "tool_call_id"))
    if isinstance(content, (list, tuple)):
        for at, part in enumerate(content):
            yield from _part_problems((*path, "content", at), role, part, model)


def _call_problems(path: tuple[object, ...], call: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with one tool call."""
    if dict.get(call, "type") is None:
        yield KNOWN_REFUSALS["template-call-type"].problem((*path, "type"))
    if not fits(dict.get(call, "id")):
        yield KNOWN_REFUSALS["template-id"].problem((*path, "id"))
    if not _has_json_arguments(dict.get(call, "function")):
        yield KNOWN_REFUSALS["template-arguments"].problem((*path, "function", "arguments"))


def _has_json_arguments(function: object) -> bool:
    """Whether the arguments of a call are JSON, if they are a text."""
    arguments = text(dict.get(function, "arguments")) if isinstance(function, dict) else None
    if arguments is None:
        return True
    try:
        json.loads(arguments)
    except (ValueError, RecursionError):
        return False
    return True


def _part_problems(
    path: tuple[object, ...], role: str | None, part: object, model: str
) -> Iterator[Problem]:
    """What is wrong with one part of a message's content."""
    kind = text(dict.get(part, "type")) if isinstance(part, dict) else None
    if kind in ("image", "image_url"):
        if role == "tool":
            yield KNOWN_REFUSALS["template-tool-images"].problem(path)
        elif _TEXT_ONLY.search(model):
            yield KNOWN_REFUSALS["template-images"].problem(path)
    elif kind not in _PARTS and kind not in _SOUND:
        yield KNOWN_REFUSALS["template-part"].problem(path)
