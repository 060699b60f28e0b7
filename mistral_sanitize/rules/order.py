"""Rules of the group *order*: the order of messages, and calls with their results."""

from __future__ import annotations

from typing import Final

from mistral_sanitize.rules._rule import COMMON, Group

__all__ = ["BRIDGE", "CONTINUE", "NO_RESULT", "ORDER", "PLACEHOLDER"]


BRIDGE: Final = "OK."
"""What the assistant says between a result and the user, for schemas that want it to speak."""
NO_RESULT: Final = "No result was recorded for this tool call."
"""The result of a call that has none."""
CONTINUE: Final = "Continue."
"""What the user says under ``trailing-assistant-user``."""
PLACEHOLDER: Final = "(empty)"
"""What an empty assistant message says under ``empty-assistant-placeholder``."""

ORDER: Final = Group("order", "The order of messages, and calls with their results")


ORDER.declared(
    "empty-assistant",
    "Mistral refuses an assistant message without content and tool calls",
    "https://github.com/metadist/synaplan/issues/1115 (400, 2026-06-18)",
    by="engine.order",
)

ORDER.declared(
    "empty-assistant-placeholder",
    "an empty assistant message gets a placeholder",
    "https://github.com/metadist/synaplan/issues/1115; a choice out there",
    by="engine.order",
    default=False,
    lossy=False,
    replaces="empty-assistant",
)

ORDER.declared(
    "trailing-assistant",
    "Mistral accepts a final assistant message only as a prefix",
    "https://github.com/0xPlaygrounds/rig/issues/1130 (400 3230)",
    by="engine.order",
)

ORDER.declared(
    "trailing-assistant-user",
    "a user message follows a final assistant message",
    "https://github.com/crewAIInc/crewAI/pull/2308; a choice out there",
    by="engine.order",
    default=False,
    lossy=False,
    replaces="trailing-assistant",
)

ORDER.declared(
    "trailing-assistant-drop",
    "a final assistant message is removed",
    "https://github.com/diegosouzapw/OmniRoute; a choice out there",
    by="engine.order",
    default=False,
    replaces="trailing-assistant",
)

ORDER.declared(
    "prefix-not-last",
    "Mistral accepts a prefix only in the final message",
    f"{COMMON}: 'Assistant message with prefix True must be last message'",
    by="engine.order",
    lossy=False,
)

ORDER.declared(
    "late-system",
    "Mistral refuses a system message after an assistant or tool message",
    f"{COMMON}: 'Unexpected role 'system' after role 'assistant''",
    by="engine.order",
    lossy=False,
)

ORDER.declared(
    "merge-system",
    "later system messages are joined to the first",
    "buzz/litellm-mistral-proxy; a choice out there",
    by="engine.order",
    default=False,
    replaces="late-system",
)

ORDER.declared(
    "missing-result",
    "Mistral requires a result for every tool call",
    "https://github.com/mistralai/client-ts/issues/106 (400 3230, 2025-06)",
    by="engine.order",
    lossy=False,
)

ORDER.declared(
    "drop-unanswered-call",
    "tool calls without a result are removed",
    "https://github.com/567-labs/instructor/issues/724; a choice out there",
    by="engine.order",
    default=False,
    lossy=True,
    replaces="missing-result",
)

ORDER.declared(
    "orphan-result",
    "no call has this id: the result becomes a user message",
    "https://github.com/mistralai/mistral-inference/issues/135 (400, 2024-03)",
    by="engine.order",
)

ORDER.declared(
    "result-order",
    "Mistral requires results right after their calls, in the same order",
    "https://github.com/mistralai/mistral-vibe/issues/1114 (400 3230, 2026-09-19)",
    by="engine.order",
    lossy=False,
)

ORDER.declared(
    "user-after-tool",
    "an assistant message is required between a tool's result and the user",
    "https://github.com/avante-corp/avante.nvim/pull/2695 (400 3230, 2025-09); taken since "
    "mistral-common 1.11.1 of 2026-04-29",
    by="engine.order",
    until="2026-04-29",
    lossy=False,
)

ORDER.declared(
    "merge-neighbours",
    "neighbouring user messages become one",
    "https://github.com/charmbracelet/crush/issues/279; not needed on api.mistral.ai",
    by="engine.order",
    default=False,
)
