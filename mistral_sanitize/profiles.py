"""Dated snapshots of Mistral's request schema, and where each was read.

A profile is a date: what a schema of that day had is marked on the fields of `models`. The names
are ISO dates and part of the interface; `LATEST` moves with a release, and the changelog says so.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ALL",
    "AZURE_2026_11_01",
    "LATEST",
    "V2024_09_17",
    "V2024_11_07",
    "V2025_03_21",
    "V2025_10_20",
    "V2026_03_20",
    "V2026_08_13",
    "V2026_11_01",
    "VERTEX_2026_11_01",
    "Profile",
    "get",
]


@dataclass(frozen=True, slots=True)
class Profile:
    """Mistral's request schema as it was on a day.

    `date` is the ISO date of the commit, or of the release, `commit` in `repository`, which has
    the schema in `file`. `summary` is what moved since the profile before. `host` is whose
    schema it is: ``None`` for Mistral's own, else ``"azure"`` or ``"vertex"``.
    """

    name: str
    date: str
    repository: str
    file: str
    commit: str
    summary: str
    host: str | None = None

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
)
AZURE_2026_11_01 = Profile(
    name="azure-2026-11-01",
    date="2026-11-01",
    repository=_SDK,
    file="mistralai/azure/client/models",
    commit="3.7.0",
    summary="without prompt_cache_key, service_tier and most chunks; model optional",
    host="azure",
)
VERTEX_2026_11_01 = Profile(
    name="vertex-2026-11-01",
    date="2026-11-01",
    repository=_SDK,
    file="mistralai/gcp/client/models",
    commit="3.7.0",
    summary="without safe_prompt, prompt_cache_key, service_tier and most chunks",
    host="vertex",
)

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
"""Every profile: Mistral's own by date, then the hosts'."""

LATEST = V2026_08_13
"""The newest document that Mistral has published."""

_BY_NAME = {profile.name: profile for profile in ALL}


def get(name_or_profile: str | Profile) -> Profile:
    """The profile of this name; a `Profile` is returned as it is.

    Raises `ValueError` on a name that is none, with those that look like it.
    """
    if isinstance(name_or_profile, Profile):
        return name_or_profile
    try:
        return _BY_NAME[name_or_profile]
    except KeyError:
        # Imported here, since an import of the package should not pay for a typing error.
        from difflib import get_close_matches

        near = get_close_matches(name_or_profile, _BY_NAME, cutoff=0.5) or list(_BY_NAME)
        raise ValueError(
            f"unknown profile {name_or_profile!r}; did you mean {', '.join(near)}?"
        ) from None
