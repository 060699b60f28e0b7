"""What holds for every test: no property is judged by how fast this machine is today, by what was
said in another test, or by how the tests were started."""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.laws import draws

settings.register_profile(
    "any machine",
    max_examples=draws(100),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of a short run, every test and some rows of each; and that of another order."""
    words = "of each test at most N rows, evenly spread; all of them unless given"
    parser.addoption("--rows", type=int, metavar="N", help=words)
    words = "the files, and the tests of each, in the order of this seed"
    parser.addoption("--shuffle", type=int, metavar="SEED", help=words)


T = TypeVar("T")


def spread(rows: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of the rows, evenly spread; the first is among them."""
    return rows[:: -(-len(rows) // most)] if rows else rows


@pytest.hookimpl(tryfirst=True)  # before pytest makes an item of each row, which takes its time
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Leaves out rows of each table as ``--rows`` says."""
    most = metafunc.config.getoption("--rows")
    if most:
        _thin(metafunc, most)


def _thin(metafunc: pytest.Metafunc, most: int) -> None:
    parametrize = metafunc.parametrize

    def thinned(names: Any, rows: Iterable[Any], *args: Any, ids: Any = None, **kw: Any) -> None:
        if ids is not None and not callable(ids):
            ids = spread([*ids], most)
        parametrize(names, spread([*rows], most), *args, ids=ids, **kw)

    metafunc.parametrize = thinned  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)  # before pytest brings together what needs the same server
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out rows of a test that has several tables, and shuffles, as the options say."""
    most = config.getoption("--rows")
    if most:
        _deselect(config, items, most)
    seed = config.getoption("--shuffle")
    if seed is not None:
        draw = random.Random(seed)
        place = {path: draw.random() for path in sorted({item.path for item in items})}
        items.sort(key=lambda item: (place[item.path], draw.random()))


def _deselect(config: pytest.Config, items: list[pytest.Item], most: int) -> None:
    rows: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        rows[item.nodeid.partition("[")[0]].append(item)
    kept = {item for each in rows.values() for item in spread(each, most)}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def pytest_configure(config: pytest.Config) -> None:
    """What holds for the hundreds of processes that the tests start.

    They share what they have compiled, outside of the checkout, which some tests copy. LiteLLM asks
    the network for its prices in none of them. Signals do in them what they do in a terminal:
    nohup, or a job in the background, has them ignored.
    """
    inherited = pytest.MonkeyPatch()
    config.add_cleanup(inherited.undo)
    inherited.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    inherited.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    if "PYTHONPYCACHEPREFIX" not in os.environ:
        made = tempfile.TemporaryDirectory(prefix="compiled-", ignore_cleanup_errors=True)
        config.add_cleanup(made.cleanup)
        inherited.setenv("PYTHONPYCACHEPREFIX", made.name)
    defaults = {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}
    for name, handler in defaults.items():
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    """What is said once in a process is said once in each test, and not in the first alone."""
    announce = sys.modules.get("mistral_sanitize.body.announce")
    if announce is not None:
        announce.forget()
