"""One `Sanitizer` among threads, tasks and processes; and the proxy, soaked.

Every result is compared with what the same payload gives alone. What is built when it is first
needed (tables, plans, validators) is raced for in processes of their own, where nothing has been
built yet. The tests say nothing of speed, and pass with and without the GIL.
"""

from __future__ import annotations

import asyncio
import copy
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import mistral_sanitize
from mistral_sanitize import Sanitizer, check, explain, profiles, repair_refused, restore, sanitize
from mistral_sanitize.body import AdapterOptions, sanitize_body
from mistral_sanitize.models import ENDPOINTS
from tests.tools.hostile import GROWING, LOOPS, ask

CHAT = "/v1/chat/completions"
THREADS = 16
GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
SHARED = Sanitizer(enable={"name-prefix"})


def payloads() -> Iterator[dict[str, Any]]:
    """Requests that between them make every part of the library work."""
    for make in GROWING.values():
        yield make(7)
    for make in LOOPS.values():
        yield ask(metadata=make())


def outcome(payload: dict[str, Any], sanitizer: Sanitizer = SHARED) -> str:
    """All that can be known of one payload, as text."""
    report = sanitizer.explain(payload)
    problems = sanitizer.check(report.payload)
    patch = [(c.op, c.path, c.from_path, c.rule, c.lossy) for c in report.changes]
    names = dict(report.names), dict(report.ids)
    return repr((patch, names, problems, report.payload))


PAYLOADS = list(payloads())
ALONE = [outcome(payload) for payload in PAYLOADS]


@pytest.fixture
def restless() -> Iterator[None]:
    """The interpreter changes threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def raced(work: Callable[[int], Any]) -> list[Any]:
    """What comes of it in so many threads that start at once."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


# -- threads --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("restless")
def test_one_sanitizer_in_many_threads() -> None:
    """Each thread gets what it would get alone, whatever the others do with the same sanitizer."""

    def work(number: int) -> list[str]:
        turned = PAYLOADS[number:] + PAYLOADS[:number]
        found = [outcome(payload) for payload in turned]
        return found[len(found) - number :] + found[: len(found) - number]

    for found in raced(work):
        assert found == ALONE


@pytest.mark.usefixtures("restless")
def test_one_payload_in_many_threads() -> None:
    """The very same payload, sanitized by all at once, gives all the same, and stays as it was."""
    for payload, alone in list(zip(PAYLOADS, ALONE, strict=True))[::7]:
        before = repr(payload)
        assert set(raced(lambda _, payload=payload: outcome(payload))) == {alone}
        assert repr(payload) == before


@pytest.mark.usefixtures("restless")
@pytest.mark.slow
def test_all_options_in_many_threads() -> None:
    """Sanitizers of all endpoints and profiles are made and used at once; none gets another's."""
    kinds = [(endpoint, profile) for endpoint in ENDPOINTS for profile in profiles.ALL]
    payload = GROWING["free-form tools"](3)
    alone = {kind: outcome(payload, Sanitizer(endpoint=kind[0], profile=kind[1])) for kind in kinds}

    def work(number: int) -> bool:
        return all(
            outcome(payload, Sanitizer(endpoint=endpoint, profile=profile)) == alone[kind]
            for kind in kinds[number:] + kinds[:number]
            for endpoint, profile in [kind]
        )

    assert all(raced(work))


@pytest.mark.usefixtures("restless")
def test_one_hook_in_many_threads() -> None:
    """An adapter's hook, its callback, `restore` and `repair_refused`: each report is its own."""
    seen: list[Any] = []
    hook = AdapterOptions(SHARED, seen.append, retry_refused=True)

    def work(number: int) -> bool:
        for turn in range(20):
            name = f"find.{number}.{turn}"
            payload = ask(tools=[{"type": "function", "function": {"name": name}}], user="u")
            exchange = hook.exchange("POST", CHAT)
            assert exchange is not None
            result = exchange.clean(json.dumps(payload).encode())
            assert result.report is not None
            (legal,) = result.report.names
            called = {"tool_calls": [{"id": "abcdefghi", "function": {"name": legal}}]}
            answer = restore({"choices": [{"message": called}]}, result.report)
            assert answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == name
            refusal = {"detail": [{"type": "extra_forbidden", "loc": ["body", "user"]}]}
            cured = repair_refused(payload, 422, refusal)
            assert cured is not None and "user" not in cured.payload
        return True

    assert all(raced(work))
    assert len({id(report) for report in seen}) == len(seen) == THREADS * 20


# -- tasks ----------------------------------------------------------------------------------------


def test_one_sanitizer_in_many_tasks() -> None:
    """Tasks of one loop, and threads under it, share one sanitizer and its results are as alone."""

    async def one(number: int) -> str:
        await asyncio.sleep(0)
        if number % 2:
            return await asyncio.to_thread(outcome, PAYLOADS[number])
        return outcome(PAYLOADS[number])

    async def together() -> list[str]:
        return await asyncio.gather(*map(one, range(len(PAYLOADS))))

    assert asyncio.run(together()) == ALONE


# -- processes ------------------------------------------------------------------------------------


def _of(number: int, sanitizer: Sanitizer = SHARED) -> str:
    return outcome(PAYLOADS[number], sanitizer)


@pytest.mark.slow
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_one_sanitizer_in_many_processes(method: str) -> None:
    """Pickled into a process that is spawned, or there already in a forked one, it is equal."""
    if method == "fork" and threading.active_count() > 1:
        pytest.skip("forking beside threads is the system's to get wrong")
    context = multiprocessing.get_context(method)
    numbers = range(len(PAYLOADS))
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        found = list(pool.map(_of, numbers, [copy.copy(SHARED)] * len(numbers), chunksize=40))
    assert found == ALONE


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing to fork with")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_in_the_middle_of_things() -> None:
    """A process that forks while others of its threads sanitize has a child that can sanitize.

    There is no lock of ours that could be left held. Without the GIL there are CPython's own, of
    which a fork may leave any held, and the child waits for ever: so nobody forks there.
    """
    if not GIL:
        pytest.skip("CPython 3.13 without the GIL cannot fork beside threads")
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            outcome(PAYLOADS[0])

    threads = [threading.Thread(target=busy) for _ in range(4)]
    try:
        for thread in threads:
            thread.start()
        for number in range(10):
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                good = outcome(PAYLOADS[number]) == ALONE[number]
                os.write(writer, b"y" if good else b"n")
                os._exit(0)
            os.close(writer)
            with open(reader, "rb") as answer:
                assert answer.read() == b"y"
            os.waitpid(child, 0)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


# -- the first use --------------------------------------------------------------------------------

FIRST = """
import sys, threading
sys.setswitchinterval(1e-6)
sys.path[:0] = {paths!r}
barrier = threading.Barrier({threads})
found, failed = [], []
def work():
    barrier.wait()
    try:
        {code}
        found.append(repr(result))
    except BaseException as error:
        failed.append(repr(error))
threads = [threading.Thread(target=work) for _ in range({threads})]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failed, failed
assert len(found) == {threads} and len(set(found)) == 1, set(found)
print(found[0])
"""
_PAYLOAD = ask(
    {"role": "developer", "content": "x", "name": "a"}, user="u", tools=[{"name": "f.g"}]
)
FIRST_USES = {
    "import": "import mistral_sanitize; result = mistral_sanitize.sanitize(P)",
    "sanitize": "from mistral_sanitize import sanitize; result = sanitize(P)",
    "explain": "from mistral_sanitize import explain; result = explain(P).as_json_patch()",
    "check": "from mistral_sanitize import check; result = check(P)",
    "Sanitizer": (
        "from mistral_sanitize import Sanitizer; "
        "result = Sanitizer(profile='2024-09-17', keep={'user'}).sanitize(P)"),
    "body": (
        "import json, mistral_sanitize.body as b; "
        "exchange = b.AdapterOptions().exchange('POST', '/v1/chat/completions'); "
        "result = exchange.clean(json.dumps(P).encode()).body"),
    "models": (
        "from mistral_sanitize.models import ChatCompletionRequest as R; "
        "from mistral_sanitize import sanitize; "
        "result = sorted(R.model_validate(sanitize(P)).model_fields_set)"),
    "catalog": "from mistral_sanitize import catalog; result = len(list(catalog.models()))",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", FIRST_USES)
def test_the_first_use_is_raced_for(name: str) -> None:
    """Many threads are the first to use the library, each for itself: all get the same, and right.

    In a new process; even the import is raced for.
    """
    paths = [str(Path(mistral_sanitize.__file__).parents[1])]
    code = FIRST_USES[name].replace("P)", f"{_PAYLOAD!r})")
    source = FIRST.format(paths=paths, threads=THREADS, code=code)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    expected = {
        "import": sanitize, "sanitize": sanitize, "check": check,
        "explain": lambda p: explain(p).as_json_patch(),
        "Sanitizer": Sanitizer(profile="2024-09-17", keep={"user"}).sanitize,
        "body": lambda p: sanitize_body(json.dumps(p).encode(), sanitizer=Sanitizer()).body,
        "models": lambda p: sorted(sanitize(p)),
    }.get(name)  # fmt: skip
    if expected is not None:
        assert done.stdout.strip() == repr(expected(_PAYLOAD))


def test_without_the_gil() -> None:
    """On an interpreter without the GIL, importing the library does not switch it on again."""
    enabled = getattr(sys, "_is_gil_enabled", None)
    if enabled is None or "free-threading" not in sys.version:
        pytest.skip("this interpreter has the GIL")
    assert not enabled()


# -- the proxy ------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_soak() -> None:
    """Ten seconds of ``python -m tests.tools.soak``: all as expected, and nothing left over."""
    pytest.importorskip("uvicorn")
    pytest.importorskip("httpx")
    from tests.tools.soak import KINDS, soak

    found = asyncio.run(soak(10))
    assert found.unexpected == {}
    assert found.leaks == []
    assert {kind for kind, _ in found.outcomes} == set(KINDS)


@pytest.mark.full
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_soak_of_the_way_back() -> None:
    """Six seconds with ``--way-back``: completions mapped, names restored, refusals repaired."""
    pytest.importorskip("uvicorn")
    pytest.importorskip("httpx")
    from tests.tools.soak import WAY_BACK, soak

    found = asyncio.run(soak(6, way_back=True))
    assert found.unexpected == {}
    assert found.leaks == []
    assert {kind for kind, _ in found.outcomes} == set(WAY_BACK)
