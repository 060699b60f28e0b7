"""`repair_refused`: Mistral's refusal of a request, read, and the smallest change that fixes it.

`envelopes` finds the refusal in the response. It is of one of two kinds. A fault of the schema
(422) lists places: `entry_cures` has what is done there. Any other says in words what is wrong:
`known` has the words, and `CURES` what is done by the row. The status does not decide between them:
the same fault came as 400 and as 422, and what a chat template raises comes as 400, 404 or 500.

Everything here is done to the payload that was refused; nothing is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from mistral_sanitize.report import Report
from mistral_sanitize.validation import cures, order_cures
from mistral_sanitize.validation.entry_cures import cure_entries, cure_extra_in_words
from mistral_sanitize.validation.envelopes import Sentence, findings
from mistral_sanitize.validation.known import KNOWN_REFUSALS
from mistral_sanitize.validation.pair_cures import pair_calls

__all__ = ["CURES", "STATUSES", "repair_refused"]

_STATUSES: Final = (400, 422)
_TEMPLATE_STATUSES: Final = (404, 500)
"""With these, servers that render a chat template answer what it raises: mlx-lm, llama.cpp."""
STATUSES: Final = frozenset((*_STATUSES, *_TEMPLATE_STATUSES))
"""The statuses of responses that are read."""

# The longest message seen has 200 characters.
_MAX_WORDS: Final = 10_000


def repair_refused(
    payload: Mapping[str, Any], status: int, body: bytes | str | dict[str, Any]
) -> Report | None:
    """The smallest change to `payload` after which Mistral does not refuse it for this reason.

    Only what the response names is changed. Parameters are removed, or set to what the response
    says is accepted; content is removed only if the response asks for it (an unknown key, reasoning
    that the model does not accept), and the change is then marked lossy.

    Args:
        payload: the parsed JSON object that was refused: a dict, typed as a mapping so that the
            TypedDicts of OpenAI's SDK fit. Never changed.
        status: the status of Mistral's response to it.
        body: the body of that response, as received or as parsed JSON.

    Returns:
        A `Report` with the repaired payload, or ``None`` if only the caller can fix it: a model
        that no longer exists, media that cannot be decoded, a missing field, a key or a limit of
        the account, a response that was not understood.

    Raises:
        TypeError: the payload is not a dict.
    """
    if not isinstance(payload, dict):
        raise TypeError(f"a payload is a dict, not {type(payload).__name__}")
    if status not in STATUSES:
        return None
    for found in findings(body):
        if isinstance(found, list):
            return cure_entries(payload, found) if status in _STATUSES else None
        if report := _cure_words(payload, found, status):
            return report
    return None


def _cure_words(payload: dict[str, Any], sentence: Sentence, status: int) -> Report | None:
    text = sentence.text[:_MAX_WORDS]
    for pattern, cure, hosts in _CURES_BY_WORDS:
        found = pattern.search(text)
        if found is None or sentence.is_parsed(found.start()):
            continue
        if status in _STATUSES or "chat-template" in hosts:
            return cure(payload, found)
    return None


_Cure = Callable[[dict[str, Any], "re.Match[str]"], "Report | None"]

CURES: Final[Mapping[str, _Cure]] = {
    "logprobs": cures.remove_parameters(
        "logprobs", "top_logprobs", "prompt_logprobs", "top_prompt_logprobs"
    ),
    "greedy": cures.remove_parameters("top_p", rule="refused-greedy"),
    "forced-tool": cures.choose_auto,
    "strict-schema": cures.close_schemas,
    "effort": cures.replace_effort,
    "no-effort": cures.remove_parameters("reasoning_effort"),
    "prompt-mode": cures.remove_parameters("prompt_mode"),
    "n": cures.remove_parameters("n"),
    "prediction": cures.remove_option,
    "dimension": cures.remove_option,
    "start": order_cures.begin_with_user,
    "last-role": cures.mark_prefix,
    "order": order_cures.reorder,
    "unanswered": pair_calls,
    "unexpected-id": cures.pair_result,
    "empty": cures.remove_empty_messages,
    "both": cures.remove_empty_key,
    "id": cures.replace_id,
    "call-id": cures.define_ids,
    "result-id": cures.define_ids,
    "name": cures.replace_name,
    "thinking": cures.remove_thinking,
    "leading-thinking": cures.merge_thinking,
    "template-turns": order_cures.alternate,
    "template-role": order_cures.alternate,
    "template-empty": cures.remove_empty_messages,
    "template-id": cures.fit_ids,
    "template-call-type": cures.add_call_types,
    "template-null-content": cures.empty_nulls,
    "template-content": cures.join_texts,
    "template-tool-choice": cures.require_tool,
    "template-options": cures.remove_parameters(
        "chat_template", "chat_template_kwargs", rule="refused-extra"
    ),
    "extra-parameters": cures.remove_listed,
    "extra-in-words": cure_extra_in_words,
    "option": cures.remove_option,
}
"""What is done, by the name of the row of `KNOWN_REFUSALS` whose words the response has."""

_CURES_BY_WORDS: Final = tuple(
    (re.compile(row.reads, re.DOTALL), CURES[name], row.hosts)
    for name, row in KNOWN_REFUSALS.items()
    if row.reads
)
