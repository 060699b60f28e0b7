"""The public names, and what importing them costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import mistral_sanitize

ROOT: Final = Path(mistral_sanitize.__file__).parent

PUBLIC: Final = (
    "PENALTIES", "Change", "CompletionStream", "InvalidBodyError", "Options", "Problem", "Report",
    "Sanitizer", "check", "explain", "profiles", "repair_refused", "restore", "sanitize",
    "sanitize_json", "to_openai",
)  # fmt: skip

DEPENDENCIES: Final = frozenset(
    ("mistral_sanitize", "pydantic", "pydantic_core", "typing_extensions", "annotated_types",
     "typing_inspection")
)  # fmt: skip
"""pydantic and typing-extensions, and what they need themselves."""


def test_all() -> None:
    """The package has the public names, sorted, and every one of them."""
    assert sorted(PUBLIC) == sorted(mistral_sanitize.__all__)
    assert all(hasattr(mistral_sanitize, name) for name in PUBLIC)


def test_all_of_modules() -> None:
    """Every module says what is public, and has it."""
    for path in ROOT.glob("*.py"):
        if path.stem in ("__init__", "__main__"):
            continue
        module = __import__(f"mistral_sanitize.{path.stem}", fromlist=["__all__"])
        assert all(hasattr(module, name) for name in module.__all__), path.stem


def test_package_only_re_exports() -> None:
    """What type checkers see imported is what `__all__` names, from where it is loaded."""
    tree = ast.parse((ROOT / "__init__.py").read_text("utf-8"))
    seen = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named = {
        alias.name: node.module.partition(".")[2]
        for node in seen if node.module and node.module.startswith("mistral_sanitize")
        for alias in node.names
    }  # fmt: skip

    loaded = {name: module for module, names in mistral_sanitize._MODULES.items() for name in names}

    assert named == {**loaded, "profiles": ""}
    assert sorted(named) == sorted(mistral_sanitize.__all__)
    assert set(mistral_sanitize.__all__) <= set(dir(mistral_sanitize))
    with pytest.raises(AttributeError, match="has no attribute 'sanitise'"):
        mistral_sanitize.sanitise  # type: ignore[attr-defined]  # noqa: B018


_INTERRUPTED = """
import sys
class Interrupting:
    def find_spec(name, path=None, target=None):
        if name == sys.argv[1]:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting)
from mistral_sanitize.__main__ import main
sys.exit(main(["--version"]))
"""


@pytest.mark.parametrize(
    "module", ["argparse", "pydantic", "mistral_sanitize._sanitizer", "mistral_sanitize.cli.run"]
)
def test_interrupted_while_it_starts(module: str) -> None:
    """Ctrl-C while the command loads its modules ends it with 130, without a traceback."""
    run = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, module],
        capture_output=True, text=True, check=False, cwd=ROOT.parent,
    )  # fmt: skip

    assert (run.returncode, run.stdout, run.stderr) == (130, "", "")


_LOOK = """
import sys
def hook(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise SystemExit("a socket: " + event)
sys.addaudithook(hook)
import mistral_sanitize
if len(sys.argv) == 1:
    for name in mistral_sanitize.__all__:
        getattr(mistral_sanitize, name)
print(*sorted({name for name in sys.modules}))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that ``import mistral_sanitize`` loads, in a process where no socket opens."""
    run = subprocess.run(
        [sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True,
        cwd=ROOT.parent,
    )  # fmt: skip
    return set(run.stdout.split())


def test_import_is_light(loaded: set[str]) -> None:
    """The import loads no adapter, no command line, no helper for tests, and opens no socket."""
    ours = {name.split(".")[1] for name in loaded if name.startswith("mistral_sanitize.")}

    heavy = {"adapters", "cli", "strategies", "testing", "body"}
    assert not ours & heavy


def test_import_needs_its_dependencies_alone(loaded: set[str]) -> None:
    """Beside the standard library the import loads pydantic, and nothing optional."""
    run = subprocess.run(
        [sys.executable, "-c", "import pydantic, sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True, cwd=ROOT.parent,
    )  # fmt: skip
    before = set(run.stdout.split())

    others = {name.split(".")[0] for name in loaded - before}
    # A build of Python writes its settings to a module that `sys` does not list.
    others -= {name for name in others if name.startswith("_sysconfigdata")}

    assert others - sys.stdlib_module_names <= DEPENDENCIES
