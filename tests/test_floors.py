"""A module imports only from lower floors, nothing imports in a circle, only the doors meet the world."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "summariser"
# The floor of each room, by the path of its modules; the longest prefix counts. Inside a room nothing is circular.
FLOORS = {
    "tables": -1,
    "schema": 0,
    "errors": 1,
    "text": 1,
    "places": 2,
    "reply": 2,
    "numbers": 2,
    "disk.files": 2,
    "endpoints": 3,
    "matching": 3,
    "organisations": 3,
    "comparison": 4,
    "pages": 3,
    "prompt": 4,
    "disk.record_text": 4,
    "readers": 5,
    "disk": 6,
    "records": 7,
    "asking": 8,
    "exporting": 7,
    "catalogue": 9,
    "reviewing": 8,
    "pipeline": 9,
    "api": 10,
    "parts": 11,
    "evaluation": 11,
    "report": 11,
    "workbench": 12,
    "cli": 13,
    "__main__": 14,
}
NETWORK = {"openai", "httpx2", "socket", "uvicorn", "starlette"}
DOORS = {"endpoints.client", "endpoints.transport", "endpoints.desk", "workbench"}
LONGEST = 45  # lines of a function


def _name(path: Path) -> str:
    """The dotted path of a module in the package: reviewing.diff; of a package its own."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


MODULES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
NAMED = [name for name in MODULES if name]  # the root only gathers what is public


@cache
def _tree(name: str) -> ast.Module:
    """What a module says."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def _room(name: str) -> str:
    """The longest prefix of a module's path that has a floor."""
    parts = name.split(".")
    prefixes = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in FLOORS), name)


@cache
def _nodes(name: str) -> list[ast.AST]:
    """All nodes of a module."""
    return list(ast.walk(_tree(name)))


@cache
def _imports(name: str) -> list[str]:
    """Full names of what a module imports, wherever the import stands."""
    nodes = _nodes(name)
    plain = (alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names)
    sources = (node for node in nodes if isinstance(node, ast.ImportFrom) and node.module)
    return [*plain, *(f"{node.module}.{alias.name}" for node in sources for alias in node.names)]


def _ours(name: str) -> set[str]:
    """The modules of the package that a module imports."""
    found = set()
    for full in _imports(name):
        inside = full.removeprefix("summariser.") if full.startswith("summariser.") else ""
        found |= {inside, inside.rpartition(".")[0]} & set(NAMED)
    return found - {name, name.rpartition(".")[0]}


@pytest.mark.parametrize("name", NAMED)
def test_module_imports_only_from_lower_floors(name: str) -> None:
    """A module imports from its own room or from lower floors; every module is of a room."""
    own = FLOORS[_room(name)]

    too_high = {other for other in _ours(name) if _room(other) != _room(name) and FLOORS[_room(other)] >= own}

    assert not too_high


def test_nothing_imports_in_a_circle() -> None:
    """Neither modules nor rooms import each other in a circle; graphlib names the circle if there is one."""
    modules = {name: _ours(name) for name in NAMED}
    rooms: dict[str, set[str]] = {}
    for name, others in modules.items():
        rooms.setdefault(_room(name), set()).update({_room(other) for other in others} - {_room(name)})

    assert len(list(TopologicalSorter(modules).static_order())) == len(NAMED)
    assert set(TopologicalSorter(rooms).static_order()) == set(FLOORS)


@pytest.mark.parametrize("name", NAMED)
def test_only_the_doors_meet_the_network(name: str) -> None:
    """Nothing but the client, what stands between it and the network, and the desk imports a network library."""
    used = {full.split(".")[0] for full in _imports(name)} & NETWORK

    assert not used or any(name == door or name.startswith(f"{door}.") for door in DOORS)


# Whoever else writes does so into a folder that was made a moment before, where no link can lie ready.
_WRITERS = {"disk.files", "cli.split", "exporting.export"}


def _writes(call: ast.Call) -> bool:
    """Whether a call may write to what a name that is there already leads to; the mode x makes a file or fails."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    modes = [each.value for each in ast.walk(call) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    is_open = name == "open" and any(set(mode) <= set("rwabt+") and set(mode) & set("wa+") for mode in modes)
    return is_open or name in {"write_text", "write_bytes", "touch"}


@pytest.mark.parametrize("name", sorted(set(MODULES) - _WRITERS))
def test_files_are_written_in_one_module(name: str) -> None:
    """What writes through a link that somebody laid ready may write anywhere; the one module for it never does."""
    assert [call.lineno for call in _nodes(name) if isinstance(call, ast.Call) and _writes(call)] == []


@pytest.mark.parametrize("name", MODULES)
def test_no_function_is_long(name: str) -> None:
    """A function that does one thing has at most 45 lines."""
    functions = [node for node in _nodes(name) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    assert [each.name for each in functions if (each.end_lineno or 0) - each.lineno >= LONGEST] == []


_READING = "import summariser; summariser.split_by_rules(summariser.read_page('a.txt'))"
_QUIETLY = "import contextlib, io\nfrom summariser.cli import cli\nwith contextlib.redirect_stdout(io.StringIO()):\n  "
_HELP = f"{_QUIETLY}for verb in cli.list_commands(None): cli.main([verb, '--help'], standalone_mode=False)\n"
_VERBS = (
    f"{_QUIETLY}for words in (['read'], ['split', '--rules']): cli.main([*words, 'a.txt'], standalone_mode=False)\n"
)
_CHECK = f"{_QUIETLY}cli.main(['check', 'a.txt'], standalone_mode=False)\n"
_ROOMS = {
    f"summariser.{room}"
    for room in ("endpoints.endpoint", "exporting", "reviewing", "evaluation", "report", "workbench")
}
_CALLING = {"openai", "vcr", "pydantic", "rich", "yaml", "starlette", "uvicorn", "jinja2"}
_OPENING = {
    "distributed",
    "dask",
    "fsspec",
    "lxml",
    "trafilatura",
    "pypdfium2",
    "docx",
    "PIL",
    "numpy",
    "cv2",
    "onnxruntime",
    "rapidocr",
}


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import summariser", _CALLING | _OPENING),
        ("import summariser.cli", _CALLING | _OPENING),
        ("import summariser.cli.setup", _CALLING | _OPENING),  # git calls it for each file
        (_READING, {"openai", "vcr", "rich", *_OPENING}),
        (_HELP, {"openai", "vcr", "starlette", "uvicorn", *_OPENING}),
        (_VERBS, {"openai", "vcr", "starlette", "uvicorn", "jinja2", *_OPENING}),
        (_CHECK, {"asyncio", "openai", "vcr", "starlette", "uvicorn", "jinja2", *_ROOMS, *_OPENING}),
    ],
)
def test_import_loads_nothing_heavy(statement: str, heavy: set[str], tmp_path: Path) -> None:
    """Neither the package, the help of any verb, a page of plain text nor a check loads what it does not need."""
    (tmp_path / "a.txt").write_text("夜校开课\n近200名职工参加。\n", encoding="utf-8")
    code = f"{statement}\nimport sys; print(sorted({heavy!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert done.stdout.strip() == "[]"
