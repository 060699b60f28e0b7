"""Agent frameworks with an HTTP client of ours: the recipes of `docs/guides/agents.md`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import pytest

from mistral_sanitize.testing import StrictMistral

pytestmark = pytest.mark.full
openai = pytest.importorskip("openai")
if int(version("openai").split(".")[0]) >= 3:
    from mistral_sanitize.adapters.httpx2 import AsyncSanitizeTransport, SanitizeTransport
else:
    from mistral_sanitize.adapters.httpx import AsyncSanitizeTransport, SanitizeTransport

MODEL = "mistral-small-latest"
KEY: Any = "key"


def needs(module: str) -> pytest.MarkDecorator:
    """Skips a test, its fixtures included, where a framework is not installed."""
    return pytest.mark.skipif(find_spec(module) is None, reason=f"{module} is not installed")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What the frameworks say of themselves is not ours to judge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def mistral() -> StrictMistral:
    return StrictMistral()


@pytest.fixture
def base(mistral: StrictMistral) -> Iterator[str]:
    with mistral.serve() as url:
        yield f"{url}/v1"


@pytest.fixture(params=[False, True], ids=["plain", "adapted"])
def adapted(request: pytest.FixtureRequest, mistral: StrictMistral) -> Iterator[bool]:
    """Without the transport each is refused, with it each is accepted."""
    yield request.param
    statuses = {received.status for received in mistral.requests}
    assert statuses == ({200} if request.param else {422})


def http(adapted: bool) -> Any:
    return openai.DefaultHttpxClient(**({"transport": SanitizeTransport()} if adapted else {}))


def async_http(adapted: bool) -> Any:
    options = {"transport": AsyncSanitizeTransport()} if adapted else {}
    return openai.DefaultAsyncHttpxClient(**options)


def outcome(adapted: bool, run: Any) -> None:
    """A completion comes; or what the framework makes of a refusal."""
    if adapted:
        assert run()
    else:
        with pytest.raises(Exception, match="422"):
            run()


@needs("agents")
def test_openai_agents(base: str, adapted: bool) -> None:
    agents = pytest.importorskip("agents")
    agents.set_tracing_disabled(True)
    client = openai.AsyncOpenAI(base_url=base, api_key=KEY, max_retries=0,
                                http_client=async_http(adapted))  # fmt: skip
    agents.set_default_openai_client(client, use_for_tracing=False)
    agents.set_default_openai_api("chat_completions")
    settings = agents.ModelSettings(store=False, extra_body={"user": "ada"})
    agent = agents.Agent(name="Helper", instructions="Be brief.", model=MODEL,
                         model_settings=settings)  # fmt: skip
    outcome(adapted, lambda: agents.Runner.run_sync(agent, "Hello").final_output)


@needs("langchain_openai")
def test_langchain(base: str, adapted: bool) -> None:
    chat = pytest.importorskip("langchain_openai").ChatOpenAI
    llm = chat(model=MODEL, base_url=base, api_key=KEY, max_retries=0, seed=7, max_tokens=50,
               use_responses_api=False, http_client=http(adapted),
               http_async_client=async_http(adapted))  # fmt: skip
    outcome(adapted, lambda: llm.invoke("Hello").content)
    outcome(adapted, lambda: list(llm.stream("Hello")))


@needs("llama_index")
def test_llama_index(base: str, adapted: bool) -> None:
    like = pytest.importorskip("llama_index.llms.openai_like").OpenAILike
    llm = like(model=MODEL, api_base=base, api_key=KEY, is_chat_model=True, max_retries=0,
               additional_kwargs={"seed": 1}, http_client=http(adapted),
               async_http_client=async_http(adapted))  # fmt: skip
    outcome(adapted, lambda: str(llm.complete("Hello")))


@needs("smolagents")
def test_smolagents(base: str, adapted: bool) -> None:
    served = pytest.importorskip("smolagents").OpenAIServerModel
    model = served(MODEL, api_base=base, api_key=KEY, seed=1,
                   client_kwargs={"http_client": http(adapted), "max_retries": 0})  # fmt: skip
    asked = [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]
    outcome(adapted, lambda: model(asked).content)
