"""The rules on nulls."""

from __future__ import annotations

from mistral_sanitize import profiles
from tests.rules.rows import Rows
from tests.rules.words import (
    OLDEST,
    OPENAI,
    SPEC,
    Case,
    call,
    calls,
    image,
    parts,
    request,
    result,
    system,
    text,
    tool,
    user,
)

ROWS = (
    Case("null", "of the request", request(stream=None), request(),
         source="https://github.com/mistralai/platform-docs-public/issues/212"),
    Case("null", "of a format's schema",
         request(response_format={"type": "json_schema", "json_schema": {
             "name": "p", "schema": {}, "strict": None}}),
         request(response_format={"type": "json_schema", "json_schema": {
             "name": "p", "schema": {}}}), source=OPENAI),
    Case("null", "of a function", request(tools=[tool(description=None, strict=None)]),
         request(tools=[tool()]), source=SPEC),
    Case("null", "of a message with calls",
         request(user(), calls(call(), prefix=None), result()),
         request(user(), calls(call()), result()), source=SPEC),
    Case("null", "of a tool call", request(user(), calls({**call(), "index": None}), result()),
         request(user(), calls(call()), result()), source=SPEC),
    Case("null", "top_p under an older schema", request(top_p=None), request(),
         options={"profile": profiles.V2026_03_20},
         source="https://github.com/mistralai/platform-docs-public/issues/212"),
    Case("null", "where Mistral takes one",
         request(temperature=None, top_p=None, max_tokens=None, stop=None, random_seed=None,
                 tools=None, n=None, metadata=None)),
    Case("null", "of an image's detail", parts(image("https://e.org/a.png", detail=None))),
    Case("null-content", "of a system message", request(system(None), user()),
         request(system(""), user()), source=SPEC),
    Case("null-content", "left out", request({"role": "user"}), request(user("")), source=SPEC),
    Case("null-content", "of a tool under an old schema",
         request(user(), calls(call()), result(content=None)),
         request(user(), calls(call()), result(content="")), options=OLDEST, source=SPEC),
    Case("null-content", "of a text chunk", parts({"type": "text"}), parts(text("")), source=SPEC),
    Case("null-content", "where Mistral takes one",
         request(user(None), calls(call(), content=None), result(content=None))),
    Case("null-content", "a text of null", parts({"type": "text", "text": None}), parts(text("")),
         source=SPEC),
)  # fmt: skip


class TestRows(Rows):
    """What holds for every row: `tests.rules.rows`."""

    rows = ROWS
