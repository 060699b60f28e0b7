"""What all models share: closed objects, and open ones."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Gt
from pydantic import BaseModel, ConfigDict

__all__ = ["JSONObject", "Model", "NonNegative", "OpenModel", "Positive"]

NonNegative = Annotated[int, Ge(0)]
"""``minimum: 0`` in Mistral's document: seeds and counts of tokens."""

Positive = Annotated[int, Gt(0)]
"""``exclusiveMinimum: 0`` in Mistral's document."""

JSONObject = dict[str, Any]
"""An opaque object: it is the user's, and never looked into."""


class Model(BaseModel):
    """A closed object of Mistral's schema (``additionalProperties: false``).

    `slot` is the object's name in messages, reports and the reference. `handled_keys` maps a key
    that Mistral lacks to the rule that does more than remove it; `shapes` names the rules that
    may turn the whole object into another one; `defaults` names the keys that are required and
    often left out, with the rule that adds each and the value.

    The models are the union of all dated schemas: they accept what any of them accepts. The
    `Supported` marks say what a single one accepts. No model is built before it is used, since
    `sanitize` reads only the annotations.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", defer_build=True, hide_input_in_errors=True, protected_namespaces=()
    )

    slot: ClassVar[str]
    handled_keys: ClassVar[Mapping[str, str]] = {}
    shapes: ClassVar[tuple[str, ...]] = ()
    defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {}
    undocumented: ClassVar[Mapping[str, str]] = {}
    """Fields of a request that no document has but Mistral's own client sends, each with the key
    that distinguishes its object from another client's field of the same name.
    """


class OpenModel(Model):
    """An object that Mistral publishes as open (no ``additionalProperties``): other keys stay."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")
