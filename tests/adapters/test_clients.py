"""Every client adapter, through its real library, against a loopback server that is as strict."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import pickle
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from conformance import CLIENTS, FORMS, JSON, Call, Client, Form

from mistral_sanitize import Report, Sanitizer, check
from mistral_sanitize.testing import Received, StrictMistral

CHAT = "/v1/chat/completions"
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "héllo €"}],
}
# Spaces that no encoder of ours would write: bytes that pass must pass as they are.
CLEAN = json.dumps(PAYLOAD, indent=1, ensure_ascii=False).encode()
DIRTY = json.dumps({**PAYLOAD, "user": "u1", "logit_bias": {}}, ensure_ascii=False).encode()

PAUSE = 0.05
Make = Callable[..., Client]


def over(case: str = "", forms: Sequence[Form] = ()) -> pytest.MarkDecorator:
    """Run a test with each library that can be put to the case, and with each form of body."""
    rows = []
    for kind in CLIENTS:
        marks = [pytest.mark.full] if kind.FULL else []
        if case in kind.LACKS or (case == "pickle" and not kind.PICKLES):
            continue
        rows += [
            pytest.param(kind, form, marks=marks, id=f"{kind.NAME}-{form}")
            for form in forms
            if f"form:{form}" not in kind.LACKS
        ]
        if not forms:
            rows.append(pytest.param(kind, marks=marks, id=kind.NAME))
    return pytest.mark.parametrize(("kind", "form") if forms else "kind", rows)


@pytest.fixture
def make(kind: type[Client]) -> Iterator[Make]:
    """A client of the library, closed at the end."""
    with contextlib.ExitStack() as stack:

        def make(adapted: bool = True, **options: Any) -> Client:
            client = kind(adapted, **options)
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[StrictMistral, str]]:
    """A stand-in for Mistral, and its URL."""
    mistral = StrictMistral(pause=PAUSE)
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


def assert_framed(received: Received) -> None:
    """The length said is the length sent, and nothing else is said of it."""
    assert received.header("content-length") == str(len(received.body))
    assert received.header("transfer-encoding") is None


@over()
def test_refused_without_and_taken_with(make: Make, mistral: StrictMistral, url: str) -> None:
    """Mistral refuses the body from the plain client, and takes it from the adapted one."""
    assert make(adapted=False).send(Call(url, DIRTY)).status == 422
    answer = make().send(Call(url, DIRTY))
    assert answer.status == 200
    assert json.loads(answer.body)["object"] == "chat.completion"
    assert mistral.requests[-1].json() == PAYLOAD
    assert_framed(mistral.requests[-1])


@over(forms=FORMS)
def test_every_form_of_body_is_sanitized(
    make: Make, kind: type[Client], mistral: StrictMistral, url: str, form: Form
) -> None:
    """Bytes, text, the library's own JSON, a generator and a file all arrive clean, and framed."""
    assert make().send(Call(url, DIRTY, form)).status == 200
    assert mistral.requests[-1].json() == PAYLOAD
    assert_framed(mistral.requests[-1])


@over(forms=("bytes", "str", "chunks", "file"))
def test_a_clean_body_is_the_same_to_the_byte(
    make: Make, kind: type[Client], mistral: StrictMistral, url: str, form: Form
) -> None:
    """Nothing to change: the bytes arrive as given, their digest with them."""
    headers = {**JSON, "Content-MD5": "of-the-body"}
    assert make().send(Call(url, CLEAN, form, headers=headers)).status == 200
    assert mistral.requests[-1].body == CLEAN
    assert mistral.requests[-1].header("content-md5") == "of-the-body"


@over()
def test_digests_of_the_old_body_are_gone(make: Make, mistral: StrictMistral, url: str) -> None:
    """A header that is a digest of the body does not outlive it."""
    headers = {**JSON, "Content-MD5": "old", "Digest": "old", "Content-Digest": "old"}
    assert make().send(Call(url, DIRTY, headers=headers)).status == 200
    received = mistral.requests[-1]
    assert [received.header(n) for n in ("content-md5", "digest", "content-digest")] == [None] * 3


@pytest.mark.parametrize(
    ("coding", "apply", "undo"),
    [("gzip", gzip.compress, gzip.decompress), ("deflate", zlib.compress, zlib.decompress)],
    ids=["gzip", "deflate"],
)
@over(forms=("bytes", "chunks"))
def test_a_coded_body_stays_coded(
    make: Make,
    kind: type[Client],
    mistral: StrictMistral,
    url: str,
    coding: str,
    apply: Callable[[bytes], bytes],
    undo: Callable[[bytes], bytes],
    form: Form,
) -> None:
    """A gzip or deflate body is sanitized inside its coding; a clean one is not even repacked."""
    client = make()
    headers = {**JSON, "Content-Encoding": coding}
    assert client.send(Call(url, apply(DIRTY), form, headers=headers)).status == 200
    received = mistral.requests[-1]
    assert received.header("content-encoding") == coding
    assert json.loads(undo(received.body)) == PAYLOAD
    assert_framed(received)
    packed = apply(CLEAN)
    assert client.send(Call(url, packed, form, headers=headers)).status == 200
    assert mistral.requests[-1].body == packed


@over()
def test_no_content_type_is_json(make: Make, mistral: StrictMistral, url: str) -> None:
    """Without a content type, or with the one that the library puts, a body is looked at."""
    assert make().send(Call(url, DIRTY, headers={})).status == 200
    assert mistral.requests[-1].json() == PAYLOAD


@over()
@pytest.mark.parametrize(
    ("method", "path", "content_type"),
    [
        ("POST", "/v1/files", "application/json"),
        ("POST", "/v1/chat/completions/x", "application/json"),
        ("PUT", CHAT, "application/json"),
        ("PATCH", CHAT, "application/json"),
        ("POST", CHAT, "multipart/form-data; boundary=x"),
        ("POST", CHAT, "application/xml"),
    ],
)
def test_all_else_passes_untouched(
    make: Make, mistral: StrictMistral, url: str, method: str, path: str, content_type: str
) -> None:
    """Other paths, methods and content types are none of ours."""
    place = url.removesuffix(CHAT) + path
    make().send(Call(place, DIRTY, method=method, headers={"Content-Type": content_type}))
    assert mistral.requests[-1].body == DIRTY


@over()
def test_a_get_passes(make: Make, url: str) -> None:
    """What has no body is sent as it is."""
    place = url.removesuffix(CHAT) + "/v1/models"
    assert make().send(Call(place, method="GET", headers={})).status == 200


@over()
@pytest.mark.parametrize("place", ["/proxy/v1/chat/completions", CHAT + "/", CHAT + "?a=b&c"])
def test_the_end_of_the_path_decides(
    make: Make, mistral: StrictMistral, url: str, place: str
) -> None:
    """A prefix, a query and a slash at the end make no difference."""
    make().send(Call(url.removesuffix(CHAT) + place, DIRTY))
    assert mistral.requests[-1].json() == PAYLOAD


@over()
def test_each_endpoint_has_its_own_fields(make: Make, mistral: StrictMistral, url: str) -> None:
    """The path says which request it is, whatever the sanitizer was made for."""
    body = json.dumps({"model": "mistral-embed", "input": ["a"], "user": "u1"}).encode()
    assert make().send(Call(url.removesuffix(CHAT) + "/v1/embeddings", body)).status == 200
    assert mistral.requests[-1].json() == {"model": "mistral-embed", "input": ["a"]}


@over()
@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff\xfe{", b'{"a":1} x'])
def test_what_cannot_be_read_is_sent_as_it_is(
    make: Make, mistral: StrictMistral, url: str, body: bytes
) -> None:
    """An odd body reaches Mistral, who says what is wrong with it."""
    make().send(Call(url, body))
    assert mistral.requests[-1].body == body


@over()
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "compress"])
def test_a_coding_that_is_a_lie_is_sent_as_it_is(
    make: Make, kind: type[Client], mistral: StrictMistral, url: str, coding: str
) -> None:
    """A body that is not in its coding, or in one that nobody knows, stays as it is."""
    make().send(Call(url, DIRTY, headers={**JSON, "Content-Encoding": coding}))
    assert mistral.requests[-1].body == DIRTY


@over()
def test_twenty_megabytes(make: Make, mistral: StrictMistral, url: str) -> None:
    """A body of 20 MB is sanitized as a small one is."""
    messages = [{"role": "user", "content": "x" * (20 << 20)}]
    body = json.dumps({**PAYLOAD, "messages": messages, "user": "u1"}).encode()
    assert make().send(Call(url, body)).status == 200
    received = mistral.requests[-1]
    assert_framed(received)
    assert received.json() == {**PAYLOAD, "messages": messages}


@over()
def test_concurrent_requests_do_not_mix(make: Make, mistral: StrictMistral, url: str) -> None:
    """Twenty at once through one client: each arrives clean, and each once."""
    names = [f"content {i}" for i in range(20)]
    payloads = [{**PAYLOAD, "messages": [{"role": "user", "content": n}]} for n in names]
    calls = [Call(url, json.dumps({**p, "user": "u1"}).encode()) for p in payloads]
    assert [answer.status for answer in make().send_many(calls)] == [200] * 20
    contents = [received.json()["messages"][0]["content"] for received in mistral.requests]
    assert sorted(contents) == sorted(names)
    assert not any("user" in received.json() for received in mistral.requests)


@over()
@pytest.mark.parametrize("retry_refused", [False, True])
def test_events_are_not_held_back(make: Make, url: str, retry_refused: bool) -> None:
    """The first event of a stream is there long before the last."""
    body = json.dumps({**PAYLOAD, "stream": True, "user": "u1"}).encode()
    times = make(retry_refused=retry_refused).arrivals(Call(url, body))
    assert times[-1] - times[0] > 2 * PAUSE


@over()
def test_on_report_is_called_once(make: Make, url: str) -> None:
    """One report for each request that changed, none for the others."""
    reports: list[Report] = []
    client = make(on_report=reports.append)
    client.send(Call(url, CLEAN))
    client.send(Call(url, b"{"))
    assert reports == []
    client.send(Call(url, DIRTY))
    assert [[c.path for c in report.changes] for report in reports] == [["/user", "/logit_bias"]]


@over()
def test_changes_are_logged_without_values(
    make: Make, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names rules and places, and quotes nothing."""
    with caplog.at_level(logging.INFO, "mistral_sanitize"):
        client = make()
        client.send(Call(url, DIRTY))
        client.send(Call(url, DIRTY))
    said = [r for r in caplog.records if "/user [unknown-key]" in r.getMessage()]
    assert [record.levelname for record in said] == ["WARNING", "INFO"]
    assert "u1" not in caplog.text


@over()
def test_the_options_are_the_sanitizers(make: Make, mistral: StrictMistral, url: str) -> None:
    """`sanitizer=` says what is done."""
    body = json.dumps({**PAYLOAD, "presence_penalty": 0.5, "user": "u1"}).encode()
    client = make(sanitizer=Sanitizer(drop=()))
    assert client.send(Call(url, body)).status == 200
    assert mistral.requests[-1].json() == {**PAYLOAD, "presence_penalty": 0.5}


@over("pickle")
def test_pickling(kind: type[Client], make: Make, url: str) -> None:
    """What the library pickles works the same afterwards, with our adapter in it."""
    client = make()
    pickled = client.pickled()
    session = pickle.loads(pickle.dumps(pickled))
    answer = session.post(url, data=DIRTY, headers={"Authorization": "Bearer key"}, timeout=30)
    session.close()
    assert answer.status_code == 200


# Sent again ----------------------------------------------------------------------------------


class Other(BaseHTTPRequestHandler):
    """A server that is not as `StrictMistral` is; `bodies` has what it got."""

    bodies: list[bytes]

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        status, headers, content = self.reply(self.bodies[-1])
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def reply(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        raise NotImplementedError

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Redirecting(Other):
    """Sends a request on to another path of its own, with 307, where a strict one answers it."""

    def reply(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.path != CHAT:
            return 307, {"location": CHAT}, b""
        return 422 if check(json.loads(body)) else 200, {}, b""


class Grudging(Other):
    """Refuses the third field, whatever it is."""

    def reply(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        field = [*json.loads(body)][2]
        detail = {"type": "extra_forbidden", "loc": ["body", field], "msg": "Extra inputs"}
        return 422, JSON, json.dumps({"detail": [detail]}).encode()


@contextlib.contextmanager
def serving(kind: type[Other]) -> Iterator[tuple[str, list[bytes]]]:
    bodies: list[bytes] = []
    handler = type("Handler", (kind,), {"bodies": bodies})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/other{CHAT}", bodies
        server.shutdown()
        thread.join()


@over("redirect", ("bytes", "json", "chunks"))
def test_a_redirect_sends_the_clean_body_again(make: Make, kind: type[Client], form: Form) -> None:
    """Both hops get the same clean body, and one report tells of it."""
    reports: list[Report] = []
    with serving(Redirecting) as (place, bodies):
        answer = make(on_report=reports.append).send(Call(place, DIRTY, form))
    assert answer.status == 200
    assert bodies[0] == bodies[1]
    assert json.loads(bodies[0]) == PAYLOAD
    assert len(reports) == 1


@over()
def test_a_second_try_is_as_clean(make: Make, mistral: StrictMistral, url: str) -> None:
    """After a 503 the same call is sent again, to the same effect."""
    client = make()
    mistral.fail_next(503)
    assert [client.send(Call(url, DIRTY)).status for _ in range(2)] == [503, 200]
    assert [received.json() for received in mistral.requests] == [PAYLOAD] * 2


# What Mistral refuses all the same -----------------------------------------------------------

# `n` is in the schema since 2024-11-07: fine by the latest profile, refused by an older Mistral.
NEWER = json.dumps({**PAYLOAD, "n": 2, "user": "u1"}).encode()


@pytest.fixture(scope="module")
def older() -> Iterator[tuple[StrictMistral, str]]:
    """A Mistral that knows less than our profile does."""
    mistral = StrictMistral(profile="2024-09-17")
    with mistral.serve() as url:
        yield mistral, url + CHAT


@over("cure", ("bytes", "json", "chunks"))
def test_a_refusal_is_cured_when_asked(
    make: Make, kind: type[Client], older: tuple[StrictMistral, str], form: Form
) -> None:
    """With `retry_refused` the cured request is sent once more, and each change is reported."""
    mistral, url = older
    mistral.clear()
    reports: list[Report] = []
    client = make(retry_refused=True, on_report=reports.append)
    assert client.send(Call(url, NEWER, form)).status == 200
    assert [received.status for received in mistral.requests] == [422, 200]
    assert mistral.requests[-1].json() == PAYLOAD
    assert_framed(mistral.requests[-1])
    assert [[change.path for change in report.changes] for report in reports] == [["/user"], ["/n"]]


@over()
def test_a_refusal_is_the_callers_by_default(make: Make, older: tuple[StrictMistral, str]) -> None:
    """Without `retry_refused` the refusal comes back, whole."""
    mistral, url = older
    mistral.clear()
    answer = make().send(Call(url, NEWER))
    assert answer.status == 422
    assert json.loads(answer.body)["detail"][0]["loc"] == ["body", "n"]
    assert len(mistral.requests) == 1


@over()
def test_a_refusal_without_a_cure_comes_back_whole(
    make: Make, mistral: StrictMistral, url: str
) -> None:
    """Where nothing can be done, the answer is as readable as if nobody had looked."""
    body = json.dumps({"model": "mistral-small-latest"}).encode()
    answer = make(retry_refused=True).send(Call(url, body))
    assert answer.status == 422
    assert json.loads(answer.body)["detail"][0]["loc"][:2] == ["body", "messages"]
    assert len(mistral.requests) == 1


@over("streamed cure")
def test_a_streamed_request_is_cured_too(make: Make, older: tuple[StrictMistral, str]) -> None:
    """The refusal is no stream, the answer to the cured request is one."""
    mistral, url = older
    mistral.clear()
    body = json.dumps({**PAYLOAD, "n": 2, "stream": True}).encode()
    assert make(retry_refused=True).arrivals(Call(url, body))
    assert [received.status for received in mistral.requests] == [422, 200]


@over("streamed refusal")
def test_a_streamed_refusal_can_still_be_read(make: Make, url: str) -> None:
    """Read by us, it is there for the caller to read."""
    body = json.dumps({"model": "mistral-small-latest", "stream": True}).encode()
    assert make(retry_refused=True).arrivals(Call(url, body))


@over()
def test_retrying_refusals_leaves_all_else(make: Make, mistral: StrictMistral, url: str) -> None:
    """What is taken is sent once, and other errors are none of ours."""
    client = make(retry_refused=True)
    assert client.send(Call(url, DIRTY)).status == 200
    mistral.fail_next(500)
    assert client.send(Call(url, DIRTY)).status == 500
    assert len(mistral.requests) == 2


@over("cure")
def test_a_cure_is_tried_once(make: Make, kind: type[Client]) -> None:
    """A second refusal is the caller's to see."""
    body = json.dumps({**PAYLOAD, "n": 2, "temperature": 0.5}).encode()
    with serving(Grudging) as (place, bodies):
        answer = make(retry_refused=True).send(Call(place, body))
    assert answer.status == 422
    assert json.loads(answer.body)["detail"][0]["loc"] == ["body", "temperature"]
    assert [list(json.loads(sent)) for sent in bodies] == [
        ["model", "messages", "n", "temperature"],
        ["model", "messages", "temperature"],
    ]
