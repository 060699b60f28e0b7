"""The playground of the docs: its glue under CPython, its builder, and the page in Chromium.

What runs in the browser is tested in a real one: the page and its Python are built as the guide
says, served by a server that writes down what it was asked, and used as a person would, on a desk
and on a phone, by mouse, finger and keyboard. Where PLAYGROUND_SITE names a built site, as that of
.ci/run does, it is used; else one is built from another directory, by a relative path.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from threading import Thread
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from mistral_sanitize import PENALTIES, explain, profiles, repair_refused
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules import GROUPS, RULES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "playground"
EXAMPLES = json.loads((PAGE / "examples.json").read_text("utf-8"))
TITLES = [example["title"] for example in EXAMPLES]


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


glue = module(PAGE / "glue.py")
builder = module(ROOT / "docs" / "build_playground.py")


def run(payload: Any, answer: Any = "", status: int = 422, **options: Any) -> dict[str, Any]:
    """What the page gets for a payload, given as text or as JSON."""
    texts = [x if isinstance(x, str) else json.dumps(x) for x in (payload, answer)]
    asked = {"payload": texts[0], "answer": texts[1], "status": status, "options": options}
    result: dict[str, Any] = json.loads(glue.run(json.dumps(asked)))
    return result


def run_example(example: dict[str, Any]) -> dict[str, Any]:
    options = {name: example[name] for name in ("endpoint",) if name in example}
    return run(indented(example["payload"]), example.get("answer", ""),
               example.get("status", 422), **options)  # fmt: skip


def indented(value: Any) -> str:
    """As JavaScript indents it: what the page puts into its field."""
    return json.dumps(value, indent=2, ensure_ascii=False)


CLEAN = {"model": "mistral-small-latest", "messages": [{"role": "user", "content": "Hi"}]}


# -- the glue ------------------------------------------------------------------------------------


def test_describe_is_the_tables() -> None:
    """There is everything to choose from: profiles, endpoints, and all rules with evidence."""
    said = json.loads(glue.describe())
    assert [p["name"] for p in said["profiles"]] == [p.name for p in profiles.ALL]
    assert said["profile"] == profiles.LATEST.name
    assert said["endpoints"] == list(ENDPOINTS)
    assert said["groups"] == GROUPS
    assert {r["id"]: r["evidence"] for r in said["rules"]} == {
        r.id: r.evidence for r in RULES.values()
    }
    assert set(said["drop"]) == PENALTIES
    for profile, known in zip(profiles.ALL, said["profiles"], strict=True):
        assert set(known["off"]) == {r.id for r in RULES.values() if not r.on(profile)}


def test_run_says_what_explain_says() -> None:
    """The clean payload, and each change with its rule, reason and evidence."""
    messages = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    payload = {**CLEAN, "messages": messages, "seed": 1, "user": "ada"}
    said, report = run(payload), explain(payload)
    assert json.loads(said["clean"]) == report.payload
    assert json.loads(said["patch"]) == report.as_json_patch()
    assert (said["changes"], said["lossy"], said["left"], said["before"]) == (3, 1, 0, 3)
    lost, *kept = said["groups"]
    assert lost == {
        "rule": "unknown-key", "known": True, "lossy": True, "total": 1,
        "reason": RULES["unknown-key"].reason, "evidence": RULES["unknown-key"].evidence,
        "changes": [{"op": "remove", "path": "/user", "before": '"ada"'}],
    }  # fmt: skip
    changes = {group["rule"]: group["changes"] for group in kept}
    assert changes["seed"] == [{"op": "move", "path": "/random_seed", "from": "/seed"}]
    assert changes["developer-role"] == [
        {"op": "replace", "path": "/messages/0/role", "before": '"developer"', "after": '"system"'}
    ]
    signs = {text.strip(" ,"): sign for sign, text in said["diff"]}
    assert signs['"role": "developer"'] == signs['"seed": 1'] == "−"
    assert signs['"role": "system"'] == signs['"random_seed": 1'] == "+"
    assert signs['"content": "Be brief."'] == " "


def test_clean_text_is_left_as_it_is() -> None:
    """What is clean comes back to the byte, without a diff."""
    text = '{ "model":"mistral-small-latest","messages" :[{"role":"user","content":"\\u00e9"}]}\n'
    said = run(text)
    assert said["clean"] == text
    assert (said["changes"], said["groups"], said["diff"]) == (0, [], [])
    assert json.loads(said["patch"]) == []


def test_what_is_left_is_named() -> None:
    """The problems are those of `check`, before and after; the root is a slash."""
    said = run({"messages": [{"role": "user", "content": "Hi"}], "n": "x", "user": "ada"})
    assert (said["before"], said["left"]) == (3, 2)
    paths = {problem["path"]: problem for problem in said["problems"]}
    assert paths["/n"] == {
        "path": "/n", "status": 422, "code": "int_type",
        "message": "Input should be a valid integer",
    }  # fmt: skip
    assert len(said["problems_before"]) == 3


@pytest.mark.parametrize(("text", "place"), [
    ('{"model": "m",\n "messages": [,]}', (2, 15, 29)),
    ('{"a": "😀" x}', (1, 11, 11)),
    ("\n\n  nothing", (3, 3, 4)),
])  # fmt: skip
def test_bad_json_says_where(text: str, place: tuple[int, int, int]) -> None:
    """Line and column count characters, the offset counts as JavaScript does."""
    error = run(text)["error"]
    assert error["at"] == "payload"
    assert error["message"].startswith("the body is not JSON: ")
    assert (error["line"], error["column"], error["offset"]) == place


@pytest.mark.parametrize("text", ["[1]", '"text"', '{"a": ' + "9" * 5000 + "}"])
def test_what_is_no_object_has_no_place(text: str) -> None:
    """Where the whole is at fault there is no line to name."""
    error = run(text)["error"]
    assert set(error) == {"at", "message"}
    assert error["message"].startswith("the body ")


def test_options_are_those_of_the_library() -> None:
    """All six reach it; those that contradict each other are named, not thrown."""
    payload = {**CLEAN, "presence_penalty": 0.5, "tomorrow": 1, "seed": 1}
    kept = json.loads(run(payload, drop=[], keep=["tomorrow"], disable=["seed"])["clean"])
    assert kept == {**CLEAN, "presence_penalty": 0.5, "tomorrow": 1}
    assert run(payload, profile="2024-09-17", drop=[])["groups"][0]["rule"] == "unknown-key"
    assert run({**CLEAN, "stop": ["a"] * 9}, enable=["stop-limit"])["changes"] == 1
    assert run({"model": "mistral-embed", "input": "a"}, endpoint="/v1/embeddings")["left"] == 0
    error = run(payload, drop=["a"], keep=["a"])["error"]
    assert error == {"at": "options", "message": "'a' is in drop and in keep"}
    assert "did you mean" in run(payload, disable=["sed"])["error"]["message"]


def test_an_answer_is_done_first() -> None:
    """What Mistral's answer asks for comes before the rules, and leads to one patch."""
    example = EXAMPLES[TITLES.index("With Mistral’s error response")]
    said = run_example(example)
    cure = repair_refused(example["payload"], example["status"], json.dumps(example["answer"]))
    assert cure is not None
    report = explain(cure.payload)
    assert said["answer"] == "cured"
    assert json.loads(said["clean"]) == report.payload
    assert json.loads(said["patch"]) == [*cure.as_json_patch(), *report.as_json_patch()]
    first, second = said["groups"]
    assert (first["rule"], first["known"]) == ("refused-model-option", False)
    assert "Mistral's own response" in first["evidence"]
    assert (second["rule"], second["known"]) == ("seed", True)


def test_an_answer_without_a_cure_is_said() -> None:
    """An answer that leads nowhere says so; without an answer nothing is said."""
    assert run(CLEAN, {"message": "no"}, 400)["answer"] == "not cured"
    assert run(CLEAN, " \n")["answer"] is None


def test_what_is_shown_is_cut() -> None:
    """Long values, many changes, and many lines are cut; the payload and the patch are not."""
    messages = [{"role": ("user", "assistant")[i % 2], "content": "x" * 999, "k": "y" * 999}
                for i in range(glue.MAX_ROWS + 1)]  # fmt: skip
    said = run({"model": "mistral-small-latest", "messages": messages})
    (group,) = (each for each in said["groups"] if each["rule"] == "unknown-key")
    assert (group["total"], len(group["changes"])) == (len(messages), glue.MAX_ROWS)
    assert len(group["changes"][0]["before"]) == glue.MAX_VALUE
    assert group["changes"][0]["before"].endswith("…")
    assert len(said["problems_before"]) == glue.MAX_ROWS < said["before"]
    assert max(len(text) for _, text in said["diff"]) == glue.MAX_VALUE
    assert said["diff"].count(["…", ""]) == 0
    assert len(json.loads(said["patch"])) == len(messages)
    long = [{"role": "user", "content": "x"} for _ in range(glue.MAX_LINES // 3)]
    assert run({**CLEAN, "messages": long, "user": "ada"})["diff"] is None


def test_hunks_are_parted() -> None:
    """What is the same between two places far apart is left out of the diff."""
    said = run({"user": "ada", **CLEAN, "stop": list("abcdefghijkl"), "store": True})
    assert said["diff"].count(["…", ""]) == 1


@pytest.mark.parametrize("value", ["\ud800", "a\u202eb", "</script>", "\x1b[31m", "😀"])
def test_any_string_crosses(value: str) -> None:
    """All is ASCII on the way, lone surrogates too; what acts on a screen is shown escaped."""
    payload = {**CLEAN, "messages": [{"role": "user", "content": value}], "user": value}
    asked = json.dumps({"payload": json.dumps(payload, ensure_ascii=False), "answer": "",
                        "status": 422, "options": {}})  # fmt: skip
    answer = glue.run(asked)
    assert answer.isascii()
    said = json.loads(answer)
    assert json.loads(said["clean"])["messages"][0]["content"] == value
    assert said["groups"][0]["changes"][0]["before"].isprintable()


def test_numbers_and_depth_stay() -> None:
    """An infinity is written as it can be read, and what cannot be indented comes compact."""
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"x": deep}}}]
    assert "\n" not in run({**CLEAN, "tools": tools, "user": "ada"})["clean"]
    said = run('{"model": "m", "messages": [{"role": "user", "content": "Infinity"}], '
               '"metadata": {"a": 1e999, "b": [-1e999]}, "user": "ada"}')  # fmt: skip
    assert json.loads(said["clean"])["metadata"] == {"a": float("inf"), "b": [float("-inf")]}
    assert '"a": 1e999' in said["clean"]
    assert '"content": "Infinity"' in said["clean"]


@pytest.mark.parametrize("example", EXAMPLES, ids=TITLES)
def test_examples(example: dict[str, Any]) -> None:
    """Each example shows what its title says: all are cured, but the one left to the user."""
    said = run_example(example)
    assert (said["changes"] == 0) == (example["title"] == "Clean already")
    assert (said["left"] > 0) == (example["title"] == "What only you can repair")
    assert (said["answer"] == "cured") == ("answer" in example)


def test_the_first_example_is_that_of_the_readme() -> None:
    """The page begins with the request that the README and the picture of a report show."""
    path = ROOT / "docs" / "examples" / "openai_request.json"
    assert EXAMPLES[0]["payload"] == json.loads(path.read_text("utf-8"))


# -- the wrong box ---------------------------------------------------------------------------------

DETAIL = {"detail": [{"type": "extra_forbidden", "loc": ["body", "user"],
                      "msg": "Extra inputs are not permitted", "input": "ada"}]}  # fmt: skip
SAID = {"object": "error", "message": "Expected last role User or Tool", "type": "invalid_request",
        "param": None, "code": "3230", "raw_status_code": 400}  # fmt: skip
ENTRY = DETAIL["detail"][0]
UNAUTHORIZED = {"message": "Unauthorized", "request_id": "x"}
LINE = {"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {"input": "a"}}


@pytest.mark.parametrize(("text", "moved", "status"), [
    (DETAIL, DETAIL, 422),
    (SAID, SAID, 400),
    (ENTRY, ENTRY, 422), (UNAUTHORIZED, UNAUTHORIZED, 400),
    ({"detail": "Not Found"}, {"detail": "Not Found"}, 400),
    ({"error": {"message": "no", "code": 429}}, {"error": {"message": "no", "code": 429}}, 429),
    ([ENTRY, ENTRY], {"detail": [ENTRY, ENTRY]}, 422),
    ({"id": "b", "custom_id": "a", "response": {"status_code": 422, "body": DETAIL}}, DETAIL, 422),
    ({"custom_id": "a", "response": {"body": SAID}, "error": None}, SAID, 400),
    ({"status_code": 400, "body": SAID}, SAID, 400),
])  # fmt: skip
def test_a_response_among_the_payloads(text: Any, moved: Any, status: int) -> None:
    """An error response is not sanitized to nothing: it is recognized, and can be moved."""
    error = run(text)["error"]
    assert (error["at"], error["action"]) == ("payload", "Move it to the response box")
    assert "response" in error["head"] or "results" in error["head"]
    assert json.loads(error["fix"]["answer"]) == moved
    assert (error["fix"]["payload"], error["fix"]["status"]) == ("", status)
    assert "error" not in run(CLEAN, error["fix"]["answer"], error["fix"]["status"])


@pytest.mark.parametrize(("text", "status"), [
    (f"openai.UnprocessableEntityError: Error code: 422 - {DETAIL}", 422),
    (f"API error occurred: Status 400. Body: {json.dumps(SAID)}", 422),
    (f"HTTP/1.1 400 Bad Request\n\n{json.dumps(SAID)}", 400),
])  # fmt: skip
def test_a_logged_response_among_the_payloads(text: str, status: int) -> None:
    """So is the line of a log that quotes one."""
    error = run(text)["error"]
    assert error["head"] == "This is a logged error response, not the body of a request"
    assert error["fix"] == {"payload": "", "answer": text, "status": status}


def test_both_boxes_swapped() -> None:
    """Where the request is in the response's box, the two change places."""
    fix = run(DETAIL, CLEAN)["error"]["fix"]
    assert json.loads(fix["payload"]) == CLEAN
    assert json.loads(fix["answer"]) == DETAIL


def test_a_batch_line() -> None:
    """A line of a batch file, or all of it, leads to the request in it, and its endpoint."""
    for text in (LINE, f"{json.dumps(LINE)}\n\n{json.dumps(LINE)}\n"):
        error = run(text)["error"]
        assert "batch file" in error["head"]
        assert json.loads(error["fix"].pop("payload")) == LINE["body"]
        assert error["fix"] == {"endpoint": "/v1/embeddings"}
    alone = run({"custom_id": "a", "url": [1], "endpoint": "/v2", "body": CLEAN})["error"]["fix"]
    assert json.loads(alone.pop("payload")) == CLEAN
    assert alone == {}


def test_a_request_among_the_responses() -> None:
    """A request in the response's box is moved, or removed where there is another."""
    error = run(" ", CLEAN)["error"]
    assert (error["at"], error["head"]) == ("answer", "This is a request, not an error response")
    assert json.loads(error["fix"]["payload"]) == CLEAN
    assert run("", LINE)["error"]["fix"]["endpoint"] == "/v1/embeddings"
    assert run(CLEAN, CLEAN)["error"]["fix"] == {"answer": ""}


@pytest.mark.parametrize(("text", "name"), [
    ({"id": "x", "choices": [{"index": 0}], "usage": {}}, "a completion"),
    (CLEAN["messages"], "a list of messages"),
    (f"{json.dumps(CLEAN)}\n{json.dumps(CLEAN)}", "JSON Lines: 2 payloads"),
])  # fmt: skip
def test_what_else_is_recognized(text: Any, name: str) -> None:
    """What cannot be moved is named, with what to do."""
    error = run(text)["error"]
    assert error["head"] == f"This is {name}, not the body of a request"
    assert "action" not in error


@pytest.mark.parametrize("text", [
    {}, {"user": "ada"}, {"model": "m", "message": "Hi"}, {"custom_id": "a"}, {"error": None},
    {**CLEAN, "error": "no", "detail": "high"}, {**CLEAN, "body": {}}, [], [1], "{}\n{", "1\n2",
    {"role": "user", "message": "a"}, {"messages": [], "choices": []}, "Error code: 422",
    {"body": {"a": 1}, "input": "x"}, [{"a": 1}],
    {"custom_id": "a", "response": {"status_code": 200, "body": {"id": "x"}}},
])  # fmt: skip
def test_what_is_not_recognized(text: Any) -> None:
    """What may be a request is left to the library, and what is no JSON to its words."""
    assert "head" not in run(text).get("error", {})


# -- the files -----------------------------------------------------------------------------------


def test_the_page_is_its_own() -> None:
    """Nothing is loaded from elsewhere, nothing is inline, and no text becomes markup."""
    html = (PAGE / "index.html").read_text("utf-8")
    loaded = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"', html)
    assert [name for name in loaded if name != "data:,"] == ["playground.css", "playground.js"]
    assert all((PAGE / name).exists() for name in loaded if name != "data:,")
    assert not re.search(r"<style|<script(?![^>]* src=)| on\w+=| style=", html)
    for name in ("playground.js", "worker.js"):
        code = (PAGE / name).read_text("utf-8")
        assert not re.search(r"\.innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", code)
        assert not re.search(r"localStorage|sessionStorage|indexedDB|cookie", code)
    assert "url(" not in (PAGE / "playground.css").read_text("utf-8")


def test_ids_are_there() -> None:
    """Every element that the script asks for by id is in the page, once."""
    html = (PAGE / "index.html").read_text("utf-8")
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    code = (PAGE / "playground.js").read_text("utf-8")
    assert set(re.findall(r'\$\("([\w-]+)"\)', code)) <= set(ids)
    pointed = re.findall(r' (?:for|aria-labelledby|aria-describedby)="([^"]+)"', html)
    assert {name for names in pointed for name in names.split()} - set(ids) <= {"left-title"}


def test_the_page_is_copied_offline(tmp_path: Path) -> None:
    """As an extension of Sphinx, the builder copies the page when a site has been written."""
    hooks: dict[str, Any] = {}
    app = SimpleNamespace(connect=hooks.__setitem__, outdir=str(tmp_path),
                          builder=SimpleNamespace(format="html"))  # fmt: skip
    assert builder.setup(app)["parallel_read_safe"]
    hooks["build-finished"](app, RuntimeError())
    app.builder.format = "latex"
    hooks["build-finished"](app, None)
    assert not list(tmp_path.iterdir())
    app.builder.format = "html"
    hooks["build-finished"](app, None)
    hooks["build-finished"](app, None)
    copied = {path.name for path in (tmp_path / "playground").iterdir()}
    assert copied == {"index.html", "playground.css", "playground.js", "worker.js", "glue.py",
                      "examples.json"}  # fmt: skip


def test_what_a_build_lacks_is_an_error(tmp_path: Path) -> None:
    """A wheel or a file of Pyodide's that is missing, or empty, is named; the page knows them."""
    missing = builder.missing_files(tmp_path)
    assert missing == [*builder.FROM_PYODIDE, *(f"a wheel of {name}" for name in builder.WHEELS)]
    for name in builder.FROM_PYODIDE:
        (tmp_path / name).write_bytes(b"x")
    for name in builder.WHEELS[1:]:
        (tmp_path / f"{name.replace('-', '_')}-1.0-py3-none-any.whl").write_bytes(b"x")
    assert builder.missing_files(tmp_path) == ["a wheel of mistral-sanitize"]
    (tmp_path / "mistral_sanitize-1.0-py3-none-any.whl").touch()
    assert builder.missing_files(tmp_path) == ["a wheel of mistral-sanitize"]
    (tmp_path / "mistral_sanitize-1.0-py3-none-any.whl").write_bytes(b"x")
    assert builder.missing_files(tmp_path) == []
    known = re.search(r"const WHEELS = (\[.*\]);", (PAGE / "playground.js").read_text("utf-8"))
    assert known is not None
    assert json.loads(known[1]) == [name.replace("-", "_") for name in builder.WHEELS]


# -- the browser ---------------------------------------------------------------------------------

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WAIT = 180_000
"""Milliseconds that a loaded machine may take for anything."""
FIRST = "26 changes"
"""What is said of the first example."""


class Server(ThreadingHTTPServer):
    """Serves a folder and writes down what it is asked."""

    asked: list[tuple[str, str, int]]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(SimpleHTTPRequestHandler):
    """Each request's method, path with query, and length of its body."""

    def parse_request(self) -> bool:
        good = super().parse_request()
        if good:
            assert isinstance(self.server, Server)
            length = int(self.headers.get("content-length") or 0)
            self.server.asked.append((self.command, self.path, length))
        return good

    def log_message(self, *_: Any) -> None:
        pass


def served(folder: Path) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        server.asked = []
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the playground below `docs/`, built as the docs' is."""
    pytest.importorskip("playwright", reason="needs playwright")
    for program in ("npm", "chromium"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    folder = tmp_path_factory.mktemp("site")
    if built := os.environ.get("PLAYGROUND_SITE"):
        (folder / "docs").symlink_to(ROOT / built)
    else:
        command = [sys.executable, str(ROOT / "docs" / "build_playground.py"), "docs"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[Server]:
    yield from served(site)


@pytest.fixture(scope="module")
def browser(site: Path) -> Iterator[Any]:
    """Debian's Chromium, which can reach nothing but this machine."""
    from playwright.sync_api import sync_playwright

    here = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        found = playwright.chromium.launch(executable_path=program, args=[*FLAGS, here])
        yield found
        found.close()


class Playground:
    """One tab with the page, and what it did."""

    def __init__(
        self, browser: Any, address: str, fragment: str = "", before: str = "", **options: Any
    ) -> None:
        from playwright.sync_api import expect

        self.context = browser.new_context(**options)
        self.context.set_default_timeout(WAIT)
        expect.set_options(timeout=WAIT)
        self.expect = expect
        self.wrong: list[str] = []
        self.page = self.context.new_page()
        self.page.add_init_script(before)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        self.address = f"{address}/docs/playground/index.html"
        self.page.goto(self.address + fragment)

    def says(self, text: str) -> None:
        """Wait until the verdict has these words."""
        self.expect(self.page.locator("#verdict")).to_contain_text(text)

    def put(self, payload: Any, says: str) -> None:
        """Paste a payload, and wait for what is said of it."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self.page.fill("#payload", text)
        self.says(says)

    def choose(self, title: str) -> None:
        self.page.select_option("#example", label=title)

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).text_content())

    def clean(self) -> str:
        """The lines of the clean payload, as they are shown."""
        lines = self.page.locator("#code > div").all_text_contents()
        return "\n".join(lines)


@pytest.fixture(scope="module")
def desk(browser: Any, server: Server) -> Iterator[Playground]:
    """A tab on a desk, with its Python started, used by one test after another."""
    tab = Playground(browser, server.address, viewport={"width": 1360, "height": 900},
                     permissions=["clipboard-read", "clipboard-write"])  # fmt: skip
    tab.says(FIRST)
    yield tab
    tab.context.close()


@pytest.fixture
def tab(desk: Playground) -> Iterator[Playground]:
    """That tab with the default options, the first example and all folded; nothing went wrong."""
    page = desk.page
    if page.locator("#reset").is_enabled():
        page.evaluate("document.getElementById('reset').click()")
    page.get_by_label("JSON", exact=True).check()
    desk.choose(TITLES[-1])
    desk.says("Nothing to change")
    desk.choose(TITLES[0])
    desk.says(FIRST)
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = false))")
    yield desk
    assert desk.wrong == []


@pytest.mark.full
def test_it_starts_by_itself(tab: Playground) -> None:
    """Python is loaded, and the first example's result stands there."""
    tab.expect(tab.page.locator("#load")).to_be_hidden()
    assert re.match(r"mistral_sanitize \d", tab.text("#version"))
    on = sum(rule.on(profiles.LATEST) for rule in RULES.values())
    assert tab.text("#rules-state") == f"{on} of {len(RULES)} on"


@pytest.mark.full
@pytest.mark.parametrize("example", EXAMPLES, ids=TITLES)
def test_it_shows_what_the_library_says(tab: Playground, example: dict[str, Any]) -> None:
    """For each example: the clean payload, every rule, every place, and what is left."""
    said = run_example(example)
    tab.choose(example["title"])
    head = f"{said['changes']} change" if said["changes"] else "Nothing to change"
    tab.says(head)
    assert tab.clean() == said["clean"]
    rules = tab.page.locator("#changes .head").locator("a, b").all_text_contents()
    groups = sorted(said["groups"], key=lambda group: not group["lossy"])
    assert rules == [group["rule"] for group in groups]
    shown = tab.page.locator("#changes .places > li")
    assert shown.count() == sum(min(5, group["total"]) for group in said["groups"])
    assert tab.page.locator("#left > .problems > li").count() == said["left"]
    assert tab.page.locator("#left details li").count() == said["before"]


@pytest.mark.full
def test_each_change_has_rule_and_evidence(tab: Playground) -> None:
    """A change shows its operation, place and values; its rule leads to the reference."""
    tab.put({**CLEAN, "seed": 7, "temperature": 2, "user": "ada"}, "3 changes, 2 of them lossy")
    seed = tab.page.locator("article", has_text="random_seed")
    assert seed.get_by_role("link", name="seed", exact=True).get_attribute("href") == (
        "../reference/rules.html#seed"
    )
    evidence = RULES["seed"].evidence
    address = evidence.partition(" ")[0]
    assert seed.locator(".hint a").get_attribute("href") == address
    assert evidence.partition(" ")[2] in str(seed.locator(".hint").text_content())
    assert "/seed → /random_seed" in str(seed.locator("li").text_content())
    heat = tab.page.locator("article", has_text="temperature-range").locator("li")
    assert heat.locator("del").text_content() == "−2"
    assert heat.locator("ins").text_content() == "+1.5"
    assert heat.locator("code").text_content() == "/temperature"


@pytest.mark.full
def test_what_is_left_is_shown(tab: Playground) -> None:
    """What `check` still says stands there in Mistral's words, with its place."""
    tab.put({**CLEAN, "random_seed": "seven"}, "1 problem remains")
    assert tab.text("#left h3") == "What remains"
    problem = tab.page.locator("#left > .problems > li")
    assert str(problem.text_content()).startswith("/random_seedInput should be a valid integer422")
    tab.put(CLEAN, "Nothing remains that Mistral is known to refuse")
    assert "finds nothing" in tab.text("#left")


@pytest.mark.full
def test_answer(tab: Playground) -> None:
    """Mistral's answer beside the payload is read, with its status."""
    tab.page.locator("#answer-box > summary").click()
    tab.put({**CLEAN, "messages": [{"role": "user", "content": "Hi", "mood": "good"}]}, "1 change")
    answer = {"detail": [{"type": "extra_forbidden", "loc": ["body", "messages", 0, "user", "mood"],
                          "msg": "Extra inputs are not permitted", "input": "good"}]}  # fmt: skip
    tab.page.fill("#answer", json.dumps(answer))
    tab.says("What the response asks for is done")
    assert tab.page.locator("#changes .head b").text_content() == "refused-extra"
    tab.page.fill("#status", "401")
    tab.says("The response leads to no change")
    assert "401" in tab.text("#answer-state")


@pytest.mark.full
def test_the_wrong_box(tab: Playground) -> None:
    """A response among the payloads is named and moved; a batch line gives its request."""
    tab.put(SAID, "This is an error response, not the body of a request")
    assert tab.page.locator("#shown").is_hidden()
    tab.page.get_by_role("button", name="Move it to the response box").click()
    tab.says("Paste the request that it refused")
    assert json.loads(tab.page.input_value("#answer")) == SAID
    assert tab.page.input_value("#status") == "400"
    assert tab.page.locator("#payload-error").is_hidden()
    history = [*CLEAN["messages"], {"role": "assistant", "content": "Hel"}]
    tab.put({**CLEAN, "messages": history}, "What the response asks for is done")
    tab.put("", "Paste the request")
    tab.page.fill("#answer", json.dumps(LINE))
    tab.put(" ", "Paste the request")
    tab.page.fill("#answer", "")
    tab.put(LINE, "This is a line of a batch file")
    tab.page.get_by_role("button", name="Use its body").click()
    tab.says("1 problem remains")
    assert json.loads(tab.page.input_value("#payload")) == LINE["body"]
    assert tab.page.input_value("#endpoint") == "/v1/embeddings"
    tab.page.fill("#answer", json.dumps(CLEAN))
    tab.says("This is a request, not an error response")
    assert tab.page.get_attribute("#answer", "aria-invalid") == "true"
    tab.page.get_by_role("button", name="Empty this box").click()
    tab.says("1 problem remains")
    assert tab.page.input_value("#answer") == ""


@pytest.mark.full
def test_by_finger(browser: Any, server: Server) -> None:
    """On a phone: a response in the wrong box is moved by a tap, and what is said is in sight."""
    tab = Playground(browser, server.address, viewport=NARROW, has_touch=True, is_mobile=True)
    tab.says(FIRST)
    tab.put(DETAIL, "This is an error response")
    tab.page.get_by_role("button", name="Move it to the response box").tap()
    tab.says("Paste the request that it refused")
    tab.put({**CLEAN, "user": "ada"}, "What the response asks for is done")
    tab.page.locator("#options-box > summary").tap()
    tab.page.locator("label", has_text="Diff").tap()
    tab.expect(tab.page.locator("#code .minus")).not_to_have_count(0)
    root = "document.documentElement"
    assert tab.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0
    assert tab.wrong == []
    tab.context.close()


@pytest.mark.full
def test_options(tab: Playground) -> None:
    """Profile, endpoint, drop, keep and rules change the result, and are told of."""
    payload = {**CLEAN, "presence_penalty": 0.5, "tomorrow": 1, "seed": 3}
    tab.put(payload, "3 changes, 2 of them lossy")
    tab.page.locator("#options-box > summary").click()
    tab.page.fill("#drop", "")
    tab.says("2 changes")
    tab.page.fill("#keep", "tomorrow")
    tab.says("1 change, nothing lost")
    tab.page.locator("#rules-box > summary").click()
    tab.page.fill("#rules-filter", "calls it random_seed")
    tab.expect(tab.page.locator("#rules label:visible")).to_have_count(1)
    tab.page.get_by_role("checkbox", name="seed").uncheck()
    tab.says("1 change, lossy")
    assert tab.text("#options-state") == "drop, keep, disable"
    assert "1 switched" in tab.text("#rules-state")
    tab.page.select_option("#profile", "2024-09-17")
    tab.says("2 changes, all lossy")
    assert profiles.get("2024-09-17").summary in tab.text("#profile-note")
    tab.page.select_option("#endpoint", "/v1/embeddings")
    tab.says("remain")
    tab.page.locator("#reset").click()
    tab.says("3 changes, 2 of them lossy")
    assert tab.text("#options-state") == "default"
    assert tab.page.locator("#reset").is_disabled()


@pytest.mark.full
def test_a_rule_is_switched_off_where_it_is_shown(tab: Playground) -> None:
    """The button at a rule's changes switches it off, and the focus stays among the changes."""
    tab.put({**CLEAN, "seed": 3}, "1 change, nothing lost")
    tab.page.get_by_role("button", name="Switch off the rule seed").click()
    tab.says("1 change, lossy")
    assert tab.page.evaluate("document.activeElement.id") == "changes-title"
    assert tab.page.url.endswith("#disable=seed")


@pytest.mark.full
def test_contradicting_options_are_said(tab: Playground) -> None:
    """The library's own words stand beside the options, not a traceback."""
    tab.page.locator("#options-box > summary").click()
    tab.page.fill("#drop", "tomorrow")
    tab.page.fill("#keep", "tomorrow")
    tab.says("The options contradict each other")
    assert tab.text("#options-error") == "'tomorrow' is in drop and in keep."
    assert tab.page.locator("#shown").is_hidden()


@pytest.mark.full
def test_the_link_has_the_options_alone(browser: Any, server: Server, tab: Playground) -> None:
    """It leads to the same options, and nothing of what was pasted is in it, or kept."""
    secret = "Kq7secretQ"
    tab.put({**CLEAN, secret: secret, "seed": 1}, "2 changes")
    tab.page.locator("#options-box > summary").click()
    tab.page.select_option("#profile", "2025-10-20")
    tab.page.fill("#drop", "")
    tab.page.fill("#keep", "tomorrow, another")
    tab.page.get_by_role("button", name="Switch off the rule seed").click()
    tab.says("2 changes, all lossy")
    tab.page.locator("#share").click()
    tab.expect(tab.page.locator("#said")).to_contain_text("nothing of the payload")
    link = tab.page.evaluate("navigator.clipboard.readText()")
    fragment = "#profile=2025-10-20&drop=&keep=another,tomorrow&disable=seed"
    assert link == tab.page.url == tab.address + fragment
    kept = """async () => JSON.stringify([localStorage, sessionStorage, document.cookie, name,
        history.state, await indexedDB.databases(), await caches.keys()])"""
    assert tab.page.evaluate(kept) == '[{},{},"","",null,[],[]]'
    other = Playground(browser, server.address, fragment)
    other.says(FIRST[:1])
    assert other.page.input_value("#profile") == "2025-10-20"
    assert other.page.input_value("#drop") == ""
    assert other.page.input_value("#keep") == "another, tomorrow"
    assert not other.page.locator("[data-rule=seed]").is_checked()
    assert other.page.url == tab.page.url
    assert secret not in other.page.content()
    other.page.fill("#payload", secret)
    other.page.reload()
    other.says("change")
    assert secret not in other.page.input_value("#payload")
    other.context.close()


@pytest.mark.full
def test_a_link_from_elsewhere_is_not_trusted(browser: Any, server: Server) -> None:
    """What this version does not have is named and left; markup in a link is text."""
    image = "%3Cimg%20src=x%20onerror=alert(1)%3E"
    fragment = f"#profile=1999&disable={image},seed&endpoint=/v2&keep=%3Cb%3E"
    other = Playground(browser, server.address, fragment)
    other.says("changes")
    assert "1999" in other.text("#said")
    assert other.page.input_value("#profile") == profiles.LATEST.name
    assert other.page.input_value("#keep") == "<b>"
    assert not other.page.locator("[data-rule=seed]").is_checked()
    assert other.page.locator("main img").count() == 0
    assert other.wrong == []
    other.context.close()


@pytest.mark.full
def test_bad_json_says_where_on_the_page(tab: Playground) -> None:
    """Line and column are said, one is led there, and the field is marked; no traceback."""
    tab.put('{"model": "😀",\n "messages": [,]}', "The payload is not a JSON object")
    error = tab.text("#payload-error")
    assert error.startswith("Line 2, column 15: the body is not JSON: ")
    assert "Traceback" not in tab.page.content()
    assert tab.page.get_attribute("#payload", "aria-invalid") == "true"
    tab.page.get_by_role("button", name="Go there").click()
    chosen = "((e) => e.value.slice(e.selectionStart, e.selectionEnd))(document.activeElement)"
    assert tab.page.evaluate(chosen) == ","
    tab.put(CLEAN, "Nothing to change")
    assert tab.page.get_attribute("#payload", "aria-invalid") is None
    assert tab.page.locator("#payload-error").is_hidden()
    tab.put(" ", "The result will be here")


HOSTILE = "</script></pre></textarea><img src=x onerror=alert(1)><svg onload=alert(2)><b>"


@pytest.mark.full
def test_hostile_payload_is_inert(tab: Playground) -> None:
    """Markup in keys, values, models, roles and answers stays text, in every view."""
    payload = {
        "model": HOSTILE, HOSTILE: HOSTILE, "random_seed": HOSTILE, "temperature": HOSTILE,
        "messages": [{"role": HOSTILE, "content": HOSTILE, HOSTILE: HOSTILE},
                     {"role": "assistant", "content": "", "tool_calls": [
                         {"id": HOSTILE, "function": {"name": HOSTILE, "arguments": HOSTILE}}]}],
    }  # fmt: skip
    inside = "document.querySelectorAll('main :is(img, script, b, iframe, svg)').length"
    tab.page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    before = tab.page.evaluate(inside)
    tab.put(payload, "remain")
    answer = {"detail": [{"type": "extra_forbidden", "loc": ["body", HOSTILE], "msg": HOSTILE}]}
    tab.page.fill("#answer", json.dumps(answer))
    tab.says("What the response asks for is done")
    tab.page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    for view in ("JSON", "Diff", "JSON Patch"):
        tab.page.get_by_label(view, exact=True).check()
        assert "<img src=x onerror=alert(1)>" in tab.text("#code")
    assert HOSTILE in tab.text("#changes")
    assert HOSTILE in tab.text("#left")
    # The rule of an answer's change is a <b> of the page's own.
    assert tab.page.evaluate(inside) == before + tab.page.locator("#changes .head > b").count()


# Each way out is tried; the names of those that led anywhere are returned.
TRIES = """async (to) => {
    const come = (make) => new Promise((onload, onerror) =>
        Object.assign(make(), { onload, onopen: onload, onmessage: onload, onerror }));
    const put = (tag, values) => come(() => {
        const element = Object.assign(document.createElement(tag), values);
        document.head.append(element);
        return element;
    });
    const ways = {
        get: () => fetch(to + "?secret", { mode: "no-cors" }),
        post: () => fetch(to, { method: "POST", body: "secret", mode: "no-cors" }),
        request: () => come(() => {
            const request = new XMLHttpRequest();
            request.open("POST", to);
            setTimeout(() => request.send("secret"));
            return request;
        }),
        import: () => import(to + "?secret"),
        socket: () => come(() => new WebSocket(to.replace("http", "ws"))),
        events: () => come(() => new EventSource(to + "?secret")),
        worker: () => come(() => new Worker(to + "?secret")),
        ...(self.document && {
            image: () => come(() => Object.assign(new Image(), { src: to + "?secret" })),
            script: () => put("script", { src: to + "?secret" }),
            style: () => put("link", { rel: "stylesheet", href: to + "?secret" }),
            prefetch: () => put("link", { rel: "prefetch", href: to + "?secret" }),
            frame: () => put("iframe", { src: to + "?secret" }).then(() => {
                throw new Error("a frame that is refused is loaded, and empty");
            }),
            beacon: async () => { navigator.sendBeacon(to, "secret"); throw new Error(); },
            form: async () => {
                const form = Object.assign(document.createElement("form"), { action: to });
                document.body.append(form);
                form.submit();
                throw new Error();
            },
        }),
    };
    const out = [];
    const patience = () => new Promise((_, give_up) => setTimeout(give_up, 3000));
    for (const [name, way] of Object.entries(ways)) {
        try {
            await Promise.race([way(), patience()]);
            out.push(name);
        } catch { /* refused */ }
    }
    return out;
}"""


@pytest.mark.full
def test_nothing_leaves(browser: Any, server: Server, site: Path) -> None:
    """The page asks for its own files, each once, without a body; then for nothing. What would
    send something, from the page or from its worker, is refused by the browser, whereto ever.
    """
    server.asked.clear()
    tab = Playground(browser, server.address)
    tab.says(FIRST)
    folder = site / "docs" / "playground"
    files = [path for path in folder.rglob("*") if path.is_file()]
    own = sorted(("GET", f"/{path.relative_to(site).as_posix()}", 0) for path in files)
    assert sorted(server.asked) == own
    tab.put({**CLEAN, "user": "Kq7secretQ"}, "1 change")
    tab.choose(TITLES[1])
    tab.says("10 changes")
    (worker,) = tab.page.workers
    with create_server(("127.0.0.1", 0)) as other:
        elsewhere = f"http://127.0.0.1:{other.getsockname()[1]}/"
        for to in (tab.address, elsewhere):
            assert tab.page.evaluate(TRIES, to) == []
            assert worker.evaluate(TRIES, to) == []
        # For a form or a frame, Chromium connects before it asks the policy. Not a byte goes over.
        other.settimeout(0.5)
        with suppress(TimeoutError):
            while True:
                connection, _ = other.accept()
                with connection, suppress(TimeoutError):
                    connection.settimeout(0.5)
                    assert connection.recv(1) == b""
    assert sorted(server.asked) == own
    tab.context.close()


@pytest.mark.full
def test_the_tries_would_reach_something(browser: Any, server: Server) -> None:
    """Without the page's policies the same code sends: what the test before it rests on."""
    server.asked.clear()
    page = browser.new_page()
    page.goto(f"{server.address}/docs/playground/examples.json")
    path = "/docs/playground/worker.js"
    reached = page.evaluate(TRIES, server.address + path)
    assert {"get", "post", "request", "import", "script"} <= set(reached)
    posted = ("POST", path, len("secret"))
    for _ in range(100):  # the beacon is the third: it is sent when the browser has time
        if server.asked.count(posted) == 3:
            break
        page.wait_for_timeout(100)
    assert server.asked.count(posted) == 3
    page.context.close()


@pytest.mark.full
def test_own_text_is_not_lost(tab: Playground) -> None:
    """An example stands in for what was typed, and what was typed can be had again."""
    tab.put({**CLEAN, "user": "mine"}, "1 change, lossy")
    assert tab.page.input_value("#example") == "own"
    tab.choose("Embeddings")
    tab.says("2 changes, 1 of them lossy")
    assert tab.page.input_value("#endpoint") == "/v1/embeddings"
    tab.choose("your own")
    tab.says("1 change, lossy")
    assert "mine" in tab.page.input_value("#payload")
    assert tab.page.input_value("#endpoint") == "/v1/chat/completions"


@pytest.mark.full
def test_the_result_can_be_taken(tab: Playground) -> None:
    """It is copied, saved and used again, whole."""
    payload = {**CLEAN, "user": "ada", "messages": [{"role": "user", "content": "é" * 120_000}]}
    tab.put(payload, "1 change, lossy")
    said = run(payload)
    assert len(tab.clean()) == 100_000
    assert "have all of it" in tab.text("#cut")
    tab.page.locator("#copy").click()
    tab.expect(tab.page.locator("#said")).to_have_text("Copied.")
    assert tab.page.evaluate("navigator.clipboard.readText()") == said["clean"]
    tab.page.get_by_label("JSON Patch", exact=True).check()
    with tab.page.expect_download() as saved:
        tab.page.locator("#save").click()
    assert saved.value.suggested_filename == "patch.json"
    assert json.loads(saved.value.path().read_text("utf-8")) == json.loads(said["patch"])
    tab.page.get_by_label("Diff", exact=True).check()
    assert tab.page.locator("#copy").is_hidden()
    tab.page.get_by_label("JSON", exact=True).check()
    tab.page.locator("#again").click()
    tab.says("Nothing to change")
    assert tab.page.input_value("#payload") == said["clean"]
    assert tab.page.locator("#again").is_hidden()


@pytest.mark.full
def test_many_changes_are_shown_on_demand(tab: Playground) -> None:
    """Five of a rule at first, more when asked for, and the rest is in the patch."""
    messages = [{"role": ("user", "assistant")[i % 2], "content": "x", "mood": i}
                for i in range(251)]  # fmt: skip
    tab.put({**CLEAN, "messages": messages}, "251 changes, all lossy")
    places = tab.page.locator("#changes .places > li")
    assert places.count() == 5
    tab.page.get_by_role("button", name="Show all 251 changes of unknown-key").click()
    tab.expect(places).to_have_count(glue.MAX_ROWS + 1)
    assert "51 more" in str(places.last.text_content())
    assert tab.page.evaluate("document.activeElement.matches('.places > li:nth-child(6)')")


@pytest.mark.full
def test_large_payload(tab: Playground) -> None:
    """Megabytes are worked on beside the page, which shows a part; the newest text wins."""
    messages = [{"role": ("user", "assistant")[i % 2], "content": "hello " * 99, "mood": i}
                for i in range(6001)]  # fmt: skip
    large = json.dumps({**CLEAN, "messages": messages})
    tab.page.fill("#payload", large)
    tab.expect(tab.page.locator("#result")).to_have_attribute("aria-busy", "true")
    # The worker has it, and does not stop for what comes after; the page takes it nevertheless.
    tab.page.fill("#payload", json.dumps({**CLEAN, "user": "first"}))
    tab.put({**CLEAN, "user": "newest", "seed": 1}, "2 changes, 1 of them lossy")
    tab.put(large, "6,001 changes, all lossy")
    assert tab.page.evaluate("document.getElementById('code').textContent.length") <= 100_000
    assert tab.page.evaluate("document.querySelectorAll('*').length") < 10_000


@pytest.mark.full
def test_too_deep_a_payload_is_said(tab: Playground) -> None:
    """What would overflow the browser's stack is refused before it does."""
    deep = "[" * 100_000 + "]" * 100_000
    tab.put(f'{{"metadata": {deep}}}', "The payload is not a JSON object")
    assert tab.text("#payload-error") == "the body is nested too deep."
    tab.put({**CLEAN, "user": "ada"}, "1 change, lossy")


@pytest.mark.full
def test_a_lost_worker_is_replaced(tab: Playground, server: Server) -> None:
    """Where Python itself is lost, the page says so, and starts another from memory."""
    before = len(server.asked)
    messages = [{"role": "user", "content": "x", "mood": i} for i in range(20_000)]
    tab.page.fill("#payload", json.dumps({**CLEAN, "messages": messages}))
    tab.expect(tab.page.locator("#result")).to_have_attribute("aria-busy", "true")
    # What the worker sends when Pyodide cannot go on.
    tab.page.evaluate("worker.onmessage({ data: { id: running.id, broken: 'Stack exceeded' } })")
    tab.says("nested too deep, or too large")
    tab.says("Stack exceeded")
    tab.expect(tab.page.locator("#load")).to_be_hidden()
    # It is not asked again what the one before it was lost over.
    assert tab.page.get_attribute("#result", "aria-busy") is None
    tab.put({**CLEAN, "user": "ada"}, "1 change, lossy")
    assert len(server.asked) == before


@pytest.mark.full
def test_keyboard(browser: Any, server: Server) -> None:
    """Everything can be reached and used by keys alone, in the order it is seen in, and what has
    the focus has a name and shows it.
    """
    tab = Playground(browser, server.address, viewport={"width": 1360, "height": 900})
    tab.says(FIRST)
    keys = tab.page.keyboard
    focused = """() => {
        const e = document.activeElement;
        const box = (e.matches("[type=radio]") ? e.closest("fieldset") : e);
        const by = document.getElementById(e.getAttribute("aria-labelledby"));
        const name = e.getAttribute("aria-label") ?? (e.labels?.[0] ?? by ?? e).textContent;
        const style = getComputedStyle(box);
        return { id: e.id || e.name || e.tagName, name: name.trim(),
            shown: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            order: [...document.querySelectorAll("*")].indexOf(e) };
    }"""

    def go_to(wanted: str) -> None:
        for _ in range(200):
            keys.press("Tab")
            now = tab.page.evaluate(focused)
            assert now["name"], now
            assert now["shown"], now
            seen.append(now)
            if now["id"] == wanted:
                return
        pytest.fail(f"no way to {wanted}: {[each['id'] for each in seen]}")

    seen: list[dict[str, Any]] = []
    keys.press("Tab")
    assert tab.page.evaluate("document.activeElement.className") == "skip"
    keys.press("Enter")
    assert tab.page.evaluate("document.activeElement.id") == "result"
    for _ in range(20):
        keys.press("Shift+Tab")
        if tab.page.evaluate("document.activeElement.className") == "skip":
            break
    go_to("example")
    keys.press("ArrowDown")
    tab.says("10 changes")
    go_to("payload")
    keys.press("Control+a")
    keys.insert_text(json.dumps({**CLEAN, "seed": 1, "presence_penalty": 1}))
    tab.says("2 changes, 1 of them lossy")
    go_to("SUMMARY")
    keys.press("Enter")
    go_to("answer")
    go_to("status")
    go_to("SUMMARY")
    keys.press("Space")
    go_to("profile")
    keys.press("ArrowUp")
    go_to("drop")
    keys.press("Control+a")
    keys.press("Delete")
    tab.says("1 change, nothing lost")
    go_to("SUMMARY")
    keys.press("Enter")
    go_to("rules-filter")
    keys.type("random_seed")
    go_to("INPUT")
    keys.press("Space")
    tab.says("1 change, lossy")
    go_to("share")
    go_to("reset")
    go_to("view")
    keys.press("ArrowRight")
    tab.expect(tab.page.locator("#code .minus")).not_to_have_count(0)
    go_to("code")
    go_to("A")
    go_to("BUTTON")
    keys.press("Enter")
    tab.says("1 problem remains")
    assert tab.page.evaluate("document.activeElement.id") == "changes-title"
    orders = [each["order"] for each in seen]
    assert orders == sorted(orders)
    assert tab.wrong == []
    tab.context.close()


@pytest.mark.full
def test_changes_are_announced(tab: Playground) -> None:
    """What a screen reader is to say stands in live regions, and errors are alerts."""
    for name, role in (("verdict", "status"), ("said", "status"), ("payload-error", "alert"),
                       ("options-error", "alert")):  # fmt: skip
        assert tab.page.get_attribute(f"#{name}", "role") == role
    assert tab.page.get_attribute("#payload", "aria-describedby") == "payload-note payload-error"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory, site: Path) -> str:
    """The code of axe-core, which knows the rules of WCAG."""
    folder = tmp_path_factory.mktemp("axe")
    npm = str(shutil.which("npm"))
    command = [npm, "pack", "--silent", "axe-core@4", "--pack-destination", str(folder)]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as members:
        content = members.extractfile("package/axe.min.js")
        assert content is not None
        return content.read().decode()


NARROW = {"width": 360, "height": 780}
WIDE = {"width": 1360, "height": 900}


@pytest.fixture
def laid_open(tab: Playground) -> Iterator[Playground]:
    """The tab with nothing scrolled out of sight, where axe cannot tell the background."""
    height = "['rules', 'code'].forEach((id) => (document.getElementById(id).style.maxHeight = %s))"
    tab.page.evaluate(height % "'none'")
    yield tab
    tab.page.evaluate(height % "''")
    tab.page.set_viewport_size(WIDE)
    tab.page.emulate_media(color_scheme="light")


@pytest.mark.full
@pytest.mark.parametrize(
    ("size", "scheme"), [(NARROW, "light"), (WIDE, "dark")], ids=["phone", "desk"]
)
def test_it_can_be_read(laid_open: Playground, axe: str, size: dict[str, int], scheme: str) -> None:
    """In every state: no fault by WCAG 2.2 AA, contrast among it, and nothing wider than the
    screen.
    """
    tab = laid_open
    tab.page.set_viewport_size(size)
    tab.page.emulate_media(color_scheme=scheme)
    dark = tab.page.evaluate("getComputedStyle(document.body).backgroundColor") != (
        "rgb(255, 255, 255)"
    )
    assert dark == (scheme == "dark")
    tab.page.evaluate(axe)
    wide = f"W{'i' * 200}de"
    states = {
        "clean": (CLEAN, "Nothing to change"),
        "error": ("{,", "The payload is not a JSON object"),
        "wide": ({wide: wide, "messages": [{"role": wide, "content": wide}]}, "remain"),
        "left": (EXAMPLES[TITLES.index("What only you can repair")]["payload"], "remain"),
        "first": (EXAMPLES[0]["payload"], FIRST),
    }
    tab.page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    faults(tab)
    for payload, says in states.values():
        tab.put(payload, says)
        faults(tab, but="#rules")  # whose hundred boxes are the same in every state
    for view in ("Diff", "JSON Patch"):
        tab.page.get_by_label(view, exact=True).check()
        faults(tab, but="#rules")
    if size is NARROW:
        # Phones zoom into fields with smaller letters, and fingers are as wide as this.
        small = """[...document.querySelectorAll("input, select, textarea, button, summary")]
            .filter((e) => e.checkVisibility() && !e.matches("[type=checkbox], [type=radio]"))
            .filter((e) => e.getBoundingClientRect().height < 24 ||
                (e.matches("input, select, textarea") &&
                 parseFloat(getComputedStyle(e).fontSize) < 16))
            .map((e) => [e.outerHTML, e.getBoundingClientRect().height])"""
        assert tab.page.evaluate(small) == []


def faults(tab: Playground, but: str = "#none") -> None:
    """Fail for what is wider than the screen, and for what axe finds, or cannot decide.

    What `but` selects is not looked at.
    """
    root = "document.documentElement"
    assert tab.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0
    levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = tab.page.evaluate(f"axe.run({{ exclude: ['{but}'] }}, {{ runOnly: {levels} }})")
    assert found["passes"]
    wrong = [
        (rule["id"], node["html"][:200])
        for rule in found["violations"] + found["incomplete"]
        for node in rule["nodes"]
        # A minus alone is no text to it; the text beside it has the same colours.
        if node["html"] != "<span>−</span>"
    ]
    assert not wrong, wrong


@pytest.mark.full
def test_without_its_python(browser: Any, tmp_path: Path) -> None:
    """A site that was built offline says how to build the rest, and one can read the page."""
    builder.copy_page(tmp_path / "docs")
    for server in served(tmp_path):
        tab = Playground(browser, server.address)
        tab.expect(tab.page.locator("#load-text")).to_contain_text("docs/build_playground.py")
        assert "404 for runtime/manifest.json" in tab.text("#load-text")
        assert tab.page.get_by_role("alert").count() == 1
        assert "mistral" in tab.page.input_value("#payload")
        tab.page.fill("#payload", "{}")
        assert tab.wrong == []
        tab.context.close()


@pytest.mark.full
@pytest.mark.parametrize(("fault", "says"), [
    ("no wheel", "there is no wheel of pydantic."),
    ("no file", "the server responds with 404 for runtime/pydantic-"),
    ("another file", ".whl has 6 bytes, and had "),
    ("front page", "runtime/manifest.json is not JSON"),
])  # fmt: skip
def test_a_broken_build_is_not_the_browsers_fault(
    browser: Any, site: Path, tmp_path: Path, fault: str, says: str
) -> None:
    """What is missing or cut short is named, and the browser is not blamed."""
    runtime = tmp_path / "docs" / "playground" / "runtime"
    shutil.copytree(site / "docs" / "playground", runtime.parent)
    (wheel,) = runtime.glob("pydantic-*.whl")
    manifest = json.loads((runtime / "manifest.json").read_text("utf-8"))
    if fault == "no wheel":
        del manifest[wheel.name]
    elif fault == "no file":
        wheel.unlink()
    elif fault == "another file":
        wheel.write_bytes(b"<html>")
    text = "<html>" if fault == "front page" else json.dumps(manifest)
    (runtime / "manifest.json").write_text(text, "utf-8")
    for server in served(tmp_path):
        tab = Playground(browser, server.address)
        tab.expect(tab.page.locator("#load-text")).to_contain_text("is missing or incomplete: ")
        said = tab.text("#load-text")
        assert says in said
        assert "browser" not in said
        assert said.endswith("python docs/build_playground.py builds it.")
        tab.context.close()


BROKEN = (
    "Worker.prototype.postMessage = function () { this.onmessage({ data: { broken: 'Oops' } }) }"
)


@pytest.mark.full
@pytest.mark.parametrize(("before", "says"), [
    ("delete globalThis.WebAssembly", "does not have WebAssembly. The page needs one of 2023"),
    ("globalThis.Worker = class { terminate() {} }", "does not have workers that are modules."),
    (f"delete WebAssembly.Tag; {BROKEN}", "does not have exceptions in WebAssembly."),
    (BROKEN, "Python did not start: Oops. The files may be of different builds."),
])  # fmt: skip
def test_an_old_browser_is_told(browser: Any, server: Server, before: str, says: str) -> None:
    """What a browser lacks is named, and only then is it the browser that is at fault."""
    tab = Playground(browser, server.address, before=before)
    tab.expect(tab.page.locator("#load")).to_have_class("load failed")
    assert says in tab.text("#load-text")
    assert ("browser" in tab.text("#load-text")) == (before != BROKEN)
    tab.context.close()


@pytest.mark.full
def test_from_a_file(browser: Any, site: Path) -> None:
    """Opened without a server, where browsers load nothing, the page says that it wants one."""
    page = browser.new_page()
    page.goto((site / "docs" / "playground" / "index.html").as_uri())
    told = page.get_by_text("http.server")
    told.wait_for()
    assert told.is_visible()
    page.context.close()
