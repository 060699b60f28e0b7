"""Secrets in every place of a payload, and everything that the library says while it works on it.

`planted` draws, from any payload, one for each of its values, with a secret in that value's place,
and one with secrets in all of them. `Overheard` listens: exceptions with all that they carry, the
log of every logger at every level, warnings, what is printed. A traceback is read as Python prints
it, the library's own frames in it; the values of its local variables are nobody's to print.
"""

from __future__ import annotations

import contextlib
import io
import logging
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["NUMBER", "SECRET", "Overheard", "copied", "leaked", "places", "planted"]

SECRET = "zq7xSECRET"
"""What no text of the library's may have in it; each value has a number of its own behind it."""
NUMBER = 7_391_640_285
"""The same for a number."""

Place = tuple[Any, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """The places of all values that hold no others."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from places(inner, (*at, key))
    elif isinstance(value, (list, tuple)) and value:
        for index, inner in enumerate(value):
            yield from places(inner, (*at, index))
    else:
        yield at


def copied(value: Any) -> Any:
    """The value with nothing in it shared, and lists for tuples."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(item) for item in value] if isinstance(value, (list, tuple)) else value


def _put(payload: Any, place: Place, secret: Any) -> None:
    for step in place[:-1]:
        payload = payload[step]
    payload[place[-1]] = secret


def planted(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The payload with a secret in each place in turn: a text alone, one behind what stood there, a
    number, and what is longer than a line; then with texts in all places at once.
    """
    every, behind = copied(payload), copied(payload)
    for number, place in enumerate(places(payload)):
        text = f"{SECRET}{number}"
        was = payload
        for step in place:
            was = was[step]
        for secret in (text, f"{was}{text}", NUMBER, [text], {"type": text, "text": text}):
            fresh = copied(payload)
            _put(fresh, place, secret)
            yield fresh
        _put(every, place, text)
        if isinstance(was, str) and place[-1] not in ("role", "type"):
            _put(behind, place, f"{was}{text}")
    yield every
    yield behind


class _Listener(logging.Handler):
    """Keeps every record as each of a few formatters might write it."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(0)
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        kept = {name: value for name, value in vars(record).items() if name != "exc_info"}
        self.said.append(self.format(record) + repr(kept))


class Overheard:
    """All that was said while it listened, as texts in `said`."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @contextlib.contextmanager
    def listening(self, *, streams: bool = True) -> Iterator[Overheard]:
        """Listens to all loggers, warnings, standard error and output."""
        root = logging.getLogger()
        levels = {logging.getLogger(name): logging.getLogger(name).level
                  for name in (None, "mistral_sanitize", *_LOGGERS)}  # fmt: skip
        listener = _Listener(self.said)
        stack = contextlib.ExitStack()
        with stack:
            root.addHandler(listener)
            stack.callback(root.removeHandler, listener)
            for logger, level in levels.items():
                logger.setLevel(logging.DEBUG)
                stack.callback(logger.setLevel, level)
            caught = stack.enter_context(warnings.catch_warnings(record=True))
            warnings.simplefilter("always")
            out = io.StringIO()
            if streams:
                stack.enter_context(contextlib.redirect_stderr(out))
                stack.enter_context(contextlib.redirect_stdout(out))
            try:
                yield self
            finally:
                self.said.append(out.getvalue())
                self.said += [f"{w.message!r} {w.message}" for w in caught or ()]

    def told(self, work: Callable[[], Any]) -> Any:
        """What the work gives, or ``None`` where it raises: the exception is overheard."""
        try:
            return work()
        except Exception as error:
            self.hear(error)
            return None

    def hear(self, error: BaseException) -> None:
        """An exception with all that it carries, and all behind it, hidden or not.

        Of the classes of other libraries what they print: aiohttp's carry the request's headers.
        """
        seen: set[int] = set()
        todo: list[BaseException | None] = [error]
        while todo:
            each = todo.pop()
            if each is None or id(each) in seen:
                continue
            seen.add(id(each))
            each.__suppress_context__ = False
            if type(each).__module__.partition(".")[0] in ("builtins", "json", "mistral_sanitize"):
                own = {k: v for k, v in vars(each).items() if not k.startswith("__")}
                self.said += [repr(each), repr(each.args), repr(own)]
            self.said.append(str(each))
            self.said += traceback.format_exception(type(each), each, each.__traceback__)
            todo += [each.__cause__, each.__context__]

    def see(self, *objects: Any) -> None:
        """What an object prints as."""
        for each in objects:
            self.said += [repr(each), str(each), format(each)]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.said)


_LOGGERS = ("asyncio", "py.warnings")


def leaked(text: str) -> str | None:
    """The line that has a secret in it, if one has."""
    return next((line for line in text.splitlines() if SECRET in line or str(NUMBER) in line), None)
