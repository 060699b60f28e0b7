"""The rules on tool-call ids."""

from __future__ import annotations

from tests.rules.rows import Rows
from tests.rules.words import (
    COMMON,
    Case,
    call,
    calls,
    request,
    result,
    user,
)

ROWS = (
    Case("tool-call-id", "of a call and its result",
         request(user(), calls(call("call_1")), result("call_1")),
         request(user(), calls(call("K6AHeqGzz")), result("K6AHeqGzz")),
         source="https://github.com/openclaw/openclaw/issues/57672"),
    Case("tool-call-id", "nine of other letters",
         request(user(), calls(call("ééééééééé")), result("ééééééééé")),
         request(user(), calls(call("46fJDWXbm")), result("46fJDWXbm")), source=COMMON),
    Case("tool-call-id", "beside one that fits, in two turns",
         request(user(), calls(call("call_1"), call()), result("call_1"), result(),
                 calls(call("aaaaaaaa2")), result("aaaaaaaa2")),
         request(user(), calls(call("K6AHeqGzz"), call()), result("K6AHeqGzz"), result(),
                 calls(call("aaaaaaaa2")), result("aaaaaaaa2")), source=COMMON),
    Case("tool-call-id", "two in a turn",
         request(user(), calls(call("call_1"), call("call_2")), result("call_1"), result("call_2")),
         request(user(), calls(call("K6AHeqGzz"), call("S4MbbLMCj")), result("K6AHeqGzz"),
                 result("S4MbbLMCj")), source=COMMON),
    Case("tool-call-id", "numbers, by their text",
         request(user(), calls(call(1), call(2)), result(2, "2"), result(1, "1")),
         request(user(), calls(call("vRieKSY6A"), call("51T1UU6mh")), result("vRieKSY6A", "1"),
                 result("51T1UU6mh", "2")),
         also=("result-order",), source="servers that count their calls"),
    Case("tool-call-id", "a number, its result in place",
         request(user(), calls(call(1)), result(1)),
         request(user(), calls(call("vRieKSY6A")), result("vRieKSY6A")),
         source="servers that count their calls"),
    Case("tool-call-id", "that fits",
         request(user(), calls(call("D681PevKs")), result("D681PevKs"))),
    Case("missing-tool-call-id", "of a call and its result",
         request(user(), calls({"type": "function", "function": {"name": "f", "arguments": "{}"}}),
                 {"role": "tool", "content": "sunny"}),
         request(user(), calls({"type": "function", "function": {"name": "f", "arguments": "{}"},
                                "id": "7dT2GOYwq"}),
                 {"role": "tool", "content": "sunny", "tool_call_id": "7dT2GOYwq"}),
         source="https://github.com/langchain-ai/langchain/issues/28237"),
    Case("missing-tool-call-id", "empty ones, by order",
         request(user(), calls(call(""), call("null")), result("", "1"), result(None, "2")),
         request(user(), calls(call("7dT2GOYwq"), call("AtR2NGiee")), result("7dT2GOYwq", "1"),
                 result("AtR2NGiee", "2")), source=COMMON),
    Case("missing-tool-call-id", "there is one", request(user(), calls(call()), result())),
    Case("result-id", "of no call", request(user(), calls(call()), result("bbbbbbbb1")),
         request(user(), calls(call()), result()),
         source="https://github.com/pydantic/pydantic-ai/issues/3733"),
    Case("result-id", "of its call", request(user(), calls(call()), result())),
    Case("duplicate-tool-call-id", "in one turn",
         request(user(), calls(call(), call()), result(content="1"), result(content="2")),
         request(user(), calls(call(), call("miabNE0TZ")), result(content="1"),
                 result("miabNE0TZ", "2")), source=COMMON),
    Case("duplicate-tool-call-id", "across turns",
         request(user(), calls(call()), result(), calls(call()), result()),
         request(user(), calls(call()), result(), calls(call("miabNE0TZ")), result("miabNE0TZ")),
         source="https://github.com/editor-code-assistant/eca/issues/233"),
    Case("duplicate-tool-call-id", "two calls",
         request(user(), calls(call(), call("aaaaaaaa2")), result(), result("aaaaaaaa2"))),
)  # fmt: skip


class TestRows(Rows):
    """What holds for every row: `tests.rules.rows`."""

    rows = ROWS
