"""Rules of the group *hosts*: what chat templates and other hosts of Mistral's models need.

Off unless the profile of a host has them on, or the caller. Those of messages are done by
`engine.templates`, in one pass behind the order of messages. Evidence by template and history:
llama.cpp's ``models/templates`` (llama-cpp-python 0.3.36, 2026-10) and mistral-common 1.13.1's
generator of templates.
"""

from __future__ import annotations

from typing import Any, Final

from mistral_sanitize.rules._parts import text_of
from mistral_sanitize.rules._rule import REMOVE, Edits, Group
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.node import Node

__all__ = ["BEGIN", "HOSTS", "MESSAGE_RULES"]

HOSTS: Final = Group("hosts", "What chat templates and other hosts need")

_BY: Final = "engine.templates"
_TEMPLATES: Final = "llama.cpp's models/templates, in llama-cpp-python 0.3.36 (2026-10)"
_COMMON: Final = "mistral-common 1.13.1, chat templates"

BEGIN: Final = "Begin."
"""What the user says under ``leading-assistant``."""

HOSTS.declared(
    "system-first",
    "these templates accept a system message only at the beginning",
    f"{_TEMPLATES}: 'Only user, assistant and tool roles are supported, got system'",
    by=_BY,
    default=False,
    lossy=False,
)

HOSTS.declared(
    "leading-assistant",
    "these templates require a user message before the assistant's first",
    f"{_COMMON}: 'Conversation must start with a user or system message'",
    by=_BY,
    default=False,
    lossy=False,
)

HOSTS.declared(
    "merge-assistants",
    "neighbouring assistant messages become one, as mistral-common's normalizer joins them",
    "https://github.com/microsoft/autogen/issues/1037 (2023-12-21); mistral-common 1.13.1",
    by=_BY,
    default=False,
    undoes=("split-content-calls",),
)

HOSTS.declared(
    "assistant-content",
    "these templates require a string as content beside tool calls",
    f"{_TEMPLATES}: Ministral 3 asks for the length of the content",
    by=_BY,
    default=False,
    lossy=False,
)

HOSTS.declared(
    "content-string",
    "these hosts accept text parts only as one string",
    "https://github.com/earendil-works/pi/pull/1528 (2026-02-17); Mistral Nemo's template",
    by=_BY,
    default=False,
)

HOSTS.declared(
    "tool-images",
    "these templates print a result's image as text: it goes into a user message",
    f"{_TEMPLATES}; mistral-common refuses images in tool results",
    by=_BY,
    default=False,
)

HOSTS.declared(
    "reasoning-content",
    "these hosts accept earlier reasoning as reasoning_content, not as a chunk",
    f"{_COMMON}: templates before version 15 refuse the chunk",
    by=_BY,
    default=False,
    undoes=("reasoning", "anthropic-thinking"),
)

HOSTS.declared(
    "call-type",
    "these hosts require the type of every tool call",
    "llama.cpp: 'Missing tool call type' (2026-10)",
    by=_BY,
    default=False,
    lossy=False,
)

HOSTS.declared(
    "empty-tool-calls",
    "these templates count an empty list of tool calls as calls",
    f"{_TEMPLATES}: Mistral Nemo",
    by=_BY,
    default=False,
    lossy=False,
)

MESSAGE_RULES: Final = frozenset(rule.id for rule in HOSTS)
"""The rules of `engine.templates`: without any of them the pass does not run."""


@HOSTS.request(
    "required-tool-choice",
    "these hosts call it required, and refuse any",
    "llama.cpp, SGLang and vLLM accept auto, none and required (2026-10)",
    reads=["tool_choice"],
    default=False,
    lossy=False,
)
def required_tool_choice(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """Mistral's ``any`` by OpenAI's name."""
    words = node.fields["tool_choice"].value.words if "tool_choice" in node.fields else ()
    if request["tool_choice"] == "any" and "required" in (words or ()):
        yield "tool_choice", "required"


@HOSTS.request(
    "random-seed",
    "these hosts call it seed, and silently ignore random_seed",
    "OpenAI's name; vLLM, SGLang, llama.cpp, Ollama and mlx-lm ignore unknown fields (2026-10)",
    reads=["random_seed"],
    default=False,
    lossy=False,
    undoes=("seed",),
)
def random_seed(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """Mistral's name for OpenAI's, where no field of OpenAI's name is there."""
    if not node.closed and request.get("seed") is None:
        yield "seed", request["random_seed"]
        yield "random_seed", REMOVE


@HOSTS.request(
    "continue-final-message",
    "vLLM and SGLang continue a last assistant message only if told to",
    "vllm/tokenizers/mistral.py at 0065ad5b: an assistant message last needs the two fields",
    reads=["messages"],
    default=False,
    lossy=False,
)
def continue_final_message(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """The two fields beside a last assistant message, unless the caller has set one of them."""
    messages = request["messages"]
    last = messages[-1] if isinstance(messages, (list, tuple)) and messages else None
    if node.closed or not isinstance(last, dict) or last.get("role") != "assistant":
        return
    if last.get("tool_calls") or not text_of(last.get("content")):
        return
    if "continue_final_message" not in request and "add_generation_prompt" not in request:
        yield "continue_final_message", True
        yield "add_generation_prompt", False
