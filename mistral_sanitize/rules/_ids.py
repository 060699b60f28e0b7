"""Tool-call ids and function names that Mistral takes, made of those it refuses.

Both are stable: they depend on what they replace and on nothing else, as long as nothing collides.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Collection
from hashlib import blake2b
from typing import Final

__all__ = ["fits", "legal_name", "new_id", "new_name"]

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
