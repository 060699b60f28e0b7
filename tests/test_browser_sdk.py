"""The openai package of npm in a real browser, through the proxy of `docs/examples`."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from mistral_sanitize.testing import StrictMistral
from tests.test_proxy import SCRIPT, loaded, served

pytestmark = pytest.mark.full
ASK = """async ([base, sdk]) => {
    const { default: OpenAI } = await import(sdk);
    const client = new OpenAI({ baseURL: base + "/v1", apiKey: "key", maxRetries: 0,
                                dangerouslyAllowBrowser: true });
    const asked = { model: "mistral-small-latest", user: "ada", store: false,
                    messages: [{ role: "developer", content: "Be brief." },
                               { role: "user", content: "Hi" }] };
    const whole = await client.chat.completions.create(asked);
    let streamed = "";
    for await (const event of await client.chat.completions.create({ ...asked, stream: true })) {
        streamed += event.choices[0]?.delta?.content ?? "";
    }
    const refused = await client.chat.completions.create({ ...asked, temperature: "hot" })
        .then(() => null, (error) => error.status);
    return [whole.choices[0].message.content, streamed, refused];
}"""


class Files(SimpleHTTPRequestHandler):
    """Serves a folder, JavaScript under its type, in silence."""

    def guess_type(self, path: Any) -> str:
        return "text/javascript" if str(path).endswith(".mjs") else super().guess_type(path)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page of an origin of its own, beside the SDK's files, in Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    for program in ("npm", "chromium"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    folder = tmp_path_factory.mktemp("sdk")
    command = [str(shutil.which("npm")), "pack", "--silent", "openai"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as members:
        members.extractall(folder, filter="data")
    (folder / "index.html").write_text("<!doctype html><title>A page</title>", "utf-8")
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder))) as server,
        playwright.sync_playwright() as started,
    ):
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        flags = ["--headless", "--no-sandbox", "--disable-gpu"]
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        tab = browser.new_page()
        tab.set_default_timeout(180_000)
        tab.goto(f"http://127.0.0.1:{server.server_address[1]}/index.html")
        yield tab
        browser.close()
        server.shutdown()


def test_the_openai_sdk_in_a_browser(page: Any) -> None:
    """Its X-Stainless headers pass the preflight; whole and streamed completions come, and a
    refusal is Mistral's own.
    """
    example = loaded(SCRIPT)
    mistral = StrictMistral()
    with mistral.serve() as upstream, served(example.create_app(upstream)) as proxy:
        whole, streamed, refused = page.evaluate(ASK, [proxy, "/package/index.mjs"])
    assert whole == streamed != ""
    assert refused == 422
    chats = [each for each in mistral.requests if each.method == "POST"]
    assert [each.status for each in chats[:2]] == [200, 200]
    assert chats[0].header("x-stainless-lang") == "js"
    assert chats[0].json()["messages"][0]["role"] == "system"
