"""What the programme knows of words, as data files beside this module; `README.md` lists them with their sources."""

from __future__ import annotations

import csv
import re
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


class Patterns:
    """The patterns of a table as attributes, each compiled when it is first asked for.

    Shape: they stand in `name`.toml under `patterns`; line breaks in one mean nothing, and @NAME stands for what
    `parts` call so, here or in the table.
    Errors: AttributeError if the table has no such pattern.
    """

    def __init__(self, name: str, **parts: str) -> None:
        self._name, self._parts = name, parts

    def __getattr__(self, name: str) -> re.Pattern[str]:
        table = read_words(self._name)
        if name not in table["patterns"]:
            raise AttributeError(f"{self._name}.toml has no pattern {name}")
        parts = {**table.get("parts", {}), **self._parts}

        def fill(words: str) -> str:
            return re.sub("@([A-Z_]+)", lambda part: fill(parts[part[1]]), re.sub(r"\n\s*", "", words))

        pattern = re.compile(fill(table["patterns"][name]))
        setattr(self, name, pattern)
        return pattern
