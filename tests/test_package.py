"""What is published: the wheel and the sdist, built from this folder and from copies of it."""

from __future__ import annotations

import email
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
PARTS: Final = ("mistral_sanitize", "docs", "tests", ".ci", "CHANGELOG.md", "LICENSE", "README.md",
                "pyproject.toml", ".gitignore")  # fmt: skip
EPOCH: Final = "1700000000"

pytestmark = pytest.mark.full


def checkout(folder: Path) -> Path:
    """A copy of the project, without what was built or cached, and with younger files."""
    ignored = shutil.ignore_patterns("__pycache__", "_build", ".*_cache", ".hypothesis")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=ignored, copy_function=shutil.copy)
        elif source.exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / part)
    return folder


def build(project: Path, *, target: str) -> Path:
    """The wheel or the sdist of a project, as `python -m build` has hatchling make it."""
    pytest.importorskip("hatchling")
    into = project.parent / f"{project.name}-{target}"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)],
        cwd=project, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH}, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of a copy of the project."""
    return build(checkout(tmp_path_factory.mktemp("sdist") / "copy"), target="sdist")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the project."""
    return build(checkout(tmp_path_factory.mktemp("wheel") / "copy"), target="wheel")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the sdist holds."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        # Python 3.10 has the filter since its twelfth patch release, and 3.14 by default.
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(folder, **safe)  # type: ignore[arg-type]
    (inside,) = folder.iterdir()
    return inside


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names(folder: Path) -> set[str]:
    """The files of the package in a folder, as a wheel names them."""
    return {
        path.relative_to(folder).as_posix()
        for path in (folder / "mistral_sanitize").rglob("*")
        if path.is_file() and not {"__pycache__", ".ruff_cache"} & {*path.parts}
    }


def test_the_wheel_is_reproducible(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    """Two folders, and the sdist of a third, make the same wheel to the byte."""
    again = build(checkout(tmp_path / "elsewhere"), target="wheel")
    from_sdist = build(unpacked, target="wheel")

    assert digest(again) == digest(wheel)
    assert digest(from_sdist) == digest(wheel)


def test_the_sdist_is_reproducible(sdist: Path, unpacked: Path, tmp_path: Path) -> None:
    """Another folder, and the sdist itself unpacked, make the same sdist to the byte."""
    again = build(checkout(tmp_path / "elsewhere"), target="sdist")

    assert digest(again) == digest(sdist)
    assert digest(build(unpacked, target="sdist")) == digest(sdist)


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    """Every module, the catalogue, the marker of its types; neither tests nor docs."""
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
        about = {name.split("/", 1)[1] for name in archive.namelist() if ".dist-info/" in name}

    assert inside == names(ROOT)
    assert {"mistral_sanitize/py.typed", "mistral_sanitize/catalog/catalog.json"} <= inside
    assert about == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def described(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_metadata(wheel: Path) -> None:
    """What a registry shows: README, licence, the Pythons that it is tested with, no address."""
    about = described(wheel)

    assert about["Name"] == "mistral-sanitize"
    assert about["Version"] == metadata.version("mistral-sanitize")
    assert about["License-Expression"] == "MIT"
    assert about["Requires-Python"] == ">=3.10"
    assert about["Description-Content-Type"] == "text/markdown"
    readme = about.get_payload(decode=True)
    assert isinstance(readme, bytes)
    assert readme.decode().strip() == (ROOT / "README.md").read_text("utf-8").strip()
    minors = [f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 15)]
    classifiers = about.get_all("Classifier", [])
    assert set(minors) < set(classifiers)
    assert classifiers == sorted(classifiers)
    assert about.get_all("Project-URL", []) == []


def test_classifiers_exist(wheel: Path) -> None:
    """A registry refuses a classifier that it does not know."""
    known = pytest.importorskip("trove_classifiers").classifiers

    assert set(described(wheel).get_all("Classifier", [])) <= known


def test_it_needs_two_packages(wheel: Path) -> None:
    """Without an extra, pydantic and typing-extensions alone, from their lowest versions on."""
    needs = described(wheel).get_all("Requires-Dist", [])

    always = [need for need in needs if "extra ==" not in need]
    assert sorted(re.split(r"[<>=~!]", need)[0] for need in always) == [
        "pydantic",
        "typing-extensions",
    ]
    assert all(">=" in need and "<" not in need for need in always)


def adapted() -> Sequence[str]:
    folder = ROOT / "mistral_sanitize" / "adapters"
    return sorted(path.stem for path in folder.glob("[!_]*.py"))


WITHOUT: Final = {"asgi", "wsgi", "aws_lambda", "urllib"}
"""Adapters of a standard: nothing is to be installed."""

NO_EXTRA: Final = {"mitmproxy"}
"""It is an application, and brings a Python environment of its own."""


@pytest.mark.parametrize("library", adapted())
def test_extras_by_library(wheel: Path, library: str) -> None:
    """Each adapter of a library has an extra of its name, which names that library."""
    extra = [n for n in described(wheel).get_all("Requires-Dist", []) if f"== '{library}'" in n]

    assert bool(extra) is (library not in WITHOUT | NO_EXTRA)
    assert all(need.startswith(f"{library}>=") for need in extra)


def test_the_sdist_tests_itself(unpacked: Path) -> None:
    """The sdist has what its tests need: those of the core pass in its folder."""
    chosen = [
        "test_public.py",
        "test_changelog.py",
        "rules/test_rules.py",
        "test_docs_generated.py",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         *(f"tests/{name}" for name in chosen)],
        cwd=unpacked, env={**os.environ, "PYTHONPATH": str(unpacked)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert {path.name for path in unpacked.iterdir()} >= {*PARTS, "PKG-INFO"}
