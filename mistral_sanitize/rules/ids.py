"""Rules of the group *ids*: tool-call ids; and how valid ids and function names are generated.

Both are stable: they depend on what they replace and on nothing else, as long as nothing collides.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Collection
from hashlib import blake2b
from typing import Final

from mistral_sanitize.rules._rule import COMMON, Group

__all__ = ["IDS", "fits", "legal_name", "new_id", "new_name"]

IDS: Final = Group("ids", "Tool-call ids")

IDS.declared(
    "tool-call-id",
    "Mistral requires tool-call ids of nine characters, a-z, A-Z, 0-9",
    "https://github.com/BerriAI/litellm and 10 more (400 3280, 2024-07 to 2026-04)",
    by="engine.order",
    lossy=False,
)

IDS.declared(
    "missing-tool-call-id",
    "a tool call and its result must have an id",
    "https://github.com/langchain-ai/langchain/issues/28237 (500, 2024-11)",
    by="engine.order",
)

IDS.declared(
    "result-id",
    "a result must have the id of its call",
    "https://github.com/pydantic/pydantic-ai/issues/3733 (400 3230, 2025-12-15)",
    by="engine.order",
    lossy=False,
)

IDS.declared(
    "duplicate-tool-call-id",
    "two tool calls cannot share an id",
    f"https://github.com/editor-code-assistant/eca/issues/233; {COMMON}",
    by="engine.order",
    lossy=False,
)


_LENGTH: Final = 9
# Base64's other two digits become letters too, which costs a quarter of a bit in nine digits.
_ALPHANUMERIC: Final = bytes.maketrans(b"+/", b"Mm")
legal_name: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}").fullmatch
"""``^[a-zA-Z0-9_-]{1,64}$``: mistral-common, ``_validate_function_name``."""


def fits(call_id: object) -> bool:
    """Whether Mistral takes it: nine of a-z, A-Z, 0-9 (400 3280 otherwise)."""
    return (
        isinstance(call_id, str)
        and len(call_id) == _LENGTH
        and call_id.isascii()
        and call_id.isalnum()
    )


def _hashed(text: str, length: int) -> str:
    """`length` letters and digits, of a hash of the text; a lone surrogate is hashed as such."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=length).digest()
    return b2a_base64(digest, newline=False)[:length].translate(_ALPHANUMERIC).decode("ascii")


def new_id(old: str, taken: Collection[str]) -> str:
    """An id that fits, made of `old`, and none of those taken."""
    attempt = _hashed(old, _LENGTH)
    again = 0
    while attempt in taken:
        again += 1
        attempt = _hashed(f"{old}\0{again}", _LENGTH)
    return attempt


def new_name(old: str, taken: Collection[str]) -> str:
    """A legal function name, as near to `old` as can be, and none of those taken."""
    plain = re.sub(r"[^a-zA-Z0-9_-]", "_", old) or "_"
    if len(plain) <= 64 and plain not in taken:
        return plain
    attempt = f"{plain[:55]}_{_hashed(old, 8)}"
    again = 0
    while attempt in taken:
        again += 1
        attempt = f"{plain[:55]}_{_hashed(f'{old}{again}', 8)}"
    return attempt
