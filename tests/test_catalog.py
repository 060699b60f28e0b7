"""The catalogue of models: what the cards say, what was observed, and what follows from both."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from mistral_sanitize import catalog

CHAT = "/v1/chat/completions"
FIM = "/v1/fim/completions"
EMBEDDINGS = "/v1/embeddings"
TODAY = "2026-11-26"

FILE = Path(catalog.__file__).with_name("catalog.json")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
NO_STRINGS = [None, 7, True, ["mistral-small-latest"], {"model": 1}, b"mistral-small-latest"]

# The ids of requests that were recorded with 200 (rig, ruby_llm, genai, pydantic-ai; 2025-2026).
ANSWERED = [
    "magistral-medium-latest",
    "magistral-small-latest",
    "ministral-14b-2512",
    "ministral-3b-latest",
    "ministral-8b-latest",
    "mistral-large-latest",
    "mistral-medium-latest",
    "mistral-small-latest",
    "pixtral-12b-latest",
    "voxtral-small-latest",
]


# --- the file ---------------------------------------------------------------------------------


def test_nothing_is_read_at_import() -> None:
    """Importing the module opens no catalog.json; the first question does."""
    script = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from mistral_sanitize import catalog
before = [name for name in opened if name.endswith("catalog.json")]
catalog.find("mistral-small-latest")
catalog.find("mistral-large-latest")
after = [name for name in opened if name.endswith("catalog.json")]
print(len(before), len(after))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(catalog.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0", "1"]


def test_file_is_small_and_has_one_row_a_line() -> None:
    """A change of one model is a change of one line, and the wheel stays light."""
    body = FILE.read_bytes()
    rows = [
        json.loads(line.removesuffix(","))
        for line in body.decode().splitlines()
        if line.startswith(("{", "[")) and len(line) > 1
    ]
    tables = json.loads(body)
    names = ("models", "table_2024_09_17", "alias_history", "observed", "closed_names")
    assert rows == [row for name in names for row in tables[name]]
    assert len(body) < 80_000


def test_source_and_date_are_those_of_the_file() -> None:
    """The constants say what the file says of itself, and no fact is of a later day."""
    tables = json.loads(FILE.read_bytes())
    repository, _, path = catalog.SOURCE.partition(":")
    assert tables["date"] == catalog.DATE
    assert tables["sources"]["cards"] == (
        f"https://github.com/{repository.replace('@', '/tree/')}/{path.removesuffix('/*.ts')}"
    )
    rows = [*catalog.models(), *catalog.table_2024_09_17(), *catalog.observed()]
    assert max(row.date for row in rows) <= catalog.DATE


def test_every_date_is_an_iso_date() -> None:
    """Dates are compared as text, so each has to be of the one form."""
    dates = [
        *(d for m in catalog.models() for d in (m.released, m.deprecated, m.retired)),
        *(d for h in catalog.table_2024_09_17() for d in (h.deprecated, h.retired)),
        *(move.since for move in catalog.alias_history()),
        *(d for o in catalog.observed() for d in (o.date, o.since, o.until)),
    ]
    assert [d for d in dates if d is not None and not ISO_DATE.fullmatch(d)] == []


def test_every_row_names_its_source() -> None:
    """Each has the address of a page or of a package, with its version."""
    rows = [*catalog.models(), *catalog.table_2024_09_17(), *catalog.observed()]
    sources = {row.source for row in rows}
    assert [s for s in sources if not re.match(r"https://|pkg:(npm|pypi)/.+@\d", s)] == []


def test_every_observation_is_of_a_known_kind() -> None:
    """Each observed row has at least one id, and one of the known facts."""
    assert all(row.ids for row in catalog.observed())
    assert {row.fact for row in catalog.observed()} == {
        "alias",
        "context",
        "deprecated",
        "embedding_inputs",
        "embedding_tokens",
        "exists",
        "fim",
        "images",
        "invalid",
        "n",
        "output_dimension",
        "prediction_excludes",
        "prompt_mode",
        "reasoning",
        "reasoning_default",
        "reasoning_effort",
        "replacements",
        "retired",
        "served",
        "status",
        "thinking",
    }


def test_observations_of_one_fact_do_not_overlap() -> None:
    """No two rows say something of the same fact and id on the same day."""
    seen: set[tuple[str, str]] = set()
    for row in catalog.observed():
        keys = {(row.fact, model_id) for model_id in row.ids}
        assert len(keys) == len(row.ids)
        assert not keys & seen
        seen |= keys


# --- the cards --------------------------------------------------------------------------------


def test_every_card_is_there_once() -> None:
    """73 models, each with its own slug, oldest release first."""
    cards = catalog.models()
    assert len(cards) == len({card.slug for card in cards}) == 73
    assert list(cards) == sorted(cards, key=lambda card: card.released)
    assert {card.status for card in cards} == {
        "GA", "PublicPreview", "Deprecated", "Retired", "",
    }  # fmt: skip
    assert {card.tier for card in cards} == {"open", "premier", "labs"}


def test_a_card_with_every_fact() -> None:
    """The row of Mistral Small 4 says what its card says."""
    assert catalog.find("mistral-small-2603") == catalog.ModelCard(
        slug="mistral-small-4-0-26-03",
        name="Mistral Small 4",
        version="26.03",
        ids=("mistral-small-2603",),
        aliases=("mistral-small-latest",),
        status="GA",
        released="2026-03-16",
        deprecated=None,
        retired=None,
        replacements=(),
        context=262_144,
        max_output=None,
        endpoints=("/v1/agents", "/v1/batch", CHAT, "/v1/conversations"),
        capabilities=frozenset(
            {
                "agents", "batch", "chat", "connectors", "documents",
                "prediction", "prefix", "reasoning", "structured", "tools", "vision",
            }
        ),
        weights=(
            catalog.Weights(
                url="https://huggingface.co/mistralai/Mistral-Small-4-2603", licence="Apache 2.0"
            ),
        ),
        licences=("Apache 2.0",),
        tier="open",
        free=False,
        temperature=0.3,
        source=json.loads(FILE.read_bytes())["sources"]["cards"],
        date="2026-08-21",
        disputed="",
    )  # fmt: skip


def test_every_id_and_alias_is_found() -> None:
    """Whatever id a card has, a model answers to it."""
    for card in catalog.models():
        for model_id in card.ids + card.aliases:
            found = catalog.find(model_id)
            assert found is not None, model_id
            assert found.released >= card.released


@pytest.mark.parametrize(
    ("model_id", "slug"),
    [
        ("mistral-small-latest", "mistral-small-4-0-26-03"),
        ("mistral-medium-3", "mistral-medium-3-5-26-04"),
        # Two cards have the id: the newer one, or the one that chats.
        ("open-mistral-7b", "mistral-7b-0-3"),
        ("voxtral-mini-latest", "voxtral-mini-transcribe-26-02"),
        ("voxtral-mini-2507", "voxtral-mini-25-07"),
        # The history of the aliases alone has them.
        ("mistral-moderation-latest", "mistral-moderation-24-11"),
        ("open-mistral-nemo-latest", "mistral-nemo-12b-24-07"),
        # No card has them, or another one than the API.
        ("magistral-medium-latest", "mistral-medium-3-5-26-04"),
        ("magistral-small-latest", "mistral-small-4-0-26-03"),
        ("mistral-medium-2604", "mistral-medium-3-5-26-04"),
        ("mistral-vibe-cli-latest", "mistral-medium-3-5-26-04"),
        ("mistral-code-latest", "codestral-25-08"),
        ("pixtral-12b-latest", "pixtral-12b-24-09"),
        # A dated id stays what it was.
        ("magistral-medium-2509", "magistral-medium-1-2-25-09"),
    ],
)
def test_find(model_id: str, slug: str) -> None:
    """An id is its card's; an alias is where it points by the newest knowledge."""
    found = catalog.find(model_id)
    assert found is not None
    assert found.slug == slug


@pytest.mark.parametrize(
    "model_id",
    [
        *NO_STRINGS,
        "",
        "gpt-4o",
        "ft:mistral-small-latest:abc:20250101:xyz",
        "zai-glm-6",
        "codestral-mamba-latest",
        "Mistral-Small-Latest",
    ],
)
def test_find_knows_no_other(model_id: object) -> None:
    """What is on no card, and what is not a string, is not found."""
    assert catalog.find(model_id) is None


def test_supports_and_serves() -> None:
    """A model answers for its capabilities and endpoints."""
    codestral = catalog.find("codestral-latest")
    assert codestral is not None
    assert codestral.supports("fim")
    assert not codestral.supports("vision")
    assert codestral.serves(FIM)
    assert not codestral.serves(EMBEDDINGS)


@pytest.mark.parametrize(
    ("model_id", "date", "expected"),
    [
        ("mistral-medium-2508", "2026-08-30", False),
        ("mistral-medium-2508", "2026-08-31", True),
        ("mistral-small-2603", "2099-01-01", False),
    ],
)
def test_retired_on(model_id: str, date: str, expected: bool) -> None:
    """A card is retired from its day of retirement on, and never without one."""
    found = catalog.find(model_id)
    assert found is not None
    assert found.retired_on(date) is expected


# --- the table of September 2024, and the aliases -----------------------------------------------


@pytest.mark.parametrize(
    ("position", "row"),
    list(
        enumerate(
            [
                ("Mistral Large", "24.07", 128_000, "mistral-large-latest", True, "2025-03-30"),
                ("Mistral Small", "24.09", 128_000, "mistral-small-latest", True, "2025-11-30"),
                ("Codestral", "24.05", 32_000, "codestral-latest", True, "2025-06-16"),
                ("Mistral Embed", "23.12", 8_000, "mistral-embed", True, None),
                ("Pixtral", "24.09", 128_000, "pixtral-12b-2409", True, "2025-12-31"),
                ("Mistral Nemo", "24.07", 128_000, "open-mistral-nemo", True, "2026-07-31"),
                ("Codestral Mamba", "v0.1", 256_000, "open-codestral-mamba", True, "2025-06-06"),
                ("Mathstral", "v0.1", 32_000, None, False, None),
                ("Mistral 7B", "v0.3", 32_000, "open-mistral-7b", True, "2025-03-30"),
                ("Mixtral 8x7B", "v0.1", 32_000, "open-mixtral-8x7b", True, "2025-03-30"),
                ("Mixtral 8x22B", "v0.1", 64_000, "open-mixtral-8x22b", True, "2025-03-30"),
            ]
        )
    ),
)
def test_table_2024_09_17(position: int, row: tuple[object, ...]) -> None:
    """Each model of the table of that day, as it stood there, with the day it was retired."""
    model = catalog.table_2024_09_17()[position]
    assert row == (
        model.name,
        model.version,
        model.max_tokens,
        model.endpoint,
        model.via_api,
        model.retired,
    )


def test_table_2024_09_17_says_what_became_of_each() -> None:
    """Each row has a card, a status and, where retired, successors; one model is left."""
    table = catalog.table_2024_09_17()
    assert len(table) == 11
    assert {row.slug for row in table} <= {card.slug for card in catalog.models()}
    assert [row.name for row in table if row.became == "GA"] == ["Mistral Embed"]
    assert all(row.replacements for row in table if row.became == "Retired")
    assert {row.endpoint: row.points_to for row in table if row.points_to} == {
        "mistral-large-latest": "mistral-large-2512",
        "mistral-small-latest": "mistral-small-2603",
        "codestral-latest": "codestral-2508",
    }
    assert {row.name: row.licence for row in table if row.licence != "Apache2"} == {
        "Mistral Large": "Mistral Research License",
        "Mistral Small": "Mistral Research License",
        "Codestral": "Mistral Non-Production License",
        "Mistral Embed": None,
    }


def test_alias_history() -> None:
    """The moves of an alias are there in order of time."""
    moves = catalog.alias_history()
    assert len(moves) == 70
    assert list(moves) == sorted(moves, key=lambda move: (move.alias, move.since))
    large = [move.points_to for move in moves if move.alias == "mistral-large-latest"]
    assert list(dict.fromkeys(large)) == [
        "mistral-large-2402",
        "mistral-large-2407",
        "mistral-large-2411",
        "mistral-medium-2508",
        "mistral-large-2512",
    ]


# --- what a model takes -----------------------------------------------------------------------

NONE_HIGH = ("none", "high")
LOW_HIGH_MAX = ("low", "high", "max")


@pytest.mark.parametrize(
    ("model_id", "efforts", "thinking"),
    [
        ("mistral-small-2603", NONE_HIGH, True),
        ("mistral-small-latest", NONE_HIGH, True),
        ("mistral-medium-3-5", NONE_HIGH, True),
        ("mistral-medium-latest", NONE_HIGH, True),
        ("mistral-medium-2604", NONE_HIGH, True),
        ("mistral-medium-3", NONE_HIGH, True),
        ("mistral-medium-3.5", NONE_HIGH, True),
        ("mistral-vibe-cli-latest", NONE_HIGH, True),
        ("magistral-small-latest", NONE_HIGH, True),
        ("magistral-medium-latest", NONE_HIGH, True),
        ("magistral-medium-2506", (), True),
        ("zai-glm-5-2", ("none", "high", "max"), True),
        ("zai-glm-5-3", LOW_HIGH_MAX, True),
        ("zai-glm-5", LOW_HIGH_MAX, True),
        ("zai-glm-latest", LOW_HIGH_MAX, True),
        ("zai-glm-5-3-flash", LOW_HIGH_MAX, True),
        ("mistral-large-4", ("low", "medium", "high"), True),
        ("mistral-large-4-0", ("low", "medium", "high"), True),
        ("mistral-medium-2508", (), False),
        ("mistral-large-2512", (), False),
        ("mistral-large-2407", (), False),
        ("ministral-8b-2512", (), False),
        ("codestral-latest", (), False),
        # Aliases that may be redirected to models that reason; refused, both.
        ("devstral-2512", None, None),
        ("devstral-small-latest", None, None),
        ("magistral-medium-2509", None, None),
        # Listed as reasoning, never probed.
        ("labs-leanstral-1-5", None, None),
        ("labs-leanstral-1-5-1", None, None),
        ("deepseek-v4-1-flash-1017", None, None),
        ("mistral-huge-2801", None, None),
        ("ft:mistral-small-latest:abc:20250101:xyz", None, None),
        *((model_id, None, None) for model_id in NO_STRINGS),
    ],
)
def test_reasoning(
    model_id: object, efforts: tuple[str, ...] | None, thinking: bool | None
) -> None:
    """A model's words of reasoning_effort, and whether it takes thinking chunks."""
    assert catalog.reasoning_efforts(model_id) == efforts
    assert catalog.takes_thinking(model_id) is thinking


@pytest.mark.parametrize(
    ("model_id", "date", "expected"),
    [
        ("magistral-medium-latest", "2026-07-30", True),
        ("magistral-medium-latest", "2026-07-31", False),
        ("magistral-medium-2509", "2025-10-20", True),
        ("magistral-medium-2509", TODAY, False),
        ("magistral-small-latest", "2026-01-01", True),
        ("magistral-small-latest", "2026-05-29", False),
        ("mistral-small-2603", "2026-04-13", False),
        ("mistral-large-latest", TODAY, False),
        ("zai-glm-5-2", TODAY, True),
        ("zai-glm-5-3", TODAY, None),
        ("mistral-huge-2801", TODAY, None),
        (None, TODAY, None),
    ],
)
def test_takes_prompt_mode(model_id: object, date: str, expected: bool | None) -> None:
    """Magistral took prompt_mode until its ids were redirected; the others never did."""
    assert catalog.takes_prompt_mode(model_id, date) is expected


# fim, n, images, audio, tools, output_dimension
@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("codestral-2508", (True, True, False, False, True, False)),
        ("mistral-code-fim-latest", (True, True, False, False, True, False)),
        ("codestral-2501", (True, True, False, False, True, False)),
        ("mistral-large-2512", (False, False, True, False, True, False)),
        ("mistral-large-latest", (False, False, True, False, True, False)),
        ("mistral-small-latest", (False, True, True, False, True, False)),
        ("ministral-3b-latest", (False, True, True, False, True, False)),
        ("voxtral-small-latest", (False, True, False, True, True, False)),
        ("voxtral-mini-2507", (False, True, False, True, False, False)),
        ("mistral-vibe-cli-latest", (False, True, True, False, True, False)),
        ("mistral-embed", (False, False, False, False, False, False)),
        ("codestral-embed", (False, False, False, False, False, True)),
        ("mistral-ocr-latest", (False, False, False, False, False, False)),
        ("mistral-large-4", (False, None, True, False, True, False)),
        ("zai-glm-5-3", (False, None, False, False, True, False)),
        ("zai-glm-5-3-flash", (False, None, True, False, True, False)),
        ("deepseek-v4-1-flash-1017", (False, None, True, False, True, False)),
        ("voxtral-mini-transcribe-latest", (False, False, False, False, False, False)),
        # The cards of 2024 are emptied.
        ("codestral-2405", (True, None, None, None, None, False)),
        ("open-codestral-mamba", (None, None, None, None, None, False)),
        ("mistral-large-2407", (False, None, None, None, None, False)),
        ("mistral-huge-2801", (None,) * 6),
        *((model_id, (None,) * 6) for model_id in NO_STRINGS),
    ],
)
def test_takes(model_id: object, expected: tuple[bool | None, ...]) -> None:
    """What a model takes follows from its card and from what was observed of it."""
    assert expected == (
        catalog.takes_fim(model_id),
        catalog.takes_n(model_id),
        catalog.takes_images(model_id),
        catalog.takes_audio(model_id),
        catalog.takes_tools(model_id),
        catalog.takes_output_dimension(model_id),
    )


def test_limits() -> None:
    """The limits that hold for every model."""
    assert catalog.limit("images") is None
    assert catalog.limit("embedding_inputs") == 256
    assert catalog.limit("embedding_tokens") == 65_536
    assert catalog.limit("prediction_excludes") is None
    assert catalog.limit("wishes") is None
    assert catalog.prediction_excludes() == ("n",)


# --- which ids are refused --------------------------------------------------------------------


@pytest.mark.parametrize("model_id", ANSWERED)
def test_what_was_answered_is_not_called_refused(model_id: str) -> None:
    """An id that was recorded with 200 is never called refused, whatever its card says."""
    assert catalog.is_refused(model_id, CHAT, TODAY) == (False, ())


@pytest.mark.parametrize("endpoint", [CHAT, EMBEDDINGS, FIM, "/v1/chat/classifications"])
@pytest.mark.parametrize(
    "model_id",
    [
        "", "definitely-not-a-model", "gpt-4o", "GPT-5", "gpt-5.1-codex", "chatgpt-4o-latest", "o1",
        "o3-mini", "o9-pro", "claude-3-5-sonnet", "claude-opus-4-7", "gemini-3-pro",
        "openai/gpt-4o", "models/gemini-2.5-pro",
    ],
)  # fmt: skip
def test_ids_of_other_vendors_are_refused(model_id: str, endpoint: str) -> None:
    """Nothing, what was seen refused, and closed models of others; nothing replaces them."""
    assert catalog.is_refused(model_id, endpoint, TODAY) == (True, ())


@pytest.mark.parametrize(
    "model_id",
    [
        "mistral-huge-2801",
        "mistral-medium-3.5.0",
        "robostral-1",
        "zai-glm-6",
        "glm-6",
        "open-next",
        "ft:open-mistral-7b:abc:20240901:xyz",
        "labs-next",
        "mistral-large-4",
        "zai-glm-5-3",
        "deepseek-v4-1-flash-1017",
        "deepseek-v5",
        "MISTRAL-NEXT",
        "qwen-4",
        "gpt-oss-120b",
        "gpt",
        "gpts",
        "o10",
        "o1x",
        "olmo-3",
        "claudette",
        "gemma-4",
        "openai/gpt-oss-120b",
        "my-finetune",
        *NO_STRINGS,
    ],
)
def test_unknown_ids_are_not_called_refused(model_id: object) -> None:
    """An id that nobody knows is left alone, whatever its name, and so is what is no id at all."""
    assert catalog.is_refused(model_id, CHAT, TODAY) == (False, ())


SMALL = ("mistral-small-2603", "mistral-small-latest")
MEDIUM = ("mistral-medium-3-5", "mistral-medium-3", "mistral-medium-latest")
CODESTRAL = ("codestral-2508", "codestral-latest")
MINISTRAL_14B = ("ministral-14b-2512", "ministral-14b-latest")
VOXTRAL_MINI = ("voxtral-mini-2602", "voxtral-mini-latest")


@pytest.mark.parametrize(
    ("model_id", "endpoint", "date", "expected"),
    [
        # Seen to be refused.
        ("open-codestral-mamba", CHAT, "2026-08-15", (True, CODESTRAL)),
        ("pixtral-large-latest", CHAT, "2026-08-15", (True, MEDIUM)),
        ("pixtral-large-latest", CHAT, "2026-05-30", (False, ())),
        ("mistral-saba-latest", CHAT, TODAY, (True, SMALL)),
        ("voxtral-mini-2507", CHAT, TODAY, (True, VOXTRAL_MINI)),
        # An alias that pointed at a model not there yet, for some days.
        ("mistral-vibe-cli-latest", CHAT, "2026-04-21", (True, ())),
        ("mistral-vibe-cli-latest", CHAT, TODAY, (False, ())),
        # Retired by the card, from that day on.
        ("mistral-medium-2508", CHAT, "2026-08-30", (False, ())),
        ("mistral-medium-2508", CHAT, "2026-08-31", (True, MEDIUM)),
        ("mistral-large-2407", CHAT, "2024-09-17", (False, ())),
        ("mistral-small-2409", CHAT, TODAY, (True, SMALL)),
        # Served beyond the card's day.
        ("pixtral-12b-2409", CHAT, "2026-01-15", (False, ())),
        ("pixtral-12b-2409", CHAT, "2026-01-31", (True, MINISTRAL_14B)),
        ("codestral-2501", FIM, "2025-12-30", (False, ())),
        ("codestral-2501", FIM, TODAY, (True, CODESTRAL)),
        # Redirected, or disputed.
        ("magistral-medium-2509", CHAT, "2026-10-21", (False, ())),
        ("magistral-medium-2509", CHAT, TODAY, (True, MEDIUM)),
        ("magistral-small-2509", CHAT, TODAY, (True, SMALL)),
        ("zai-glm-5-2", CHAT, "2026-10-30", (False, ())),
        ("zai-glm-5-2", CHAT, TODAY, (True, ("zai-glm-5-3",))),
        ("glm-5-2", CHAT, TODAY, (True, ("zai-glm-5-3",))),
        ("mistral-large-2512", CHAT, TODAY, (False, ())),
        ("mistral-large-2512", CHAT, "2027-04-30", (True, ())),
        ("open-mistral-nemo", CHAT, TODAY, (False, ())),
        ("devstral-latest", CHAT, TODAY, (False, ())),
        ("devstral-2512", CHAT, TODAY, (False, ())),
        ("labs-leanstral-1-5", CHAT, TODAY, (False, ())),
        # Of another endpoint.
        ("mistral-embed-2312", CHAT, "2025-12-14", (True, ())),
        ("mistral-ocr-latest", CHAT, TODAY, (True, ())),
        ("voxtral-mini-tts-2603", CHAT, TODAY, (True, ())),
        ("voxtral-mini-latest", CHAT, TODAY, (True, ())),
        ("voxtral-mini-transcribe-3-0", CHAT, TODAY, (True, ())),
        ("voxtral-mini-tts-3", CHAT, TODAY, (True, ())),
        ("mistral-embed", EMBEDDINGS, TODAY, (False, ())),
        ("mistral-small-latest", EMBEDDINGS, TODAY, (True, ())),
        ("mistral-moderation-2603", "/v1/chat/moderations", TODAY, (False, ())),
        ("mistral-moderation-2603", "/v1/moderations", TODAY, (False, ())),
        # Refused too, but in other words: takes_fim.
        ("mistral-large-latest", FIM, TODAY, (False, ())),
        # Nothing is known of the models of these.
        ("mistral-embed", "/v1/classifications", TODAY, (False, ())),
        ("gpt-4o", "/v1/agents/completions", TODAY, (False, ())),
    ],
)
def test_is_refused(
    model_id: str, endpoint: str, date: str, expected: tuple[bool, tuple[str, ...]]
) -> None:
    """A known id is refused once retired, and on an endpoint that is not its own."""
    assert catalog.is_refused(model_id, endpoint, date) == expected


@pytest.mark.parametrize(
    ("model_id", "endpoint"),
    [
        ("mistral-embed", "/v1/fim/completions"),
        ("mistral-embed", "/v1/chat/completions"),
        ("mistral-small-latest", "/v1/embeddings"),
        ("mistral-small-latest", "/v1/moderations"),
        ("mistral-small-latest", "/v1/chat/moderations"),
    ],
)
def test_a_model_of_another_kind_is_refused(model_id: str, endpoint: str) -> None:
    """A model that cannot do what an endpoint is for is none there, and nothing replaces it."""
    assert catalog.is_refused(model_id, endpoint, catalog.DATE) == (True, ())


def test_a_card_without_a_version() -> None:
    """Mistral Next never had one."""
    (model,) = (model for model in catalog.models() if model.slug == "mistral-next")

    assert model.version == ""


def test_what_is_answered_cannot_be_changed() -> None:
    """Rows are shared by all who ask: nobody can set an attribute of one, or add another."""
    card = catalog.find("mistral-small-2603")
    assert card is not None
    rows = (
        card,
        card.weights[0],
        catalog.table_2024_09_17()[0],
        catalog.alias_history()[0],
        catalog.observed()[0],
    )

    for row in rows:
        assert not hasattr(row, "__dict__")
        name = type(row).__match_args__[0]
        with pytest.raises(FrozenInstanceError):
            setattr(row, name, getattr(row, name))


# --- what holds on some days --------------------------------------------------------------------


def _seen(fact: str, value: bool, since: str | None, until: str | None) -> catalog.Observation:
    return catalog.Observation(("m",), fact, value, since, until, "", "", "", "")


def test_a_fact_may_change() -> None:
    """Of several rows about one fact of an id, the one that holds on the date answers."""
    facts = catalog.ModelFacts(
        prompt_mode=False,
        history=(
            _seen("invalid", True, "2026-01-01", None),
            _seen("prompt_mode", True, None, "2026-07-01"),
            _seen("prompt_mode", False, "2026-07-01", "2026-08-01"),
            _seen("prompt_mode", True, "2026-08-01", "2026-09-01"),
        ),
    )

    days = ("2026-06-30", "2026-07-01", "2026-08-01", "2026-09-01")
    assert [facts.accepts_prompt_mode(day) for day in days] == [True, False, True, False]


def test_ids_of_every_kind() -> None:
    """`Catalog.ids` has the cards' ids and aliases, and those observed beside them; not ``*``."""
    ids = catalog.DEFAULT.ids()
    assert list(ids) == sorted(set(ids))
    assert {"mistral-small-2603", "mistral-small-latest", "ministral-3-3b-2512"} <= set(ids)
    assert "*" not in ids


def test_every_model_can_be_asked_of() -> None:
    """Each id answers every question, and what it says of reasoning is of one piece."""
    for model_id in catalog.DEFAULT.ids():
        facts = catalog.DEFAULT.facts(model_id)
        if facts.reasoning_efforts:
            assert facts.reasoning is True, model_id
            assert set(facts.reasoning_efforts) <= set(catalog.EFFORTS), model_id
            assert facts.thinking is True, model_id
        if facts.reasoning is False:
            assert (facts.reasoning_efforts, facts.reasoning_default) == ((), "none"), model_id
            assert facts.thinking is False, model_id
        if facts.reasoning_default is not None:
            assert facts.reasoning_default in (facts.reasoning_efforts or ("none",)), model_id


@pytest.mark.parametrize(
    ("model_id", "default", "can_stop"),
    [
        ("mistral-small-latest", "none", True),
        ("magistral-medium-latest", "none", True),
        ("mistral-large-2512", "none", True),
        ("mistral-large-4", "high", False),
        ("zai-glm-5-3", "max", False),
        ("zai-glm-5-3-flash", "max", False),
        ("magistral-medium-2506", None, False),
        ("deepseek-v4-1-flash-1017", None, None),
        ("devstral-latest", None, None),
        ("mistral-huge-2801", None, None),
    ],
)
def test_what_holds_without_an_effort(
    model_id: str, default: str | None, can_stop: bool | None
) -> None:
    """Where the field is absent a model reasons as much as its default says."""
    facts = catalog.DEFAULT.facts(model_id)
    assert (facts.reasoning_default, facts.can_stop_reasoning) == (default, can_stop)


# --- the scale of efforts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "accepted", "expected"),
    [
        # a word that is accepted
        ("max", LOW_HIGH_MAX, "max"),
        ("none", NONE_HIGH, "none"),
        ("ultra", ("ultra",), "ultra"),
        # the nearest below, else the lowest above
        ("medium", LOW_HIGH_MAX, "low"),
        ("xhigh", LOW_HIGH_MAX, "high"),
        ("minimal", LOW_HIGH_MAX, "low"),
        ("max", ("low", "medium", "high"), "high"),
        ("max", NONE_HIGH, "high"),
        # a level never becomes none
        ("minimal", NONE_HIGH, "high"),
        ("low", NONE_HIGH, "high"),
        ("low", ("none",), None),
        # none where the model cannot stop
        ("none", LOW_HIGH_MAX, "low"),
        ("none", ("max", "high"), "high"),
        # whatever the order of the words
        ("medium", ("max", "high", "low"), "low"),
        # nothing stands for it
        ("ultra", LOW_HIGH_MAX, None),
        ("", LOW_HIGH_MAX, None),
        ("high", (), None),
        ("high", ("ultra",), None),
    ],
)
def test_nearest_effort(word: str, accepted: tuple[str, ...], expected: str | None) -> None:
    """The word itself, the next level below, the lowest above; never none for a level."""
    assert catalog.nearest_effort(word, accepted) == expected
