"""Profiles of other hosts: what comes out is accepted by the templates that these hosts render.

The judges are mistral-common's own chat templates, rendered as transformers does it, its
validators, and a checker of strict turns that stands for the templates of 2024 and 2025.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import jinja2
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from mistral_common.exceptions import MistralCommonException
from mistral_common.integrations.chat_templates.chat_templates import generate_chat_template
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.protocol.instruct.validator import ValidationMode, get_validator
from mistral_common.tokens.tokenizers.base import TokenizerVersion

from mistral_sanitize import Sanitizer, check, explain, profiles, sanitize
from mistral_sanitize.rules import RULES
from tests import jsonpatch
from tests.laws import law
from tests.payloads import conversations
from tests.rules.words import PNG, call, calls, image, result, said, system, text, user

TEMPLATE: Final = profiles.get("chat-template")
VLLM: Final = profiles.get("vllm")
VERSIONS: Final = ("v7", "v11", "v13", "v15")
LONG: Final = "call_abc123def456ghi789jklmno"
TOOLS: Final = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "d",
            "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}},
        },
    }
    for name in "fgh"
]


def openai_calls(*ids: str, content: Any = None) -> dict[str, Any]:
    return calls(*[call(i, arguments='{"x": 1}') for i in ids], content=content)


SHOT: Final = [text("shot"), image(PNG)]
THOUGHT: Final = {"type": "thinking", "thinking": [text("hm")]}

HISTORIES: Final[dict[str, list[dict[str, Any]]]] = {
    "one user": [user()],
    "a system and a user": [system(), user()],
    "turns": [system(), user(), said("a"), user("b")],
    "two users": [system(), user("a"), user("b")],
    "two users without a system": [user("a"), user("b")],
    "three users with parts": [user([text("a")]), user("b"), user([text("c")]), said("d"), user()],
    "two assistants": [system(), user(), said("I am A."), said("I am B."), user("Go on")],
    "two answers after a tool": [
        system(), user(), openai_calls(LONG), result(LONG), said("First."), said("Second."), user(),
    ],
    "a greeting": [said("Hello"), user()],
    "a greeting after a system": [system(), said("Hello"), user()],
    "two greetings": [system(), said("Hello"), said("How are you?"), user()],
    "an empty greeting": [said(""), user()],
    "calls first": [openai_calls(LONG), result(LONG), said("a"), user()],
    "a system after a user": [system(), user(), system("Note."), said("Yes."), user()],
    "a system after an assistant": [user(), said("Yes."), system("Note."), user()],
    "a system after a tool": [user(), openai_calls(LONG), result(LONG), system("Note."), user()],
    "a system at the end": [system(), user(), said("a"), user(), system("Note.")],
    "two systems": [system("a"), system("b"), user()],
    "a system behind the first user": [user(), system("Note."), said("a"), user()],
    "a developer": [{"role": "developer", "content": "Be brief."}, user()],
    "calls with null": [system(), user(), openai_calls(LONG), result(LONG), said("Yes."), user()],
    "calls with no content": [
        user(), {"role": "assistant", "tool_calls": [call(LONG)]}, result(LONG), said("Yes."),
        user(),
    ],
    "a user after a tool": [user(), openai_calls(LONG), result(LONG), user("So?")],
    "a tool last": [user(), openai_calls(LONG), result(LONG)],
    "parallel calls": [
        user(), openai_calls("call_1", "call_2"), result("call_2", "b"), result("call_1", "a"),
        said("Yes."), user(),
    ],
    "two rounds of calls": [
        user(), openai_calls("call_1"), result("call_1"), openai_calls("call_2"), result("call_2"),
        said("Yes."), user(),
    ],
    "a text, then calls": [
        user(), said("Let me see."), openai_calls(LONG), result(LONG), said("Yes."), user(),
    ],
    "a call without its result": [user(), openai_calls(LONG), user("Never mind")],
    "a result without its call": [user(), result("call_x"), user("So?")],
    "short ids": [user(), openai_calls("a"), result("a"), said("Yes."), user()],
    "ids that are shared": [
        user(), openai_calls("call_1"), result("call_1"), said("a"), user(), openai_calls("call_1"),
        result("call_1"), said("b"), user(),
    ],
    "an image in a result": [
        system(), user(), openai_calls(LONG), result(LONG, SHOT), said("Yes."), user(),
    ],
    "images in two results": [
        user(), openai_calls("call_1", "call_2"), result("call_1", SHOT), result("call_2", SHOT),
        user("So?"),
    ],
    "an image in a result last": [user(), openai_calls(LONG), result(LONG, [image(PNG)])],
    "an image of the user's": [user([text("What is it?"), image(PNG)]), said("A dog."), user()],
    "parts everywhere": [
        system([text("You"), text("help.")]), user([text("a"), text("b")]), said([text("c")]),
        user(),
    ],
    "an empty assistant": [user(), said(""), user("So?")],
    "an empty list of calls": [user(), said("a", tool_calls=[]), user("b")],
    "a thinking chunk": [user(), said([THOUGHT, text("Yes.")]), user()],
    "reasoning_content": [user(), said("Yes.", reasoning_content="hm"), user()],
    "Anthropic's parts": [
        user(),
        said([text("a"), {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}}]),
        user([{"type": "tool_result", "tool_use_id": "toolu_1", "content": "42"}, text("So?")]),
    ],
    "an assistant last": [user(), said("Yes, ")],
    "a function of 2023": [
        user(), {"role": "assistant", "content": None,
                 "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "42"}, user(),
    ],
}  # fmt: skip
"""Forty-three histories: what agents, frameworks and chat windows are known to send."""


def asked(history: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"model": "mistral", "messages": history, "tools": TOOLS, **more}


def refused(message: str) -> Any:
    raise ValueError(message)


@cache
def template(version: str) -> Any:
    """mistral-common's template of a version, as transformers sets jinja2 up."""
    effort = ("none", "high") if version == "v15" else None
    source = generate_chat_template(
        spm=False,
        tokenizer_version=TokenizerVersion(version),
        image_support=True,
        audio_support=False,
        thinking_support=version in ("v13", "v15"),
        default_system_prompt=None,
        plain_thinking_support=False,
        use_special_token_variables=False,
        model_settings_fields=None,
        reasoning_effort_values=effort,
        reasoning_effort_default="none" if effort else None,
    )
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = refused
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    return environment.from_string(source)


def rendered(payload: dict[str, Any], version: str) -> str | None:
    """What the template of a version says against the messages, or ``None``."""
    try:
        template(version).render(
            messages=payload["messages"], tools=payload.get("tools"),
            add_generation_prompt=payload.get("add_generation_prompt", True),
        )  # fmt: skip
    except (ValueError, TypeError) as error:
        return str(error)
    return None


def validated(payload: dict[str, Any], version: str) -> str | None:
    """What mistral-common's validator says in the mode in which vLLM runs it."""
    kept = ("role", "content", "tool_calls", "tool_call_id", "prefix", "name")
    messages = [{k: v for k, v in m.items() if k in kept} for m in payload["messages"]]
    try:
        request: Any = ChatCompletionRequest.from_openai(
            messages, tools=payload.get("tools"),
            continue_final_message=payload.get("continue_final_message", False),
        )  # fmt: skip
        get_validator(TokenizerVersion(version), mode=ValidationMode.test).validate_request(request)
    except (MistralCommonException, ValueError) as error:  # both are refusals of its validators
        return str(error)
    return None


def turns(messages: list[dict[str, Any]]) -> str | None:
    """What the templates of 2024 and 2025 refuse: strict turns, systems first, ids of nine."""
    rest = messages[1:] if messages[0]["role"] == "system" else messages
    spoken = 0
    for m in rest:
        role, sent = m["role"], m.get("tool_calls")
        if role not in ("user", "assistant", "tool"):
            return f"a role: {role}"
        if role == "assistant" and not sent and not m["content"]:
            return "an empty message"
        if sent is not None and (not sent or m["content"] is None):
            return "calls that are none, or nothing beside them"
        if any(len(c["id"]) != 9 or c["type"] != "function" for c in sent or ()):
            return "a call"
        if role == "tool" and (len(m["tool_call_id"]) != 9 or not isinstance(m["content"], str)):
            return "a result"
        if role == "user" or (role == "assistant" and sent is None):
            if (role == "user") != (spoken % 2 == 0):
                return f"the turn of another than {role}"
            spoken += 1
    return None


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("profile", [TEMPLATE, VLLM], ids=str)
def test_histories(name: str, profile: profiles.Profile) -> None:
    """Every history passes each template, each validator and the checker; `check` is silent."""
    report = explain(asked(HISTORIES[name]), profile=profile)
    clean = report.payload

    assert turns(clean["messages"]) is None
    assert {version: rendered(clean, version) for version in VERSIONS} == dict.fromkeys(VERSIONS)
    if profile is VLLM or name != "an assistant last":  # which llama.cpp continues by itself
        assert [validated(clean, version) for version in VERSIONS] == [None] * len(VERSIONS)
    assert check(clean, profile=profile) == ()
    assert not report.lossy


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("profile", profiles.HOSTS, ids=str)
def test_histories_are_settled_at_once(name: str, profile: profiles.Profile) -> None:
    """The patch leads to the result, which comes back as the very same object."""
    given_ = asked(HISTORIES[name])

    report = explain(given_, profile=profile)

    assert jsonpatch.apply(given_, report.as_json_patch()) == report.payload
    assert sanitize(report.payload, profile=profile) is report.payload


def test_the_judges_refuse() -> None:
    """The judges are no rubber stamps: unsanitized, most histories are refused by one of them."""
    refusing = [
        name
        for name, history in HISTORIES.items()
        if any(rendered(asked(history), version) for version in VERSIONS)
        or any(validated(asked(history), version) for version in VERSIONS)
    ]
    assert len(refusing) >= len(HISTORIES) // 3


@law
@given(
    payload=conversations().map(lambda messages: {"model": "m", "messages": messages}),
    profile=st.sampled_from(profiles.HOSTS),
)
def test_laws_of_sanitize(payload: dict[str, Any], profile: profiles.Profile) -> None:
    """Under every host: the patch is complete, the argument is as it was, one pass is enough."""
    before = json.dumps(payload)

    report = explain(payload, profile=profile)

    note(f"{report}")
    assert json.dumps(payload) == before
    patched = jsonpatch.apply(payload, report.as_json_patch())
    assert repr(patched) == repr(jsonpatch.plain(report.payload))
    assert sanitize(report.payload, profile=profile) is report.payload


@pytest.mark.parametrize(
    "history",
    [
        [user(), 7, said("a"), user()],
        [user(), said("a", tool_calls={}), user()],
        [user(), said("a", tool_calls="x"), user()],
        [user(), calls("x"), user()],
    ],
    ids=repr,
)
def test_what_is_none_is_left(history: list[Any]) -> None:
    """What is no message, no calls or no part is for the host to refuse, and stays where it is."""
    payload = {"model": "m", "messages": history}

    clean = sanitize(payload, profile="chat-template", disable=["missing-result"])

    assert clean == payload


def test_images_of_an_older_kind() -> None:
    """Parts of type ``image`` are images too, where they are not spelled as OpenAI does."""
    shot = {"type": "image", "image": PNG}
    history = [user(), calls(call()), result(content=[shot]), said("b"), user("So?")]

    clean = sanitize({"messages": history}, profile="chat-template", disable=["content-part"])

    assert [shot] in [m["content"] for m in clean["messages"]]
    assert clean["messages"][2] == result(content="")


MESSAGES: Final = [
    system(), {**user(), "name": "ann"}, said("Yes."), user([text("So?"), image(PNG)]),
]  # fmt: skip
OPENAI_FIELDS: Final[dict[str, Any]] = {
    "model": "mistralai/Mistral-Small-3.2-24B-Instruct-2506", "messages": MESSAGES,
    "audio": {"format": "wav", "voice": "alloy"}, "frequency_penalty": 0.5, "presence_penalty": 3,
    "function_call": "auto", "functions": [{"name": "f", "parameters": {"type": "object"}}],
    "logit_bias": {"1": 1}, "logprobs": True, "max_completion_tokens": 5, "max_tokens": 5,
    "metadata": {"a": "b"}, "modalities": ["text"], "moderation": None, "n": 2,
    "parallel_tool_calls": True, "prediction": {"type": "content", "content": [text("a")]},
    "prompt_cache_key": "k", "prompt_cache_retention": "24h", "reasoning_effort": "minimal",
    "response_format": {"type": "json_schema", "json_schema": {
        "name": "p", "strict": True,
        "schema": {"type": "object", "properties": {}, "additionalProperties": False}}},
    "safety_identifier": "u", "seed": 1, "service_tier": "flex", "stop": None, "store": True,
    "stream": True, "stream_options": {"include_usage": True}, "temperature": 1.8,
    "tool_choice": "required", "tools": TOOLS, "top_logprobs": 2, "top_p": 0, "user": "u",
    "verbosity": "low", "web_search_options": {},
}  # fmt: skip
OPENROUTER_FIELDS: Final[dict[str, Any]] = {
    "models": ["mistralai/devstral-2512"], "route": "fallback",
    "provider": {"data_collection": "deny", "zdr": True, "only": ["mistral"]},
    "transforms": ["middle-out"], "plugins": [{"id": "web"}], "reasoning": {"effort": "high"},
    "usage": {"include": True}, "min_p": 0.1, "top_k": 5, "top_a": 0.2, "repetition_penalty": 1.1,
    "include_reasoning": True, "debug": {"echo_upstream_body": True},
}  # fmt: skip
SERVER_FIELDS: Final[dict[str, Any]] = {
    "min_p": 0.1, "top_k": 5, "repetition_penalty": 1.1, "ignore_eos": True, "best_of": 1,
    "chat_template_kwargs": {"enable_thinking": False}, "structured_outputs": {"json": {}},
    "guided_json": {}, "regex": "a", "n_predict": 5, "typical_p": 1.0, "dry_multiplier": 0.1,
    "mirostat": 1, "grammar": "root ::= x", "cache_prompt": True, "n_probs": 1, "keep_alive": "5m",
    "format": "json", "options": {"num_ctx": 1}, "think": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "fields"),
    [
        ("openrouter", OPENAI_FIELDS),
        ("openrouter", {**OPENAI_FIELDS, **OPENROUTER_FIELDS}),
        ("chat-template", OPENAI_FIELDS),
        ("vllm", {**OPENAI_FIELDS, **SERVER_FIELDS}),
        ("ollama", {**OPENAI_FIELDS, **SERVER_FIELDS}),
        ("chat-template", {  # Bedrock's mantle
            "model": "mistral.ministral-3-8b-instruct", "messages": [user()], "seed": 1,
            "frequency_penalty": 0.1}),
    ],
)  # fmt: skip
def test_what_a_host_accepts(profile: str, fields: dict[str, Any]) -> None:
    """The fields of OpenAI's dialect, and a host's own, come back as the very same object."""
    assert sanitize(fields, profile=profile) is fields
    assert check(fields, profile=profile) == ()


def test_drop_is_the_callers() -> None:
    """A host keeps the penalties unless the caller names them."""
    payload = {"model": "m", "messages": [user()], "frequency_penalty": 1}

    assert sanitize(payload, profile="openrouter") is payload
    assert "frequency_penalty" not in sanitize(
        payload, profile="openrouter", drop=["frequency_penalty"]
    )
    assert "frequency_penalty" not in sanitize(payload, profile="azure")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tool_choice": "required"}, {"tool_choice": "any"}),
        ({"temperature": 1.2}, {"temperature": 1.0}),
        ({"max_completion_tokens": 5}, {"max_tokens": 5}),
        ({"stream": True, "random_seed": 1, "model": "mistral.m"}, {}),
        ({"format": {"type": "object"}}, {}),
        ({"text": {"format": {"type": "json_object"}}}, {}),
        ({"stream_options": {"include_usage": True, "stream_tool_calls": True}}, {}),
    ],
)
def test_bedrock(before: dict[str, Any], after: dict[str, Any]) -> None:
    """InvokeModel has six fields, one word for a tool that must be called, and temperature to 1.

    What would become a field that it lacks goes, and so does what Mistral's own API alone accepts.
    """
    messages = [user([text("a"), text("b")])]

    clean = sanitize({"messages": messages, "tools": TOOLS, **before}, profile="bedrock")

    assert clean == {"messages": [user("a\nb")], "tools": TOOLS, **after}
    assert sanitize(clean, profile="bedrock") is clean
    assert check(clean, profile="bedrock") == ()


@pytest.mark.parametrize("host", ["azure", "vertex", "bedrock", "openrouter", "chat-template"])
def test_the_end_of_a_rule_is_mistrals(host: str) -> None:
    """A date until which Mistral's API needed a repair says nothing of other hosts."""
    assert "user-after-tool" in Sanitizer(profile=host).rules
    assert "user-after-tool" not in Sanitizer(profile=host, disable=["user-after-tool"]).rules


@pytest.mark.parametrize("name", profiles.ALIASES)
def test_aliases(name: str) -> None:
    """An undated name gives the newest profile of a host; the dated name pins it."""
    profile = profiles.get(name)

    assert profile is profiles.get(profile.name)
    assert profile.name.endswith(profile.date[:7]) or profile.name.endswith(profile.date)
    assert profile.host is not None


@pytest.mark.parametrize("profile", profiles.HOSTS, ids=str)
def test_rules_of_a_host_exist(profile: profiles.Profile) -> None:
    """A profile names rules that are there, and none both on and off."""
    assert profile.on | profile.off <= RULES.keys()
    assert not profile.on & profile.off


LEFT: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "text beside calls": (
        asked([user(), openai_calls("abcdefgh1", content="a"), result("abcdefgh1"), said("b"),
               user()],
              model="mistralai/Mistral-Nemo-Instruct-2407"), "/messages/1/content"),
    "an image for a text model": (
        asked([user([text("a"), image(PNG)])], model="open-mistral-nemo"), "/messages/0/content/1"),
    "arguments that are no JSON": (
        asked([user(), calls(call("abcdefgh1", arguments='{"x": ')), result("abcdefgh1"), said("b"),
               user()]), "/messages/1/tool_calls/0/function/arguments"),
    "a document": (
        asked([user([{"type": "document_url", "document_url": "https://e.org/a"}])]),
        "/messages/0/content/0"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "is_json"),
    [('{"a": "\ud800"}', True), ('{"a": 1e999}', True), ("", False), ("{", False),
     ("[" * 100_000, False)],
    ids=["a lone surrogate", "an infinity", "empty", "cut", "deep"],
)  # fmt: skip
def test_arguments_that_are_a_text(arguments: str, is_json: bool) -> None:
    """Whatever the text, `check` says whether it is JSON, and never raises."""
    history = [
        user(),
        calls(call("abcdefgh1", arguments=arguments)),
        result("abcdefgh1"),
        said("a"),
    ]

    found = {problem.code for problem in check(asked(history), profile="vllm")}

    assert (check(asked(history), profile="chat-template") == ()) == is_json
    assert bool(found) != is_json


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left(name: str) -> None:
    """What no rule can cure without loss stays, and `check` names the place."""
    payload, path = LEFT[name]

    clean = sanitize(payload, profile="chat-template")

    assert [problem.path for problem in check(clean, profile="chat-template")] == [path]


def test_check_names_what_templates_refuse() -> None:
    """Under a chat template's profile `check` names turns, roles, ids and calls, each once."""
    history = [
        said("Hello"), said("a"), {"role": "developer", "content": "b"}, system("c"),
        calls({"id": "call_1", "function": {"name": "f", "arguments": "{}"}}, content=None),
        result("call_1", [image(PNG)]), said(""),
    ]  # fmt: skip

    found = {p.path for p in check(asked(history, tool_choice="any"), profile="chat-template")}

    assert found == {
        "/messages/0", "/messages/1", "/messages/2/role", "/messages/3/role",
        "/messages/4/content", "/messages/4/tool_calls/0/type", "/messages/4/tool_calls/0/id",
        "/messages/5/tool_call_id", "/messages/5/content/0", "/messages/6", "/tool_choice",
    }  # fmt: skip
    assert check({"model": "m"}, profile="chat-template")
    assert check(asked(history), profile="openrouter") == ()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.mistral.ai/v1/chat/completions", profiles.LATEST.name),
        ("https://API.Mistral.ai:443/v1/chat/completions", profiles.LATEST.name),
        ("https://codestral.mistral.ai/v1/fim/completions", profiles.LATEST.name),
        ("https://openrouter.ai/api/v1/chat/completions", "openrouter-2026-11"),
        ("https://user:pass@openrouter.ai./api/v1/chat/completions", "openrouter-2026-11"),
        ("https://x.services.ai.azure.com/models/chat/completions", "azure-2026-11-01"),
        ("https://x.eastus.models.ai.azure.com/v1/chat/completions", "azure-2026-11-01"),
        ("https://us-central1-aiplatform.googleapis.com/v1/p:rawPredict", "vertex-2026-11-01"),
        ("https://aiplatform.googleapis.com/v1/p:rawPredict", "vertex-2026-11-01"),
        ("https://bedrock-mantle.us-east-1.api.aws/v1/chat/completions", "chat-template-2026-11"),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1/chat/completions",
         "chat-template-2026-11"),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/invoke", "bedrock-2026-11"),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com/other", None),
        ("https://openrouter.ai.example.com/api/v1/chat/completions", None),
        ("https://evil-openrouter.ai/api/v1/chat/completions", None),
        ("https://notmistral.ai/v1/chat/completions", None),
        ("https://.services.ai.azure.com/", None),
        ("http://localhost:8000/v1/chat/completions", None),
        ("http://[::1]:8000/v1/chat/completions", None),
        ("http://[::1/v1/chat/completions", None),
        ("https://example.com/?u=https://openrouter.ai/", None),
        ("/v1/chat/completions", None),
        ("", None),
    ],
)  # fmt: skip
def test_for_url(url: str, name: str | None) -> None:
    """A host is told by its whole name, or by the end of it: never by what only looks like one."""
    found = profiles.for_url(url)

    assert (found.name if found else None) == name


@pytest.mark.parametrize("host", profiles.OTHER_VENDORS)
def test_other_vendors(host: str) -> None:
    """Hosts of other vendors are known as such, and have no profile."""
    url = f"https://{host.replace('*', 'x')}/v1/chat/completions"

    assert profiles.serves_other_models(url)
    assert profiles.for_url(url) is None
    assert not profiles.serves_other_models(f"https://{host.replace('*', 'x')}.example.com/v1")
