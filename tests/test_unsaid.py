"""What an object says beyond what a repair reads is in the result, or a lossy change names it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_sanitize import Sanitizer, explain
from mistral_sanitize.rules._loss import _leaves, says_more, says_something
from tests.rules import CASES, Case

SAID = "#said#"


def objects(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every object within a value."""
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from objects(inner, (*path, key))
    elif isinstance(value, (list, tuple)):
        for at, inner in enumerate(value):
            yield from objects(inner, (*path, at))


def put(value: Any, path: tuple[Any, ...], key: str, new: str) -> Any:
    """A copy with one key more in the object at a path."""
    if not path:
        return {**value, key: new}
    if isinstance(value, dict):
        return {k: put(v, path[1:], key, new) if k == path[0] else v for k, v in value.items()}
    return [put(v, path[1:], key, new) if at == path[0] else v for at, v in enumerate(value)]


def written(value: Any) -> str:
    return json.dumps(value)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_another_key_is_kept_or_named(case: Case) -> None:
    """A key that nobody knows, in any object of a row, is in the result or in a lossy change."""
    sanitizer = Sanitizer(**case.options)
    silent = []
    for path in objects(case.before):
        report = sanitizer.explain(put(case.before, path, "another_key", SAID))
        told = written(report.payload) + "".join(written(c.before) for c in report.lossy)
        if SAID not in told:
            silent.append(path)

    assert silent == []


URL = "https://example.org/a"
PDF = "JVBERi0="


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file", "file": {"file_data": PDF, "caption": "said"}},
        {"type": "file", "file": {"file_id": "said", "url": URL}},
        {"type": "file", "url": URL, "file": {"url": "https://said"}},
        {"type": "file", "file_data": PDF, "file": {"file_data": "said"}},
        {"type": "image", "source": {"type": "url", "url": URL, "alt": "said"}},
        {"type": "image", "image_url": {"url": URL, "alt": "said"}},
        {"type": "input_audio", "input_audio": {"data": PDF, "transcript": "said"}},
        {"type": "audio", "audio": {"data": PDF, "transcript": "said"}},
        {"type": "document", "source": {"type": "text", "data": "Hi", "x": "said"}},
        {"type": "document", "source": {"type": "content", "content": "said", "data": PDF}},
        {"type": "text", "text": {"value": "Hi", "annotations": [{"quote": "said"}]}},
    ],
    ids=str,
)
def test_a_part_within_a_part(part: Any) -> None:
    """So is what the object within a part says beside what the chunk holds."""
    report = explain({"model": "m", "messages": [{"role": "user", "content": [part]}]})

    assert "said" in written(report.payload) or any(
        "said" in written(change.before) for change in report.lossy
    )


def test_a_value_that_contains_itself() -> None:
    """What is judged may contain itself."""
    message: dict[str, Any] = {"role": "user"}
    message["content"] = [message]
    assert explain({"model": "m", "messages": message}).changes


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        # Texts, numbers and booleans, each a part of a longer text or as it is.
        ({"text": "Hi"}, "Hi there", False),
        ({"text": "Hi"}, "Ho there", True),
        ({"text": "Hi", "n": 5, "sure": True}, {"said": "Hi.", "n": 5, "sure": True}, False),
        ({"n": 5}, {"n": 15}, True),
        ({"text": "Hi", "n": 5}, ["5 times Hi"], False),
        ({"text": "Hi\nthere"}, ["Hi", "there"], False),
        ({"text": "Hi", "n": 5}, ["Hi.", 5], False),
        ([5], [15], True),
        ([True], ["untrue"], True),
        # In JSON.
        ({"text": 'say "Hi"'}, ['Please say "Hi"'], False),
        ({"text": 'say "é"'}, r'{"input":"Please say \"é\", thus"}', False),
        ({"text": 'I say "'}, r'{"input":"O say \""}', True),
        ({"text": '"Hi'}, r'{"input":"\"Ho"}', True),
        # Null and blank texts say nothing.
        ({"text": "Hi", "name": None, "title": "", "x": " "}, "Hi there", False),
        # Nor does a known word for a shape, but it is not text either; one that is not known does.
        ({"role": "user", "type": "input_text", "text": "Hi"}, "Hi there", False),
        ({"role": "user", "type": "inputText", "text": "Hi"}, "Hi there", False),
        ({"role": "customer", "text": "Hi"}, "Hi there", True),
        ({"type": "x", "text": "Hi"}, "Hi there", True),
        ({"mime_type": "audio/wav", "text": "Hi"}, "Hi there", False),
        ({"mime_type": "a sound", "text": "Hi"}, "Hi there", True),
        ({"kind": "text", "text": "Hi"}, {"type": "text", "text": "Hi there"}, True),
        # Item by item, where there are as many.
        (["a", "b"], ["b", "a"], True),
        (("a", "b"), ("b", "a"), True),
        (["a", "b"], ["b and a"], False),
        # What is no JSON is in no text.
        ({"text": "Hi", "data": b""}, "Ho there", True),
        ({"data": b""}, "Hi there", True),
    ],
    ids=str,
)
def test_what_says_more(before: Any, after: Any, more: bool) -> None:
    """A change is lossy where something was said before that is said nowhere after."""
    assert says_more(before, after) is more


@pytest.mark.parametrize("shared", [{"a": 1}, [1], (1,)], ids=str)
def test_a_value_that_stands_twice(shared: Any) -> None:
    """What stands in a value twice is read once, in its order, without what says nothing."""
    value = [shared, shared, None, "", " ", {"b": [True, "x"]}]

    assert [leaf for _, leaf in _leaves(value)] == [1, True, "x"]


@pytest.mark.parametrize("value", [None, "", [], (), {}])
def test_what_says_nothing(value: Any) -> None:
    """Null and empty values may go without a loss; no and nought are said."""
    assert not says_something(value)
    assert not any(map(says_something, ([value], {"a": value}, [{"a": [value, None]}])))
    assert all(map(says_something, (False, 0, "a", [value, 0], {"a": value, "b": "c"})))
