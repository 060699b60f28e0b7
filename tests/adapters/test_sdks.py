"""SDKs that need no code of ours: the recipes of their guides, through the SDKs themselves."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Iterator
from importlib.metadata import version
from types import ModuleType
from typing import Any

import pytest

from mistral_sanitize import Report, sanitize
from mistral_sanitize.testing import StrictMistral

MODEL = "mistral-small-latest"
MESSAGES: list[Any] = [{"role": "user", "content": "hi", "name": "Ann"}]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[StrictMistral, str]]:
    """A stand-in for Mistral, and its URL."""
    mistral = StrictMistral(json_text='{"name": "Ann"}')
    with mistral.serve() as url:
        yield mistral, url


@pytest.fixture
def mistral(served: tuple[StrictMistral, str]) -> StrictMistral:
    """The stand-in, with nothing received yet."""
    served[0].clear()
    return served[0]


@pytest.fixture
def base(served: tuple[StrictMistral, str]) -> str:
    """Its URL, as the SDKs of OpenAI want it."""
    return served[1] + "/v1"


def httpx_of(sdk: str, first: int) -> tuple[ModuleType, ModuleType]:
    """The HTTP library that an SDK is built on, and our module for it; httpx2 since `first`."""
    name = "httpx2" if int(version(sdk).split(".")[0]) >= first else "httpx"
    return importlib.import_module(name), importlib.import_module(
        f"mistral_sanitize.adapters.{name}"
    )


def last(mistral: StrictMistral) -> Any:
    assert mistral.requests[-1].status == 200
    return mistral.requests[-1].json()


# openai --------------------------------------------------------------------------------------


def test_openai(mistral: StrictMistral, base: str) -> None:
    """Its own client class, for its own timeouts, with our transport."""
    import openai

    _, ours = httpx_of("openai", 3)
    http = openai.DefaultHttpxClient(transport=ours.SanitizeTransport())
    with openai.OpenAI(base_url=base, api_key="key", http_client=http) as client:
        answer = client.chat.completions.create(
            model=MODEL, messages=MESSAGES, seed=1, user="u", logit_bias={}
        )
    assert answer.choices[0].message.content
    assert last(mistral) == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "hi"}],
        "random_seed": 1,
    }


def test_openai_stream_and_retry(mistral: StrictMistral, base: str) -> None:
    """The SDK's retries and streams pass the same way."""
    import openai

    _, ours = httpx_of("openai", 3)
    mistral.fail_next(503)
    with openai.OpenAI(base_url=base, api_key="key", max_retries=1) as client:
        ours.install(client._client)
        parts = client.chat.completions.create(
            model=MODEL, messages=MESSAGES, user="u", stream=True
        )
        assert "".join(part.choices[0].delta.content or "" for part in parts)
    assert [received.status for received in mistral.requests] == [503, 200]
    assert not any("user" in received.json() for received in mistral.requests)


def test_openai_async(mistral: StrictMistral, base: str) -> None:
    """The same for the async client."""
    import openai

    _, ours = httpx_of("openai", 3)

    async def ask() -> Any:
        http = openai.DefaultAsyncHttpxClient(transport=ours.AsyncSanitizeTransport())
        async with openai.AsyncOpenAI(base_url=base, api_key="key", http_client=http) as client:
            return await client.chat.completions.create(model=MODEL, messages=MESSAGES, user="u")

    assert asyncio.run(ask()).choices[0].message.content
    assert "user" not in last(mistral)


def test_openai_embeddings(mistral: StrictMistral, base: str) -> None:
    """Another endpoint, by its path."""
    import openai

    _, ours = httpx_of("openai", 3)
    http = openai.DefaultHttpxClient(transport=ours.SanitizeTransport())
    with openai.OpenAI(base_url=base, api_key="key", http_client=http) as client:
        answer = client.embeddings.create(model="mistral-embed", input=["a"], user="u")
    assert answer.data[0].embedding
    assert "user" not in last(mistral)


def test_openai_cure(base: str) -> None:
    """What an older Mistral refuses is cured behind the SDK's back."""
    import openai

    _, ours = httpx_of("openai", 3)
    older = StrictMistral(profile="2024-09-17")
    transport = ours.SanitizeTransport(retry_refused=True)
    http = openai.DefaultHttpxClient(transport=transport)
    with (
        older.serve() as url,
        openai.OpenAI(base_url=url + "/v1", api_key="key", http_client=http) as client,
    ):
        client.chat.completions.create(model=MODEL, messages=MESSAGES, n=2)
    assert [received.status for received in older.requests] == [422, 200]


# mistralai -----------------------------------------------------------------------------------


def mistral_client(**more: Any) -> Any:
    if int(version("mistralai").split(".")[0]) >= 2:
        from mistralai.client import Mistral
    else:
        from mistralai import Mistral  # type: ignore[attr-defined,no-redef]

    return Mistral(api_key="key", **more)


def test_mistralai(mistral: StrictMistral, base: str) -> None:
    """The clients that the SDK made, which keep its timeouts and its redirects."""
    _, ours = httpx_of("mistralai", 3)
    reports: list[Report] = []
    client = mistral_client(server_url=base.removesuffix("/v1"))
    ours.install(client.sdk_configuration.client, on_report=reports.append)
    ours.install(client.sdk_configuration.async_client, on_report=reports.append)
    messages = [{"role": "user", "content": "hi"}]
    with client:
        penalty = {"presence_penalty": 0.5}
        assert client.chat.complete(model=MODEL, messages=messages, **penalty).choices
        assert "presence_penalty" not in last(mistral)
        # Its stream's URL ends in "#stream", which is no part of the path.
        with client.chat.stream(model=MODEL, messages=messages, **penalty) as events:
            assert [event.data.choices for event in events]
        assert "presence_penalty" not in last(mistral)

        async def ask() -> Any:
            async with client:
                return await client.chat.complete_async(model=MODEL, messages=messages, **penalty)

        assert asyncio.run(ask()).choices
        assert "presence_penalty" not in last(mistral)
    assert len(reports) == 3


def test_mistralai_with_clients_of_ones_own(mistral: StrictMistral, base: str) -> None:
    """Given both, with the redirects that the SDK's own would follow."""
    library, ours = httpx_of("mistralai", 3)
    with library.Client(transport=ours.SanitizeTransport(), follow_redirects=True) as http:
        client = mistral_client(server_url=base.removesuffix("/v1"), client=http)
        messages = [{"role": "user", "content": "hi"}]
        assert client.chat.complete(model=MODEL, messages=messages, presence_penalty=0.5).choices
    assert "presence_penalty" not in last(mistral)


# Those of the full run -----------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_langchain_mistralai(mistral: StrictMistral, base: str) -> None:
    """Its own clients, which have its key and its URL."""
    langchain = pytest.importorskip("langchain_mistralai")
    from mistral_sanitize.adapters.httpx import install

    llm = langchain.ChatMistralAI(
        model=MODEL, endpoint=base, api_key="key", model_kwargs={"user": "u"}
    )
    install(llm.client)
    install(llm.async_client)
    with llm.client:
        assert llm.invoke("hi").content
        assert "user" not in last(mistral)
        assert "".join(part.content for part in llm.stream("hi"))
        assert "user" not in last(mistral)

    async def ask() -> Any:
        async with llm.async_client:
            return await llm.ainvoke("hi")

    assert asyncio.run(ask()).content
    assert "user" not in last(mistral)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_pydantic_ai(mistral: StrictMistral, base: str) -> None:
    """A provider takes a client."""
    pytest.importorskip("pydantic_ai")
    pytest.importorskip("openai")
    import httpx2
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    from mistral_sanitize.adapters.httpx2 import AsyncSanitizeTransport

    async def ask() -> str:
        async with httpx2.AsyncClient(transport=AsyncSanitizeTransport(), timeout=60) as http:
            provider = OpenAIProvider(base_url=base, api_key="key", http_client=http)
            agent = Agent(OpenAIChatModel(MODEL, provider=provider))
            settings: Any = {"logit_bias": {"1": 1}, "openai_user": "u", "seed": 1}
            return str((await agent.run("hi", model_settings=settings)).output)

    if int(version("openai").split(".")[0]) < 3:
        pytest.skip("pydantic-ai's provider for OpenAI needs openai 3 for httpx2")
    assert asyncio.run(ask())
    assert not {"logit_bias", "user", "seed"} & set(last(mistral))


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_pydantic_ai_of_mistral(mistral: StrictMistral, base: str) -> None:
    """Its provider for Mistral."""
    pytest.importorskip("pydantic_ai.models.mistral")
    import httpx2
    from pydantic_ai import Agent
    from pydantic_ai.models.mistral import MistralModel
    from pydantic_ai.providers.mistral import MistralProvider

    from mistral_sanitize.adapters.httpx2 import AsyncSanitizeTransport

    async def ask() -> str:
        async with httpx2.AsyncClient(transport=AsyncSanitizeTransport(), timeout=60) as http:
            root = base.removesuffix("/v1")
            provider = MistralProvider(api_key="key", base_url=root, http_client=http)
            settings: Any = {"presence_penalty": 0.5}
            agent = Agent(MistralModel(MODEL, provider=provider))
            return str((await agent.run("hi", model_settings=settings)).output)

    assert asyncio.run(ask())
    assert "presence_penalty" not in last(mistral)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_instructor(mistral: StrictMistral, base: str) -> None:
    """The client that it patches is the one that sanitizes."""
    instructor = pytest.importorskip("instructor")
    import openai
    from pydantic import BaseModel

    _, ours = httpx_of("openai", 3)

    class Person(BaseModel):
        name: str

    http = openai.DefaultHttpxClient(transport=ours.SanitizeTransport())
    with openai.OpenAI(base_url=base, api_key="key", http_client=http) as inner:
        client = instructor.from_openai(inner)
        person = client.chat.completions.create(
            model=MODEL, messages=MESSAGES, response_model=Person, user="u"
        )
    assert person.name == "Ann"
    assert "user" not in last(mistral)


@pytest.mark.full
def test_curl_cffi(mistral: StrictMistral, base: str) -> None:
    """It has no hook; what it is given is sanitized first."""
    curl = pytest.importorskip("curl_cffi")
    headers = {"Authorization": "Bearer key"}
    payload = {"model": MODEL, "messages": MESSAGES, "user": "u"}
    answer = curl.post(base + "/chat/completions", json=sanitize(payload), headers=headers)
    assert answer.status_code == 200
    assert json.loads(answer.content)["choices"]
    assert "user" not in last(mistral)
