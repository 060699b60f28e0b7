"""What Mistral would still refuse, and why: `problems`.

First the schema (`validation.schema`, status 422), then what no schema shows, in the order in which Mistral
seems to look: the model, the arguments, the conversation, the tools. `REFUSALS` is the table of the
latter, each row with where it is known from. Nothing here changes a payload.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from mistral_sanitize import catalog
from mistral_sanitize.profiles import Profile
from mistral_sanitize.report import Problem, pointer
from mistral_sanitize.rules import RULES
from mistral_sanitize.rules._ids import fits, legal_name
from mistral_sanitize.schema.node import Node
from mistral_sanitize.validation.schema import faults, schema_fault, text

__all__ = ["KNOWN_ON", "REFUSALS", "Refusal", "problems"]

KNOWN_ON: Final = "2026-11-22"
"""The day as of which models count as retired: that of this release, whatever the profile's. A
profile is a date of the schema; a model that is gone is gone under every schema."""


class _Kind(NamedTuple):
    """The head of one of Mistral's answers."""

    type: str
    code: str
    status: int = 400


_MODEL: Final = _Kind("invalid_model", "1500")
_ARGS: Final = _Kind("invalid_request_invalid_args", "3051")
_PROMPT: Final = _Kind("invalid_request_prompt", "3210")
_ORDER: Final = _Kind("invalid_request_message_order", "3230")
_CALL: Final = _Kind("invalid_function_call", "3280")
_AUDIO: Final = _Kind("invalid_request_audio", "3291")
_SERVER: Final = _Kind("internal_server_error", "1000", 500)


class Refusal(NamedTuple):
    """One thing that Mistral refuses behind its schema, in its words.

    ``{}`` in `words` is a value of the request, ``%s`` a word out of our own tables. Where the
    code of an answer was not recorded, it is that of the nearest of its kind.
    """

    kind: _Kind
    words: str
    evidence: str

    def at(self, path: Sequence[object], *ours: str, said: str | None = None) -> Problem:
        """The problem at a path, with our words and the quoted value put in."""
        words = self.words % ours if ours else self.words
        kind = self.kind
        return Problem(pointer(path), kind.code, words, kind.status, kind.type, (), said)


_COMMON: Final = "mistral-common 1.13.1, protocol/instruct/validator.py"

REFUSALS: Final[Mapping[str, Refusal]] = {
    # the model
    "model-missing": Refusal(_MODEL, "Model name parameter is required for serving mode", _COMMON),
    "model": Refusal(
        _MODEL, "Invalid model: {}%s",
        "https://github.com/0xPlaygrounds/rig, recorded 2026-08-15; the replacement is the card's"),
    "fim": Refusal(
        _ARGS, "FIM is not enabled for this model",
        "https://github.com/langchain-ai/langchainjs/issues/8698 (2025-08-15)"),
    # the arguments
    "greedy": Refusal(
        _ARGS, "top_p must be 1 when using greedy sampling.",
        "https://github.com/devoxx/DevoxxGenieIDEAPlugin/issues/338 (400, 2024-11-19)"),
    "forced-tool": Refusal(
        _ARGS, "`%s` response type with tools is only compatible with `tool_choice: auto`",
        "https://github.com/0xPlaygrounds/rig (400, recorded 2026-08-15)"),
    "json-schema": Refusal(
        _ARGS, "Response format `json_schema` must define the schema",
        "mistral-common 1.13.1, protocol/instruct/request.py"),
    "effort": Refusal(
        _ARGS, "reasoning_effort='{}' is not supported for this model%s",
        "https://github.com/architects-toolkit/SmartHopper/issues/647 (2026-07-06)"),
    "prompt-mode": Refusal(
        _ARGS, "Reasoning prompt mode is not enabled for this model",
        "https://github.com/earendil-works/pi/issues/3096 (2026-04-13)"),
    # Nobody posted the body of the next three: of the first two there is documentation alone.
    "n": Refusal(
        _ARGS, "n must be 1 for this model",
        "Mistral's docs, inference/sampling, 2026-08-21: not on mistral-large-2512"),
    "prediction": Refusal(
        _ARGS, "%s is not supported with prediction",
        "Mistral's docs, studio/conversations/advanced/predicted-outputs, 2026-08-21"),
    "dimension": Refusal(
        _ARGS, "This model does not support output_dimension",
        "https://github.com/garrytan/gbrain/pull/3001 (400, 2026-07-19)"),
    "inputs": Refusal(
        _PROMPT, "Too many inputs in request, split into more batches.",
        "https://github.com/0xPlaygrounds/rig (recorded 2026-08-15: 257 inputs)"),
    # the conversation
    "no-message": Refusal(_ORDER, "Conversation must have at least one message", _COMMON),
    "start": Refusal(
        _ORDER, "Conversation must start with a user message or system message", _COMMON),
    "last-role": Refusal(
        _ORDER, "Expected last role User or Tool (or Assistant with prefix True) for serving but "
        "got %s", "https://github.com/0xPlaygrounds/rig/issues/1130 (400)"),
    "order": Refusal(
        _ORDER, "Unexpected role '%s' after role '%s'",
        "https://github.com/charmbracelet/crush/issues/279 (400, 2025-07-22)"),
    "unanswered": Refusal(
        _ORDER, "Not the same number of function calls and responses",
        "https://github.com/mistralai/client-ts/issues/106 (400, 2025-06)"),
    "unexpected-id": Refusal(
        _ORDER, "Unexpected tool call id {} in tool results",
        "https://github.com/pydantic/pydantic-ai/issues/3733 (400, 2025-12-15)"),
    "duplicate-result": Refusal(_ORDER, "Duplicate tool call id {} in tool results", _COMMON),
    "duplicate-call": Refusal(_ORDER, "Duplicate tool call id {} in assistant message", _COMMON),
    "empty": Refusal(
        _ORDER, "Assistant message must have either content or tool_calls, but not none.",
        "https://github.com/metadist/synaplan/issues/1115 (400, 2026-06-18)"),
    "prefix": Refusal(_ORDER, "Assistant message with prefix True must be last message", _COMMON),
    "id": Refusal(
        _CALL, "Tool call id was {} but must be a-z, A-Z, 0-9, with a length of 9.",
        "https://github.com/editor-code-assistant/eca/issues/233 (400, 2025-12-13)"),
    "call-id": Refusal(_CALL, "Tool call id has to be defined in serving mode.", _COMMON),
    "result-id": Refusal(
        _CALL, "Tool call id has to be defined.",
        "https://github.com/langchain-ai/langchain/issues/28237 (500, 2024-11)"),
    "name": Refusal(
        _CALL, "Function name was {} but must be a-z, A-Z, 0-9, or contain underscores and dashes, "
        "with a maximum length of 64.",
        "https://github.com/Kochava-Studios/witsy/pull/164 (400, 2025-04-04)"),
    # what the messages hold
    "thinking": Refusal(
        _ARGS, "Reasoning input is not enabled for this model",
        "https://github.com/mistralai/mistral-vibe/issues/758 (2026-06-09)"),
    "image": Refusal(
        _ARGS, "Image input is not enabled for this model",
        "https://github.com/maruel/genai, recorded on voxtral-small 2025-08-29"),
    "images": Refusal(
        _ARGS, "Max images: %s",
        "https://github.com/earendil-works/pi/pull/120 (400 on pixtral-12b, 2025-12-16)"),
    "audio": Refusal(
        _ARGS, "Audio input is not enabled for this model",
        "https://github.com/maruel/genai, recorded on 13 models 2025-12-14"),
    "audio-file": Refusal(
        _AUDIO, "Failed to load audio file. Verify that the given file is valid mp3 or wav.",
        "https://github.com/maruel/genai, recorded with aac on voxtral-small 2025-12-14"),
    "document": Refusal(
        _SERVER, "Service unavailable.",
        "https://github.com/maruel/genai, recorded with a PDF on voxtral-small 2025-12-14"),
    # the tools
    "tool-schema": Refusal(
        _ARGS, "Invalid tool schema: %s",
        "https://github.com/SylphxAI/pdf-reader-mcp/issues/63 (400)"),
    "grammar": Refusal(
        _ARGS, "%s", "https://github.com/BerriAI/litellm/pull/13389 (400, 2025-08-07)"),
}  # fmt: skip
"""Every refusal behind the schema, by a name of ours."""


class _Asked(NamedTuple):
    """One request, as the checks look at it."""

    payload: dict[str, Any]
    node: Node
    endpoint: str
    profile: Profile

    def get(self, name: str) -> Any:
        """The value of a field that the schema has here, else ``None``: another is a 422."""
        return dict.get(self.payload, name) if name in self.node.fields else None

    @property
    def model(self) -> str | None:
        return text(self.get("model"))


def problems(
    payload: dict[str, Any], node: Node, endpoint: str, profile: Profile
) -> tuple[Problem, ...]:
    """What Mistral would still refuse of the payload as it is, and why: nothing is changed.

    `node` is that of the endpoint's request under the profile. Those of the schema come first, as
    in Mistral's answers; of two at one place the first is enough. Total: takes any dict.
    """
    asked = _Asked(payload, node, endpoint, profile)
    found: dict[str, Problem] = {}
    for problem in chain(faults(payload, node), *(look(asked) for look in _LOOKS)):
        found.setdefault(problem.path, problem)
    return tuple(found.values())


# -- the model --------------------------------------------------------------------------------

_ROUTED: Final = ("mistral/", "mistralai/")
"""Prefixes of routers and of Hugging Face; no id of Mistral's API has a slash."""

_FIM: Final = "/v1/fim/completions"


def _model(asked: _Asked) -> Iterator[Problem]:
    if asked.profile.host is not None:
        return  # other hosts have ids of their own
    model = asked.model
    if model is None:
        # The schemas of 2024 let it be null, and so did no validator.
        if "model" in asked.node.fields and asked.get("model") is None:
            yield REFUSALS["model-missing"].at(("model",))
        return
    refused, replacements = catalog.is_refused(model, asked.endpoint, KNOWN_ON)
    if refused or model.startswith(_ROUTED):
        advice = f" (replaced by {' or '.join(replacements)})" if replacements else ""
        yield REFUSALS["model"].at(("model",), advice, said=model)
    elif asked.endpoint == _FIM and catalog.takes_fim(model) is False:
        yield REFUSALS["fim"].at(("model",))


# -- the arguments ----------------------------------------------------------------------------


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _greedy(asked: _Asked) -> Iterator[Problem]:
    temperature, top_p = asked.get("temperature"), asked.get("top_p")
    if _is_number(temperature) and _is_number(top_p) and temperature == 0 and top_p != 1:
        yield REFUSALS["greedy"].at(("top_p",))


def _format(asked: _Asked) -> Iterator[Problem]:
    """A JSON response format without its schema, or beside a tool that must be called."""
    form = asked.get("response_format")
    kind = text(dict.get(form, "type")) if isinstance(form, dict) else None
    if kind not in ("json_object", "json_schema"):
        return
    if kind == "json_schema" and dict.get(form, "json_schema") is None:
        yield REFUSALS["json-schema"].at(("response_format", "json_schema"))
    choice = asked.get("tool_choice")
    forced = isinstance(choice, dict) or text(choice) in ("any", "required")
    # json_object behaves the same; "auto" and "none" are taken (rig, as above).
    if forced and asked.get("tools"):
        yield REFUSALS["forced-tool"].at(("tool_choice",), kind)


def _reasoning(asked: _Asked) -> Iterator[Problem]:
    word = text(asked.get("reasoning_effort"))
    levels = catalog.reasoning_efforts(asked.model)
    if word is not None and levels is not None and word not in levels:
        # Printed as a tuple of an enum, that of one level with its comma.
        shown = ", ".join(f"<ReasoningEffort.{level}: '{level}'>" for level in levels)
        comma = "," if len(levels) == 1 else ""
        ours = f". Must be one of ({shown}{comma})" if levels else ""
        yield REFUSALS["effort"].at(("reasoning_effort",), ours, said=word)
    # By the profile's date, as `sanitize` does: before 2026-07-31 the Magistral models took it.
    if asked.get("prompt_mode") is not None and (
        catalog.takes_prompt_mode(asked.model, asked.profile.date) is False
    ):
        yield REFUSALS["prompt-mode"].at(("prompt_mode",))


def _several(asked: _Asked) -> Iterator[Problem]:
    """More than one completion."""
    n = asked.get("n")
    if not _is_number(n) or n <= 1:
        return
    if catalog.takes_n(asked.model) is False:
        yield REFUSALS["n"].at(("n",))
    if asked.get("prediction") is not None and "n" in catalog.prediction_excludes():
        yield REFUSALS["prediction"].at(("n",), "n")


def _embedding(asked: _Asked) -> Iterator[Problem]:
    if asked.endpoint != "/v1/embeddings":
        return
    if asked.get("output_dimension") is not None and (
        catalog.takes_output_dimension(asked.model) is False
    ):
        yield REFUSALS["dimension"].at(("output_dimension",))
    inputs, most = asked.get("input"), catalog.limit("embedding_inputs")
    if isinstance(inputs, (list, tuple)) and most is not None and len(inputs) > most:
        yield REFUSALS["inputs"].at(("input",))


# -- the conversation -------------------------------------------------------------------------


def _conversation(asked: _Asked) -> Iterator[Problem]:
    """The messages, in one pass: their order, calls and results, and what they hold."""
    messages = asked.get("messages")
    if not isinstance(messages, (list, tuple)):
        return
    order = _Order(len(messages), RULES["user-after-tool"].on(asked.profile.date))
    media = _Media(asked.model)
    for at, message in enumerate(messages):
        if isinstance(message, dict):
            role = text(dict.get(message, "role"))
            order.take(at, role or "", message)
            content = dict.get(message, "content")
            if isinstance(content, (list, tuple)):
                media.take(at, content)
        else:
            order.take(at, "", {})
    order.end()
    yield from chain(order.ends, order.roles, order.pairs, order.contents, media.found)


_NEXT: Final[Mapping[str, frozenset[str]]] = {
    "system": frozenset(("user", "assistant", "system")),
    "user": frozenset(("assistant", "system", "user")),
    "assistant": frozenset(("assistant", "user", "tool")),
    "tool": frozenset(("assistant", "tool", "user")),
}
"""The roles that may follow each: mistral-common, ``_validate_message_order``."""


class _Order:
    """The account that mistral-common's validators keep of a conversation, all versions in one.

    What one version of them refuses counts (3 to 13, in serving mode), but that 3 refuses content
    and tool calls together: both are taken live (recorded in August 2026). The problems are kept
    apart as the validators look for them: both ends, roles, calls with results, single messages.
    """

    def __init__(self, length: int, bridged: bool) -> None:
        self.last = length - 1
        self.bridged = bridged
        self.ends: list[Problem] = []
        self.roles: list[Problem] = []
        self.pairs: list[Problem] = []
        self.contents: list[Problem] = []
        self.previous = ""
        self.open: dict[str, bool] = {}  # the ids of the latest calls, and whether answered
        self.caller = 0  # who called
        if not length:
            self.ends.append(REFUSALS["no-message"].at(("messages",)))

    def take(self, at: int, role: str, message: dict[str, Any]) -> None:
        """Looks at the next message; one of an unknown role may stand anywhere."""
        fits_in = self._follows(role)
        if not fits_in:
            self.roles.append(REFUSALS["order"].at(("messages", at), role, self.previous))
        if at == self.last:
            self._check_last(at, role, message)
        if role == "assistant":
            self._assistant(at, message)
        elif role == "tool":
            self._result(at, message, fits_in)
        self.previous = role

    def _follows(self, role: str) -> bool:
        if role not in _NEXT or self.previous not in _NEXT:
            return True
        if self.bridged and (self.previous, role) == ("tool", "user"):
            return False  # until mistral-common 1.11.1 of 2026-04-29
        return role in _NEXT[self.previous]

    def _check_last(self, at: int, role: str, message: dict[str, Any]) -> None:
        if at == 0:
            if role in ("assistant", "tool"):
                self.ends.append(REFUSALS["start"].at(("messages", at)))
        elif role == "assistant" and dict.get(message, "prefix") is not True:
            self.ends.append(REFUSALS["last-role"].at(("messages", at), role))

    def end(self) -> None:
        """Looks at the calls that nothing has answered, before the next ones or at the end."""
        if not all(self.open.values()):
            self.pairs.append(REFUSALS["unanswered"].at(("messages", self.caller, "tool_calls")))
        self.open = {}

    def _assistant(self, at: int, message: dict[str, Any]) -> None:
        calls = dict.get(message, "tool_calls")
        calls = calls if isinstance(calls, (list, tuple)) else ()
        if not (calls or _says_something(dict.get(message, "content"))):
            self.contents.append(REFUSALS["empty"].at(("messages", at)))
        if at != self.last and dict.get(message, "prefix") is True:
            self.contents.append(REFUSALS["prefix"].at(("messages", at, "prefix")))
        # The validators keep no account of a first message, and would find the results of its
        # calls unexpected. Live they are taken (rig, recorded with 200 in August 2026).
        self.end()
        self.caller = at
        for slot, call in enumerate(calls):
            if isinstance(call, dict):
                self._call(("messages", at, "tool_calls", slot), call)

    def _call(self, path: tuple[object, ...], call: dict[str, Any]) -> None:
        call_id = text(dict.get(call, "id", "null"))
        if call_id is not None:
            if call_id == "null":  # the schema's default
                self.contents.append(REFUSALS["call-id"].at((*path, "id")))
            elif not fits(call_id):
                self.contents.append(REFUSALS["id"].at((*path, "id"), said=call_id))
            elif call_id in self.open:
                self.pairs.append(REFUSALS["duplicate-call"].at((*path, "id"), said=call_id))
            self.open[call_id] = False
        function = dict.get(call, "function")
        if isinstance(function, dict):
            name = dict.get(function, "name")
            self.contents.extend(_name((*path, "function", "name"), name))

    def _result(self, at: int, message: dict[str, Any], in_order: bool) -> None:
        path = ("messages", at, "tool_call_id")
        call_id = text(dict.get(message, "tool_call_id"))
        if call_id is None:
            self.contents.append(REFUSALS["result-id"].at(path))
        else:
            if self.open.get(call_id) is False:
                self.open[call_id] = True
            elif at and in_order:  # a first message passes the validators
                which = "duplicate-result" if call_id in self.open else "unexpected-id"
                self.pairs.append(REFUSALS[which].at(path, said=call_id))
            if not fits(call_id):
                self.contents.append(REFUSALS["id"].at(path, said=call_id))
        self.contents.extend(_name(("messages", at, "name"), dict.get(message, "name")))


def _says_something(content: object) -> bool:
    """Whether content counts as such: an empty string or list does not."""
    said = text(content)
    if said is not None:
        return bool(said)
    return content is not None and not (isinstance(content, (list, tuple)) and not len(content))


def _name(path: Sequence[object], name: object) -> Iterator[Problem]:
    said = text(name)
    if said is not None and not legal_name(said):
        yield REFUSALS["name"].at(path, said=said)


# -- what messages hold -----------------------------------------------------------------------


class _Media:
    """The chunks of a conversation, against what the model takes; unknown models take anything."""

    def __init__(self, model: str | None) -> None:
        self.images = catalog.takes_images(model)
        self.audio = catalog.takes_audio(model)
        self.thinking = catalog.takes_thinking(model)
        self.most = catalog.limit("images")
        self.count = 0
        self.found: list[Problem] = []

    def take(self, at: int, content: Sequence[Any]) -> None:
        """Looks at the chunks of one message."""
        for slot, chunk in enumerate(content):
            if isinstance(chunk, dict):
                self._chunk(("messages", at, "content", slot), chunk)

    def _chunk(self, path: Sequence[object], chunk: dict[str, Any]) -> None:
        kind = text(dict.get(chunk, "type"))
        if kind == "image_url":
            self._image(path)
        elif kind == "input_audio":
            if self.audio is False:
                self.found.append(REFUSALS["audio"].at(path))
            elif not _may_be_audio(text(dict.get(chunk, kind))):
                self.found.append(REFUSALS["audio-file"].at((*path, kind)))
        # Voxtral alone hears and does not see. Its cards have documents all the same.
        elif kind == "document_url" and self.audio and self.images is False:
            self.found.append(REFUSALS["document"].at(path))
        elif kind == "thinking" and self.thinking is False:
            self.found.append(REFUSALS["thinking"].at(path))

    def _image(self, path: Sequence[object]) -> None:
        self.count += 1
        if self.images is False:
            self.found.append(REFUSALS["image"].at(path))
        elif self.most is not None and self.count == self.most + 1:
            self.found.append(REFUSALS["images"].at(path, str(self.most)))


_SIXTEEN: Final = 16
"""Characters of base64 that hold the first twelve bytes: all of ``RIFF....WAVE``."""


def _may_be_audio(said: str | None) -> bool:
    """Whether a string may be what Mistral can load: base64 of mp3 or wav, or no base64 at all.

    URLs are not judged, nor is what cannot be decoded: only bytes that are surely something else.
    """
    if said is None:
        return True
    if said.startswith("data:"):
        _, marked, said = said[:256].partition(";base64,")
        if not marked:
            return True
    head = said[:_SIXTEEN]
    try:
        data = base64.b64decode(head + "=" * (-len(head) % 4), validate=True)
    except (binascii.Error, ValueError):
        return True
    return data.startswith(b"ID3") or (data[:4], data[8:]) == (b"RIFF", b"WAVE") or _is_frame(data)


def _is_frame(data: bytes) -> bool:
    """Whether a frame of MPEG audio begins here: eleven bits set, and a layer.

    AAC in ADTS has the same eleven bits, and zeros for the layer.
    """
    return len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[1] & 0x06 != 0


# -- the tools --------------------------------------------------------------------------------


def _tools(asked: _Asked) -> Iterator[Problem]:
    tools = asked.get("tools")
    if not isinstance(tools, (list, tuple)):
        return
    for at, tool in enumerate(tools):
        function = dict.get(tool, "function") if isinstance(tool, dict) else None
        if isinstance(function, dict):
            path = ("tools", at, "function")
            yield from _schema((*path, "parameters"), dict.get(function, "parameters"))
            yield from _name((*path, "name"), dict.get(function, "name"))


def _schema(path: Sequence[object], schema: object) -> Iterator[Problem]:
    fault = schema_fault(schema) if isinstance(schema, dict) else None
    if fault is not None:
        refusal = REFUSALS["grammar" if fault.grammar else "tool-schema"]
        yield refusal.at((*path, *fault.path), fault.words, said=fault.quoted)


_LOOKS: Final = (_model, _greedy, _format, _reasoning, _several, _embedding, _conversation, _tools)
"""What is looked at, in this order."""
