"""The models against the newest `mistralai`: whatever Mistral adds to its SDK is noticed here.

The SDK is generated from Mistral's own document, which runs ahead of the published one. These
tests need it installed (``mistralai[gcp]``, the dependency group ``drift``) and are marked
``sdk``; without it they fail, so that nobody believes they ran. A difference means: date the
field in `models` (and add a profile), or write it into `KNOWN` with the reason.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from mistral_sanitize import models, profiles
from mistral_sanitize.profiles import Profile
from mistral_sanitize.schema.compile import slots
from mistral_sanitize.schema.node import Node

pytestmark = pytest.mark.sdk

REQUESTS = {
    "/v1/chat/completions": "ChatCompletionRequest",
    "/v1/fim/completions": "FIMCompletionRequest",
    "/v1/agents/completions": "AgentsCompletionRequest",
    "/v1/embeddings": "EmbeddingRequest",
    "/v1/moderations": "ClassificationRequest",
    "/v1/chat/moderations": "ChatModerationRequest",
    "/v1/classifications": "ClassificationRequest",
    "/v1/chat/classifications": "ChatClassificationRequest",
}

CLIENTS = [
    *(("mistralai.client.models", profiles.V2026_11_01, path) for path in REQUESTS),
    ("mistralai.azure.client.models", profiles.AZURE_2026_11_01, "/v1/chat/completions"),
    ("mistralai.gcp.client.models", profiles.VERTEX_2026_11_01, "/v1/chat/completions"),
    ("mistralai.gcp.client.models", profiles.VERTEX_2026_11_01, "/v1/fim/completions"),
]

# Classes of ours that have another name than the SDK's: our `Tool` is the union of all tools, and
# Speakeasy has its own way with capitals.
RENAMED = {
    "FunctionTool": "Tool",
    "ConnectorTool": "CustomConnector",
    "ModerationLLMV1Config": "ModerationLlmv1Config",
    "ModerationLLMV2Config": "ModerationLlmv2Config",
    "ModerationLLMV1CategoryThresholds": "ModerationLlmv1CategoryThresholds",
    "ModerationLLMV2CategoryThresholds": "ModerationLlmv2CategoryThresholds",
}

# (class, field): why the SDK's and ours may differ in whether there is such a field.
KNOWN: dict[tuple[str, str], str] = {}

# (class, field): why the words of an enum may differ.
KNOWN_WORDS = {
    ("ToolCall", "type"): "the SDK takes any string; the document has an enum of one word",
    ("ToolChoice", "type"): "the same",
    ("ToolReferenceChunk", "tool"): "any string is taken beside the words",
}

Shape = dict[str, dict[str, frozenset[str]]]
"""By class and field, the words of the field's enum, if it has any."""


def leaves(annotation: Any) -> Iterator[Any]:
    """What stands in an annotation, through aliases, unions and lists."""
    if get_origin(annotation) is Literal:
        yield annotation
    elif hasattr(annotation, "__metadata__"):  # An Annotated: its other arguments are no types.
        yield from leaves(get_args(annotation)[0])
    elif get_args(annotation):
        for argument in get_args(annotation):
            yield from leaves(argument)
    elif hasattr(annotation, "__value__"):  # An alias; one with arguments is ``OptionalNullable``.
        yield from leaves(annotation.__value__)
    else:
        yield annotation


def sdk_shape(request: type[BaseModel]) -> Shape:
    """The classes that can be reached from a request of the SDK's."""
    shape: Shape = {}
    ahead = [request]
    while ahead:
        model = ahead.pop()
        fields = shape[model.__name__] = {}
        for name, info in model.model_fields.items():
            found = list(leaves(info.annotation))
            literals = (get_args(leaf) for leaf in found if get_origin(leaf) is Literal)
            fields[info.alias or name] = frozenset(word for words in literals for word in words)
            ahead += [
                leaf
                for leaf in found
                # ``UnknownContentChunk`` and its like are what the SDK makes of what it does not
                # know in an answer; ``Unset`` is its way to leave a field out.
                if isinstance(leaf, type)
                and issubclass(leaf, BaseModel)
                and not leaf.__name__.startswith(("Unknown", "Unset"))
                and leaf.__name__ not in shape
            ]
    return shape


def our_shape(path: str, profile: Profile) -> Shape:
    """The same of our models, under a profile."""
    names = {
        thing.slot: name
        for name in models.__all__
        if isinstance(thing := getattr(models, name), type) and hasattr(thing, "slot")
    }
    names["request"] = REQUESTS[path]

    def words(node: Node) -> dict[str, frozenset[str]]:
        return {name: frozenset(field.value.words or ()) for name, field in node.fields.items()}

    return {
        RENAMED.get(names[slot], names[slot]): words(node)
        for slot, node in slots(models.ENDPOINTS[path], profile).items()
    }


def test_every_endpoint_is_compared() -> None:
    """None is left out of the table above."""
    assert set(REQUESTS) == set(models.ENDPOINTS)


@pytest.mark.parametrize(("package", "profile", "path"), CLIENTS, ids=str)
def test_the_sdk_has_our_fields_and_we_have_its(package: str, profile: Profile, path: str) -> None:
    """On every object of the request, nested ones included, up to what is `KNOWN`."""
    sdk = sdk_shape(getattr(importlib.import_module(package), REQUESTS[path]))
    ours = our_shape(path, profile)

    theirs_alone = {(c, f) for c in sdk for f in sdk[c] if f not in ours.get(c, {})}
    ours_alone = {(c, f) for c in ours for f in ours[c] if f not in sdk.get(c, {})}

    version = importlib.metadata.version("mistralai")
    assert sorted(theirs_alone - set(KNOWN)) == [], f"mistralai {version} has more"
    assert sorted(ours_alone - set(KNOWN)) == [], f"mistralai {version} lacks them"
    assert set(sdk) == set(ours), "objects without a field count as well"


@pytest.mark.parametrize(("package", "profile", "path"), CLIENTS, ids=str)
def test_the_sdk_has_our_words_and_we_have_its(package: str, profile: Profile, path: str) -> None:
    """In every enum, up to what is known; a new effort, tier or format is noticed."""
    sdk = sdk_shape(getattr(importlib.import_module(package), REQUESTS[path]))

    assert [
        (name, field, sorted(sdk[name][field] ^ words))
        for name, fields in our_shape(path, profile).items()
        for field, words in fields.items()
        if (name, field) not in KNOWN_WORDS
        # Whether there is such a field at all is the other test's matter.
        if words != sdk.get(name, {}).get(field, words)
    ] == []
