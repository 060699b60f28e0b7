"""``$id`` goes from a schema, and what referred to it refers to the same place nevertheless.

``$id`` names the base that references are resolved against. Without it ``https://e.org/s#/$defs/x``
leads nowhere: it becomes ``#/$defs/x``. Source: JSON Schema draft 7, "The $id keyword"; RFC 3986,
section 5; RFC 6901, section 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urldefrag, urljoin

from mistral_sanitize.rules._subschemas import Keys, repair_schema, subschemas

__all__ = ["without_id"]

_MOST: Final = 10_000
"""Schemas that are looked at for a base: references are followed in schemas that people write."""
_MAX_POINTER: Final = 500
"""How long a pointer may get: at great depth each would be as long as the depth."""


def without_id(schema: Any) -> Any:
    """Without ``$id``, in the schema and in every schema within; a property of that name stays.

    References to a base that goes become local ones. The very same object where it has no ``$id``.
    """
    found = False

    def note(inner: dict[str, Any], keys: Keys) -> dict[str, Any]:
        nonlocal found
        found = found or "$id" in inner
        return inner

    repair_schema(schema, note)
    if not found:
        return schema
    local = _local_references(schema)

    def fix(inner: dict[str, Any], keys: Keys) -> dict[str, Any]:
        if "$id" in inner:
            inner = {key: value for key, value in inner.items() if key != "$id"}
        return inner

    def refer(inner: dict[str, Any], keys: Keys) -> dict[str, Any]:
        new = local.get(id(inner))
        return inner if new is None else {**inner, "$ref": new}

    return repair_schema(schema, fix, refer)


def _local_references(schema: dict[str, Any]) -> Mapping[int, str]:
    """The references that need another text without the bases, by the id of their schema."""
    waiting: list[tuple[dict[str, Any], str, str]] = [(schema, "", "")]
    bases: dict[str, str] = {}
    references: list[tuple[dict[str, Any], str]] = []
    for inner, base, place in waiting:  # grows while it is walked
        given = inner.get("$id")
        if isinstance(given, str) and given:
            named = _joined(base, given)
            bases.setdefault(named.removesuffix("#"), place)
            base = named if not given.startswith("#") else base
        if isinstance(inner.get("$ref"), str):
            references.append((inner, base))
        if len(waiting) > _MOST or len(place) > _MAX_POINTER:
            continue
        for keys, each in subschemas(inner):
            if isinstance(each, dict):
                waiting.append((each, base, place + "".join(map(_token, keys))))
    local = {}
    for inner, base in references:
        new = _local(inner["$ref"], base, bases)
        if new is not None and new != inner["$ref"]:
            local[id(inner)] = new
    return local


def _local(reference: str, base: str, bases: Mapping[str, str]) -> str | None:
    """The reference within the document; ``None`` where it leads to another document."""
    target = _joined(base, reference)
    if target in bases:  # a base as a whole, or a place that an ``$id`` of draft 7 names
        return "#" + bases[target]
    document, fragment = urldefrag(target)
    if document not in bases:
        return None
    if fragment and not fragment.startswith("/"):
        return "#" + fragment  # an anchor
    return "#" + bases[document] + fragment


def _joined(base: str, reference: str) -> str:
    if reference.startswith("#"):  # urljoin knows no fragments of a urn
        return urldefrag(base).url + reference if reference != "#" else urldefrag(base).url
    try:
        return urljoin(base, reference)
    except ValueError:  # as of "http://["
        return reference


def _token(key: object) -> str:
    """A key as a token of a JSON pointer in a URI's fragment."""
    text = str(key).replace("~", "~0").replace("/", "~1")
    return "/" + quote(text, safe="~!$&'()*+,;=:@", errors="replace")
