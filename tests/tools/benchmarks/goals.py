"""The goals, as data: each the quotient of two measurements of one run, and its bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

__all__ = ["GOALS", "Goal", "key", "verdicts"]

Row = Sequence[str]


class Goal(NamedTuple):
    """One goal."""

    what: str
    of: str
    to: str
    bound: float
    least: bool = False
    """Whether the bound is the least that will do, and not the most."""
    scale: float = 1.0
    """The quotient is divided by it."""


def key(case: str, rival: str) -> str:
    """The name of a measurement."""
    return f"{case} / {rival}"


def _to_loads(case: str, rival: str, bound: float) -> Goal:
    what = f"{case}: `{rival}` to `json.loads`"
    return Goal(what, key(case, rival), key(case, "json.loads"), bound)


def _least(case: str, rival: str, ours: str, bound: float) -> Goal:
    return Goal(f"{case}: {rival} to `{ours}`", key(case, rival), key(case, ours), bound, True)


def _coding() -> Iterator[Goal]:
    clean = {"0.4 MB": (0.40, 1.0), "1 MB": (0.40, 0.9), "2 MB": (0.45, 0.9)}
    dirty = {"0.4 MB": (1.15, 2.6), "1 MB": (1.15, 2.4), "2 MB": (1.15, 2.4)}
    for kind, bounds, sdk, litellm in (("clean", clean, 6, 15), ("dirty", dirty, 2.5, 7)):
        for size, (payload, body) in bounds.items():
            case = f"coding session, {size}, {kind}"
            yield _to_loads(case, "sanitize", payload)
            yield _to_loads(case, "sanitize_json", body)
            yield _least(case, "filter", "sanitize_json", 1.3)
            yield _least(case, "SDK", "sanitize", sdk)
            yield _least(case, "LiteLLM", "sanitize", litellm)


_CHAT = "200 messages"

GOALS: Final = (
    *_coding(),
    _to_loads("3 messages, clean", "sanitize", 2.2),
    _to_loads("3 messages, clean", "sanitize_json", 2.6),
    _to_loads("3 messages, dirty", "sanitize", 4.2),
    _to_loads("3 messages, dirty", "sanitize_json", 4.8),
    _to_loads("2,000 embeddings, dirty", "sanitize_json", 1.5),
    _to_loads("RAG, 200 kB, dirty", "sanitize_json", 1.6),
    _to_loads(f"{_CHAT}, clean", "sanitize", 0.50),
    _to_loads(f"{_CHAT}, dirty", "sanitize", 1.5),
    _to_loads("agent, 250 messages, clean", "sanitize", 0.55),
    *(Goal(f"{_CHAT}, {kind}: `sanitize_json` to the standard library both ways",
           key(f"{_CHAT}, {kind}", "sanitize_json"), key(f"{_CHAT}, {kind}", "loads+dumps"), bound)
      for kind, bound in (("clean", 1.0), ("dirty", 0.9))),
    *(Goal(f"growth from 200 to 20,000 {kind} messages, beyond 100 times",
           key(f"20,000 messages, {kind}", "sanitize"), key(f"{_CHAT}, {kind}", "sanitize"), 1.1,
           scale=100) for kind in ("clean", "dirty")),
    _to_loads("10 MB image, clean", "sanitize_json", 1.0),
    Goal("ASGI around 3 clean messages, beyond `sanitize_json`, to that",
         "ASGI, beyond", "ASGI, sanitize_json", 1.0),
    *(Goal(f"a {kind} line of the command, to the loop of `sanitize_json`",
           f"command, {kind}", f"loop, {kind}", 1.5) for kind in ("clean", "dirty")),
    Goal("lines a second of the command, two workers to one, on two quiet cores",
         "two workers, lines a second", "one worker, lines a second", 1.6, least=True),
    Goal("peak memory of the command, a million lines to 100,000",
         "peak, 1,000,000 lines", "peak, 100,000 lines", 1.1),
    Goal("import, to that of pydantic and a `BaseModel`",
         "import of mistral_sanitize", "import of pydantic and a BaseModel", 1.25),
    Goal("first `sanitize` call of a process, in ms", "first call", "one millisecond", 5),
    *(Goal(f"peak memory of `sanitize_json` beside the body, {case}",
           f"memory {case}", f"memory {case}: body", bound)
      for case, bound in (("50 MB image, dirty", 3), ("50 MB of long messages, dirty", 3),
                          ("50 MB of small messages, dirty", 6.5))),
)  # fmt: skip
"""Design goals, on the machine of the run."""


def verdicts(found: Mapping[str, float]) -> Iterator[Row]:
    """Each goal with what was measured and whether that will do."""
    yield "goal", "bound", "measured", "verdict"
    for goal in GOALS:
        bound = f"{'≥' if goal.least else '≤'} {goal.bound:g}"
        if goal.of not in found or goal.to not in found:
            yield goal.what, bound, "", "not measured"
            continue
        value = found[goal.of] / found[goal.to] / goal.scale
        good = value >= goal.bound if goal.least else value <= goal.bound
        yield goal.what, bound, f"{value:.2f}", "pass" if good else "**miss**"
