"""A value of the schema in one line, for the reference and for errors of the compiler."""

from __future__ import annotations

from mistral_sanitize.schema.node import Value

__all__ = ["signature"]


def signature(value: Value) -> str:
    """A value in one line: ``number[0,1.5] | null``, ``string | [{chunk.text}]``.

    ``[`` and ``]`` around bounds are inclusive, ``(`` and ``)`` exclusive; ``[x]`` is a list of
    x, ``{slot}`` an object of the schema, ``object`` one of the user's.
    """
    nodes = [value.node] if value.node else value.tags.values()
    parts = list(dict.fromkeys(f"{{{node.slot}}}" for node in nodes))
    if "object" in value.types and not parts:
        parts.append("object")
    if "boolean" in value.types:
        parts.append("boolean")
    parts.extend(kind + _interval(value) for kind in ("integer", "number") if kind in value.types)
    if "string" in value.types:
        parts.append("string" if value.words is None else f"enum({'|'.join(value.words)})")
    if value.items is not None:
        least = "" if value.min_items is None else f" items{value.min_items}.."
        parts.append(f"[{signature(value.items)}]{least}")
    if "null" in value.types:
        parts.append("null")
    return " | ".join(parts)


def _interval(value: Value) -> str:
    if value.low is None and value.high is None:
        return ""
    low = "-inf" if value.low is None else f"{value.low:g}"
    high = "inf" if value.high is None else f"{value.high:g}"
    return f"{'(' if value.low_open else '['}{low},{high}{')' if value.high_open else ']'}"
