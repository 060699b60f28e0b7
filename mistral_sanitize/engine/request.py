"""Repairs across the fields of one request: the model's own limits, tools and their choice, names.

Each rule looks at the request and yields edits, ``(key, value or REMOVE, rule)``; `apply` makes
and records them. `BEFORE` goes ahead of the walk, for what the walk would otherwise take apart;
`AFTER` looks at fields that are already in Mistral's shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mistral_sanitize import catalog
from mistral_sanitize.engine.walk import camel, set_key
from mistral_sanitize.rules._foreign import effort
from mistral_sanitize.rules._ids import legal_name, new_name
from mistral_sanitize.rules._loss import says_more, says_something
from mistral_sanitize.rules._rule import REMOVE, Judged
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.node import ANYTHING, Node

__all__ = ["AFTER", "BEFORE", "apply", "early_names", "rename_functions"]

Edit = tuple[str, Any, str]
Look = Callable[[dict[str, Any], Node, Run], Iterator[Edit]]


def apply(request: dict[str, Any], looks: tuple[Look, ...], node: Node, run: Run) -> dict[str, Any]:
    """The request with the edits of each look made, the very same object if there are none."""
    new = request
    for look in looks:
        for key, value, rule in look(new, node, run):
            field = node.fields.get(key)
            if rule in run.rules and (field is None or field.value is not ANYTHING):
                if new is request:
                    new = dict(request)
                set_key(new, key, value, (), rule, run)
    return new


# -- before the walk ----------------------------------------------------------------------------

_PREFIXES: Final = ("mistral/", "mistralai/")


def _model_prefix(request: dict[str, Any], node: Node, run: Run) -> Iterator[Edit]:
    model = request.get("model")
    if isinstance(model, str) and model.startswith(_PREFIXES) and "model-prefix" in run.rules:
        at = 0
        while model.startswith(_PREFIXES, at):  # no copy each time: a body may repeat it
            at = model.index("/", at) + 1
        run.model = model = model[at:]
        yield "model", model, "model-prefix"


def _messages(request: dict[str, Any], node: Node, run: Run) -> Iterator[Edit]:
    """A single message, or a bare text, where a list of messages belongs."""
    messages = request.get("messages")
    if "messages" not in node.fields:
        return
    if isinstance(messages, str):
        yield "messages", [{"role": "user", "content": messages}], "prompt"
    elif isinstance(messages, dict) and "role" in messages:
        yield "messages", [messages], "prompt"


_CHOOSES: Final = "toolChoice"


def early_names(request: dict[str, Any], node: Node, run: Run) -> dict[str, Any]:
    """The request with the name that `BEFORE` reads, where that is written in camelCase."""
    named = camel(request, _CHOOSES, node, (), run) if _CHOOSES in request else None
    return request if named is None else named


def _choice_name(choice: Mapping[str, Any]) -> Any:
    for key in ("function", "custom", "tool"):
        inner = choice.get(key)
        if isinstance(inner, dict) and isinstance(inner.get("name"), str):
            return inner["name"]
    return choice.get("name") if isinstance(choice.get("name"), str) else None


def _named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def _tool_name(tool: Any) -> Any:
    return _choice_name(tool) if isinstance(tool, dict) else None


def _words(node: Node) -> tuple[str, ...]:
    return node.fields["tool_choice"].value.words or ()


def _tool_choice(request: dict[str, Any], node: Node, run: Run) -> Iterator[Edit]:
    """Other clients' ways to choose among the tools."""
    choice = request.get("tool_choice")
    if choice is None or "tool_choice" not in node.fields:
        return
    words = _words(node)
    if isinstance(choice, str):
        if choice not in words:
            yield "tool_choice", _word_choice(choice, request, words), "tool-choice"
        return
    if not isinstance(choice, dict):
        yield "tool_choice", REMOVE, "tool-choice"
        return
    kind = choice.get("type")
    said = choice
    if isinstance(choice.get("disable_parallel_tool_use"), bool):  # Anthropic's
        parallel = not choice["disable_parallel_tool_use"]
        rest = {k: v for k, v in choice.items() if k != "disable_parallel_tool_use"}
        if "parallel_tool_calls" in request:
            said = rest if request["parallel_tool_calls"] is parallel else choice
        elif "parallel_tool_calls" in node.fields:
            said = rest
            yield "parallel_tool_calls", parallel, "tool-choice"
        elif parallel:
            said = rest  # as Mistral does unless told otherwise
    if kind == "allowed_tools":
        yield from _allowed_tools(said, request, words, run)
        return
    name = _choice_name(choice)
    if name is not None:
        inner = choice.get("function")
        if not isinstance(inner, dict) or kind not in (None, "function"):
            yield "tool_choice", _judged(said, _named(name)), "tool-choice"
    elif isinstance(kind, str) and kind in ("auto", "any", "none", "required"):
        yield "tool_choice", _judged(said, kind if kind in words else "any"), "tool-choice"
    else:
        yield "tool_choice", REMOVE, "tool-choice"


def _judged(before: Mapping[str, Any], after: Any) -> Judged:
    return Judged(after, says_more(before, after))


def _word_choice(word: str, request: dict[str, Any], words: tuple[str, ...]) -> Any:
    if word == "required" and "any" in words:
        return "any"
    tools = request.get("tools")
    if isinstance(tools, (list, tuple)) and any(_tool_name(tool) == word for tool in tools):
        return _named(word)
    return REMOVE


def _allowed_tools(
    choice: Mapping[str, Any], request: dict[str, Any], words: tuple[str, ...], run: Run
) -> Iterator[Edit]:
    inner = choice.get("allowed_tools")
    inner = inner if isinstance(inner, dict) else choice
    named = inner.get("tools")
    names = {_tool_name(tool) for tool in named} if isinstance(named, (list, tuple)) else set()
    tools = request.get("tools")
    if isinstance(tools, (list, tuple)):
        kept = [tool for tool in tools if _tool_name(tool) in names]
        if not kept:  # nothing that there is may be called
            yield "tool_choice", "none", "allowed-tools"
            return
        if len(kept) != len(tools):
            yield "tools", Judged(kept), "allowed-tools"
        tools = kept
    mode = inner.get("mode")
    mode = mode if isinstance(mode, str) and mode in words else "auto"
    yield "tool_choice", Judged(mode, says_more(choice, [mode, tools])), "allowed-tools"


BEFORE: Final[tuple[Look, ...]] = (_model_prefix, _messages, _tool_choice)


# -- after the walk -----------------------------------------------------------------------------

_SCALE: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def nearest_effort(word: str, levels: tuple[str, ...]) -> str | None:
    """The nearest of a model's levels, ties upward; whoever asks for reasoning gets some."""
    if word in levels or not levels:
        return word if word in levels else None
    if word not in _SCALE:
        return None
    at = _SCALE.index(word)
    some = [level for level in levels if level != "none" and level in _SCALE]
    return min(
        some, key=lambda level: (abs(_SCALE.index(level) - at), -_SCALE.index(level)), default=None
    )


def _reasoning_effort(request: dict[str, Any], node: Node, run: Run) -> Iterator[Edit]:
    given = request.get("reasoning_effort")
    field = node.fields.get("reasoning_effort")
    word = effort(given) if isinstance(given, (dict, bool)) else given
    if not isinstance(word, str) or field is None:
        return
    words = field.value.words or ()
    levels = catalog.reasoning_efforts(run.model)
    levels = words if levels is None else tuple(level for level in levels if level in words)
    if given in levels:
        return
    nearest = nearest_effort(word, levels)
    yield "reasoning_effort", REMOVE if nearest is None else nearest, "reasoning-effort"


def _model_limits(request: dict[str, Any], node: Node, run: Run) -> Iterator[Edit]:
    """What the schema has and this model is known not to take."""
    if request.get("prompt_mode") is not None and (
        catalog.takes_prompt_mode(run.model, run.date) is False
    ):
        yield "prompt_mode", REMOVE, "prompt-mode"
    if request.get("n") not in (None, 1) and catalog.takes_n(run.model) is False:
        yield "n", REMOVE, "model-n"
    if request.get("output_dimension") is not None and (
        catalog.takes_output_dimension(run.model) is False
    ):
        yield "output_dimension", REMOVE, "model-output-dimension"


_CHOICES: Final[tuple[tuple[str, str, tuple[Any, ...]], ...]] = (
    ("tool_choice", "tool-choice-without-tools", ("auto", "none", "any", "required")),
    ("parallel_tool_calls", "parallel-calls-without-tools", (True, False)),
)
"""What chooses among tools, and the words that say nothing where there are none."""


def _toolless(request: dict[str, Any], node: Node, run: Run) -> Iterator[Edit]:
    """A choice among no tools; an agent's own tools are not in the request."""
    if "tools" not in node.fields:
        return
    tools = request.get("tools")
    if isinstance(tools, (list, tuple)) and not tools:
        yield "tools", REMOVE, "empty-tools"
    if not tools and "agent_id" not in node.fields:
        for key, rule, words in _CHOICES:
            if key in request:
                value = request[key]
                lossy = value not in words and says_something(value)
                yield key, Judged(REMOVE, lossy), rule


def _forced_json(request: dict[str, Any], node: Node, run: Run) -> Iterator[Edit]:
    form, choice = request.get("response_format"), request.get("tool_choice")
    if choice is None or not isinstance(form, dict) or not request.get("tools"):
        return
    if form.get("type") in ("json_object", "json_schema") and choice not in ("auto", "none"):
        if "forced-tool-format" in run.rules:
            yield "response_format", REMOVE, "forced-tool-format"
        else:
            yield "tool_choice", "auto", "forced-tool-json"


def _greedy(request: dict[str, Any], node: Node, run: Run) -> Iterator[Edit]:
    temperature, top_p = request.get("temperature"), request.get("top_p")
    if temperature == 0 and top_p is not None and top_p != 1 and _is_number(temperature):
        yield "top_p", REMOVE, "greedy-top-p"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


AFTER: Final[tuple[Look, ...]] = (
    _reasoning_effort,
    _model_limits,
    _toolless,
    _forced_json,
    _greedy,
)


# -- function names -----------------------------------------------------------------------------


def _places(request: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every place of a request that names a function, with the name."""
    for at, tool in _items(request.get("tools")):
        function = tool.get("function")
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            yield ("tools", at, "function", "name"), function["name"]
    choice = request.get("tool_choice")
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        name = choice["function"].get("name")
        if isinstance(name, str):
            yield ("tool_choice", "function", "name"), name
    for at, message in _items(request.get("messages")):
        for slot, call in _items(message.get("tool_calls")):
            function = call.get("function")
            if isinstance(function, dict) and isinstance(function.get("name"), str):
                yield ("messages", at, "tool_calls", slot, "function", "name"), function["name"]
        if message.get("role") == "tool" and isinstance(message.get("name"), str):
            yield ("messages", at, "name"), message["name"]


def _items(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            if isinstance(item, dict):
                yield at, item


def rename_functions(request: dict[str, Any], run: Run) -> dict[str, Any]:
    """The request with every function's name legal, the same everywhere, two never made one."""
    places = list(_places(request))
    taken = {name for _, name in places if legal_name(name)}
    legal: dict[str, str] = {}
    for path, name in places:
        if name not in legal and not legal_name(name) and (name or path[-2] == "function"):
            legal[name] = new_name(name, taken)
            taken.add(legal[name])
            run.names[legal[name]] = name
    new = request
    copied: dict[tuple[Any, ...], Any] = {}
    for path, name in places:
        if legal_name(name):
            continue
        if name not in legal:  # the empty name of a result, which may have none
            new = _edit(new, path, REMOVE, copied)
            run.remove(path, "function-name", name)
        else:
            new = _edit(new, path, legal[name], copied)
            run.replace(path, "function-name", name, legal[name])
    return new


def _edit(root: Any, path: tuple[Any, ...], value: Any, copied: dict[tuple[Any, ...], Any]) -> Any:
    """The root with the value at a path; each container on the way is copied once."""
    if () not in copied:
        copied[()] = dict(root)
    at = copied[()]
    for depth in range(1, len(path)):
        key = path[:depth]
        if key not in copied:
            inner = at[path[depth - 1]]
            copied[key] = dict(inner) if isinstance(inner, dict) else list(inner)
            at[path[depth - 1]] = copied[key]
        at = copied[key]
    if value is REMOVE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copied[()]
