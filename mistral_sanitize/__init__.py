"""Make any OpenAI-style request one that Mistral's API takes, and say exactly what changed."""

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
