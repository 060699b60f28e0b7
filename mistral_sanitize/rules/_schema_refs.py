"""Removes ``$id`` from a schema, and makes references to it point to the same place without it.

``$id`` names the base that references are resolved against. Without it ``https://e.org/s#/$defs/x``
leads nowhere: it becomes ``#/$defs/x``. Source: JSON Schema draft 7, "The $id keyword"; RFC 3986,
section 5; RFC 6901, section 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urldefrag, urljoin

from mistral_sanitize.rules._subschemas import Keys, walk_schema

__all__ = ["without_id"]

_LONGEST: Final = 500
"""How long a pointer may get: at great depth each would be as long as the depth."""


def without_id(schema: Any) -> Any:
    """Without ``$id``, in the schema and in every schema within; a property of that name stays.

    References to a base that goes become local ones. The very same object where it has no ``$id``.
    """
    bases: dict[str, str] = {}
    found = False

    def note(
        inner: dict[str, Any], keys: Keys, around: tuple[str, str]
    ) -> tuple[dict[str, Any], tuple[str, str]]:
        nonlocal found
        base, place = around
        found = found or "$id" in inner
        if len(place) < _LONGEST:
            place += "".join(map(_fragment_token, keys))
            named = _own_uri(inner, base)
            if named is not None:
                bases.setdefault(named.removesuffix("#"), place)
        return inner, (_base(inner, base), place)

    walk_schema(schema, note, ("", ""))
    if not found:
        return schema

    def fix(inner: dict[str, Any], keys: Keys, base: str) -> tuple[dict[str, Any], str]:
        base = _base(inner, base)
        new = inner
        if "$id" in inner:
            new = {key: value for key, value in inner.items() if key != "$id"}
        reference = inner.get("$ref")
        local = _local(reference, base, bases) if isinstance(reference, str) else None
        if local is not None and local != reference:
            new = {**new, "$ref": local}
        return new, base

    return walk_schema(schema, fix, "")


def _own_uri(schema: Mapping[str, Any], base: str) -> str | None:
    """The URI that an ``$id`` gives its schema, if it has one."""
    given = schema.get("$id")
    return _joined(base, given) if isinstance(given, str) and given else None


def _base(schema: Mapping[str, Any], base: str) -> str:
    """The base of the references within a schema."""
    named = _own_uri(schema, base)
    return base if named is None or schema["$id"].startswith("#") else named


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


def _fragment_token(key: object) -> str:
    """A key as a token of a JSON pointer in a URI's fragment."""
    text = str(key).replace("~", "~0").replace("/", "~1")
    return "/" + quote(text, safe="~!$&'()*+,;=:@", errors="replace")
