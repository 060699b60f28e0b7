"""How many reported refusals LiteLLM's ``drop_params`` avoids, and how many `sanitize`.

``python -m tests.tools.benchmarks.drop_params``, with the extra ``litellm``. The requests are those
of `tests.test_rejections`: one for each kind of refusal of a chat request that was reported in
public and that only its own content causes. Both send them to `StrictMistral`, which is this
project's own judge: the figures compare two ways of preparing a request, under one reading of
Mistral's API.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable
from typing import Any

from mistral_sanitize import sanitize
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.testing import StrictMistral
from tests.test_rejections import REPORTS, Report

CHAT = next(iter(ENDPOINTS))


def fixable() -> list[Report]:
    """The reported chat requests that are refused as they are, and need not their author."""
    return [
        report
        for report in REPORTS
        if report.refused
        and not report.code
        and report.options.get("endpoint", CHAT) == CHAT
        and {"model", "messages"} <= report.before.keys()
    ]


def with_litellm(url: str, payload: dict[str, Any]) -> None:
    import litellm

    litellm.suppress_debug_info = True
    model = f"mistral/{payload['model']}"
    fields = {key: value for key, value in payload.items() if key != "model"}
    litellm.completion(
        model=model, api_base=f"{url}/v1", api_key="any", drop_params=True, num_retries=0, **fields
    )


def with_sanitize(url: str, payload: dict[str, Any]) -> None:
    import requests

    headers = {"Authorization": "Bearer any"}
    requests.post(f"{url}{CHAT}", json=sanitize(payload), headers=headers, timeout=60)


def accepted(send: Callable[[str, dict[str, Any]], None]) -> list[str]:
    """The kinds of refusal that do not happen to a request that is sent like this."""
    found = []
    mistral = StrictMistral()
    with mistral.serve() as url:
        for report in fixable():
            mistral.clear()
            with contextlib.suppress(Exception):  # what counts is what has arrived
                send(url, report.before)
            if mistral.requests and mistral.requests[-1].status == 200:
                found.append(report.fault)
    return found


def main() -> None:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    warnings.simplefilter("ignore")
    print(f"{len(fixable())} kinds of refused chat requests")
    for name, send in (("drop_params=True", with_litellm), ("sanitize", with_sanitize)):
        print(f"{len(accepted(send)):3d} accepted with {name}")


if __name__ == "__main__":
    main()
