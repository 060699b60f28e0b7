"""The public names, and the layers below them: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import mistral_sanitize

ROOT: Final = Path(mistral_sanitize.__file__).parent

LAYERS: Final = (
    "report",
    "catalog",
    "profiles",
    "schema",
    "rules",
    "models",
    "engine",
    "validation",
    "_json",
    "_sanitizer",
    # helpers that stand beside the sanitizer
    "completions",
    "body",
    "strategies",
    "_hypothesis",
    "testing",
    "pytest_plugin",
    "cli",
    "__main__",
    "adapters",
)
"""Each module imports only what stands before it."""

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


def _files(layer: str) -> list[Path]:
    path = ROOT / layer
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def test_every_module_has_a_layer() -> None:
    """No module is missing from the table, and none is in it that does not exist."""
    modules = {p.stem for p in ROOT.glob("*.py")} | {p.parent.name for p in ROOT.glob("*/*.py")}

    assert modules - {"__init__"} == set(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_layer(layer: str) -> None:
    """A module imports of the package only what stands before it, and itself."""
    before = LAYERS[: LAYERS.index(layer) + 1]

    for path in _files(layer):
        imported = {name for name in _imports(path) if name}
        assert imported <= set(before), path.name


def test_package_only_re_exports() -> None:
    """``__init__`` holds imports and ``__all__``, nothing else."""
    tree = ast.parse((ROOT / "__init__.py").read_text("utf-8"))

    kinds = [type(node).__name__ for node in tree.body]

    assert {"Expr", "ImportFrom", "Assign"} == set(kinds)
    assert kinds.count("Assign") == kinds.count("Expr") == 1


def _imports(path: Path) -> Iterator[str]:
    """The layers that a module imports when it runs, wherever in it; ``""`` for the package."""
    for node in _statements(ast.parse(path.read_text("utf-8")).body):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            package, _, rest = name.partition(".")
            if package == "mistral_sanitize":
                yield rest.split(".")[0]


def _statements(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            for inner in ast.iter_child_nodes(node):
                if isinstance(inner, ast.stmt):
                    yield from _statements([inner])


_LOOK = """
import sys
def hook(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise SystemExit("a socket: " + event)
sys.addaudithook(hook)
import mistral_sanitize
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
