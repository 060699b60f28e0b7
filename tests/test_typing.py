"""The types of the interface: complete, as `tests/typing/` has them, and taken by clients as is.

The checkers see the package as its users do: installed beside the libraries that it adapts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, get_type_hints

import pytest
from typing_extensions import is_typeddict

import mistral_sanitize
from mistral_sanitize import Options, Sanitizer, check, explain, sanitize, sanitize_json

ROOT: Final = Path(__file__).resolve().parent.parent
FILES: Final = ROOT / "tests" / "typing"
LIMIT: Final = 600
"""Seconds that a checker may take."""

Checker = Callable[[Path], "subprocess.CompletedProcess[str]"]


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """A command of this environment, which pyright takes for its own."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    environment.pop("VIRTUAL_ENV", None)
    return subprocess.run(
        list(map(str, command)),
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip


def mypy(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "mypy", "--strict", *sorted(folder.glob("*.py")))


def pyright(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "pyright", "-p", folder)


CHECKERS: Final = pytest.mark.parametrize("checker", [mypy, pyright])


@pytest.mark.full
@CHECKERS
def test_types(checker: Checker) -> None:
    """Both checkers, as strict as they can be, agree with every assertion."""
    done = checker(FILES)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.full
@CHECKERS
def test_a_wrong_type_is_seen(checker: Checker, tmp_path: Path) -> None:
    """Both checkers know the package's types: neither takes all of them for ``Any``."""
    shutil.copy(FILES / "pyrightconfig.json", tmp_path)
    lines = (
        "from mistral_sanitize import Report, check, sanitize",
        "from typing_extensions import assert_type",
        "assert_type(sanitize({}), Report)",
        "check({}, profil='')",
    )
    (tmp_path / "wrong.py").write_text("\n".join(lines), "utf-8")

    done = checker(tmp_path)

    assert done.returncode == 1
    assert "wrong.py:3" in done.stdout
    assert "wrong.py:4" in done.stdout


@pytest.mark.full
def test_every_public_type_is_known() -> None:
    """`pyright --verifytypes`: of every public name the type is declared, and known in full."""
    command = ("--verifytypes", "mistral_sanitize", "--ignoreexternal", "--outputjson")
    done = run(sys.executable, "-m", "pyright", *command)

    found = json.loads(done.stdout)["typeCompleteness"]
    exported = [symbol for symbol in found["symbols"] if symbol["isExported"]]
    unknown = [symbol["name"] for symbol in exported if not symbol["isTypeKnown"]]
    assert (unknown, found["completenessScore"]) == ([], 1)
    assert len(exported) > 1000, "the adapters and the models are among them"


@pytest.mark.parametrize("function", [sanitize, explain, check, sanitize_json, Sanitizer.__init__])
def test_options_are_one_typed_dict(function: Callable[..., object]) -> None:
    """Every function that takes options takes those of `Options`."""
    hints = get_type_hints(function)

    assert is_typeddict(Options)
    assert hints["options"].__args__ == (Options,)


def test_the_package_says_that_it_is_typed() -> None:
    """The marker of PEP 561 is beside the modules."""
    assert (Path(mistral_sanitize.__file__).parent / "py.typed").exists()
