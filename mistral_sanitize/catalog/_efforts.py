"""The words of ``reasoning_effort`` as one scale, and which of a model's words replaces another.

Who rounds how (2026-11): the AI SDK and Mistral's own vibe take the next lower level, LiteLLM the
next higher one; none of them ever puts ``none`` in the place of a level. A repair must not spend
more than was asked for, so here it is the next lower one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["EFFORTS", "nearest_effort"]

EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Every word that some API has, from the least reasoning to the most."""

_RANK: Final = {word: rank for rank, word in enumerate(EFFORTS)}


def nearest_effort(word: str, accepted: Sequence[str]) -> str | None:
    """The one of the `accepted` words that stands for `word` with a model.

    The word itself if it is accepted; else the nearest level below; else the lowest level above.
    Whoever asks for a level gets one, never ``none``; whoever asks for ``none`` where the model
    cannot stop gets its lowest level.

    Returns:
        ``None`` where nothing stands for it: a word that is on no scale, or no level is accepted.
    """
    if word in accepted:
        return word
    if word not in _RANK:
        return None
    levels = sorted((w for w in accepted if w != "none" and w in _RANK), key=_RANK.__getitem__)
    below = [level for level in levels if _RANK[level] < _RANK[word]]
    return below[-1] if below else next(iter(levels), None)
