"""What a caller says of models, by a list or by hand: over the table, the later call first."""

from __future__ import annotations

import copy
import pickle
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_sanitize import catalog
from mistral_sanitize.catalog import DEFAULT, UNKNOWN, Catalog, ModelFacts

CHAT = "/v1/chat/completions"
EMBEDDINGS = "/v1/embeddings"


def card(model_id: str, *aliases: str, **more: Any) -> dict[str, Any]:
    """One model of GET /v1/models, with the keys that say something."""
    capabilities = more.pop("capabilities", None)
    extra = {} if capabilities is None else {"capabilities": capabilities}
    return {"id": model_id, "object": "model", "aliases": list(aliases), **extra, **more}


def listed(*cards: dict[str, Any]) -> Catalog:
    return DEFAULT.with_listing({"object": "list", "data": list(cards)})


def served(model_id: str, *reasoning: str, **more: Any) -> dict[str, Any]:
    """One model of GET /model-catalog?surface=vibe-code."""
    words = {"reasoning": list(reasoning) or None, "temperature": 0.2}
    return {"id": model_id, "label": "Some model", "aliases": [], "parameters": words, **more}


def curated(*models: dict[str, Any]) -> Catalog:
    return DEFAULT.with_listing({"models": list(models)})


# --- what counts as a list ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        {"object": "list", "data": [card("x")]},
        {"data": (card("x"),)},
        [card("x")],
        (card("x"),),
        card("x"),
        {"models": [served("x", "low")]},
        {"object": "list", "data": [{"id": "x"}]},
    ],
)
def test_forms_of_a_list(answer: Any) -> None:
    """The object, its list, one card, and Mistral's catalogue name the models that they have."""
    known = DEFAULT.with_listing(answer)
    assert known.facts("x").listed
    assert Catalog.of(answer) == known


def test_an_empty_list_says_nothing() -> None:
    """Nothing is named, and nothing is gone."""
    assert DEFAULT.with_listing({"data": []}) is DEFAULT
    assert DEFAULT.with_listing([]) is DEFAULT


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "got NoneType"),
        ("mistral-small-latest", "got str"),
        (b"[]", "got bytes"),
        (7, "got int"),
        ({}, "got dict"),
        ({"message": "Unauthorized", "request_id": "x"}, "got dict"),
        ({"model": "m", "messages": []}, "got dict"),
        ({"data": {"id": "x"}}, "data is not a list"),
        ({"data": None}, "data is not a list"),
        ({"models": "x"}, "models is not a list"),
        (["mistral-small-latest"], r"\[0\] is not an object"),
        ({"data": [card("x"), 7]}, r"data\[1\] is not an object"),
        ([{}], r"\[0\]\.id must be a string that is not empty"),
        ([{"id": ""}], r"\[0\]\.id must be a string that is not empty"),
        ([{"id": 7}], r"\[0\]\.id must be a string that is not empty"),
        ([card("x", aliases="y")], "aliases must be a list of strings"),
        ([{"id": "x", "aliases": b"y"}], "aliases must be a list of strings"),
        ([card("x", aliases=[7])], "aliases must be a string that is not empty"),
        ([card("x", capabilities=["vision"])], r"\[0\]\.capabilities is not an object"),
        (
            [card("x", capabilities={"vision": "yes"})],
            r"\[0\]\.capabilities\.vision must be true or false",
        ),
        ([card("x", capabilities={"reasoning": 1})], "reasoning must be true or false"),
        (
            [card("x", max_context_length=-1)],
            "must be a whole number, not below 0",
        ),
        (
            [card("x", max_context_length=1.5)],
            "must be a whole number, not below 0",
        ),
        (
            [card("x", max_context_length=True)],
            "must be a whole number, not below 0",
        ),
        ([card("x", default_model_temperature="0.3")], "temperature must be a number"),
        ([card("x", default_model_temperature=True)], "temperature must be a number"),
        ([card("x", default_model_temperature=10**400)], "must be a number that is finite"),
        ([card("x", default_model_temperature=float("nan"))], "must be a number that is finite"),
        ([card("x", deprecation="soon")], "must begin with a date, as in 2026-11-26"),
        ([card("x", deprecation=7)], "deprecation must be a string that is not empty"),
        ({"models": [served("x", parameters=[])]}, "parameters is not an object"),
        ({"models": [served("x", parameters={"reasoning": "high"})]}, "must be a list of strings"),
        ({"models": [served("x", parameters={"reasoning": {}})]}, "must be a list of strings"),
        ({"models": [served("x", parameters={"reasoning": True})]}, "must be a list of strings"),
    ],
)
def test_nonsense(answer: Any, words: str) -> None:
    """What is not a list of models is a ValueError that names the option and the place."""
    with pytest.raises(ValueError, match=f"^catalog: .*{words}$"):
        Catalog.of(answer)


# --- what a list says ---------------------------------------------------------------------------


FACTS = {
    "completion_chat": "chat", "completion_fim": "fim", "function_calling": "tools",
    "vision": "vision",
}  # fmt: skip
ALL_FLAGS = (*FACTS, "reasoning")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"completion_chat": True}, {"chat": True}),
        ({"completion_fim": False}, {"fim": False}),
        ({"function_calling": True}, {"tools": True}),
        ({"vision": False, "audio": True}, {"vision": False, "audio": True}),
        ({"moderation": True}, {"moderation": True}),
        ({"reasoning": True}, {"reasoning": True}),
        (
            {"reasoning": False},
            {"reasoning": False, "reasoning_efforts": (), "reasoning_default": "none",
             "thinking": False},
        ),
        ({"vision": None, "unified_resources": True, "ocr": 7}, {}),
        # All there, and none of them: what mistralai fills in.
        (dict.fromkeys(ALL_FLAGS, False), {}),
        (dict.fromkeys(ALL_FLAGS[:4], False), {}),
        *(
            (dict.fromkeys({*ALL_FLAGS[:4]} - {flag}, False),
             {fact: False for other, fact in FACTS.items() if other != flag})
            for flag in ALL_FLAGS[:4]
        ),
        (
            {**dict.fromkeys(ALL_FLAGS, False), "completion_chat": True, "reasoning": True},
            {"chat": True, "fim": False, "tools": False, "vision": False, "reasoning": True},
        ),
    ],
)  # fmt: skip
def test_capabilities(capabilities: dict[str, Any], expected: dict[str, Any]) -> None:
    """A flag is a fact, an absent one or null is not, and nobody asks for the others."""
    found = listed(card("x", capabilities=capabilities)).facts("x")
    assert found == ModelFacts(listed=True, **expected)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"max_context_length": 131072}, {"context": 131072}),
        ({"max_context_length": 32768}, {}),  # mistralai's word for "nothing said"
        ({"max_context_length": None, "deprecation": None, "capabilities": None}, {}),
        ({"default_model_temperature": 1}, {"temperature": 1.0}),
        ({"default_model_temperature": sys.float_info.max}, {"temperature": sys.float_info.max}),
        ({"parameters": {"temperature": 0.3}}, {"temperature": 0.3}),
        ({"deprecation": "2027-01-31T12:00:00Z"}, {"retired": "2027-01-31"}),
        ({"deprecation_replacement_model": "y"}, {"replacements": ("y",)}),
        ({"deprecation_replacement_model": ["y", "z"]}, {"replacements": ("y", "z")}),
        (
            {"capabilities": dict.fromkeys(ALL_FLAGS, False), "max_context_length": 9},
            {"context": 9},
        ),
        ({"name": "x", "description": "Some", "created": 1, "owned_by": "mistralai"}, {}),
    ],
)
def test_the_rest_of_a_card(more: dict[str, Any], expected: dict[str, Any]) -> None:
    """Sizes and dates, but for null and what the SDK fills in."""
    assert listed(card("x", **more)).facts("x") == ModelFacts(listed=True, **expected)


def test_a_default_does_not_hide_the_table() -> None:
    """A card of nulls and defaults leaves every fact of the table as it was, but that it exists."""
    empty = card("mistral-small-2603", max_context_length=32768, deprecation=None, capabilities={})
    before = DEFAULT.facts("mistral-small-2603")
    after = listed(empty).facts("mistral-small-2603")
    assert not before.listed
    assert after.listed
    assert {**_told(after), "listed": False} == _told(before)


def _told(facts: ModelFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in ModelFacts.__dataclass_fields__}


@pytest.mark.parametrize(
    ("reasoning", "efforts"),
    [
        (["none", "high"], ("none", "high")),
        (["low", "ultra", "low"], ("low", "ultra")),
        ([], ()),
        (False, ()),
        (None, None),
    ],
)
def test_mistrals_catalogue_has_the_efforts(reasoning: Any, efforts: Any) -> None:
    """Its list is what the model accepts; null is not curated, and says nothing."""
    known = curated(served("x", parameters={"reasoning": reasoning}))
    assert known.facts("x").reasoning_efforts == efforts
    table = DEFAULT.facts("zai-glm-5-3").reasoning_efforts
    known = curated(served("zai-glm-5-3", parameters={"reasoning": reasoning}))
    assert known.facts("zai-glm-5-3").reasoning_efforts == (table if efforts is None else efforts)


def test_reasoning_without_words() -> None:
    """``true`` contradicts a table that knows of none, and does not say which words there are."""
    known = listed(card("codestral-2508", capabilities={"reasoning": True}))
    found = known.facts("codestral-2508")
    assert (found.reasoning, found.reasoning_efforts, found.reasoning_default) == (True, None, None)
    assert found.thinking is None
    # And says nothing new of a model that reasons.
    before = DEFAULT.facts("zai-glm-5-3")
    after = listed(card("zai-glm-5-3", capabilities={"reasoning": True})).facts("zai-glm-5-3")
    assert after.reasoning_efforts == before.reasoning_efforts
    assert after.reasoning_default == before.reasoning_default
    assert after.thinking is True


def test_new_words_forget_a_default_that_is_none_of_them() -> None:
    """Small 4 answers without thinking where nothing is said; a model that cannot stop does not."""
    known = DEFAULT.with_model("mistral-small-2603", reasoning_efforts=("low", "high"))
    assert known.facts("mistral-small-2603").reasoning_default is None
    known = DEFAULT.with_model("mistral-small-2603", reasoning_efforts=("none", "low"))
    assert known.facts("mistral-small-2603").reasoning_default == "none"


# --- presence and absence -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "model_id", ["gpt-4o", "open-codestral-mamba", "zai-glm-5-2", "definitely-not-a-model"]
)
def test_presence_overrides(model_id: str) -> None:
    """A model that the list names is served, whatever the table says of it."""
    assert DEFAULT.is_refused(model_id, CHAT, catalog.DATE)[0]
    known = listed(card(model_id), card("other", f"{model_id}-alias"))
    assert known.is_refused(model_id, CHAT, catalog.DATE) == (False, ())
    assert known.is_refused("other-alias", CHAT, catalog.DATE) == (False, ())
    assert DEFAULT.with_model(model_id).is_refused(model_id, CHAT, catalog.DATE) == (False, ())


def test_absence_refuses_nothing() -> None:
    """A list is of one workspace, and lacks what is served."""
    known = listed(card("mistral-small-latest"))
    for model_id in ("mistral-large-2512", "zai-glm-5-3", "never-heard-of"):
        assert known.is_refused(model_id, CHAT, catalog.DATE) == (False, ())
        assert known.facts(model_id) == DEFAULT.facts(model_id)


def test_a_model_of_another_endpoint() -> None:
    """A flag that is false keeps the model from the endpoint that needs it, and no other does."""
    known = listed(
        card("x", capabilities={"completion_chat": False}),
        card("codestral-embed", capabilities={"completion_chat": True}),
    )
    assert known.is_refused("x", CHAT, catalog.DATE) == (True, ())
    assert known.is_refused("x", EMBEDDINGS, catalog.DATE) == (False, ())
    assert known.is_refused("codestral-embed", CHAT, catalog.DATE) == (False, ())


# --- aliases ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        card("mistral-large-4-0", "mistral-large-latest"),
        card("mistral-large-latest", "mistral-large-4", "mistral-large-4-0"),
        card("mistral-large-latest", name="mistral-large-4-0"),
        card("mistral-large-latest", name="Large", billing_model_name="mistral-large-4-0"),
    ],
)
def test_an_alias_is_where_the_list_says(entry: dict[str, Any]) -> None:
    """The day that it moves, the facts of its new model hold."""
    known = listed(entry)
    found = known.facts("mistral-large-latest")
    assert found.reasoning_efforts == ("low", "medium", "high")
    assert found.reasoning_default == "high"
    assert found.thinking is True
    assert known.find("mistral-large-latest") == DEFAULT.find("mistral-large-4-0")


@pytest.mark.parametrize(
    "entry",
    [
        card("mistral-large-5-0", "mistral-large-latest"),
        card("mistral-large-latest", "mistral-large-5-0"),
        card("mistral-large-latest", name="mistral-large-5-0"),
    ],
)
def test_an_alias_of_a_model_that_is_new(entry: dict[str, Any]) -> None:
    """What the table knows is of another model, and holds no more."""
    known = listed({**entry, "capabilities": {"vision": True}})
    assert known.facts("mistral-large-latest") == ModelFacts(listed=True, vision=True)


def test_an_alias_alone_stays_where_it_was() -> None:
    """A list that does not say where it points leaves it where the table has it."""
    known = listed(card("mistral-large-latest", name="Mistral Large"))
    assert known.find("mistral-large-latest") == DEFAULT.find("mistral-large-2512")


def test_a_dated_id_is_its_own() -> None:
    """Whatever stands beside it, an id that does not move is the model of that name."""
    known = listed(card("mistral-small-2603", "mistral-large-2512", "mistral-small-latest"))
    for model_id in ("mistral-small-2603", "mistral-large-2512", "mistral-small-latest"):
        assert known.find(model_id) == DEFAULT.find(model_id)


def test_an_entry_of_its_own_counts_more_than_an_alias() -> None:
    """In whatever order the list has them."""
    one = card("x", capabilities={"vision": True})
    two = card("y", "x", "x", "y", capabilities={"vision": False})
    for cards in ((one, two), (two, one)):
        assert listed(*cards).facts("x").vision is True
        assert listed(*cards).facts("y").vision is False


def test_what_is_said_of_a_model_holds_of_its_aliases() -> None:
    """Unless something is said of the alias; that the model is listed is not said of it."""
    known = DEFAULT.with_model("mistral-small-2603", vision=False, max_images=3)
    assert known.facts("mistral-small-latest").vision is False
    assert not known.facts("mistral-small-latest").listed
    known = known.with_model("mistral-small-latest", vision=True)
    assert known.facts("mistral-small-latest").vision is True
    assert known.facts("mistral-small-latest").max_images == 3
    assert known.facts("mistral-small-2603").vision is False
    # What is said of an alias is not said of the model.
    known = DEFAULT.with_model("mistral-small-latest", vision=False)
    assert known.facts("mistral-small-2603") == DEFAULT.facts("mistral-small-2603")


# --- by hand ------------------------------------------------------------------------------------


def test_a_model_of_ones_own() -> None:
    """Whatever is stated is known, and nothing else."""
    known = DEFAULT.with_model(
        "my-model", reasoning_efforts=["low", "high"], vision=True, n=None, retired="2027-01-01"
    )
    assert known.facts("my-model") == ModelFacts(
        listed=True, vision=True, reasoning=True, reasoning_efforts=("low", "high"),
        retired="2027-01-01",
    )  # fmt: skip


@pytest.mark.parametrize(
    "flag", ["chat", "fim", "embeddings", "moderation", "tools", "vision", "audio", "reasoning",
             "thinking", "prompt_mode", "n", "output_dimension"],
)  # fmt: skip
def test_every_flag_by_hand(flag: Any) -> None:
    """Each may be said, and is what is said."""
    assert DEFAULT.with_model("x", **{flag: True}).facts("x") == ModelFacts(
        listed=True, **{flag: True}
    )


def test_as_another_model() -> None:
    """A name of one's own for a model of Mistral's has its facts, but for those that are stated."""
    known = DEFAULT.with_model("prod", alias_of="zai-glm-5-3", vision=True)
    assert known.facts("prod").reasoning_efforts == ("low", "high", "max")
    assert known.facts("prod").vision is True


def test_no_reasoning() -> None:
    """Neither efforts nor chunks, unless the caller says so."""
    found = DEFAULT.with_model("zai-glm-5-3", reasoning=False).facts("zai-glm-5-3")
    assert (found.reasoning_efforts, found.thinking, found.reasoning_default) == ((), False, "none")
    assert found.can_stop_reasoning is True
    found = DEFAULT.with_model("zai-glm-5-3", reasoning=False, thinking=True).facts("zai-glm-5-3")
    assert (found.reasoning_efforts, found.thinking) == ((), True)
    found = DEFAULT.with_model("zai-glm-5-3", reasoning_efforts=()).facts("zai-glm-5-3")
    assert (found.reasoning_efforts, found.thinking) == ((), True)
    assert found.can_stop_reasoning is False


def test_who_can_stop_reasoning() -> None:
    """One without words for it cannot, if it reasons; of another that is not known."""
    assert ModelFacts(reasoning=True, reasoning_efforts=()).can_stop_reasoning is False
    assert ModelFacts(reasoning_efforts=()).can_stop_reasoning is None
    assert ModelFacts(reasoning=True).can_stop_reasoning is None


def test_prompt_mode_of_the_caller_has_no_date() -> None:
    """The table's rows about other days give way."""
    known = DEFAULT.with_model("magistral-medium-latest", prompt_mode=False)
    assert DEFAULT.facts("magistral-medium-latest").accepts_prompt_mode("2026-01-01") is True
    assert known.facts("magistral-medium-latest").accepts_prompt_mode("2026-01-01") is False


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"vision": "yes"}, "vision must be true or false"),
        ({"reasoning_efforts": "high"}, "reasoning_efforts must be a list of strings"),
        (
            {"reasoning_efforts": [1]},
            "each of .* must be a string that is not empty",
        ),
        ({"reasoning_efforts": 7}, "reasoning_efforts must be a list of strings"),
        ({"replacements": {"a": 1}}, "replacements must be a list of strings"),
        ({"max_images": -1}, "max_images must be a whole number, not below 0"),
        ({"temperature": "hot"}, "temperature must be a number"),
        ({"temperature": float("-inf")}, "temperature must be a number that is finite"),
        ({"retired": "soon"}, "retired must begin with a date, as in 2026-11-26"),
        ({"alias_of": 7}, "alias_of must be a string that is not empty"),
        ({"alias_of": ""}, "alias_of must be a string that is not empty"),
    ],
)
def test_nonsense_by_hand(facts: dict[str, Any], words: str) -> None:
    """A value that cannot be one is named."""
    with pytest.raises(ValueError, match=f"^catalog: {words}$"):
        DEFAULT.with_model("x", **facts)


def test_no_such_fact() -> None:
    """A name that is misspelt is not lost, and an id is a string."""
    misspelt: Any = {"visoin": True}
    with pytest.raises(TypeError, match="'visoin'; the facts are alias_of, audio, chat, context, "):
        DEFAULT.with_model("x", **misspelt)
    with pytest.raises(ValueError, match=r"^catalog: model_id must be a string"):
        DEFAULT.with_model("")
    seven: Any = 7
    with pytest.raises(ValueError, match=r"^catalog: model_id must be a string"):
        DEFAULT.with_model(seven)


def test_efforts_may_be_any_iterable() -> None:
    """A generator is read once."""
    known = DEFAULT.with_model("x", reasoning_efforts=(w for w in ("low", "high")))
    assert known.facts("x").reasoning_efforts == ("low", "high")


# --- order of the calls -------------------------------------------------------------------------


def test_the_later_call_wins() -> None:
    """Of two that disagree; what only one of them says stays."""
    card_ = card("x", capabilities={"vision": True, "audio": True})
    later = DEFAULT.with_listing([card_]).with_model("x", vision=False)
    assert (later.facts("x").vision, later.facts("x").audio) == (False, True)
    later = DEFAULT.with_model("x", vision=False, fim=True).with_listing([card_])
    assert (later.facts("x").vision, later.facts("x").fim) == (True, True)


def test_efforts_of_a_listing_that_knows_none() -> None:
    """A later ``reasoning: false`` takes away the words, a later ``true`` leaves them."""
    mine = DEFAULT.with_model("x", reasoning_efforts=("low",))
    no = mine.with_listing([card("x", capabilities={"reasoning": False})])
    assert no.facts("x").reasoning_efforts == ()
    yes = mine.with_listing([card("x", capabilities={"reasoning": True})])
    assert yes.facts("x").reasoning_efforts == ("low",)


# --- a value ------------------------------------------------------------------------------------


def test_is_immutable() -> None:
    """New catalogues are made, none is changed."""
    with pytest.raises(AttributeError, match="immutable"):
        DEFAULT._entries = ()
    with pytest.raises(AttributeError, match="immutable"):
        del DEFAULT._entries
    before = DEFAULT.facts("mistral-small-2603")
    DEFAULT.with_model("mistral-small-2603", vision=False)
    assert DEFAULT.facts("mistral-small-2603") is before


def test_is_a_value() -> None:
    """Equal where the same was said, in the same order; hashable, picklable, copied as itself."""
    one = DEFAULT.with_model("x", vision=True).with_model("y", n=False)
    two = DEFAULT.with_model("x", vision=True).with_model("y", n=False)
    assert one == two
    assert hash(one) == hash(two)
    assert len({one, two, DEFAULT}) == 2
    assert one != DEFAULT.with_model("y", n=False).with_model("x", vision=True)
    assert one != "x"
    for known in (one, DEFAULT):
        for again in (pickle.loads(pickle.dumps(known)), copy.copy(known), copy.deepcopy(known)):
            assert again == known
            assert again.facts("x") == known.facts("x")
    assert pickle.loads(pickle.dumps(DEFAULT)) is DEFAULT
    assert Catalog() == DEFAULT


def test_repr_names_no_model() -> None:
    """The ids of a workspace are private."""
    assert repr(DEFAULT) == "catalog.DEFAULT"
    said = "<Catalog: catalog.DEFAULT and what a caller says of 1 ids>"
    assert repr(DEFAULT.with_model("secret")) == said


def test_the_list_is_copied() -> None:
    """What is done to the parsed JSON later changes nothing."""
    answer = {"data": [card("x", capabilities={"vision": True})]}
    known = DEFAULT.with_listing(answer)
    answer["data"][0]["capabilities"]["vision"] = False
    assert known.facts("x").vision is True


@pytest.mark.parametrize("model_id", [None, 7, True, ["x"], {"id": "x"}, b"x", "", "never"])
def test_nothing_is_known(model_id: object) -> None:
    """Of what is not a string, and of ids that nobody has named."""
    known = DEFAULT.with_model("x", vision=True)
    assert known.facts(model_id) is UNKNOWN
    assert known.find(model_id) is None


def test_ids_are_those_of_both() -> None:
    """The table's and the caller's."""
    assert set(DEFAULT.with_model("x").ids()) == {"x", *DEFAULT.ids()}


# --- laws ---------------------------------------------------------------------------------------

FLAGS = {
    "completion_chat": "chat",
    "completion_fim": "fim",
    "function_calling": "tools",
    "vision": "vision",
    "audio": "audio",
    "reasoning": "reasoning",
    "moderation": "moderation",
}


def repeated(model_id: str) -> dict[str, Any]:
    """The card of GET /v1/models that says what the table says, as far as one can."""
    facts = DEFAULT.facts(model_id)
    flags = {key: getattr(facts, name) for key, name in FLAGS.items()}
    return {
        "id": model_id,
        "capabilities": {key: value for key, value in flags.items() if value is not None},
        "max_context_length": facts.context,
        "default_model_temperature": facts.temperature,
        "deprecation": facts.retired and f"{facts.retired}T00:00:00Z",
        "aliases": [],
    }


def repeated_words(model_id: str) -> dict[str, Any]:
    """The same of Mistral's catalogue."""
    words = DEFAULT.facts(model_id).reasoning_efforts
    return {"id": model_id, "parameters": {"reasoning": words and list(words)}}


@pytest.mark.parametrize("tell", [repeated, repeated_words])
def test_a_list_that_repeats_the_table_changes_nothing(tell: Any) -> None:
    """Each fact of each id is as before, but that the id is listed."""
    known = DEFAULT.with_listing([tell(model_id) for model_id in DEFAULT.ids()])
    for model_id in DEFAULT.ids():
        after = {**_told(known.facts(model_id)), "listed": False}
        assert after == _told(DEFAULT.facts(model_id)), model_id


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
KEYS = ("id", "aliases", "capabilities", "parameters", "name", "deprecation", "max_context_length")
CARDS = st.dictionaries(st.sampled_from(KEYS), JSON | st.text(min_size=1)) | JSON


@given(
    JSON
    | st.lists(CARDS, max_size=2)
    | st.dictionaries(st.sampled_from(["data", "models", "object"]), st.lists(CARDS) | JSON)
)
def test_any_json_is_a_list_or_a_value_error(answer: Any) -> None:
    """Never another exception, and never one that does not name the option."""
    before = copy.deepcopy(answer)
    try:
        known = Catalog.of(answer)
    except ValueError as error:
        assert str(error).startswith("catalog: ")  # noqa: PT017  # it may as well not be one
    else:
        assert pickle.loads(pickle.dumps(known)) == known
    assert answer == before
