"""`Rule`, how one is declared, and what its function returns.

A rule is one declaration at the code that does it. `Group` has a decorator for each shape of that
code, and `declared` for what a mark on a model or the engine does:

* `Group.value`: one value, at the places whose field or item has the mark ``Repair(id)``, or whose
  object names the rule among its `shapes`. ``(value, place, run)`` to the value, or `REMOVE`.
* `Group.key`: a key that the schema lacks and whose content must not be lost, where a model's
  `handled_keys` names the rule. ``(object, key, node, run)`` to `Absorbed`, or ``None`` to let the
  key go as an unknown one.
* `Group.request`: fields of the request. ``(request, node, run)`` to edits, ``(key, value)``;
  `reads` names the keys without which it need not run.

The functions look and return; they neither walk nor record. Several may share a rule: the reason
and the evidence are given once, with the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple, TypeVar

from mistral_sanitize.profiles import Profile
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.node import Node, Value

__all__ = ["COMMON", "REMOVE", "SPEC", "Absorbed", "Edits", "Group", "KeyRepair", "Outcome",
           "RequestFunction", "RequestRepair", "Rule", "ValueRepair"]  # fmt: skip

SPEC: Final = "Mistral's OpenAPI document, 2026-08-13"
COMMON: Final = "mistral-common 1.13.1, protocol/instruct/validator.py"


# -- what a rule's function returns ---------------------------------------------------------------


class _Remove:
    """The type of `REMOVE`, so that it prints as what it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "REMOVE"


REMOVE: Final = _Remove()
"""What a repair returns for a value that has to go."""


class Outcome(NamedTuple):
    """What a repair returns where it knows itself whether something is lost."""

    value: Any
    lossy: bool = True


NOTHING: Final[Mapping[str, Any]] = {}


class Absorbed(NamedTuple):
    """What becomes of a key that the schema lacks."""

    sets: Mapping[str, Any] = NOTHING
    """Keys of the same object, each with its new value."""
    lossy: bool | None = None
    """Whether the key's removal loses information; ``None``: if its value says something."""
    prepends: Mapping[str, Any] = NOTHING
    """Lists of the same object, each with the item to put in front of it."""
    appends: Mapping[str, Any] = NOTHING
    """Lists of the same object, each with the item to put behind it."""


Edits = Iterator[tuple[str, Any]]
"""What a request rule yields: a key of the request, and its new value or `REMOVE`."""

_ValueFunction = Callable[[Any, Value, Run], Any]
_KeyFunction = Callable[[dict[str, Any], str, Node, Run], "Absorbed | None"]
RequestFunction = Callable[[dict[str, Any], Node, Run], Edits]
_V = TypeVar("_V", bound=_ValueFunction)
_K = TypeVar("_K", bound=_KeyFunction)
_R = TypeVar("_R", bound=RequestFunction)


# -- a rule ---------------------------------------------------------------------------------------


class ValueRepair(NamedTuple):
    """The repair of one value, and the types of value that it surely leaves alone."""

    function: _ValueFunction
    never_changes: frozenset[type] = frozenset()
    late: bool = False
    """Whether it waits until the items of the value are repaired."""


class KeyRepair(NamedTuple):
    """The repair of an object that has a key which the schema lacks."""

    function: _KeyFunction


class RequestRepair(NamedTuple):
    """The repair of a request's fields."""

    function: RequestFunction
    reads: tuple[str, ...]
    """Keys of the request without all of which it need not run."""
    early: bool = False
    """Whether it runs ahead of the walk, for what the walk would otherwise take apart."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One repair. Its id is interface; the wording is not."""

    id: str
    group: str
    reason: str
    """One line, said of every change the rule makes."""
    evidence: str
    """Where the behaviour is known from: a document and its date, or the report that shows it."""
    default: bool = True
    """Whether it is on without being enabled."""
    until: str | None = None
    """The ISO date of the first schema under which it is off, since Mistral accepts it by then."""
    lossy: bool | None = None
    """Whether its changes lose information; ``None``: if a value that carries any is removed."""
    replaces: str | None = None
    """The rule that it replaces if both are on and it has something to change."""
    undoes: tuple[str, ...] = ()
    """Rules whose work this one would undo: where both are on, they are off."""
    declared: str = ""
    """Where the code is, for a rule that a mark or the engine does."""
    details: Callable[[Any, Any, Run], str] | None = None
    """What a report says of one change behind the reason: the value before, the one after
    (``None``: removed), the run. It contains no value of the payload."""
    value: ValueRepair | None = None
    key: KeyRepair | None = None
    request: RequestRepair | None = None

    def on(self, profile: Profile) -> bool:
        """Whether the rule is on by default under this profile.

        `until` is a fact about Mistral's own API, and read for no other host.
        """
        if self.id in profile.on or self.id in profile.off:
            return self.id in profile.on
        ended = self.until is not None and profile.host is None and self.until <= profile.date
        return self.default and not ended

    def reason_of(self, before: Any, after: Any, run: Run) -> str:
        """What a report says of one change."""
        details = "" if self.details is None else self.details(before, after, run)
        return f"{self.reason}: {details}" if details else self.reason


class Group:
    """The rules of one group, in the order in which they are declared.

    Filled while the modules of this package are imported, and read-only from then on.
    """

    def __init__(self, name: str, title: str) -> None:
        self.name: Final = name
        self.title: Final = title
        self._rules: dict[str, Rule] = {}

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def declared(self, rule: str, reason: str, evidence: str, by: str, **attributes: Any) -> None:
        """A rule that no function of this package does: `by` says what does, and where."""
        self._declare(rule, reason, evidence, {**attributes, "declared": by})

    def value(
        self, rule: str, reason: str = "", evidence: str = "", *,
        never_changes: Iterable[type] = (), late: bool = False, **attributes: Any,
    ) -> Callable[[_V], _V]:  # fmt: skip
        """Declares the rule whose function repairs one value."""
        types = frozenset(never_changes)
        return self._adding(
            rule, reason, evidence, "value", lambda f: ValueRepair(f, types, late), attributes
        )

    def key(
        self, rule: str, reason: str = "", evidence: str = "", **attributes: Any
    ) -> Callable[[_K], _K]:
        """Declares the rule whose function knows a key that the schema lacks."""
        return self._adding(rule, reason, evidence, "key", KeyRepair, attributes)

    def request(
        self, rule: str, reason: str = "", evidence: str = "", *,
        reads: Iterable[str], early: bool = False, **attributes: Any,
    ) -> Callable[[_R], _R]:  # fmt: skip
        """Declares the rule whose function repairs fields of the request."""
        keys = tuple(reads)
        return self._adding(
            rule, reason, evidence, "request", lambda f: RequestRepair(f, keys, early), attributes
        )

    def _adding(
        self,
        rule: str,
        reason: str,
        evidence: str,
        shape: Literal["value", "key", "request"],
        made: Callable[[Any], Any],
        attributes: dict[str, Any],
    ) -> Callable[[Any], Any]:
        if reason:
            self._declare(rule, reason, evidence, attributes)
        elif getattr(self._rules[rule], shape) is not None:
            raise TypeError(f"the rule {rule!r} has a {shape} function already")

        def add(function: Any) -> Any:
            change: dict[str, Any] = {shape: made(function)}
            self._rules[rule] = replace(self._rules[rule], **change)
            return function

        return add

    def _declare(self, rule: str, reason: str, evidence: str, attributes: dict[str, Any]) -> None:
        if rule in self._rules:
            raise TypeError(f"the rule {rule!r} is declared twice")
        self._rules[rule] = Rule(rule, self.name, reason, evidence, **attributes)
