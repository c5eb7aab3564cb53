"""What every test shares: an environment without our settings, and the seeds."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

if TYPE_CHECKING:
    from summariser.evaluation.evaluate import Evaluation

ROOT = Path(__file__).resolve().parent.parent

# Container images forbid bytecode; then every process of the suite, some hundreds, would compile the package anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# What a shell starts in the background ignores Ctrl-C, and so would the processes that tests stop with it.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What tests write need not last: where there is a folder in memory with room, in which programs run, no disk waits.
_MEMORY = Path("/dev/shm")
if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK):
    _room = os.statvfs(_MEMORY)
    if _room.f_bavail * _room.f_frsize > 4e9 and not _room.f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
# Each test has a folder of its own; what hypothesis knows of characters takes two seconds and is kept in one place.
set_hypothesis_home_dir(ROOT / ".hypothesis")

# What takes longest begins first: at the end one worker would run it while the others wait. So do modules whose tests
# share what is dear to make, a browser, a replay or an evaluation: those that begin first are not given to others.
_FIRST = {
    *("test_ask", "test_baseline", "test_batching", "test_coders", "test_endurance", "test_evaluate", "test_explore"),
    *("test_facts_gold", "test_lines_room", "test_measured", "test_parts", "test_public", "test_report_browser"),
    *("test_review_room", "test_scan_recordings", "test_seeds", "test_walk", "test_wheel", "test_workbench"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The modules that begin first, then the others in their order."""
    items.sort(key=lambda item: item.path.stem not in _FIRST)


def pytest_collection_finish() -> None:
    """What is there by now stays till the end: the collector need not look through ten thousand tests ever again."""
    gc.freeze()


@pytest.fixture(scope="session")
def _empty_folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The last is empty: where tests stand that name no folder, because to make one takes longer than most of them."""
    return [tmp_path_factory.mktemp("empty")]


@pytest.fixture(autouse=True)
def _clean_environment(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    _empty_folders: list[Path],
) -> Iterator[None]:
    """No key, no setting and no summariser.toml of the machine reaches a test, and nothing that another test wrote."""
    for name in list(os.environ):
        if name.startswith("SUMMARISER_") or name.endswith("_API_KEY") or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    has_own = "tmp_path" in request.fixturenames
    monkeypatch.chdir(request.getfixturevalue("tmp_path") if has_own else _empty_folders[-1])
    yield
    if any(_empty_folders[-1].iterdir()):
        _empty_folders.append(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder with the five seed pages."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def seeds_now() -> Evaluation:
    """The figures of the committed records, which are what the cassettes give (`test_seeds.py`)."""
    from summariser.evaluation.evaluate import evaluate

    return evaluate([ROOT / "summaries"], ROOT / "seeds")


@pytest.fixture
def memory() -> Iterator[Any]:
    """A store that is none of the disk's, empty."""
    store = pytest.importorskip("fsspec").filesystem("memory")
    store.store.clear()
    store.pseudo_dirs[:] = [""]
    yield store
    store.store.clear()
