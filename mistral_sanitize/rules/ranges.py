"""Rules of the group *ranges*: numbers out of Mistral's bounds."""

from __future__ import annotations

from typing import Any, Final

from mistral_sanitize.rules._rule import (
    REMOVE,
    SPEC,
    Edits,
    Group,
)
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.node import Node

__all__ = ["RANGES", "is_json_number"]


RANGES: Final = Group("ranges", "Numbers outside Mistral's bounds")


RANGES.declared(
    "temperature-range",
    "beyond Mistral's bounds for temperature",
    "422 less_than_equal 1.5, 2025-02-20; probed 2026-08-17",
    by="engine.walk, by the mark Bounded",
    lossy=True,
)

RANGES.declared(
    "top-p-range",
    "beyond Mistral's bounds for top_p",
    "https://github.com/mnfst/modelparams.dev/pull/233 (422 greater_than 0, 2026-08-17)",
    by="engine.walk, by the mark Bounded",
    lossy=True,
)

RANGES.declared(
    "penalty-range",
    "beyond Mistral's bounds for penalties",
    f"{SPEC}: -2 to 2",
    by="engine.walk, by the mark Bounded",
    lossy=True,
)

RANGES.declared(
    "out-of-range",
    "below the minimum that Mistral accepts",
    f"{SPEC}: minimum of token counts, random_seed and n",
    by="engine.walk, by the mark Bounded",
    lossy=True,
)

RANGES.declared(
    "not-a-number",
    "JSON has no such number",
    "RFC 8259, section 6: Infinity and NaN are not permitted",
    by="engine.walk",
    lossy=True,
)

RANGES.declared(
    "whole-float",
    "Mistral requires an integer here",
    f"{SPEC}: type integer",
    by="engine.walk",
    lossy=False,
)

RANGES.declared(
    "quoted-scalar",
    "Mistral requires the value itself, not a string of it",
    f"{SPEC}: type number, integer or boolean",
    by="engine.walk",
    lossy=False,
)


@RANGES.request(
    "greedy-top-p",
    "with temperature 0 Mistral accepts only top_p 1",
    "https://github.com/devoxx/DevoxxGenieIDEAPlugin/issues/338 (400, 2024-11-19)",
    lossy=True,
    reads=["temperature", "top_p"],
)
def greedy_top_p(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """A ``top_p`` beside temperature 0 goes."""
    temperature, top_p = request["temperature"], request["top_p"]
    if temperature == 0 and top_p is not None and top_p != 1 and is_json_number(temperature):
        yield "top_p", REMOVE


def is_json_number(value: object) -> bool:
    """Whether it is a number of JSON's, which a boolean is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
