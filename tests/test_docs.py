"""The documentation does what it says: code blocks run, JSON parses, links lead somewhere.

The language of a fenced block says what happens to it:

* ``python`` and ``sh`` are run, a page's blocks in the order written, in one process and one
  directory: a fresh one that has a copy of ``docs/``. ``mistral-sanitize`` is on the PATH, the
  checkout's package is what is imported, and ``StrictMistral`` can be. A page that imports what is
  not installed here is skipped.
* ``json`` is parsed.
* Any other (``console``, ``text``, ``python-console``, ``toml``, ``jsonc`` …) is only shown.

In README.md ``sh`` blocks are not run: they install, and run the tests themselves.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [
    *(path for path in [README] if path.exists()),
    *(p for p in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in p.parts),
]
LIMIT = 300
"""Seconds that a page's blocks may take together."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, the line of its first line of code, and the code."""

    language: str
    line: int
    code: str


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page; one within a list is taken out of its indentation."""
    fence, start, language, code = "", 0, "", [""]
    indent = 0
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r"( *)(`{3,}|~{3,})(.*)$", line)
        if not fence:
            if found is not None:
                indent, fence = len(found[1]), found[2]
                language = found[3].strip().split(" ")[0].strip("{}")
                start, code = number + 1, []
        elif found is not None and found[2].startswith(fence) and not found[3].strip():
            yield Block(language, start, "\n".join(code) + "\n")
            fence = ""
        else:
            code.append(line[min(indent, len(line) - len(line.lstrip())) :])
    assert not fence, f"the block before line {start} is never closed"


def without_blocks(text: str) -> str:
    """The page's prose: what its links and headings are in."""
    return re.sub(r"(?ms)^ *(`{3,}|~{3,}).*?^ *\1`* *$", "", text)


QUICK = {
    "README",
    "tutorial",
    "guarantees",
    "requests",
    "httpx",
    "asgi",
    "conversations",
    "refusals",
}
"""Pages of which a short run runs the blocks: each is a process of its own."""


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def of_language(*languages: str) -> list[Path]:
    return [
        page
        for page in PAGES
        if any(b.language in languages for b in blocks(page.read_text("utf-8")))
    ]


# -- code ----------------------------------------------------------------------------------------

DRIVER = r"""
import json, subprocess, sys, types
page, found = json.load(sys.stdin)
module = types.ModuleType("docs_page")
sys.modules["docs_page"] = module
for language, line, code in found:
    if language == "sh":
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], stdin=subprocess.DEVNULL)
        if done.returncode:
            sys.exit(f"{page}:{line}: the sh block has exit status {done.returncode}")
    else:
        exec(compile("\n" * (line - 1) + code, page, "exec"), module.__dict__)
"""


def imported(code: str) -> set[str]:
    """The top-level modules that a block imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def missing(names: set[str]) -> list[str]:
    """Those of them that are not installed, of an adapter what it adapts."""
    adapters = {n.split(".")[2] for n in names if n.startswith("mistral_sanitize.adapters.")}
    needed = {name.split(".")[0] for name in names} | {WANTS.get(a, a) for a in adapters}
    if "mistral_sanitize.strategies" in names:
        needed.add("hypothesis")
    return sorted(name for name in needed - {""} if importlib.util.find_spec(name) is None)


WANTS = dict.fromkeys(("asgi", "wsgi", "aws_lambda", "fastapi", "urllib"), "")
"""Adapters that need something else to be imported than the module of their name."""


def environment(directory: Path) -> dict[str, str]:
    """This interpreter first on the PATH, the checkout first on its path, the command there."""
    commands = directory / "bin"
    commands.mkdir()
    for name, arguments in (
        ("python", ""),
        ("python3", ""),
        ("mistral-sanitize", "-m mistral_sanitize"),
    ):
        command = commands / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        command.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "MISTRAL_API_KEY": "none-needed-here",
        "NO_COLOR": "1",
    }


@pytest.mark.parametrize("page", [
    pytest.param(page, marks=[] if page.stem in QUICK else [pytest.mark.slow])
    for page in of_language("python", "sh")
], ids=name_of)  # fmt: skip
def test_code_runs(page: Path, tmp_path: Path) -> None:
    """Every python block, and outside of the README every sh block, runs without an error."""
    kinds = ("python",) if page == README else ("python", "sh")
    found = [block for block in blocks(page.read_text("utf-8")) if block.language in kinds]
    names = {n for block in found if block.language == "python" for n in imported(block.code)}
    if absent := missing(names):
        pytest.skip(f"not installed: {', '.join(absent)}")
    if any(block.language == "sh" for block in found) and shutil.which("bash") is None:
        pytest.skip("no bash")
    work = tmp_path / "work"
    ignored = shutil.ignore_patterns("_build", "node_modules", "__pycache__")
    shutil.copytree(ROOT / "docs", work / "docs", ignore=ignored)
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        input=json.dumps([name_of(page), [(b.language, b.line, b.code) for b in found]]),
        cwd=work,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, f"\n{done.stdout}"


@pytest.mark.parametrize("page", of_language("json"), ids=name_of)
def test_json_parses(page: Path) -> None:
    """Every json block is JSON."""
    for block in blocks(page.read_text("utf-8")):
        if block.language == "json":
            try:
                json.loads(block.code)
            except ValueError as error:
                pytest.fail(f"{name_of(page)}:{block.line}: {error}")


# -- links ---------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them."""
    found: set[str] = set()
    text = without_blocks(page.read_text("utf-8"))
    for heading in re.findall(r"(?m)^#{1,6} +(.+?) *#*$", text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        again = 1
        while slug in found:
            slug = f"{slug.removesuffix(f'-{again - 1}')}-{again}"
            again += 1
        found.add(slug)
    found.update(re.findall(r"(?m)^\(([\w-]+)\)=$", text))
    return found


def links(text: str) -> Iterator[str]:
    """The targets of a page's links and images, and of its tables of contents."""
    prose = without_blocks(text)
    prose = re.sub(r"`[^`\n]*`", "", prose)
    yield from re.findall(r"\]\(<?([^)\s>]+)>?(?: +\"[^\"]*\")?\)", prose)
    yield from re.findall(r"(?:src|href)=\"([^\"]+)\"", prose)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_resolve(page: Path) -> None:
    """Every link to another page, or to a part of one, leads there."""
    broken = []
    for target in links(page.read_text("utf-8")):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        other = (page.parent / name).resolve() if name else page
        if not other.exists():
            broken.append(target)
        elif anchor and other.suffix == ".md" and anchor not in anchors(other):
            broken.append(target)
    assert not broken


def test_every_page_is_in_a_table_of_contents() -> None:
    """A page that no toctree names cannot be found."""
    named: set[Path] = set()
    for page in PAGES:
        for block in blocks(page.read_text("utf-8")):
            if block.language == "toctree":
                entries = [e for e in block.code.split("\n") if e and not e.startswith(":")]
                paths = (re.sub(r".*<(.+)>", r"\1", entry).strip() for entry in entries)
                named.update((page.parent / f"{path}.md").resolve() for path in paths)
    pages = {page for page in PAGES if page != README}
    assert pages - named == {ROOT / "docs" / "index.md"}
    assert not [path for path in named if not path.exists()]


# -- the machinery itself ------------------------------------------------------------------------


def test_blocks_are_found() -> None:
    """Fences of any length, in lists too; what is in a longer fence is no block of its own."""
    text = (
        "a\n```python\nx = 1\n```\n* b\n  ```sh\n  ls\n   -l\n  ```\n````text\n```sh\n```\n````\n"
    )
    assert list(blocks(text)) == [
        Block("python", 3, "x = 1\n"),
        Block("sh", 7, "ls\n -l\n"),
        Block("text", 11, "```sh\n```\n"),
    ]
    assert "ls" not in without_blocks(text)


def test_a_failing_block_is_named(tmp_path: Path) -> None:
    """The driver's exit status and words say which line of which page is at fault."""
    for language, code in (("python", "1 / 0"), ("sh", "false")):
        done = subprocess.run(
            [sys.executable, "-c", DRIVER],
            input=json.dumps(["page.md", [(language, 7, code)]]),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert re.search(r'page\.md(", line |:)7', done.stderr)
