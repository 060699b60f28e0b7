"""What belongs to an adapter beside its module: each place that is missing is named.

Three places are an adapter's own: its module, its driver in the conformance suite (or its server),
and its guide. The others are a line each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import mistral_sanitize

ROOT: Final = Path(__file__).resolve().parents[2]
MODULES: Final = Path(mistral_sanitize.__file__).parent / "adapters"
HEADINGS: Final = (
    *("Install", "Use", "What is touched"),
    *("Order with signing and retries", "Errors", "Test it"),
)
"""The headings that the guides of adapters share, in this order."""

NOT_TYPED: Final = {"django", "litellm", "mitmproxy", "niquests", "tornado"}
"""Adapters of libraries that come without types, or are not beside the type checkers."""

NO_OPTIONS: Final = {"mitmproxy"}
"""Adapters whose options `test_options` cannot be given: mitmproxy is not beside the tests."""


def text(*parts: str) -> str:
    """The text of a file or of all files of a glob."""
    *folders, last = parts
    files = sorted(ROOT.joinpath(*folders).glob(last))
    assert files, parts
    return "\n".join(file.read_text("utf-8") for file in files)


def guide(name: str) -> str:
    return name.replace("_", "-") + ".md"


def has_guide(name: str) -> bool:
    path = ROOT / "docs" / "guides" / guide(name)
    if not path.exists():
        return False
    found = re.findall(r"(?m)^## (.+)$", path.read_text("utf-8"))
    return [heading for heading in found if heading in HEADINGS] == list(HEADINGS)


def imports(name: str, source: str) -> bool:
    """Whether a text of Python imports the adapter, one way or another."""
    module = rf"adapters\.{name}\b|adapters import [\w, ]*\b{name}\b"
    driver = rf"adapter\(\"{name}\"\)|LIBRARY(?:: \S+)? = \"{name}\"|make\(\"{name}\""
    return re.search(f"{module}|{driver}", source) is not None


def is_in_leaks(name: str) -> bool:
    leaks = "\n".join(
        file.read_text("utf-8")
        for file in (ROOT / "tests" / "adapters").glob("*.py")
        if "leaked(" in file.read_text("utf-8") or file.stem == "servers_here"
    )
    # A row of servers_here.SERVERS, say.
    served = re.search(rf'"(?:\w+-)?{name}(?:-[\w-]+)?": \(_', leaks)
    return served is not None or imports(name, leaks + text("tests", "adapters", "conformance.py"))


PLACES: Final[dict[str, Callable[[str], bool]]] = {
    "a guide in docs/guides, with the headings of the others": has_guide,
    "its line in docs/guides/index.md": lambda name: (
        f"({guide(name)})" in text("docs", "guides", "index.md")
    ),
    "its module in docs/reference/api.md": lambda name: (
        f"mistral_sanitize.adapters.{name}" in text("docs", "reference", "api.md")
    ),
    "its library in README.md": lambda name: (
        re.search(rf"(?i)\b{name.replace('_', '.')}\b", text("README.md")) is not None
    ),
    "its options in tests/adapters/test_options.py": lambda name: (
        name in NO_OPTIONS or imports(name, text("tests", "adapters", "test_options.py"))
    ),
    "a test through its real library in tests/adapters": lambda name: imports(
        name, text("tests", "adapters", "*.py").replace("test_options", "")
    ),
    "its use in tests/typing": lambda name: (
        name in NOT_TYPED or imports(name, text("tests", "typing", "*.py"))
    ),
    "its place in a test of what adapters say to the log": is_in_leaks,
}
"""What an adapter needs, by name, and whether it has it."""


def adapters() -> list[str]:
    return sorted(path.stem for path in MODULES.glob("[!_]*.py"))


def test_every_adapter_is_everywhere() -> None:
    """An adapter that lacks its place somewhere is named with the place."""
    missing = [
        f"{name}: {place}" for name in adapters() for place, has in PLACES.items() if not has(name)
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_a_newcomer_lacks_everything() -> None:
    """Each of the places would be missed: none is found by accident."""
    assert [place for place, has in PLACES.items() if has("carrier_pigeon")] == []


def test_exceptions_are_of_adapters() -> None:
    """No exception outlives what it is for."""
    assert set(adapters()) >= (NOT_TYPED | NO_OPTIONS)
    typed = text("tests", "typing", "*.py")
    assert not [name for name in NOT_TYPED if imports(name, typed)]
