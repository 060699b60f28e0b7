"""What real clients for OpenAI make of Mistral's completions: without the option, and with it.

Each row names a shape, and what goes wrong without ``completions="openai"`` where something does:
an exception, or text that is lost. With it every client has everything.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import pytest

from mistral_sanitize.testing import StrictMistral
from mistral_sanitize.testing.shapes import SHAPES, Words

pytestmark = [
    pytest.mark.full,
    # The frameworks keep clients and event loops open, and warn of their own past.
    pytest.mark.filterwarnings("ignore"),
]

MODEL = "mistral-small-latest"
TEXT = "Yes, it is."
THOUGHTS = "The user wants to know."
ARGUMENTS = '{"place": "Ulm"}'
MESSAGES: list[Any] = [{"role": "user", "content": "Is it?"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "weather.today",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
    },
}

TALKING = (
    "thinking",
    "thinking-with-text",
    "thinking-later",
    "signature",
    "references",
    "model-length",
)
CALLING = (
    "calls-without-type", "calls-without-index", "fragments", "null-ids", "other-ids",
    "arguments-object",
)  # fmt: skip


@pytest.fixture
def base(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a stand-in that answers in the test's shape."""
    shape = request.getfixturevalue("shape")
    with StrictMistral(text=TEXT, json_text=ARGUMENTS, shape=shape).serve() as url:
        yield url + "/v1"


def openai_client(base: str, mapped: bool, **more: Any) -> Any:
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=base, api_key="any", max_retries=0, **more)
    return installed(client, client._client, mapped)


def installed(client: Any, http: Any, mapped: bool) -> Any:
    """The client, its HTTP client sanitizing; and mapping and restoring, if it should."""
    library = type(http).__mro__[1].__module__.partition(".")[0]
    if library == "openai":
        library = "httpx2" if int(version("openai").split(".")[0]) >= 3 else "httpx"
    ours = importlib.import_module(f"mistral_sanitize.adapters.{library}")
    ours.install(http, **({"completions": "openai", "restore": True} if mapped else {}))
    return client


def told(calls: Any) -> list[tuple[str, Any]]:
    """The names and the arguments of tool calls, of whichever client."""
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


# -- openai ----------------------------------------------------------------------------------------


def ask(client: Any, **more: Any) -> Any:
    return client.chat.completions.create(model=MODEL, messages=MESSAGES, tools=[TOOL], **more)


def loop(client: Any) -> tuple[str, list[tuple[str, str, str]]]:
    """What the usual loop over a stream collects: text, and calls by their index."""
    text = ""
    calls: dict[int, list[str]] = {}
    for chunk in ask(client, stream=True):
        delta = chunk.choices[0].delta
        text += delta.content or ""
        for call in delta.tool_calls or []:
            kept = calls.setdefault(call.index, ["", "", ""])
            kept[0] += call.id or ""
            kept[1] += call.function.name or ""
            kept[2] += call.function.arguments or ""
    return text, [tuple(call) for call in calls.values()]  # type: ignore[misc]


@pytest.mark.parametrize("shape", TALKING)
def test_openai_text(base: str, shape: str) -> None:
    """Whole, in the loop, and in the `.stream()` helper: the text, and the thinking beside it."""
    client = openai_client(base, mapped=True)
    message = ask(client).choices[0].message
    assert message.content == TEXT
    if shape in ("thinking", "thinking-with-text"):
        assert message.reasoning_content == THOUGHTS
    assert loop(client)[0] == TEXT
    if shape == "model-length":
        openai = pytest.importorskip("openai")
        assert isinstance(helped(client), openai.LengthFinishReasonError)  # as of OpenAI's own
        return
    with client.chat.completions.stream(model=MODEL, messages=MESSAGES) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == TEXT
    assert getattr(final.choices[0].message, "reasoning_content", None) == getattr(
        message, "reasoning_content", None
    )
    assert getattr(final.choices[0].message, "extra_content", None) == getattr(
        message, "extra_content", None
    )


@pytest.mark.parametrize("shape", sorted({*TALKING} - {"model-length"}))
def test_openai_text_without(base: str, shape: str) -> None:
    """Without the option the content is a list, and the usual loop raises.

    The `.stream()` helper loses the text that is in a list.
    """
    client = openai_client(base, mapped=False)
    assert ask(client).choices[0].message.content != TEXT
    with pytest.raises(TypeError):
        loop(client)
    if shape == "thinking-with-text":
        assert helped(client) != TEXT


def helped(client: Any) -> Any:
    """What the `.stream()` helper has in the end; its error if it has one."""
    try:
        with client.chat.completions.stream(model=MODEL, messages=MESSAGES) as stream:
            return stream.get_final_completion().choices[0].message.content
    except Exception as error:
        return error


@pytest.mark.parametrize("shape", CALLING)
def test_openai_calls(base: str, shape: str) -> None:
    """Whole, in the loop and in the helper: each call once, by its own name, with its arguments."""
    client = openai_client(base, mapped=True)
    calls = ask(client).choices[0].message.tool_calls
    assert all(call.type == "function" for call in calls)
    assert all(call == ("weather.today", {"place": "Ulm"}) for call in told(calls))
    _, looped = loop(client)
    assert [(name, json.loads(said)) for _, name, said in looped] == told(calls)
    assert all(len(id_) == 9 for id_, _, _ in looped)
    assert len({id_ for id_, _, _ in looped}) == len(looped)
    with client.chat.completions.stream(model=MODEL, messages=MESSAGES, tools=[TOOL]) as stream:
        final = stream.get_final_completion().choices[0].message.tool_calls
    assert told(final) == told(calls)
    assert [call.id for call in final] == [id_ for id_, _, _ in looped]


@pytest.mark.parametrize("shape", ["calls-without-index", "null-ids", "other-ids"])
def test_openai_calls_without(base: str, shape: str) -> None:
    """Without the option the loop joins two calls in one, or one call's id with another text."""
    _, looped = loop(openai_client(base, mapped=False))
    (id_, _, said), *rest = looped
    assert not rest
    assert len(id_) != 9 or said != ARGUMENTS


@pytest.mark.parametrize("shape", ["thinking"])
def test_openai_parse(base: str, shape: str) -> None:
    """`.parse()` of a tool's arguments, and of a completion that reached the limit of length."""
    openai = pytest.importorskip("openai")
    pydantic = pytest.importorskip("pydantic")
    place = pydantic.create_model("Place", place=str)
    tool = openai.pydantic_function_tool(place, name="find")
    client = openai_client(base, mapped=True)
    parsed = client.chat.completions.parse(model=MODEL, messages=MESSAGES, tools=[tool])
    assert parsed.choices[0].message.content == TEXT


@pytest.mark.parametrize("shape", ["calls-without-type", "arguments-object"])
def test_openai_parse_calls(base: str, shape: str) -> None:
    """`.parse()` gives the arguments of a call as an object of the model."""
    openai = pytest.importorskip("openai")
    pydantic = pytest.importorskip("pydantic")
    place = pydantic.create_model("Place", place=str)
    tool = openai.pydantic_function_tool(place, name="find")
    client = openai_client(base, mapped=True)
    parsed = client.chat.completions.parse(model=MODEL, messages=MESSAGES, tools=[tool])
    call = parsed.choices[0].message.tool_calls[0]
    assert call.function.parsed_arguments.place == "Ulm"


@pytest.mark.parametrize("shape", ["signature", "references", "thinking-later"])
def test_openai_sends_it_back(shape: str) -> None:
    """What the SDK sends back as history reaches Mistral as the list that it was."""
    mistral = StrictMistral(text=TEXT, shape=shape)  # type: ignore[arg-type]
    with mistral.serve() as url:
        client = openai_client(url + "/v1", mapped=True)
        message = ask(client).choices[0].message
        again = [*MESSAGES, message.model_dump(exclude_none=True), *MESSAGES]
        client.chat.completions.create(model=MODEL, messages=again)
    sent = mistral.requests[-1].json()["messages"][1]["content"]
    assert sent == SHAPES[shape](Words(TEXT, "f", "{}")).content  # type: ignore[index]


# -- LangChain -------------------------------------------------------------------------------------


def langchain(base: str, mapped: bool) -> Any:
    models = pytest.importorskip("langchain_openai")
    chat = models.ChatOpenAI(
        base_url=base, api_key="any", model=MODEL, max_retries=0, stream_usage=False
    )
    installed(chat, chat.root_client._client, mapped)
    return chat


@pytest.mark.parametrize("shape", TALKING)
def test_langchain_text(base: str, shape: str) -> None:
    """Its message's content is the text, whole and streamed."""
    chat = langchain(base, mapped=True)
    assert chat.invoke("Is it?").content == TEXT
    assert "".join(part.content for part in chat.stream("Is it?")) == TEXT


@pytest.mark.parametrize("shape", CALLING)
def test_langchain_calls(base: str, shape: str) -> None:
    """Its tool calls are valid, each with its arguments, whole and streamed."""
    chat = langchain(base, mapped=True).bind_tools([TOOL])
    whole = chat.invoke("Is it?")
    streamed = None
    for part in chat.stream("Is it?"):
        streamed = part if streamed is None else streamed + part
    for message in (whole, streamed):
        assert message is not None
        assert not message.invalid_tool_calls
        assert {call["name"] for call in message.tool_calls} == {"weather.today"}
        assert all(call["args"] == {"place": "Ulm"} for call in message.tool_calls)
    assert streamed is not None
    assert len(whole.tool_calls) == len(streamed.tool_calls)


@pytest.mark.parametrize("shape", ["null-ids", "other-ids"])
def test_langchain_calls_without(base: str, shape: str) -> None:
    """Without the option the fragments are another call, or the arguments are lost."""
    streamed = None
    for part in langchain(base, mapped=False).bind_tools([TOOL]).stream("Is it?"):
        streamed = part if streamed is None else streamed + part
    assert streamed is not None
    args = [call["args"] for call in streamed.tool_calls]
    assert streamed.invalid_tool_calls or args != [{"place": "Ulm"}]


# -- pydantic-ai -----------------------------------------------------------------------------------


@asynccontextmanager
async def agent(base: str, mapped: bool) -> AsyncIterator[Any]:
    """An agent, and its connections closed at the end."""
    pydantic_ai = pytest.importorskip("pydantic_ai")
    openai = pytest.importorskip("openai")
    models = pytest.importorskip("pydantic_ai.models.openai")
    providers = pytest.importorskip("pydantic_ai.providers.openai")
    async with openai.AsyncOpenAI(base_url=base, api_key="any", max_retries=0) as client:
        installed(client, client._client, mapped)
        provider = providers.OpenAIProvider(openai_client=client)
        yield pydantic_ai.Agent(models.OpenAIChatModel(MODEL, provider=provider), retries=0)


@pytest.mark.parametrize("shape", ["thinking", "signature", "thinking-later"])
def test_pydantic_ai_text(base: str, shape: str) -> None:
    """The text is the output, and the thinking is in a part of its own."""

    async def ask() -> Any:
        async with agent(base, mapped=True) as asked:
            return await asked.run("Is it?")

    result = asyncio.run(ask())
    assert result.output == TEXT
    kinds = [part.part_kind for part in result.all_messages()[-1].parts]
    assert kinds == ["thinking", "text"]


@pytest.mark.parametrize("shape", ["calls-without-type", "arguments-object"])
@pytest.mark.parametrize("streamed", [False, True])
def test_pydantic_ai_calls(base: str, shape: str, streamed: bool) -> None:
    """A call without type reaches the tool; without the option it is an exception."""
    seen = called(base, mapped=True, streamed=streamed)
    assert set(seen) == {"Ulm"}


@pytest.mark.parametrize("shape", ["calls-without-type"])
def test_pydantic_ai_calls_without(base: str, shape: str) -> None:
    """Without the option a call without type is an exception."""
    exceptions = pytest.importorskip("pydantic_ai.exceptions")
    with pytest.raises(exceptions.UnexpectedModelBehavior):
        called(base, mapped=False, streamed=False)


def called(base: str, mapped: bool, streamed: bool) -> list[str]:
    """The places that the agent's tool is asked for, up to the first round's end."""
    seen: list[str] = []

    class Done(Exception):
        """The tool was called: the stand-in would call it for ever."""

    async def ask() -> None:
        async with agent(base, mapped) as asked:

            @asked.tool_plain(name="find")
            def find(place: str) -> str:
                seen.append(place)
                raise Done

            if streamed:
                async with asked.run_stream("Is it?") as run:
                    await run.get_output()
            else:
                await asked.run("Is it?")

    try:
        asyncio.run(ask())
    except Exception:  # a group of them, where it is streamed
        if not seen:
            raise
    return seen


# -- instructor ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["calls-without-type", "null-ids", "arguments-object"])
def test_instructor(base: str, shape: str) -> None:
    """The model that it is asked for is made of the call's arguments."""
    instructor = pytest.importorskip("instructor")
    pydantic = pytest.importorskip("pydantic")
    place = pydantic.create_model("Place", place=(str, ...))
    with openai_client(base, mapped=True) as inner:
        client = instructor.from_openai(inner, mode=instructor.Mode.TOOLS)
        answer = client.chat.completions.create(
            model=MODEL, messages=MESSAGES, response_model=place, tool_choice="auto", max_retries=0
        )
    assert answer.place == "Ulm"
