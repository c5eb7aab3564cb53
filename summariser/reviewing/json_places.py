"""The line of a JSON text in which each value begins, by JSON path: for links to the place of a change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:\n]|[^\s\[\]{},:"]+')


def find_lines(text: str) -> dict[str, int]:
    """Map each path (case.results[2].text) to its line, from 1; for a member of an object, to the line of its key.

    Shape: `text` is valid JSON. Keys with points in them make paths that nobody asks for.
    """
    return dict(_walk(text))


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """The line of a path, or of the nearest thing around it; None if there is none."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path)


def _walk(text: str) -> Iterator[tuple[str, int]]:
    """Paths and lines, in text order."""
    line = 1
    open_paths: list[str] = []  # what is open, outermost first
    counts: list[int | None] = []  # next index of an open list; None for an object
    path, is_key = "", False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "\n":
            line += 1
        elif token in "{[":
            if counts and counts[-1] is not None:
                path = f"{open_paths[-1]}[{counts[-1]}]"
                yield path, line
            open_paths.append(path)
            counts.append(0 if token == "[" else None)
            is_key = token == "{"
        elif token in "}]":
            open_paths.pop()
            counts.pop()
            is_key = False
        elif token == ",":
            if counts[-1] is None:
                is_key = True
            else:
                counts[-1] += 1
        elif token == ":":
            is_key = False
        elif is_key:
            path = f"{open_paths[-1]}.{token[1:-1]}".lstrip(".")
            yield path, line
        elif counts and counts[-1] is not None:
            yield f"{open_paths[-1]}[{counts[-1]}]", line
