"""``python -m mistral_sanitize``: the command line."""

import sys

from mistral_sanitize.cli.command import main

__all__ = ["main"]

# The guard keeps the worker processes, which import this file anew, from starting the command.
if __name__ == "__main__":
    sys.exit(main())
