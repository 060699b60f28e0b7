"""From bytes to bytes: everything about an HTTP request that can be decided without I/O.

Adapters move bytes; what the bytes mean is decided here, once for all of them. The rules of this
package:

1. Nothing to change means the very same object, so that framing, digests and signatures of a
   clean request stay as they were.
2. A body is put back in the charset and the content coding in which it came, so that of its
   headers only those of `STALE_HEADERS` are wrong.
3. Nothing here raises because of a body. What cannot be read is returned as it is, beside an
   `ErrorResponse` that a server may send and a client ignores: Mistral then judges the body.
"""

from __future__ import annotations

from mistral_sanitize.body.codings import is_readable
from mistral_sanitize.body.errors import ErrorResponse
from mistral_sanitize.body.exchange import AdapterOptions, Exchange
from mistral_sanitize.body.framing import (
    FRAMING_HEADERS,
    STALE_HEADERS,
    declared_length,
    gather,
)
from mistral_sanitize.body.options import (
    MAX_SIZE,
    ClientOptions,
    CommonOptions,
    CompletionOptions,
    MappingClientOptions,
    MappingServerOptions,
    OnCompletion,
    OnReport,
    ServerOptions,
)
from mistral_sanitize.body.paths import applies
from mistral_sanitize.body.sanitize import Result, sanitize_body
from mistral_sanitize.completions.body import CompletionBody

__all__ = [
    "FRAMING_HEADERS",
    "MAX_SIZE",
    "STALE_HEADERS",
    "AdapterOptions",
    "ClientOptions",
    "CommonOptions",
    "CompletionBody",
    "CompletionOptions",
    "ErrorResponse",
    "Exchange",
    "MappingClientOptions",
    "MappingServerOptions",
    "OnCompletion",
    "OnReport",
    "Result",
    "ServerOptions",
    "applies",
    "declared_length",
    "gather",
    "is_readable",
    "sanitize_body",
]
