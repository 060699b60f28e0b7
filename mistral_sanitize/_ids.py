"""Tool-call ids and function names that Mistral takes, made of those it refuses.

Both are stable: they depend on what they replace and on nothing else, as long as nothing collides.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from hashlib import blake2b
from typing import Final

__all__ = ["fits", "legal_name", "new_id", "new_name"]

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH: Final = 9
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
    """`length` digits of base 62, of a hash of the text; a lone surrogate is hashed as such."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    number = int.from_bytes(digest, "big")
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(digits)


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
