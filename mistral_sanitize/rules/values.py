"""Rules of the group *values*: values that Mistral, or the model, does not accept.

Those about reasoning are in `reasoning`.
"""

from __future__ import annotations

from typing import Any, Final

from mistral_sanitize.rules._bare_properties import JSON_TYPES, is_schema
from mistral_sanitize.rules._json_schema import with_object
from mistral_sanitize.rules._loss import json_text, says_something
from mistral_sanitize.rules._parts import text_of
from mistral_sanitize.rules._rule import (
    REMOVE,
    SPEC,
    Absorbed,
    Edits,
    Group,
    Outcome,
)
from mistral_sanitize.rules._run import Run
from mistral_sanitize.rules._strict_schema import closed
from mistral_sanitize.schema.node import Node, Value

__all__ = ["VALUES"]


VALUES: Final = Group("values", "Values that Mistral, or the model, does not accept")


@VALUES.value(
    "stop",
    "an empty stop sequence has no effect, and Mistral refuses it",
    "https://github.com/langchain-ai/langchain/pull/38047 (2026-06): [] refused",
    lossy=False,
)
def stop(value: Any, place: Value, run: Run) -> Any:
    """Empty strings, and lists with nothing in them, go."""
    if isinstance(value, str):
        return value or REMOVE
    if not isinstance(value, (list, tuple)):
        return value
    kept = [item for item in value if item is not None and item != ""]
    if not kept:
        return REMOVE
    return value if len(kept) == len(value) else kept


@VALUES.value(
    "stop-limit",
    "at most four stop sequences are kept",
    "https://github.com/langchain-ai/langchain/pull/38047 (2026-06); no limit is published",
    default=False,
    lossy=True,
    never_changes=(str,),
)
def stop_limit(value: Any, place: Value, run: Run) -> Any:
    """The first four, where there are more."""
    return value[:4] if isinstance(value, (list, tuple)) and len(value) > 4 else value


_FORMATS = {"json": "json_object"}


@VALUES.value(
    "response-format",
    "Mistral's response_format has another shape",
    f"{SPEC}: ResponseFormat and JsonSchema",
)
def response_format(value: Any, place: Value, run: Run) -> Any:
    """OpenAI's shapes, chat and Responses, llama.cpp's, and bare words, to Mistral's."""
    assert place.node is not None
    if isinstance(value, str):
        made = _response_format({"type": value}, place.node)
        return made if made is REMOVE or isinstance(made, Outcome) else Outcome(made, False)
    return _response_format(value, place.node) if isinstance(value, dict) else value


def _response_format(value: dict[str, Any], node: Node) -> Any:
    if "type" in value and value["type"] is None:
        value = {k: v for k, v in value.items() if k != "type"}
    types = node.fields["type"].value.words or ()
    kind = value.get("type")
    kind = _FORMATS.get(kind, kind) if isinstance(kind, str) else kind
    if "json_schema" in types:
        made = _schema_format(value, kind)
        if made is not None:
            return made
    elif kind == "json_schema":
        return Outcome({"type": "json_object"})  # the schemas of 2024 have no other JSON format
    if kind == "json_schema" and value.get("json_schema") is None:
        plain = {"type": "json_object"}
        says = any(says_something(v) for key, v in value.items() if key != "type")
        return Outcome(plain) if says else plain
    if isinstance(kind, str) and kind not in types:
        return REMOVE
    if kind is None:
        return value if node.fields.keys() & value.keys() else REMOVE
    return value if kind is value.get("type") else {**value, "type": kind}


def _schema_format(value: dict[str, Any], kind: object) -> dict[str, Any] | Outcome | None:
    """The format as one by a schema, where it has one and is not in that shape yet."""
    schema = value.get("json_schema")
    if schema is None and isinstance(value.get("value"), dict):  # text-generation-inference's
        schema = value["value"]
        value = {key: inner for key, inner in value.items() if key not in ("value", "json_schema")}
        named = schema if "schema" in schema else {"schema": schema}
        return _by_schema({**value, "type": "json_schema", "json_schema": named}, kind)
    if isinstance(schema, dict):
        named = _named_schema(schema)
        if named is not schema:
            return {**value, "type": "json_schema", "json_schema": named}
        return {**value, "type": "json_schema"} if kind is None else None
    if isinstance(kind, str) and kind in JSON_TYPES:  # the format is the schema itself
        return {"type": "json_schema", "json_schema": _named_schema(value)}
    if schema is None and isinstance(value.get("schema"), dict):
        flat = {k: v for k, v in value.items() if k not in ("type", "json_schema")}
        return _by_schema({"type": "json_schema", "json_schema": flat}, kind)
    return None


def _by_schema(made: dict[str, Any], kind: object) -> dict[str, Any] | Outcome:
    """A format by a schema, in place of one whose type said no more, or said something else."""
    return made if kind in (None, "json_schema", "json_object", "text") else Outcome(made)


def _named_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in the place of the object that names it, in an object: any other as it is."""
    if isinstance(schema.get("schema"), dict):
        whole = with_object(schema["schema"], within=True)  # only where it is invalid otherwise
        return schema if whole is schema["schema"] else {**schema, "schema": whole}
    if "schema" in schema:
        return schema
    apart = {key: schema[key] for key in ("name", "strict") if _names_schema(key, schema)}
    bare = {key: value for key, value in schema.items() if key not in apart}
    near = _near_place(bare) if "name" in apart else None
    if near is not None:
        return {**apart, **{"schema" if k == near else k: value for k, value in bare.items()}}
    whole = with_object(bare)
    return {**apart, "schema": whole} if whole is not bare or is_schema(bare) else schema


def _names_schema(key: str, schema: dict[str, Any]) -> bool:
    """Whether a key is that of the object that names a schema, not one of the schema's."""
    return isinstance(schema.get(key), str if key == "name" else bool)


_NEAR: Final = ("json_schema", "value", "parameters")
"""Where the schema may be beside a name, in place of ``schema``."""


def _near_place(obj: dict[str, Any]) -> str | None:
    return next((key for key in _NEAR if _is_object_schema(obj.get(key))), None)


def _is_object_schema(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return value.get("type") == "object" or isinstance(value.get("properties"), dict)


@VALUES.request(
    "strict-schema",
    "Mistral accepts a strict schema only with additionalProperties false on every object",
    "https://github.com/mistralai/client-ts/issues/107 (400, 2025-06); every strict schema that is "
    "recorded with a 200 has it",
    lossy=False,
    reads=["response_format"],
)
def strict_schema(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """``additionalProperties: false`` on the objects of a strict schema that say nothing of it."""
    form = request["response_format"]
    named = form.get("json_schema") if isinstance(form, dict) else None
    if isinstance(named, dict) and named.get("strict") is True:
        schema = closed(named.get("schema"))
        if schema is not named.get("schema"):
            yield "response_format", {**form, "json_schema": {**named, "schema": schema}}


@VALUES.key("response-format")
def format_key(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed | None:
    """Ollama's ``format`` and the Responses API's ``text.format``, where nothing else says it.

    Beside Mistral's own name they go, though that may go too: a second pass would find them alone.
    """
    value = obj[key]
    lost = False
    if key == "text":
        lost = isinstance(value, dict) and len(value) > 1
        value = value.get("format") if isinstance(value, dict) else None
    if not value or "response_format" not in node.fields:
        return None
    if obj.get("response_format") is not None:
        return Absorbed()
    if isinstance(value, dict) and not isinstance(
        value.get("json_schema", value.get("schema")), dict
    ):
        if value.get("type") in ("text", "json_object"):
            return Absorbed({"response_format": value}, lost)
        value = {"type": "json_schema", "json_schema": {"schema": value}}
    return Absorbed({"response_format": value}, lost)


@VALUES.value(
    "prediction",
    "Mistral accepts predicted content only as one string",
    f"{SPEC}: Prediction.content",
)
def prediction(value: Any, place: Value, run: Run) -> Any:
    """Text parts as one string, and a bare string in an object, as Mistral has them."""
    if place.node is not None:  # the prediction itself, not its content
        if isinstance(value, (str, list, tuple)):
            return {"type": "content", "content": value} if value else REMOVE
        return value
    if isinstance(value, (list, tuple)):
        texts = [text_of(part) for part in value]
        return value if None in texts else "".join(t for t in texts if t)
    return value


@VALUES.value(
    "image-detail", "Mistral's image detail is low, auto or high", f"{SPEC}: ImageURL.detail"
)
def image_detail(value: Any, place: Value, run: Run) -> Any:
    """A word that the schema lacks goes: Mistral then chooses."""
    if place.words is None or value is None or (isinstance(value, str) and value in place.words):
        return value
    return REMOVE


_TIERS = {
    "priority": "auto",
    "fast": "auto",
    "default": "standard_only",
    "standard": "standard_only",
    "flex": "standard_only",
    "scale": "standard_only",
}


@VALUES.value(
    "service-tier", "Mistral's service tiers are auto and standard_only", f"{SPEC}: service_tier"
)
def service_tier(value: Any, place: Value, run: Run) -> Any:
    """OpenAI's tiers to the nearest of Mistral's two."""
    words = place.words or ()
    if not isinstance(value, str) or value in words:
        return value
    tier = _TIERS.get(value)
    return Outcome(tier) if tier in words else REMOVE


@VALUES.value(
    "cache-key",
    "Mistral accepts only a string as prompt_cache_key",
    "LiteLLM 1.110.2, llms/mistral/chat/transformation.py: a string of ASCII (2026-11)",
    never_changes=(str,),
    lossy=False,
)
def cache_key(value: Any, place: Value, run: Run) -> Any:
    """A number becomes its text: the same key is then the same."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return (json_text(value) or value) if is_number else value


@VALUES.request(
    "model-n",
    "this model generates only one completion",
    "Mistral's docs, inference/sampling, 2026-08-21: not on mistral-large-2512",
    lossy=True,
    reads=["n"],
)
def model_n(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """More than one completion, where the model is known to give one only."""
    if request["n"] not in (None, 1) and run.facts.n is False:
        yield "n", REMOVE


@VALUES.request(
    "model-output-dimension",
    "this model's embeddings have only one size",
    "400 'does not support output_dimension' on mistral-embed, 2026-07-19",
    lossy=True,
    reads=["output_dimension"],
)
def model_output_dimension(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """The size of an embedding, where the model is known to have one only."""
    if request["output_dimension"] is not None and run.facts.output_dimension is False:
        yield "output_dimension", REMOVE
