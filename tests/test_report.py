"""`Report`, `Change` and `Problem`: immutable, printable, and silent about values."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from mistral_sanitize import Change, Problem, Report, explain
from mistral_sanitize.report import key_text, pointer, printable
from tests import jsonpatch

SECRET = "s3cret"


def request(**fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "Hi"}]
    return {"model": "mistral-large-latest", "messages": messages, **fields}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a", "a"),
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        ((1, 2), "<tuple>"),
    ],
)
def test_key_text(key: object, expected: str) -> None:
    """A key is written as `json.dumps` writes it; one that it refuses, by its type alone."""
    assert expected == key_text(key)
    if not isinstance(key, tuple):
        assert json.loads(json.dumps({key: 0})) == {expected: 0}


def test_key_text_of_an_integer_that_python_does_not_write() -> None:
    """Beyond 4,300 digits `json.dumps` refuses a key; here it has its type alone."""
    assert key_text(10**5000) == "<int>"


def test_key_text_of_a_subclass() -> None:
    """What a subclass says of itself does not matter."""

    class Loud(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "LOUD"

    class Number(int):
        def __repr__(self) -> str:
            return "NUMBER"

    assert key_text(Loud("quiet")) == "quiet"
    assert key_text(Number(3)) == "3"


@pytest.mark.parametrize(
    ("path", "expected"),
    [((), ""), (("a", 0), "/a/0"), (("a/b", "c~d"), "/a~1b/c~0d"), (("",), "/"), ((1,), "/1")],
)
def test_pointer(path: tuple[object, ...], expected: str) -> None:
    """Paths are JSON Pointers of RFC 6901."""
    assert expected == pointer(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a é", "a é"), ("a\nb", "a\\nb"), ("\x1b[31m", "\\x1b[31m"), ("\ud800", "\\ud800")],
)
def test_printable(text: str, expected: str) -> None:
    """What a terminal would act on, or cannot encode, is escaped; all else is as it was."""
    assert expected == printable(text)


def test_empty_report() -> None:
    """A report of nothing is false, says so, and has the argument itself as payload."""
    payload = request()

    report = explain(payload)

    assert not report
    assert report.payload is payload
    assert report.changes == ()
    assert report.lossy == ()
    assert report.as_json_patch() == []
    assert str(report) == "nothing to change"
    assert not report.names
    assert not report.ids


def test_report() -> None:
    """A report is true, tells lossy changes apart, and prints as a table."""
    report = explain(request(seed=3, store=True))

    assert report
    assert [change.path for change in report.lossy] == ["/store"]
    assert str(report).splitlines() == [
        "2 changes, 1 of them lossy (marked !)",
        "  move    /seed -> /random_seed  seed         Mistral calls it random_seed",
        "! remove  /store                 unknown-key  Mistral's schema has no such key here",
    ]


def test_long_keys_are_cut() -> None:
    """A report is as long as it has changes, however long the keys are that a client invents."""
    report = explain({"model": "m", "messages": [], "k" * 100_000: 1, "\n" * 300: 1, "user": "u"})
    assert len(str(report)) < 5_000
    assert all(len(str(change)) < 1_500 for change in report.changes)
    assert any(change.path == "/" + "k" * 100_000 for change in report.changes)


def test_report_of_one_change() -> None:
    """The head of the table counts in grammatical English."""
    assert str(explain(request(seed=3))).startswith("1 change, nothing lost\n")


def test_values_are_never_printed() -> None:
    """Neither the report nor a change nor a problem has a value in its `repr` or `str`."""
    payload = request(
        user=SECRET,
        temperature="0.5",
        stop=[SECRET, ""],
        tools=[{"type": "custom", "name": SECRET}, {"function": {"name": f"{SECRET}.f"}}],
        reasoning_effort=SECRET,
    )
    call = {"id": SECRET, "function": {"name": f"{SECRET}.f", "arguments": "{}"}}
    payload["messages"] += [
        {"role": "assistant", "content": SECRET, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": SECRET, "content": SECRET},
        {"role": SECRET, "content": SECRET, "name": SECRET},
    ]

    report = explain(payload)

    assert report
    assert f"{SECRET}.f" in report.names.values()
    assert SECRET in report.ids.values()
    for each in (report, *report.changes):
        assert SECRET not in repr(each)
        assert SECRET not in str(each)
    problem = Problem("/model", "1500", "Invalid model: {}", 400, "invalid_model", quoted=SECRET)
    assert SECRET not in repr(problem)
    assert SECRET not in str(problem)


def test_json_patch() -> None:
    """The changes as RFC 6902: each operation has what the RFC asks of it, and no more."""
    payload = request(seed=3, store=True, temperature=2, tools=[{"function": {"name": "f"}}])

    report = explain(payload)
    patch = report.as_json_patch()

    expected = {"add": {"op", "path", "value"}, "remove": {"op", "path"},
                "replace": {"op", "path", "value"}, "move": {"op", "path", "from"}}  # fmt: skip
    assert expected == {each["op"]: set(each) for each in patch}
    assert report.payload == jsonpatch.apply(payload, patch)


def test_names_and_ids() -> None:
    """The maps back are read-only, and new each time."""
    payload = request(tools=[{"function": {"name": "a.b", "parameters": {}}}])
    payload["messages"] += [
        {"role": "assistant", "content": "",
         "tool_calls": [{"id": "call_1", "function": {"name": "a.b", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    ]  # fmt: skip

    report = explain(payload)

    assert report.names == {"a_b": "a.b"}
    assert list(report.ids.values()) == ["call_1"]
    assert [report.payload["messages"][2]["tool_call_id"]] == list(report.ids)
    with pytest.raises(TypeError):
        report.names["x"] = "y"  # type: ignore[index]


def test_immutable() -> None:
    """No field can be set anew, and there is no room for others."""
    report = explain(request(seed=3))
    values: list[Any] = [report, *report.changes, Problem("", "missing", "Field required")]
    for value in values:
        for each in fields(value):
            with pytest.raises(FrozenInstanceError):
                setattr(value, each.name, None)
        assert not hasattr(value, "__dict__")


def test_a_report_is_equal_to_itself_alone() -> None:
    """It stands for one run, and may be a key: neither its payload nor its changes are compared."""
    one, other = explain(request(seed=3)), explain(request(seed=3))

    assert one.changes == other.changes
    assert one != other
    assert len({one, other, one}) == 2


def test_a_report_made_by_hand() -> None:
    """Without names and ids there is nothing to lead back."""
    assert Report({}, ()).names == Report({}, ()).ids == {}


def test_pickle() -> None:
    """A report travels between processes."""
    report = explain(request(seed=3, tools=[{"function": {"name": "a.b"}}]))

    twin: Report = pickle.loads(pickle.dumps(report))

    assert report.payload == twin.payload
    assert report.changes == twin.changes
    assert report.names == twin.names


def test_change() -> None:
    """A change prints as place, reason and rule; a move as two places."""
    add = Change("add", "/a\n", None, "stop", "because", True, None, 1)
    move = Change("move", "/b", "/a", "seed", "because", False)

    assert str(add) == "add /a\\n: because [stop] (lossy)"
    assert str(move) == "move /a -> /b: because [seed]"


def test_problem() -> None:
    """A problem's message is Mistral's, the value that it quotes included; its `str` has none."""
    quoting = Problem("/model", "1500", "Invalid model: {}", 400, "invalid_model", quoted="gpt-4")
    plain = Problem("", "missing", "Field required")

    assert quoting.message == "Invalid model: gpt-4"
    assert str(quoting) == "/model: Invalid model: … [1500]"
    assert plain.message == "Field required"
    assert str(plain) == "/: Field required [missing]"
    assert (plain.status, plain.type, plain.loc, plain.quoted) == (422, "", (), None)


def test_a_path_is_cut_at_200() -> None:
    """A path of 200 characters is printed whole, and a longer one as 199 and an ellipsis."""
    for length, shown in ((200, "x" * 199), (201, "x" * 198 + "…")):
        change = Change("remove", "/" + "x" * (length - 1), None, "unknown-key", "", False)
        assert str(change).startswith(f"remove /{shown}:")


def test_a_problem_quotes_once() -> None:
    """Braces in what is quoted, or elsewhere in the words, are just that."""
    problem = Problem("/model", "1500", "Invalid model: {} {}", status=400, quoted="q")

    assert problem.message == "Invalid model: q {}"
    assert str(problem) == "/model: Invalid model: … {} [1500]"
