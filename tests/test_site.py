"""The built site in a real browser: its search finds what people paste, its pages fit a phone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.test_playground import FLAGS, NARROW, WAIT, WIDE, served

pytestmark = pytest.mark.full
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site that PLAYGROUND_SITE names, as in .ci/run; else one that is built here."""
    pytest.importorskip("playwright", reason="needs playwright")
    if shutil.which("chromium") is None:
        pytest.skip("needs chromium")
    if given := os.environ.get("PLAYGROUND_SITE"):
        return ROOT / given
    pytest.importorskip("furo")
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(ROOT / "docs")]
    subprocess.run([*command, str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    for server in served(built):
        yield server.address


@pytest.fixture(scope="module")
def browser(built: Path) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        found = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield found
        found.close()


@pytest.mark.parametrize("words", [
    "422", "3230", "3051", "1500", "extra_forbidden", "roles must alternate",
    "invalid_request_message_order", "Extra inputs are not permitted", "Expected last role",
])  # fmt: skip
def test_the_search_finds_errors(browser: Any, address: str, words: str) -> None:
    """What is pasted from an error leads to the index of errors."""
    page = browser.new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{address}/search.html?q={words}")
    found = page.locator("#search-results a[href*='reference/errors.html']").first
    found.wait_for()
    assert found.is_visible()
    page.close()


@pytest.mark.parametrize("words", ["cursor", "docker", "systemd", "langchain", "codestral"])
def test_the_search_finds_recipes(browser: Any, address: str, words: str) -> None:
    """What people run it with is found, too."""
    page = browser.new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{address}/search.html?q={words}")
    found = page.locator("#search-results a[href*='guides/']").first
    found.wait_for()
    assert found.is_visible()
    page.close()


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desk"])
def test_every_page_fits(browser: Any, built: Path, address: str, size: dict[str, int]) -> None:
    """No page is wider than the screen, and no word of a title is broken."""
    page = browser.new_page(viewport=size)
    page.set_default_timeout(WAIT)
    pages = sorted(path.relative_to(built).as_posix() for path in built.rglob("*.html"))
    pages = [name for name in pages if not name.startswith(("_", "genindex", "py-modindex"))]
    assert len(pages) > 40
    wide, broken = [], []
    # A word of the title that does not fit beside itself is one that was broken.
    measure = """() => {
        const root = document.documentElement;
        const title = document.querySelector("h1");
        const width = document.createRange();
        let broken = "";
        for (const text of title ? title.childNodes : []) {
            if (text.nodeType !== 3) continue;
            for (const word of text.data.matchAll(/[^\\s-]+/g)) {
                width.setStart(text, word.index);
                width.setEnd(text, word.index + word[0].length);
                if (new Set([...width.getClientRects()].map((box) => box.top)).size > 1) {
                    broken = word[0];
                }
            }
        }
        return [root.scrollWidth - root.clientWidth, broken];
    }"""
    for name in pages:
        page.goto(f"{address}/{name}", wait_until="domcontentloaded")
        over, word = page.evaluate(measure)
        wide += [name] if over > 0 else []
        broken += [(name, word)] if word else []
    assert (wide, broken) == ([], [])
    page.close()
