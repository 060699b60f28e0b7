"""LiteLLM's callback, through LiteLLM."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mistral_sanitize import Report, Sanitizer
from mistral_sanitize.testing import StrictMistral

sys.path.append(str(Path(__file__).parents[2]))  # where a test is run by its path alone
from tests.tools.leaks import SECRET, Overheard, leaked

pytestmark = [
    pytest.mark.full,
    # LiteLLM leaves its clients to the garbage collector.
    pytest.mark.filterwarnings("ignore"),
]

MESSAGES = [{"role": "user", "content": "hi", "name": "Ann"}]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[StrictMistral, str]]:
    """A stand-in for Mistral, and its URL."""
    mistral = StrictMistral()
    with mistral.serve() as url:
        yield mistral, url


@pytest.fixture(scope="module")
def reports() -> Iterator[list[Report]]:
    """The reports of our callback; one for all tests, since LiteLLM forgets no callback."""
    litellm = pytest.importorskip("litellm")
    from mistral_sanitize.adapters.litellm import SanitizeLogger

    reports: list[Report] = []
    litellm.callbacks = [SanitizeLogger(on_report=reports.append)]
    yield reports
    litellm.callbacks = []


@pytest.fixture
def call(served: tuple[StrictMistral, str], reports: list[Report]) -> SimpleNamespace:
    """LiteLLM with our callback, and what to call it with."""
    import litellm

    served[0].clear()
    reports.clear()
    arguments: dict[str, Any] = {
        "model": "mistral/mistral-small-latest",
        "messages": MESSAGES,
        "api_base": served[1] + "/v1",
        "api_key": "key",
    }
    return SimpleNamespace(litellm=litellm, mistral=served[0], arguments=arguments, reports=reports)


def test_what_litellm_passes_on_is_sanitized(call: SimpleNamespace) -> None:
    """A field that LiteLLM does not know reaches Mistral's URL no more."""
    answer = call.litellm.completion(**call.arguments, foo=1, extra_body={"bar": 2})
    assert answer.choices[0].message.content
    assert sorted(call.mistral.requests[-1].json()) == ["messages", "model"]
    (report,) = call.reports
    assert {change.path for change in report.changes} >= {"/foo", "/bar"}


def test_what_litellm_would_refuse_is_repaired(call: SimpleNamespace) -> None:
    """The async functions pass OpenAI's parameters through, for us to repair and to report."""
    arguments = {**call.arguments, "logit_bias": {"1": 1}, "user": "u", "n": 2, "seed": 3}
    answer = asyncio.run(call.litellm.acompletion(**arguments))
    assert answer.choices[0].message.content
    sent = call.mistral.requests[-1].json()
    assert (sent["n"], sent["random_seed"]) == (2, 3)
    assert sorted(sent) == ["messages", "model", "n", "random_seed"]
    assert {"/logit_bias", "/user"} <= {c.path for r in call.reports for c in r.changes}


def test_streaming(call: SimpleNamespace) -> None:
    """A streamed completion is sanitized as any other."""
    parts = call.litellm.completion(**call.arguments, foo=1, stream=True)
    assert "".join(part.choices[0].delta.content or "" for part in parts)
    assert "foo" not in call.mistral.requests[-1].json()


def test_other_providers_are_left_alone(call: SimpleNamespace) -> None:
    """The same path of another provider's is none of ours."""
    arguments = {**call.arguments, "model": "openai/gpt-x", "user": "u", "temperature": 9}
    with pytest.raises(call.litellm.exceptions.BadRequestError):
        call.litellm.completion(**arguments, num_retries=0)
    assert call.mistral.requests[-1].json()["temperature"] == 9
    assert call.reports == []


def test_the_hook_of_a_deployment_is_for_mistral_alone(call: SimpleNamespace) -> None:
    """Another provider's parameters are its own; what is allowed already stays so."""
    from mistral_sanitize.adapters.litellm import SanitizeLogger, sanitizer

    logger = SanitizeLogger(sanitizer=Sanitizer())
    hook = logger.async_pre_call_deployment_hook
    assert asyncio.run(hook({"model": "openai/gpt-x", "user": "u"}, None)) is None
    mistral = {"model": "mistral/mistral-small-latest", "user": "u", "metadata": {}, "seed": 1}
    allowed = asyncio.run(hook({**mistral, "allowed_openai_params": ["n"]}, None))
    assert allowed == {**mistral, "allowed_openai_params": ["n", "user"]}
    assert isinstance(sanitizer, SanitizeLogger)


def test_odd_calls_pass() -> None:
    """What LiteLLM shows of other calls may have no payload, or one of another kind."""
    pytest.importorskip("litellm")
    from mistral_sanitize.adapters.litellm import SanitizeLogger

    logger = SanitizeLogger()
    for call in (
        {},
        {"custom_llm_provider": "mistral"},
        {"custom_llm_provider": "mistral", "additional_args": {"complete_input_dict": "x"}},
        *(
            {
                "custom_llm_provider": provider,
                "additional_args": {"complete_input_dict": {"a": 1}, "api_base": base},
            }
            for provider, base in (
                ("mistral", b"https://api.mistral.ai/v1/chat/completions"),
                ("mistral", 5),
                ("mistral", "https://api.mistral.ai/v1/ocr"),
                ("mistral", "https://api.openai.com/v1/chat/completions"),
                (None, "https://api.mistral.ai/v1/chat/completions"),
            )
        ),
        {"custom_llm_provider": "mistral", "additional_args": {"complete_input_dict": {"a": 1}}},
    ):
        logger.log_pre_api_call("model", [], call)
        payload = call.get("additional_args", {}).get("complete_input_dict")
        assert payload in (None, "x", {"a": 1})
    assert call["additional_args"] == {"complete_input_dict": {"a": 1}}


def test_odd_payloads_are_edited_in_place() -> None:
    """LiteLLM sends the very object: whatever is in it, that is what is clean."""
    pytest.importorskip("litellm")
    from mistral_sanitize.adapters.litellm import SanitizeLogger

    class Raising(Exception):
        pass

    def stop(report: Report) -> None:
        raise Raising

    base = "https://api.mistral.ai/v1/chat/completions"
    for messages in ([], None, "text", [None], [[]], [{"role": "user", "content": {"a": [1]}}]):
        payload: dict[str, Any] = {"model": "m", "messages": messages, "user": "u", "n": None}
        call = {
            "custom_llm_provider": "mistral",
            "additional_args": {"complete_input_dict": payload, "api_base": base},
        }
        with pytest.raises(Raising):
            SanitizeLogger(on_report=stop).log_pre_api_call("m", [], call)
        assert payload["user"] == "u"
        SanitizeLogger().log_pre_api_call("m", [], call)
        assert call["additional_args"]["complete_input_dict"] is payload  # type: ignore[index]
        assert "user" not in payload


def test_nothing_leaks(call: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    """What is logged and reported of a call has none of its values, keys or headers; what LiteLLM
    itself logs at DEBUG is its own.
    """
    secrets = {"user": SECRET, "metadata": {"a": SECRET}, "extra_body": {"bar": SECRET}}
    call.arguments |= {"api_key": SECRET, "extra_headers": {"x-api-key": SECRET}, **secrets}
    overheard = Overheard()
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        caplog.set_level(logging.INFO, name)
    with overheard.listening():
        for content in (SECRET, [{"type": "text", "text": SECRET, "cache_control": SECRET}]):
            said = [{"role": "user", "content": content, "name": SECRET}]
            call.litellm.completion(**{**call.arguments, "messages": said}, foo=SECRET)
        overheard.see(*call.reports, *call.litellm.callbacks)
    assert any("sanitized /v1/chat/completions" in said for said in overheard.said)
    assert leaked(overheard.text) is None
