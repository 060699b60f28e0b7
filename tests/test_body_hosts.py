"""By the URL: which sanitizer a request gets where the caller has named none, and what is said."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_sanitize import Sanitizer, profiles
from mistral_sanitize.body import AdapterOptions, applies

CHAT = "/v1/chat/completions"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the log says at INFO and above."""
    caplog.set_level(logging.INFO, "mistral_sanitize")
    return caplog


AZURE = "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview"
VERTEX = (
    "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/"
    "publishers/mistralai/models/{}"
)


@pytest.mark.parametrize(
    ("url", "profile"),
    [
        ("https://api.mistral.ai/v1/chat/completions", "2026-08-13"),
        ("https://API.mistral.ai:443/v1/chat/completions?x=1", "2026-08-13"),
        ("https://codestral.mistral.ai/v1/fim/completions", "2026-08-13"),
        ("https://openrouter.ai/api/v1/chat/completions", "openrouter-2026-11"),
        ("https://x.eastus2.models.ai.azure.com/v1/chat/completions", "azure-2026-11-01"),
        (AZURE, "azure-2026-11-01"),
        (VERTEX.format("mistral-medium-3:rawPredict"), "vertex-2026-11-01"),
        (VERTEX.format("codestral-2508:streamRawPredict"), "vertex-2026-11-01"),
        ("https://bedrock-mantle.eu-west-1.api.aws/v1/chat/completions", "chat-template-2026-11"),
        ("http://localhost:8000/v1/chat/completions", "2026-08-13"),
        ("https://api.mistral.ai.example.com/v1/chat/completions", "2026-08-13"),
        ("https://api.openai.com/v1/chat/completions", None),
        ("https://r.openai.azure.com/openai/v1/chat/completions", None),
        ("https://api.x.ai/v1/chat/completions", None),
        (VERTEX.replace("mistralai", "google").format("gemini:rawPredict"), None),
        (VERTEX.format("mistral-medium-3:countTokens"), None),
    ],
)
def test_the_host_says_which_profile(url: str, profile: str | None) -> None:
    """The table's hosts, other vendors' (none), and the unknown, which are Mistral's."""
    exchange = AdapterOptions().exchange("POST", url, "application/json")
    assert (exchange and exchange.sanitizer.profile.name) == profile


def test_a_sanitizer_of_the_callers_wins(said: pytest.LogCaptureFixture) -> None:
    """On any host, another vendor's too; and there is nothing to say."""
    mine = Sanitizer(profile="vllm")
    options = AdapterOptions(sanitizer=mine)
    for host in ("api.mistral.ai", "api.openai.com", "openrouter.ai", "localhost:8000"):
        exchange = options.exchange("POST", f"https://{host}{CHAT}")
        assert exchange is not None
        assert exchange.sanitizer is mine
    assert said.messages == []


def test_a_path_alone_is_for_mistral(said: pytest.LogCaptureFixture) -> None:
    """What a server is asked for names no host, not even where it looks like it."""
    for path in (CHAT, "//api.openai.com" + CHAT, "/proxy/https://api.openai.com" + CHAT):
        exchange = AdapterOptions().exchange("POST", path)
        assert exchange is not None
        assert exchange.sanitizer.profile is profiles.LATEST
    assert AdapterOptions().exchange("POST", "/v1/responses") is None
    assert said.messages == []


def test_an_unknown_host_is_named_once(said: pytest.LogCaptureFixture) -> None:
    """At WARNING, with how to choose a profile; user, password and port are nobody's business."""
    for _ in range(2):
        AdapterOptions().exchange("POST", "http://me:secret@LocalHost:8000" + CHAT)
        AdapterOptions().exchange("POST", "http://localhost:11434" + CHAT)
        AdapterOptions().exchange("POST", "http://[::1]:8000" + CHAT)
    assert [record.levelname for record in said.records] == ["WARNING"] * 2
    assert said.messages[0].startswith("localhost is not a known host")
    assert "sanitizer=Sanitizer(profile='vllm')" in said.messages[0]
    assert said.messages[1].startswith("::1 is not a known host")
    assert "secret" not in said.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/completions", "Use /v1/chat/completions, or /v1/fim/completions"),
        ("/v1/responses", "Use /v1/chat/completions"),
        ("/v1/messages", "Use /v1/chat/completions"),
        ("/v1/images/generations", "image_generation"),
        ("/v1/images/edits", "image_generation"),
        ("/v1/images/variations", "image_generation"),
    ],
)
def test_a_path_that_mistral_lacks_is_named_once(
    path: str, words: str, said: pytest.LogCaptureFixture
) -> None:
    """It passes untouched, and what to use instead is said; of a host that is known to lack it."""
    for _ in range(2):
        assert AdapterOptions().exchange("POST", f"https://api.mistral.ai{path}/?a=b") is None
    (record,) = said.records
    assert (record.levelname, words in record.getMessage()) == ("WARNING", True)
    assert f"api.mistral.ai does not serve {path}: " in record.getMessage()
    said.clear()
    for method, host in (
        ("GET", "api.mistral.ai"),
        ("POST", "api.openai.com"),
        ("POST", "openrouter.ai"),
        ("POST", "localhost:8000"),
    ):
        assert AdapterOptions().exchange(method, f"https://{host}{path}") is None
    assert AdapterOptions().exchange("POST", "https://api.mistral.ai/v1/files") is None
    assert said.messages == []


def test_the_body_tells_a_chat_from_a_gap_to_fill() -> None:
    """Vertex has one path for both."""
    url = VERTEX.format("codestral-2508:rawPredict")
    exchange = AdapterOptions().exchange("POST", url)
    assert exchange is not None
    gap = {"model": "codestral-2508", "prompt": "a", "suffix": "b"}
    assert exchange.clean(json.dumps(gap).encode()).report is None
    assert exchange.explain({**gap, "user": "u"}).payload == gap
    chat = {"model": "mistral-medium-3", "messages": [{"role": "user", "content": "Hi"}]}
    assert exchange.explain({**chat, "suffix": "b", "safe_prompt": True}).payload == chat


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/models/chat/completions", CHAT),
        ("/a/models/chat/completions/?x=y", CHAT),
        ("/xmodels/chat/completions", None),
        ("/models/embeddings", None),
        ("/v1/publishers/mistralai/models/m:rawPredict", CHAT),
        ("/v1/publishers/mistralai/models/m:rawPredict/", CHAT),
        ("/v1/publishers/mistralai/models/m:rawPredictor", None),
        ("/v1/publishers/mistralai/models/m/n:rawPredict", None),
        ("/v1/publishers/meta/models/m:rawPredict", None),
    ],
)
def test_paths_of_other_hosts(path: str, endpoint: str | None) -> None:
    """Azure's and Vertex's are ours wherever they are asked for."""
    assert applies("POST", path) == endpoint
    assert applies("GET", path) is None


@given(
    st.sampled_from(("", "http://", "https://u:p@", "http://[", "//", "ws://")),
    st.text(max_size=30) | st.sampled_from(("api.mistral.ai", "[::1]:1", "api.openai.com:99")),
    st.sampled_from((CHAT, "/v1/responses", "/models/chat/completions", "")),
)
def test_any_url_has_an_answer(scheme: str, host: str, path: str) -> None:
    """Odd ones too: an exchange, or none."""
    exchange = AdapterOptions().exchange("POST", scheme + host + path)
    assert exchange is None or exchange.endpoint == CHAT
