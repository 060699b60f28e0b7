"""The rules on content in other clients' shapes."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_sanitize import Report, Sanitizer, explain, profiles
from mistral_sanitize.rules._loss import json_text
from tests.rules.rows import Rows
from tests.rules.words import (
    AI_SDK,
    ANTHROPIC,
    COMPLETIONS,
    MCP,
    OLDEST,
    OPENAI,
    PDF,
    PNG,
    RESPONSES,
    RIG,
    SMALL,
    SPEC,
    UUID,
    Case,
    call,
    calls,
    image,
    parts,
    reply,
    request,
    result,
    said,
    system,
    text,
    thinking,
    user,
)

_AUDIO = {"type": "input_audio", "input_audio": "UklGRg=="}
_REFERENCE = {"type": "reference", "reference_ids": [0]}
_SIGNED = {**thinking("Hm."), "signature": "c2ln"}
_FILE = {"type": "file", "file_id": UUID}
_CHUNKS = [text("1"), text("2")]


def _kept(*chunks: tuple[int, Any]) -> dict[str, Any]:
    """What `to_openai` keeps of chunks, each with the characters before it."""
    entries = [{"index": i, "at": at, "chunk": chunk} for i, (at, chunk) in enumerate(chunks)]
    return {"extra_content": {"mistral": {"chunks": entries}}}


def _document(url: str, name: str | None = None) -> dict[str, Any]:
    chunk = {"type": "document_url", "document_url": url}
    return chunk if name is None else {**chunk, "document_name": name}


ROWS = (
    Case("content", "a single part", request(user(text("Hi"))), parts(text("Hi")), source=SPEC),
    Case("content", "a number", request(user(), calls(call()), result(content=21.5)),
         request(user(), calls(call()), result(content="21.5")), source=SPEC),
    Case("content", "an object of a tool's",
         request(user(), calls(call()), result(content={"temp": 21})),
         request(user(), calls(call()), result(content='{"temp":21}')), source=SPEC),
    Case("content", "a list of a tool's",
         request(user(), calls(call()), result(content=[{"city": "Paris"}])),
         request(user(), calls(call()), result(content='[{"city":"Paris"}]')), source=SPEC),
    Case("content", "a typed object of a tool's",
         request(user(), calls(call()), result(content={"type": "weather", "temp": 21})),
         request(user(), calls(call()), result(content='{"type":"weather","temp":21}')),
         source=SPEC),
    Case("content", "parts under an old schema",
         request(system(_CHUNKS), user(), calls(call()), result(content=_CHUNKS)),
         request(system(_CHUNKS), user(), calls(call()), result(content="1\n2")), options=OLDEST,
         source="the tool message's list came on 2024-11-18"),
    Case("content", "parts beside a call under an old schema",
         request(user(), calls(call(), content=[text("Look.")]), result()),
         request(user(), calls(call(), content="Look."), result()), options=OLDEST,
         source="the assistant message's list came on 2024-11-07"),
    Case("content", "strings and lists",
         request(system(_CHUNKS), user(_CHUNKS), calls(call(), content=[text("Look.")]),
                 result(content=_CHUNKS))),
    Case("tool-content", "typed data",
         request(user(), calls(call()), result(content=[{"type": "issue", "title": "A"}])),
         request(user(), calls(call()), result(content='[{"type":"issue","title":"A"}]')),
         source=SPEC),
    Case("tool-content", "typed data among parts",
         request(user(), calls(call()), result(content=[image(PNG), {"type": "issue"}])),
         request(user(), calls(call()), result(content=[image(PNG), text('{"type":"issue"}')])),
         also=("content-part",), source=SPEC),
    Case("tool-content", "a number among parts",
         request(user(), calls(call()), result(content=[5, text("1")])),
         request(user(), calls(call()), result(content=[text("5"), text("1")])),
         also=("content-part",), source=SPEC),
    Case("tool-content", "parts",
         request(user(), calls(call()), result(content=[text("1"), image(PNG)]))),
    Case("message-parts", "the AI SDK's and Gemini's",
         request({"role": "user", "parts": [text("Hi")]}), parts(text("Hi")), source=AI_SDK),
    Case("message-parts", "a text", request({"role": "user", "text": "Hi"}), request(),
         source=SPEC),
    Case("message-parts", "Ollama's images",
         request({**user(), "images": ["iVBORw0="]}), parts(text("Hi"), image(PNG)),
         also=("content-part",), source="https://github.com/ollama/ollama/blob/main/docs/api.md"),
    Case("message-parts", "the same as content says",
         request({**user(), "parts": [text("Hi")]}), request(), source=AI_SDK),
    Case("message-parts", "none", request({**user(), "parts": []}), request(), source=AI_SDK),
    Case("message-parts", "data", request({"role": "user", "parts": {"a": 1}}),
         parts(text('{"a":1}')), also=("content-part",), source=AI_SDK),
    Case("message-parts", "content", parts(text("Hi"))),
    Case("content-part", "a bare string", request(user(["Hi"])), parts(text("Hi")), source=SPEC),
    Case("content-part", "without a type", request(user([{"text": "Hi"}])), parts(text("Hi")),
         source=SPEC),
    Case("content-part", "an image without a type",
         request(user([{"image_url": "https://e.org/a.png"}])),
         parts({"image_url": "https://e.org/a.png", "type": "image_url"}), source=SPEC),
    Case("content-part", "Responses' text", parts({"type": "input_text", "text": "Hi"}),
         parts(text("Hi")), source=RESPONSES),
    Case("content-part", "Responses' answer", reply({"type": "output_text", "text": "Yes."}),
         reply(text("Yes.")), source=RESPONSES),
    Case("content-part", "Responses' image",
         parts({"type": "input_image", "image_url": "https://e.org/a.png", "detail": "low"}),
         parts(image("https://e.org/a.png", detail="low")), source=RESPONSES),
    Case("content-part", "an image with more",
         parts({"type": "input_image", "image_url": "https://e.org/a.png", "size": {"w": 1}}),
         parts(image("https://e.org/a.png")), also=("unknown-key",), lossy=True, source=RESPONSES),
    Case("content-part", "Responses' uploaded image",
         parts({"type": "input_image", "file_id": "file-1"}),
         parts({"type": "file", "file_id": "file-1"}), source=RESPONSES),
    Case("content-part", "Responses' file",
         parts({"type": "input_file", "file_data": PDF, "filename": "a.pdf"}),
         parts(_document(PDF, "a.pdf")), source=RESPONSES),
    Case("content-part", "Responses' uploaded file",
         parts({"type": "input_file", "file_id": UUID}), parts(_FILE), source=RESPONSES),
    Case("content-part", "a refusal", reply({"type": "refusal", "refusal": "No."}),
         reply(text("No.")), source=RIG),
    Case("content-part", "reasoning",
         reply({"type": "reasoning", "text": "Hm."}, text("Yes."), model=SMALL),
         reply(thinking("Hm."), text("Yes."), model=SMALL), source=AI_SDK),
    Case("content-part", "Anthropic's image",
         parts({"type": "image", "source": {"type": "base64", "media_type": "image/png",
                                            "data": "iVBORw0="}}),
         parts(image(PNG)), source=ANTHROPIC),
    Case("content-part", "Anthropic's image by URL",
         parts({"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}}),
         parts(image("https://e.org/a.png")), source=ANTHROPIC),
    Case("content-part", "the AI SDK's image",
         parts({"type": "image", "image": "iVBORw0=", "mediaType": "image/png"}),
         parts(image(PNG)), source=AI_SDK),
    Case("content-part", "Anthropic's document",
         parts({"type": "document", "title": "A", "source": {
             "type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}),
         parts(_document(PDF, "A")), source=ANTHROPIC),
    Case("content-part", "Anthropic's text document",
         parts({"type": "document", "title": "A", "source": {
             "type": "text", "media_type": "text/plain", "data": "Words."}}),
         parts(text("A\nWords.")), source=ANTHROPIC),
    Case("content-part", "Anthropic's document of parts",
         parts({"type": "document", "source": {"type": "content", "content": _CHUNKS}}),
         parts(text("1\n2")), source=ANTHROPIC),
    Case("content-part", "Anthropic's uploaded document",
         parts({"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
         parts({"type": "file", "file_id": "file_1"}), source=ANTHROPIC),
    Case("content-part", "vLLM's audio",
         parts({"type": "audio_url", "audio_url": {"url": "https://e.org/a.mp3"}}),
         parts({"type": "input_audio", "input_audio": "https://e.org/a.mp3"}),
         source="https://github.com/maruel/genai: 422 union_tag_invalid, 2025-07"),
    Case("content-part", "an image of MCP's",
         request(user(), calls(call()), result(content=[
             {"type": "image", "data": "iVBORw0=", "mimeType": "image/png"}])),
         request(user(), calls(call()), result(content=[image(PNG)])), source=MCP),
    Case("content-part", "nothing", request(user([None, text("Hi")])), parts(text("Hi")),
         source=SPEC),
    Case("content-part", "a list", request(user([["Hi"], text("there")])),
         parts(text("Hi"), text("there")), source=SPEC),
    Case("content-part", "a number among parts", request(user([5, text("Hi")])),
         parts(text("5"), text("Hi")), source=SPEC),
    Case("content-part", "the Assistants API's text",
         parts({"type": "text", "text": {"value": "Hi", "annotations": []}}), parts(text("Hi")),
         source="https://platform.openai.com/docs/api-reference/messages/object"),
    Case("content-part", "Anthropic's search result",
         parts({"type": "search_result", "source": "https://e.org", "title": "A",
                "content": [text("Words.")]}),
         parts(text("A\nhttps://e.org\nWords.")), source=ANTHROPIC),
    Case("content-part", "an image twice",
         parts({"type": "image", "data": "iVBORw0=", "base64": "iVBORw0=",
                "mime_type": "image/png"}),
         parts(image(PNG)), also=("unknown-key",), lossy=True, source=MCP),
    Case("content-part", "MCP's sound and text",
         request(user(), calls(call()), result(content=[
             {"type": "audio", "data": "UklGRg==", "mimeType": "audio/wav"},
             {"type": "resource", "resource": {"uri": "file:///a", "text": "Words."}}])),
         request(user(), calls(call()), result(content=[_AUDIO, text("Words.")])),
         lossy=True, source=MCP),  # no chunk has its uri
    Case("content-part", "Mistral's chunks",
         parts(text("Hi"), image("https://e.org/a.png"), _document(PDF), _FILE, _AUDIO,
               {"type": "reference", "reference_ids": [1, "a"]})),
    Case("content-part", "what no chunk of Mistral's can hold",
         parts({"type": "video_url", "video_url": {"url": "https://e.org/a.mp4"}})),
    Case("audio-part", "OpenAI's",
         parts({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}),
         parts(_AUDIO), source=RIG),
    Case("audio-part", "that is none", parts({"type": "input_audio", "input_audio": 5})),
    Case("audio-part", "that cannot be read",
         parts({"type": "input_audio", "input_audio": {"samples": [1]}})),
    Case("audio-part", "Mistral's", parts(_AUDIO)),
    Case("file-part", "OpenAI's data",
         parts({"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}}),
         parts(_document(PDF, "a.pdf")), source=RIG),
    Case("file-part", "OpenAI's data, bare",
         parts({"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.pdf"}}),
         parts(_document(PDF, "a.pdf")), source=OPENAI),
    Case("file-part", "OpenAI's upload", parts({"type": "file", "file": {"file_id": UUID}}),
         parts(_FILE), source=RIG),
    Case("file-part", "OpenAI's upload, with its name",
         parts({"type": "file", "file": {"file_id": UUID, "filename": "a.pdf"}}), parts(_FILE),
         also=("unknown-key",), lossy=True, source=OPENAI),
    Case("file-part", "the AI SDK's",
         parts({"type": "file", "data": "JVBERi0=", "mediaType": "application/pdf",
                "filename": "a.pdf"}),
         parts(_document(PDF, "a.pdf")), source=AI_SDK),
    Case("file-part", "an image in a file",
         parts({"type": "file", "file": {"file_data": PNG, "filename": "a.png"}}),
         parts(image(PNG)), lossy=True, source=OPENAI),  # an image has no name
    Case("file-part", "LiteLLM's URL",
         parts({"type": "file", "file": {"file_id": "https://e.org/a.pdf"}}),
         parts(_document("https://e.org/a.pdf")),
         source="https://docs.litellm.ai/docs/completion/document_understanding"),
    Case("file-part", "Mistral's", parts(_FILE)),
    Case("image-part", "a URL beside its type",
         parts({"type": "image_url", "url": "https://e.org/a.png"}),
         parts(image("https://e.org/a.png")), source=SPEC),
    Case("image-part", "Mistral's, either way",
         parts(image("https://e.org/a.png"), {"type": "image_url", "image_url": PNG})),
    Case("anthropic-thinking", "a string",
         reply({"type": "thinking", "thinking": "Hm.", "signature": "s"}, text("Yes."),
               model=SMALL),
         reply(thinking("Hm.", signature="s"), text("Yes."), model=SMALL), source=ANTHROPIC),
    Case("anthropic-thinking", "Mistral's", reply(thinking("Hm."), text("Yes."), model=SMALL)),
    Case("refusal", "without content", request(user(), said(None, refusal="No."), user("Why?")),
         request(user(), said("No."), user("Why?")), source=OPENAI),
    Case("refusal", "beside content",
         request(user(), said("Well,", refusal="No."), user("Why?")),
         request(user(), said([text("Well,"), text("No.")]), user("Why?")), source=OPENAI),
    Case("refusal", "null", request(user(), said("Yes.", refusal=None), user("Why?")),
         request(user(), said("Yes."), user("Why?")), source=OPENAI),
    Case("refusal", "beside parts",
         request(user(), said([text("Well,")], refusal="No."), user("Why?")),
         request(user(), said([text("Well,"), text("No.")]), user("Why?")), source=OPENAI),
    Case("refusal", "beside a single part",
         request(user(), said(text("Well,"), refusal="No."), user("Why?")),
         request(user(), said([text("Well,"), text("No.")]), user("Why?")), source=OPENAI),
    Case("refusal", "none", request(user(), said("No."), user("Why?"))),
    Case("audio-transcript", "without content",
         request(user(), said(None, audio={"id": "audio_1", "transcript": "Yes."}), user("Why?")),
         request(user(), said("Yes."), user("Why?")), source=OPENAI),
    Case("audio-transcript", "with more",
         request(user(), said(None, audio={"data": "x", "transcript": "Yes."}), user("Why?")),
         request(user(), said("Yes."), user("Why?")), lossy=True, source=OPENAI),
    Case("audio-transcript", "null", request(user(), said("Yes."), user("Why?"))),
    Case("completion-chunks", "a reference",
         request(user(), said("Paris it is", **_kept((5, _REFERENCE))), user("Why?")),
         request(user(), said([text("Paris"), _REFERENCE, text(" it is")]), user("Why?")),
         source=COMPLETIONS),
    Case("completion-chunks", "a signature",
         request(user(), said("Yes.", reasoning_content="Hm.", **_kept((0, _SIGNED))),
                 user("Why?"), model=SMALL),
         request(user(), said([_SIGNED, text("Yes.")]), user("Why?"), model=SMALL),
         source=COMPLETIONS),
    Case("completion-chunks", "thinking after text, and a name more for it",
         request(user(), said("Yes. No.", reasoning_content="Hm.Oh.", reasoning="Hm.Oh.",
                              **_kept((4, thinking("Oh.")))), user("Why?"), model=SMALL),
         request(user(), said([thinking("Hm."), text("Yes."), thinking("Oh."), text(" No.")]),
                 user("Why?"), model=SMALL),
         source=COMPLETIONS),
    Case("completion-chunks", "beside a call, without text",
         request(user(), calls(call(), content=None, **_kept((0, _REFERENCE))), result()),
         request(user(), calls(call(), content=[_REFERENCE]), result()), source=COMPLETIONS),
    Case("completion-chunks", "text with more than text",
         request(user(), said("Yes.", **_kept((0, {"type": "text", "text": "Yes", "x": 1}))),
                 user("Why?")),
         request(user(), said([text("Yes"), text(".")]), user("Why?")),
         also=("unknown-key",), lossy=True, source=COMPLETIONS),
    Case("completion-chunks", "of a model that does not reason",
         request(user(), said("Yes.", reasoning_content="Hm.", **_kept((0, _SIGNED))),
                 user("Why?")),
         request(user(), said([text("Yes.")]), user("Why?")), also=("thinking-model",), lossy=True,
         source=COMPLETIONS),
    Case("completion-chunks", "a chunk that the schema does not have",
         request(user(), said("Yes.", **_kept((0, {"type": "of_tomorrow"}), (4, _REFERENCE))),
                 user("Why?")),
         request(user(), said([text("Yes."), _REFERENCE]), user("Why?")), lossy=True,
         source=COMPLETIONS),
    Case("completion-chunks", "nothing but such a chunk",
         request(user(), said("Yes.", **_kept((0, {"type": ["text"]}), (2, None))), user("Why?")),
         request(user(), said("Yes."), user("Why?")), lossy=True, source=COMPLETIONS),
    Case("completion-chunks", "thinking with a part that the schema does not have",
         request(user(), said("Yes.", reasoning_content="Hm.", **_kept((0, {
             "type": "thinking", "thinking": [text("Hm."), {"type": "of_tomorrow"}]}))),
             user("Why?"), model=SMALL),
         request(user(), said([thinking("Hm."), text("Yes.")]), user("Why?"), model=SMALL),
         lossy=True, source=COMPLETIONS),
    Case("completion-chunks", "thinking that is nothing but such a part",
         request(user(), said("Yes.", **_kept((0, {
             "type": "thinking", "thinking": [{"type": "of_tomorrow"}]}))),
             user("Why?"), model=SMALL),
         request(user(), said("Yes."), user("Why?"), model=SMALL), lossy=True, source=COMPLETIONS),
    Case("completion-chunks", "beside what another host keeps there",
         request(user(), said("Paris it is", extra_content={
             "google": {"thought_signature": "x"}, **_kept((5, _REFERENCE))["extra_content"]}),
             user("Why?")),
         request(user(), said([text("Paris"), _REFERENCE, text(" it is")]), user("Why?")),
         lossy=True, source=COMPLETIONS),
    Case("completion-chunks", "under a schema without thinking",
         request(user(), said("Yes.", reasoning_content="Hm.",
                              **_kept((0, _SIGNED), (4, _REFERENCE))), user("Why?"), model=SMALL),
         request(user(), said([text("Yes."), _REFERENCE]), user("Why?"), model=SMALL),
         also=("reasoning",), lossy=True, source=COMPLETIONS, options={"profile": "2025-03-21"}),
    Case("completion-chunks", "the list itself",
         reply(text("Paris"), _REFERENCE, text(" it is"))),
    Case("reasoning", "reasoning_content",
         request(user(), said("Yes.", reasoning_content="Hm."), user("Why?"), model=SMALL),
         request(user(), said([thinking("Hm."), text("Yes.")]), user("Why?"), model=SMALL),
         source="https://github.com/BerriAI/litellm/issues/30835"),
    Case("reasoning", "reasoning, beside a call",
         request(user(), calls(call(), reasoning="Hm."), result(), model=SMALL),
         request(user(), calls(call(), content=[thinking("Hm.")]), result(), model=SMALL),
         source="https://github.com/co-l/openfox/issues/220"),
    Case("reasoning", "thinking_blocks",
         request(user(), said("Yes.", thinking_blocks=[{"type": "thinking", "thinking": "Hm."}]),
                 user("Why?"), model=SMALL),
         request(user(), said([thinking("Hm."), text("Yes.")]), user("Why?"), model=SMALL),
         source="https://docs.litellm.ai/docs/reasoning_content"),
    Case("reasoning", "reasoning_details",
         request(user(), said("Yes.", reasoning_details=[{"type": "reasoning.text",
                                                          "text": "Hm."}]),
                 user("Why?"), model=SMALL),
         request(user(), said([thinking("Hm."), text("Yes.")]), user("Why?"), model=SMALL),
         source="https://openrouter.ai/docs/use-cases/reasoning-tokens"),
    Case("reasoning", "the same under two names",
         request(user(), said("Yes.", reasoning="Hm.", reasoning_content="Hm."), user("Why?"),
                 model=SMALL),
         request(user(), said([thinking("Hm."), text("Yes.")]), user("Why?"), model=SMALL),
         source="https://openrouter.ai/docs/use-cases/reasoning-tokens"),
    Case("reasoning", "of a model that does not reason",
         request(user(), said("Yes.", reasoning_content="Hm."), user("Why?")),
         request(user(), said("Yes."), user("Why?")), lossy=True,
         source="https://github.com/charmbracelet/crush/issues/1590"),
    Case("reasoning", "that nobody can read",
         request(user(), said("Yes.", reasoning_details=[{"type": "reasoning.encrypted",
                                                          "data": "x"}]),
                 user("Why?"), model=SMALL),
         request(user(), said("Yes."), user("Why?"), model=SMALL), lossy=True,
         source="https://openrouter.ai/docs/use-cases/reasoning-tokens"),
    Case("reasoning", "a number",
         request(user(), said("Yes.", reasoning_content=5), user("Why?"), model=SMALL),
         request(user(), said("Yes."), user("Why?"), model=SMALL), lossy=True, source=SPEC),
    Case("reasoning", "white space only",
         request(user(), said("Yes.", reasoning_content="\n"), user("Why?")),
         request(user(), said("Yes."), user("Why?")),
         source="https://github.com/charmbracelet/crush/issues/1590"),
    Case("reasoning", "a thinking chunk", reply(thinking("Hm."), text("Yes."), model=SMALL)),
    Case("redacted-thinking", "of Anthropic's",
         reply({"type": "redacted_thinking", "data": "x"}, text("Yes."), model=SMALL),
         reply(text("Yes."), model=SMALL), lossy=True, source=ANTHROPIC),
    Case("redacted-thinking", "thinking", reply(thinking("Hm."), text("Yes."), model=SMALL)),
    Case("thinking-model", "a model that does not reason", reply(thinking("Hm."), text("Yes.")),
         reply(text("Yes.")), lossy=True,
         source="https://github.com/mistralai/mistral-vibe/issues/758"),
    Case("thinking-model", "an old schema", reply(thinking("Hm."), text("Yes."), model="new-stral"),
         reply(text("Yes."), model="new-stral"), lossy=True,
         options={"profile": profiles.V2025_03_21}, source="ThinkChunk came on 2025-08-20"),
    Case("thinking-model", "a model that reasons",
         reply(thinking("Hm."), text("Yes."), model=SMALL)),
    Case("thinking-model", "a model that is not known",
         reply(thinking("Hm."), text("Yes."), model="new-stral")),
    Case("anthropic-part", "a call and its result",
         request(user(),
                 said([text("Look."), {"type": "tool_use", "id": "aaaaaaaa1", "name": "f",
                                       "input": {"a": 1}}]),
                 user([{"type": "tool_result", "tool_use_id": "aaaaaaaa1", "content": "sunny"},
                       text("And?")])),
         request(user(),
                 calls(call(arguments='{"a":1}'), content=[text("Look.")]),
                 {"role": "tool", "content": "sunny", "tool_call_id": "aaaaaaaa1"},
                 user([text("And?")])), source=ANTHROPIC),
    Case("anthropic-part", "nothing beside",
         request(user(),
                 said([{"type": "tool_use", "id": "aaaaaaaa1", "name": "f", "input": {}}]),
                 user([{"type": "tool_result", "tool_use_id": "aaaaaaaa1",
                        "content": [text("sunny")]}])),
         request(user(), calls(call()),
                 {"role": "tool", "content": [text("sunny")], "tool_call_id": "aaaaaaaa1"}),
         source=ANTHROPIC),
    Case("anthropic-part", "beside a call of Mistral's, and a result without an id",
         request(user(),
                 calls(call(), content=[{"type": "tool_use", "id": "aaaaaaaa2", "name": "f",
                                         "input": {}}]),
                 result(), user([{"type": "tool_result", "content": "rainy"}])),
         request(user(), calls(call(), call("aaaaaaaa2")), result(),
                 {"role": "tool", "content": "rainy", "tool_call_id": "aaaaaaaa2"}),
         also=("missing-tool-call-id",), source=ANTHROPIC),
    Case("anthropic-part", "Mistral's call", request(user(), calls(call()), result())),
    Case("message-name", "of a user", request({**user(), "name": "Ann"}), request(), lossy=True,
         source="https://github.com/microsoft/autogen/issues/2748"),
    Case("message-name", "empty", request({**user(), "name": ""}), request(),
         source="https://github.com/Gage-Technologies/mistral-go/pull/2"),
    Case("message-name", "of a tool", request(user(), calls(call()), result(name="f"))),
    Case("name-prefix", "before a string", request({**user(), "name": "Ann"}),
         request(user("Ann: Hi")), options={"enable": ("name-prefix",)},
         source="https://github.com/microsoft/autogen/issues/2748"),
    Case("name-prefix", "before parts", request({**user([text("Hi")]), "name": "Ann"}),
         parts(text("Ann:"), text("Hi")), options={"enable": ("name-prefix",)},
         source="https://github.com/microsoft/autogen/issues/2748"),
    Case("message-name", "before nothing", request({**user(None), "name": "Ann"}),
         request(user(None)), lossy=True, options={"enable": ("name-prefix",)},
         source="https://github.com/microsoft/autogen/issues/2748"),
    Case("message-name", "empty, before a text", request({**user(), "name": ""}), request(),
         options={"enable": ("name-prefix",)},
         source="https://github.com/microsoft/autogen/issues/2748"),
    Case("name-prefix", "of a tool", request(user(), calls(call()), result(name="f")),
         options={"enable": ("name-prefix",)}),
    Case("tool-content-string", "parts", request(user(), calls(call()), result(content=_CHUNKS)),
         request(user(), calls(call()), result(content="1\n2")),
         options={"enable": ("tool-content-string",)},
         source="https://github.com/langchain-ai/langchain/pull/34470"),
    Case("tool-content-string", "what is no text",
         request(user(), calls(call()), result(content=[image(PNG)])),
         options={"enable": ("tool-content-string",)}),
    Case("split-content-calls", "content beside a call",
         request(user(), calls(call(), content="Look."), result()),
         request(user(), said("Look."), calls(call()), result()),
         options={"enable": ("split-content-calls",)},
         source="https://github.com/github/copilot-cli/issues/4884"),
    Case("split-content-calls", "a call alone", request(user(), calls(call()), result()),
         options={"enable": ("split-content-calls",)}),
    Case("tool-call-shape", "Responses' call",
         request(user(), calls({"type": "function_call", "call_id": "aaaaaaaa1", "name": "f",
                                "arguments": "{}"}), result()),
         request(user(), calls(call()), result()), source=RESPONSES),
    Case("tool-call-shape", "Anthropic's call",
         request(user(), calls({"type": "tool_use", "id": "aaaaaaaa1", "name": "f",
                                "input": {"a": 1}}), result()),
         request(user(), calls(call(arguments={"a": 1})), result()), source=ANTHROPIC),
    Case("tool-call-shape", "LangChain's call",
         request(user(), calls({"type": "tool_call", "id": "aaaaaaaa1", "name": "f",
                                "args": {"a": 1}}), result()),
         request(user(), calls(call(arguments={"a": 1})), result()),
         source="https://python.langchain.com/docs/concepts/tool_calling/"),
    Case("tool-call-shape", "a custom call",
         request(user(), calls({"id": "aaaaaaaa1", "type": "custom",
                                "custom": {"name": "f", "input": "1+1"}}), result()),
         request(user(), calls(call(arguments='{"input":"1+1"}')), result()), source=OPENAI),
    Case("tool-call-shape", "another word for function",
         request(user(), calls({**call(), "type": "tool_call"}), result()),
         request(user(), calls(call()), result()), source=SPEC),
    Case("tool-call-shape", "Mistral's", request(user(), calls({**call(), "index": 0}), result())),
    Case("arguments", "null", request(user(), calls(call(arguments=None)), result()),
         request(user(), calls(call()), result()), source=SPEC),
    Case("arguments", "left out",
         request(user(), calls({"id": "aaaaaaaa1", "type": "function", "function": {"name": "f"}}),
                 result()),
         request(user(), calls(call()), result()), source=SPEC),
    Case("arguments", "PHP's empty list", request(user(), calls(call(arguments=[])), result()),
         request(user(), calls(call()), result()), source=SPEC),
    Case("arguments", "a list", request(user(), calls(call(arguments=[1])), result()),
         request(user(), calls(call(arguments="[1]")), result()), source=SPEC),
    Case("arguments", "an object, or what is no JSON",
         request(user(), calls(call(arguments={"a": 1}), call("aaaaaaaa2", arguments="{bad")),
                 result(), result("aaaaaaaa2"))),
    Case("arguments-string", "an object",
         request(user(), calls(call(arguments={"a": 1})), result()),
         request(user(), calls(call(arguments='{"a":1}')), result()),
         options={"enable": ("arguments-string",)}, source="a code comment of 2026"),
    Case("arguments-string", "a string", request(user(), calls(call()), result()),
         options={"enable": ("arguments-string",)}),
)  # fmt: skip


class TestRows(Rows):
    """What holds for every row: `tests.rules.rows`."""

    rows = ROWS


def _message(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": role, "content": content, **more}]}


def _content(report: Report) -> Any:
    return report.payload["messages"][0]["content"]


TEXT = {"type": "text", "text": "Hi"}
DOCUMENT = {"type": "document_url", "document_url": "https://example.org/a"}
FILE = {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.pdf"}}
REASONING = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]}
REFERENCE = {"type": "reference", "reference_ids": [1]}


@pytest.mark.parametrize(
    ("content", "expected", "rules"),
    [
        # A part that is newer than this is for `check` to name, and so is all beside it.
        ([{"type": "brand_new"}, 5], [{"type": "brand_new"}, {"type": "text", "text": "5"}],
         {"content-part"}),
        ([{"type": "input_audio", "input_audio": {"url": "https://example.org/a"}}],
         [{"type": "input_audio", "input_audio": "https://example.org/a"}], {"audio-part"}),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_user_says(content: Any, expected: Any, rules: set[str]) -> None:
    """Parts of content, with the rules that repair them."""
    report = explain(_message("user", content))

    assert _content(report) == expected
    assert {change.rule for change in report.changes} == rules


@pytest.mark.parametrize(
    ("profile", "content", "expected"),
    [
        # Texts are texts, where content is a string, too.
        (profiles.V2024_09_17, [TEXT, TEXT], "Hi\nHi"),
        (profiles.V2024_09_17, [{"a": 1}], '[{"a":1}]'),
        (profiles.V2024_09_17, [{"type": "brand_new"}], '[{"type":"brand_new"}]'),
        # A chunk that Mistral has stays, and one that the date has not is data.
        (profiles.LATEST, [REFERENCE], [REFERENCE]),
        (profiles.LATEST, [DOCUMENT], [DOCUMENT]),
        (profiles.AZURE_2026_11_01, [DOCUMENT], json_text([DOCUMENT])),
        # What no JSON can be made of is for `check` to name.
        (profiles.LATEST, [TEXT, b""], [TEXT, b""]),
    ],
    ids=str,
)
def test_what_a_tool_returns(profile: profiles.Profile, content: Any, expected: Any) -> None:
    """Chunks as they are, other data as JSON, and no change where nothing is changed."""
    call = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "abcdefghi", "content": content}
    asked = {"role": "user", "content": "Hi"}
    before = [asked, {"role": "assistant", "tool_calls": [call]}, result]

    report = Sanitizer(profile=profile).explain({"model": "m", "messages": before})

    assert report.payload["messages"][2] == {**result, "content": expected}
    assert bool(report) == (content != expected)


@pytest.mark.parametrize(
    ("role", "part", "profile"),
    [
        ("user", FILE, profiles.AZURE_2026_11_01),
        ("user", FILE, profiles.V2024_11_07),
        ("system", {"type": "image", "url": "https://example.org/a"}, profiles.LATEST),
    ],
)
def test_a_part_of_which_the_schema_has_no_chunk(
    role: str, part: Any, profile: profiles.Profile
) -> None:
    """It stays as it came, for `check` to name."""
    assert not Sanitizer(profile=profile).explain(_message(role, [part, TEXT]))


def test_reasoning_before_there_was_any() -> None:
    """Under a schema without thinking, another's reasoning goes, and that is a loss."""
    payload = _message("assistant", [REASONING, TEXT], prefix=True)

    report = Sanitizer(profile=profiles.V2025_03_21).explain(payload)

    assert _content(report) == [TEXT]
    assert [(c.rule, c.lossy) for c in report.changes] == [("thinking-model", True)]
