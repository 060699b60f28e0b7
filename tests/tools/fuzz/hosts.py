"""What is fuzzed of hosts and of models: requests under every profile, and catalogues.

A list of models is what some server answered, and so it may be anything.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from mistral_sanitize import profiles
from mistral_sanitize.catalog import DEFAULT, EFFORTS, Catalog, Stated
from mistral_sanitize.models import ENDPOINTS
from tests import payloads as pools
from tests.tools.fuzz import grammar
from tests.tools.fuzz.grammar import Choices
from tests.tools.fuzz.laws import check_laws, depth, judged, payload_laws, private, text

__all__ = ["TARGETS", "catalog_seeds"]

Json = dict[str, Any]

PROFILES: Final = (*profiles.ALL, *profiles.HOSTS)
_SHALLOW = 100

# -- requests under every profile --------------------------------------------------------------


def _laws(payload: Json, opts: Json) -> None:
    payload_laws(payload, opts)
    check_laws(payload, opts)


def profile_bytes(data: bytes) -> None:
    head, body = data[:1], data[1:]
    payload = judged(body)
    if payload is not None:
        _laws(payload, {"profile": PROFILES[(head[0] if head else 0) % len(PROFILES)].name})


def profile_grammar(data: bytes) -> None:
    c = Choices(data)
    opts = {**grammar.options(c), "profile": c.pick(PROFILES).name}
    _laws(grammar.payload(c, opts), opts)


# -- catalogues --------------------------------------------------------------------------------

_IDS: Final = (*pools.MODELS, "x", "mistral-small-2603", "magistral-small-latest", "#c7#", None, 3)
_FLAGS: Final = ("completion_chat", "completion_fim", "function_calling", "vision", "audio",
                 "reasoning", "moderation", "x")  # fmt: skip
_NUMBERS: Final = (0, 1, -1, 0.5, 1.5, 32768, 10**400, float("nan"), float("inf"), True, "1", None)
_DATES: Final = ("2026-11-26", "2026-11-26T00:00:00Z", "", "soon", "2026-11-261", None, 3, "#c8#")


def _refusing(make: Callable[[], Catalog]) -> Catalog | None:
    """The catalogue, or ``None`` where it is refused in words of its own."""
    try:
        return make()
    except ValueError as error:
        refused = error
    assert type(refused) is ValueError, repr(refused)
    assert str(refused).startswith("catalog: "), str(refused)
    private(refused)
    return None


def listing_laws(answer: Any) -> Catalog | None:
    """A list of models is read or refused, and what is made of it is a value."""
    deep = depth(answer) > _SHALLOW
    before = "" if deep else text(answer)
    known = _refusing(lambda: Catalog.of(answer))
    assert deep or text(answer) == before, "pure"
    if known is None:
        return None
    same = Catalog.of(copy.deepcopy(answer)) if not deep else known
    assert (same, hash(same)) == (known, hash(known)), "no value"
    assert pickle.loads(pickle.dumps(known)) == known
    private(known, repr(known))
    assert not known.ids() or known.ids() == tuple(sorted(known.ids()))
    for model_id in known._by_id:
        assert known.facts(model_id).listed, "a model that is named does not exist"
        for endpoint in ENDPOINTS:
            known.is_refused(model_id, endpoint, "2026-11-26")
    twice = known.with_listing(answer)
    assert all(twice.facts(name) == known.facts(name) for name in known._by_id), "said twice"
    return known


def _row(c: Choices) -> Any:
    if c.below(24) == 23:
        return grammar._any(c, 3)
    row: Json = {"id": c.pick(_IDS[:-2] if c.below(12) else _IDS), "object": "model"}
    if c.below(2):
        row["aliases"] = [c.pick(_IDS[:-2] if c.below(12) else _IDS) for _ in range(c.below(4))]
    if c.below(3):
        row["capabilities"] = {c.pick(_FLAGS): c.below(16) < 11 for _ in range(c.below(6))}
    if c.below(3) == 0:
        efforts: Any = c.pick(((), False, ["low", "max"], list(EFFORTS), ["x", "low"], "high", [3]))
        row["parameters"] = {"reasoning": efforts, "temperature": c.pick(_NUMBERS)}
    for name, pool in (("max_context_length", _NUMBERS), ("default_model_temperature", _NUMBERS),
                       ("deprecation", _DATES), ("deprecation_replacement_model", _IDS),
                       ("name", _IDS), ("billing_model_name", _IDS)):  # fmt: skip
        if c.below(6) == 5:
            row[name] = c.pick(pool)
    if c.below(16) == 15:
        row[c.pick(("id", "aliases", "capabilities", "parameters", "deprecation"))] = grammar._any(
            c, 3
        )
    return row


def _listing(c: Choices) -> Any:
    rows: Any = [_row(c) for _ in range(c.below(4))]
    kind = c.below(8)
    if kind == 0:
        return rows
    if kind == 1:
        return _row(c)
    if kind == 2:
        return grammar._any(c, 1)
    return {"object": "list", c.pick(("data", "models")): rows}


def _stated(c: Choices) -> Json:
    pool = (True, False, None, (), ("low",), ["none", "high"], "low", "2026-01-01", 3, *_NUMBERS)
    return {c.pick(tuple(Stated.__annotations__)): c.pick(pool) for _ in range(c.below(4))}


def _asked(c: Choices, known: Catalog) -> None:
    """A request for a model that the catalogue names, under some profile."""
    opts: Json = {**grammar.options(c), "catalog": known}
    if c.below(2):
        opts["profile"] = c.pick(PROFILES).name
    payload = grammar.payload(c, opts)
    names: Sequence[str] = tuple(known._by_id) or ("x",)
    payload["model"] = c.pick(names)
    efforts = (None, *EFFORTS, "max", "off")
    effort = c.pick(efforts)
    if effort is not None:
        payload["reasoning_effort"] = effort
    _laws(payload, opts)


def catalog_bytes(data: bytes) -> None:
    """A list of models as a server answered it; a request for one of them."""
    answer = judged(data)
    if answer is None:
        return
    known = listing_laws(answer)
    if known is not None:
        for model_id in list(known._by_id)[:3]:
            _laws({"model": model_id, "messages": [{"role": "user", "content": "#c0#"}],
                   "reasoning_effort": "medium", "prompt_mode": "reasoning", "n": 2},
                  {"catalog": known})  # fmt: skip


def catalog_grammar(data: bytes) -> None:
    c = Choices(data)
    known = DEFAULT
    for _ in range(1 + c.below(3)):
        if c.below(3) == 2:
            said, model_id = _stated(c), c.pick(_IDS)
            found = _refusing(partial(known.with_model, model_id, **said))  # type: ignore[arg-type]
        else:
            found = listing_laws(_listing(c))
        if found is None:
            return
        known = found
    _asked(c, known)


def catalog_seeds() -> list[Any]:
    """Lists of models, as the two endpoints answer them."""
    flags = {"completion_chat": True, "completion_fim": False, "function_calling": True,
             "vision": False, "reasoning": True}  # fmt: skip
    row = {"id": "mistral-small-latest", "object": "model", "aliases": ["x"],
           "capabilities": flags, "max_context_length": 131072, "deprecation": None,
           "default_model_temperature": 0.3, "name": "mistral-small-2603"}  # fmt: skip
    efforts = {"reasoning": ["none", "high"], "temperature": 0.7}
    return [
        {"object": "list", "data": [row]},
        row,
        {"models": [{"id": "mistral-vibe-cli", "parameters": efforts}]},
        {"data": [row, {**row, "id": "x", "deprecation": "2026-11-26T00:00:00Z",
                        "deprecation_replacement_model": "mistral-small-2603"}]},
        {"data": [{"id": "x", "capabilities": dict.fromkeys(flags, False),
                   "max_context_length": 32768}]},
    ]  # fmt: skip


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "profile.bytes": profile_bytes,
    "profile.grammar": profile_grammar,
    "catalog.bytes": catalog_bytes,
    "catalog.grammar": catalog_grammar,
}
