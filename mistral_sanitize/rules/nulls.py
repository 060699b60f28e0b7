"""Rules of the group *nulls*: nulls where Mistral does not accept them."""

from __future__ import annotations

from typing import Final

from mistral_sanitize.rules._rule import SPEC, Group

__all__ = ["NULLS"]


NULLS: Final = Group("nulls", "Nulls where Mistral does not accept them")


NULLS.declared(
    "null",
    "Mistral does not accept null here",
    "https://github.com/mistralai/platform-docs-public/issues/212 (422, 2025-03)",
    by="engine.walk",
)

NULLS.declared(
    "null-content",
    "Mistral requires content here, even if only an empty string",
    f"{SPEC}: content is required for system, user and tool",
    by="engine.walk, by the defaults of a model",
)
