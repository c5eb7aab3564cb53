"""What the programme knows of words, as data files beside this module; `README.md` lists them with their sources."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of the table `name`.csv, each as column: cell.

    Shape: lines that begin with `#` are comments; the first other line names the columns. Callers must not change rows.
    Errors: FileNotFoundError if there is no such table.
    """
    lines = (files(__name__) / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return tuple(csv.DictReader(line for line in lines if not line.startswith("#")))


@cache
def read_words(name: str) -> dict[str, Any]:
    """The word lists of `name`.toml by their keys; a list is one string, its words parted by white space.

    Errors: FileNotFoundError if there is no such file.
    """
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))
