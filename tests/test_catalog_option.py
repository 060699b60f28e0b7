"""The option `catalog`: everywhere the others are, and what the rules and `check` make of it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mistral_sanitize import Sanitizer, catalog, check, explain, sanitize, sanitize_json
from mistral_sanitize.catalog import DEFAULT, EFFORTS, Catalog
from mistral_sanitize.strategies import openai_payloads
from mistral_sanitize.testing import StrictMistral
from tests.command import run
from tests.laws import law

USER = {"role": "user", "content": "Hi"}
IMAGE = {"type": "image_url", "image_url": "data:image/png;base64,aGk="}
LIST = {"object": "list", "data": [{"id": "x", "capabilities": {"reasoning": False}}]}
MINE = DEFAULT.with_model("x", reasoning_efforts=("low", "max"), vision=False)


def ask(model: str = "x", **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": [USER], **fields}


# -- where it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [MINE, LIST, LIST["data"], DEFAULT])
def test_every_function_has_it(known: Any) -> None:
    """The functions and a sanitizer's methods agree, whatever form it is given in."""
    payload = ask(reasoning_effort="high")
    bound = Sanitizer(catalog=known)
    assert bound.catalog == Catalog.of(known)
    assert sanitize(payload, catalog=known) == bound.sanitize(payload)
    assert explain(payload, catalog=known).changes == bound.explain(payload).changes
    assert check(payload, catalog=known) == bound.check(payload)
    body = json.dumps(payload)
    assert sanitize_json(body, catalog=known) == bound.sanitize_json(body)


def test_a_sanitizer_with_a_catalogue_is_a_value() -> None:
    """Equal, hashable and picklable as without one, and as good for another endpoint."""
    bound = Sanitizer(catalog=MINE)
    assert bound == Sanitizer(catalog=MINE)
    assert bound != Sanitizer()
    assert hash(bound) == hash(Sanitizer(catalog=MINE))
    again = pickle.loads(pickle.dumps(bound))
    assert again == bound
    assert again.sanitize(ask(reasoning_effort="high")) == ask(reasoning_effort="low")
    assert bound.with_endpoint("/v1/fim/completions").catalog == MINE
    assert repr(Sanitizer(catalog=DEFAULT)) == repr(Sanitizer())
    assert "catalog=<Catalog" in repr(bound)
    assert "'x'" not in repr(bound)


@pytest.mark.parametrize("nonsense", ["x", 7, {}, {"data": 1}, [7], b"[]"])
def test_nonsense_is_named(nonsense: Any) -> None:
    """A ValueError that names the option, from each of them."""
    for use in (
        lambda: Sanitizer(catalog=nonsense),
        lambda: sanitize(ask(), catalog=nonsense),
        lambda: StrictMistral(catalog=nonsense),
    ):
        with pytest.raises(ValueError, match="catalog"):
            use()


def test_strict_mistral_judges_by_it() -> None:
    """And its own list of models has what the catalogue names, and loses what is refused."""
    app = StrictMistral(catalog=MINE)
    judge = app._judges["/v1/chat/completions"]
    assert [p.path for p in judge.check(ask(reasoning_effort="high"))] == ["/reasoning_effort"]
    ids = {model["id"] for model in app._models}
    assert {"x", "mistral-small-latest", "deepseek-v4-1-flash-1017"} <= ids
    assert not {"gpt-4o", "definitely-not-a-model", "zai-glm-5-2"} & ids


def test_the_list_of_strict_mistral_is_one() -> None:
    """What it serves as GET /v1/models says what its catalogue says, and no more."""
    served = StrictMistral()._models
    known = DEFAULT.with_listing({"object": "list", "data": served})
    for model in served:
        before, after = DEFAULT.facts(model["id"]), known.facts(model["id"])
        assert after.listed
        for fact in ("chat", "vision", "reasoning", "reasoning_efforts", "thinking", "context"):
            assert getattr(after, fact) == getattr(before, fact), (model["id"], fact)


# -- the command -----------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes a file of JSON."""

    def save(value: Any) -> Path:
        file = tmp_path / "models.json"
        file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        return file

    return save


def test_command(saved: Callable[[Any], Path]) -> None:
    """``--catalog`` is the option."""
    payload = json.dumps(ask(reasoning_effort="high")).encode()
    done = run("--catalog", saved(LIST), "--no-indent", stdin=payload)
    assert json.loads(done.out) == ask()
    assert run("--catalog", saved(LIST), "--check", stdin=payload).code == 1
    assert run("--check", stdin=payload).code == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "models.json: Expecting property name"),
        ("7", "models.json: expected"),
        ({"data": [7]}, "models.json: data[0] is not an object"),
        ("[" * 100_000, "models.json: "),
    ],
)
def test_command_with_nonsense(saved: Callable[[Any], Path], content: Any, words: str) -> None:
    """A file that is not a list of models is wrong usage, and named."""
    done = run("--catalog", saved(content), stdin=b"{}")
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_command_without_the_file(tmp_path: Path) -> None:
    """As any file that is not there."""
    done = run("--catalog", tmp_path / "none.json", stdin=b"{}")
    assert done.code == 2
    assert "none.json: No such file" in done.err


def test_list_models(saved: Callable[[Any], Path]) -> None:
    """A row for each model, with its efforts and what it accepts; the retired ones below."""
    lines = run("--list-models", "--catalog", saved(LIST)).out.decode().splitlines()
    rows = {line.split()[0]: line for line in lines if line.startswith("  ") and line.split()}
    assert rows["zai-glm-5-3"].split()[1:5] == ["1,048,576", "low", "high", "max*"]
    assert rows["mistral-large-4-0"].split()[2:5] == ["low", "medium", "high*"]
    assert rows["codestral-2508"].split()[1:4] == ["128,000", "-", "chat"]
    assert rows["mistral-large-2512"].split()[3] == "2027-04-30"
    assert rows["x"].split()[1:] == ["?", "-", "?"]
    assert "mistral-medium-latest" in "\n".join(lines)
    gone = lines.index(next(line for line in lines if "retired or refused by" in line))
    assert any(line.split()[:2] == ["zai-glm-5-2,", "glm-5-2"] or "glm-5-2" in line
               for line in lines[gone:])  # fmt: skip
    assert max(map(len, lines)) <= 140


def test_list_models_as_json(saved: Callable[[Any], Path]) -> None:
    """Each id and alias with every fact; null is not known."""
    listed = json.loads(run("--list-models", "--json", "--catalog", saved(LIST)).out)
    assert listed["date"] == catalog.DATE
    models = {model["id"]: model for model in listed["models"]}
    assert set(models) == {"x", *DEFAULT.ids()}
    assert models["x"]["listed"] is True
    assert models["x"]["reasoning_efforts"] == []
    assert models["x"]["vision"] is None
    small = models["mistral-small-latest"]
    assert small["model"] == "mistral-small-2603"
    assert small["reasoning_efforts"] == ["none", "high"]
    assert models["zai-glm-5-2"]["gone"] is True
    assert models["zai-glm-5-2"]["replacements"] == ["zai-glm-5-3"]


def test_json_alone() -> None:
    """The flag is of the list, and the report has another."""
    done = run("--json", stdin=b"{}")
    assert done.code == 2
    assert "--list-models" in done.err


# -- what it does ----------------------------------------------------------------------------------


def test_the_word_of_the_caller_wins() -> None:
    """Efforts, images and thinking by the caller's facts, not by the table's."""
    assert sanitize(ask(reasoning_effort="medium"), catalog=MINE)["reasoning_effort"] == "low"
    small = DEFAULT.with_model(
        "mistral-small-latest", reasoning_efforts=("medium",), thinking=False
    )
    payload = ask("mistral-small-latest", reasoning_effort="high")
    assert sanitize(payload) is payload
    assert sanitize(payload, catalog=small)["reasoning_effort"] == "medium"
    content = [{"type": "text", "text": "See"}, IMAGE]
    shown = {"model": "x", "messages": [{"role": "user", "content": content}]}
    assert check(shown) == ()
    assert [p.path for p in check(shown, catalog=MINE)] == ["/messages/0/content/1"]


def test_reasoning_false() -> None:
    """Efforts and thinking chunks go, and `check` names both."""
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    said = {"role": "assistant", "content": [thought, {"type": "text", "text": "Yes"}]}
    payload = {"model": "x", "messages": [USER, said, USER], "reasoning_effort": "high"}
    assert sanitize(payload) is payload
    paths = ["/reasoning_effort", "/messages/1/content/0"]
    assert [p.path for p in check(payload, catalog=LIST)] == paths
    clean = sanitize(payload, catalog=LIST)
    assert check(clean, catalog=LIST) == ()
    assert "Hm." not in json.dumps(clean)


def test_a_router_s_name_that_is_listed() -> None:
    """A gateway's own names have prefixes, and stay."""
    known = DEFAULT.with_listing([{"id": "mistral/small"}])
    payload = ask("mistral/small")
    assert sanitize(payload)["model"] == "small"
    assert sanitize(payload, catalog=known) is payload
    assert check(payload, catalog=known) == ()
    assert [p.path for p in check(payload)] == ["/model"]


def test_presence_and_other_vendors() -> None:
    """A proxy may serve any name."""
    assert [p.code for p in check(ask("gpt-4o"))] == ["1500"]
    assert check(ask("gpt-4o"), catalog=[{"id": "gpt-4o"}]) == ()


@pytest.mark.parametrize(
    ("fact", "field", "value"),
    [
        ({"n": False}, "n", 2),
        ({"prompt_mode": False}, "prompt_mode", "reasoning"),
        ({"reasoning_efforts": ()}, "reasoning_effort", "high"),
    ],
)
def test_parameters(fact: dict[str, Any], field: str, value: Any) -> None:
    """What the caller knows to be refused goes, what he knows to be accepted stays."""
    payload = ask(**{field: value})
    assert sanitize(payload) is payload
    known = DEFAULT.with_model("x", **fact)
    assert [p.path for p in check(payload, catalog=known)] == [f"/{field}"]
    (change,) = explain(payload, catalog=known).changes
    assert (change.path, change.lossy) == (f"/{field}", True)


def test_output_dimension() -> None:
    """That of a new embedding model."""
    payload = {"model": "embed-9", "input": "a", "output_dimension": 8}
    known = DEFAULT.with_model("embed-9", output_dimension=False)
    to = {"endpoint": "/v1/embeddings", "catalog": known}
    assert [p.path for p in check(payload, **to)] == ["/output_dimension"]
    assert sanitize(payload, **to) == {"model": "embed-9", "input": "a"}


def test_images() -> None:
    """As many as the caller knows of."""
    payload = {"model": "x", "messages": [{"role": "user", "content": [IMAGE] * 3}]}
    known = DEFAULT.with_model("x", max_images=2)
    assert [p.message for p in check(payload, catalog=known)] == ["Max images: 2"]
    assert check(payload) == ()


def test_fill_in_the_middle() -> None:
    """Of a model that the caller knows to do it, or not to."""
    payload = {"model": "x", "prompt": "def f("}
    to = {"endpoint": "/v1/fim/completions"}
    assert check(payload, **to) == ()
    known = DEFAULT.with_model("x", fim=False)
    assert [p.path for p in check(payload, catalog=known, **to)] == ["/model"]


NO_STOP = "it cannot stop reasoning, and "
LOWEST = " is its lowest level"
THREE = "it accepts low, high and max"


@pytest.mark.parametrize(
    ("model", "effort", "words"),
    [
        ("mistral-large-4", "none", f"{NO_STOP}low{LOWEST}; without the field it reasons at high"),
        ("zai-glm-5-3", "medium", f"{THREE}; low is the next level below"),
        ("zai-glm-5-3", "minimal", f"{THREE}; low{LOWEST}, and reasons more than asked"),
        ("zai-glm-5-3", "ultra", f"{THREE}, and without one it reasons at max"),
        ("mistral-small-latest", "ON", "Mistral's word for it is high"),
        ("mistral-small-latest", "off", "Mistral's word for it is none"),
        ("mistral-large-latest", "high", "it does not reason"),
        ("magistral-medium-2506", "high", "it reasons always, and as much as it does by default"),
        ("new-model", "off", "Mistral's words are from none to max"),
        ("one-word", "none", f"{NO_STOP}high{LOWEST}"),
        ("one-word", "ultra", "it accepts high"),
    ],
)  # fmt: skip
def test_the_reason_says_what_the_result_means(model: str, effort: str, words: str) -> None:
    """What it costs, and what holds without the field; no value of the payload stands in it."""
    known = DEFAULT.with_model("one-word", reasoning_efforts=("high",))
    (change,) = explain(ask(model, reasoning_effort=effort), catalog=known).changes
    assert change.reason == f"this model does not accept this reasoning effort: {words}"


# -- laws ------------------------------------------------------------------------------------------

IDS = ("mistral-small-latest", "mistral-large-latest", "zai-glm-5-3", "codestral-latest", "x")
WORDS = st.lists(st.sampled_from(EFFORTS), max_size=3, unique=True)
FLAGS = st.none() | st.booleans()
STATED = st.fixed_dictionaries(
    {},
    optional={
        "reasoning_efforts": WORDS,
        "reasoning_default": st.sampled_from(EFFORTS),
        **dict.fromkeys(
            ("reasoning", "thinking", "n", "vision", "audio", "tools", "prompt_mode", "chat"), FLAGS
        ),
        "max_images": st.integers(0, 3),
        "alias_of": st.sampled_from(IDS),
    },
)
CARDS = st.fixed_dictionaries(
    {"id": st.sampled_from(IDS)},
    optional={
        "aliases": st.lists(st.sampled_from(IDS), max_size=2),
        "capabilities": st.dictionaries(
            st.sampled_from(["reasoning", "vision", "audio", "completion_chat", "completion_fim"]),
            FLAGS,
        ),
        "parameters": st.fixed_dictionaries({"reasoning": st.none() | WORDS}),
        "max_context_length": st.sampled_from([None, 32768, 7]),
    },
)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalog:
    """Some lists and some facts, one over the other."""
    known = DEFAULT
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            known = known.with_listing({"data": draw(st.lists(CARDS, max_size=3))})
        else:
            known = known.with_model(draw(st.sampled_from(IDS)), **draw(STATED))
    return known


CURABLE = ("/reasoning_effort", "/prompt_mode", "/n", "/prompt_cache_key")


@law
@given(catalogues(), openai_payloads(), st.sampled_from(IDS), st.booleans())
def test_what_can_be_cured_is(
    known: Catalog, payload: dict[str, Any], model: str, renamed: bool
) -> None:
    """After `sanitize` no parameter is named, no thinking, nothing that a second pass changes."""
    if renamed:
        payload = {**payload, "model": model}
    clean = sanitize(payload, catalog=known)
    assert sanitize(clean, catalog=known) is clean
    for problem in check(clean, catalog=known):
        assert problem.path not in CURABLE
        assert "Reasoning input" not in problem.message
        assert problem.status == 400
        assert problem.message.startswith(
            ("Invalid model", "Image input", "Audio input", "Max images", "Service unavailable")
        ), problem


REPEATED = Sanitizer(catalog=StrictMistral()._models)


@law
@given(openai_payloads())
def test_a_list_of_what_is_known_changes_nothing(payload: dict[str, Any]) -> None:
    """A list that says what the table says makes no difference to any request."""
    plain = Sanitizer()
    assert REPEATED.sanitize(payload) == plain.sanitize(payload)
    assert REPEATED.explain(payload).changes == plain.explain(payload).changes
    assert REPEATED.check(payload) == plain.check(payload)


@settings(max_examples=200)
@given(
    catalogues(),
    st.sampled_from(IDS),
    st.sampled_from([*EFFORTS, "ultra", "off", "HIGH", True, False]),
)
def test_a_repair_spends_no_more_than_it_must(known: Catalog, model: str, asked: Any) -> None:
    """An effort goes down if it can, never to none unless asked, and never just goes."""
    words = known.facts(model).reasoning_efforts
    clean = sanitize(ask(model, reasoning_effort=asked), catalog=known)
    got = clean.get("reasoning_effort")
    asked = {True: "high", False: "none", "off": "none", "HIGH": "high"}.get(asked, asked)
    if words is None or asked in words:
        assert got == asked
    elif asked == "ultra" or not set(words) - {"none"}:
        assert got is None
    else:
        below = [w for w in words if w != "none" and EFFORTS.index(w) < EFFORTS.index(asked)]
        above = [w for w in words if w != "none" and EFFORTS.index(w) > EFFORTS.index(asked)]
        assert got == (max(below, key=EFFORTS.index) if below else min(above, key=EFFORTS.index))
