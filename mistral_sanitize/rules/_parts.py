"""Parts of content in other clients' shapes, and the chunks of Mistral's for the same content.

One reader for all of them, since they differ only in where they put what: OpenAI's chat
completions, Responses and Assistants; Anthropic's messages; MCP's content blocks; LangChain's and
the AI SDK's parts; LiteLLM's and vLLM's own. Pure functions: a part in, a chunk out, ``None`` where
nothing of Mistral's holds the same. Keys that are not read stay on the chunk, so that the walk
names them when it removes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, Final, NamedTuple

from mistral_sanitize.rules._loss import snake

__all__ = [
    "PART_TYPES",
    "chunk_of",
    "is_part",
    "joined",
    "reasoning_text",
    "reasoning_texts",
    "text_of",
    "thinking_chunk",
]

_DEPTH: Final = 8
"""How deep lists of texts within texts are read; no client nests them more than twice."""

_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("text", "input_text", "output_text", "summary_text"), "text"),
    "refusal": "refusal",
    **dict.fromkeys(("image", "image_url", "input_image"), "image"),
    **dict.fromkeys(("audio", "input_audio", "audio_url"), "audio"),
    **dict.fromkeys(
        ("file", "input_file", "document", "document_url", "file_url", "media", "resource",
         "resource_link"),
        "file",
    ),
    **dict.fromkeys(("thinking", "reasoning"), "thinking"),
    "search_result": "search_result",
}  # fmt: skip
"""What a part holds, by its type; types in camelCase are read as if in snake_case."""

_NATIVE: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "image_url": (str, dict),
    "document_url": (str,),
    "input_audio": (str,),
    "file_id": (str,),
    "thinking": (list, tuple),
}
"""The key that Mistral's own chunk of some type has, and the types of its value."""


def text_of(value: object, depth: int = _DEPTH) -> str | None:
    """The text of a string, a text part, or a list of them; ``None`` if it holds anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)) and depth:
        texts = [text_of(item, depth - 1) for item in value]
        return None if None in texts else "\n".join(text for text in texts if text)
    if isinstance(value, dict):
        kind = value.get("type")
        if kind is None or (isinstance(kind, str) and _KINDS.get(kind) in ("text", "refusal")):
            text = _text(value)
            return "" if text is None and "text" in value and value["text"] is None else text
    return None


def _text(part: Mapping[str, Any]) -> str | None:
    for key in ("text", "refusal", "content"):
        text = part.get(key)
        if isinstance(text, dict):
            text = text.get("value")  # the Assistants API's annotated text
        if isinstance(text, str):
            return text
    return None


def reasoning_texts(value: Any, depth: int = _DEPTH) -> list[str]:
    """The texts of earlier reasoning, in any of the shapes that clients send back, in order.

    A string (``reasoning_content``, ``reasoning``); a list of Anthropic's or LiteLLM's blocks
    (``thinking_blocks``), which may be one for each piece of a stream; OpenRouter's
    ``reasoning_details``; an object with one of these. Empty ones are not among them.
    """
    if isinstance(value, str):
        return [value] if value else []
    if not depth:
        return []
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in reasoning_texts(item, depth - 1)]
    if isinstance(value, dict):
        for key in ("thinking", "text", "content", "summary", "reasoning"):
            texts = reasoning_texts(value[key], depth - 1) if key in value else []
            if texts:
                return texts
    return []


def reasoning_text(value: Any) -> str:
    """The same as one text."""
    return "\n".join(text for text in reasoning_texts(value) if text.strip())


def joined(contents: Sequence[Any]) -> Any:
    """Several contents as one: strings by blank lines, anything else as lists of parts.

    Strings in front are one, whatever follows them: what was joined once goes on as it was.
    """
    said = [content for content in contents if content]
    front = list(takewhile(lambda content: isinstance(content, str), said))
    text, rest = "\n\n".join(front), said[len(front) :]
    if not rest:
        return text
    return [part for content in ([text, *rest] if text else rest) for part in _as_parts(content)]


def _as_parts(content: Any) -> list[Any]:
    if isinstance(content, (list, tuple)):
        return list(content)
    return [{"type": "text", "text": content}]


def thinking_chunk(*texts: str) -> dict[str, Any]:
    """Mistral's chunk for reasoning."""
    return {"type": "thinking", "thinking": [{"type": "text", "text": text} for text in texts]}


def is_part(value: object) -> bool:
    """Whether a value is meant as a part of content, and not as data that a tool returned."""
    if isinstance(value, str):
        return True
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    if kind is None:
        return (_text(value) is not None and len(value) == 1) or "image_url" in value
    return isinstance(kind, str) and (snake(kind) in _KINDS or snake(kind) in _OTHERS)


_OTHERS: Final = frozenset(("reference", "tool_reference", "redacted_thinking", "tool_use",
                            "tool_result", "video_url", "image_file", "input_video"))  # fmt: skip
"""Types of part that are none of `_KINDS`, and are parts nevertheless."""

PART_TYPES: Final = frozenset((*_KINDS, *_OTHERS))
"""Every type of part that is read."""


def chunk_of(part: dict[str, Any]) -> dict[str, Any] | None:
    """The chunk of Mistral's that holds what the part holds; the part itself if it is one."""
    chunk = _chunk_of(part)
    if chunk is None or chunk is part:
        return chunk
    kept = {key: chunk[key] for key in part if key in chunk}  # what stays keeps its place
    return {**kept, **chunk}


def _chunk_of(part: dict[str, Any]) -> dict[str, Any] | None:
    kind = part.get("type")
    if kind is None:
        kind = next((key for key in ("text", "image_url") if key in part), None)
        return None if kind is None else _chunk_of({**part, "type": kind})
    if not isinstance(kind, str):
        return None
    kind = snake(kind)
    holds = _KINDS.get(kind)
    if holds is None:
        return None
    if _is_native(part, kind):
        return part if kind == part["type"] else {**part, "type": kind}
    if holds == "text" or holds == "refusal":
        return _text_chunk(part)
    if holds == "thinking":
        return _thought(part)
    return _search_result(part) if holds == "search_result" else _media_chunk(part, kind, holds)


def _thought(part: dict[str, Any]) -> dict[str, Any] | None:
    texts = reasoning_texts(part)
    rest = _others(part, ("type", "thinking", "text", "content", "summary", "reasoning"))
    return {**rest, **thinking_chunk(*texts)} if texts else None


def _search_result(part: dict[str, Any]) -> dict[str, Any] | None:
    said = [part.get("title"), part.get("source"), text_of(part.get("content"))]
    text = "\n".join(line for line in said if isinstance(line, str) and line)
    rest = _others(part, ("type", "title", "source", "content"))
    return {**rest, "type": "text", "text": text} if text else None


def _is_native(part: Mapping[str, Any], kind: str) -> bool:
    key = "file_id" if kind == "file" else kind
    if key not in _NATIVE or not isinstance(part.get(key), _NATIVE[key]):
        return False
    value = part[key]
    if key == "image_url" and isinstance(value, dict):
        return isinstance(value.get("url"), str)
    return not (key == "file_id" and _is_url(value))


def _others(part: Mapping[str, Any], read: tuple[str, ...] | set[str]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in read}


def _text_chunk(part: dict[str, Any]) -> dict[str, Any] | None:
    text = _text(part)
    if text is None:
        return None
    key = next(k for k in ("text", "refusal", "content") if part.get(k) is not None)
    return {**_others(part, ("type", key)), "type": "text", "text": text}


# -- media ----------------------------------------------------------------------------------------


class _Media(NamedTuple):
    """What a part says of an image, a sound or a document."""

    url: str | None = None
    data: str | None = None
    """The bare base64, where it is given so; `url` is then the data URL made of it."""
    file_id: str | None = None
    text: str | None = None
    media: str = ""
    name: str | None = None
    detail: Any = None
    read: frozenset[str] = frozenset()
    """The part's own keys of which everything has been read."""


_HOLDERS: Final = (
    "source", "file", "image_url", "input_audio", "audio_url", "file_url", "resource",
    "inline_data", "image", "audio", "document", "document_url",
)  # fmt: skip
_URLS: Final = ("url", "uri", "image_url", "audio_url", "file_url", "document_url")
_DATA: Final = ("data", "file_data", "base64", "blob", "image", "audio", "bytes", "input_audio")
_MEDIA: Final = ("media_type", "mime_type", "format")
_NAMES: Final = ("filename", "file_name", "document_name", "name", "title")
_TYPES: Final = {
    "image": "image/png", "audio": "audio/mpeg", "file": "application/pdf", "jpg": "image/jpeg",
    "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "wav": "audio/wav", "mp3": "audio/mpeg", "pdf": "application/pdf", "txt": "text/plain",
    "md": "text/markdown", "csv": "text/csv", "html": "text/html", "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
"""Media types by a file's ending, and by what a part says it holds where nothing else does."""


def _is_url(value: str) -> bool:
    return value.startswith(("http://", "https://", "data:", "gs://", "s3://"))


def _holders(part: Mapping[str, Any]) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """The part, and the objects in it that say more, each with its key."""
    yield None, part
    for key, value in part.items():
        if not isinstance(key, str) or not isinstance(value, dict) or value.get("type") == "text":
            continue  # the data of a text source is no base64
        if snake(key) in _HOLDERS:
            yield key, value


def _media(part: Mapping[str, Any], kind: str, holds: str) -> _Media:
    found, data, read = _media_fields(part)
    if data is not None and _is_url(data):
        found.setdefault("url", data)
        data = None
    if "file_id" in found and _is_url(found["file_id"]):
        found.setdefault("url", found.pop("file_id"))
    media = _media_type(found, kind if kind in _TYPES else holds)
    if data is not None and "url" not in found:
        found["url"] = f"data:{media};base64,{data}"
        found["data"] = data
    found["media"] = media
    return _Media(**found, read=frozenset(read))


def _media_fields(part: Mapping[str, Any]) -> tuple[dict[str, Any], str | None, set[str]]:
    """What a part says of its media, by field; its data; and the keys that this was read from."""
    found: dict[str, Any] = {}
    read = {"type"}
    data: str | None = None
    for holder_key, holder in _holders(part):
        if holder_key is not None:
            read.add(holder_key)
        for key, value in holder.items():
            name = snake(key) if isinstance(key, str) else ""
            field = _media_field(name, value)
            if field is None or field in found:
                continue
            if field == "data":
                if data is not None:
                    continue
                data = value
            else:
                found[field] = value
            if holder_key is None:
                read.add(key)
    return found, data, read


def _media_field(key: str, value: object) -> str | None:
    """Which field of `_Media` (or ``data``) a key of a part is, if its value can be that."""
    if key == "detail":
        return "detail"
    if not isinstance(value, str):
        return None
    if key in _DATA and not (key in _URLS and _is_url(value)):
        return "data"
    if key in _URLS:
        return "url" if key != "uri" or _is_url(value) else None
    if key in _MEDIA:
        return "media"
    if key in _NAMES:
        return "name"
    return key if key in ("file_id", "text") else None


def _media_type(found: Mapping[str, Any], holds: str) -> str:
    """The media type: as the data URL says, as the part says, by the name's ending, or by kind."""
    url = found.get("url", "")
    if url.startswith("data:"):
        return str(url[5:].split(",", 1)[0].split(";", 1)[0])
    said = found.get("media", "")
    if "/" in said:
        return str(said)
    ending = said or found.get("name", "").rpartition(".")[2]
    return _TYPES.get(ending.lower(), _TYPES.get(holds, "application/octet-stream"))


def _media_chunk(part: dict[str, Any], kind: str, holds: str) -> dict[str, Any] | None:
    media = _media(part, kind, holds)
    chunk: dict[str, Any]
    unsaid: dict[str, Any] = {}
    if media.url is None:
        if media.file_id is not None:
            chunk = {"type": "file", "file_id": media.file_id}
            if media.name is not None:
                unsaid["filename"] = media.name
        else:
            return _as_text(part, media)
    elif media.media.startswith("image/") or (holds == "image" and media.url):
        image = {"url": media.url}
        if media.detail is not None:
            image["detail"] = media.detail
        chunk = {"type": "image_url", "image_url": image}
    elif media.media.startswith("audio/") or holds == "audio":
        chunk = {"type": "input_audio", "input_audio": media.data or media.url}
    else:
        chunk = {"type": "document_url", "document_url": media.url}
        if media.name:
            chunk["document_name"] = media.name
    return {**_others(part, {*media.read, *chunk}), **unsaid, **chunk}


def _as_text(part: dict[str, Any], media: _Media) -> dict[str, Any] | None:
    """A document that is given as text: Anthropic's, or MCP's resource."""
    source = part.get("source")
    inner = source if isinstance(source, dict) else part
    text = inner.get("data") if inner.get("type") == "text" else media.text
    if not isinstance(text, str):
        text = text_of(inner.get("content"))
    if text is None:
        return None
    if media.name:
        text = f"{media.name}\n{text}"
    read = {*media.read, "content", "text", "source"}
    return {**_others(part, read), "type": "text", "text": text}
