"""Requests as agents and applications send them: coding sessions, small ones, RAG.

A coding session has forty tools with deep schemas, a system prompt of 12 kB, and turns of one to
three parallel calls, whose results are files, listings and logs of 1 to 100 kB. The dirty ones have
what was seen in traffic: OpenAI's ids, `index` in calls, reasoning, nulls and empty lists of the
SDK's, ``cache_control`` on some parts and on the last tool, ``$schema`` and ``strict`` in the
tools, and OpenAI's names at the top level.
"""

from __future__ import annotations

import json
from typing import Any, Final

__all__ = ["coding", "rag", "small"]

Object = dict[str, Any]

_VERBS: Final = ("read", "write", "list", "search", "edit", "run", "move", "open")
_THINGS: Final = ("file", "folder", "symbol", "test", "branch")
_CODE: Final = (
    "def load(path: str) -> dict[str, Any]:\n"
    '    """Reads the settings; an empty file has none."""\n'
    '    with open(path, encoding="utf-8") as file:\n'
    "        return json.load(file) or {}\n\n\n"
    "class Queue:\n"
    "    def __init__(self, size: int = 10_000) -> None:\n"
    "        self.items: deque[bytes] = deque(maxlen=size)\n"
    "        self.dropped = 0\n\n"
)
_RULE: Final = (
    "Read a file before you edit it. Keep each change small, and run the tests that it touches. "
    "Never write outside of the workspace; ask before anything that cannot be undone.\n"
)
_SIZES: Final = (1_000, 1_400, 4_200, 1_000, 9_000, 2_800, 1_100, 6_200, 1_000, 30_000, 3_600)
"""Of results, in turn; each hundredth is a log of 100 kB."""
_MODEL: Final = "mistral-medium-latest"


def coding(size: int, *, dirty: bool = False) -> Object:
    """A coding agent's session of about `size` bytes of JSON."""
    system = {"role": "system", "content": _filled(_RULE, 12_000)}
    said: list[Object] = [system, {"role": "user", "content": "Make the queue drop the oldest."}]
    payload: Object = {"model": _MODEL, "messages": said, "tools": _tools(dirty=dirty),
                       "temperature": 0.2, "stream": True}  # fmt: skip
    if dirty:
        payload.update(max_completion_tokens=8_192, stream_options={"include_usage": True},
                       store=False, user="u-1", reasoning_effort="high")  # fmt: skip
    left = size - len(json.dumps(payload, separators=(",", ":")))
    turn = 0
    while left > 0:
        turn += 1
        made = _turn(turn, min(left, 100_000), dirty=dirty)
        left -= len(json.dumps(made, separators=(",", ":")))
        said += made
    said.append(_asked("Go on with the next one.", dirty=dirty))
    return payload


def _turn(turn: int, most: int, *, dirty: bool) -> list[Object]:
    """The assistant's calls and their results; now and then what it says, and the user."""
    form = "call_{:016d}AbCdEf{}" if dirty else "c{:06d}a{}"
    ids = [form.format(turn, slot) for slot in range(1 + turn % 3)]
    calls = [_call(i, turn + slot, slot if dirty else None) for slot, i in enumerate(ids)]
    asks: Object = {"role": "assistant", "content": "", "tool_calls": calls}
    if dirty:
        thought = f"The test fails in step {turn}. Let me look at what calls it, and how often."
        asks.update(content=None, refusal=None, annotations=[], reasoning_content=thought)
    made = [asks]
    for slot, call_id in enumerate(ids):
        count = turn * 3 + slot
        length = 100_000 if count % 100 == 99 else _SIZES[count % len(_SIZES)]
        text = _filled(f"# {count}\n{_CODE}", min(length, most))
        made.append({"role": "tool", "tool_call_id": call_id, "content": text})
        if not dirty:
            made[-1]["name"] = calls[slot]["function"]["name"]
    if turn % 6 == 0:
        text = f"The queue drops the oldest now; {turn} tests pass. Shall I go on?"
        done: Object = {"role": "assistant", "content": text}
        if dirty:
            done.update(refusal=None, annotations=[], reasoning_content="All of them pass.")
        made += [done, _asked(f"Yes. And look at number {turn}.", dirty=dirty)]
    return made


def _asked(text: str, *, dirty: bool) -> Object:
    if not dirty:
        return {"role": "user", "content": text}
    part = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
    return {"role": "user", "content": [part]}


def _call(call_id: str, count: int, index: int | None) -> Object:
    name = _name(count % 40)
    arguments = json.dumps({"path": f"src/queue_{count}.py", "limit": 200, "pattern": "drop(ped)?"})
    call: Object = {"id": call_id, "type": "function",
                    "function": {"name": name, "arguments": arguments}}  # fmt: skip
    return call if index is None else {"index": index, **call}


def _filled(text: str, size: int) -> str:
    return (text * (size // len(text) + 1))[:size]


# -- tools ------------------------------------------------------------------------------------


def _name(index: int) -> str:
    return f"{_VERBS[index % len(_VERBS)]}_{_THINGS[index // len(_VERBS)]}"


def _tools(*, dirty: bool) -> list[Object]:
    made = []
    for index in range(40):
        schema = _schema(index, 3)
        if dirty:
            schema = {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
        function: Object = {
            "name": _name(index),
            "description": f"Does one thing with what is at the path; number {index}. Use it when "
                           "the user asks for just that, and prefer it to running a command.",
            "parameters": schema,
        }  # fmt: skip
        if dirty:
            function["strict"] = False
        made.append({"type": "function", "function": function})
    if dirty:
        made[-1]["cache_control"] = {"type": "ephemeral"}
    return made


def _schema(index: int, levels: int) -> Object:
    """Objects in objects, arrays, words, and what may be null, as zod and pydantic write them."""
    properties: Object = {
        "path": {"type": "string", "description": f"Where it is, from the root of {index}"},
        "pattern": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None,
                    "description": "A regular expression; all where it is left out"},
        "kind": {"type": "string", "enum": ["file", "folder", "link", "any"], "default": "any"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 2_000, "default": 200},
        "tags": {"type": "array", "items": {"type": "string"}, "description": "Any of these"},
    }  # fmt: skip
    if levels > 1:
        properties["filter"] = _schema(index, levels - 1)
        properties["edits"] = {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "old": {"type": "string", "description": "What is there now"},
                    "new": {"type": "string", "description": "What is to be there"},
                    "all": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
                },
                "required": ["old", "new"],
                "additionalProperties": False,
            },
        }
    return {"type": "object", "properties": properties, "required": ["path"],
            "additionalProperties": False}  # fmt: skip


# -- applications -----------------------------------------------------------------------------


def small(*, dirty: bool = False) -> Object:
    """Three messages, as most requests of applications are."""
    payload: Object = {
        "model": "mistral-small-latest",
        "messages": [
            {"role": "system", "content": "You answer in one sentence."},
            {"role": "assistant", "content": "What is it about?"},
            {"role": "user", "content": "Why is the sky blue?"},
        ],
        "temperature": 0.3,
        "max_tokens": 256,
    }
    if dirty:
        del payload["max_tokens"]
        payload["messages"][2]["name"] = "anna"
        payload.update(max_completion_tokens=256, user="u-1", store=False, logit_bias=None)
    return payload


def rag(size: int = 200_000, *, dirty: bool = False) -> Object:
    """A question with what was found for it: passages of about 4 kB, each a part of its own."""
    passage = _filled(_RULE, 4_000)
    parts: list[Object] = [{"type": "text", "text": f"[{at}] {passage}"}
                           for at in range(size // 4_000)]  # fmt: skip
    parts.append({"type": "text", "text": "Which of these says when to ask?"})
    payload: Object = {
        "model": "mistral-large-latest",
        "messages": [{"role": "system", "content": "Answer from the passages alone."},
                     {"role": "user", "content": parts}],
    }  # fmt: skip
    if dirty:
        for part in parts[:4]:
            part["cache_control"] = {"type": "ephemeral"}
        payload["messages"][1]["name"] = "anna"
        payload.update(user="u-1", metadata=None, seed=7)
    return payload
