"""The options of the adapters: declared once, with their documentation, and checked here.

An adapter's constructor accepts ``**options: Unpack[ClientOptions]`` (or `ServerOptions`, or
`CommonOptions`) and binds them with `AdapterOptions.of`. A new option is a line in one of these
classes and a field of `AdapterOptions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

from typing_extensions import TypedDict

from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.completions import CompletionReport
from mistral_sanitize.report import Report

__all__ = [
    "MAX_SIZE",
    "ClientOptions",
    "CommonOptions",
    "CompletionOptions",
    "MappingClientOptions",
    "MappingServerOptions",
    "OnCompletion",
    "OnReport",
    "ServerOptions",
    "check_names",
    "check_near_names",
    "check_values",
    "split",
]

MAX_SIZE: Final = 64 << 20
"""Bytes that a body may have once inflated, unless told otherwise."""

OnReport = Callable[[Report], object]
"""Called with each report that is not empty. What it raises reaches the caller."""

OnCompletion = Callable[[CompletionReport], object]
"""Called at the end of each completion that was changed, or in which something was left. What it
raises reaches the caller."""


class CommonOptions(TypedDict, total=False):
    """The options of every adapter, all by keyword; ``None`` means not given."""

    sanitizer: Sanitizer | None
    """The `Sanitizer` for the bodies; one with all the defaults if not given."""
    on_report: OnReport | None
    """Called with the `Report` of each request that was changed, before it is sent or passed on.
    What it raises reaches the caller."""


class CompletionOptions(CommonOptions, total=False):
    """The options of an adapter that can change the body of a response; all are off by default."""

    completions: Literal["openai"] | None
    """``"openai"``: completions come back in OpenAI's shape, as by `to_openai`, streamed ones too,
    each event at once. Not for a client that reads Mistral's own shape."""
    restore: bool
    """Whether completions come back with the caller's function names and tool-call ids, as by
    `restore`."""
    on_completion: OnCompletion | None
    """Called at the end of each completion that ``completions=`` has changed, or in which something
    was left, with its `CompletionReport`. What it raises reaches the caller."""


class ClientOptions(CommonOptions, total=False):
    """The options of an adapter for a client that can send a request again."""

    retry_refused: bool
    """Whether to send a request once more that Mistral has refused for a reason that
    `repair_refused` can repair. Off by default."""


class MappingClientOptions(ClientOptions, CompletionOptions, total=False):
    """Those of `ClientOptions` and of `CompletionOptions`."""


class ServerOptions(CommonOptions, total=False):
    """The options of an adapter for a server."""

    max_body_size: int | None
    """The limit in bytes, for a body as sent and as decompressed: above it the response is 413.
    64 MiB by default."""


class MappingServerOptions(ServerOptions, CompletionOptions, total=False):
    """Those of `ServerOptions` and of `CompletionOptions`."""


def check_names(owner: str, given: Iterable[str], kind: Any) -> None:
    """Check that each option given is one of `kind`'s, a class of options.

    Raises:
        TypeError: names the option, those it may be meant for, and all that there are.
    """
    known: frozenset[str] = kind.__optional_keys__
    for name in given:
        if name not in known:
            from difflib import get_close_matches  # only errors need it, and it is slow to import

            near = get_close_matches(name, known)
            hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
            listed = ", ".join(sorted(known))
            raise TypeError(f"{owner}: unknown option {name!r}; {hint}The options are {listed}")


def check_near_names(owner: str, given: Iterable[str], kind: Any, cutoff: float) -> None:
    """Check that no name is a misspelt option of `kind`'s: one as near to it as `cutoff` says.

    Raises:
        TypeError: as `check_names`, of the first that is one.
    """
    from difflib import get_close_matches

    known: frozenset[str] = kind.__optional_keys__
    others = (name for name in given if name not in known)
    check_names(owner, [name for name in others if get_close_matches(name, known, 1, cutoff)], kind)


def split(owner: str, given: dict[str, Any], kind: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options of `kind` among keywords, and the rest, which a library's own class accepts.

    Raises:
        TypeError: one of the rest is a misspelt option.
    """
    known: frozenset[str] = kind.__optional_keys__
    ours = {name: value for name, value in given.items() if name in known}
    rest = {name: value for name, value in given.items() if name not in known}
    check_near_names(owner, rest, kind, 0.75)
    return ours, rest


_EXAMPLE: Final = "for example sanitizer=Sanitizer(drop=())"


def check_values(given: Mapping[str, Any]) -> None:
    """Check that the value of each option is of its type.

    Raises:
        TypeError: names the option and what it was given, never a value.
    """
    for name, value in given.items():
        kind, words = _KINDS[name]
        if value is None and name in _OPTIONAL:
            continue
        if not kind(value):
            raise TypeError(f"{name} must be {words}, not {_described(value)}")


def _described(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}"
    return f"a {type(value).__name__}"


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_OPTIONAL: Final = frozenset({"sanitizer", "on_report", "on_completion", "completions"})
_KINDS: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "sanitizer": (
        lambda value: isinstance(value, Sanitizer),
        f"a Sanitizer ({_EXAMPLE})",
    ),
    "on_report": (callable, "a function of a Report"),
    "completions": (lambda value: value == "openai", "the string 'openai', or None"),
    "restore": (lambda value: isinstance(value, bool), "True or False"),
    "on_completion": (callable, "a function of a CompletionReport"),
    "retry_refused": (lambda value: isinstance(value, bool), "True or False"),
    "max_body_size": (_is_integer, "a number of bytes"),
}
