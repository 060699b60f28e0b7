"""Where in a payload the ``loc`` of a 422 leads: `find_place`.

A ``loc`` lists keys and indexes of the payload, mixed with steps that no payload has, such as the
role of a message or the member of a union (``"list[tagged-union[TextChunk,...]]"``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from mistral_sanitize.report import key_text

__all__ = ["MISSING", "Path", "Place", "equals", "find_place", "steps_of", "value_at"]

# A response may come from anywhere; the schema's deepest place has a dozen steps.
_MAX_STEPS: Final = 24

Path = tuple[Any, ...]


class _Missing:
    __slots__ = ()


MISSING: Final = _Missing()
"""What is at a path that the payload does not have."""


class Place(NamedTuple):
    """Where a ``loc`` leads: a path of the payload, and the unions met on the way.

    Each union is the path of its value and the step that names the member: the value need fit
    only one. `exact` says that the last step of the ``loc`` is the last of the path.
    """

    path: Path
    unions: tuple[tuple[Path, str], ...]
    exact: bool


def steps_of(loc: object) -> list[str]:
    """The steps of a ``loc`` below the body; none where it is not a ``loc``."""
    steps = loc.split(".") if isinstance(loc, str) else loc
    if not isinstance(steps, (list, tuple)) or len(steps) > _MAX_STEPS:
        return []
    texts = [step if isinstance(step, str) else key_text(step) for step in steps]
    return texts[1:] if texts[:1] == ["body"] else texts


def find_place(payload: dict[str, Any], steps: Sequence[str]) -> Place | None:
    """The likeliest place of `payload` that `steps` name; ``None`` where it has none."""
    return next(_places_of(payload, steps, Place((), (), False)), None)


def _places_of(value: Any, steps: Sequence[str], here: Place) -> Iterator[Place]:
    """Every place that `steps` may lead to from `here`, whose value is `value`, likeliest first.

    A step may be a key and a tag at once: a chunk ``{"type": "text", "text": ...}`` is reported as
    ``..., 0, "text", "text"``. Messages are always tagged by their role, and pydantic says of other
    unions that they are tagged; elsewhere a tag is the last thing to try.
    """
    if steps:
        yield from _places_after(value, steps[0], steps[1:], here)
    else:
        yield here


def _places_after(value: Any, step: str, rest: Sequence[str], here: Place) -> Iterator[Place]:
    # Its tag is the first thing said of an item, and said once.
    key, tag = _find_key(value, step), _tag_key(value, step) if here.exact else None
    around = here._replace(exact=False)
    tagged = tag == "role" or (tag == "type" and _in_tagged_union(here))
    if tagged:
        yield from _places_of(value, rest, around)
    if key is not MISSING:
        yield from _places_of(value[key], rest, Place((*here.path, key), here.unions, True))
    elif tag and not tagged:
        yield from _places_of(value, rest, around)
    elif not tag and _PSEUDO.search(step):
        union = (here.path, step)
        yield from _places_of(value, rest, around._replace(unions=(*here.unions, union)))


# How pydantic names the members of a union, which are no keys of Mistral's: types of Python,
# classes, and constructions ("list[Tool]", "function-wrap[...]", "lax-or-strict", "nullable").
_PSEUDO = re.compile(
    r"[A-Z\[\]()-]|\A(?:str|int|float|bool|bytes|dict|list|tuple|set|none|any|enum|literal|nullable"
    r"|default|model|union|json)\Z"
)


def _find_key(value: object, step: str) -> Any:
    """The key, or the index, of `value` that `step` names."""
    if isinstance(value, dict):
        if step in value:
            return step
        others = (key for key in value if not isinstance(key, str) and key_text(key) == step)
        return next(others, MISSING)
    if isinstance(value, (list, tuple)) and step.isdecimal() and len(step) < 10:
        index = int(step)
        return index if index < len(value) else MISSING
    return MISSING


def _tag_key(value: object, step: str) -> str | None:
    """The key of `value` that says that it is a `step`."""
    if not isinstance(value, dict):
        return None
    return next((key for key in ("role", "type") if equals(value.get(key), step)), None)


def equals(value: object, text: str) -> bool:
    """Whether a value is this text."""
    return isinstance(value, str) and value == text


def _in_tagged_union(here: Place) -> bool:
    """Whether `here` is an item of a union that pydantic calls tagged."""
    if not here.unions:
        return False
    path, step = here.unions[-1]
    return "tagged-union" in step and len(here.path) - len(path) <= 1


def value_at(value: Any, path: Path) -> Any:
    """What is at `path`, or `MISSING`."""
    for key in path:
        keys: Any = value if isinstance(value, dict) else ()
        if isinstance(value, (list, tuple)) and isinstance(key, int):
            keys = range(len(value))
        if key not in keys:
            return MISSING
        value = value[key]
    return value
