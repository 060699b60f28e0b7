"""The fixture `strict_mistral`, and the guide that finds a bug with it, as pytest runs them."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mistral_sanitize

pytest_plugins = ["pytester"]

ROOT = Path(mistral_sanitize.__file__).parent.parent
GUIDE = Path(__file__).parent.parent / "docs" / "guides" / "property-testing.md"
CONFTEST = 'pytest_plugins = ["mistral_sanitize.pytest_plugin"]'
# What Hypothesis says of the lines that only failing examples run takes longer than the rest.
QUICK = """
from hypothesis import Phase, settings

settings.register_profile("quick", database=None, phases=[Phase.generate, Phase.shrink])
"""
POST = """
import json, urllib.error, urllib.request

def status(mistral, **payload):
    body = json.dumps(payload).encode()
    request = urllib.request.Request(mistral.url + "/v1/chat/completions", body)
    request.add_header("Authorization", "Bearer any")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project that asks for the plugin, in a process of its own with this very package."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(pytester.path)]))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("CI", raising=False)  # there pytest says what failed a second time
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(post=POST)
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_it_refuses_and_remembers(project: pytest.Pytester) -> None:
    """What is served refuses what Mistral refuses, and tells what came."""
    project.makepyfile(
        """
        from post import status

        HELLO = [{"role": "user", "content": "Hi"}]
        REQUEST = {"model": "mistral-small-latest", "messages": HELLO}

        def test_it(strict_mistral):
            assert strict_mistral.url.startswith("http://127.0.0.1:")
            assert strict_mistral.url in repr(strict_mistral)
            assert status(strict_mistral, **REQUEST) == 200
            assert status(strict_mistral, **REQUEST, user="u") == 422
            assert [received.status for received in strict_mistral.requests] == [200, 422]
        """
    )

    run(project).assert_outcomes(passed=1)


@pytest.mark.slow
def test_each_function_has_its_own(project: pytest.Pytester) -> None:
    """No function sees what another has sent; the tests of a class share one; it ends with them."""
    project.makepyfile(
        """
        from post import status
        import urllib.error, pytest

        seen = []

        @pytest.mark.parametrize("number", [1, 2])
        def test_function(strict_mistral, number):
            assert strict_mistral.requests == ()
            status(strict_mistral, model="m")
            seen.append(strict_mistral)

        class TestClass:
            def test_first(self, strict_mistral):
                assert strict_mistral not in seen
                assert status(strict_mistral, model="m") == 422

            def test_second(self, strict_mistral):
                assert len(strict_mistral.requests) == 1

        def test_they_are_gone():
            for mistral in seen:
                with pytest.raises(urllib.error.URLError):
                    status(mistral, model="m")
        """
    )

    run(project).assert_outcomes(passed=5)


@pytest.mark.slow
def test_nothing_happens_unless_asked_for(pytester: pytest.Pytester) -> None:
    """Installed is not yet loaded: a run of pytest without the line imports nothing of ours."""
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_imported():
            assert "mistral_sanitize.pytest_plugin" not in sys.modules
        """
    )

    run(pytester).assert_outcomes(passed=1)


def test_loading_it_starts_nothing() -> None:
    """The plugin's import opens no socket and starts no thread; the fixture does."""
    code = (
        "import sys, threading\n"
        "sys.addaudithook(lambda e, a: e.startswith('socket.') and sys.exit(e))\n"
        "import mistral_sanitize.pytest_plugin\n"
        "assert threading.active_count() == 1"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def guide() -> dict[str, str]:
    """The blocks of the guide that are files, by the name in their first line."""
    text = GUIDE.read_text("utf-8")
    return dict(re.findall(r"(?ms)^```py\n# ([^\n]+)\n(.*?)^```$", text))


def guided(project: pytest.Pytester, proxy: str) -> pytest.RunResult:
    """The guide's test run by pytest, for a proxy."""
    pytest.importorskip("requests")
    files = guide()
    assert files["conftest.py"].strip() == CONFTEST
    project.makeconftest(files["conftest.py"] + QUICK)
    project.makepyfile(my_proxy=proxy, test_my_proxy=files["test_my_proxy.py"])
    return run(project, "--hypothesis-seed=0", "--hypothesis-profile=quick")


@pytest.mark.slow
def test_the_guide_finds_its_bug(project: pytest.Pytester) -> None:
    """Ten lines fail for the proxy of the guide, with a conversation as short as it says."""
    assert len([line for line in guide()["test_my_proxy.py"].splitlines() if line]) <= 10

    result = guided(project, guide()["my_proxy.py"])

    result.assert_outcomes(failed=1)
    shown = result.stdout.str()
    assert "Unexpected role 'system' after role 'assistant'" in shown
    (example,) = re.findall(r"(?s)payload=(\{.*?\}),? *\n\)", re.sub(r"(?m)^E {0,7}", "", shown))
    payload = ast.literal_eval(example)
    assert payload.keys() == {"model", "messages"}
    assert len(payload["messages"]) <= 4
    assert "assistant" in [message["role"] for message in payload["messages"]]


@pytest.mark.slow
def test_the_guide_repairs_it(project: pytest.Pytester) -> None:
    """The same test passes for the proxy that the guide ends with."""
    files = guide()

    result = guided(project, files["my_proxy.py"] + files["my_proxy.py, repaired"])

    result.assert_outcomes(passed=1)
