"""What clients and SDKs take: the clean payload and the adapters as they are, without a cast.

For mypy and pyright; nothing here is run.
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import aiohttp
import httpx
import httpx2
import requests
import urllib3
from mistralai.client import Mistral
from mistralai.client.models import ChatCompletionResponse
from openai import AsyncOpenAI, OpenAI
from requests.adapters import BaseAdapter
from typing_extensions import assert_type

from mistral_sanitize import Report, explain, repair_refused, restore, sanitize, sanitize_json
from mistral_sanitize.adapters import aiohttp as our_aiohttp
from mistral_sanitize.adapters import httpx as our_httpx
from mistral_sanitize.adapters import httpx2 as our_httpx2
from mistral_sanitize.adapters import requests as our_requests
from mistral_sanitize.adapters import urllib as our_urllib
from mistral_sanitize.adapters import urllib3 as our_urllib3

URL = "https://api.mistral.ai/v1/chat/completions"
payload: dict[str, Any] = {"model": "mistral-small-latest", "messages": []}


# -- the payload ---------------------------------------------------------------------------------

requests.post(URL, json=sanitize(payload))
requests.post(URL, json=explain(payload).payload, headers={"Authorization": "Bearer key"})
requests.post(URL, data=sanitize_json(b"{}"))
requests.Session().post(URL, json=sanitize(payload))

httpx.post(URL, json=sanitize(payload))
httpx.post(URL, content=sanitize_json(b"{}"))
httpx2.post(URL, json=sanitize(payload))

urllib3.request("POST", URL, json=sanitize(payload))
urllib.request.urlopen(urllib.request.Request(URL, sanitize_json(b"{}")))
urllib.request.urlopen(urllib.request.Request(URL, json.dumps(sanitize(payload)).encode()))


async def with_aiohttp(session: aiohttp.ClientSession) -> None:
    async with session.post(URL, json=sanitize(payload)) as answer:
        assert_type(answer, aiohttp.ClientResponse)


async def with_httpx(client: httpx.AsyncClient) -> None:
    assert_type(await client.post(URL, json=sanitize(payload)), httpx.Response)


def again(answer: requests.Response, report: Report) -> dict[str, Any]:
    """The least repair, and the way back."""
    repaired = repair_refused(report.payload, answer.status_code, answer.content)
    assert repaired is not None
    answer = requests.post(URL, json=repaired.payload)
    body: dict[str, Any] = answer.json()
    return restore(body, report)


# -- the SDKs ------------------------------------------------------------------------------------

openai = OpenAI()
# Of which overload a dict is, no checker can tell: so no `assert_type` of these.
openai.chat.completions.create(**sanitize(payload))
openai.chat.completions.create(
    model="mistral-small-latest", messages=sanitize(payload)["messages"], extra_body=sanitize({})
)


async def with_openai(client: AsyncOpenAI) -> None:
    await client.chat.completions.create(**sanitize(payload))


mistral = Mistral()
assert_type(mistral.chat.complete(**sanitize(payload)), ChatCompletionResponse)


# -- the adapters --------------------------------------------------------------------------------

session = requests.Session()
session.mount("https://", our_requests.SanitizeAdapter(retry_refused=True))
assert_type(our_requests.SanitizeAdapter().adapter, BaseAdapter)

httpx.Client(transport=our_httpx.SanitizeTransport(httpx.HTTPTransport(retries=1)))
httpx.AsyncClient(transport=our_httpx.AsyncSanitizeTransport())
assert_type(our_httpx.SanitizeTransport().transport, httpx.BaseTransport)
assert_type(our_httpx.AsyncSanitizeTransport().transport, httpx.AsyncBaseTransport)
httpx2.Client(transport=our_httpx2.SanitizeTransport())
httpx2.AsyncClient(transport=our_httpx2.AsyncSanitizeTransport())

urllib.request.build_opener(our_urllib.SanitizeHandler())
pool: urllib3.PoolManager = our_urllib3.SanitizePoolManager()


async def with_middleware() -> None:
    """aiohttp's own types take the middleware, a callable object."""
    middlewares = (our_aiohttp.SanitizeClientMiddleware(),)
    async with aiohttp.ClientSession(middlewares=middlewares) as client:
        await with_aiohttp(client)


# OpenAI's SDK runs on httpx2 since version 3.
OpenAI(http_client=httpx2.Client(transport=our_httpx2.SanitizeTransport()))
