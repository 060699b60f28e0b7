"""Build the playground: the page of `docs/playground`, and the Python that it runs.

``python docs/build_playground.py [SITE]`` puts both into the folder `playground` of a built site,
by default that of `docs/_build/html`. SITE may be relative to the current directory, which may be
any. It needs npm, pip and a network: Pyodide comes from npm, the wheels beside it from PyPI, the
library's from this checkout. Pyodide 314 is CPython 3.14. A file that is missing afterwards is an
error, and the exit code says so.

As an extension of Sphinx it copies the page alone, offline. Without its Python the page says how to
build it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "playground"
PYODIDE = "pyodide@314"
LOCK = "pyodide-lock.json"
FROM_PYODIDE = (LOCK, "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
PLATFORM = "pyemscripten_2026_0_wasm32"
"""The platform that Pyodide 314 accepts wheels for."""
PURE = ("annotated-types", "typing-extensions", "typing-inspection")
WHEELS = ("mistral-sanitize", "pydantic", "pydantic-core", *PURE)
"""The projects of which the page needs a wheel; `playground.js` has the same list."""


def copy_page(site: Path) -> Path:
    """Copy the page into a built site, and return its folder there."""
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(PAGE, site / "playground", ignore=ignored, dirs_exist_ok=True))


def build(site: Path) -> Path:
    """Put the page and all that it runs into a built site, and return its folder there.

    `site` is relative to the current directory, or absolute. `SystemExit` says what failed, or
    which file is missing in the end.
    """
    folder = copy_page(site.resolve())
    runtime = folder / "runtime"
    shutil.rmtree(runtime, ignore_errors=True)
    runtime.mkdir()
    get_pyodide(runtime)
    get_wheels(runtime)
    if missing := missing_files(runtime):
        raise SystemExit(f"the playground is not complete: {runtime} lacks {', '.join(missing)}")
    # The page shows how much of it has come, and checks that each file is the one built here.
    files = {path.name: path.stat().st_size for path in sorted(runtime.iterdir())}
    (runtime / "manifest.json").write_text(json.dumps(files, indent=1) + "\n", "utf-8")
    return folder


def missing_files(folder: Path) -> list[str]:
    """What the page needs and a folder does not have: names of files, and of wheels' projects."""
    there = {path.name for path in folder.iterdir() if path.stat().st_size}
    wheels = {name.partition("-")[0] for name in there if name.endswith(".whl")}
    return [
        *(name for name in FROM_PYODIDE if name not in there),
        *(f"a wheel of {name}" for name in WHEELS if name.replace("-", "_") not in wheels),
    ]


def get_pyodide(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("the playground needs npm, from which Pyodide comes")
    with tempfile.TemporaryDirectory() as packed:
        run(npm, "pack", "--silent", PYODIDE, "--pack-destination", packed, cwd=packed)
        (archive,) = Path(packed).glob("*.tgz")
        with tarfile.open(archive) as members:
            for name in FROM_PYODIDE:
                content = members.extractfile(f"package/{name}")
                assert content is not None
                (folder / name).write_bytes(content.read())
    # Pyodide's list of its own packages, none of which is needed: only what it was built for.
    lock = folder / LOCK
    info = json.loads(lock.read_bytes())["info"]
    lock.write_text(json.dumps({"info": info, "packages": {}}), "utf-8")


def get_wheels(folder: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "-q", "--no-deps", "-w", folder, DOCS.parent)
    download = (*pip, "download", "-q", "--no-deps", "-d", folder, "--only-binary=:all:",
                "--python-version", "3.14", "--implementation", "cp", "--abi", "cp314")  # fmt: skip
    run(*download, "--platform", PLATFORM, f"pydantic-core=={version('pydantic-core')}")
    run(*download, "--abi", "none", "--platform", "any", f"pydantic=={version('pydantic')}", *PURE)


def run(*command: object, cwd: object = DOCS) -> None:
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=str(cwd), stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")


def setup(app: Any) -> dict[str, bool]:
    """Sphinx: copy the page when the site is written."""

    def finished(app: Any, error: Exception | None) -> None:
        if error is None and app.builder.format == "html":
            copy_page(Path(app.outdir))

    app.connect("build-finished", finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("site", nargs="?", type=Path, default=DOCS / "_build" / "html")
    folder = build(parser.parse_args().site)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB; python -m http.server -d {folder.parent}")


if __name__ == "__main__":
    main()
