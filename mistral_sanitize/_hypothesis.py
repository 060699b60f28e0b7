"""The target of the ``hypothesis`` entry point, which Hypothesis loads when it is imported.

That may be in the middle of `strategies`' own import: so nothing of `strategies` is imported
before a type is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from mistral_sanitize.models import Model

__all__ = ["register"]


def register() -> None:
    """Makes `st.from_type` draw the models.

    Requests are those that Mistral accepts; for all other objects the schema is what is known.
    """
    from hypothesis import strategies as st

    from mistral_sanitize import models

    for model in vars(models).values():
        if isinstance(model, type) and issubclass(model, models.Model) and hasattr(model, "slot"):
            st.register_type_strategy(model, _drawn)


def _drawn(model: type[Model]) -> SearchStrategy[Model]:
    from mistral_sanitize.strategies import of_type

    return of_type(model)
