"""In a short run each library's client meets each case, its variants the first case alone."""

from __future__ import annotations

import pytest

FIRST = "test_refused_without_and_taken_with"
VARIANTS = ("-auth", "-install", "-unread", "httpx2")
"""Parts of the names of clients that send by the code of another one: httpx2's is that of httpx."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the other cases of the variants as slow: there are several hundred of them."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        name = getattr(parameters.get("kind"), "NAME", "")
        if any(part in name for part in VARIANTS) and not item.name.startswith(FIRST):
            item.add_marker(pytest.mark.slow)
