"""One request as the checks read it: `Request`."""

from __future__ import annotations

from typing import Any, NamedTuple

from mistral_sanitize.catalog import DEFAULT, Catalog, ModelFacts
from mistral_sanitize.profiles import Profile
from mistral_sanitize.schema.node import Node
from mistral_sanitize.validation.values import text

__all__ = ["Request"]


class Request(NamedTuple):
    """A payload, with the schema and the endpoint that it is for."""

    payload: dict[str, Any]
    node: Node
    endpoint: str
    profile: Profile
    catalog: Catalog = DEFAULT

    def get(self, name: str) -> Any:
        """The value of a field that the schema has here, else ``None``: others are a 422."""
        return dict.get(self.payload, name) if name in self.node.fields else None

    @property
    def model(self) -> str | None:
        """The id of the model, if there is one."""
        return text(self.get("model"))

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model."""
        return self.catalog.facts(self.model)
