"""The typed bodies of `adapters.fastapi`, in real routes."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from mistral_sanitize import Report, Sanitizer, sanitize
from mistral_sanitize.adapters.fastapi import Sanitized, SanitizedBody
from mistral_sanitize.models import ChatCompletionRequest, EmbeddingRequest

fastapi = pytest.importorskip("fastapi")
httpx = pytest.importorskip("httpx")

PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "hi"}],
}
DIRTY = {**PAYLOAD, "user": "u1", "messages": [{"role": "user", "content": "hi", "name": "n"}]}


def post(app: Any, path: str, **options: Any) -> Any:
    async def send() -> Any:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(path, **options)

    return asyncio.run(send())


@pytest.fixture
def reports() -> list[Report]:
    """What `on_report` was called with."""
    return []


@pytest.fixture
def app(reports: list[Report]) -> Any:
    """An application with a typed route, and one with options."""
    app = fastapi.FastAPI()
    body = SanitizedBody(sanitizer=Sanitizer(drop=()), on_report=reports.append)

    async def chat(body: ChatCompletionRequest) -> Any:
        return body.model_dump(mode="json", exclude_unset=True, by_alias=True)

    chat.__annotations__["body"] = Sanitized[ChatCompletionRequest]
    app.add_api_route("/chat", chat, methods=["POST"])

    async def reported(body: ChatCompletionRequest) -> Any:
        return body.model_dump(mode="json", exclude_unset=True, by_alias=True)

    reported.__annotations__["body"] = Annotated[ChatCompletionRequest, body]
    app.add_api_route("/reported", reported, methods=["POST"])
    return app


def test_route_gets_the_clean_request(app: Any) -> None:
    """What the client sent dirty the route has clean, and typed."""
    answer = post(app, "/chat", json=DIRTY)
    assert answer.status_code == 200
    assert answer.json() == sanitize(DIRTY) == PAYLOAD


def test_what_cannot_be_repaired_is_422(app: Any) -> None:
    """FastAPI's own answer has the shape of Mistral's."""
    answer = post(app, "/chat", json={"model": "mistral-small-latest"})
    assert answer.status_code == 422
    (entry,) = answer.json()["detail"]
    assert (entry["type"], entry["loc"]) == ("missing", ["body", "messages"])


@pytest.mark.parametrize("body", [b"{no json", b"[]", b""])
def test_no_object_is_422(app: Any, body: bytes) -> None:
    """What is no JSON object is FastAPI's to answer."""
    answer = post(app, "/chat", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], list)


def test_options(app: Any, reports: list[Report]) -> None:
    """A sanitizer of one's own decides, and `on_report` hears of each change once."""
    payload = {**PAYLOAD, "presence_penalty": 0.5}
    assert post(app, "/reported", json=payload).json() == payload
    assert reports == []
    post(app, "/reported", json={**payload, "user": "u"})
    assert [str(change.path) for report in reports for change in report.changes] == ["/user"]


def test_schema_is_the_models(app: Any) -> None:
    """The route's OpenAPI schema is that of the model."""
    schema = app.openapi()["paths"]["/chat"]["post"]["requestBody"]["content"]
    assert schema["application/json"]["schema"]["$ref"].endswith("/ChatCompletionRequest")


def test_endpoint_follows_from_the_model() -> None:
    """An embedding request is cleaned as one; so is a model that extends ours."""

    class Extended(EmbeddingRequest):
        pass

    payload = {"model": "mistral-embed", "input": ["a"], "messages": []}
    for model in (EmbeddingRequest, Extended):
        found: Any = TypeAdapter(Annotated[model, SanitizedBody()]).validate_python(payload)
        assert found.model_dump(exclude_unset=True) == {"model": "mistral-embed", "input": ["a"]}


def test_model_of_ones_own() -> None:
    """For a model that is none of ours the sanitizer says which request it is."""

    class Own(BaseModel):
        model: str
        input: list[str]

    body = SanitizedBody(sanitizer=Sanitizer(endpoint="/v1/embeddings"))
    payload = {"model": "mistral-embed", "input": ["a"], "user": "u"}
    assert TypeAdapter(Annotated[Own, body]).validate_python(payload).input == ["a"]
    with pytest.raises(ValidationError):
        TypeAdapter(Annotated[Own, SanitizedBody()]).validate_python(payload)
