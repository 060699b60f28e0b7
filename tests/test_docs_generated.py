"""The generated pages are those that docs/generate.py would write now."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from mistral_sanitize import catalog, explain, models, profiles
from mistral_sanitize.rules import RULES
from mistral_sanitize.validation.known import KNOWN_REFUSALS

DOCS = Path(__file__).resolve().parent.parent / "docs"


def _generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    path = sys.path[:]
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = path
    return module


generate = _generate()


@pytest.mark.parametrize("name", generate.PAGES)
def test_page_is_current(name: str) -> None:
    """If this fails, a table has moved: run ``python docs/generate.py``."""
    assert generate.PAGES[name]() == (DOCS / name).read_text("utf-8")


def test_check_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """``--check`` is silent and returns 0 when all is current."""
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_check_names_what_is_stale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--check`` returns 1 and names the page, and does not write it."""
    monkeypatch.setitem(generate.PAGES, "reference/rules.md", lambda: "something else")
    assert generate.main(["--check"]) == 1
    assert "docs/reference/rules.md is not current" in capsys.readouterr().err
    assert (DOCS / "reference" / "rules.md").read_text("utf-8") != "something else"


def test_writing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without ``--check`` every page is written, directories included."""
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"a/b.md": lambda: "é\n"})
    assert generate.main([]) == 0
    assert (tmp_path / "a" / "b.md").read_text("utf-8") == "é\n"


def test_every_rule_is_there() -> None:
    """Each rule has a heading to link to, its reason and its evidence."""
    page = generate.rules_page()
    headings = re.findall(r"^### (.+)$", page, re.MULTILINE)
    assert headings == list(dict.fromkeys(headings))
    assert set(headings) == set(RULES)


def test_every_field_is_there() -> None:
    """Each field of each model has a row under its object."""
    page = generate.fields_page()
    for key in generate.every_object():
        part = page.partition(f"\n### {key}\n")[2].partition("\n### ")[0]
        rows = re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)
        assert rows == list(generate.fields_of(key)), key


def test_every_model_is_in_an_object() -> None:
    """No model is missing from the reference."""
    found = {generate.model_of(key) for key in generate.every_object()}
    exported = (getattr(models, name) for name in models.__all__)
    bases = {models.Model, models.OpenModel}
    declared = {m for m in exported if isinstance(m, type) and issubclass(m, models.Model)}
    assert declared - bases == found


def test_history_agrees_with_the_profiles() -> None:
    """What a field took, by its history, is what each of Mistral's own profiles has."""
    for profile in profiles.ALL:
        if profile.host is not None:
            continue
        for key in generate.every_object():
            for name in generate.fields_of(key):
                steps = generate.history(key, name, profile.source)
                then = next((now for day, now in reversed(steps) if day <= profile.date), None)
                assert then == generate.takes(key, name, profile), (key, name, profile.name)


def test_every_model_card_is_there() -> None:
    """All cards, and the eleven rows of the table of September 2024."""
    page = generate.models_page()
    for card in catalog.models():
        assert f"| {card.name} {card.version}".strip() in page, card.slug
    historic = page.partition("## The table of 2024-09-17")[2].partition("\n## ")[0]
    assert historic.count("\n| ") == len(catalog.table_2024_09_17()) + 2


def test_picture_is_light_and_says_what_it_is() -> None:
    """Well-formed, below 20 KB, with a title and a description, and every change in it."""
    text = generate.report_picture()
    assert len(text.encode()) < 20_000
    root = ET.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    labelled = root.attrib["aria-labelledby"].split()
    found = {e.attrib.get("id") for e in (root.find(f"{space}title"), root.find(f"{space}desc"))}
    assert set(labelled) == found
    said = "\n".join("".join(e.itertext()) for e in root.iter(f"{space}text"))
    report = explain(generate.example())
    assert report
    for change in report.changes:
        assert f"{change.rule}: " in said
    assert said.count("!") == len(report.lossy) + 1
    assert not any(len(line) > generate.COLUMNS for line in said.split("\n"))


def test_picture_hides_values() -> None:
    """Text of the payload is in no report, so in no picture of one."""
    payload = {"messages": [{"role": "user", "content": "s3cret", "name": "s3cret"}], "user": "s3"}
    assert "s3cret" not in generate.picture(explain(payload))


def test_picture_escapes_markup() -> None:
    """A key may be anything; in the picture it is text."""
    picture = generate.picture(explain({"<b>&": 1, "messages": []}))
    assert "/&lt;b&gt;&amp;" in picture
    ET.fromstring(picture)


def test_every_known_refusal_is_in_the_index_of_errors() -> None:
    """Each row of the table that `check` and `repair_refused` read: cause, rules and cure."""
    page = generate.PAGES["reference/errors.md"]()
    for row in KNOWN_REFUSALS.values():
        assert row.cause in page
        assert all(f"rules.md#{rule}" in page for rule in row.rules)
        assert not row.cure or f"`{row.cure}`" in page
    assert page.count("\n### ") == len(KNOWN_REFUSALS)
    index = re.findall(r"```\{index\} (.*)\n", page)
    entries = {entry for line in index for entry in line.split(", ")}
    codes = {row.code for row in KNOWN_REFUSALS.values() if row.code != "template"}
    assert codes - {""} | {"422"} <= entries
