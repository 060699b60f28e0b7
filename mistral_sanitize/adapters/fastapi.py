"""Typed bodies for FastAPI routes: what comes in is sanitized, then validated.

A route that declares ``body: Sanitized[ChatCompletionRequest]`` gets the model of a request that
Mistral accepts, and its OpenAPI schema says so. To a body that cannot be repaired, FastAPI itself
responds, in the shape of Mistral's own 422. To sanitize what routes read themselves
(``request.json()``), or to limit the size of bodies, add `mistral_sanitize.adapters.asgi`.

Nothing here needs FastAPI: the annotations work wherever pydantic validates, in Litestar's and
django-ninja's routes and in a `pydantic.TypeAdapter` too.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from typing_extensions import Unpack

from mistral_sanitize.body import AdapterOptions, CommonOptions
from mistral_sanitize.models import ENDPOINTS, Model

__all__ = ["Sanitized", "SanitizedBody"]

_PATHS = {model: path for path, model in reversed(list(ENDPOINTS.items()))}

# Our models are built when they are first used. FastAPI silences pydantic's warning of the alias
# that it gives to every body, but only while it makes the route: so these are built there.
for _model in _PATHS:
    _model.model_config["defer_build"] = False


class SanitizedBody:
    """Sanitizes before validation: ``Annotated[ChatCompletionRequest, SanitizedBody(...)]``.

    The model determines the endpoint; for a model that is not one of ours, and extends none of
    them, it is the sanitizer's own.

    Args:
        options: See `CommonOptions`.
    """

    def __init__(self, **options: Unpack[CommonOptions]) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, CommonOptions)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Put the sanitizer before the model, as pydantic asks of a mark in ``Annotated``."""
        sanitizer = self._options.sanitizer
        fallback = sanitizer.endpoint if sanitizer is not None else next(iter(ENDPOINTS))
        exchange = self._options.exchange("POST", _path_of(source) or fallback)
        assert exchange is not None  # both are published paths

        def clean(value: Any) -> Any:
            # pydantic has the better words for what is no object.
            return exchange.explain(value).payload if isinstance(value, dict) else value

        return core_schema.no_info_before_validator_function(clean, handler(source))


def _path_of(source: Any) -> str | None:
    parents = source.__mro__ if isinstance(source, type) else ()
    return next((_PATHS[parent] for parent in parents if parent in _PATHS), None)


_M = TypeVar("_M", bound=Model)

Sanitized = Annotated[_M, SanitizedBody()]
"""A body that is sanitized with all the defaults, then validated: ``Sanitized[SomeRequest]``."""
