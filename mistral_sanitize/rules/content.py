"""Rules of the group *content*: content in other clients' shapes.

Those about reasoning are in `reasoning`; what reads the parts is in `_parts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mistral_sanitize.rules._loss import json_text, says_more, says_something
from mistral_sanitize.rules._parts import chunk_of, is_part, text_of
from mistral_sanitize.rules._rule import (
    NOTHING,
    REMOVE,
    SPEC,
    Absorbed,
    Group,
)
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.node import Node, Value

__all__ = ["CONTENT", "kind_of", "known_chunk", "with_content"]


CONTENT: Final = Group("content", "Content in other clients' shapes")


@CONTENT.value(
    "content",
    "Mistral accepts content as a string or a list of chunks",
    f"{SPEC}: content of the four messages",
    never_changes=(str,),
)
def content(value: Any, place: Value, run: Run) -> Any:
    """A single part as a list of one; what is data and no content at all, as JSON.

    Where the schema of the date takes only a string, a list of text parts is joined by newlines.
    """
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, dict) and is_part(value):
        return [value] if "array" in place.types else _or_same(text_of(value), value)
    if isinstance(value, (list, tuple)):
        # thinking may go yet: beside what then stays as it is, it makes no list of parts
        mends = "content-part" in run.rules
        kept = value if mends else [item for item in value if not _is_thinking(item)]
        if not kept or any(map(is_part, kept)):
            return value if "array" in place.types else _or_same(text_of(value), value)
        if any(map(_is_unknown_part, kept)):
            return value  # for `check` to name
    return _or_same(json_text(value), value)


def _is_unknown_part(item: object) -> bool:
    """Whether an item says of which type it is, so that it may be a part newer than this."""
    return isinstance(item, dict) and isinstance(item.get("type"), str)


@CONTENT.value(
    "content-part",
    "Mistral has another chunk for this part",
    f"{SPEC}: ContentChunk; https://github.com/0xPlaygrounds/rig (422, 2026-08-15)",
)
def content_part(part: Any, place: Value, run: Run) -> Any:
    """One part of a list of content, to a chunk that Mistral has.

    What no chunk of Mistral's can hold stays, for `check` to name.
    """
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if part is None:
        return REMOVE
    if isinstance(part, dict):
        if _is_tagged(part, place):
            return part
        chunk = known_chunk(part, place)
        if chunk is not part or isinstance(part.get("type"), str):
            return chunk
    text = text_of(part) or json_text(part)
    return part if text is None else {"type": "text", "text": text}


_PLACED: Final = {"text": (str,), "input_audio": (str, dict), "document_url": (str,)}
"""Types that Mistral has, whose content other clients put elsewhere in the part."""


def _is_tagged(part: dict[str, Any], place: Value) -> bool:
    """Whether the part is of a type that has its own repairs, or needs none."""
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in place.tags:
        return False
    return kind not in _PLACED or isinstance(part.get(kind), _PLACED[kind])


def known_chunk(part: Any, place: Any) -> Any:
    chunk = chunk_of(part) if isinstance(part, dict) else None
    return chunk if chunk is not None and chunk["type"] in place.tags else part


def kind_of(part: Any) -> Any:
    return part.get("type") if isinstance(part, dict) else None


def _is_thinking(part: Any) -> bool:
    return kind_of(part) in ("thinking", "reasoning", "redacted_thinking")


@CONTENT.value(
    "audio-part",
    "Mistral's input_audio is a string: the base64 data, or a URL",
    f"{SPEC}: AudioChunk",
    never_changes=(str,),
)
def audio_part(value: Any, place: Value, run: Run) -> Any:
    """OpenAI's ``{data, format}``, or a URL in an object, as the bare string."""
    if isinstance(value, dict):
        for key in ("data", "url"):
            if isinstance(value.get(key), str):
                return value[key]
    return value


@CONTENT.value(
    "file-part",
    "Mistral's chunk for a file has another shape",
    f"{SPEC}: FileChunk and DocumentURLChunk; rig (422, 2026-08-15)",
)
def file_part(part: Any, place: Any, run: Run) -> Any:
    """A file in OpenAI's shape, or in another's, under the type that Mistral has too."""
    return known_chunk(part, place)


@CONTENT.value(
    "image-part", "Mistral's chunk for an image has another shape", f"{SPEC}: ImageURLChunk"
)
def image_part(part: Any, place: Any, run: Run) -> Any:
    """An image likewise."""
    return known_chunk(part, place)


@CONTENT.key(
    "refusal",
    "Mistral has no refusal field: the refusal becomes text",
    "https://github.com/0xPlaygrounds/rig (422, 2026-08-15)",
)
def refusal(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    text = obj[key]
    if not isinstance(text, str) or not text:
        return Absorbed()
    if not obj.get("content"):
        return Absorbed({"content": text}, False)
    return Absorbed(
        {"content": with_content(obj, {"type": "text", "text": text}, first=False)}, False
    )


@CONTENT.key(
    "audio-transcript",
    "Mistral has no audio of the assistant: the transcript becomes text",
    f"{SPEC}: AssistantMessage; OpenAI's audio of an assistant message",
)
def audio_transcript(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed | None:
    """What the assistant said aloud, by its transcript, where that is all there is."""
    audio = obj[key]
    if audio is None:
        return Absorbed()
    said = audio.get("transcript") if isinstance(audio, dict) else None
    if isinstance(said, str) and said and not obj.get("content"):
        return Absorbed({"content": said}, any(k not in ("id", "transcript") for k in audio))
    return None


CONTENT.declared(
    "anthropic-part",
    "Mistral has tool_calls and tool messages in place of this part",
    f"{SPEC}: tool_calls, ToolMessage; Anthropic's tool_use and tool_result",
    by="engine.anthropic",
)


@CONTENT.key(
    "message-name",
    "only tool messages have a name",
    "https://github.com/microsoft/autogen/issues (422, 2024-05-21)",
)
def message_name(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    """The name goes."""
    return Absorbed()


@CONTENT.key(
    "name-prefix",
    "the speaker's name goes in front of the text",
    "SillyTavern's practice; AutoGen's speakers lose identity otherwise",
    default=False,
    lossy=False,
    replaces="message-name",
)
def name_prefix(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed | None:
    name, content = obj[key], obj.get("content")
    if isinstance(name, str) and name:
        if isinstance(content, str):
            return Absorbed({"content": f"{name}: {content}"}, False)
        if isinstance(content, (list, tuple)):
            said = [{"type": "text", "text": f"{name}:"}, *content]
            return Absorbed({"content": said}, False)
    return None


def with_content(obj: dict[str, Any], part: dict[str, Any], *, first: bool) -> list[Any]:
    """The message's content as a list, with a part in front of it or behind it."""
    content = obj.get("content")
    if isinstance(content, (list, tuple)):
        parts = list(content)
    elif isinstance(content, str) or content is None:
        parts = [{"type": "text", "text": content}] if content else []
    else:
        parts = [content] if isinstance(content, dict) else [json_text(content)]
    return [part, *parts] if first else [*parts, part]


@CONTENT.value(
    "tool-content",
    "a tool's result that is data is written as JSON",
    f"{SPEC}: ToolMessage.content is a string or a list of chunks",
    never_changes=(str,),
)
def tool_content(value: Any, place: Value, run: Run) -> Any:
    """Data that a tool returned as it is, lists and objects, as JSON; lists of parts stay."""
    if not isinstance(value, (list, tuple)):
        return value
    if place.items is None:
        return value if text_of(value) is not None else _or_same(json_text(value), value)
    tags = place.items.tags
    held = [isinstance(item, str) or _held(item, tags) for item in value]
    if all(held):
        return value
    if not any(held):
        return _or_same(json_text(value), value)
    pairs = list(zip(value, held, strict=True))
    told = [item if is_held else _or_same(json_text(item), item) for item, is_held in pairs]
    return told if any(a is not b for a, b in zip(told, value, strict=True)) else value


def _held(item: Any, tags: Mapping[str, Any]) -> bool:
    """Whether a chunk that Mistral has can hold the item."""
    if not isinstance(item, dict):
        return False
    kind = item.get("type")
    if isinstance(kind, str) and kind in tags:
        return True
    chunk = chunk_of(item)
    return chunk is not None and chunk["type"] in tags


def _parts_under(key: str, value: Any) -> list[Any]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, tuple)):
        kind = {"type": "image"} if key == "images" else {}
        return [{**kind, "data": p} if kind and isinstance(p, str) else p for p in value]
    return [json_text(value)] if value else []


@CONTENT.key(
    "message-parts",
    "Mistral has a message's parts under content",
    f"{SPEC}: UserMessage; the AI SDK's parts, Ollama's images",
)
def message_parts(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    """The AI SDK's and Gemini's ``parts``, a bare ``text``, Ollama's ``images``."""
    value = obj[key]
    parts = _parts_under(key, value)
    if not parts or not any(parts):
        return Absorbed()
    content = obj.get("content")
    if not content:
        return Absorbed({"content": parts[0] if parts == [value] else parts}, False)
    return _behind(content, parts)


def _behind(content: Any, parts: list[Any]) -> Absorbed:
    """The parts behind the content that there is, but for texts that it says already."""
    told = [part for part in parts if is_part(part)]
    lost = any(says_something(part) and not is_part(part) for part in parts)
    texts = [part for part in told if text_of(part) is not None]
    if isinstance(content, str) and text_of(texts) == content:  # some clients say it twice
        told = [part for part in told if text_of(part) is None]
        lost = lost or says_more(texts, content)
    given = list(content) if isinstance(content, (list, tuple)) else [content]
    return Absorbed({"content": [*given, *told]} if told else NOTHING, lost)


@CONTENT.value(
    "tool-content-string",
    "a tool's content becomes one string",
    "https://github.com/langchain-ai/langchain/pull/34470; lists recorded with 200",
    default=False,
    lossy=False,
    never_changes=(str,),
    late=True,
)
def tool_content_string(value: Any, place: Value, run: Run) -> Any:
    """A list of text parts as one string."""
    return _or_same(text_of(value), value) if isinstance(value, (list, tuple)) else value


def _or_same(text: str | None, value: Any) -> Any:
    return value if text is None else text


CONTENT.declared(
    "split-content-calls",
    "content and tool calls become two messages",
    "https://github.com/github/copilot-cli/issues/4884 (422, 2026-09, cause inferred)",
    by="engine.order",
    default=False,
    lossy=False,
)


@CONTENT.value("tool-call-shape", "Mistral's tool call has another shape", f"{SPEC}: ToolCall")
def tool_call_shape(call: Any, place: Value, run: Run) -> Any:
    """Custom calls, Responses' calls, Anthropic's ``tool_use`` and flat calls to Mistral's."""
    if not isinstance(call, dict):
        return call
    custom = call.get("custom")
    if isinstance(custom, dict) and "function" not in call:
        call = {k: v for k, v in call.items() if k not in ("custom", "type")}
        text = json_text({"input": custom.get("input", "")})
        function = {"name": custom.get("name"), "arguments": text}
        return {**call, "type": "function", "function": function}
    if isinstance(call.get("name"), str) and "function" not in call:
        given = call.get("arguments", call.get("input", call.get("args")))
        function = {"name": call["name"], "arguments": arguments(given, place, run)}
        ids = {"id": call.get("call_id", call.get("id"))}
        read = ("id", "call_id", "name", "arguments", "input", "args", "type")
        others = {k: v for k, v in call.items() if k not in read}
        ids = ids if ids["id"] is not None else {}
        return {**others, **ids, "type": "function", "function": function}
    kind = call.get("type")
    if isinstance(kind, str) and kind != "function":
        return {**call, "type": "function"}
    return call


@CONTENT.value(
    "arguments",
    "Mistral accepts arguments as a string or an object",
    f"{SPEC}: FunctionCall.arguments",
    never_changes=(str, dict),
)
def arguments(value: Any, place: Value, run: Run) -> Any:
    """Null is an empty object; what is neither a string nor an object is written as JSON."""
    if isinstance(value, (str, dict)):
        return value
    if value is None or value == [] or value == ():
        return "{}"  # PHP writes an empty object as an empty list
    text = json_text(value)
    return value if text is None else text


@CONTENT.value(
    "arguments-string",
    "arguments become a string of JSON",
    "a code comment of 2026 says that objects are refused; the schema has them",
    default=False,
    lossy=False,
    never_changes=(str,),
)
def arguments_string(value: Any, place: Value, run: Run) -> Any:
    """An object as a string of JSON."""
    text = json_text(value) if isinstance(value, dict) else None
    return value if text is None else text
