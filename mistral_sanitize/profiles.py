"""Dated snapshots of Mistral's request schema, and what other hosts of its models accept.

A profile is a date, and a host: what Mistral's schema of that day had is marked on the fields of
`models`, and what a host has instead is said here. The names are part of the interface; `LATEST`
moves with a release, and the changelog says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

__all__ = [
    "ALIASES",
    "ALL",
    "AZURE_2026_11_01",
    "BEDROCK_2026_11",
    "BY_HOST",
    "CHAT_TEMPLATE_2026_11",
    "HOSTS",
    "LATEST",
    "OPENROUTER_2026_11",
    "OTHER_VENDORS",
    "V2024_09_17",
    "V2024_11_07",
    "V2025_03_21",
    "V2025_10_20",
    "V2026_03_20",
    "V2026_08_13",
    "V2026_11_01",
    "VERTEX_2026_11_01",
    "VLLM_2026_11",
    "Profile",
    "Source",
    "for_url",
    "get",
    "serves_other_models",
]

Source = Literal["document", "sdk"]
"""Where a schema was read: in a document that Mistral published, or in its SDK, which is ahead."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Mistral's request schema as it was on a day.

    Attributes:
        name: Its name, for the option ``profile``.
        date: The ISO date of the commit, or of the release.
        repository: Where it was read: `file` of `repository` at `commit`.
        file: See `repository`.
        commit: See `repository`.
        summary: What moved since the profile before.
        host: Whose schema it is: ``None`` for Mistral's own, else a word (``"azure"``).
        source: What `date` is a day of: Mistral's published documents, or its SDK (``"sdk"``),
            which runs ahead of them. A fact of the SDK alone holds under the latter only.
        fields: Whether keys that the schema lacks are refused (``"closed"``), or pass
            (``"open"``), on the request, its messages, parts and tools.
        on: Ids of rules that are on for this host, whatever their default. The options ``enable``
            and ``disable`` win over them.
        off: Ids of rules that are off for this host, likewise.
        drop: The default of the option ``drop``; ``None``: the penalties.
        only: The top-level fields that it has, where it has less than the schema of its date.
        highest: Upper bounds of top-level numbers that are lower than the schema's.
    """

    name: str
    date: str
    repository: str
    file: str
    commit: str
    summary: str
    host: str | None = None
    source: Source = "document"
    fields: Literal["closed", "open"] = "closed"
    on: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    drop: frozenset[str] | None = None
    only: frozenset[str] | None = None
    highest: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        return self.name


_DOCS = "https://github.com/mistralai/platform-docs-public"
_SDK = "PyPI: mistralai"

# v0.0.78
V2024_09_17 = Profile(
    name="2024-09-17",
    date="2024-09-17",
    repository=_DOCS,
    file="openapi.yaml",
    commit="a4f766cf",
    summary="images, tool_choice as an object and its word required",
)
# v0.0.97; the changelog dates it 2024-11-06.
V2024_11_07 = Profile(
    name="2024-11-07",
    date="2024-11-07",
    repository=_DOCS,
    file="openapi.yaml",
    commit="88316e4c",
    summary="presence_penalty, frequency_penalty, n; min_tokens gone; moderation",
)
# v0.0.130
V2025_03_21 = Profile(
    name="2025-03-21",
    date="2025-03-21",
    repository=_DOCS,
    file="openapi.yaml",
    commit="85927c0e",
    summary="prediction, parallel_tool_calls, json_schema; documents and references",
)
V2025_10_20 = Profile(
    name="2025-10-20",
    date="2025-10-20",
    repository=_DOCS,
    file="openapi.yaml",
    commit="4422b455",
    summary="prompt_mode; files, thinking, sound; classification",
)
# v0.1.83
V2026_03_20 = Profile(
    name="2026-03-20",
    date="2026-03-20",
    repository=_DOCS,
    file="openapi.yaml",
    commit="fe983b4a",
    summary="metadata, reasoning_effort, guardrails",
)
# v1.5.0, the newest published document. openapi.yaml is the legacy copy since 2026-06-16.
V2026_08_13 = Profile(
    name="2026-08-13",
    date="2026-08-13",
    repository=_DOCS,
    file="openapi-public-doc.yaml",
    commit="50c1afe7",
    summary="prompt_cache_key, service_tier; built-in tools; many more nulls; no top_p of 0",
)
# What the SDK sends; nothing shows the API taking all of it.
V2026_11_01 = Profile(
    name="2026-11-01",
    date="2026-11-01",
    repository=_SDK,
    file="mistralai/client/models",
    commit="3.7.0",
    summary="min_tokens again, repetition_penalty, top_k, logprobs; resources",
    source="sdk",
)
AZURE_2026_11_01 = Profile(
    name="azure-2026-11-01",
    date="2026-11-01",
    repository=_SDK,
    file="mistralai/azure/client/models",
    commit="3.7.0",
    summary="without prompt_cache_key, service_tier and most chunks; model optional",
    host="azure",
    source="sdk",
)
VERTEX_2026_11_01 = Profile(
    name="vertex-2026-11-01",
    date="2026-11-01",
    repository=_SDK,
    file="mistralai/gcp/client/models",
    commit="3.7.0",
    summary="without safe_prompt, prompt_cache_key, service_tier and most chunks",
    host="vertex",
    source="sdk",
)

# What a host of OpenAI's dialect accepts, or ignores in silence, stays as it is: fields, names,
# bounds, words, reasoning, media. What is on beside Mistral's defaults is what chat templates need.
_OPENAI_OFF = frozenset((
    "unknown-key", "seed", "max-completion-tokens", "stop-sequences", "safe-mode", "dimensions",
    "legacy-functions", "model-prefix", "null", "temperature-range", "top-p-range", "penalty-range",
    "out-of-range", "whole-float", "quoted-scalar", "greedy-top-p", "stop", "response-format",
    "prediction", "image-detail", "service-tier", "model-n", "model-output-dimension",
    "reasoning-effort", "reasoning-switch", "prompt-mode", "builtin-tool", "tool-choice",
    "allowed-tools", "forced-tool-json", "parallel-calls-without-tools", "audio-part", "file-part",
    "refusal", "audio-transcript", "reasoning", "anthropic-thinking", "thinking-model",
    "message-name", "strict-schema",
))  # fmt: skip
_TURNS = frozenset((
    "merge-neighbours", "merge-system", "merge-assistants", "leading-assistant", "system-first",
    "arguments-string", "random-seed",
))  # fmt: skip

_OPENROUTER = "https://openrouter.ai/docs"
_TEMPLATES = "https://github.com/ggml-org/llama.cpp"

OPENROUTER_2026_11 = Profile(
    name="openrouter-2026-11",
    date="2026-11-01",
    repository=_OPENROUTER,
    file="api-reference/overview",
    commit="2026-11-26",
    summary="OpenAI's fields and OpenRouter's own; the order that every upstream accepts",
    host="openrouter",
    source="sdk",
    fields="open",
    on=_TURNS,
    off=_OPENAI_OFF | {"prompt"},
    drop=frozenset(),
)
CHAT_TEMPLATE_2026_11 = Profile(
    name="chat-template-2026-11",
    date="2026-11-01",
    repository=_TEMPLATES,
    file="models/templates",
    commit="llama-cpp-python 0.3.36",
    summary="OpenAI's fields; what the chat templates of Mistral's models accept",
    host="chat-template",
    source="sdk",
    fields="open",
    on=_TURNS | {
        "assistant-content", "content-string", "tool-images", "reasoning-content", "call-type",
        "empty-tool-calls", "required-tool-choice",
    },
    off=_OPENAI_OFF | {"trailing-assistant"},
    drop=frozenset(),
)  # fmt: skip
VLLM_2026_11 = replace(
    CHAT_TEMPLATE_2026_11,
    name="vllm-2026-11",
    repository="https://github.com/vllm-project/vllm",
    file="vllm/tokenizers/mistral.py",
    commit="0065ad5b",
    summary="the same, and a last assistant message is continued when told to",
    on=CHAT_TEMPLATE_2026_11.on | {"continue-final-message"},
)
BEDROCK_2026_11 = Profile(
    name="bedrock-2026-11",
    date="2026-11-01",
    repository="https://docs.aws.amazon.com/bedrock",
    file="model-parameters-mistral-chat-completion",
    commit="2026-11-26",
    summary="InvokeModel: six fields, content as a string",
    host="bedrock",
    source="sdk",
    on=frozenset(("content-string", "arguments-string")),
    only=frozenset(("messages", "tools", "tool_choice", "max_tokens", "top_p", "temperature")),
    highest=(("temperature", 1.0),),
)

HOSTS: tuple[Profile, ...] = (
    OPENROUTER_2026_11,
    CHAT_TEMPLATE_2026_11,
    VLLM_2026_11,
    BEDROCK_2026_11,
)
"""Hosts whose requests are not described by a document of Mistral's."""

ALL: tuple[Profile, ...] = (
    V2024_09_17,
    V2024_11_07,
    V2025_03_21,
    V2025_10_20,
    V2026_03_20,
    V2026_08_13,
    V2026_11_01,
    AZURE_2026_11_01,
    VERTEX_2026_11_01,
)
"""Every profile of a schema that Mistral published: its own by date, then those of its clients
for other hosts. `HOSTS` has the others."""

LATEST = V2026_08_13
"""The newest document that Mistral has published."""

ALIASES: dict[str, Profile] = {
    "azure": AZURE_2026_11_01,
    "vertex": VERTEX_2026_11_01,
    "bedrock": BEDROCK_2026_11,
    "openrouter": OPENROUTER_2026_11,
    "chat-template": CHAT_TEMPLATE_2026_11,
    "llama.cpp": CHAT_TEMPLATE_2026_11,
    "lmstudio": CHAT_TEMPLATE_2026_11,
    "ollama": CHAT_TEMPLATE_2026_11,
    "vllm": VLLM_2026_11,
    "sglang": VLLM_2026_11,
}
"""The newest profile of a host, or of what serves a chat template. A dated name pins it."""

_BY_NAME = {**{profile.name: profile for profile in (*ALL, *HOSTS)}, **ALIASES}


def get(name_or_profile: str | Profile) -> Profile:
    """The profile of this name; a `Profile` is returned as it is.

    Raises `ValueError` for an unknown name; the message has similar names, or else all of them.
    """
    if isinstance(name_or_profile, Profile):
        return name_or_profile
    try:
        return _BY_NAME[name_or_profile]
    except KeyError:
        # Imported here, since an import of the package should not pay for a typing error.
        from difflib import get_close_matches

        near = get_close_matches(str(name_or_profile), _BY_NAME, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(_BY_NAME)}"
        raise ValueError(
            f"unknown profile {name_or_profile!r}; {hint} (--list-profiles prints all)"
        ) from None


# -- by the URL ---------------------------------------------------------------------------------

BY_HOST: tuple[tuple[str, str, Profile], ...] = (
    ("api.mistral.ai", "", LATEST),
    ("codestral.mistral.ai", "", LATEST),
    ("openrouter.ai", "", OPENROUTER_2026_11),
    ("*.services.ai.azure.com", "", AZURE_2026_11_01),
    ("*.models.ai.azure.com", "", AZURE_2026_11_01),
    ("*.inference.ai.azure.com", "", AZURE_2026_11_01),
    ("aiplatform.googleapis.com", "", VERTEX_2026_11_01),
    ("*-aiplatform.googleapis.com", "", VERTEX_2026_11_01),
    ("bedrock-mantle.*.api.aws", "", CHAT_TEMPLATE_2026_11),
    ("bedrock-runtime.*.amazonaws.com", "/openai/v1/", CHAT_TEMPLATE_2026_11),
    ("bedrock-runtime.*.amazonaws.com", "/model/", BEDROCK_2026_11),
)
"""Hosts, how their paths begin, and what they serve. ``*`` is one or more labels, or a part of
one. From the hosts' documentation as of 2026-11-26; the first row that fits counts."""

OTHER_VENDORS: tuple[str, ...] = (
    "api.openai.com",
    "*.openai.azure.com",
    "api.anthropic.com",
    "generativelanguage.googleapis.com",
    "api.x.ai",
    "api.deepseek.com",
    "api.cohere.com",
    "api.cohere.ai",
    "api.perplexity.ai",
    "dashscope.aliyuncs.com",
    "api.moonshot.ai",
)
"""Hosts of other vendors, who serve no model of Mistral's: nothing of theirs is repaired."""


def _fits(host: str, pattern: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return host == pattern
    inner = host[len(before) : len(host) - len(after)]
    return (
        len(host) > len(before) + len(after)
        and host.startswith(before)
        and host.endswith(after)
        and not inner.startswith((".", "-"))
    )


def _host_and_path(url: str) -> tuple[str, str]:
    """The host of a URL in lower case, without port, user and trailing dot; and the path."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        return (parts.hostname or "").rstrip("."), parts.path
    except ValueError:  # brackets that are not of an address
        return "", ""


def for_url(url: str) -> Profile | None:
    """The profile of what a URL's host serves, or ``None`` where the host is not known.

    Args:
        url: An absolute URL, or a host with a path. Only `BY_HOST` is asked, never the model's
            id: a name that only looks like one of the table's is unknown, and so is localhost.
    """
    host, path = _host_and_path(url)
    for pattern, begin, profile in BY_HOST:
        if _fits(host, pattern) and path.startswith(begin):
            return profile
    return None


def serves_other_models(url: str) -> bool:
    """Whether a URL is of another vendor's host, in `OTHER_VENDORS`."""
    host, _ = _host_and_path(url)
    return any(_fits(host, pattern) for pattern in OTHER_VENDORS)
