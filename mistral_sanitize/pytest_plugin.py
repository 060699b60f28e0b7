"""A fixture for pytest: `strict_mistral`, the stand-in for Mistral's API on a loopback port.

This module has only that fixture. There is no entry point, since every run of pytest would then
import the package. A project asks for the fixture by one line in its ``conftest.py``::

    pytest_plugins = ["mistral_sanitize.pytest_plugin"]
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mistral_sanitize.testing import StrictMistral

__all__ = ["ServedMistral", "strict_mistral"]


class ServedMistral(StrictMistral):
    """A `StrictMistral` that is being served, and knows where."""

    url: str = ""
    """``http://127.0.0.1:PORT``, without the ``/v1``."""

    def __repr__(self) -> str:
        return f"<StrictMistral at {self.url}>"


# Of class scope: a test function has a server of its own, the tests of a class share one. Of
# function scope would be the same for functions, but Hypothesis takes none of those under `given`.
@pytest.fixture(scope="class")
def strict_mistral() -> Iterator[ServedMistral]:
    """Mistral's API, as far as it refuses: served on a loopback port until the test is over."""
    mistral = ServedMistral()
    with mistral.serve() as mistral.url:
        yield mistral
