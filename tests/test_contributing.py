"""The walk through the code names what is there."""

from __future__ import annotations

import re
from importlib import import_module

from conftest import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_file_of_the_walk_is_there() -> None:
    """A module or room that the guide names exists."""
    walk = GUIDE.partition("## A walk through the code")[2].partition("## Where what lives")[0]
    files = set(re.findall(r"`((?:\w+/)*\w+\.py)`", walk))
    rooms = set(re.findall(r"`(\w+)/`", GUIDE))

    assert files
    assert [name for name in files if not list((ROOT / "summariser").rglob(name))] == []
    assert [name for name in rooms if not ((ROOT / name).is_dir() or (ROOT / "summariser" / name).is_dir())] == []


def test_every_function_of_the_walk_is_there() -> None:
    """`room/module.function` and `module.function` of the walk can be imported."""
    walk = GUIDE.partition("## A walk through the code")[2].partition("## Where what lives")[0]
    named = re.findall(r"`((?:\w+/)?(?!\w+\.(?:py|md)`)[a-z]\w*)\.(\w+)`", walk)

    missing = [
        f"{module}.{name}"
        for module, name in named
        if name != "py" and not hasattr(import_module(f"summariser.{module.replace('/', '.')}"), name)
    ]

    assert len(named) > 10
    assert missing == []
