"""`ErrorResponse`: how a server responds to a body that it cannot pass on."""

from __future__ import annotations

import json
from dataclasses import dataclass

__all__ = ["ErrorResponse"]


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """The response of a server to a body that it cannot pass on. Clients ignore it."""

    status: int
    """400: not a JSON object, or not in its declared coding; 413: too large."""
    message: str
    """One line that quotes nothing of the body."""

    @property
    def body(self) -> bytes:
        """The response's body: JSON, in the shape of Mistral's own errors."""
        error = {
            "object": "error",
            "message": self.message,
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }
        return json.dumps(error, separators=(",", ":")).encode()

    @classmethod
    def too_large(cls, limit: int) -> ErrorResponse:
        """To a body of more than `limit` bytes."""
        return cls(413, f"Request body larger than {limit} bytes")

    @classmethod
    def cut_short(cls) -> ErrorResponse:
        """To a body that ends before it should, or does not say where."""
        return cls(400, "Request body is not as long as its Content-Length says")

    @classmethod
    def not_in_its_coding(cls) -> ErrorResponse:
        """To a body that cannot be inflated."""
        return cls(400, "Request body is not in its content coding")
