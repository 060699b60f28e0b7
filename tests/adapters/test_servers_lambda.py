"""The events of AWS Lambda, as its services make them (the shapes are of AWS's documentation)."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from typing import Any

import pytest

from mistral_sanitize import Report
from mistral_sanitize.adapters.aws_lambda import SanitizeHandler, sanitize_event

CHAT = "/v1/chat/completions"
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "héllo €"}],
}
DIRTY = json.dumps({**PAYLOAD, "user": "u1"}, ensure_ascii=False)


def http_api(body: str, **changes: Any) -> dict[str, Any]:
    """Payload 2.0: an HTTP API, or a function URL."""
    return {
        "version": "2.0",
        "rawPath": CHAT,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "content-length": str(len(body.encode()))},
        "requestContext": {"http": {"method": "POST", "path": CHAT}},
        "body": body,
        "isBase64Encoded": False,
    } | changes


def rest_api(body: str, **changes: Any) -> dict[str, Any]:
    """Payload 1.0: a REST API."""
    length = str(len(body.encode()))
    return {
        "resource": "/{proxy+}",
        "httpMethod": "POST",
        "path": CHAT,
        "headers": {"Content-Type": "application/json", "Content-Length": length, "X-A": "1"},
        "multiValueHeaders": {"Content-Type": ["application/json"], "Content-Length": [length]},
        "requestContext": {"httpMethod": "POST"},
        "body": body,
        "isBase64Encoded": False,
    } | changes


def load_balancer(body: str, **changes: Any) -> dict[str, Any]:
    """A target group with multi-value headers."""
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn"}},
        "httpMethod": "POST",
        "path": CHAT,
        "multiValueHeaders": {"content-type": ["application/json"]},
        "body": body,
        "isBase64Encoded": False,
    } | changes


EVENTS = [http_api, rest_api, load_balancer]


@pytest.mark.parametrize("make", EVENTS)
def test_event_is_cleaned(make: Any) -> None:
    """The body is cleaned, its length right in both maps, the argument unchanged."""
    event = make(DIRTY)
    before = json.dumps(event)
    clean = sanitize_event(event)
    assert json.dumps(event) == before
    assert json.loads(clean["body"]) == PAYLOAD
    assert clean["isBase64Encoded"] is False
    length = str(len(clean["body"].encode()))
    for name in ("headers", "multiValueHeaders"):
        fields = {field.lower(): value for field, value in clean.get(name, {}).items()}
        assert fields.get("content-length", length) in (length, [length])
    assert clean.get("headers", {}).get("X-A") == event.get("headers", {}).get("X-A")


@pytest.mark.parametrize("make", EVENTS)
def test_clean_event_is_the_same(make: Any) -> None:
    """With nothing to change the event is the very argument."""
    event = make(json.dumps(PAYLOAD))
    assert sanitize_event(event) is event


def test_base64_and_gzip() -> None:
    """A binary body stays base64, and in its coding."""
    body = base64.b64encode(gzip.compress(DIRTY.encode())).decode()
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    clean = sanitize_event(http_api(body, headers=headers, isBase64Encoded=True))
    raw = base64.b64decode(clean["body"])
    assert json.loads(gzip.decompress(raw)) == PAYLOAD
    assert clean["headers"]["content-length"] == str(len(raw))


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": [{"eventSource": "aws:sqs", "body": DIRTY}]},
        http_api(DIRTY, rawPath="/other"),
        http_api(DIRTY, requestContext={"http": {"method": "GET"}}),
        rest_api(DIRTY, httpMethod="OPTIONS"),
        rest_api(DIRTY, requestContext=None, path=None),
    ],
)
def test_other_events_pass(event: dict[str, Any]) -> None:
    """What is no request to an endpoint is the very argument."""
    assert sanitize_event(event) is event
    assert SanitizeHandler(lambda got, _context: got)(event, None) is event


def test_handler() -> None:
    """The wrapped handler gets the clean event and the context; reports are made once."""
    reports: list[Report] = []
    handler = SanitizeHandler(lambda *args: args, on_report=reports.append)
    event, context = handler(http_api(DIRTY), "context")
    assert json.loads(event["body"]) == PAYLOAD
    assert context == "context"
    assert len(reports) == 1


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (http_api("{no json"), 400),
        (http_api(""), 400),
        (rest_api("") | {"body": None}, 400),
        (http_api("not base64!", isBase64Encoded=True), 400),
        (http_api(DIRTY + " " * 1000), 413),
    ],
)
def test_handler_refuses(event: dict[str, Any], status: int) -> None:
    """What cannot be read is answered in Mistral's shape, the handler not called."""

    def never(_event: Any, _context: Any) -> Any:
        raise AssertionError

    answer = SanitizeHandler(never, max_body_size=1000)(event, None)
    assert answer["statusCode"] == status
    assert json.loads(answer["body"])["object"] == "error"
    assert sanitize_event(event, max_body_size=1000) is event


@pytest.mark.full
def test_mangum() -> None:
    """Under Mangum the ASGI middleware does the same."""
    mangum = pytest.importorskip("mangum")
    from mistral_sanitize.adapters.asgi import SanitizeMiddleware
    from mistral_sanitize.testing import StrictMistral

    mistral = StrictMistral()
    context: dict[str, Any] = {"http": {"method": "POST", "path": CHAT, "sourceIp": "127.0.0.1"}}
    headers = {"content-type": "application/json", "authorization": "Bearer x"}
    event = http_api(DIRTY, requestContext=context, headers=headers)
    loop = asyncio.new_event_loop()  # Mangum would make one, and never close it
    asyncio.set_event_loop(loop)
    handler = mangum.Mangum(SanitizeMiddleware(mistral), lifespan="off")
    try:
        assert handler(event, None)["statusCode"] == 200
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert mistral.requests[0].json() == PAYLOAD


# -- events that lie ------------------------------------------------------------------------------

ODD: dict[str, dict[str, Any]] = {
    "no headers": {"headers": None},
    "headers that are a list": {"headers": []},
    "a length of numbers": {"headers": {"content-length": 5}},
    "no content type": {"headers": {}},
    "two content types": {"headers": {"Content-Type": "text/html, application/json"}},
    "a shouted header": {"headers": {"CONTENT-TYPE": "APPLICATION/JSON"}},
    "another length": {"headers": {"content-type": "application/json", "content-length": "5"}},
    "a path with a prefix": {"rawPath": "/stage/v1/chat/completions", "path": "/stage" + CHAT},
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("make", [http_api, rest_api])
def test_an_odd_event_is_clean_or_passes(make: Any, odd: str) -> None:
    """No oddity of an event is an exception, and what is ours does not arrive dirty."""
    event = make(DIRTY, **ODD[odd])
    if make is rest_api:
        event.pop("multiValueHeaders", None)
    clean = sanitize_event(event)
    assert json.loads(clean["body"]) == PAYLOAD


@pytest.mark.parametrize("changes", [{"body": None}, {"body": ""}, {"isBase64Encoded": True}])
@pytest.mark.parametrize("make", [http_api, rest_api, load_balancer])
def test_a_body_that_is_not_one_is_refused(make: Any, changes: dict[str, Any]) -> None:
    """No body, an empty one, one that is not in base64: 400, and the handler is not called."""
    called: list[Any] = []
    handler = SanitizeHandler(lambda event, context: called.append(event))
    answer = handler(make(DIRTY) | changes, None)
    assert (answer["statusCode"], called) == (400, [])


@pytest.mark.parametrize("first", ["application/json", "text/html"])
def test_all_values_of_a_header_count(first: str) -> None:
    """A REST API shows the last value alone in one of its two maps, all of them in the other."""
    event = rest_api(DIRTY)
    event["headers"]["Content-Type"] = "text/html"
    event["multiValueHeaders"]["Content-Type"] = [first, "application/json", "text/html"]
    assert json.loads(sanitize_event(event)["body"]) == PAYLOAD
