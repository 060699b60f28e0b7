"""The parts of a completion, each made as OpenAI has it: tool calls, content, finish reasons.

`completions` walks a completion and hands each part to a function here, as a `Draft` or with the
`Notes` that its changes go to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any, Final

from mistral_sanitize.completions._notes import Draft, Notes, Path, Repair, each, is_index
from mistral_sanitize.rules.completions import text_of_chunk, thinking_of_chunk

__all__ = [
    "ChoiceState",
    "finish_reason",
    "needs_nothing",
    "number_of",
    "restores",
    "streamed_calls",
    "string_content",
    "whole_calls",
]

# Tool calls -----------------------------------------------------------------------------------

_DIGITS: Final = digits + ascii_uppercase + ascii_lowercase


def _new_id(source: str, call: int) -> str:
    """Nine letters and digits, as Mistral's own ids: the same for the same call of a completion."""
    digest = sha256(f"{source}/{call}".encode("utf-8", "surrogatepass")).digest()
    return "".join(_DIGITS[byte % len(_DIGITS)] for byte in digest[:9])


def _real(value: Any) -> str | None:
    """An id, or a name, that says something; "null" is the default of the SDK (mistralai 3.7.0).

    It was seen on the wire: https://github.com/zed-industries/zed/issues/53605.
    """
    return value if isinstance(value, str) and value not in ("", "null") else None


def whole_calls(calls: Any, path: Path, notes: Notes, source: str) -> Any:
    """The tool calls of a message.

    Args:
        calls: What is in their place.
        path: Where that is.
        notes: Where changes are noted.
        source: What new ids are made of, the completion's id and the choice's number.
    """

    def call(value: Any, place: Path) -> Any:
        if not isinstance(value, dict):
            return value
        draft = Draft(value, place, notes)
        _begin(draft, source, place[-1])
        function = value.get("function")
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            notes.leave((*place, "function"), "function")
        draft.nest("function", lambda f, at: _with_arguments(f, at, notes, whole=True))
        return draft.value

    return each(calls, path, call)


def streamed_calls(calls: Any, path: Path, notes: Notes, source: str, state: StreamedCalls) -> Any:
    """The tool calls of a delta, or their fragments; `state` is what came before, and counted on.

    The other arguments are those of `whole_calls`.
    """
    state.deltas += 1

    def fragment(value: Any, place: Path) -> Any:
        if not isinstance(value, dict):
            return value
        draft = Draft(value, place, notes)
        call = state.continued_by(value)
        if call is None:
            call = state.begin(value)
            _begin(draft, source, call.index)
            state.remember(call, value, draft.value.get("id"))
        else:
            _continue(draft, call)
        if not is_index(value.get("index")) or value["index"] != call.index:
            draft.set("index", call.index, "completion-call-index")
        draft.nest("function", lambda f, at: _with_arguments(f, at, notes, whole=False))
        return draft.value

    return each(calls, path, fragment)


def _begin(draft: Draft, source: str, number: int) -> None:
    """What the first that is said of a tool call must have."""
    id_ = draft.value.get("id")
    if id_ is None or id_ in ("", "null"):
        draft.set("id", _new_id(source, number), "completion-call-id")
    if not draft.value.get("type") and isinstance(draft.value.get("function"), dict):
        draft.set("type", "function", "completion-call-type")


def _continue(draft: Draft, call: _Call) -> None:
    """What a later fragment must not have: clients join what it says to what was said."""
    id_ = draft.value.get("id")
    if isinstance(id_, str):
        # Another id on a continuation: https://github.com/mistralai/mistral-vibe/issues/1127.
        draft.remove("id", "completion-call-id", lossy=_real(id_) not in (None, call.id))

    def unnamed(function: Any, path: Path) -> Any:
        name = function.get("name") if isinstance(function, dict) else None
        if name is None or name not in ("", call.name):
            return function
        inner = Draft(function, path, draft.notes)
        inner.remove("name", "completion-call-name")
        return inner.value

    draft.nest("function", unnamed)
    call.name = call.name or _name(draft.value)


def _with_arguments(function: Any, path: Path, notes: Notes, *, whole: bool) -> Any:
    """A function with its arguments as JSON text; a message's call says all of them."""
    if not isinstance(function, dict):
        return function
    arguments = function.get("arguments")
    if isinstance(arguments, str) or (arguments is None and not whole):
        return function
    draft = Draft(function, path, notes)
    try:
        text = "{}" if arguments is None else _json_text(arguments)
    except (TypeError, ValueError, RecursionError):
        notes.leave((*path, "arguments"), "arguments")
        return function
    draft.set("arguments", text, "completion-arguments")
    return draft.value


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class _Call:
    """What is remembered of one tool call of a stream."""

    index: int
    """Its index, as the client is told."""
    name: str | None
    delta: int
    """The number of the delta in which it began."""
    id: str | None = None


class StreamedCalls:
    """Which tool call a fragment belongs to, in one choice of a stream.

    Mistral sends each call whole in one delta, those of 2024 without an index; GLM and other hosts
    send fragments, with "null" or with another id on those that continue a call; what went through
    the SDK has index 0 on every call (mistralai 3.7.0, ``ToolCall.index``).
    """

    __slots__ = ("_by_id", "_by_index", "_latest", "_next", "_taken", "deltas")

    def __init__(self) -> None:
        self.deltas = 0
        self._latest: _Call | None = None
        self._next = 0
        self._taken: set[int] = set()
        self._by_index: dict[int, _Call] = {}
        """The latest call of each index on the wire."""
        self._by_id: dict[tuple[int | None, str], _Call] = {}
        """By index on the wire and id; by ``None`` and id too."""

    def continued_by(self, value: dict[str, Any]) -> _Call | None:
        """The call that a fragment continues; ``None``: it begins one."""
        wire, id_, name = _wire(value), _real(value.get("id")), _name(value)
        call = self._latest if wire is None else self._by_index.get(wire)
        if call is None:
            return None
        known = self._by_id.get((wire, id_)) if id_ is not None else None
        if name is None:
            return known or call
        if id_ is not None:  # a name and another id: another call, whatever its index
            return known if known is not None and known.delta != self.deltas else None
        if wire is None or call.delta == self.deltas:
            return None
        # Some hosts say name and index with every fragment. Another name begins another call where
        # an id is expressly none; where there is no id at all, it may be the rest of a cut name.
        return call if name == call.name or value.get("id") is None else None

    def begin(self, value: dict[str, Any]) -> _Call:
        """The new call that a fragment begins."""
        wire = _wire(value)
        index = self._next if wire is None or wire in self._taken else wire
        self._taken.add(index)
        self._next = max(self._next, index + 1)
        call = self._latest = _Call(index, _name(value), self.deltas)
        self._by_index[index if wire is None else wire] = call
        return call

    def remember(self, call: _Call, value: dict[str, Any], id_: Any) -> None:
        """The id of a call that has begun with `value`, as the client is told it."""
        if isinstance(id_, str):
            call.id = id_
            self._by_id[None, id_] = self._by_id[_wire(value), id_] = call


def _wire(value: dict[str, Any]) -> int | None:
    """The index that a fragment has on the wire."""
    index = value.get("index")
    return index if is_index(index) else None


def _name(value: dict[str, Any]) -> str | None:
    """The name that a fragment says, if any."""
    function = value.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) and name else None


def restores(names: Mapping[str, str], ids: Mapping[str, str], notes: Notes) -> Repair:
    """What gives a tool call the names and ids of the caller."""

    def function(value: Any, path: Path) -> Any:
        return _restored(value, path, "name", names, notes)

    def call(value: Any, path: Path) -> Any:
        if not isinstance(value, dict):
            return value
        draft = Draft(value, path, notes)
        draft.nest("function", function)
        return _restored(draft.value, path, "id", ids, notes)

    return call


def _restored(value: Any, path: Path, key: str, table: Mapping[str, str], notes: Notes) -> Any:
    # Odd completions have anything here, and a list could not be looked up.
    if not isinstance(value, dict) or not isinstance(value.get(key), str):
        return value
    own = table.get(value[key], value[key])
    if own is value[key]:
        return value
    draft = Draft(value, path, notes)
    draft.set(key, own, f"restored-{key}")
    return draft.value


# Finish reasons -------------------------------------------------------------------------------

_FINISH_REASONS: Final = ("stop", "length", "tool_calls", "content_filter", "function_call")
"""Those of ``Choice.finish_reason`` in openai 3.57.0."""


def finish_reason(draft: Draft) -> None:
    """Make a choice's finish reason one that OpenAI has, where one says the same.

    "error" and what is not known stay: "stop" would call a broken completion complete.
    """
    reason = draft.value.get("finish_reason")
    if reason == "model_length":
        draft.set("finish_reason", "length", "completion-finish-reason", lossy=True)
    elif reason not in _FINISH_REASONS and (reason is not None or "message" in draft.value):
        draft.notes.leave((*draft.path, "finish_reason"), "finish-reason")


def number_of(choice: dict[str, Any], position: int) -> int:
    """The number of a choice: its index, or its place where it has none."""
    return choice["index"] if is_index(choice.get("index")) else position


def needs_nothing(choice: Any) -> bool:
    """Whether a choice surely needs nothing: only text, or nothing, and no tool calls.

    Most chunks of a stream are so, and it costs a tenth of what a draft does to find out.
    """
    if type(choice) is not dict or "messages" in choice:
        return False
    for key in ("delta", "message"):
        said = choice.get(key)
        if said is None:
            continue
        if type(said) is not dict or said.get("tool_calls"):
            return False
        content = said.get("content")
        if content is not None and type(content) is not str:
            return False
    reason = choice.get("finish_reason")
    return "message" not in choice if reason is None else reason in _FINISH_REASONS


# Content --------------------------------------------------------------------------------------


@dataclass(slots=True)
class ChoiceState:
    """What is remembered of one choice between the chunks of a stream: no text."""

    length: int = 0
    """Characters (code points) of its content so far."""
    kept: int = 0
    """Chunks kept in extra_content so far."""
    calls: StreamedCalls = field(default_factory=StreamedCalls)


def string_content(draft: Draft, state: ChoiceState, *, whole: bool) -> None:
    """Make a content list a string, its thinking ``reasoning_content``, and keep the rest.

    Args:
        draft: A message, or a delta.
        state: What came before it; counted on.
        whole: Whether it is a message: a delta without text has no ``content`` at all, since ""
            and null are each taken for something by some client
            (https://github.com/earendil-works/pi/issues/9674).
    """
    content = draft.value.get("content")
    if isinstance(content, str):
        state.length += len(content)
        return
    if not isinstance(content, (list, tuple)):
        return
    said = draft.value.get("reasoning_content")
    kept_before = _kept_before(draft.value)
    if kept_before is None or not isinstance(said, (str, type(None))):
        draft.notes.leave((*draft.path, "content"), "content")
        return
    text, thinking, kept = _parted(content, state)
    if whole or text:
        draft.set("content", text, "completion-content")
    else:
        draft.remove("content", "completion-content")
    if thinking:
        draft.set("reasoning_content", (said or "") + thinking, "completion-thinking")
    if kept:
        extra = draft.value.get("extra_content") or {}
        mistral = {**(extra.get("mistral") or {}), "chunks": [*kept_before, *kept]}
        draft.set("extra_content", {**extra, "mistral": mistral}, "completion-kept")


def _parted(content: Sequence[Any], state: ChoiceState) -> tuple[str, str, list[dict[str, Any]]]:
    """The text, the thinking and the chunks to keep of a content list; `state` counts them."""
    texts: list[str] = []
    thoughts: list[str] = []
    kept: list[dict[str, Any]] = []
    for chunk in content:
        text, thought = text_of_chunk(chunk), thinking_of_chunk(chunk)
        # Only thinking in front of all else has a place that reasoning_content says. Once one was
        # kept, all that follow are: what is kept is the end of reasoning_content.
        in_place = thought is None or not (state.length or state.kept)
        if not (in_place and _is_plain_chunk(chunk, text, thought)):
            # openai's accumulator of deltas joins lists of objects by their index
            kept.append({"index": state.kept, "at": state.length, "chunk": chunk})
            state.kept += 1
        texts.append(text or "")
        thoughts.append(thought or "")
        state.length += len(texts[-1])
    return "".join(texts), "".join(thoughts), kept


def _is_plain_chunk(chunk: Any, text: str | None, thought: str | None) -> bool:
    """Whether its text, or its thinking, is all that a chunk says."""
    if isinstance(chunk, str):
        return True
    if text is not None:
        return bool(chunk.keys() == {"type", "text"})
    if thought is None:
        return False
    rest = {key: value for key, value in chunk.items() if key not in ("type", "thinking")}
    # The default of closed is true in mistral-common 1.13; it is "currently only used for
    # prefixing" (mistralai 3.7.0), and in a stream it stands on most deltas in mid-thought.
    if rest.pop("closed", None) not in (None, True) or rest.pop("signature", None) is not None:
        return False
    thinking = chunk.get("thinking")
    return not rest and (
        isinstance(thinking, (str, type(None)))
        or (
            isinstance(thinking, (list, tuple))
            and all(_is_plain_chunk(part, text_of_chunk(part), None) for part in thinking)
        )
    )


def _kept_before(said: dict[str, Any]) -> Sequence[Any] | None:
    """The chunks that ``extra_content`` has already; ``None`` where it has no room for any."""
    value: Any = said
    for key in ("extra_content", "mistral"):
        value = value.get(key)
        if value is None:
            return ()
        if not isinstance(value, dict):
            return None
    chunks = value.get("chunks")
    return () if chunks is None else chunks if isinstance(chunks, (list, tuple)) else None
