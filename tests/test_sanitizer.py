"""The options, their errors, and what `sanitize` promises of its argument and its result."""

from __future__ import annotations

import copy
import json
import pickle
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from typing import Any

import pytest

from mistral_sanitize import (
    PENALTIES,
    InvalidBodyError,
    Sanitizer,
    check,
    explain,
    profiles,
    repair_refused,
    sanitize,
    sanitize_json,
)
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules import DEFAULT, RULES

SECRET = "s3cret"


def request(**fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "Hi"}]
    return {"model": "mistral-large-latest", "messages": messages, **fields}


# -- the argument ----------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, [], "{}", b"{}", 1, [("model", "x")]])
@pytest.mark.parametrize("verb", [sanitize, explain, check])
def test_not_a_dict(verb: Any, given: Any) -> None:
    """A payload that is no dict is a `TypeError` that names its type."""
    with pytest.raises(TypeError, match=rf"^a payload is a dict, not {type(given).__name__}$"):
        verb(given)


def test_same_object() -> None:
    """What is clean comes back as the very same object."""
    payload = request()

    assert sanitize(payload) is payload
    assert Sanitizer().sanitize(payload) is payload


def test_shared_parts() -> None:
    """The argument is not changed, and what is unchanged in it is shared with the result."""
    payload = request(metadata={"a": 1}, seed=3)
    given = copy.deepcopy(payload)

    new = sanitize(payload)

    assert given == payload
    assert list(given) == list(payload)
    assert new["messages"] is payload["messages"]
    assert new["metadata"] is payload["metadata"]


def test_order_of_keys() -> None:
    """Keys that stay keep their order, and a renamed key its place."""
    new = sanitize({"store": 1, "seed": 3, "model": "m", "user": "u", "max_completion_tokens": 5,
                    "messages": []})  # fmt: skip

    assert list(new) == ["random_seed", "model", "max_tokens", "messages"]


def test_what_json_dumps_takes() -> None:
    """Tuples, subclasses and keys of other types are payloads, as far as `json.dumps` goes."""

    class Effort(IntEnum):
        SOME = 5

    payload = OrderedDict(
        model="mistral-large-latest",
        messages=({"role": "user", "content": ({"type": "text", "text": "Hi", 1: 2},)},),
        max_tokens=Effort.SOME,
    )
    payload[None] = 1  # type: ignore[index]

    report = explain(payload)

    assert [change.path for change in report.changes] == ["/null", "/messages/0/content/0/1"]
    assert json.loads(json.dumps(report.payload)) == {
        "model": "mistral-large-latest",
        "max_tokens": 5,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
    }


def _deep(levels: int = 100_000) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_deep_where_text_is_read() -> None:
    """What is nested too deep to be read as text, or written as JSON, is left alone, or goes."""
    deep = _deep()
    use = {"type": "tool_use", "id": "aaaaaaaa1", "name": "f", "input": deep}
    payload = request(model="mistral-small-latest", prompt=deep)
    payload["messages"] += [
        {"role": "assistant", "content": [use], "reasoning_content": deep},
        {"role": "user", "content": "So?"},
    ]

    report = explain(payload)

    assert [c.path for c in report.lossy] == ["/prompt", "/messages/1/reasoning_content"]
    assert report.payload["messages"][1]["content"][0] is use
    assert sanitize(report.payload) is report.payload


# -- what is none of what its key says -------------------------------------------------------------


def function(name: Any, **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {}}
    return {"type": "function", "function": {"name": name, "parameters": schema, **more}}


@pytest.mark.parametrize(
    ("fields", "lossy"),
    [
        ({"text": 5}, True), ({"text": []}, False), ({"format": {}}, False),
        ({"parallel_tool_calls": 5}, True), ({"parallel_tool_calls": "f"}, True),
        ({"parallel_tool_calls": {"a": 1}}, True), ({"parallel_tool_calls": []}, False),
        ({"parallel_tool_calls": ""}, False),
    ],
    ids=str,
)  # fmt: skip
def test_field_of_another_meaning(fields: dict[str, Any], lossy: bool) -> None:
    """It goes, and nothing comes of it: a loss if it says anything."""
    report = explain(request(**fields))

    assert request() == report.payload
    assert [change.op for change in report.changes] == ["remove"]
    assert lossy == bool(report.lossy)


def test_functions_beside_what_is_none() -> None:
    """Functions are tools behind the others, whatever stands among those or lacks a name."""
    tools = [5, {"type": "code_interpreter"}, function(["a"])]
    functions = [function(["a"])["function"], {"description": "x"}, function("f")["function"]]

    report = explain(request(tools=tools, functions=functions))

    assert report.payload["tools"][:3] == tools
    assert [t["function"].get("name") for t in report.payload["tools"][3:]] == [["a"], None, "f"]
    assert report.lossy == ()


@pytest.mark.parametrize("kind", ["thinking", "reasoning", "redacted_thinking"])
@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ([[1.5]], '[[1.5],{"type":"%s","thinking":"b"}]'),
        ([{"type": "later"}], [{"type": "later"}]),
        ([{"type": "text", "text": "a"}, [1.5]], [{"type": "text", "text": "a"}, [1.5]]),
        ([], []),
    ],
    ids=str,
)
def test_thinking_beside_data(beside: list[Any], expected: Any, kind: str) -> None:
    """Data is no list of parts for a thought among it, if parts are left as they are."""
    payload = request(model="codestral-latest")
    content = [*beside, {"type": kind, "thinking": "b"}]
    expected = expected % kind if isinstance(expected, str) else expected
    payload["messages"][0]["content"] = content

    report = explain(payload, disable=("content-part",))

    assert report.payload["messages"][0]["content"] == expected
    assert not explain(report.payload, disable=("content-part",))


def test_format_beside_what_is_none() -> None:
    """A format goes beside Mistral's own, be that none: it would be alone in a second pass."""
    payload = request(format="json", response_format="prose")

    report = explain(payload, disable=("unknown-key",))

    assert report.payload == request()
    assert [c.path for c in report.lossy] == ["/format", "/response_format"]


@pytest.mark.parametrize("transcript", [5, ""])
def test_transcript_of_nothing(transcript: Any) -> None:
    """A transcript that is no text, or an empty one, is no content."""
    call = {"id": "aaaaaaaa1", **function("f")}
    said = {"role": "assistant", "content": None, "tool_calls": [call]}
    payload = request()
    payload["messages"] += [{**said, "audio": {"id": "a", "transcript": transcript}}]

    new = sanitize(payload, disable=("missing-result", "tool-call-shape"))["messages"][1]

    assert new["content"] is None
    assert "audio" not in new


def test_what_cannot_be_written_goes_by_its_rule() -> None:
    """A prompt too deep for JSON goes by the rule for prompts, also where others' keys stay."""
    report = explain(request(prompt=_deep()), disable=("unknown-key",))

    assert [(change.path, change.rule) for change in report.lossy] == [("/prompt", "prompt")]


def test_null_beside_what_is_said() -> None:
    """A null of sound goes by the rule for sound, beside a key that is taken apart."""
    said = {"role": "assistant", "content": None, "refusal": "No.", "audio": None}
    payload = request()
    payload["messages"] += [said, {"role": "user", "content": "So?"}]

    report = explain(payload, disable=("unknown-key",))

    assert report.payload["messages"][1] == {"role": "assistant", "content": "No."}
    assert "audio-transcript" in {change.rule for change in report.changes}


def test_names_of_a_call_and_its_result() -> None:
    """A call without a name gets one, and an illegal name of a result is that of no call."""
    call = {"id": "aaaaaaaa1", "type": "function", "function": {"name": "", "arguments": "{}"}}
    payload = request()
    payload["messages"] += [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "aaaaaaaa1", "name": "a.b", "content": "1"},
    ]

    report = explain(payload)

    _, made, answer = report.payload["messages"]
    assert made["tool_calls"][0]["function"]["name"] == "_"
    assert answer["name"] == "a_b"
    assert dict(report.names) == {"_": "", "a_b": "a.b"}
    assert report.lossy == ()


@pytest.mark.parametrize("off", [True, False])
def test_parallel_calls_before_there_was_a_field(off: bool) -> None:
    """Anthropic's switch says something where Mistral would not do so anyway."""
    choice = {"type": "auto", "disable_parallel_tool_use": off}
    tools = [function("f")]

    report = explain(request(tools=tools, tool_choice=choice), profile="2024-09-17")

    assert request(tools=tools, tool_choice="auto") == report.payload
    assert off == bool(report.lossy)


def test_what_is_said_of_an_allowed_tool() -> None:
    """It is lost, though a tool that goes says the same."""
    tools = [function("a"), function("b", description="Looks it up.")]
    allowed = {"type": "function", "name": "a", "description": "Looks it up."}
    choice = {"type": "allowed_tools", "mode": "auto", "tools": [allowed]}

    report = explain(request(tools=tools, tool_choice=choice))

    assert request(tools=tools[:1], tool_choice="auto") == report.payload
    assert [change.path for change in report.lossy] == ["/tools", "/tool_choice"]


def test_nearest_of_no_effort() -> None:
    """Where a model takes no effort but none, another has no nearest, and goes."""
    said = "reasoning_effort='high' is not supported for this model. Must be one of ['none']"
    answer = {"object": "error", "message": said, "type": "invalid_request_error", "code": None}

    report = repair_refused(request(reasoning_effort="high"), 400, answer)

    assert report is not None
    assert request() == report.payload


# -- the options -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"endpoint": "/v1/chat/completion"},
         "unknown endpoint '/v1/chat/completion'; did you mean '/v1/chat/completions'"),
        ({"endpoint": "?"}, "unknown endpoint '?'"),
        ({"profile": "2026-08-14"}, "unknown profile '2026-08-14'; did you mean 2026-08-13"),
        ({"enable": ["stop-limits"]}, "unknown rule 'stop-limits'; did you mean 'stop-limit'"),
        ({"disable": ["unknown-keys"]}, "unknown rule 'unknown-keys'; did you mean 'unknown-key'"),
        ({"disable": ["???"]}, "unknown rule '???'"),
        ({"drop": ["a", "b"], "keep": ["b"]}, "'b' is in drop and in keep"),
        ({"enable": ["stop"], "disable": ["stop"]}, "'stop' is in enable and in disable"),
    ],
)  # fmt: skip
def test_bad_option(options: dict[str, Any], message: str) -> None:
    """An option that names what does not exist, or contradicts another, is a `ValueError`."""
    for make in (lambda: Sanitizer(**options), lambda: sanitize(request(), **options)):
        with pytest.raises(ValueError, match=r"^unknown|^'") as caught:
            make()
        assert str(caught.value).startswith(message)


def test_where_all_names_are() -> None:
    """An unknown id says where the list of all is; an unknown option names the near miss."""
    with pytest.raises(ValueError, match=r"; all are in mistral_sanitize\.rules\.RULES \(--list-"):
        Sanitizer(disable=["nope"])
    with pytest.raises(TypeError, match="unexpected option 'profil'; did you mean 'profile'"):
        Sanitizer(profil="2025-10-20")  # type: ignore[misc]


@pytest.mark.parametrize("name", ["temperture", "max_token", "tool_choices"])
def test_misspelt_drop(name: str) -> None:
    """A name in `drop` that is no field under any profile, and looks like one, warns."""
    with pytest.warns(UserWarning, match=f"drop names '{name}'.* did you mean"):
        Sanitizer(drop=[name])


@pytest.mark.parametrize("name", ["temperature", "top_k", "user", "a_field_of_tomorrow", "x"])
def test_drop_of_any_field(name: str) -> None:
    """A field of some profile, and a name that looks like none, may be dropped without a word."""
    assert name not in sanitize({**request(), name: 1}, drop=[name])


def test_reason_of_a_drop() -> None:
    """A default drop says that it is the default and how to send the field; another names it."""
    payload = {**request(), "presence_penalty": 1}

    (default,) = explain(payload).changes
    (asked,) = explain(payload, drop=["presence_penalty"]).changes

    assert default.reason == ("this field is dropped: by default; drop=() sends it")
    assert asked.reason == "this field is dropped: the drop option names it"
    assert explain(payload, drop=PENALTIES).changes[0].reason == default.reason


@pytest.mark.parametrize("option", ["drop", "keep", "enable", "disable"])
def test_bare_string(option: str) -> None:
    """A string where several names are expected is a `TypeError`, not a set of letters."""
    with pytest.raises(TypeError, match=f"^{option} must be an iterable of names; got the string"):
        Sanitizer(**{option: "stop"})  # type: ignore[misc]
    with pytest.raises(TypeError, match=f"^{option} must be an iterable of names; got the string"):
        sanitize(request(), **{option: "stop"})  # type: ignore[misc]


def test_unknown_option() -> None:
    """An option that there is none of is a `TypeError`."""
    with pytest.raises(TypeError, match="'dorp'"):
        Sanitizer(dorp=())  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'dorp'"):
        sanitize(request(), dorp=())  # type: ignore[call-arg]


@pytest.mark.parametrize("given", [["store"], ("store",), {"store"}, iter(["store"])])
def test_any_iterable(given: Any) -> None:
    """Names may come in any iterable."""
    assert sanitize(request(store=True), keep=given) == request(store=True)


def test_penalties() -> None:
    """The penalties go by default, as asked for, and each is named; ``drop=()`` sends them."""
    payload = request(presence_penalty=0.5, frequency_penalty=0.5, repetition_penalty=1.1)

    report = explain(payload)

    assert request() == report.payload
    assert {f"/{name}": "drop" for name in PENALTIES} == {c.path: c.rule for c in report.changes}
    assert all(change.lossy for change in report.changes)
    assert request(presence_penalty=0.5, frequency_penalty=0.5) == sanitize(payload, drop=())


def test_penalties_are_clamped() -> None:
    """A penalty that is sent is brought within Mistral's bounds."""
    report = explain(request(presence_penalty=3, frequency_penalty=-2.5), drop=())

    assert request(presence_penalty=2, frequency_penalty=-2.0) == report.payload
    assert {"penalty-range"} == {change.rule for change in report.changes}


def test_keep_wins_over_the_default() -> None:
    """A penalty that is kept is not dropped; the others are."""
    payload = request(presence_penalty=0.5, frequency_penalty=0.5)

    assert request(presence_penalty=0.5) == sanitize(payload, keep=("presence_penalty",))


def test_keep_of_what_is_newer() -> None:
    """A field that this release does not know passes through, whatever its value."""
    payload = request(thought_budget={"a": [None]}, top_k="many")

    assert sanitize(payload, keep=("thought_budget", "top_k")) is payload


def test_keep_of_another_name() -> None:
    """A kept field is not renamed, converted or repaired."""
    payload = request(seed=-1, functions=[], reasoning={"effort": "huge"}, maxTokens=1)

    assert sanitize(payload, keep=("seed", "functions", "reasoning", "maxTokens")) is payload


def test_keep_of_what_is_there() -> None:
    """To keep a field that Mistral has changes nothing."""
    assert sanitize(request(temperature=2), keep=("temperature",)) == request(temperature=1.5)


@pytest.mark.parametrize(
    ("drop", "payload"),
    [
        ("temperature", request(temperature=1)),
        ("random_seed", request(random_seed=1)),
        ("random_seed", request(seed=1)),
        ("seed", request(seed=1)),
        ("max_tokens", request(max_completion_tokens=1, max_tokens=2)),
        ("tools", request(functions=[{"name": "f", "parameters": {}}])),
        ("reasoning_effort", request(reasoning={"effort": "high"}) | {"model": "magistral"}),
    ],
)
def test_drop(drop: str, payload: dict[str, Any]) -> None:
    """A dropped field is not in the result, whatever other name it came under."""
    new = sanitize(payload, drop=(drop,))

    assert {"model", "messages"} == new.keys()
    assert sanitize(new, drop=(drop,)) is new


def test_drop_can_be_disabled() -> None:
    """`drop` is a rule, too."""
    payload = request(presence_penalty=0.5)

    assert sanitize(payload, disable=("drop",)) is payload


def test_disable() -> None:
    """A rule that is off leaves alone what only it repairs."""
    payload = request(store=True)

    assert sanitize(payload, disable=("unknown-key",)) is payload


def test_everything_off() -> None:
    """With every rule off, everything comes back as it is."""
    payload = request(
        store=True, seed=3, presence_penalty=3, tools=[{"type": "custom", "name": "a.b"}],
        temperature="9", stop=None, top_p=0, reasoning={"effort": "huge"}, tool_choice="f",
        response_format="json", max_tokens=1.0, prompt="x", system="y", functions=[{}],
    )  # fmt: skip
    payload["messages"] += [
        {"role": "developer", "content": None, "name": "n"},
        {"role": "assistant", "content": None, "refusal": "r", "reasoning": "t",
         "tool_calls": [{"id": "call_1", "function": {"name": "a.b"}}]},
        {"role": "user", "content": ["x", {"type": "input_text", "text": "t"}]},
        {"role": "tool", "content": [{"a": 1}], "tool_call_id": "call_2"},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x"}]},
        {"role": "assistant", "content": ""},
    ]  # fmt: skip
    for profile in profiles.ALL:
        assert sanitize(payload, disable=RULES, profile=profile) is payload


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_endpoints(endpoint: str) -> None:
    """Every endpoint takes any object, and knows its own fields."""
    sanitizer = Sanitizer(endpoint=endpoint)

    assert sanitizer.endpoint == endpoint
    new = sanitizer.sanitize({"no_such_field": 1, "metadata": {"a": 1}, "stream": None})
    assert "no_such_field" not in new
    assert sanitizer.sanitize({}) == {}


def test_profile() -> None:
    """A profile is given as itself or by its name, and decides what is known."""
    payload = request(metadata={"a": 1}, prompt_cache_key="k")

    assert sanitize(payload) is payload
    assert request() == sanitize(payload, profile="2024-09-17")
    assert request() == sanitize(payload, profile=profiles.V2024_09_17)
    assert request(metadata={"a": 1}) == sanitize(payload, profile=profiles.V2026_03_20)


# -- Sanitizer -------------------------------------------------------------------------------------


def test_properties() -> None:
    """A sanitizer says what it is for, and which rules are on."""
    sanitizer = Sanitizer(
        endpoint="/v1/embeddings", profile="2024-09-17", enable=("stop-limit",), disable=("seed",)
    )

    assert sanitizer.endpoint == "/v1/embeddings"
    assert sanitizer.profile is profiles.V2024_09_17
    assert {*DEFAULT, "user-after-tool", "stop-limit"} - {"seed"} == sanitizer.rules


def test_with_endpoint() -> None:
    """The same options for another endpoint; the very same object for the same one."""
    sanitizer = Sanitizer(keep=("presence_penalty",), profile="2026-03-20")

    other = sanitizer.with_endpoint("/v1/agents/completions")

    assert sanitizer.with_endpoint(sanitizer.endpoint) is sanitizer
    assert other == Sanitizer(
        endpoint="/v1/agents/completions", keep=("presence_penalty",), profile="2026-03-20"
    )
    assert other.with_endpoint(sanitizer.endpoint) == sanitizer


def test_immutable() -> None:
    """A sanitizer cannot be changed."""
    sanitizer = Sanitizer()

    with pytest.raises(AttributeError):
        sanitizer.endpoint = "/v1/embeddings"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        sanitizer._rules = frozenset()
    with pytest.raises(AttributeError):
        del sanitizer._rules


def test_equality() -> None:
    """Sanitizers of the same options are equal, and the defaults may be spelled out."""
    one = Sanitizer(drop=PENALTIES, profile=profiles.LATEST.name, keep=[])

    assert one == Sanitizer()
    assert hash(one) == hash(Sanitizer())
    assert one != Sanitizer(drop=())
    assert one != "Sanitizer()"
    assert len({one, Sanitizer(), Sanitizer(drop=())}) == 2


@pytest.mark.parametrize(
    "options", [{}, {"drop": (), "profile": "2024-09-17", "enable": ("name-prefix",)}]
)
def test_pickle(options: dict[str, Any]) -> None:
    """A sanitizer travels between processes, and does there what it did here."""
    sanitizer = Sanitizer(**options)

    twin: Sanitizer = pickle.loads(pickle.dumps(sanitizer))

    assert twin == sanitizer
    assert twin.rules == sanitizer.rules
    assert twin.sanitize(request(seed=1)) == sanitizer.sanitize(request(seed=1))
    assert copy.deepcopy(sanitizer) == sanitizer


def test_repr() -> None:
    """A sanitizer prints its options, in an order that does not change."""
    assert repr(Sanitizer(drop=("b", "a"), enable=("stop-limit",))) == (
        "Sanitizer(endpoint='/v1/chat/completions', profile='2026-08-13', drop=['a', 'b'], "
        "keep=[], enable=['stop-limit'], disable=[])"
    )


def test_threads() -> None:
    """One sanitizer serves many threads: each call gets its own result."""
    sanitizer = Sanitizer()

    def one(number: int) -> tuple[dict[str, Any], int]:
        report = sanitizer.explain(request(seed=number, store=number))
        return report.payload, len(report.changes)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, range(200)))

    assert [(request(random_seed=number), 2) for number in range(200)] == results


def test_functions_are_methods() -> None:
    """The module's functions do what the methods of a sanitizer of the same options do."""
    payload = request(seed=3, presence_penalty=1)
    options: dict[str, Any] = {"drop": (), "disable": ("seed", "unknown-key")}
    sanitizer = Sanitizer(**options)

    assert sanitize(payload, **options) is sanitizer.sanitize(payload) is payload
    assert explain(payload, **options).changes == sanitizer.explain(payload).changes
    assert check(payload, **options) == sanitizer.check(payload)
    assert sanitize_json(b"{}", **options) == sanitizer.sanitize_json(b"{}")


# -- check -----------------------------------------------------------------------------------------


def test_check() -> None:
    """`check` names what Mistral would refuse, and finds nothing in what `sanitize` returns."""
    payload = request(store=True)

    problems = check(payload)

    assert [(p.path, p.code) for p in problems] == [("/store", "extra_forbidden")]
    assert check(sanitize(payload)) == ()


# -- bodies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_body_kinds(kind: Any) -> None:
    """A body may be of any type that bytes come in; a clean one comes back byte for byte."""
    clean = b'{ "model": "m", "messages": [], "temperature": 1.10 }'

    assert clean == sanitize_json(kind(clean))
    assert sanitize_json(kind(b'{"seed":1}')) == b'{"random_seed":1}'
    assert sanitize_json(clean) is clean


def test_text() -> None:
    """A string is a body too."""
    assert sanitize_json('{"model": "é"}') == '{"model": "é"}'.encode()
    assert sanitize_json('{"seed": 1, "model": "é"}') == '{"random_seed":1,"model":"é"}'.encode()


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"s3cret', b"\xff", b'{"a":s3cret}', "s3"])
def test_bad_body(body: Any) -> None:
    """What is no JSON object is an `InvalidBodyError`, which quotes nothing of it."""
    with pytest.raises(InvalidBodyError) as caught:
        sanitize_json(body)

    assert SECRET not in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("key", ["n", "max_tokens", "temperature", "top_p"])
def test_a_boolean_is_no_number(key: str) -> None:
    """It is beyond no bound: `check` names it, and it stays."""
    user = {"role": "user", "content": "Hi"}
    for value in (True, False):
        payload = {"model": "mistral-small-latest", "messages": [user], key: value}
        assert sanitize(payload) is payload
        assert [problem.path for problem in check(payload)] == [f"/{key}"]


def test_a_repair_of_a_key_that_the_endpoint_lacks() -> None:
    """A prefix goes from a model where requests have none, and then the key, if it may not stay."""
    agents = {"agent_id": "a", "messages": [{"role": "user", "content": "Hi"}]}
    payload, endpoint = {**agents, "model": "mistral/m"}, "/v1/agents/completions"

    assert sanitize(payload, endpoint=endpoint) == agents
    assert sanitize(payload, endpoint=endpoint, disable=("unknown-key",)) == agents | {"model": "m"}
