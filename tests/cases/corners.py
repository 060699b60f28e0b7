"""Rows that say what a rule does in its corners: found by changing the source line by line.

Each is the near miss of a row in the other files: the same repair where a second client writes it
a little differently, where a part of it is missing, or under another schema.
"""

from __future__ import annotations

from typing import Any

from tests.cases.words import (
    ANTHROPIC,
    OLDEST,
    OPENAI,
    SPEC,
    Case,
    request,
    tool,
)

__all__ = ["CORNERS"]


def choose(choice: Any, **fields: Any) -> dict[str, Any]:
    """A request with two tools and a choice among them."""
    return request(tools=[tool("f"), tool("g")], tool_choice=choice, **fields)


def allowed(mode: Any, *names: str) -> dict[str, Any]:
    """OpenAI's choice of some of the tools."""
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


F = {"type": "function", "function": {"name": "f"}}
ONLY_F = [tool("f")]

_CHOICE = (
    Case("model-prefix", "more than one", request(model="mistral/mistralai/mistral/x/y"),
         request(model="x/y"), source="https://github.com/BerriAI/litellm"),
    Case("model-prefix", "and what the model does not take",
         request(model="mistral/mistral-large-2512", n=2), request(model="mistral-large-2512"),
         also=("model-n",), lossy=True, source="https://github.com/BerriAI/litellm"),
    *[
        Case("tool-choice", f"a word as a type: {word}", choose({"type": word}), choose(word),
             source=ANTHROPIC)
        for word in ("auto", "none", "required", "any")
    ],
    Case("tool-choice", "a type that is no word", choose({"type": "what"}),
         request(tools=[tool("f"), tool("g")]), lossy=True, source=SPEC),
    Case("tool-choice", "neither a word nor an object", choose(5),
         request(tools=[tool("f"), tool("g")]), lossy=True, source=SPEC),
    Case("tool-choice", "the name of no tool", choose("zz"),
         request(tools=[tool("f"), tool("g")]), lossy=True, source=OPENAI),
    Case("tool-choice", "the name of the second tool", choose("g"),
         choose({"type": "function", "function": {"name": "g"}}), source=OPENAI),
    Case("tool-choice", "under tool", choose({"type": "tool", "tool": {"name": "f"}}), choose(F),
         source="Cohere's and LangChain's shape"),
    Case("tool-choice", "beside a function without a name",
         choose({"type": "tool", "function": {"name": 5}, "name": "f"}), choose(F), lossy=True,
         source=OPENAI),
    Case("tool-choice", "a function of another type",
         choose({"type": "custom", "function": {"name": "f"}}), choose(F), source=OPENAI),
    Case("tool-choice", "a function without a type", choose({"function": {"name": "f"}})),
    Case("tool-choice", "calls one after the other",
         choose({"type": "auto", "disable_parallel_tool_use": True}),
         choose("auto", parallel_tool_calls=False), source=ANTHROPIC),
    Case("tool-choice", "calls in parallel",
         choose({"type": "auto", "disable_parallel_tool_use": False}),
         choose("auto", parallel_tool_calls=True), source=ANTHROPIC),
    Case("tool-choice", "calls in parallel, said twice",
         choose({"type": "auto", "disable_parallel_tool_use": True}, parallel_tool_calls=True),
         choose("auto", parallel_tool_calls=True), lossy=True, source=ANTHROPIC),
    Case("tool-choice", "calls in parallel under a schema without",
         choose({"type": "auto", "disable_parallel_tool_use": True}), choose("auto"),
         lossy=True, options=OLDEST, source=ANTHROPIC),
    Case("tool-choice", "calls in parallel, as they are anyway",
         choose({"type": "auto", "disable_parallel_tool_use": False}), choose("auto"),
         options=OLDEST, source=ANTHROPIC),
    Case("allowed-tools", "all of them", choose(allowed("auto", "f", "g")), choose("auto"),
         source=OPENAI),
    *[
        Case("allowed-tools", f"the mode {mode}", choose(allowed(mode, "f")),
             request(tools=ONLY_F, tool_choice="auto"), lossy=True, source=OPENAI)
        for mode in (5, "weird", ["auto"])
    ],
    Case("allowed-tools", "the mode any, and nothing nested",
         choose({"type": "allowed_tools", "mode": "any", "tools": ({"name": "f"},)}),
         request(tools=ONLY_F, tool_choice="any"), lossy=True, source=OPENAI),
    Case("allowed-tools", "no list of tools",
         choose({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": 5}}),
         choose("none"), lossy=True, source=OPENAI),
)  # fmt: skip

CORNERS: tuple[Case, ...] = _CHOICE
