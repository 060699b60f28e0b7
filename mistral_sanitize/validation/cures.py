"""What cures a refusal that says in words what is wrong: a function for each kind of cure.

Each is given the payload and the match of the words (see `refusals`), and returns the report of
what it changed, or ``None`` where the payload has nothing of the kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from mistral_sanitize.catalog import nearest_effort
from mistral_sanitize.report import Report
from mistral_sanitize.rules._loss import says_something
from mistral_sanitize.rules._parts import text_of
from mistral_sanitize.rules._strict_schema import closed
from mistral_sanitize.rules.ids import fits, legal_name, new_id, new_name
from mistral_sanitize.rules.reasoning import with_one_thinking_chunk
from mistral_sanitize.validation.edits import Edit, Edits, removal, removal_of_said, report_of
from mistral_sanitize.validation.locations import Path, equals, value_at

__all__ = [
    "NEEDED",
    "add_call_types",
    "choose_auto",
    "close_schemas",
    "define_ids",
    "empty_nulls",
    "fit_ids",
    "join_texts",
    "mark_prefix",
    "merge_thinking",
    "nearest_listed_effort",
    "pair_result",
    "remove_empty_key",
    "remove_empty_messages",
    "remove_listed",
    "remove_option",
    "remove_parameters",
    "remove_thinking",
    "replace_effort",
    "replace_id",
    "replace_name",
    "require_tool",
]

# Keys without which the object around them is refused, or means something else.
NEEDED: Final = frozenset(
    {"model", "messages", "input", "prompt"}
    | {"role", "type", "content", "tool_calls"}
    | {"text", "thinking", "image_url", "url", "document_url", "input_audio", "file_id"}
    | {"function", "name", "arguments", "parameters", "json_schema", "schema"}
)


def _messages(payload: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """The messages that are objects, each with its index."""
    return list(_objects(payload.get("messages")))


def _objects(value: object) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(value, (list, tuple)):
        yield from ((i, item) for i, item in enumerate(value) if isinstance(item, dict))


def remove_parameters(
    *names: str, rule: str = "refused-model-option"
) -> Callable[..., Report | None]:
    """Removes those parameters of `names` that the payload has."""

    def cure(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
        return report_of(payload, [removal(payload, (n,), rule) for n in names if n in payload])

    return cure


def nearest_listed_effort(payload: dict[str, Any], message: str, rule: str) -> Edits | None:
    """That of the efforts that `message` lists which stands for the payload's; see `catalog`."""
    effort = payload.get("reasoning_effort")
    accepted = tuple(re.findall("'([a-z]+)'", message.replace('"', "'")))
    if effort in accepted:
        return None
    # Who wants no reasoning gets the least there is: without the field it may be the most.
    nearest = nearest_effort(effort, accepted) if isinstance(effort, str) else None
    path = ("reasoning_effort",)
    if nearest is None:
        return (removal(payload, path, rule),)
    return (Edit("replace", path, rule, nearest, lossy=True),)


def replace_effort(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Sets the effort to the nearest one listed, and removes it where none is."""
    edits = nearest_listed_effort(payload, found[1] or found[2] or "", "refused-model-option")
    return None if edits is None else report_of(payload, edits)


def remove_option(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Removes the parameter that the words name, unless a request needs it."""
    name = found[1] if found.re.groups == 1 else found[1] or found[2]
    if name in NEEDED or name == "tools":
        return None
    return report_of(payload, [removal(payload, (name,), "refused-model-option")])


def remove_thinking(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Removes the thinking chunks, and the messages that hold nothing else."""
    edits: list[Edit] = []
    for index, message in reversed(_messages(payload)):
        content = message.get("content")
        chunks = [i for i, chunk in _objects(content) if equals(chunk.get("type"), "thinking")]
        if not chunks or not equals(message.get("role"), "assistant"):
            continue
        # With nothing left, the message would be refused as one without content and calls.
        if len(chunks) == len(message["content"]) and not message.get("tool_calls"):
            edits.append(removal_of_said(payload, ("messages", index), "refused-thinking"))
            continue
        paths = (("messages", index, "content", i) for i in reversed(chunks))
        edits.extend(removal_of_said(payload, path, "refused-thinking") for path in paths)
    return report_of(payload, edits)


def choose_auto(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Sets ``tool_choice`` to auto."""
    if "tool_choice" not in payload or equals(payload["tool_choice"], "auto"):
        return None
    edit = Edit("replace", ("tool_choice",), "refused-tool-choice", "auto", lossy=True)
    return report_of(payload, [edit])


def remove_empty_messages(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Removes the assistant's messages that say and call nothing."""
    paths = [("messages", i) for i, message in _messages(payload) if _is_empty_assistant(message)]
    edits = [removal_of_said(payload, path, "refused-empty") for path in reversed(paths)]
    return report_of(payload, edits)


def _is_empty_assistant(message: Mapping[str, Any]) -> bool:
    """Whether it is an assistant's message that says and calls nothing."""
    return equals(message.get("role"), "assistant") and not (
        says_something(message.get("content")) or says_something(message.get("tool_calls"))
    )


def remove_empty_key(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Removes the empty one of the two; neither of two that say something may be lost."""
    edits: list[Edit] = []
    for i, message in _messages(payload):
        if not equals(message.get("role"), "assistant"):
            continue
        if "content" not in message or "tool_calls" not in message:
            continue
        empty = [key for key in ("tool_calls", "content") if not says_something(message[key])]
        edits.extend(removal(payload, ("messages", i, key), "refused-empty") for key in empty[:1])
    return report_of(payload, edits)


def mark_prefix(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Makes a final assistant message a prefix; an empty one is removed."""
    messages = _messages(payload)
    if not messages or messages[-1][0] != len(payload["messages"]) - 1:
        return None
    index, last = messages[-1]
    if _is_empty_assistant(last):
        return report_of(payload, [removal_of_said(payload, ("messages", index), "refused-last")])
    calls = says_something(last.get("tool_calls"))
    if not equals(last.get("role"), "assistant") or calls or last.get("prefix") is True:
        return None
    op: Literal["add", "replace"] = "replace" if "prefix" in last else "add"
    return report_of(payload, [Edit(op, ("messages", index, "prefix"), "refused-last", True)])


def merge_thinking(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Makes one thinking chunk of several at the front of a message, as ``one-thinking-chunk``."""
    edits: list[Edit] = []
    for index, message in _messages(payload):
        content = message.get("content")
        merged = with_one_thinking_chunk(content) if isinstance(content, (list, tuple)) else None
        if merged is not None:
            path = ("messages", index, "content")
            edits.append(Edit("replace", path, "refused-thinking-chunks", *merged))
    return report_of(payload, edits)


def close_schemas(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Says ``additionalProperties: false`` in each object of a strict schema that does not say it.

    A map, whose other properties have a schema, is the caller's to change.
    """
    paths: list[Path] = [("response_format", "json_schema", "schema")]
    for index, tool in _objects(payload.get("tools")):
        function = tool.get("function")
        if isinstance(function, dict) and function.get("strict") is True:
            paths.append(("tools", index, "function", "parameters"))
    schemas = [(path, value_at(payload, path)) for path in paths]
    return report_of(payload, [
        Edit("replace", path, "refused-strict-schema", closed(schema))
        for path, schema in schemas
        if isinstance(schema, dict) and closed(schema) is not schema
    ])  # fmt: skip


def join_texts(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Makes one string of content that is a list of texts."""
    edits: list[Edit] = []
    for index, message in _messages(payload):
        content = message.get("content")
        text = text_of(content) if isinstance(content, (list, tuple)) else None
        if text is not None:
            edits.append(Edit("replace", ("messages", index, "content"), "refused-content", text))
    return report_of(payload, edits)


def empty_nulls(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Makes an empty text of content that is null."""
    return report_of(payload, [
        Edit("replace", ("messages", index, "content"), "refused-null", "")
        for index, message in _messages(payload)
        if "content" in message and message["content"] is None
    ])  # fmt: skip


def add_call_types(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Says of each tool call without a type that it is one of a function."""
    return report_of(payload, [
        Edit("add", ("messages", index, "tool_calls", slot, "type"), "refused-call-type",
             "function")
        for index, message in _messages(payload)
        for slot, call in _objects(message.get("tool_calls"))
        if "type" not in call
    ])  # fmt: skip


def require_tool(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Replaces Mistral's word any by required, which says the same."""
    if not equals(payload.get("tool_choice"), "any"):
        return None
    edit = Edit("replace", ("tool_choice",), "refused-tool-choice", "required")
    return report_of(payload, [edit])


def remove_listed(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Removes the parameters that the response lists, if a request can do without all of them."""
    names = [name for name in re.findall(r"[\w.-]+", found[1]) if name in payload]
    if not NEEDED.isdisjoint(names):
        return None
    return report_of(payload, [removal(payload, (name,), "refused-extra") for name in names])


# -- ids and names ----------------------------------------------------------------------------


def _id_paths(payload: dict[str, Any]) -> Iterator[Path]:
    for i, message in _messages(payload):
        yield from (
            ("messages", i, "tool_calls", j, "id") for j, _ in _objects(message.get("tool_calls"))
        )
        yield ("messages", i, "tool_call_id")


def _name_paths(payload: dict[str, Any]) -> Iterator[Path]:
    yield from (("tools", i, "function", "name") for i, _ in _objects(payload.get("tools")))
    yield ("tool_choice", "function", "name")
    for i, message in _messages(payload):
        calls = _objects(message.get("tool_calls"))
        yield from (("messages", i, "tool_calls", j, "function", "name") for j, _ in calls)
        if equals(message.get("role"), "tool"):
            yield ("messages", i, "name")


def _strings_at(payload: dict[str, Any], paths: Iterable[Path]) -> dict[Path, str]:
    return {path: value for path in paths if isinstance(value := value_at(payload, path), str)}


def _refused_texts(
    values: Iterable[str], quote: str, is_legal: Callable[[str], object]
) -> list[str]:
    """The text that the response quotes, first, and then others refused for the same reason.

    A response quotes one of several, and a request is sent once more, not once for each. What a
    message says twice is quoted up to the first end of the quote.
    """
    values = list(dict.fromkeys(values))
    shortest = quote.split(" but must be")[0]
    quoted = quote if quote in values else shortest
    if quoted not in values:
        return []
    return [quoted, *(value for value in values if value != quoted and not is_legal(value))]


def _replace_all(
    values: Mapping[Path, str],
    refused: Iterable[str],
    new_for: Callable[[str, Collection[str]], str],
    rule: str,
) -> tuple[list[Edit], tuple[tuple[str, str], ...]]:
    """The edits that replace these texts wherever they are, and the pairs of new and old."""
    taken = set(values.values())
    edits: list[Edit] = []
    pairs: list[tuple[str, str]] = []
    for old in refused:
        new = new_for(old, taken)
        taken.add(new)
        pairs.append((new, old))
        edits += [Edit("replace", path, rule, new) for path, at in values.items() if at == old]
    return edits, tuple(pairs)


def replace_id(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Replaces the id that the words quote, and others that do not fit, on calls and results."""
    values = _strings_at(payload, _id_paths(payload))
    refused = _refused_texts(values.values(), found[1], fits)
    edits, pairs = _replace_all(values, refused, new_id, "refused-id")
    return report_of(payload, edits, ids=pairs)


def fit_ids(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Replaces every id that is not nine letters and digits, and gives one to what has none."""
    values = _strings_at(payload, _id_paths(payload))
    refused = [v for v in dict.fromkeys(values.values()) if not (fits(v) or v in _NO_IDS)]
    edits, pairs = _replace_all(values, refused, new_id, "refused-id")
    renamed = {old: new for new, old in pairs}
    return report_of(payload, [*edits, *_missing_ids(payload, renamed)], ids=pairs)


def define_ids(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Gives an id to each call without one, and to each result that of its call, by their order."""
    return report_of(payload, _missing_ids(payload))


_NOTHING: Final[Mapping[str, str]] = {}
_NO_IDS: Final = ("", "null")
"""What says that there is no id; ``"null"`` is the schema's default."""


def _missing_ids(payload: dict[str, Any], renamed: Mapping[str, str] = _NOTHING) -> Iterator[Edit]:
    """Ids for calls without one, and for results that of the first call which none names.

    `renamed` has the new ids of calls that are renamed in the same response.
    """
    taken = {*_strings_at(payload, _id_paths(payload)).values(), *renamed.values()}
    named = {_id_of(message, "tool_call_id") for _, message in _messages(payload)}
    open_calls: list[str] = []
    for index, message in _messages(payload):
        calls = list(_objects(message.get("tool_calls")))
        open_calls = [] if calls else open_calls
        for slot, call in calls:
            call_id = _id_of(call, "id")
            if call_id is None and not isinstance(call.get("id"), (int, float)):
                call_id = new_id(f"\0{index}\0{slot}", taken)
                taken.add(call_id)
                yield _set_key(call, ("messages", index, "tool_calls", slot, "id"), call_id)
            if call_id is not None and call_id not in named:
                open_calls.append(renamed.get(call_id, call_id))
        if equals(message.get("role"), "tool") and open_calls:
            if _id_of(message, "tool_call_id") is None:
                yield _set_key(message, ("messages", index, "tool_call_id"), open_calls.pop(0))


def _id_of(holder: dict[str, Any], key: str) -> str | None:
    call_id = holder.get(key)
    return call_id if isinstance(call_id, str) and call_id not in _NO_IDS else None


def _set_key(holder: dict[str, Any], path: Path, value: str) -> Edit:
    op: Literal["add", "replace"] = "replace" if path[-1] in holder else "add"
    return Edit(op, path, "refused-id", value)


def replace_name(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Replaces the function's name that the words quote, and others that are not legal."""
    values = _strings_at(payload, _name_paths(payload))
    refused = _refused_texts(values.values(), found[1], legal_name)
    edits, pairs = _replace_all(values, refused, new_name, "refused-name")
    return report_of(payload, edits, names=pairs)


def pair_result(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Gives the stray result the id of the one call without a result, if there is just one."""
    for calls, results in _calls_and_results(payload):
        unanswered = [call for call in calls if call not in results]
        if found[1] in results and found[1] not in calls and len(unanswered) == 1:
            path = results[found[1]]
            return report_of(payload, [Edit("replace", path, "refused-pairing", unanswered[0])])
    return None


def _calls_and_results(payload: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Path]]]:
    """The ids of each turn's calls, and those of the results that follow, with their places."""
    calls: list[str] = []
    results: dict[str, Path] = {}
    for path in [*_id_paths(payload), ("messages", -1, "tool_calls", 0, "id")]:
        value = value_at(payload, path)
        if path[-1] == "tool_call_id" and isinstance(value, str):
            results[value] = path
        elif path[-1] == "id":
            if results:
                yield calls, results
                calls, results = [], {}
            calls += [value] if isinstance(value, str) else []
