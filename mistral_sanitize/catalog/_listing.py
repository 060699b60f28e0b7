"""A server's list of its models as entries of the catalogue: `entries_of`.

Two answers are known, both lists of models. ``GET /v1/models`` (mistralai 3.7.0, ``modellist``,
``basemodelcard``, ``modelcapabilities``) says what a model can do, by flags, and not which words of
``reasoning_effort`` it accepts. ``GET /model-catalog?surface=vibe-code`` (mistral-vibe 3.0.3,
``vibe/core/model_catalog``; not documented) has those words.

Neither list is complete: that of 2026-10-08 lacked models that were served on that day. So what a
list names exists, and what it does not name is not thereby gone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from mistral_sanitize.catalog._facts import card_of

__all__ = ["Entry", "checked", "entries_of", "fault"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of an id: by an entry of its own, or as an alias of another one's.

    `said` is pairs of a field of `ModelFacts` and its value. `target` is the id whose facts hold
    beside them, ``""`` where the id names a model that the table does not know, ``None`` where the
    list does not say.
    """

    model_id: str
    target: str | None
    said: tuple[tuple[str, Any], ...]
    own: bool = True


def fault(words: str) -> NoReturn:
    """Refuses what is no catalogue."""
    raise ValueError(f"catalog: {words}")


# -- values ----------------------------------------------------------------------------------------

_Check = Callable[[str, object], Any]


def _flag(where: str, value: object) -> bool:
    if not isinstance(value, bool):
        fault(f"{where} must be true or false")
    return value


def _count(where: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        fault(f"{where} must be a whole number, not below 0")
    return value


_GREATEST: Final = sys.float_info.max


def _as_number(where: str, value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        fault(f"{where} must be a number")
    # Python's json reads NaN, which is equal to nothing, and integers that are no float.
    if not abs(value) <= _GREATEST:
        fault(f"{where} must be a number that is finite")
    return float(value)


def _word(where: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        fault(f"{where} must be a string that is not empty")
    return str(value)


def _word_list(where: str, value: object) -> tuple[str, ...]:
    if isinstance(value, (str, bytes, dict)) or not isinstance(value, Iterable):
        fault(f"{where} must be a list of strings")
    return tuple(dict.fromkeys(_word(f"each of {where}", word) for word in value))


_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")


def _date(where: str, value: object) -> str:
    found = _DATE.match(_word(where, value))
    if found is None:
        fault(f"{where} must begin with a date, as in 2026-11-26")
    return found[0]


def _efforts(where: str, value: object) -> tuple[str, ...]:
    return () if value is False else _word_list(where, value)


_CHECKS: Final[Mapping[str, _Check]] = {
    **dict.fromkeys(
        ("chat", "fim", "embeddings", "moderation", "tools", "vision", "audio", "reasoning",
         "thinking", "prompt_mode", "n", "output_dimension"),
        _flag,
    ),
    "reasoning_efforts": _efforts,
    "reasoning_default": _word,
    "max_images": _count,
    "context": _count,
    "temperature": _as_number,
    "retired": _date,
    "replacements": _word_list,
}  # fmt: skip
"""Every fact that may be stated, with what its value must be."""


def checked(name: str, value: object, where: str | None = None) -> Any:
    """The value of a fact as the catalogue keeps it.

    Raises:
        ValueError: it is not such a value; the words say where.
    """
    return _CHECKS[name](where or name, value)


# -- lists -----------------------------------------------------------------------------------------

_Json = Mapping[str, Any]

_KEYS: Final[Mapping[tuple[str, ...], str]] = {
    ("capabilities", "completion_chat"): "chat",
    ("capabilities", "completion_fim"): "fim",
    ("capabilities", "function_calling"): "tools",
    ("capabilities", "vision"): "vision",
    ("capabilities", "audio"): "audio",
    ("capabilities", "reasoning"): "reasoning",
    ("capabilities", "moderation"): "moderation",
    ("parameters", "reasoning"): "reasoning_efforts",
    ("parameters", "temperature"): "temperature",
    ("default_model_temperature",): "temperature",
    ("max_context_length",): "context",
    ("deprecation",): "retired",
    ("deprecation_replacement_model",): "replacements",
}
"""Where a list has which fact."""

_WHOLE: Final = frozenset(("completion_chat", "completion_fim", "function_calling", "vision"))
"""Flags of which none is true in the card of an embedding model, and in what mistralai makes of a
card without capabilities. So they say nothing."""

_UNSAID: Final[Mapping[str, object]] = {"context": 32768}
"""What mistralai's models fill in for what the API did not send."""


def entries_of(answer: object) -> tuple[Entry, ...]:
    """The entries of a list of models: the parsed JSON of one of the two answers, or its list.

    Raises:
        ValueError: it is not such a list. The message names ``catalog`` and the place.
    """
    return tuple(entry for where, row in _rows_of(answer) for entry in _entries(where, row))


def _rows_of(answer: object) -> Iterator[tuple[str, _Json]]:
    where, rows = "", answer
    if isinstance(answer, dict):
        key = next((key for key in ("data", "models") if key in answer), None)
        if key is not None:
            where, rows = key, answer[key]
        elif answer.get("object") == "model":  # of GET /v1/models/{id}
            rows = [answer]
    if where and not isinstance(rows, (list, tuple)):
        fault(f"{where} is not a list")
    if not isinstance(rows, (list, tuple)):
        fault(
            "expected a Catalog, or the parsed JSON of a list of models: an object with "
            f'"data" or "models", or a list; got {type(answer).__name__}'
        )
    for at, row in enumerate(rows):
        place = f"{where}[{at}]"
        if not isinstance(row, dict):
            fault(f"{place} is not an object")
        yield place, row


def _entries(where: str, row: _Json) -> Iterator[Entry]:
    model_id = _word(f"{where}.id", row.get("id"))
    aliases = row.get("aliases")
    others = () if aliases is None else _word_list(f"{where}.aliases", aliases)
    said = tuple(_stated(where, row))
    names = [model_id, *_model_names(row), *others]
    yield Entry(model_id, _target(model_id, names), said)
    for alias in dict.fromkeys(others):
        if alias != model_id:
            yield Entry(alias, _target(alias, names), said, own=False)


_ID: Final = re.compile(r"[a-z0-9][a-z0-9.:_-]*")


def _model_names(row: _Json) -> Iterator[str]:
    """What other keys name the model by, where that looks like an id and not like a title."""
    for key in ("name", "billing_model_name"):
        name = row.get(key)
        if isinstance(name, str) and _ID.fullmatch(name):
            yield name


def _target(model_id: str, names: list[str]) -> str | None:
    """The id of the model that an entry is about, for one of the entry's ids.

    An id that does not move is its own. One that does is where the entry says: the first id beside
    it that does not move, or else a model that the table does not know.
    """
    if _is_own(model_id):
        return None
    own = next(filter(_is_own, names), None)
    if own is not None:
        return own
    moved = card_of(model_id) is not None and any(card_of(name) is None for name in names)
    return "" if moved else None


def _is_own(model_id: str) -> bool:
    card = card_of(model_id)
    return card is not None and model_id in card.ids


def _says_nothing(flags: object) -> bool:
    """Whether capabilities may be those that mistralai fills in: all there, and none of them."""
    return isinstance(flags, dict) and flags.keys() >= _WHOLE and not any(flags.values())


def _stated(where: str, row: _Json) -> Iterator[tuple[str, Any]]:
    if _says_nothing(row.get("capabilities")):
        row = {**row, "capabilities": None}
    for path, fact in _KEYS.items():
        holder: Any = row
        for key in path[:-1]:
            holder = holder.get(key)
            if holder is None:
                break
            if not isinstance(holder, dict):
                fault(f"{where}.{key} is not an object")
        value = None if holder is None else holder.get(path[-1])
        if value is None or value == _UNSAID.get(fact):
            continue
        if fact == "replacements" and isinstance(value, str):
            value = [value]
        yield fact, checked(fact, value, f"{where}.{'.'.join(path)}")
