"""stub"""
from typing import Any


def problems(payload: Any, node: Any, endpoint: str, profile: Any) -> tuple[Any, ...]:
    return ()
