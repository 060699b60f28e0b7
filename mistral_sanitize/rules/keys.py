"""Rules of the group *keys*: keys that Mistral's schema does not have."""

from __future__ import annotations

from typing import Any, Final

from mistral_sanitize.rules._rule import SPEC, Group
from mistral_sanitize.rules._run import Run

__all__ = ["KEYS"]


def _drop_details(before: Any, after: Any, run: Run) -> str:
    if run.drops_by_default:
        return "by default; drop=() sends it"
    return "the drop option names it"


KEYS: Final = Group("keys", "Keys that Mistral's schema does not have")


KEYS.declared(
    "unknown-key",
    "Mistral's schema has no such key here",
    f"{SPEC}: additionalProperties false; 422 extra_forbidden, reported since 2024-01",
    by="engine.walk.other_keys",
)

KEYS.declared(
    "drop",
    "this field is dropped",
    "the caller's choice; the default drops the penalties, as the project's owner asked",
    by="_sanitizer.Sanitizer",
    details=_drop_details,
)
