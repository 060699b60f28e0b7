"""What a hostile client would send: requests that grow where a careless algorithm is quadratic, and
values that no JSON has.

`GROWING` has one row for every place of a request where a list or an object can be long, with what
makes the repairs of that place work hard; each takes the length. Nothing here knows how the library
does it.
"""

from __future__ import annotations

import collections
import decimal
import enum
import types
from collections.abc import Callable, Iterator
from typing import Any, Final

__all__ = ["CLEAN", "EXOTIC", "GROWING", "LOOPS", "RAISING", "Boom", "ask", "call", "called",
           "result", "tool"]  # fmt: skip

_Json = dict[str, Any]
USER: Final = {"role": "user", "content": "q"}
CLEAN: Final = {"model": "mistral-large-latest", "messages": [USER]}


def ask(*messages: Any, **fields: Any) -> _Json:
    """A request with these messages, after one of the user's."""
    return {"model": "mistral-large-latest", "messages": [USER, *messages], **fields}


def call(id_: Any, name: Any = "f", arguments: Any = "{}") -> _Json:
    """A tool call."""
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def called(*calls: Any) -> _Json:
    """An assistant's message with calls."""
    return {"role": "assistant", "content": "", "tool_calls": list(calls)}


def result(id_: Any, content: Any = "1", **more: Any) -> _Json:
    """A tool's message."""
    return {"role": "tool", "tool_call_id": id_, "content": content, **more}


def tool(name: Any = "f", schema: Any = None, **more: Any) -> _Json:
    """A tool with a function."""
    schema = {"type": "object"} if schema is None else schema
    return {"type": "function", "function": {"name": name, "parameters": schema}, **more}


def _with_schema(schema: Any) -> _Json:
    return ask(tools=[tool(schema=schema)])


def _ids(count: int) -> list[str]:
    return [f"c{n:08d}" for n in range(count)]


def _keys(count: int, value: Any = 1, prefix: str = "k") -> _Json:
    return {f"{prefix}{n:07d}": value for n in range(count)}


def _user(*parts: Any, **more: Any) -> _Json:
    return {"role": "user", "content": list(parts), **more}


def _said(content: Any, **more: Any) -> _Json:
    return {"role": "assistant", "content": content, **more}


def _use(id_: str) -> _Json:
    return {"type": "tool_use", "id": id_, "name": "f", "input": {}}


def _used(id_: str) -> _Json:
    return {"type": "tool_result", "tool_use_id": id_, "content": "1"}


def _text(**more: Any) -> _Json:
    return {"type": "text", "text": "x", **more}


def _chain(depth: int, **each: Any) -> _Json:
    """A schema in a schema in a schema."""
    schema: _Json = {}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}, **each}
    return schema


def _references(count: int) -> _Json:
    """Definitions of which each refers to the next, and the last to the first."""
    defs = {f"d{n}": {"$ref": f"#/$defs/d{(n + 1) % count}"} for n in range(count)}
    return {"$ref": "#/$defs/d0", "$defs": defs}


def _odd_name(number: int) -> str:
    """A name that is not legal; all of them look alike once made so."""
    return "find_" + "".join(chr(0x400 + (number >> shift) % 64) for shift in (0, 6, 12, 18))


def _turns(count: int, make: Callable[[int], list[_Json]]) -> Iterator[_Json]:
    for n in range(count):
        yield from make(n)


def _alike(n: int) -> list[_Json]:
    return [called(call("call_1")), result("call_1")]


def _old(n: int) -> list[_Json]:
    function_call = {"name": "f", "arguments": "{}"}
    return [
        {"role": "assistant", "content": None, "function_call": function_call},
        {"role": "function", "name": "f", "content": "1"},
    ]


def _responses(count: int) -> Iterator[_Json]:
    for id_ in _ids(count):
        yield {"type": "function_call", "call_id": id_, "name": "f", "arguments": "{}"}
        yield {"type": "function_call_output", "call_id": id_, "output": "1"}


GROWING: Final[dict[str, Callable[[int], _Json]]] = {
    # keys
    "unknown keys": lambda n: {**CLEAN, **_keys(n)},
    "unknown keys in camelCase": lambda n: {**CLEAN, **_keys(n, prefix="kE")},
    "keys of a message": lambda n: ask({**USER, **_keys(n)}),
    "keys of a message in camelCase": lambda n: ask({**USER, **_keys(n, prefix="kE")}),
    "keys of a text": lambda n: ask(_user(_text(**_keys(n)))),
    "keys of a file": lambda n: ask(
        _user({"type": "file", "file": {"file_data": "data:x;base64,aa", **_keys(n, {"a": 1})}})
    ),
    "keys of a part": lambda n: ask(
        _user({"type": "file", "file": {"file_data": "data:x;base64,aa"}, **_keys(n, {"a": 1})})
    ),
    "keys of a call": lambda n: ask(called({**call("abcdefghi"), **_keys(n)}), result("abcdefghi")),
    "keys of a tool": lambda n: ask(tools=[tool(**_keys(n))]),
    "keys of a function": lambda n: ask(
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}, **_keys(n)}}]
    ),
    "keys of a response format": lambda n: ask(response_format={"type": "text", **_keys(n)}),
    "keys of arguments": lambda n: ask(called(call("abcdefghi", arguments=_keys(n)))),
    "keys of metadata": lambda n: ask(metadata=_keys(n)),
    # messages
    "texts for messages": lambda n: ask(*["x"] * n),
    "nulls for messages": lambda n: ask(*[None] * n),
    "lists for messages": lambda n: ask(*[[]] * n),
    "developers": lambda n: ask(*[{"role": "developer", "content": "x"}] * n),
    "unknown roles": lambda n: ask(*[{"role": "Bot", "content": "x"}] * n),
    "function roles": lambda n: ask(*[{"role": "function", "name": "f", "content": "1"}] * n),
    "system messages": lambda n: ask(*[{"role": "system", "content": "x"}] * n),
    "late system messages": lambda n: ask(
        *_turns(n, lambda _: [_said("x"), {"role": "system", "content": "x"}])
    ),
    "prefixes": lambda n: ask(*[_said("x", prefix=True)] * n),
    "empty turns": lambda n: ask(*[_said("")] * n),
    "old function calls": lambda n: ask(*_turns(n, _old)),
    "prompts": lambda n: {"model": "m", "prompt": ["x"] * n},
    "inputs": lambda n: {"model": "m", "input": [USER] * n},
    "calls in inputs": lambda n: {"model": "m", "input": list(_responses(n))},
    "system texts": lambda n: ask(system=[_text()] * n),
    # content
    "texts with a key": lambda n: ask(_user(*[_text(k=1)] * n)),
    "foreign texts": lambda n: ask(_user(*[{"type": "input_text", "text": "x", "k": 1}] * n)),
    "unknown parts": lambda n: ask(_user(*[{"type": "hologram", "x": 1}] * n)),
    "numbers for parts": lambda n: ask(_user(*[1] * n)),
    "parts beside content": lambda n: ask({**USER, "parts": [_text()] * n}),
    "images beside content": lambda n: ask({**USER, "images": ["aaaa"] * n}),
    "thoughts": lambda n: ask(_said([{"type": "thinking", "thinking": "x"}] * n), USER),
    "thinking blocks": lambda n: ask(
        _said("x", thinking_blocks=[{"type": "thinking", "thinking": "x"}] * n), USER
    ),
    "reasoning details": lambda n: ask(
        _said("x", reasoning_details=[{"type": "reasoning.text", "text": "x"}] * n), USER
    ),
    "predicted parts": lambda n: ask(prediction={"type": "content", "content": [_text()] * n}),
    # calls and results
    "calls in one message": lambda n: ask(called(*map(call, _ids(n))), *map(result, _ids(n))),
    "calls without results": lambda n: ask(called(*[call(f"call_{i}") for i in range(n)])),
    "calls of one id": lambda n: ask(called(*[call("call_1")] * n), *[result("call_1")] * n),
    "turns of one id": lambda n: ask(*_turns(n, _alike)),
    "turns of one id, results last": lambda n: ask(
        *[called(call("call_1"))] * n, *[result("call_1")] * n
    ),
    "results of one id first": lambda n: ask(*[result("a")] * n, called(*[call("a")] * n)),
    "results of one id before their turns": lambda n: ask(
        *[result("a")] * n, *[called(call("a"))] * n
    ),
    "results that are lists": lambda n: ask(
        called(*map(call, _ids(n))), *[result(i, [_text()]) for i in _ids(n)]
    ),
    "results that are null": lambda n: ask(
        called(*map(call, _ids(n))), *[result(i, None) for i in _ids(n)]
    ),
    "results by name": lambda n: ask(
        called(*[call(None, f"f{i % 7}") for i in range(n)]),
        *[{"role": "tool", "name": f"f{i % 7}", "content": "1"} for i in range(n)],
    ),
    "results of no call": lambda n: ask(*map(result, _ids(n))),
    "Anthropic's calls": lambda n: ask(_said([_use(i) for i in _ids(n)])),
    "Anthropic's results": lambda n: ask(_user(*map(_used, _ids(n)))),
    "Anthropic's calls and results": lambda n: ask(
        _said([_use(i) for i in _ids(n)]), _user(*map(_used, _ids(n)))
    ),
    "Anthropic's of one id": lambda n: ask(_said([_use("a")] * n), _user(*[_used("a")] * n)),
    "numbers for ids": lambda n: ask(called(*map(call, range(n))), *map(result, range(n))),
    "illegal names called": lambda n: ask(
        called(*[call(i, _odd_name(at)) for at, i in enumerate(_ids(n))]),
        *[result(i, name=_odd_name(at)) for at, i in enumerate(_ids(n))],
    ),
    # tools
    "tools with a key": lambda n: ask(tools=[tool(f"f{i}", cache_control={}) for i in range(n)]),
    "tools of one name": lambda n: ask(tools=[tool("f.g")] * n),
    "tools of illegal names": lambda n: ask(tools=[tool(_odd_name(i)) for i in range(n)]),
    "tools of long names": lambda n: ask(tools=[tool("f" * 70 + str(i)) for i in range(n)]),
    "functions": lambda n: ask(functions=[{"name": f"f{i}", "parameters": {}} for i in range(n)]),
    "free-form tools": lambda n: ask(
        tools=[{"type": "custom", "custom": {"name": f"f{i}"}} for i in range(n)]
    ),
    "allowed tools": lambda n: ask(
        tools=[tool(f"f{i}") for i in range(n)],
        tool_choice={"type": "allowed_tools", "allowed_tools": {
            "mode": "auto", "tools": [{"type": "function", "name": f"f{i}"}
                                      for i in range(0, n, 2)]}},
    ),
    # a tool's schema
    "properties": lambda n: _with_schema({"type": "object", "properties": _keys(n, {"$id": "x"})}),
    "properties that are words": lambda n: _with_schema({"properties": _keys(n, "string")}),
    "required lifted": lambda n: _with_schema(
        {"properties": _keys(n, {"type": "string", "required": True}),
         "required": [f"q{i}" for i in range(n)]}
    ),
    "required twice": lambda n: _with_schema({"required": [f"q{i // 2}" for i in range(n)]}),
    "types": lambda n: _with_schema({"type": ["STRING"] * n}),
    "unknown types": lambda n: _with_schema({"type": [f"t{i}" for i in range(n)]}),
    "enum": lambda n: _with_schema({"enum": [f"e{i}" for i in range(n)]}),
    "anyOf": lambda n: _with_schema({"anyOf": [{"$id": f"x{i}"} for i in range(n)]}),
    "definitions": lambda n: _with_schema(_references(n)),
    "schemas in schemas": lambda n: _with_schema(_chain(n)),
    "schemas in schemas, each odd": lambda n: _with_schema(_chain(n, description=3)),
    # the rest
    "stop sequences": lambda n: ask(stop=[f"s{i}" for i in range(n)]),
    "empty stop sequences": lambda n: ask(stop=[""] * n),
    "numbers to stop at": lambda n: ask(stop=[1] * n),
    "guardrails": lambda n: ask(guardrails=[{"block_on_error": 1, "x": 2}] * n),
    "a schema to answer by": lambda n: ask(
        response_format={"type": "json_schema", "json_schema": {
            "name": "x", "schema": {"properties": _keys(n, {"$id": "x"})}}}
    ),
    "a model's prefixes": lambda n: {**CLEAN, "model": "mistral/" * n + "x"},
    "dots in a name": lambda n: ask(tools=[tool("." * n)]),
    "a long key": lambda n: {**CLEAN, "k" * n: 1},
    "a long key and short ones": lambda n: {**CLEAN, "k" * n * 10: 1, **_keys(n)},
    "a long key in capitals": lambda n: {**CLEAN, "K" * n: 1},
    "a long id": lambda n: ask(called(call("x" * n)), result("x" * n)),
}  # fmt: skip
"""By name: from a length to a request of that length."""


# -- values that contain themselves -------------------------------------------------------------


def _loop(wrap: Callable[[Any], Any]) -> Callable[[], Any]:
    """From what wraps a value, a value that is wrapped in itself."""

    def make() -> Any:
        inner: _Json = {}
        outer = wrap(inner)
        first = outer[0] if isinstance(outer, list) else outer
        inner.update(first if isinstance(first, dict) else {"a": outer})
        return outer

    return make


def _list_in_itself() -> Any:
    inner: list[Any] = []
    inner.append(inner)
    return inner


def _tuple_in_its_list() -> Any:
    inner: list[Any] = []
    inner.append((inner, {"a": inner}))
    return inner[0]


def _everywhere() -> Any:
    """An object that is each of its own fields."""
    inner: _Json = {"type": "object", "role": "user", "name": "f", "id": "x", "$id": "x"}
    names = (
        *("content", "text", "thinking", "source", "file", "image_url", "function", "items"),
        *("parameters", "properties", "input", "arguments", "custom", "tool_calls", "parts"),
    )
    inner |= dict.fromkeys(names, inner) | {"anyOf": [inner], "summary": (inner,)}
    return inner


LOOPS: Final[dict[str, Callable[[], Any]]] = {
    "list": _list_in_itself,
    "tuple": _tuple_in_its_list,
    "object": _loop(lambda v: {"a": v}),
    "message": _loop(lambda v: {"role": "user", "content": [v]}),
    "text": _loop(lambda v: [{"type": "text", "text": v, "content": v}]),
    "thought": _loop(lambda v: {"type": "thinking", "thinking": [v]}),
    "result": _loop(lambda v: [{"type": "tool_result", "content": [v]}]),
    "use": _loop(lambda v: [{"type": "tool_use", "name": "f", "id": "x", "input": v}]),
    "file": _loop(lambda v: {"type": "file", "file": v, "source": v, "image_url": v}),
    "tool": _loop(lambda v: {"type": "function", "name": "f", "function": v, "parameters": v}),
    "schema": _loop(lambda v: {"type": "object", "$id": "x", "properties": {"a": v}, "anyOf": [v]}),
    "everywhere": _everywhere,
}
"""Values that contain themselves, each made anew."""


# -- values that no JSON has --------------------------------------------------------------------


class Boom(Exception):
    """What the objects of `RAISING` raise."""


def _raise(*_: object) -> Any:
    raise Boom


class _Silent:
    """Neither to be compared, nor hashed, nor printed, nor asked for its truth."""

    __eq__ = __ne__ = __hash__ = __repr__ = __str__ = __bool__ = __len__ = __iter__ = _raise


class _Unequal:
    """Neither to be compared nor hashed."""

    __hash__ = None  # type: ignore[assignment]
    __eq__ = _raise


class _Undecided:
    """Neither true nor false, as an array of numpy's."""

    __bool__ = _raise


class _Dict(dict[Any, Any]):
    """A dict that gives nothing away."""

    keys = items = values = get = __getitem__ = __contains__ = __iter__ = _raise  # type: ignore[assignment]


class _List(list[Any]):
    """A list that gives nothing away."""

    __getitem__ = __len__ = __iter__ = _raise  # type: ignore[assignment]


class _Str(str):
    """A text that is not to be compared."""

    __slots__ = ()
    __eq__ = __str__ = _raise
    __hash__ = str.__hash__


class _Int(int):
    """A number that is not to be compared."""

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = _raise  # type: ignore[assignment]
    __hash__ = int.__hash__


class _Key:
    """A key that collides with ``"type"``, and is not to be compared."""

    __eq__ = _raise

    def __hash__(self) -> int:
        return hash("type")


class _Colour(enum.Enum):
    RED = "red"


RAISING: Final[dict[str, Callable[[], Any]]] = {
    "silent": _Silent,
    "unequal": _Unequal,
    "undecided": _Undecided,
    "dict": lambda: _Dict(type="text", text="x", role="user", content="x"),
    "list": lambda: _List([{"type": "text", "text": "x"}]),
    "str": lambda: _Str("user"),
    "int": lambda: _Int(3),
    "key": lambda: {_Key(): 1, "name": "f"},
}
"""Objects of a caller's own that raise `Boom` when they are asked anything."""

_PART: Final = {"type": "text", "text": "x", "role": "user", "content": "x"}
EXOTIC: Final[dict[str, Callable[[], Any]]] = {
    "bytes": lambda: b"x",
    "bytearray": lambda: bytearray(b"x"),
    "memoryview": lambda: memoryview(b"x"),
    "set": lambda: {1, 2},
    "frozenset": lambda: frozenset("a"),
    "generator": lambda: (each for each in "ab"),
    "range": lambda: range(5),
    "deque": lambda: collections.deque([_PART]),
    "mapping proxy": lambda: types.MappingProxyType(_PART),
    "UserDict": lambda: collections.UserDict(_PART),
    "UserList": lambda: collections.UserList([_PART]),
    "ChainMap": lambda: collections.ChainMap(dict(_PART)),
    "defaultdict": lambda: collections.defaultdict(list, _PART),
    "Counter": lambda: collections.Counter("aab"),
    "OrderedDict": lambda: collections.OrderedDict(_PART),
    "namedtuple": lambda: collections.namedtuple("P", "type text")("text", "x"),  # noqa: PYI024
    "NaN": lambda: float("nan"),
    "infinity": lambda: float("-inf"),
    "NaN for keys": lambda: {float("nan"): 1, float("nan"): 2, "type": "text"},
    "keys of all types": lambda: {1: 1, False: 2, None: 3, 2.5: 4, (1, 2): 5, b"x": 6},
    "keys that collide": lambda: {n * (2**61 - 1): n for n in range(500)},
    "complex": lambda: 1j,
    "Decimal": lambda: decimal.Decimal("NaN"),
    "enum": lambda: _Colour.RED,
    "a type": lambda: dict,
    "a module": lambda: types,
    "a function": lambda: print,
    "ellipsis": lambda: ...,
    "a large integer": lambda: -(10**400),
    "a lone surrogate": lambda: "\ud800",
    "a NUL": lambda: "\0",
}
"""What Python code may put into a payload, by mistake."""
