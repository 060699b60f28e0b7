"""The recipe for more than one machine: the script that the guide shows, run by Dask."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mistral_sanitize import sanitize
from tests.command import ROOT, environment

SCRIPT = ROOT / "docs" / "examples" / "clean_with_dask.py"
BODY = json.loads((ROOT / "docs" / "examples" / "openai_request.json").read_bytes())

CLUSTER = """
import subprocess, sys
from dask.distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        subprocess.run([sys.executable, *sys.argv[1:], cluster.scheduler_address], check=True)
"""


def test_the_guide_shows_the_script() -> None:
    """Word for word."""
    guide = (ROOT / "docs" / "guides" / "batch-files.md").read_text("utf-8")

    assert f"```py\n{SCRIPT.read_text('utf-8')}```\n" in guide


@pytest.mark.full
@pytest.mark.parametrize("cluster", [False, True], ids=["cores", "cluster"])
def test_dask(tmp_path: Path, *, cluster: bool) -> None:
    """Every line comes out once, clean and in its place; what is bad, as it was."""
    pytest.importorskip("dask.bag")
    if cluster:
        pytest.importorskip("distributed")
    lines: list[Any] = [
        {"custom_id": str(n), "method": "POST", "url": "/v1/chat/completions", "body": BODY}
        for n in range(16_000)  # two blocks of the script
    ]
    source, folder, driver = tmp_path / "in.jsonl", tmp_path / "clean", tmp_path / "cluster.py"
    with source.open("w") as file:
        for line in lines:
            file.write(json.dumps(line) + "\n")
        file.write('\n{"custom_id": \n{"custom_id": "a"}\n')
    driver.write_text(CLUSTER)
    command = [*([driver] if cluster else []), SCRIPT, source, folder]

    subprocess.run([sys.executable, *map(str, command)], env=environment(), check=True)

    parts = sorted(folder.iterdir())
    assert len(parts) > 1
    cleaned = [line for part in parts for line in part.read_text().splitlines()]
    assert cleaned[-2:] == ['{"custom_id": ', '{"custom_id": "a"}']
    body = sanitize(BODY)
    assert [json.loads(line) for line in cleaned[:-2]] == [
        {"custom_id": line["custom_id"], "body": body} for line in lines
    ]
