"""Requests to measure on: the same ones every time, with realistic keys, texts and ids.

Each becomes JSON text, so that whoever measures parses a fresh one: equal strings are then as many
objects as in a server, and nothing has been hashed before.

Parsing costs by the byte and sanitizing by the message, so the length of the texts decides every
ratio to `json.loads`. Here a user says about 80 characters and an assistant about 500, with line
breaks, 290 on average. Those called short have 80 on average, and are the worst case.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from tests.tools.benchmarks.sessions import coding, rag, small

__all__ = ["ADVERSARIAL", "CASES", "CHAT", "EMBEDDINGS", "SIZES", "Case", "adversary", "agent",
           "body_of", "chat", "embeddings", "image", "long", "mcp", "parts",
           "tools"]  # fmt: skip

CHAT: Final = "/v1/chat/completions"
EMBEDDINGS: Final = "/v1/embeddings"
SIZES: Final = (20, 200, 20_000)

_SHORT: Final = (
    "Could you look at the second paragraph again? It reads a little stiff to me.",
    "Yes. I would put the verb first, and drop the adjective.",
    "What does the retry policy do when the upstream answers 503 for longer than a minute?",
    "It backs off, doubling from one second to thirty, and gives up after ten minutes.",
    "Thanks, that helps.",
    "Anything else that I should check before the release on Thursday morning?",
)
_LONG: Final = (
    "There are three things I would look at, in this order.\n\n"
    "1. **The queue.** It is bounded at 10,000 entries, and what does not fit is dropped without a "
    "word; the counter `queue.dropped` says how many.\n"
    "2. **The timeout.** Thirty seconds is longer than the load balancer waits, so a slow answer "
    "is retried while the first attempt is still running.\n"
    "3. **The lock.** Nobody holds it for long, but everybody holds it.\n\n"
    'If you send me the "slow" log of the last hour, I can say which of them it is.'
)
_CITIES: Final = ("Paris", "Lyon", "Nantes", "Lille")

Object = dict[str, Any]


def _text(index: int, role: str = "user") -> str:
    return f"{_LONG if role == 'assistant' else _SHORT[index % len(_SHORT)]} ({index})"


def chat(messages: int, *, dirty: bool = False, short: bool = False) -> Object:
    """A conversation that starts with a system message and ends with the user's.

    The dirty one has foreign keys at the top, and in 9 of every 10 messages one or two: a name, an
    id, metadata, nulls of the SDK's, or ``cache_control`` on a part of the content.
    """
    said: list[Object] = []
    for index in range(messages):
        last = index == messages - 1
        role = "system" if index == 0 and not last else "user" if index % 2 or last else "assistant"
        said.append({"role": role, "content": _text(index, "user" if short else role)})
    payload: Object = {"model": "mistral-large-latest", "messages": said, "temperature": 0.3,
                       "max_tokens": 512, "stream": True}  # fmt: skip
    if dirty:
        for index, message in enumerate(said):
            _FOREIGN[index % 10](message)
        payload.update(user="u-1", store=False, logit_bias=None, stream_options={"x": True})
        payload["seed"] = 7
    return payload


def _cached(message: Object) -> None:
    part = {"type": "text", "text": message["content"], "cache_control": {"type": "ephemeral"}}
    message["content"] = [part]


def _foreign(**keys: Any) -> Callable[[Object], None]:
    return lambda message: message.update(keys)


_FOREIGN: Final = (
    _foreign(name="anna"),
    _foreign(metadata={"trace": "a1"}),
    _foreign(refusal=None, annotations=[]),
    _cached,
    _foreign(name="ben", metadata={"trace": "a2"}),
    _foreign(id="msg_1"),
    _foreign(refusal=None, audio=None),
    _cached,
    _foreign(name="eve", timestamp=1_700_000_000),
    _foreign(),
)


def agent(messages: int, *, openai_ids: bool = False, dirty: bool = False) -> Object:
    """An agent's history: of every five messages one with three parallel calls, and its results."""
    said: list[Object] = [{"role": "system", "content": "You plan trips. Use the tools."}]
    turn = 0
    while len(said) < messages:
        turn += 1
        said.append({"role": "user", "content": _text(turn)})
        ids = [f"call_{turn:010d}AbCdEfGhIjKl{n}" if openai_ids else f"c{turn:07d}{n}"
               for n in range(3)]  # fmt: skip
        calls = [_call(i, n) for n, i in enumerate(ids)]
        said.append({"role": "assistant", "content": "", "tool_calls": calls})
        said += [_result(i, n) for n, i in enumerate(ids)]
        said.append({"role": "assistant", "content": _text(turn, "assistant")})
    while said[-1]["role"] != "user":
        said.append({"role": "user", "content": "And now?"})
    if dirty:
        for message in said:
            message["id"] = "msg_1"
            for slot, call in enumerate(message.get("tool_calls", ())):
                call["index"] = slot
                call["caller"] = {"type": "direct"}
    return {"model": "mistral-large-latest", "messages": said, "tools": tools(3)}


def _call(call_id: str, slot: int, name: str = "find_hotels") -> Object:
    arguments = json.dumps({"city": _CITIES[slot], "nights": slot + 1, "guests": 2})
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _result(call_id: str, slot: int) -> Object:
    found = [{"hotel": f"{_CITIES[slot]} {n}", "price": 90 + n, "stars": 3} for n in range(4)]
    return {"role": "tool", "tool_call_id": call_id, "name": "find_hotels",
            "content": json.dumps(found)}  # fmt: skip


def parts(messages: int, *, dirty: bool = False) -> Object:
    """Every user's message a text and an image by address; the dirty ones as caches mark them."""
    payload = chat(messages)
    for index, message in enumerate(payload["messages"]):
        if message["role"] == "user":
            image = {"url": f"https://example.org/{index}.png", "detail": "auto"}
            content: list[Object] = [{"type": "text", "text": message["content"]},
                                     {"type": "image_url", "image_url": image}]  # fmt: skip
            if dirty:
                content[0]["cache_control"] = {"type": "ephemeral"}
                image["format"] = "image/png"
            message["content"] = content
    return payload


def tools(count: int, depth: int = 4) -> list[Object]:
    """Functions with deep schemas: objects in objects, lists, enums, unions, bounds."""
    return [
        {
            "type": "function",
            "function": {
                "name": "find_hotels" if index == 0 else f"tool_{index}",
                "description": f"Does the work of department {index}; see the handbook.",
                "parameters": _schema(depth),
            },
        }
        for index in range(count)
    ]


def _schema(depth: int) -> Object:
    properties: Object = {
        "city": {"type": "string", "description": "The city's name", "minLength": 1},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5, "default": 3},
        "kind": {"type": "string", "enum": ["room", "flat", "house"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "until": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    }
    if depth:
        properties["within"] = _schema(depth - 1)
    return {"type": "object", "properties": properties, "required": ["city"],
            "additionalProperties": False}  # fmt: skip


def mcp(count: int) -> list[Object]:
    """Functions with the schemas that MCP's servers publish, as zod and pydantic write them."""
    return [
        {"type": "function", "function": {"name": f"tool_{index}", "description": "Does its work.",
                                          "parameters": _published()}}
        for index in range(count)
    ]  # fmt: skip


def _published() -> Object:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Where it is", "pattern": "^/"},
            "since": {"type": "string", "format": "date-time"},
            "ratio": {"type": "number", "minimum": 0.5, "exclusiveMaximum": 2},
            "point": {"$ref": "#/$defs/Point"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["path"],
        "additionalProperties": False,
        "$defs": {
            "Point": {"title": "Point", "type": "object", "required": ["x"],
                      "properties": {"x": {"title": "X", "type": "number"}}},
        },
    }  # fmt: skip


def long(messages: int, size: int) -> Object:
    """Messages of about `size` characters, each with a key that Mistral does not take."""
    said = [{"role": "assistant" if at % 2 else "user", "content": f"{at} {'word ' * (size // 5)}",
             "name": "anna"} for at in range(messages + 1 - messages % 2)]  # fmt: skip
    return {"model": "mistral-large-latest", "messages": said}


def image(size: int, *, dirty: bool = False) -> Object:
    """A question about one image of so many bytes of base64, inside the request."""
    block = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+A8A"
    data = "data:image/png;base64," + (block * (size // len(block) + 1))[:size]
    content = [{"type": "text", "text": "What is this?"},
               {"type": "image_url", "image_url": {"url": data}}]  # fmt: skip
    payload = {"model": "mistral-large-latest", "messages": [{"role": "user", "content": content}]}
    return {**payload, "user": "u-1"} if dirty else payload


def embeddings(inputs: int, *, dirty: bool = False) -> Object:
    """Texts to embed."""
    payload = {"model": "mistral-embed", "input": [_text(index) for index in range(inputs)]}
    return {**payload, "user": "u-1"} if dirty else payload


# -- what would make a careless algorithm quadratic ---------------------------------------------


def _reversed_results(count: int) -> list[Object]:
    """One turn of many calls, its results last to first."""
    ids = [f"c{n:08d}" for n in range(count // 2)]
    calls: Object = {"role": "assistant", "content": "", "tool_calls": [_call(i, 0) for i in ids]}
    return [calls, *({"role": "tool", "tool_call_id": i, "content": "1"} for i in ids[::-1])]


def _duplicate_ids(count: int) -> list[Object]:
    """All calls of all turns with the same id."""
    said: list[Object] = []
    for _ in range(count // 2):
        said.append({"role": "assistant", "content": "", "tool_calls": [_call("c00000000", 0)]})
        said.append({"role": "tool", "tool_call_id": "c00000000", "content": "1"})
    return said


def _duplicate_ids_in_a_turn(count: int) -> list[Object]:
    """All calls of one turn with the same id."""
    calls = [_call("call_1", 0) for _ in range(count // 2)]
    results = ({"role": "tool", "tool_call_id": "call_1", "content": "1"} for _ in calls)
    return [{"role": "assistant", "content": "", "tool_calls": calls}, *results]


def _orphans(count: int) -> list[Object]:
    """Results that no call has asked for."""
    return [{"role": "tool", "tool_call_id": f"c{n:08d}", "content": "1"} for n in range(count)]


def _unanswered(count: int) -> list[Object]:
    """Calls without a result, one after the other."""
    return [{"role": "assistant", "content": "", "tool_calls": [_call(f"c{n:08d}", 0)]}
            for n in range(count)]  # fmt: skip


def _late_results(count: int) -> list[Object]:
    """All calls first, a turn each, and then all results, last to first."""
    ids = [f"c{n:08d}" for n in range(count // 2)]
    calls = [{"role": "assistant", "content": "", "tool_calls": [_call(i, 0)]} for i in ids]
    return [*calls, *({"role": "tool", "tool_call_id": i, "content": "1"} for i in ids[::-1])]


def _early_results(count: int) -> list[Object]:
    """All results before all calls."""
    said = _late_results(count)
    return said[count // 2 :] + said[: count // 2]


def _missing_ids(count: int) -> list[Object]:
    """Calls and results that name no id."""
    said = _duplicate_ids(count)
    for message in said:
        message.pop("tool_call_id", None)
        for call in message.get("tool_calls", ()):
            del call["id"]
    return said


def _odd_names(count: int) -> list[Object]:
    """Function names that are not legal, all different, and all alike once made so."""
    said = _unanswered(count)
    for n, message in enumerate(said):
        odd = "".join(chr(0x400 + (n >> shift) % 64) for shift in (0, 6, 12))
        message["tool_calls"][0]["function"]["name"] = f"find_{odd}"
    return said


def _late_systems(count: int) -> list[Object]:
    """System messages after the assistant's."""
    return [{"role": "system" if n % 2 else "assistant", "content": "Hm."} for n in range(count)]


def _empty_turns(count: int) -> list[Object]:
    """Assistant messages that say nothing."""
    return [{"role": "assistant", "content": ""} for _ in range(count)]


ADVERSARIAL: Final[Mapping[str, Callable[[int], list[Object]]]] = {
    "reversed results": _reversed_results,
    "late results": _late_results,
    "early results": _early_results,
    "duplicate ids": _duplicate_ids,
    "duplicate ids in a turn": _duplicate_ids_in_a_turn,
    "missing ids": _missing_ids,
    "orphan results": _orphans,
    "unanswered calls": _unanswered,
    "illegal names": _odd_names,
    "late system messages": _late_systems,
    "empty turns": _empty_turns,
}


def adversary(name: str, messages: int) -> Object:
    """A request of about so many messages, of one of the kinds of `ADVERSARIAL`."""
    said = [{"role": "user", "content": "Go."}, *ADVERSARIAL[name](messages)]
    return {"model": "mistral-large-latest", "messages": [*said, {"role": "user", "content": "?"}]}


# -- the cases of the benchmark -----------------------------------------------------------------


class Case(NamedTuple):
    """One row of the table."""

    name: str
    make: Callable[[], Object]
    clean: bool
    endpoint: str = CHAT


def body_of(payload: Object) -> bytes:
    """The body as a client sends it."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def _sized(count: int, dirty: bool) -> Case:
    unit = "message" if count == 1 else "messages"
    return Case(f"{count:,} {unit}, {'dirty' if dirty else 'clean'}",
                lambda: chat(count, dirty=dirty), not dirty)  # fmt: skip


def _session(size: int, dirty: bool) -> Case:
    return Case(f"coding session, {size / 1e6:g} MB, {_state(dirty)}",
                lambda: coding(size, dirty=dirty), not dirty)  # fmt: skip


def _state(dirty: bool) -> str:
    return "dirty" if dirty else "clean"


_BOTH: Final = (False, True)

CASES: Final = (
    *(_session(size, dirty) for dirty in _BOTH for size in (400_000, 1_000_000, 2_000_000)),
    *(Case(f"3 messages, {_state(d)}", lambda d=d: small(dirty=d), not d) for d in _BOTH),  # type: ignore[misc]
    *(Case(f"RAG, 200 kB, {_state(d)}", lambda d=d: rag(dirty=d), not d) for d in _BOTH),  # type: ignore[misc]
    *(_sized(count, dirty) for dirty in _BOTH for count in SIZES),
    Case("200 short messages, clean", lambda: chat(200, short=True), True),
    Case("200 short messages, dirty", lambda: chat(200, dirty=True, short=True), False),
    Case("agent, 250 messages, clean", lambda: agent(250), True),
    Case("agent, 250 messages, OpenAI's ids", lambda: agent(250, openai_ids=True), False),
    Case("agent, 250 messages, ids and keys",
         lambda: agent(250, openai_ids=True, dirty=True), False),
    Case("text and images, 200 messages, clean", lambda: parts(200), True),
    Case("text and images, 200 messages, dirty", lambda: parts(200, dirty=True), False),
    Case("40 tools, schemas of MCP's servers, clean", lambda: {**chat(2), "tools": mcp(40)}, True),
    Case("10 MB image, clean", lambda: image(10_000_000), True),
    Case("10 MB image, dirty", lambda: image(10_000_000, dirty=True), False),
    Case("2,000 embeddings, clean", lambda: embeddings(2_000), True, EMBEDDINGS),
    Case("2,000 embeddings, dirty", lambda: embeddings(2_000, dirty=True), False, EMBEDDINGS),
)  # fmt: skip
"""Clean: `sanitize` has nothing to do."""
