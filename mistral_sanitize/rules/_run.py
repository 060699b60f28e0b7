"""`Run`: what one call of `sanitize` knows and has done.

The only mutable state of the library, and how a change is recorded. What a report makes of the
records is in `engine.changes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mistral_sanitize.catalog import DEFAULT, Catalog, ModelFacts
from mistral_sanitize.schema.node import Node, Value

__all__ = ["ListPass", "Path", "Recorded", "Run", "Stripped"]

Path = tuple[Any, ...]
Recorded = tuple[str, Path, "Path | None", str, "bool | None", Any, Any]
"""A change as it is recorded: op, path, from, rule, lossy, before, after.

Whether it is lossy is ``None`` where the rule and the values say it: only a report asks.
"""


class Stripped(NamedTuple):
    """The removal of all keys that an object's node lacks: the fast pass has no time for each."""

    path: Path
    where: Path
    """From `path` to the object."""
    obj: dict[str, Any]
    """The object as it was."""
    node: Node


ListPass = Callable[[Any, Value, Path, "Run"], Any]
"""What mends the list at one place instead of `mend_list`: value, place of its items, path, run."""

_NO_PASSES: Final[Mapping[Path, ListPass]] = {}


class Run:
    """What one call of `sanitize` knows and has done: the rules, the model, the changes.

    The only mutable state in the library; it lives as long as the call. Changes are counted in
    `count`, and kept in `changes` where a report may be asked for. A payload that is `owned` is
    nobody else's: lists in it may lose what has been replaced, so that it is freed at once.
    """

    __slots__ = (
        "_facts",
        "_model",
        "catalog",
        "changes",
        "count",
        "date",
        "drops_by_default",
        "ids",
        "is_conversation",
        "known_names",
        "list_passes",
        "names",
        "odd_names",
        "owned",
        "rules",
    )  # fmt: skip

    def __init__(
        self,
        rules: frozenset[str],
        date: str,
        model: object,
        *,
        recording: bool,
        owned: bool = False,
        list_passes: Mapping[Path, ListPass] = _NO_PASSES,
        catalog: Catalog = DEFAULT,
    ) -> None:
        self.rules: frozenset[str] = rules
        self.date: str = date
        self.catalog: Catalog = catalog
        self.list_passes: Mapping[Path, ListPass] = list_passes
        self.changes: list[Recorded | Stripped] | None = [] if recording else None
        self.count: int = 0
        self.owned: bool = owned
        self.drops_by_default: bool = True
        # any other request has messages to be judged, which stay whole
        self.is_conversation: bool = bool(list_passes)
        self.names: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.known_names: set[str] = set()
        self.odd_names: bool = False
        self._model: object = model
        self._facts: ModelFacts | None = None

    @property
    def model(self) -> object:
        """The request's model, as it is so far."""
        return self._model

    @model.setter
    def model(self, model: object) -> None:
        self._model = model
        self._facts = None

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model."""
        if self._facts is None:
            self._facts = self.catalog.facts(self._model)
        return self._facts

    def remove(self, path: Path, rule: str, before: Any, lossy: bool | None = None) -> None:
        """Records that `before` was removed."""
        self.count += 1
        if self.changes is not None:
            self.changes.append(("remove", path, None, rule, lossy, before, None))

    def replace(
        self, path: Path, rule: str, before: Any, after: Any, lossy: bool | None = None
    ) -> None:
        """Records that `after` was put in the place of `before`."""
        self.count += 1
        if self.changes is not None:
            self.changes.append(("replace", path, None, rule, lossy, before, after))

    def add(self, path: Path, rule: str, after: Any) -> None:
        """Records that `after` was added."""
        self.count += 1
        if self.changes is not None:
            self.changes.append(("add", path, None, rule, False, None, after))

    def move(self, path: Path, from_path: Path, rule: str) -> None:
        """Records that a value moved to where nothing was."""
        self.count += 1
        if self.changes is not None:
            self.changes.append(("move", path, from_path, rule, False, None, None))

    def strip(self, path: Path, where: Path, obj: dict[str, Any], node: Node) -> None:
        """Records that an object has lost all keys that its node lacks."""
        self.count += 1
        if self.changes is not None:
            self.changes.append(Stripped(path, where, obj, node))
