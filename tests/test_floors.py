"""The house has floors: a module imports only from below, and only the doors meet the world."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "summariser"
FLOORS: dict[str, int] = {
    # what everything knows
    "errors": 0,
    "schema": 0,
    "tables": 0,
    # words, numbers and places: pure
    "place": 1,
    "place_mentions": 2,
    "byline": 1,
    "text": 2,
    "numbers": 3,
    "organisation": 2,
    "matching": 4,
    # pages and articles
    "page": 1,
    "layout": 4,
    "article": 3,
    "affinity": 4,
    "column_thread": 5,
    "in_order": 6,
    "split_rules": 7,
    "reply": 1,
    "split": 7,
    # what is asked, and of whom
    "prompt": 8,
    "endpoint": 1,
    "adaptation": 2,
    "transport": 1,
    "concurrency": 1,
    "retry": 4,
    "completion": 3,
    "providers": 2,
    "config": 4,
    "client": 5,
    "probe": 6,
    "asking": 6,
    "testing": 1,
    # what is made of a reply
    "evidence": 3,
    "people": 3,
    "english": 4,
    "prose": 5,
    "records": 9,
    # what is kept
    "record_text": 1,
    "whole_file": 1,
    "store": 5,
    "stored": 4,
    "process": 0,
    "database": 1,
    "ledger": 2,
    "cassette": 2,
    "table_columns": 1,
    "export": 3,
    "table_files": 4,
    "whole_export": 5,
    "report": 5,
    # what changed between two versions
    "comparison": 4,
    "readable": 1,
    "git": 2,
    "revisions": 5,
    "differences": 6,
    "diff": 7,
    "diff_markdown": 8,
    # what people decide and correct
    "amend": 10,
    "corrections": 10,
    "review": 11,
    # records against gold
    "digits": 0,
    "figures": 2,
    "gold": 2,
    "pairing": 5,
    "score_split": 6,
    "score_case": 6,
    "score_numbers": 6,
    "evaluate": 11,
    "kept_figures": 12,
    "repeated_runs": 13,
    # who conducts
    "pipeline": 10,
    "desk_request": 1,
    "desk_folder": 2,
    "desk": 3,
    "api": 11,
    "cli": 14,
}
NETWORK = {"openai", "httpx2", "socket", "uvicorn", "starlette"}
DOORS = {"client", "transport", "cassette", "desk"}


def _modules() -> list[tuple[str, Path]]:
    return [(_room(path.relative_to(PACKAGE).with_suffix("").parts), path) for path in sorted(PACKAGE.rglob("*.py"))]


def _room(parts: tuple[str, ...]) -> str:
    """The first part of a module's path that has a floor: a package that is one room, or the module itself."""
    return next((part for part in parts if part in FLOORS), parts[-1])


def _imports(path: Path) -> set[str]:
    """Full names of what a file imports, wherever the import stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


@pytest.mark.parametrize(("room", "path"), _modules(), ids=lambda value: str(value).rsplit("/", 1)[-1])
def test_module_imports_only_from_lower_floors(room: str, path: Path) -> None:
    """A module imports from its own room or from lower floors."""
    if room in {"__init__", "__main__"}:
        return
    own = FLOORS[room]
    ours = {_room(tuple(name.split(".")[1:])) for name in _imports(path) if name.startswith("summariser.")} - {room}
    if room == "errors":  # names `Finding` for the type checker only
        ours -= {"schema"}

    too_high = {name: FLOORS[name] for name in ours if FLOORS[name] >= own}

    assert not too_high


@pytest.mark.parametrize(("room", "path"), _modules(), ids=lambda value: str(value).rsplit("/", 1)[-1])
def test_only_the_doors_meet_the_network(room: str, path: Path) -> None:
    """Nothing but the client, its recorder and the desk imports a network library."""
    used = {name.split(".")[0] for name in _imports(path)} & NETWORK

    assert not used or room in DOORS


@pytest.mark.parametrize("statement", ["import summariser", "import summariser.cli"])
def test_import_loads_nothing_heavy(statement: str) -> None:
    """Importing the package or its command line loads neither openai nor vcr nor pydantic."""
    heavy = "import sys; print(sorted({'openai', 'vcr', 'pydantic', 'rich', 'yaml'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", f"{statement}; {heavy}"], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
