"""`repair_refused`: Mistral's refusal of a request, read, and the smallest change that fixes it.

Two kinds of response are read. A fault of the schema (422) lists places: `entry_cures` has what is
done there. A fault behind the schema (400) says in words what is wrong: `_WORDS_OF_REFUSALS` has
the words, `cures` what is done. The status does not decide between them: the same fault came as 400
and as 422.

Everything here is done to the payload that was refused; nothing is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from mistral_sanitize.report import Report
from mistral_sanitize.validation import cures
from mistral_sanitize.validation.entry_cures import cure_entries

__all__ = ["repair_refused"]

_STATUSES = (400, 422)

# Bounds, since a response may come from anywhere: the longest message seen has 200 characters, and
# a wrapped response was three objects deep.
_MAX_WORDS = 10_000
_MAX_ENVELOPES = 6


def repair_refused(
    payload: dict[str, Any], status: int, body: bytes | str | dict[str, Any]
) -> Report | None:
    """The smallest change to `payload` after which Mistral does not refuse it for this reason.

    `status` and `body` are those of Mistral's response to `payload`; `body` as received, or parsed.
    ``None`` where only the caller can help: a model that is gone, media that cannot be decoded, a
    field that is missing, a key or a limit of the account, a response that is not understood.

    Only what the response names is changed. Parameters are removed, or set to what the response
    says is accepted; content goes only where the response asks for it (an unknown key, reasoning
    that the model does not accept), and the change is then marked lossy. The argument is not
    changed.

    Raises `TypeError` for a payload that is not a ``dict``, and nothing else.
    """
    if not isinstance(payload, dict):
        raise TypeError(f"a payload is a dict, not {type(payload).__name__}")
    if status not in _STATUSES:
        return None
    for found in _envelopes(_parse_body(body)):
        if isinstance(found, (list, tuple)) and found:
            return cure_entries(payload, found)
        if isinstance(found, str) and (report := _cure_words(payload, found[:_MAX_WORDS])):
            return report
    return None


def _parse_body(body: object) -> object:
    """The body as parsed JSON; ``None`` for what is not JSON."""
    if isinstance(body, (bytes, bytearray)):
        body = bytes(body).decode("utf-8", "replace")
    if not isinstance(body, str):
        return body
    # Logs of SDKs put words in front: "Error code: 422 - {'detail': [...]}".
    parsed = _parsed(body[max(body.find("{"), 0) : body.rfind("}") + 1])
    return None if isinstance(parsed, str) else parsed


def _envelopes(body: object) -> Iterator[object]:
    """The lists of entries and the messages in a body, outermost first.

    A response of January 2024 has them in a JSON string under ``message``, one of April 2024 in an
    object there, one of 2025 under ``detail``; proxies put the whole response under ``error``.
    """
    level = [body]
    for _ in range(_MAX_ENVELOPES):
        objects = [each for each in level if isinstance(each, dict)]
        # An entry alone is what some clients print of the list.
        yield from ([each] for each in objects if "loc" in each)
        yield from (each for each in level if not isinstance(each, dict))
        level = [
            _parsed(each[key])
            for each in objects
            for key in ("detail", "message", "error")
            if key in each
        ]


def _parsed(value: object) -> object:
    """The JSON object in a string, or the Python ``repr`` of one; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    source = value if not value.lstrip().startswith("{'") else _LITERAL.sub(_as_json, value)
    try:
        return json.loads(source)
    # Integers of more than 4,300 digits are a ValueError too.
    except (ValueError, RecursionError):
        return value


# A string, or a word that JSON spells otherwise. An open string ends with the text, so that the
# search is linear whatever the text.
_LITERAL = re.compile(
    r"'((?:[^'\\]|\\.)*)(?:'|\Z|\\\Z)|\"((?:[^\"\\]|\\.)*)(?:\"|\Z|\\\Z)|\b(None|True|False)\b",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})|\\(')|(?<!\\)(\")")
_WORDS = {"None": "null", "True": "true", "False": "false"}


def _as_json(found: re.Match[str]) -> str:
    if found[3]:
        return _WORDS[found[3]]
    return f'"{_ESCAPE.sub(_escaped, found[1] or found[2] or "")}"'


def _escaped(found: re.Match[str]) -> str:
    if found[1]:
        return f"\\u00{found[1]}"
    return "'" if found[2] else '\\"'


def _cure_words(payload: dict[str, Any], message: str) -> Report | None:
    for pattern, cure in _WORDS_OF_REFUSALS:
        if found := pattern.search(message):
            return cure(payload, found)
    return None


_WORDS_OF_REFUSALS: Final[tuple[tuple[re.Pattern[str], Callable[..., Report | None]], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), cure)
    for pattern, cure in (
        (
            "Logprobs are not enabled",
            cures.remove_parameters(
                "logprobs", "top_logprobs", "prompt_logprobs", "top_prompt_logprobs"
            ),
        ),
        (
            r"reasoning_effort\S{0,100} is not supported(?:.*Must be one of (.*))?",
            cures.replace_effort,
        ),
        ("Reasoning effort is not enabled", cures.remove_parameters("reasoning_effort")),
        ("Reasoning prompt mode is not enabled", cures.remove_parameters("prompt_mode")),
        ("Reasoning input is not enabled", cures.remove_thinking),
        (
            "top_p must be 1 when using greedy",
            cures.remove_parameters("top_p", rule="refused-greedy"),
        ),
        ("only compatible with `?tool_choice", cures.choose_auto),
        ("either content or tool_calls, but not none", cures.remove_empty_messages),
        ("either content or tool_calls, but not both", cures.remove_empty_key),
        ("Expected last role", cures.mark_prefix),
        (r"Unexpected role '(\w+)' after role '(\w+)'", cures.put_in_order),
        (r"Unexpected tool call id (.*) in tool results", cures.pair_result),
        (r"Tool call id was (.*) but must be", cures.replace_id),
        (r"Function name was (.*) but must be", cures.replace_name),
        (r"\b(\w{1,64})`?(?:=\S{1,100})? is not (?:supported|enabled)", cures.remove_option),
        (r"does not support `?(\w+)", cures.remove_option),
    )
)
"""What is done, by the words of the message; the first that is found decides."""
