"""Rules of the group *keys*: keys that Mistral's schema does not have."""

from __future__ import annotations

from typing import Final

from mistral_sanitize.rules._rule import SPEC, Group

__all__ = ["KEYS"]


KEYS: Final = Group("keys", "Keys that Mistral's schema does not have")


KEYS.declared(
    "unknown-key",
    "Mistral's schema has no such key here",
    f"{SPEC}: additionalProperties false; 422 extra_forbidden, reported since 2024-01",
    by="engine.walk.other_keys",
)

KEYS.declared(
    "drop",
    "the drop option names this field",
    "the caller's choice; the default drops the penalties, as the project's owner asked",
    by="_sanitizer.Sanitizer",
)
