"""CHANGELOG.md has the shape of Keep a Changelog, and its newest version is the package's."""

from __future__ import annotations

import datetime as dt
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
HEADINGS = re.findall(r"(?m)^## (.*)$", CHANGELOG)
RELEASE = re.compile(r"\[?(\d+\.\d+\.\d+)\]? - (\d{4}-\d\d-\d\d)")
RELEASES = [found for found in map(RELEASE.fullmatch, HEADINGS) if found is not None]


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_title() -> None:
    """It begins with its title, and says by which rules it is kept."""
    assert CHANGELOG.startswith("# Changelog\n")
    head = CHANGELOG.partition("\n## ")[0]
    assert "https://keepachangelog.com/" in head
    assert "https://semver.org/" in head


def test_headings() -> None:
    """Releases with their days; before them, if at all, what is unreleased."""
    first, *rest = HEADINGS
    released = rest if first in ("Unreleased", "[Unreleased]") else HEADINGS
    assert released, "no release"
    for heading in released:
        assert RELEASE.fullmatch(heading), heading


def test_order() -> None:
    """The newest release first, by number and by day; days are days."""
    numbers = [_number(found[1]) for found in RELEASES]
    days = [dt.date.fromisoformat(found[2]) for found in RELEASES]
    assert numbers == sorted(set(numbers), reverse=True)
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("part", CHANGELOG.split("\n## ")[1:], ids=lambda part: part.split("\n")[0])
def test_parts(part: str) -> None:
    """Changes are of the six kinds, each kind once, none of them empty."""
    kinds = re.findall(r"(?m)^### (.*)$", part)
    assert len(kinds) == len(set(kinds))
    assert set(kinds) <= set(KINDS)
    for text in part.split("\n### ")[1:]:
        assert re.search(r"(?m)^[*-] \S", text), text.split("\n")[0]


def test_newest_version_is_the_package_s() -> None:
    """The newest release is what pyproject.toml says the package is."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert re.findall(r'(?m)^version = "(.+)"$', project) == [RELEASES[0][1]]


def test_newest_version_is_the_installed_one() -> None:
    """Where the package is installed, that is its version too."""
    try:
        installed = metadata.version("mistral-sanitize")
    except metadata.PackageNotFoundError:
        pytest.skip("run from the checkout, not installed")
    assert installed == RELEASES[0][1]


def test_a_moved_default_is_told() -> None:
    """The newest entry that names a default profile names the one that is the default."""
    from mistral_sanitize import profiles

    named = re.findall(r"`?LATEST`? (?:is|moves? (?:from \S+ )?to) `?([\w-]+)`?", CHANGELOG)
    assert not named or named[0] == str(profiles.LATEST)
