"""``python -m mistral_sanitize``, and the command ``mistral-sanitize``.

Ctrl-C ends the command at once, with nothing said, while it starts and when it has done its work.
Python would raise `KeyboardInterrupt`, wherever it is: in an import that takes it for an error of
its own, or behind the last line that could catch it. So there is a handler before what takes time
is imported. All that is imported before it has been loaded by Python itself already.
"""

import os
import sys

TYPE_CHECKING = False  # typing's, for which there is no time yet
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

INTERRUPTED = 128 + 2  # as shells say of a process that SIGINT ended


def main(argv: "Sequence[str] | None" = None) -> int:
    """Runs the command line; see `mistral_sanitize.cli.command.main`.

    Args:
        argv: the arguments; those of the process by default, which is then the command's own:
            Ctrl-C ends it with 130, until the process is over.
    """
    if argv is None:
        _hear_interrupts()
    try:
        from mistral_sanitize.cli import command

        return command.main(argv)
    except KeyboardInterrupt:
        return INTERRUPTED


def _hear_interrupts() -> None:
    """Only in the main thread, and where nobody else handles or ignores them."""
    # The built-in half of signal: the other half are enums, which load for longer than Python
    # itself. Type checkers know none of it.
    signal = __import__("_signal")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        try:  # noqa: SIM105  # contextlib takes its time
            signal.signal(signal.SIGINT, _interrupted)
        except ValueError:
            pass  # signals are the main thread's


def _interrupted(number: int, frame: object) -> None:
    command = sys.modules.get("mistral_sanitize.cli.command")
    if getattr(command, "WORKING", None):  # there may be something to clean up
        raise KeyboardInterrupt
    os._exit(INTERRUPTED)


# The guard keeps the worker processes, which import this file anew, from starting the command.
if __name__ == "__main__":
    sys.exit(main())
