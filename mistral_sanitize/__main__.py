"""``python -m mistral_sanitize``, and the command ``mistral-sanitize``."""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; see `mistral_sanitize.cli.command.main`.

    Args:
        argv: the arguments; those of the process by default.
    """
    try:
        from mistral_sanitize.cli import command
    except KeyboardInterrupt:
        return 130
    return command.main(argv)


# The guard keeps the worker processes, which import this file anew, from starting the command.
if __name__ == "__main__":
    sys.exit(main())
