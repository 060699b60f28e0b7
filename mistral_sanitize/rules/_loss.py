"""What information a value carries, and whether its replacement still carries it.

What is said are texts, numbers and booleans. Three kinds of them say nothing, and the tables below
are all of them: a default of another dialect that is spelled out (`DEFAULTS`), for without it the
request means the same; a word that says only of which shape the rest is (`SHAPES`, and media types,
which Mistral tells from the content); and the place of an item in its list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

__all__ = ["DEFAULTS", "SHAPES", "json_text", "says_beside", "says_more", "says_something",
           "snake"]  # fmt: skip

DEFAULTS: Final[Mapping[str, tuple[Any, ...]]] = {
    # OpenAI's chat completions and Responses; usage comes with Mistral's streams in any case, and
    # Mistral stores no completion
    "store": (False,),
    "include_usage": (True, False),
    "include_obfuscation": (True, False),
    "prompt_cache_breakpoint": (False,),
    "cache_breakpoint": (False,),
    "background": (False,),
    "truncation": ("disabled",),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "echo": (False,),
    "best_of": (1,),
    "n": (1,),
    "modalities": ("text",),
    "verbosity": ("medium",),
    "service_tier": ("auto",),
    "tool_choice": ("auto",),
    "parallel_tool_calls": (True,),
    "strict": (False,),
    "stream": (False,),
    "encoding_format": ("float",),
    "detail": ("auto",),
    "status": ("completed",),
    "type": ("message", "text", "direct"),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    # Anthropic's
    "is_error": (False,),
    "isError": (False,),
    "defer_loading": (False,),
    "eager_input_streaming": (False,),
    "disable_parallel_tool_use": (False,),
    # JSON Schema's, drafts 3 and 4
    "required": (False,),
    "exclusiveMinimum": (False,),
    "exclusiveMaximum": (False,),
    # agents' frameworks
    "external_execution": (False,),
    "example": (False,),
    # OpenRouter's, which always includes usage, as Mistral does
    "exclude": (False,),
    "include_reasoning": (True,),
    "include": (True,),
    "allow_fallbacks": (True,),
    "require_parameters": (False,),
    "data_collection": ("allow",),
    # vLLM, llama.cpp, Ollama and OpenRouter
    "repetition_penalty": (1,),
    "length_penalty": (1,),
    "top_k": (0, -1),
    "min_p": (0,),
    "top_a": (0,),
    "typical_p": (1,),
    "min_tokens": (0,),
    "use_beam_search": (False,),
    "ignore_eos": (False,),
    "skip_special_tokens": (True,),
    "spaces_between_special_tokens": (True,),
    "include_stop_str_in_output": (False,),
    "add_generation_prompt": (True,),
    "add_special_tokens": (False,),
    "early_stopping": (False,),
    "cache_prompt": (True,),
    "mirostat": (0,),
    "repeat_penalty": (1,),
    "tfs_z": (1,),
    "xtc_probability": (0,),
    "dry_multiplier": (0,),
    "continue_final_message": (False,),
    "raw": (False,),
    # Mistral's own, where a schema of an older date lacks the key
    "prefix": (False,),
    "closed": (True,),
    "id": ("null",),
    "tool_call_id": ("null",),
    "partial": (False,),
}
"""Values that say nothing under these keys, wherever one is: each is the default spelled out."""

_ROLES: Final = "system developer user human assistant ai model bot tool function"
_TYPES: Final = """
    text input_text output_text summary_text reasoning_text refusal message
    image image_url input_image image_file audio audio_url input_audio video_url input_video
    file input_file file_url file_id document document_url media resource resource_link
    base64 url content
    thinking reasoning redacted_thinking reasoning.text reasoning.summary reasoning.encrypted
    reference tool_reference search_result tool_use tool_result tool_call tool-call tool-result
    function tool custom function_call function_call_output custom_tool_call
    custom_tool_call_output grammar allowed_tools json json_object json_schema
    human ai system user assistant developer
    string number integer boolean array object null
"""
_FORMATS: Final = """
    wav mp3 mpeg flac ogg opus m4a mp4 webm aac pcm pcm16 png jpeg jpg gif webp pdf txt md csv
    html json docx pptx xlsx unknown openai-responses-v1 azure-openai-responses-v1
    xai-responses-v1 anthropic-claude-v1 google-gemini-v1
"""
SHAPES: Final[Mapping[str, frozenset[str]]] = {
    "type": frozenset(_TYPES.split()),
    "role": frozenset(_ROLES.split()),
    "format": frozenset(_FORMATS.split()),
}
"""Words that say only of which shape the rest is, under these keys, in any case of letters.

Where the rest stays in another shape; what is removed whole, it and its word, said both.
"""

_MEDIA_TYPES: Final = frozenset(("media_type", "mime_type", "mimeType", "mediaType", "format"))
_MEDIA_TYPE: Final = re.compile(r"(text|image|audio|video|application)/[\w.+-]{1,100}", re.ASCII)


def snake(name: str) -> str:
    """``imageUrl`` as ``image_url``."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _is_shape(key: object, leaf: object) -> bool:
    """Whether a leaf says only of which shape the rest of its object is."""
    if not isinstance(key, str) or not isinstance(leaf, str):
        return False
    if key in SHAPES and (leaf.lower() in SHAPES[key] or snake(leaf) in SHAPES[key]):
        return True
    return key in _MEDIA_TYPES and _MEDIA_TYPE.fullmatch(leaf) is not None


def _is_default(key: object, leaf: object) -> bool:
    """Whether a leaf is the default spelled out."""
    if not isinstance(key, str) or key not in DEFAULTS:
        return False
    return isinstance(leaf, (str, int, float)) and any(
        leaf == default and isinstance(leaf, bool) is isinstance(default, bool)
        for default in DEFAULTS[key]
    )


def _is_silent(key: object, leaf: object) -> bool:
    return _is_shape(key, leaf) or _is_default(key, leaf)


def says_something(value: object, key: object = None) -> bool:
    """Whether leaving the value out from under its key loses information.

    Nulls and empty values say nothing, nor does what holds nothing else.
    """
    if isinstance(value, (dict, list, tuple)):
        return any(not _is_default(name, leaf) for name, leaf in _leaves(value, key))
    if value is None or (isinstance(value, str) and not value):
        return False
    return not _is_default(key, value)


def says_more(before: object, after: object, key: object = None) -> bool:
    """Whether a value says anything that what takes its place says nowhere.

    Each text, number or boolean may be part of a longer text, or be in one as JSON.
    """
    if isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        if len(before) == len(after):
            pairs = zip(before, after, strict=True)
            return any(_says_more(a, b, key) for a, b in pairs if a is not b)
    return _says_more(before, after, key)


def _says_more(before: object, after: object, key: object) -> bool:
    said = [leaf for name, leaf in _leaves(after, key) if not _is_silent(name, leaf)]
    same = {id(leaf) for leaf in said}
    text = "\n".join(leaf if isinstance(leaf, str) else str(json_text(leaf)) for leaf in said)
    words: set[str] | None = None
    at = 0  # texts mostly keep their order: what was found is not looked through again
    for name, leaf in _leaves(before, key):
        if id(leaf) in same or _is_silent(name, leaf):
            continue
        if isinstance(leaf, str):
            at = _position_of(text, leaf, at)
        else:
            words = set(_WORD.findall(text)) if words is None else words
            at = at if json_text(leaf) in words else -1
        if at < 0:
            return True
    return False


def says_beside(value: object, texts: Iterable[str], key: object = None) -> bool:
    """Whether a value says anything beside some texts of its own."""
    told = set(texts)
    return any(
        not (isinstance(leaf, str) and leaf in told) and not _is_silent(name, leaf)
        for name, leaf in _leaves(value, key)
    )


_WORD: Final = re.compile(r"[\w.+-]+")


def _position_of(text: str, leaf: str, at: int) -> int:
    for form in (leaf, json.dumps(leaf, ensure_ascii=False)[1:-1]):
        found = text.find(form, at)
        found = text.find(form) if found < 0 else found
        if found >= 0:
            return found
    return -1


def _leaves(value: object, key: object = None) -> Iterator[tuple[object, Any]]:
    """What a value says: its texts, numbers and booleans, each with its key, in order.

    Each container once: one may contain itself.
    """
    waiting: list[tuple[object, object, int]] = [(key, value, -1)]
    seen: set[int] = set()
    while waiting:
        key, inner, place = waiting.pop()
        if isinstance(inner, (dict, list, tuple)):
            if id(inner) in seen:
                continue
            seen.add(id(inner))
        if isinstance(inner, dict):
            waiting.extend(
                (name, item, -1)
                for name, item in reversed(inner.items())
                if name != "index" or place < 0 or item is True or item != place
            )
        elif isinstance(inner, (list, tuple)):
            last = len(inner) - 1
            waiting.extend((key, item, last - at) for at, item in enumerate(reversed(inner)))
        elif inner is not None and not (isinstance(inner, str) and (not inner or inner.isspace())):
            yield key, inner


def json_text(value: object) -> str | None:
    """The value as JSON, or ``None`` where it is nested too deep to write."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (RecursionError, TypeError, ValueError):
        return None
