"""What the programme knows of words, as data files beside this module; `README.md` lists them with their sources."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_COMMENT = re.compile("(?:^|  )# .*", re.MULTILINE)


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

    Shape: what stands behind `# ` at the beginning of a line, or behind two spaces, is a comment inside a list too.
    Errors: FileNotFoundError if there is no such file.
    """
    return tomllib.loads(_COMMENT.sub("", (files(__name__) / f"{name}.toml").read_text(encoding="utf-8")))


def fill(pattern: str, parts: Mapping[str, str]) -> str:
    """A pattern in which each @NAME stands for what `parts` call so."""
    return re.sub("@([A-Z_]+)", lambda part: fill(parts[part[1]], parts), pattern)


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of these words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def groups(table: Mapping[str, str]) -> str:
    """A pattern with a group for each key of a table, which matches any of its words or patterns."""
    return "|".join(f"(?P<{name}>{'|'.join(words.split())})" for name, words in table.items())


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
        words = fill(table["patterns"][name], {**table.get("parts", {}), **self._parts})
        pattern = re.compile(re.sub(r"\n\s*| +\n", "", words))
        setattr(self, name, pattern)
        return pattern
