"""`profiles`: dated snapshots that one can name, order and trust; `Supported`, which reads them."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields, replace
from datetime import date
from itertools import pairwise
from typing import Annotated, Any

import pytest

from mistral_sanitize import Sanitizer, models, profiles
from mistral_sanitize.profiles import Profile
from mistral_sanitize.rules import RULES
from mistral_sanitize.schema.compile import slots
from mistral_sanitize.schema.marks import Required, Supported
from mistral_sanitize.schema.signature import signature
from tests.rules import CASES

DATED = [profile for profile in profiles.ALL if profile.host is None]
CHAT = models.ChatCompletionRequest


def test_names_are_dates_and_hosts() -> None:
    """A name is a real ISO date, after the host if there is one, and no name comes twice."""
    for profile in profiles.ALL:
        date.fromisoformat(profile.date)
        assert profile.name == "-".join(filter(None, [profile.host, profile.date]))
        assert str(profile) == profile.name

    assert len({profile.name for profile in profiles.ALL}) == len(profiles.ALL)
    assert [profile.date for profile in DATED] == sorted(profile.date for profile in DATED)


def test_constants_are_named_after_profiles() -> None:
    """Every profile is a constant of the module, and every constant is in `ALL` or `HOSTS`."""
    constants = {
        name: value
        for name in profiles.__all__
        if isinstance(value := getattr(profiles, name), Profile) and name != "LATEST"
    }

    assert sorted(constants) == sorted(
        p.name.replace("-", "_").upper() if p.host else f"V{p.name.replace('-', '_')}"
        for p in (*profiles.ALL, *profiles.HOSTS)
    )
    assert set(constants.values()) == {*profiles.ALL, *profiles.HOSTS}


def test_latest_is_the_newest_published_document() -> None:
    """What only the SDK shows is never the default."""
    published = [p for p in DATED if p.file.endswith(".yaml")]

    assert max(published, key=lambda profile: profile.date) is profiles.LATEST


DAY = max("2026-12-01", f"{profiles.LATEST.date} and later")
NEXT = replace(profiles.LATEST, name=DAY, date=DAY)
"""A document that Mistral might publish, with one field more."""


class NextChat(models.ChatCompletionRequest):
    another_field: Annotated[bool, Supported(since=DAY)] = False


def shape(model: type[models.Model], profile: Profile) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What every field of every object is, in words."""
    return {
        (slot, name): (signature(f.value), f.required, f.renamed_from, f.bounded, f.value.repairs)
        for slot, node in slots(model, profile).items()
        for name, f in node.fields.items()
    }


def test_a_later_document_does_not_have_what_only_the_sdk_has() -> None:
    """A document of 2026-12-01 with one new field changes that field, and nothing else."""
    now, later = shape(CHAT, profiles.LATEST), shape(NextChat, NEXT)

    assert later.keys() - now.keys() == {("request", "another_field")}
    assert {key: later[key] for key in now} == now
    assert shape(NextChat, profiles.LATEST) == now, "it is dated"
    for model in models.ENDPOINTS.values():
        assert shape(model, NEXT) == shape(model, profiles.LATEST)


def test_a_later_document_switches_no_rule() -> None:
    """What is repaired under it is what was repaired before it: rules, and the rows of each."""
    assert {r.id for r in RULES.values() if r.on(NEXT)} == set(Sanitizer().rules)
    for row in CASES:
        if "profile" not in row.options:
            later = Sanitizer(**row.options, profile=NEXT).explain(row.before)
            assert later.payload == (row.before if row.is_noop else row.after), row
            assert bool(later) != row.is_noop, row


def test_the_sdk_has_what_the_documents_have_and_more() -> None:
    """But for three tools, which it took out again."""
    now, ahead = shape(CHAT, profiles.V2026_08_13), shape(CHAT, profiles.V2026_11_01)

    assert {slot for slot, _ in now.keys() - ahead.keys()} == {
        "tool.web_search", "tool.web_search_premium", "tool.code_interpreter",
    }  # fmt: skip
    assert {name for slot, name in ahead.keys() - now.keys() if slot == "request"} == {
        "min_tokens", "repetition_penalty", "top_k", "logprobs", "top_logprobs",
        "prompt_logprobs", "top_prompt_logprobs",
    }  # fmt: skip


def test_the_source_is_that_of_the_citation() -> None:
    """A profile that was read in the SDK says so in both ways."""
    for profile in profiles.ALL:
        assert (profile.source == "sdk") == profile.repository.startswith("PyPI: ")


def test_profiles_cite_their_source() -> None:
    """Repository, file and commit; and in a line what moved."""
    for profile in profiles.ALL:
        assert profile.repository.startswith(("https://github.com/", "PyPI: "))
        assert profile.file
        assert profile.commit
        assert profile.summary
        assert "\n" not in profile.summary


def test_a_profile_is_found_by_its_name_or_is_one_already() -> None:
    """And stays equal through pickle."""
    for profile in profiles.ALL:
        assert profiles.get(profile.name) is profile
        assert profiles.get(profile) is profile
        assert pickle.loads(pickle.dumps(profile)) == profile


def test_a_profile_cannot_be_changed() -> None:
    """All share it: no field can be set anew, and there is no room for others."""
    for each in fields(Profile):
        with pytest.raises(FrozenInstanceError):
            setattr(profiles.LATEST, each.name, None)
    assert not hasattr(profiles.LATEST, "__dict__")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("2024-09-71", "2024-09-17"),
        ("2026-08", "2026-08-13"),
        ("azure-2026", "azure-2026-11-01"),
        ("vertex-2026", "vertex-2026-11-01"),
    ],
)
def test_an_unknown_name_tells_what_looks_like_it(name: str, near: str) -> None:
    """A typing error is easy to mend."""
    with pytest.raises(ValueError, match=f"unknown profile '{name}'; did you mean .*{near}"):
        profiles.get(name)


def test_a_name_like_none_tells_all() -> None:
    """There are few enough to list."""
    with pytest.raises(ValueError, match="unknown profile") as error:
        profiles.get("???")

    assert all(profile.name in str(error.value) for profile in profiles.ALL)


def test_every_profile_differs_from_the_one_before() -> None:
    """A date at which nothing moved would be no profile."""

    for one, next_one in pairwise(DATED):
        assert shape(CHAT, one) != shape(CHAT, next_one)


def _chunks(profile: Profile, role: str) -> set[str]:
    items = slots(CHAT, profile)[f"message.{role}"].fields["content"].value.items
    assert items is not None
    return set(items.tags)


@pytest.mark.parametrize(
    ("host", "lacks"),
    [
        (profiles.AZURE_2026_11_01, {"prompt_cache_key", "service_tier"}),
        (profiles.VERTEX_2026_11_01, {"prompt_cache_key", "service_tier", "safe_prompt"}),
    ],
)
def test_hosts_lack_fields_and_chunks(host: Profile, lacks: set[str]) -> None:
    """Source: the clients for Azure and Vertex in mistralai 3.7.0, beside Mistral's own."""
    own = slots(CHAT, profiles.V2026_11_01)["request"].fields
    theirs = slots(CHAT, host)["request"].fields

    assert set(own) - set(theirs) == lacks
    assert set(theirs) <= set(own)
    for role in "user", "assistant", "tool":
        assert _chunks(host, role) == {"text", "image_url", "reference"}
    assert _chunks(host, "system") == {"text", "thinking"}


def test_only_azure_knows_the_model_without_being_told() -> None:
    """There it is ``azureai`` if the request has none."""
    optional = [
        p.name for p in profiles.ALL if not slots(CHAT, p)["request"].fields["model"].required
    ]

    assert optional == ["azure-2026-11-01"]


@pytest.mark.parametrize("mark", [Supported, Required])
def test_a_span_has_an_end_or_a_host(mark: type[Supported | Required]) -> None:
    """One that always holds everywhere says nothing, and one that never holds is a mistake."""
    with pytest.raises(ValueError, match="needs a since, an until or a without"):
        mark()
    with pytest.raises(ValueError, match="not before"):
        mark(since="2025-01-02", until="2025-01-02")


def test_a_span_includes_its_first_day_and_excludes_its_last() -> None:
    """A mark has the date of the commit that brought it, and of the one that took it away."""
    span = Supported(since="2025-01-02", until="2025-01-04")

    assert [day for day in range(1, 6) if span.at(f"2025-01-0{day}")] == [2, 3]
    assert Supported(since="2025-01-02").at("9999-12-31")
    assert Supported(until="2025-01-02").at("0001-01-01")


def test_a_span_leaves_hosts_out() -> None:
    """Mistral's own API is never one of them."""
    span = Supported(without=("azure",))

    assert span.at("2025-01-01")
    assert span.at("2025-01-01", "vertex")
    assert not span.at("2025-01-01", "azure")


def test_a_span_is_of_one_source_or_of_both() -> None:
    """A fact of the SDK is none of a document's, however late that is."""
    span = Supported(since="2025-01-01", source="sdk")

    assert span.at("2025-01-01", source="sdk")
    assert not span.at("2099-01-01")
    assert not Supported(since="2025-01-01", source="document").at("2025-01-01", source="sdk")
    assert Supported(since="2025-01-01").at("2025-01-01", source="sdk")


def test_marks_of_two_kinds_are_never_equal() -> None:
    """`typing` caches annotations by equality."""
    assert len({Supported(since="2025-01-01"), Required(since="2025-01-01")}) == 2
