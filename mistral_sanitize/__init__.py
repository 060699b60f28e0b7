"""Make any OpenAI-style request one that Mistral's API accepts, and say exactly what changed.

The names are imported at their first use: a program that needs one of them does not load the
others, and the command can end at Ctrl-C while it still starts.
"""

import sys

TYPE_CHECKING = False  # typing's, for which there is no time yet
if TYPE_CHECKING:
    from typing import Any

    from mistral_sanitize import profiles
    from mistral_sanitize._json import InvalidBodyError
    from mistral_sanitize._sanitizer import (
        PENALTIES,
        Options,
        Sanitizer,
        check,
        explain,
        sanitize,
        sanitize_json,
    )
    from mistral_sanitize.completions import CompletionStream, restore, to_openai
    from mistral_sanitize.report import Change, Problem, Report
    from mistral_sanitize.validation.refusals import repair_refused

__all__ = [
    "PENALTIES",
    "Change",
    "CompletionStream",
    "InvalidBodyError",
    "Options",
    "Problem",
    "Report",
    "Sanitizer",
    "check",
    "explain",
    "profiles",
    "repair_refused",
    "restore",
    "sanitize",
    "sanitize_json",
    "to_openai",
]

_MODULES = {
    "_json": ("InvalidBodyError",),
    "_sanitizer": ("PENALTIES", "Options", "Sanitizer", "check", "explain", "sanitize",
                   "sanitize_json"),
    "completions": ("CompletionStream", "restore", "to_openai"),
    "report": ("Change", "Problem", "Report"),
    "validation.refusals": ("repair_refused",),
}  # fmt: skip
"""Where the names are; a test holds it to the imports above."""

_SUBMODULES = ("catalog", "completions", "models", "profiles", "report", "rules")
"""Modules that are attributes of the package without an import of their own."""


def __getattr__(name: str) -> "Any":
    for module, names in _MODULES.items():
        if name in names:
            value = getattr(_imported(module), name)
            globals()[name] = value
            return value
    if name in _SUBMODULES:
        return _imported(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _imported(module: str) -> "Any":
    __import__(f"{__name__}.{module}")
    return sys.modules[f"{__name__}.{module}"]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
