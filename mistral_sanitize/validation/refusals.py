"""`repair_refused`: Mistral's own refusal of a request, read, and the least change that cures it.

Two kinds of answer are read. A schema fault (422) lists places by ``loc``, as pydantic writes them:
the payload's keys and indexes, mixed with steps that no payload has, such as the role of a message
or the member of a union (``"list[tagged-union[TextChunk,...]]"``). `_CURES` says by the ``type`` of
an entry what is done there. A fault behind the schema (400) says in words what is wrong; `_SAYINGS`
has the words. The status does not decide between them: the same fault came as 400 and as 422.

Everything here is done to the payload that was refused; nothing is sent.
"""

from __future__ import annotations

import itertools
import json
import math
import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeGuard

from mistral_sanitize.engine.order import BRIDGE
from mistral_sanitize.engine.request import nearest_effort
from mistral_sanitize.report import Change, Report, key_text, pointer
from mistral_sanitize.rules._ids import new_id, new_name
from mistral_sanitize.rules._loss import says_something

__all__ = ["REASONS", "repair_refused"]

REASONS: Final[Mapping[str, str]] = {
    "refused-extra": "Mistral's answer says that it has no such key here",
    "refused-range": "Mistral's answer gives a bound that the number is beyond",
    "refused-null": "Mistral's answer says that null is no value here",
    "refused-enum": "Mistral's answer says that this is none of the words it takes",
    "refused-role": "Mistral's answer says that it has no such role",
    "refused-model-option": "Mistral's answer says that this model does not take it",
    "refused-thinking": "Mistral's answer says that this model takes no reasoning",
    "refused-greedy": "Mistral's answer says that greedy sampling needs a top_p of 1",
    "refused-tool-choice": "Mistral's answer says that a JSON answer needs tool_choice auto",
    "refused-empty": "Mistral's answer says that a turn has either content or tool calls",
    "refused-id": "Mistral's answer says that a tool-call id is nine of a-z, A-Z, 0-9",
    "refused-pairing": "Mistral's answer says that the result is of no call",
    "refused-name": "Mistral's answer says that the function's name is not a legal one",
    "refused-order": "Mistral's answer says that these roles cannot follow each other",
    "refused-last": "Mistral's answer says that a last assistant message has to be a prefix",
}
"""The rule id of each change that `repair_refused` may make, with the reason that goes with it."""

_STATUSES = (400, 422)

# Bounds, since an answer may come from anywhere: the schema's deepest place has a dozen steps,
# the longest message seen has 200 characters, and a wrapped answer was three objects deep.
_MAX_STEPS = 24
_MAX_WORDS = 10_000
_MAX_ENVELOPES = 6

_Path = tuple[Any, ...]


class _Missing:
    __slots__ = ()


_MISSING: Final = _Missing()


def repair_refused(
    payload: dict[str, Any], status: int, body: bytes | str | dict[str, Any]
) -> Report | None:
    """The least change to `payload` after which Mistral does not refuse it for this reason.

    `status` and `body` are those of Mistral's answer to `payload`; `body` as received, or parsed.
    ``None`` where only the caller can help: a model that is gone, media that cannot be decoded, a
    field that is missing, a key or a limit of the account, an answer that is not understood.

    Only what the answer names is changed. Parameters are removed, or brought to what the answer
    says is taken; content goes only where the answer asks for it (an unknown key, reasoning that
    the model does not take), and the change is then marked lossy. The argument is not changed.

    Raises `TypeError` for a payload that is not a ``dict``, and nothing else.
    """
    if not isinstance(payload, dict):
        raise TypeError(f"a payload is a dict, not {type(payload).__name__}")
    if status not in _STATUSES:
        return None
    for answer in _envelopes(_received(body)):
        if isinstance(answer, (list, tuple)) and answer:
            return _repair_schema(payload, answer)
        if isinstance(answer, str) and (report := _repair_said(payload, answer[:_MAX_WORDS])):
            return report
    return None


# -- reading the answer ------------------------------------------------------------------------


def _received(body: object) -> object:
    """The answer as parsed JSON; ``None`` for what is none."""
    if isinstance(body, (bytes, bytearray)):
        body = bytes(body).decode("utf-8", "replace")
    if not isinstance(body, str):
        return body
    # Logs of SDKs put words in front: "Error code: 422 - {'detail': [...]}".
    parsed = _parsed(body[max(body.find("{"), 0) : body.rfind("}") + 1])
    return None if isinstance(parsed, str) else parsed


def _envelopes(answer: object) -> Iterator[object]:
    """The lists of entries and the messages in an answer, outermost first.

    An answer of January 2024 has them in a JSON string under ``message``, one of April 2024 in an
    object there, one of 2025 under ``detail``; proxies put the whole answer under ``error``.
    """
    level = [answer]
    for _ in range(_MAX_ENVELOPES):
        objects = [each for each in level if isinstance(each, dict)]
        # An entry alone is what some clients print of the list.
        yield from ([each] for each in objects if "loc" in each)
        yield from (each for each in level if not isinstance(each, dict))
        level = [
            _parsed(each[key])
            for each in objects
            for key in ("detail", "message", "error")
            if key in each
        ]


def _parsed(value: object) -> object:
    """The JSON object in a string, or the Python ``repr`` of one; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    source = value if not value.lstrip().startswith("{'") else _LITERAL.sub(_as_json, value)
    try:
        return json.loads(source)
    # Integers of more than 4,300 digits are a ValueError too.
    except (ValueError, RecursionError):
        return value


# A string, or a word that JSON spells otherwise. An open string ends with the text, so that the
# search is linear whatever the text.
_LITERAL = re.compile(
    r"'((?:[^'\\]|\\.)*)(?:'|\Z|\\\Z)|\"((?:[^\"\\]|\\.)*)(?:\"|\Z|\\\Z)|\b(None|True|False)\b",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})|\\(')|(?<!\\)(\")")
_WORDS = {"None": "null", "True": "true", "False": "false"}


def _as_json(found: re.Match[str]) -> str:
    if found[3]:
        return _WORDS[found[3]]
    return f'"{_ESCAPE.sub(_escaped, found[1] or found[2] or "")}"'


def _escaped(found: re.Match[str]) -> str:
    if found[1]:
        return f"\\u00{found[1]}"
    return "'" if found[2] else '\\"'


# -- a place in the payload --------------------------------------------------------------------


class _Place(NamedTuple):
    """Where a ``loc`` leads: a path of the payload, and the unions met on the way.

    Each union is the path of its value and the step that names the member: the value need fit
    only one. `exact` says that the last step of the ``loc`` is the last of the path.
    """

    path: _Path
    unions: tuple[tuple[_Path, str], ...]
    exact: bool


def _steps(loc: object) -> list[str]:
    """The steps of a ``loc`` below the body; none where it is no such thing."""
    steps = loc.split(".") if isinstance(loc, str) else loc
    if not isinstance(steps, (list, tuple)) or len(steps) > _MAX_STEPS:
        return []
    texts = [step if isinstance(step, str) else key_text(step) for step in steps]
    return texts[1:] if texts[:1] == ["body"] else texts


def _place(payload: dict[str, Any], steps: Sequence[str]) -> _Place | None:
    """The likeliest place of `payload` that `steps` name; ``None`` where it has none."""
    return next(_places(payload, steps, _Place((), (), False)), None)


def _places(value: Any, steps: Sequence[str], here: _Place) -> Iterator[_Place]:
    """Every place that `steps` may lead to from `here`, where `value` stands, likeliest first.

    A step may be a key and a tag at once: a chunk ``{"type": "text", "text": ...}`` is reported as
    ``..., 0, "text", "text"``. Messages are always tagged by their role, and pydantic says of other
    unions that they are tagged; elsewhere a tag is the last thing to try.
    """
    if steps:
        yield from _places_after(value, steps[0], steps[1:], here)
    else:
        yield here


def _places_after(value: Any, step: str, rest: Sequence[str], here: _Place) -> Iterator[_Place]:
    # Its tag is the first thing said of an item, and said once.
    key, tag = _key(value, step), _tag(value, step) if here.exact else None
    around = here._replace(exact=False)
    tagged = tag == "role" or (tag == "type" and _tagged(here))
    if tagged:
        yield from _places(value, rest, around)
    if key is not _MISSING:
        yield from _places(value[key], rest, _Place((*here.path, key), here.unions, True))
    elif tag and not tagged:
        yield from _places(value, rest, around)
    elif not tag and _PSEUDO.search(step):
        union = (here.path, step)
        yield from _places(value, rest, around._replace(unions=(*here.unions, union)))


# How pydantic names the members of a union, which are no keys of Mistral's: types of Python,
# classes, and constructions ("list[Tool]", "function-wrap[...]", "lax-or-strict", "nullable").
_PSEUDO = re.compile(
    r"[A-Z\[\]()-]|\A(?:str|int|float|bool|bytes|dict|list|tuple|set|none|any|enum|literal|nullable"
    r"|default|model|union|json)\Z"
)


def _key(value: object, step: str) -> Any:
    """The key, or the index, of `value` that `step` names."""
    if isinstance(value, dict):
        if step in value:
            return step
        others = (key for key in value if not isinstance(key, str) and key_text(key) == step)
        return next(others, _MISSING)
    if isinstance(value, (list, tuple)) and step.isdecimal() and len(step) < 10:
        index = int(step)
        return index if index < len(value) else _MISSING
    return _MISSING


def _tag(value: object, step: str) -> str | None:
    """The key of `value` that says that it is a `step`."""
    if not isinstance(value, dict):
        return None
    return next((key for key in ("role", "type") if _is(value.get(key), step)), None)


def _is(value: object, text: str) -> bool:
    return isinstance(value, str) and value == text


def _tagged(here: _Place) -> bool:
    """Whether `here` is an item of a union that pydantic calls tagged."""
    if not here.unions:
        return False
    at, step = here.unions[-1]
    return "tagged-union" in step and len(here.path) - len(at) <= 1


def _at(value: Any, path: _Path) -> Any:
    """What stands at `path`, or `_MISSING`."""
    for key in path:
        keys: Any = value if isinstance(value, dict) else ()
        if isinstance(value, (list, tuple)) and isinstance(key, int):
            keys = range(len(value))
        if key not in keys:
            return _MISSING
        value = value[key]
    return value


# -- edits -------------------------------------------------------------------------------------


class _Edit(NamedTuple):
    """One change to make, at a path of the payload as it is when the change's turn comes."""

    op: Literal["add", "remove", "replace"]
    path: _Path
    rule: str
    value: Any = None
    lossy: bool = False


def _remove(payload: Any, path: _Path, rule: str) -> _Edit:
    return _Edit("remove", path, rule, lossy=says_something(_at(payload, path)))


def _edited(value: Any, edit: _Edit, path: _Path, ours: dict[int, Any]) -> Any:
    """`value` with `edit` done at `path`: copies along the path, everything else shared.

    `ours` are the copies made so far, by their ids: they are changed in place, so that n edits of
    a list of n messages copy it once.
    """
    key, rest = path[0], path[1:]
    copy: Any = value
    if id(value) not in ours:
        copy = dict(value) if isinstance(value, dict) else list(value)
        ours[id(copy)] = copy
    if rest:
        copy[key] = _edited(value[key], edit, rest, ours)
    elif edit.op == "remove":
        del copy[key]
    elif edit.op == "add" and isinstance(copy, list):
        copy.insert(key, edit.value)
    else:
        copy[key] = edit.value
    return copy


def _report(
    payload: dict[str, Any],
    edits: Iterable[_Edit],
    *,
    names: tuple[tuple[str, str], ...] = (),
    ids: tuple[tuple[str, str], ...] = (),
) -> Report | None:
    """The report of `edits` done in order; ``None`` when there are none."""
    clean, changes = payload, []
    ours: dict[int, Any] = {}
    for edit in edits:
        before = None if edit.op == "add" else _at(clean, edit.path)
        # An earlier edit removed what it stood in.
        if before is _MISSING:
            continue
        clean = _edited(clean, edit, edit.path, ours)
        changes.append(
            Change(
                edit.op,
                pointer(edit.path),
                None,
                edit.rule,
                REASONS[edit.rule],
                edit.lossy,
                before=before,
                after=edit.value,
            )
        )
    return Report(clean, tuple(changes), names, ids) if changes else None


# -- 422: entries ------------------------------------------------------------------------------

_Edits = tuple[_Edit, ...]


@dataclass(frozen=True, slots=True)
class _Fault:
    """One entry of the answer: its unions, and what cures it (``None``: nothing that we know)."""

    unions: tuple[tuple[_Path, str], ...]
    cure: _Edits | None


def _repair_schema(payload: dict[str, Any], entries: Iterable[object]) -> Report | None:
    edits = _cure_all([_fault(payload, entry) for entry in entries], 0)
    # The same place may be named by several entries, and a place within another.
    by_path = {edit.path: edit for edit in edits or ()}
    return _report(payload, by_path.values())


def _cure_all(faults: list[_Fault], depth: int) -> _Edits | None:
    """What cures every fault, or ``None``; `depth` unions are decided already.

    A value need fit only one member of a union, though each that it does not fit is reported: a
    part with an unknown key is one fault of the list's member, and one of ``content.str``. Of the
    members that can be cured, the one whose fault lies deepest is what was meant, since the others
    already stumble over the value's outside.
    """
    edits: list[_Edit] = []
    members: dict[_Path, dict[str, list[_Fault]]] = {}
    for fault in faults:
        if len(fault.unions) > depth:
            path, step = fault.unions[depth]
            members.setdefault(path, {}).setdefault(step, []).append(fault)
        elif fault.cure is None:
            return None
        else:
            edits.extend(fault.cure)
    for each in members.values():
        cures = [cure for same in each.values() if (cure := _cure_all(same, depth + 1)) is not None]
        if not cures:
            return None
        # A member that needs no cure is one that the value fits already.
        if () not in cures:
            edits.extend(max(cures, key=lambda cure: max(len(edit.path) for edit in cure)))
    return tuple(edits)


def _fault(payload: dict[str, Any], entry: object) -> _Fault:
    if not isinstance(entry, dict):
        return _Fault((), None)
    kind = entry.get("type")
    cure = _CURES.get(kind, _null) if isinstance(kind, str) else _null
    steps = _steps(entry.get("loc"))
    if place := _place(payload, steps):
        return _Fault(place.unions, cure(payload, place, entry))
    # The payload has no such place. If it should have one, this member of a union is not cured;
    # a key that should not be there needs no cure.
    around = next(p for n in range(len(steps), -1, -1) if (p := _place(payload, steps[:n])))
    return _Fault(around.unions, () if cure is _extra else None)


_Cure = Callable[[dict[str, Any], _Place, Mapping[Any, Any]], _Edits | None]


def _extra(payload: dict[str, Any], place: _Place, entry: Mapping[Any, Any]) -> _Edits | None:
    path = place.path
    if not place.exact or _carries(payload, path):
        return None
    return (_remove(payload, path, "refused-extra"),)


def _carries(payload: dict[str, Any], path: _Path) -> bool:
    """Whether the object around `path` would be an empty one without that key.

    An answer never asks for such a key's removal; one that seems to was misread.
    """
    key, parent = path[-1], _at(payload, path[:-1])
    if isinstance(parent, (list, tuple)):
        return True
    if len(path) == 1:
        return key in ("model", "messages", "input", "prompt")
    if key in ("role", "content") or (key == "tool_calls" and parent.get("role") == "assistant"):
        return "role" in parent and says_something(parent[key])
    return _is(parent.get("type"), str(key))


def _bound(word: str, beyond: Callable[[Any, Any], bool]) -> _Cure:
    """Clamps to the bound that the entry gives under `word` of its ``ctx``, or in its message."""

    def cure(payload: dict[str, Any], place: _Place, entry: Mapping[Any, Any]) -> _Edits | None:
        value, bound = _at(payload, place.path), _limit(entry, word)
        if not place.exact or not _number(value) or bound is None or not beyond(value, bound):
            return None
        return (_Edit("replace", place.path, "refused-range", bound, lossy=True),)

    return cure


def _number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _limit(entry: Mapping[Any, Any], word: str) -> int | float | None:
    limit = _context(entry, word)
    # JSON has no infinity; Python's parser has.
    if _number(limit) and limit not in (math.inf, -math.inf):
        return limit
    found = re.search(r"equal to (-?\d{1,9}(?:\.\d{1,9})?)\Z", _said(entry))
    return None if not found else float(found[1]) if "." in found[1] else int(found[1])


def _context(entry: Mapping[Any, Any], key: str) -> Any:
    context = entry.get("ctx")
    return context.get(key) if isinstance(context, dict) else None


def _said(entry: Mapping[Any, Any]) -> str:
    said = entry.get("msg")
    return said[-_MAX_WORDS:] if isinstance(said, str) else ""


def _open_bound(payload: dict[str, Any], place: _Place, entry: Mapping[Any, Any]) -> _Edits | None:
    # No value is the nearest one to an exclusive bound.
    if not place.exact or not _number(_at(payload, place.path)) or _needed(payload, place.path):
        return None
    return (_remove(payload, place.path, "refused-range"),)


def _null(payload: dict[str, Any], place: _Place, entry: Mapping[Any, Any]) -> _Edits | None:
    """A null goes, whatever type the entry asks for; of other values we do not know better."""
    path = place.path
    if not path or _at(payload, path) is not None or entry.get("type") == "missing":
        return None
    if path[-1] == "content" and len(path) == 3:
        return (_Edit("replace", path, "refused-null", ""),)
    if _needed(payload, path):
        return None
    return (_remove(payload, path, "refused-null"),)


# Keys without which the object around them is refused, or means something else.
_NEEDED = frozenset(
    {"model", "messages", "input", "prompt"}
    | {"role", "type", "content", "tool_calls"}
    | {"text", "thinking", "image_url", "url", "document_url", "input_audio", "file_id"}
    | {"function", "name", "arguments", "parameters", "json_schema", "schema"}
)


def _needed(payload: dict[str, Any], path: _Path) -> bool:
    return path[-1] in _NEEDED or isinstance(_at(payload, path[:-1]), (list, tuple))


def _word(payload: dict[str, Any], place: _Place, entry: Mapping[Any, Any]) -> _Edits | None:
    if not place.path or _needed(payload, place.path):
        return None
    if place.path == ("reasoning_effort",):
        return _effort(payload, _said(entry), "refused-enum")
    return (_remove(payload, place.path, "refused-enum"),)


def _unknown_tag(payload: dict[str, Any], place: _Place, entry: Mapping[Any, Any]) -> _Edits | None:
    # The one foreign role that has the same meaning under another name (live 2026-08-06).
    path = (*place.path, "role")
    if len(path) != 3 or path[0] != "messages" or not _is(_at(payload, path), "developer"):
        return None
    return (_Edit("replace", path, "refused-role", "system"),)


_CURES: Final[Mapping[str, _Cure]] = {
    "extra_forbidden": _extra,
    "less_than_equal": _bound("le", operator.gt),
    "greater_than_equal": _bound("ge", operator.lt),
    "less_than": _open_bound,
    "greater_than": _open_bound,
    "enum": _word,
    "literal_error": _word,
    "union_tag_invalid": _unknown_tag,
}
"""What is done, by the ``type`` of the entry. Any other type is cured where its value is a null."""


# -- 400: words --------------------------------------------------------------------------------

_Messages = list[tuple[int, dict[str, Any]]]


def _repair_said(payload: dict[str, Any], said: str) -> Report | None:
    for pattern, cure in _SAYINGS:
        if found := pattern.search(said):
            return cure(payload, found)
    return None


def _messages(payload: dict[str, Any]) -> _Messages:
    """The messages that are objects, each with its index."""
    return list(_objects(payload.get("messages")))


def _objects(value: object) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(value, (list, tuple)):
        yield from ((i, item) for i, item in enumerate(value) if isinstance(item, dict))


def _without(*names: str, rule: str = "refused-model-option") -> Callable[..., Report | None]:
    """Removes those parameters of `names` that the payload has."""

    def cure(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
        return _report(payload, [_remove(payload, (n,), rule) for n in names if n in payload])

    return cure


def _effort(payload: dict[str, Any], said: str, rule: str) -> _Edits | None:
    """The nearest of the efforts that `said` lists."""
    effort = payload.get("reasoning_effort")
    taken = tuple(re.findall("'([a-z]+)'", said.replace('"', "'")))
    if effort in taken or "reasoning_effort" not in payload:
        return None
    # Who wants no reasoning does not get some: the model's default may be none.
    word = effort if isinstance(effort, str) and effort != "none" else ""
    nearest = nearest_effort(word, taken)
    path = ("reasoning_effort",)
    if nearest is None:
        return (_remove(payload, path, rule),)
    return (_Edit("replace", path, rule, nearest, lossy=True),)


def _effort_said(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    edits = _effort(payload, found[1] or "", "refused-model-option")
    return None if edits is None else _report(payload, edits)


def _option(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    name = found[1]
    if name not in payload or name in _NEEDED or name == "tools":
        return None
    return _report(payload, [_remove(payload, (name,), "refused-model-option")])


def _thinking(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    edits: list[_Edit] = []
    for at, message in reversed(_messages(payload)):
        content = message.get("content")
        chunks = [i for i, chunk in _objects(content) if _is(chunk.get("type"), "thinking")]
        if not chunks or not _is(message.get("role"), "assistant"):
            continue
        # With nothing left to say, the turn would be refused as one with neither.
        if len(chunks) == len(message["content"]) and not message.get("tool_calls"):
            edits.append(_remove(payload, ("messages", at), "refused-thinking"))
            continue
        paths = (("messages", at, "content", i) for i in reversed(chunks))
        edits.extend(_remove(payload, path, "refused-thinking") for path in paths)
    return _report(payload, edits)


def _auto(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    if "tool_choice" not in payload or _is(payload["tool_choice"], "auto"):
        return None
    edit = _Edit("replace", ("tool_choice",), "refused-tool-choice", "auto", lossy=True)
    return _report(payload, [edit])


def _neither(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    paths = [("messages", i) for i, message in _messages(payload) if _silent(message)]
    return _report(payload, [_remove(payload, path, "refused-empty") for path in reversed(paths)])


def _silent(message: Mapping[str, Any]) -> bool:
    """Whether it is an assistant's message that says and calls nothing."""
    return _is(message.get("role"), "assistant") and not (
        says_something(message.get("content")) or says_something(message.get("tool_calls"))
    )


def _both(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Removes the empty one of the two; neither of two that say something may be lost."""
    edits: list[_Edit] = []
    for i, message in _messages(payload):
        if not _is(message.get("role"), "assistant") or not {"content", "tool_calls"} <= {*message}:
            continue
        empty = [key for key in ("tool_calls", "content") if not says_something(message[key])]
        edits.extend(_remove(payload, ("messages", i, key), "refused-empty") for key in empty[:1])
    return _report(payload, edits)


def _prefix(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    messages = _messages(payload)
    if not messages or messages[-1][0] != len(payload["messages"]) - 1:
        return None
    at, last = messages[-1]
    if _silent(last):
        return _report(payload, [_remove(payload, ("messages", at), "refused-last")])
    calls = says_something(last.get("tool_calls"))
    if not _is(last.get("role"), "assistant") or calls or last.get("prefix") is True:
        return None
    op: Literal["add", "replace"] = "replace" if "prefix" in last else "add"
    return _report(payload, [_Edit(op, ("messages", at, "prefix"), "refused-last", True)])


def _bridge() -> dict[str, str]:
    return {"role": "assistant", "content": BRIDGE}


def _order(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Cures every place where the roles follow each other in the way that the answer names."""
    role, after = found[1], found[2]
    messages = _messages(payload)
    places = [
        i
        for (at, before), (i, message) in itertools.pairwise(messages)
        if i == at + 1 and _is(before.get("role"), after) and _is(message.get("role"), role)
    ]
    if (role, after) == ("user", "tool"):
        edits = [_Edit("add", ("messages", i), "refused-order", _bridge()) for i in places]
    elif role == "system":
        edits = [_Edit("replace", ("messages", i, "role"), "refused-order", "user") for i in places]
    else:
        return None
    return _report(payload, reversed(edits))


# -- 400: ids and names ------------------------------------------------------------------------


def _id_paths(payload: dict[str, Any]) -> Iterator[_Path]:
    for i, message in _messages(payload):
        yield from (
            ("messages", i, "tool_calls", j, "id") for j, _ in _objects(message.get("tool_calls"))
        )
        yield ("messages", i, "tool_call_id")


def _name_paths(payload: dict[str, Any]) -> Iterator[_Path]:
    yield from (("tools", i, "function", "name") for i, _ in _objects(payload.get("tools")))
    yield ("tool_choice", "function", "name")
    for i, message in _messages(payload):
        calls = _objects(message.get("tool_calls"))
        yield from (("messages", i, "tool_calls", j, "function", "name") for j, _ in calls)
        if _is(message.get("role"), "tool"):
            yield ("messages", i, "name")


def _renamed(
    payload: dict[str, Any],
    old: str,
    paths: Iterable[_Path],
    new_for: Callable[[str, Collection[str]], str],
    rule: str,
) -> tuple[str, list[_Edit]]:
    """A text that none of `paths` has yet, and the edits that put it where `old` stands."""
    values = {path: value for path in paths if isinstance(value := _at(payload, path), str)}
    new = new_for(old, set(values.values()))
    stands = [path for path, value in values.items() if value == old]
    return new, [_Edit("replace", path, rule, new) for path in stands]


def _id(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    new, edits = _renamed(payload, found[1], _id_paths(payload), new_id, "refused-id")
    return _report(payload, edits, ids=((new, found[1]),))


def _name(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    new, edits = _renamed(payload, found[1], _name_paths(payload), new_name, "refused-name")
    return _report(payload, edits, names=((new, found[1]),))


def _stray(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Gives the stray result the id of the one call without a result, if there is just one."""
    for calls, results in _turns(payload):
        unanswered = [call for call in calls if call not in results]
        if found[1] in results and found[1] not in calls and len(unanswered) == 1:
            path = results[found[1]]
            return _report(payload, [_Edit("replace", path, "refused-pairing", unanswered[0])])
    return None


def _turns(payload: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, _Path]]]:
    """The ids of each turn's calls, and those of the results that follow, with their places."""
    calls: list[str] = []
    results: dict[str, _Path] = {}
    for path in [*_id_paths(payload), ("messages", -1, "tool_calls", 0, "id")]:
        value = _at(payload, path)
        if path[-1] == "tool_call_id" and isinstance(value, str):
            results[value] = path
        elif path[-1] == "id":
            if results:
                yield calls, results
                calls, results = [], {}
            calls += [value] if isinstance(value, str) else []


_SAYINGS: Final[tuple[tuple[re.Pattern[str], Callable[..., Report | None]], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), cure)
    for pattern, cure in (
        (
            "Logprobs are not enabled",
            _without("logprobs", "top_logprobs", "prompt_logprobs", "top_prompt_logprobs"),
        ),
        (r"reasoning_effort\S{0,100} is not supported(?:.*Must be one of (.*))?", _effort_said),
        ("Reasoning effort is not enabled", _without("reasoning_effort")),
        ("Reasoning prompt mode is not enabled", _without("prompt_mode")),
        ("Reasoning input is not enabled", _thinking),
        ("top_p must be 1 when using greedy", _without("top_p", rule="refused-greedy")),
        ("only compatible with `?tool_choice", _auto),
        ("either content or tool_calls, but not none", _neither),
        ("either content or tool_calls, but not both", _both),
        ("Expected last role", _prefix),
        (r"Unexpected role '(\w+)' after role '(\w+)'", _order),
        (r"Unexpected tool call id (.*) in tool results", _stray),
        (r"Tool call id was (.*) but must be", _id),
        (r"Function name was (.*) but must be", _name),
        (r"\b(\w{1,64})`?(?:=\S{1,100})? is not (?:supported|enabled)", _option),
        (r"does not support `?(\w+)", _option),
    )
)
"""What is done, by the words of the message; the first that is found decides."""
