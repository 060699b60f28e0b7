"""Every client tells the host: which sanitizer its request gets where the caller has named none."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from conformance import Call, Client
from test_clients import Make, make, mistral, over, served, url

from mistral_sanitize import Sanitizer, profiles
from mistral_sanitize.testing import StrictMistral

__all__ = ["make", "mistral", "served", "url"]

PAYLOAD: dict[str, Any] = {
    "model": "mistralai/devstral-2512",
    "messages": [{"role": "user", "content": "Hi"}],
    "provider": {"data_collection": "deny", "zdr": True},
    "presence_penalty": 0.5,
    "seed": 1,
}
BODY = json.dumps(PAYLOAD).encode()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the log says at INFO and above."""
    caplog.set_level(logging.INFO, "mistral_sanitize")
    return caplog


@over()
def test_every_client_tells_the_host(
    make: Make, mistral: StrictMistral, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenRouter's requests keep what they have; other vendors' are not looked at."""
    sent = Call(url, BODY)
    monkeypatch.setattr(profiles, "BY_HOST", (("127.0.0.1", "", profiles.get("openrouter")),))
    make().send(sent)
    assert mistral.requests[-1].body == BODY
    monkeypatch.setattr(profiles, "BY_HOST", ())
    monkeypatch.setattr(profiles, "OTHER_VENDORS", ("127.0.0.1",))
    make().send(sent)
    assert mistral.requests[-1].body == BODY
    monkeypatch.setattr(profiles, "OTHER_VENDORS", ())
    make().send(sent)
    assert "provider" not in mistral.requests[-1].json()


@over()
def test_every_client_warns_of_an_unknown_host(
    make: Make, kind: type[Client], url: str, said: pytest.LogCaptureFixture
) -> None:
    """Once, by default; not where the caller has said what it is."""
    make(sanitizer=Sanitizer()).send(Call(url, BODY))
    assert "known host" not in said.text
    client = make()
    for _ in range(2):
        client.send(Call(url, BODY))
    assert said.text.count("127.0.0.1 is not a known host") == 1
