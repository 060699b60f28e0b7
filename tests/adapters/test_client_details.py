"""What only one library has, and what holds for the modules as such."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mistral_sanitize
from mistral_sanitize import Report, Sanitizer
from mistral_sanitize.testing import StrictMistral

CHAT = "/v1/chat/completions"
KEY = {"Authorization": "Bearer key"}
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "hi"}],
}
DIRTY: dict[str, Any] = {**PAYLOAD, "user": "u1"}
BODY = json.dumps(DIRTY).encode()
ADAPTERS = Path(mistral_sanitize.__file__).parent / "adapters"
HTTPXES = ["httpx", "httpx2"]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[StrictMistral, str]]:
    """A stand-in for Mistral, and its URL."""
    mistral = StrictMistral()
    with mistral.serve() as url:
        yield mistral, url


@pytest.fixture
def mistral(served: tuple[StrictMistral, str]) -> StrictMistral:
    """The stand-in, with nothing received yet."""
    served[0].clear()
    return served[0]


@pytest.fixture
def url(served: tuple[StrictMistral, str]) -> str:
    """Where the stand-in takes chat completions."""
    return served[1] + CHAT


# The modules ---------------------------------------------------------------------------------


def test_httpx_and_httpx2_are_the_same_text() -> None:
    """What is mended in one is mended in the other."""
    one, two = ((ADAPTERS / f"{name}.py").read_text() for name in ("httpx", "httpx2"))
    command = r"sed -E 's/(^|[^_[:alnum:]])httpx\b/\1httpx2/g' httpx.py > httpx2.py"
    assert re.sub(r"(?<![\w])httpx\b", "httpx2", one) == two, f"httpx2.py is generated: {command}"


LIBRARIES = {
    "aiohttp": "aiohttp",
    "httpx": "httpx",
    "httpx2": "httpx2",
    "litellm": "litellm",
    "niquests": "niquests",
    "requests": "requests",
    "tornado": "tornado",
    "urllib3": "urllib3",
}
"""The adapters' modules, each with the library that it imports."""


def imported_by(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["", ".body", ".testing", ".adapters", ".adapters.urllib"])
def test_no_library_is_imported_unasked(module: str) -> None:
    """Not by the package, nor by what needs none."""
    assert not imported_by(f"mistral_sanitize{module}") & set(LIBRARIES.values())


@pytest.mark.parametrize(
    ("module", "others"),
    [
        ("httpx", {"httpx2", "requests", "aiohttp"}),
        ("httpx2", {"httpx", "requests", "aiohttp"}),
        ("requests", {"httpx", "httpx2", "aiohttp"}),
        ("urllib3", {"httpx", "httpx2", "requests", "aiohttp"}),
        ("aiohttp", {"httpx", "httpx2", "requests"}),
    ],
)
def test_an_adapter_imports_its_own_library(module: str, others: set[str]) -> None:
    """And no other: importing httpx first would break `httpx2.alias_httpx()`."""
    assert not imported_by(f"mistral_sanitize.adapters.{module}") & others


# requests ------------------------------------------------------------------------------------


class Sign:
    """A signer for every library: writes down the body that it was given to sign."""

    def __init__(self) -> None:
        self.signed: list[bytes] = []

    def __call__(self, r: Any) -> Any:
        self.signed.append(r.body)
        r.headers["X-Signed"] = str(len(r.body))
        return r


def test_requests_signs_what_is_sent(mistral: StrictMistral, url: str) -> None:
    """Clean first, sign last."""
    import requests

    from mistral_sanitize.adapters.requests import SanitizeAuth

    sign = Sign()
    requests.post(url, json=DIRTY, headers=KEY, auth=SanitizeAuth(sign), timeout=30)
    assert sign.signed == [mistral.requests[-1].body]
    assert mistral.requests[-1].json() == PAYLOAD


def test_requests_takes_a_pair_for_basic_authentication(mistral: StrictMistral, url: str) -> None:
    """As requests itself does."""
    import requests

    from mistral_sanitize.adapters.requests import SanitizeAuth

    requests.post(url, json=DIRTY, auth=SanitizeAuth(("user", "password")), timeout=30)
    received = mistral.requests[-1]
    assert (received.header("authorization") or "").startswith("Basic ")
    assert received.json() == PAYLOAD


def test_requests_sends_with_the_adapter_given(mistral: StrictMistral, url: str) -> None:
    """A retrying adapter inside: the clean body is sent again, a generator's too."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    from mistral_sanitize.adapters.requests import SanitizeAdapter

    retry = Retry(3, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
    inner = HTTPAdapter(max_retries=retry)
    mistral.fail_next(503, 503)
    with requests.Session() as session:
        session.mount("http://127.0.0.1:", SanitizeAdapter(inner))
        answer = session.post(url, data=iter([BODY]), headers=KEY, timeout=30)
    assert answer.status_code == 200
    assert [received.json() for received in mistral.requests] == [PAYLOAD] * 3
    assert answer.request.body == mistral.requests[-1].body


def test_requests_auth_pickles() -> None:
    """With the session that it belongs to."""
    from mistral_sanitize.adapters.requests import SanitizeAuth

    auth = SanitizeAuth(("user", "password"), sanitizer=Sanitizer(drop=()))
    copy = pickle.loads(pickle.dumps(auth))
    assert copy.auth == auth.auth


# httpx and httpx2 ----------------------------------------------------------------------------


def modules(name: str) -> tuple[Any, Any]:
    import importlib

    return importlib.import_module(name), importlib.import_module(
        f"mistral_sanitize.adapters.{name}"
    )


@pytest.mark.parametrize("name", HTTPXES)
def test_httpx_signs_what_is_sent(name: str, mistral: StrictMistral, url: str) -> None:
    """Clean first, sign last."""
    library, ours = modules(name)
    signed: list[bytes] = []

    class Signer(library.Auth):  # type: ignore[misc,name-defined]
        def auth_flow(self, request: Any) -> Iterator[Any]:
            signed.append(request.content)
            yield request

    with library.Client(trust_env=False, auth=ours.SanitizeAuth(Signer())) as client:
        assert client.post(url, json=DIRTY, headers=KEY).status_code == 200
        assert client.get(url.removesuffix(CHAT) + "/v1/models", headers=KEY).status_code == 200
    assert signed == [mistral.requests[0].body, b""]
    assert mistral.requests[0].json() == PAYLOAD


@pytest.mark.parametrize("name", HTTPXES)
def test_httpx_hooks_as_functions(name: str, mistral: StrictMistral, url: str) -> None:
    """The functions are event hooks as they stand."""
    library, ours = modules(name)

    async def send() -> int:
        hooks = {"request": [ours.async_sanitize_request]}
        async with library.AsyncClient(trust_env=False, event_hooks=hooks) as client:
            await client.get(url.removesuffix(CHAT) + "/v1/models", headers=KEY)
            return int((await client.post(url, json=DIRTY, headers=KEY)).status_code)

    hooks = {"request": [ours.sanitize_request]}
    with library.Client(trust_env=False, event_hooks=hooks) as client:
        assert client.post(url, json=DIRTY, headers=KEY).status_code == 200
    assert asyncio.run(send()) == 200


@pytest.mark.parametrize("name", HTTPXES)
def test_installing_twice_is_installing_once(name: str, url: str) -> None:
    """The last options hold, and hooks of others stay."""
    library, ours = modules(name)
    seen: list[int] = []
    first: list[Report] = []
    second: list[Report] = []
    hooks = {"request": [lambda request: seen.append(len(request.content))]}
    with library.Client(trust_env=False, event_hooks=hooks) as client:
        assert ours.install(client, on_report=first.append) is client
        ours.install(client, on_report=second.append)
        answer = client.post(url, json=DIRTY, headers=KEY)
    assert (len(seen), len(first), len(second)) == (1, 0, 1)
    assert json.loads(answer.request.content) == PAYLOAD


@pytest.mark.parametrize("name", HTTPXES)
def test_installing_into_an_async_client(name: str, url: str) -> None:
    """The same for the client whose hooks are awaited."""
    library, ours = modules(name)
    reports: list[Report] = []

    async def send() -> int:
        async with library.AsyncClient(trust_env=False) as client:
            ours.install(ours.install(client), on_report=reports.append)
            return int((await client.post(url, json=DIRTY, headers=KEY)).status_code)

    assert asyncio.run(send()) == 200
    assert len(reports) == 1


@pytest.mark.parametrize("name", HTTPXES)
def test_httpx_sends_with_the_transport_given(name: str) -> None:
    """Any transport, one of the tests' own too; closing goes through."""
    library, ours = modules(name)
    sent: list[bytes] = []

    class Inner(library.BaseTransport):  # type: ignore[misc,name-defined]
        closed = False

        def handle_request(self, request: Any) -> Any:
            sent.append(request.read())
            return library.Response(200)

        def close(self) -> None:
            self.closed = True

    inner = Inner()
    with library.Client(transport=ours.SanitizeTransport(inner)) as client:
        client.post("https://api.mistral.ai" + CHAT, json=DIRTY)
    assert json.loads(sent[0]) == PAYLOAD
    assert inner.closed


@pytest.mark.parametrize("name", HTTPXES)
def test_httpx_reads_a_packed_refusal(name: str) -> None:
    """The answer to read is the one behind its content coding, and comes back in it."""
    library, ours = modules(name)
    refusal = gzip.compress(b'{"detail":[{"type":"extra_forbidden","loc":["body","n"]}]}')
    sent: list[Any] = []

    def refuse(request: Any) -> Any:
        sent.append(json.loads(request.content))
        packed = {"content-encoding": "gzip"}
        return library.Response(422, headers=packed, stream=library.ByteStream(refusal))

    transport = ours.SanitizeTransport(library.MockTransport(refuse), retry_refused=True)
    with library.Client(transport=transport) as client:
        answer = client.post("https://api.mistral.ai" + CHAT, json={**PAYLOAD, "n": 2})
        assert sent == [{**PAYLOAD, "n": 2}, PAYLOAD]
        assert answer.json()["detail"][0]["loc"] == ["body", "n"]
        sent.clear()
        answer = client.post("https://api.mistral.ai" + CHAT, json=PAYLOAD)
        assert sent == [PAYLOAD]
        assert answer.json()["detail"][0]["loc"] == ["body", "n"]


# urllib3 and urllib --------------------------------------------------------------------------


def test_urllib3_leaves_the_callers_headers(mistral: StrictMistral, url: str) -> None:
    """They are a mapping of the caller's, who may use it again."""
    from mistral_sanitize.adapters.urllib3 import SanitizePoolManager

    headers = {**KEY, "Content-MD5": "old"}
    with SanitizePoolManager(headers=headers) as manager:
        assert manager.request("POST", url, body=BODY).status == 200
        assert manager.request("POST", url, body=BODY, headers=headers).status == 200
    assert headers == {**KEY, "Content-MD5": "old"}
    assert mistral.requests[-1].header("content-md5") is None


def test_urllib3_through_a_proxy(mistral: StrictMistral, url: str) -> None:
    """A proxy is asked for the whole URL; a loopback server answers as one."""
    from mistral_sanitize.adapters.urllib3 import SanitizeProxyManager

    with SanitizeProxyManager(url.removesuffix(CHAT)) as manager:
        place = "http://mistral.invalid" + CHAT
        assert manager.request("POST", place, body=BODY, headers=KEY).status == 200
    assert mistral.requests[-1].json() == PAYLOAD


def test_urllib3_retries_what_was_a_stream(mistral: StrictMistral, url: str) -> None:
    """The bytes that it became can be sent again."""
    from urllib3.util import Retry

    from mistral_sanitize.adapters.urllib3 import SanitizePoolManager

    retry = Retry(2, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
    mistral.fail_next(503)
    with SanitizePoolManager() as manager:
        body = io.BytesIO(BODY)
        answer = manager.request("POST", url, body=body, headers=KEY, retries=retry, chunked=True)
    assert answer.status == 200
    assert [received.json() for received in mistral.requests] == [PAYLOAD] * 2


def test_urllib_sends_the_same_request_again(mistral: StrictMistral, url: str) -> None:
    """A Request is changed in place, so that it can be opened twice."""
    import urllib.request

    from mistral_sanitize.adapters.urllib import SanitizeHandler

    no_proxy = urllib.request.ProxyHandler({})
    opener = urllib.request.build_opener(no_proxy, SanitizeHandler())
    request = urllib.request.Request(url, BODY, KEY)
    for _ in range(2):
        opener.open(request, timeout=30).close()
    assert [received.json() for received in mistral.requests] == [PAYLOAD] * 2


# aiohttp -------------------------------------------------------------------------------------


def post_aiohttp(url: str, *middlewares: Any, **more: Any) -> int:
    import aiohttp

    async def send() -> int:
        async with aiohttp.ClientSession(middlewares=middlewares) as session:
            headers = {**KEY, **more.pop("headers", {})}
            async with session.post(url, headers=headers, **more) as response:
                await response.read()
                return response.status

    return asyncio.run(send())


@pytest.mark.parametrize("compress", [True, "gzip", "deflate"])
@pytest.mark.parametrize("payload", [PAYLOAD, DIRTY], ids=["clean", "dirty"])
def test_aiohttp_compresses_after_us(
    mistral: StrictMistral, url: str, compress: Any, payload: Any
) -> None:
    """With `compress=` the header says a coding that the body does not have yet."""
    from mistral_sanitize.adapters.aiohttp import SanitizeClientMiddleware

    assert post_aiohttp(url, SanitizeClientMiddleware(), json=payload, compress=compress) == 200
    received = mistral.requests[-1]
    assert received.header("content-encoding") == ("deflate" if compress is True else compress)
    assert received.json() == PAYLOAD


@pytest.mark.parametrize(
    "more",
    [
        {"data": BODY, "chunked": True},
        {"data": BODY, "headers": {"Transfer-Encoding": "chunked"}},
        {"data": BODY, "headers": {"Content-Length": str(len(BODY))}},
        {"json": DIRTY, "expect100": True},
    ],
    ids=["chunked", "by hand", "length", "expect"],
)
def test_aiohttp_framings(mistral: StrictMistral, url: str, more: Any) -> None:
    """However the caller framed it, the clean body has a length and nothing else."""
    from mistral_sanitize.adapters.aiohttp import SanitizeClientMiddleware

    assert post_aiohttp(url, SanitizeClientMiddleware(), **more) == 200
    received = mistral.requests[-1]
    assert received.json() == PAYLOAD
    assert received.header("content-length") == str(len(received.body))
    assert received.header("transfer-encoding") is None


def test_aiohttp_signs_what_is_sent(mistral: StrictMistral, url: str) -> None:
    """The first middleware is the outermost: clean first, sign last."""
    from mistral_sanitize.adapters.aiohttp import SanitizeClientMiddleware

    signed: list[bytes] = []

    async def sign(request: Any, handler: Any) -> Any:
        signed.append(await request.body.as_bytes())
        return await handler(request)

    assert post_aiohttp(url, SanitizeClientMiddleware(), sign, json=DIRTY) == 200
    assert signed == [mistral.requests[-1].body]


def test_aiohttp_sends_a_large_stream_without_a_warning(mistral: StrictMistral, url: str) -> None:
    """aiohttp warns of large bytes, so large bodies are handed to it as files."""
    from mistral_sanitize.adapters.aiohttp import SanitizeClientMiddleware

    messages = [{"role": "user", "content": "x" * (2 << 20)}]
    body = json.dumps({**DIRTY, "messages": messages}).encode()
    assert post_aiohttp(url, SanitizeClientMiddleware(), data=io.BytesIO(body)) == 200
    assert mistral.requests[-1].json() == {**PAYLOAD, "messages": messages}


# tornado -------------------------------------------------------------------------------------


@pytest.mark.full
def test_tornado_configured(url: str) -> None:
    """`AsyncHTTPClient.configure` hands the options on."""
    pytest.importorskip("tornado")
    from tornado.httpclient import AsyncHTTPClient

    from mistral_sanitize.adapters.tornado import SanitizeAsyncHTTPClient

    reports: list[Report] = []

    async def send() -> int:
        client = AsyncHTTPClient()
        assert isinstance(client, SanitizeAsyncHTTPClient)
        answer = await client.fetch(url, method="POST", headers=KEY, body=BODY)
        client.close()
        return answer.code

    before = AsyncHTTPClient._save_configuration()
    AsyncHTTPClient.configure(SanitizeAsyncHTTPClient, on_report=reports.append)
    try:
        assert asyncio.run(send()) == 200
    finally:
        AsyncHTTPClient._restore_configuration(before)
    assert len(reports) == 1


@pytest.mark.full
def test_tornado_does_not_cure_what_has_been_streamed() -> None:
    """A refusal that went to a `streaming_callback` cannot be taken back."""
    pytest.importorskip("tornado")

    from mistral_sanitize.adapters.tornado import SanitizeAsyncHTTPClient

    parts: list[bytes] = []

    async def send(place: str) -> int:
        client = SanitizeAsyncHTTPClient(force_instance=True, retry_refused=True)
        body = json.dumps({**DIRTY, "n": 2})
        answer = await client.fetch(
            place,
            method="POST",
            headers=KEY,
            body=body,
            raise_error=False,
            streaming_callback=parts.append,
        )
        client.close()
        return answer.code

    mistral = StrictMistral(profile="2024-09-17")
    with mistral.serve() as place:
        assert asyncio.run(send(place + CHAT)) == 422
    assert len(mistral.requests) == 1
    assert parts
