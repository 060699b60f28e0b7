"""The proxy's Dockerfile, Compose file and systemd unit, as far as no image is needed for them.

An image is not built here: that takes a registry. What is checked is that the files which it copies
are there, that its command starts the proxy from those alone, and that the others say the same.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mistral_sanitize.testing import StrictMistral

pytest.importorskip("uvicorn")
pytest.importorskip("starlette")
pytest.importorskip("httpx")

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "docs" / "examples" / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
UNIT = (DEPLOY / "mistral-proxy.service").read_text("utf-8")
DIRTY = {"model": "mistral-small-latest", "messages": [{"role": "user", "content": "Hi"}],
         "user": "ada"}  # fmt: skip


def command(of: str) -> list[str]:
    """The words after the program that the image, or the unit, runs."""
    if of == "image":
        (found,) = re.findall(r"(?m)^CMD (.*)$", DOCKERFILE)
        words: list[str] = json.loads(found)
    else:
        (found,) = re.findall(r"(?m)^ExecStart=(.*)$", UNIT)
        words = shlex.split(found)
    assert words[0].endswith("/bin/uvicorn")
    return words[1:]


@pytest.fixture(params=["image", "unit"])
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """The port of the proxy, started by the command from a folder that has only its script."""
    shutil.copy(ROOT / "docs" / "examples" / "proxy.py", tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as held:
        free = held.getsockname()[1]
    words = [word if word != "8000" else str(free) for word in command(request.param)]
    with StrictMistral().serve() as url:
        env = {**os.environ, "MISTRAL_UPSTREAM": url, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *words],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", free)) == 0:
                        break
                time.sleep(0.1)
            yield free
        finally:
            process.terminate()
            assert process.wait(60) in (0, 143, -15)


def test_the_command_serves(port: int) -> None:
    """It starts the proxy, which sanitizes, and the image's health check finds it well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": "Bearer key", "Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(DIRTY), headers)
    assert connection.getresponse().status == 200
    connection.close()
    (check,) = re.findall(r"(?m)^HEALTHCHECK CMD (.*)$", DOCKERFILE)
    _, *arguments = json.loads(check)
    words = [word.replace("8000", str(port)) for word in arguments]
    subprocess.run([sys.executable, *words], check=True, timeout=60)


def test_all_run_the_same() -> None:
    """The image and the unit differ by the address that they listen on."""
    image, unit = command("image"), command("unit")
    assert [word for word in image if word != "0.0.0.0"] == [w for w in unit if w != "127.0.0.1"]
    for text in (DOCKERFILE, UNIT, (DEPLOY / "compose.yaml").read_text("utf-8")):
        assert "https://api.mistral.ai" in text
        assert "Bearer" not in text


def test_what_the_image_copies_is_there() -> None:
    """Each source of a COPY is in the checkout, and what is installed needs no more."""
    copied = re.findall(r"(?m)^COPY (?!--from)(.*) \S+$", DOCKERFILE)
    names = [name for line in copied for name in line.split()]
    assert {"pyproject.toml", "README.md", "LICENSE", "mistral_sanitize"} <= set(names)
    assert all((ROOT / name).exists() for name in names)


def test_compose() -> None:
    """The Compose file leads to the Dockerfile, from where it is."""
    yaml = pytest.importorskip("yaml")
    ((_, service),) = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))[
        "services"
    ].items()
    context = (DEPLOY / service["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / service["build"]["dockerfile"]).read_text("utf-8") == DOCKERFILE


def test_the_unit_is_one(tmp_path: Path) -> None:
    """systemd itself finds nothing to say of it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    here = tmp_path / "mistral-proxy.service"
    program = f"ExecStart={sys.executable} -m uvicorn"
    here.write_text(UNIT.replace("ExecStart=/opt/mistral-proxy/bin/uvicorn", program), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(here)], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert (done.returncode, "mistral-proxy" in done.stderr) == (0, False), done.stderr


def test_the_guide_shows_the_small_proxy() -> None:
    """The proxy that the guide begins with is the file, word by word."""
    small = (ROOT / "docs" / "examples" / "small_proxy.py").read_text("utf-8")
    assert f"```py\n{small}```" in (ROOT / "docs" / "guides" / "proxy.md").read_text("utf-8")
    assert sum(map(bool, small.splitlines())) <= 18
