"""What Mistral refuses of a conversation: `conversation_problems`.

One pass over the messages keeps two accounts: `_Order` of who speaks after whom, of calls and their
results; `_Chunks` of what the messages hold, against what the model accepts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from itertools import chain, takewhile
from typing import Any, Final

from mistral_sanitize.catalog import ModelFacts
from mistral_sanitize.report import Problem
from mistral_sanitize.rules import RULES
from mistral_sanitize.rules._follows import follows
from mistral_sanitize.rules.ids import fits, legal_name
from mistral_sanitize.validation.known import KNOWN_REFUSALS
from mistral_sanitize.validation.request import Request
from mistral_sanitize.validation.values import text

__all__ = ["conversation_problems", "is_accepted_audio", "name_problems"]


def conversation_problems(request: Request) -> Iterator[Problem]:
    """What Mistral refuses of the messages: their order, calls and results, and what they hold."""
    messages = request.get("messages")
    if not isinstance(messages, (list, tuple)):
        return
    order = _Order(len(messages), RULES["user-after-tool"].on(request.profile))
    chunks = _Chunks(request.facts, request.model)
    for index, message in enumerate(messages):
        if isinstance(message, dict):
            role = text(dict.get(message, "role"))
            order.add(index, role or "", message)
            content = dict.get(message, "content")
            if isinstance(content, (list, tuple)):
                chunks.add(index, content)
        else:
            order.add(index, "", {})
    order.close_calls()
    yield from chain(order.ends, order.roles, order.pairs, order.contents, chunks.found)


class _Order:
    """The account that mistral-common's validators keep of a conversation, all versions in one.

    What any version of them refuses counts (3 to 13, in serving mode), except that 3 refuses
    content and tool calls together: the live API accepts both (recorded in August 2026). The
    problems are kept apart as the validators look for them: ends, roles, pairs, messages.
    """

    def __init__(self, length: int, bridged: bool) -> None:
        self.last = length - 1
        self.follows = follows(bridged=bridged)
        self.ends: list[Problem] = []
        self.roles: list[Problem] = []
        self.pairs: list[Problem] = []
        self.contents: list[Problem] = []
        self.previous = ""
        self.open: dict[str, bool] = {}  # the ids of the latest calls, and whether one has a result
        self.caller = 0  # the index of the latest message with calls
        if not length:
            self.ends.append(KNOWN_REFUSALS["no-message"].problem(("messages",)))

    def add(self, index: int, role: str, message: dict[str, Any]) -> None:
        """Checks the next message; one of an unknown role may be anywhere."""
        in_order = self._may_follow(role)
        if not in_order:
            path = ("messages", index)
            self.roles.append(KNOWN_REFUSALS["order"].problem(path, role, self.previous))
        if index == self.last:
            self._check_last(index, role, message)
        if role == "assistant":
            self._check_assistant(index, message)
        elif role == "tool":
            self._check_result(index, message, in_order)
        self.previous = role

    def _may_follow(self, role: str) -> bool:
        """Whether a role may follow the previous one; an unknown role may be anywhere."""
        known = self.follows.get(self.previous)
        return known is None or role not in self.follows or role in known

    def _check_last(self, index: int, role: str, message: dict[str, Any]) -> None:
        if index == 0:
            if role in ("assistant", "tool"):
                self.ends.append(KNOWN_REFUSALS["start"].problem(("messages", index)))
        elif role == "assistant" and dict.get(message, "prefix") is not True:
            self.ends.append(KNOWN_REFUSALS["last-role"].problem(("messages", index), role))

    def close_calls(self) -> None:
        """Names the calls without a result, before the next calls or at the end."""
        if not all(self.open.values()):
            self.pairs.append(
                KNOWN_REFUSALS["unanswered"].problem(("messages", self.caller, "tool_calls"))
            )
        self.open = {}

    def _check_assistant(self, index: int, message: dict[str, Any]) -> None:
        calls = dict.get(message, "tool_calls")
        calls = calls if isinstance(calls, (list, tuple)) else ()
        if not (calls or _counts_as_content(dict.get(message, "content"))):
            self.contents.append(KNOWN_REFUSALS["empty"].problem(("messages", index)))
        if index != self.last and dict.get(message, "prefix") is True:
            self.contents.append(KNOWN_REFUSALS["prefix"].problem(("messages", index, "prefix")))
        # The validators keep no account of a first message, and would find the results of its
        # calls unexpected. The live API accepts them (rig, recorded with 200 in August 2026).
        self.close_calls()
        self.caller = index
        for slot, call in enumerate(calls):
            if isinstance(call, dict):
                self._check_call(("messages", index, "tool_calls", slot), call)

    def _check_call(self, path: tuple[object, ...], call: dict[str, Any]) -> None:
        call_id = text(dict.get(call, "id", "null"))
        if call_id is not None:
            if call_id == "null":  # the schema's default
                self.contents.append(KNOWN_REFUSALS["call-id"].problem((*path, "id")))
            elif not fits(call_id):
                self.contents.append(KNOWN_REFUSALS["id"].problem((*path, "id"), quoted=call_id))
            elif call_id in self.open:
                self.pairs.append(
                    KNOWN_REFUSALS["duplicate-call"].problem((*path, "id"), quoted=call_id)
                )
            self.open[call_id] = False
        function = dict.get(call, "function")
        if isinstance(function, dict):
            name = dict.get(function, "name")
            self.contents.extend(name_problems((*path, "function", "name"), name))

    def _check_result(self, index: int, message: dict[str, Any], in_order: bool) -> None:
        path = ("messages", index, "tool_call_id")
        call_id = text(dict.get(message, "tool_call_id"))
        if call_id is None:
            self.contents.append(KNOWN_REFUSALS["result-id"].problem(path))
        else:
            if self.open.get(call_id) is False:
                self.open[call_id] = True
            elif index and in_order:  # a first message passes the validators
                which = "duplicate-result" if call_id in self.open else "unexpected-id"
                self.pairs.append(KNOWN_REFUSALS[which].problem(path, quoted=call_id))
            if not fits(call_id):
                self.contents.append(KNOWN_REFUSALS["id"].problem(path, quoted=call_id))
        self.contents.extend(name_problems(("messages", index, "name"), dict.get(message, "name")))


def _counts_as_content(content: object) -> bool:
    """Whether Mistral counts it as content: not an empty string or list."""
    string = text(content)
    if string is not None:
        return bool(string)
    return content is not None and not (isinstance(content, (list, tuple)) and not len(content))


def name_problems(path: Sequence[object], name: object) -> Iterator[Problem]:
    """What Mistral refuses of a function's name."""
    string = text(name)
    if string is not None and not legal_name(string):
        yield KNOWN_REFUSALS["name"].problem(path, quoted=string)


_ONE_THOUGHT: Final = ("zai-glm", "glm-")
"""How the ids of models begin that are known to refuse several thinking chunks at the front."""


def _is_thinking_chunk(chunk: object) -> bool:
    return isinstance(chunk, dict) and text(dict.get(chunk, "type")) == "thinking"


class _Chunks:
    """The chunks of a conversation, against what the model accepts where that is known."""

    def __init__(self, facts: ModelFacts, model: str | None) -> None:
        self.images = facts.vision
        self.audio = facts.audio
        self.thinking = facts.thinking
        self.most = facts.max_images
        self.one_thought = (model or "").startswith(_ONE_THOUGHT)
        self.count = 0
        self.found: list[Problem] = []

    def add(self, index: int, content: Sequence[Any]) -> None:
        """Checks the chunks of one message."""
        thoughts = len(list(takewhile(_is_thinking_chunk, content)))
        if thoughts > 1 and self.one_thought:
            path = ("messages", index, "content", 1)
            self.found.append(KNOWN_REFUSALS["leading-thinking"].problem(path, str(thoughts)))
        for slot, chunk in enumerate(content):
            if isinstance(chunk, dict):
                self._check_chunk(("messages", index, "content", slot), chunk)

    def _check_chunk(self, path: Sequence[object], chunk: dict[str, Any]) -> None:
        kind = text(dict.get(chunk, "type"))
        if kind == "image_url":
            self._check_image(path)
        elif kind == "input_audio":
            if self.audio is False:
                self.found.append(KNOWN_REFUSALS["audio"].problem(path))
            elif not _may_be_audio(_audio_text(dict.get(chunk, kind))):
                self.found.append(KNOWN_REFUSALS["audio-file"].problem((*path, kind)))
        # Only Voxtral accepts audio and no images. Its cards list documents all the same.
        elif kind == "document_url" and self.audio and self.images is False:
            self.found.append(KNOWN_REFUSALS["document"].problem(path))
        elif kind == "thinking" and self.thinking is False:
            self.found.append(KNOWN_REFUSALS["thinking"].problem(path))

    def _check_image(self, path: Sequence[object]) -> None:
        self.count += 1
        if self.images is False:
            self.found.append(KNOWN_REFUSALS["image"].problem(path))
        elif self.most is not None and self.count == self.most + 1:
            self.found.append(KNOWN_REFUSALS["images"].problem(path, str(self.most)))


def _audio_text(audio: object) -> str | None:
    """The base64 or URL of an audio chunk, its own or in OpenAI's object."""
    return text(dict.get(audio, "data") if isinstance(audio, dict) else audio)


_HEAD: Final = 16
"""Characters of base64 that hold the first twelve bytes: all of ``RIFF....WAVE``."""


def _may_be_audio(string: str | None) -> bool:
    """Whether a string may be what Mistral can load: base64 of one of `_is_sound`, or not base64.

    URLs are not judged, nor is what cannot be decoded: only bytes that are certainly something
    else.
    """
    if string is None:
        return True
    if string.startswith("data:"):
        _, marked, string = string[:256].partition(";base64,")
        if not marked:
            return True
    head = string[:_HEAD]
    try:
        data = base64.b64decode(head + "=" * (-len(head) % 4), validate=True)
    except (binascii.Error, ValueError):
        return True
    return _is_sound(data)


def _is_sound(data: bytes) -> bool:
    """Whether it begins as mp3, wav, flac or ogg do.

    The words of the refusal name the first two; flac and ogg were accepted all the same
    (maruel/genai, recorded with 200 on voxtral-small 2025-12-14).
    """
    if data.startswith((b"ID3", b"fLaC", b"OggS")):
        return True
    return (data[:4], data[8:]) == (b"RIFF", b"WAVE") or _is_frame(data)


def _is_frame(data: bytes) -> bool:
    """Whether a frame of MPEG audio begins here: eleven bits set, and a layer.

    AAC in ADTS has the same eleven bits, and zeros for the layer.
    """
    return len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[1] & 0x06 != 0


# -- what the schema lacks and Mistral accepts ------------------------------------------------


def is_accepted_audio(problem: Problem, request: Request) -> bool:
    """Whether a problem of the schema is known to be none: `input_audio` as OpenAI has it.

    The published chunk has a string there; ``{"data": ..., "format": ...}`` was answered with 200
    (ruby_llm, recorded live 2026-08-19).
    """
    if problem.code != "string_type" or problem.loc[-1:] != ("input_audio",):
        return False
    value: Any = request.payload
    for step in problem.path.split("/")[1:]:
        value = value[int(step)] if isinstance(value, (list, tuple)) else dict.get(value, step)
    return (
        isinstance(value, dict)
        and set(value) == {"data", "format"}
        and all(text(inner) is not None for inner in dict.values(value))
    )
