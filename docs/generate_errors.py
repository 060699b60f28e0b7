"""The index of errors: every response that is known, its cause, what prevents it, what cures it.

Made of `KNOWN_REFUSALS`, the table that `check` and `repair_refused` read. `docs/generate.py`
writes the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from mistral_sanitize import repair_refused
from mistral_sanitize.rules import RULES
from mistral_sanitize.validation.edits import REASONS
from mistral_sanitize.validation.known import KNOWN_REFUSALS, KnownRefusal

HOSTS = {"mistral": "Mistral", "chat-template": "servers with a chat template", "azure": "Azure"}
KINDS = {
    "invalid_model": "the model",
    "invalid_request_invalid_args": "an argument, or what the model supports",
    "invalid_request_prompt": "too much input",
    "invalid_request_message_order": "the order of messages",
    "invalid_function_call": "ids and names of calls",
    "invalid_request_audio": "audio",
    "invalid_request_json_schema": "a JSON Schema",
    "internal_server_error": "a server error that a faulty request causes",
}
OUTSIDE = {
    "401": "The key is missing, wrong, or one of another host: Codestral's own host has keys of "
    "its own ([hosts and keys](../guides/mistral-hosts.md)).",
    "403": "The account may not use this model or endpoint.",
    "404": "The path is wrong: often `/v1` is missing, or there twice. A model that is gone "
    "can be a 404, too.",
    "413": "The body is too large for a proxy in front, such as this library's server adapters "
    "(`max_body_size=`).",
    "429": "Too many requests, or tokens, for the plan: wait and try again "
    "([the free plan](../guides/mistral-hosts.md#the-free-plan)).",
    "500, 502, 503, 504": "A fault of the server or of the network: try again. The index has one "
    "exception: the entries of [500](#internal_server_error).",
}
"""Statuses that no change to the content of a request cures."""

_DETAIL: dict[str, Any] = {"detail": [{
    "type": "extra_forbidden", "loc": ["body", "user"],
    "msg": "Extra inputs are not permitted", "input": "ada",
}]}  # fmt: skip
_SENT: dict[str, Any] = {"model": "mistral-small-latest", "messages": [], "user": "ada"}
_SAID = json.dumps(_DETAIL)
ENVELOPES: dict[str, str] = {
    "Mistral, 422": _SAID,
    "Mistral, 2024": json.dumps({"object": "error", "message": _DETAIL, "code": None}),
    "OpenRouter": json.dumps(
        {"error": {"message": "Provider returned error", "code": 422, "metadata": {"raw": _SAID}}}
    ),
    "LiteLLM's proxy": json.dumps({"error": {
        "message": f"litellm.BadRequestError: MistralException - {_SAID}. Received Model Group=m",
        "type": None, "param": None, "code": "422",
    }}),
    "One-API, new-api": json.dumps(
        {"error": {"message": _SAID, "type": "upstream_error", "param": "", "code": "bad_response"}}
    ),
    "a gateway that puts words in front": json.dumps({"error": f"upstream said: {_SAID}"}),
    "OpenAI's SDK, as an exception is printed": f"Error code: 422 - {_DETAIL}",
    "Mistral's SDK, as an exception is printed":
        f"API error occurred: Status 422. Body: {_SAID}",
}  # fmt: skip
"""The same refusal, as it arrives from whom."""


def errors_page() -> str:
    """The page: how to use it, all kinds in a table, then each kind with its rows."""
    for name, body in ENVELOPES.items():
        if repair_refused(_SENT, 422, body) is None:
            raise ValueError(f"the envelope of {name} is not read")
    kinds = [(key, list(rows)) for key, rows in groupby(_sorted(), _section)]
    return (
        f"{INTRODUCTION}\n## Kinds\n\n{_overview(kinds)}"
        + "".join(_part(section, rows) for section, rows in kinds)
        + _envelopes_part()
        + _outside_part()
    )


INTRODUCTION = """# Index of errors

Search this page, or the site, for what you were told: a status (`422`), a code (`3230`), a type
(`extra_forbidden`), or words (`roles must alternate`). Each entry has the cause, the
[rules](rules.md) that prevent it, and what [`repair_refused`](../guides/refusals.md) does about it
when it has happened.

Quicker, if you have the request: `mistral-sanitize --check request.json` names every problem in
it, and the [playground](../guides/playground.md) reads the response beside the request. If all that
your client shows is `422 status code (no body)`,
[get hold of the request](../guides/refusals.md#when-all-you-see-is-422) first.

In the words, `{}` is a value of your request, and `…` depends on the case.
"""


def _section(row: KnownRefusal) -> str:
    return row.type if row.status != 422 else "422"


def _sorted() -> list[KnownRefusal]:
    """The rows, those of one kind together, in the order of the table."""
    order = list(dict.fromkeys(map(_section, KNOWN_REFUSALS.values())))
    return sorted(KNOWN_REFUSALS.values(), key=lambda row: order.index(_section(row)))


def _title(section: str, rows: list[KnownRefusal]) -> str:
    if section in ("422", "template"):
        return section if section == "422" else "Chat templates"
    return section or "Other hosts"


def _about(section: str) -> str:
    if section == "422":
        return "the schema; the response has an entry with one of these types for each place"
    if section == "template":
        return "servers that render a chat template, each with a status and a code of its own"
    return KINDS.get(section, "hosts with a list of fields of their own")


def _overview(kinds: list[tuple[str, list[KnownRefusal]]]) -> str:
    lines = ["| status | code | type | about | entries |", "| --- | --- | --- | --- | --- |"]
    for section, rows in kinds:
        own = section not in ("422", "template", "")
        title = _title(section, rows)
        status = "400, 404 or 500" if section == "template" else str(rows[0].status)
        code = f"`{rows[0].code}`" if own else ""
        link = f"[{title}](#{_slug(title)})"
        lines.append(f"| {status} | {code} | {link} | {_about(section)} | {len(rows)} |")
    return "\n".join(lines) + "\n"


def _part(section: str, rows: list[KnownRefusal]) -> str:
    """A kind's heading, the entries for the site's search, and its rows."""
    title = _title(section, rows)
    words = ["422"] if section == "422" else [w for w in (rows[0].code, section) if w != "template"]
    words += [row.type for row in rows if section == "422"]
    entries = ", ".join(dict.fromkeys(word for word in words if word))
    index = f"```{{index}} {entries}\n```\n\n" if entries else ""
    about = _about(section)
    head = f"\n## {title}\n\n{index}"
    if section not in ("422", "template", ""):
        head += f"Status {rows[0].status}, code `{rows[0].code}`, type `{section}`: {about}.\n"
    else:
        head += f"{about[0].upper()}{about[1:]}.\n"
    return head + "".join(map(_row, rows))


def _row(row: KnownRefusal) -> str:
    by_type = row.status == 422
    words = _plain(row.words)
    heading = f"`{row.type}`" if by_type and row.words != "Input should be 'function'" else words
    if heading == words:
        heading = re.sub(r"([*_<>\[\]`])", r"\\\1", words)
    parts = [f"\n### {heading}\n"]
    if by_type:
        parts.append(f"\n> {_quoted(words)}\n")
    parts.append(f"\n{row.cause}\n\n")
    parts += [f"* {line}\n" for line in _lines(row)]
    return "".join(parts)


def _lines(row: KnownRefusal) -> Iterator[str]:
    on = [rule for rule in row.rules if RULES[rule].default]
    off = [rule for rule in row.rules if not RULES[rule].default]
    if on:
        yield f"Prevented by {_links(on)}."
    if off:
        yield f"Opt-in: {_links(off)}."
    if row.cure:
        reason = REASONS[row.cure].removeprefix("the response says that ")
        yield f"Fixed by `repair_refused`, as `{row.cure}`: {reason}."
    elif not row.rules:
        yield "Only the request's author can fix it: `check` names the place."
    if row.hosts != ("mistral",):
        yield f"From {', '.join(HOSTS[host] for host in row.hosts)}."
    yield f"Seen: {_linked(row.evidence)}."


def _links(rules: list[str]) -> str:
    return ", ".join(f"[{rule}](rules.md#{rule})" for rule in rules)


def _plain(words: str) -> str:
    """The words of a row for a person: what our tables fill in is an ellipsis."""
    text = words.replace("%s", "…")
    return text if text != "…" else "A message of the grammar compiler, such as: Unrecognized …"


def _quoted(text: str) -> str:
    return re.sub(r"([*_<>\[\]`])", r"\\\1", text)


def _linked(text: str) -> str:
    return re.sub(
        r"https://[^\s,;)]+[^\s,;:.)]", lambda found: f"<{found[0]}>", _quoted_plain(text)
    )


def _quoted_plain(text: str) -> str:
    return re.sub(r"(?<![`\w/])([*_])|([*_])(?![\w/])", r"\\\1\2", text)


def _envelopes_part() -> str:
    head = (
        "\n## Envelopes\n\nGateways and logs show the same refusal in other forms. "
        "`repair_refused` and the playground read all of these:\n"
    )
    shown = (f"\n{name}:\n\n```text\n{body}\n```\n" for name, body in ENVELOPES.items())
    return head + "".join(shown)


def _outside_part() -> str:
    lines = [
        "\n## Not about the request's content\n",
        "| status | what it means |",
        "| --- | --- |",
    ]
    lines += [f"| {status} | {text} |" for status, text in OUTSIDE.items()]
    return "\n".join(lines) + "\n"


def _slug(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
