"""For LiteLLM, SDK and proxy: `SanitizeLogger`, a callback."""

from __future__ import annotations

from typing import Any

import litellm
from litellm.integrations.custom_logger import CustomLogger
from typing_extensions import Unpack

from mistral_sanitize.body import AdapterOptions, CommonOptions

__all__ = ["SanitizeLogger", "sanitizer"]

_PROVIDERS = frozenset({"mistral"})

_PASSED = frozenset(
    {
        "audio",
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "modalities",
        "n",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning_effort",
        "safety_identifier",
        "service_tier",
        "store",
        "top_logprobs",
        "user",
        "verbosity",
        "web_search_options",
    }
)
"""OpenAI's parameters that LiteLLM may refuse for Mistral (``get_supported_openai_params``). Not
``metadata``: that is LiteLLM's own, and holds keys and users of the proxy."""


class SanitizeLogger(CustomLogger):
    """A callback that sanitizes what LiteLLM sends to Mistral: the ``mistral/`` route.

    ``litellm.callbacks = [SanitizeLogger()]``, or ``callbacks: my_module.my_logger`` in a proxy's
    ``litellm_settings``. LiteLLM shows a callback what it is about to send, and sends that very
    object: this edits it in place. It does not show the response before its own error handling, so
    there is no ``retry_refused=``, and it logs what a callback raises: so `on_report` cannot stop
    a request.

    Args:
        options: See `CommonOptions`.
    """

    def __init__(self, **options: Unpack[CommonOptions]) -> None:
        super().__init__()
        self._options = AdapterOptions.of(type(self).__name__, options, CommonOptions)

    def log_pre_api_call(self, model: Any, messages: Any, kwargs: Any) -> None:  # noqa: ARG002
        """Sanitize the payload in place."""
        call = kwargs.get("additional_args") or {}
        payload = call.get("complete_input_dict")
        if kwargs.get("custom_llm_provider") not in _PROVIDERS or not isinstance(payload, dict):
            return
        exchange = self._options.exchange("POST", str(call.get("api_base") or ""))
        report = exchange.explain(payload) if exchange is not None else None
        if report:
            clean = dict(report.payload)
            payload.clear()
            payload.update(clean)

    async def async_pre_call_deployment_hook(
        self,
        kwargs: dict[str, Any],
        call_type: Any,  # noqa: ARG002
    ) -> dict[str, Any] | None:
        """Make LiteLLM pass on what it would refuse by itself, for us to repair and to report.

        Called by the proxy, the router and the async functions, not by ``litellm.completion()``:
        there, pass ``allowed_openai_params=`` or ``drop_params=True`` with the call.
        """
        provider = kwargs.get("custom_llm_provider") or str(kwargs.get("model")).partition("/")[0]
        if provider not in _PROVIDERS:
            return None
        known = litellm.get_supported_openai_params(str(kwargs.get("model")), provider) or ()
        allowed = [*(kwargs.get("allowed_openai_params") or ())]
        allowed += sorted((kwargs.keys() & _PASSED).difference(known, allowed))
        return {**kwargs, "allowed_openai_params": allowed}


sanitizer: SanitizeLogger = SanitizeLogger()
"""One with all the defaults, for ``callbacks: mistral_sanitize.adapters.litellm.sanitizer``."""
