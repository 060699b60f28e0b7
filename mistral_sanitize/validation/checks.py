"""What Mistral would still refuse, and why: `problems`.

First what the schema refuses (`validation.schema`, status 422), then what no schema shows, in the
order in which Mistral seems to look: the model, the arguments, the conversation, the tools. The
words are those of `validation.known`. Nothing here changes a payload.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from mistral_sanitize.catalog import (
    DATE,
    DEFAULT,
    EFFORTS,
    Catalog,
    limit,
    prediction_excludes,
)
from mistral_sanitize.profiles import Profile
from mistral_sanitize.report import Problem
from mistral_sanitize.rules._strict_schema import first_open_object
from mistral_sanitize.rules.names import ROUTER_PREFIXES
from mistral_sanitize.rules.tools import is_web_search
from mistral_sanitize.schema.node import Node
from mistral_sanitize.validation.conversation import (
    conversation_problems,
    is_accepted_audio,
    name_problems,
)
from mistral_sanitize.validation.known import KNOWN_REFUSALS
from mistral_sanitize.validation.request import Request
from mistral_sanitize.validation.schema import schema_problems
from mistral_sanitize.validation.templates import template_problems
from mistral_sanitize.validation.tool_schema import schema_fault
from mistral_sanitize.validation.values import is_number, text

__all__ = ["KNOWN_ON", "problems"]

KNOWN_ON: Final = DATE
"""The day as of which models count as retired: that of the catalogue, whatever the profile's. A
profile is a date of the schema; a model that is gone is gone under every schema."""


def problems(
    payload: dict[str, Any],
    node: Node,
    endpoint: str,
    profile: Profile,
    catalog: Catalog = DEFAULT,
) -> tuple[Problem, ...]:
    """What Mistral would still refuse of the payload as it is, and why: nothing is changed.

    `node` is that of the endpoint's request under the profile. Problems of the schema come first,
    as in Mistral's responses; of two at one place, the first is enough. Total: accepts any dict.
    """
    request = Request(payload, node, endpoint, profile, catalog)
    found: dict[str, Problem] = {}
    for problem in _found(request):
        found.setdefault(problem.path, problem)
    return tuple(found.values())


def _found(request: Request) -> Iterator[Problem]:
    if request.profile.fields == "closed":
        for problem in schema_problems(request.payload, request.node):
            if not (is_accepted_audio(problem, request) or _is_accepted_effort(problem, request)):
                yield problem
        for check in _CHECKS:
            yield from check(request)
    elif request.profile.host == "chat-template":
        yield from template_problems(request)
    # What OpenRouter accepts is for the providers behind it to say, each its own.


# -- the model --------------------------------------------------------------------------------


_CHAT: Final = "/v1/chat/completions"
_FIM: Final = "/v1/fim/completions"


def _check_model(request: Request) -> Iterator[Problem]:
    if request.profile.host is not None:
        return  # other hosts have ids of their own
    model = request.model
    if model is None:
        # The schemas of 2024 let it be null, and so did no validator.
        if "model" in request.node.fields and request.get("model") is None:
            yield KNOWN_REFUSALS["model-missing"].problem(("model",))
        return
    refused, replacements = request.catalog.is_refused(model, request.endpoint, KNOWN_ON)
    if refused or (model.startswith(ROUTER_PREFIXES) and not request.facts.listed):
        advice = f" (replaced by {' or '.join(replacements)})" if replacements else ""
        yield KNOWN_REFUSALS["model"].problem(("model",), advice, quoted=model)
    elif request.endpoint == _FIM and request.facts.fim is False:
        yield KNOWN_REFUSALS["fim"].problem(("model",))


# -- the arguments ----------------------------------------------------------------------------


def _check_greedy(request: Request) -> Iterator[Problem]:
    temperature, top_p = request.get("temperature"), request.get("top_p")
    if is_number(temperature) and is_number(top_p) and temperature == 0 and top_p != 1:
        yield KNOWN_REFUSALS["greedy"].problem(("top_p",))


def _check_format(request: Request) -> Iterator[Problem]:
    """A JSON response format without its schema, or beside a tool that must be called."""
    form = request.get("response_format")
    kind = text(dict.get(form, "type")) if isinstance(form, dict) else None
    if kind not in ("json_object", "json_schema"):
        return
    if kind == "json_schema":
        yield from _named_schema_problems(dict.get(form, "json_schema"))
    choice = request.get("tool_choice")
    forced = isinstance(choice, dict) or text(choice) in ("any", "required")
    # json_object behaves the same; "auto" and "none" are accepted (rig, as above).
    if forced and request.get("tools"):
        yield KNOWN_REFUSALS["forced-tool"].problem(("tool_choice",), kind)


def _is_accepted_effort(problem: Problem, request: Request) -> bool:
    """Whether the schema refuses an effort that the model accepts all the same, or may accept.

    The published schema of 2026-08-13 lacks ``max``, which GLM 5.3 accepted in 2026-09.
    """
    word = text(request.get("reasoning_effort"))
    if problem.path != "/reasoning_effort" or word is None:
        return False
    levels = request.facts.reasoning_efforts
    return word in (EFFORTS if levels is None else levels)


def _named_schema_problems(named: object) -> Iterator[Problem]:
    path = ("response_format", "json_schema")
    if named is None:
        yield KNOWN_REFUSALS["json-schema"].problem(path)
    elif isinstance(named, dict) and dict.get(named, "strict") is True:
        schema = dict.get(named, "schema")
        keys = first_open_object(schema) if isinstance(schema, dict) else None
        if keys is not None:
            yield KNOWN_REFUSALS["strict-schema"].problem((*path, "schema", *keys))


def _check_reasoning(request: Request) -> Iterator[Problem]:
    word = text(request.get("reasoning_effort"))
    levels = request.facts.reasoning_efforts
    if word is not None and levels is not None and word not in levels:
        # Printed as a tuple of an enum, that of one level with its comma.
        shown = ", ".join(f"<ReasoningEffort.{level}: '{level}'>" for level in levels)
        comma = "," if len(levels) == 1 else ""
        advice = f". Must be one of ({shown}{comma})" if levels else ""
        yield KNOWN_REFUSALS["effort"].problem(("reasoning_effort",), advice, quoted=word)
    # By the profile's date, as `sanitize` does: before 2026-07-31 the Magistral models accepted it.
    mode_accepted = request.facts.accepts_prompt_mode(request.profile.date)
    if request.get("prompt_mode") is not None and mode_accepted is False:
        yield KNOWN_REFUSALS["prompt-mode"].problem(("prompt_mode",))


def _check_cache_key(request: Request) -> Iterator[Problem]:
    key = text(request.get("prompt_cache_key"))
    if key is not None and not key.isascii() and request.profile.host is None:
        yield KNOWN_REFUSALS["cache-key"].problem(("prompt_cache_key",))


def _check_count(request: Request) -> Iterator[Problem]:
    """More than one completion."""
    n = request.get("n")
    if not is_number(n) or n <= 1:
        return
    if request.facts.n is False:
        yield KNOWN_REFUSALS["n"].problem(("n",))
    if request.get("prediction") is not None and "n" in prediction_excludes():
        yield KNOWN_REFUSALS["prediction"].problem(("n",), "n")


def _check_embedding(request: Request) -> Iterator[Problem]:
    if request.endpoint != "/v1/embeddings":
        return
    if request.get("output_dimension") is not None and request.facts.output_dimension is False:
        yield KNOWN_REFUSALS["dimension"].problem(("output_dimension",))
    inputs, most = request.get("input"), limit("embedding_inputs")
    if isinstance(inputs, (list, tuple)) and most is not None and len(inputs) > most:
        yield KNOWN_REFUSALS["inputs"].problem(("input",))


# -- the tools --------------------------------------------------------------------------------


def _check_tools(request: Request) -> Iterator[Problem]:
    tools = request.get("tools")
    if not isinstance(tools, (list, tuple)):
        return
    for index, tool in enumerate(tools):
        yield from _tool_type_problems(request, index, tool)
        function = dict.get(tool, "function") if isinstance(tool, dict) else None
        if isinstance(function, dict):
            path = ("tools", index, "function")
            yield from _parameter_problems((*path, "parameters"), dict.get(function, "parameters"))
            yield from name_problems((*path, "name"), dict.get(function, "name"))


def _tool_type_problems(request: Request, index: int, tool: object) -> Iterator[Problem]:
    """A web search where the schema has it: Mistral's own API refuses it in chat completions."""
    items = request.node.fields["tools"].value.items
    known = items is not None and "web_search" in items.tags
    if known and request.endpoint == _CHAT and is_web_search(tool):
        path = ("tools", index, "type")
        problem = KNOWN_REFUSALS["builtin-tool"].problem(path)
        yield replace(problem, loc=("body", *path))


def _parameter_problems(path: Sequence[object], schema: object) -> Iterator[Problem]:
    fault = schema_fault(schema) if isinstance(schema, dict) else None
    if fault is not None:
        refusal = KNOWN_REFUSALS["grammar" if fault.grammar else "tool-schema"]
        yield refusal.problem((*path, *fault.path), fault.words, quoted=fault.quoted)


_CHECKS: Final = (
    _check_model,
    _check_greedy,
    _check_format,
    _check_reasoning,
    _check_cache_key,
    _check_count,
    _check_embedding,
    conversation_problems,
    _check_tools,
)
"""What is checked behind the schema, in this order."""
