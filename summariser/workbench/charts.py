"""The charts of Explore as shapes to draw: months as bars, provinces as tiles, two facets as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from summariser.catalogue.update import NOT_KNOWN
from summariser.tables import read_table

_MOST_BARS: Final = 60  # months; what is older is in the facets
_LABEL_BARS: Final = 4  # as wide as a month is when written out
_SHADES: Final = 5


_STEP, _HEIGHT, _TILE, _CHARACTER = 14, 72, 58, 7  # pixels; the last of a label


class Bar(NamedTuple):
    """A month: its code, how many records, where it is drawn; `label` is empty where none stands below it."""

    code: str
    records: int
    x: int
    y: float
    height: float
    label: str


class TimeLine(NamedTuple):
    """Records by the month of their issue, without a gap; `earlier` counts what is older than the first bar."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    earlier: int
    undated: int


class Tile(NamedTuple):
    """A province on the map: its six digits, its ISO letters, how many records, shade (0: none), where it is drawn."""

    code: str
    letters: str
    records: int
    shade: int
    x: int
    y: int


class Table(NamedTuple):
    """Two facets against each other: codes of rows and columns, most records first, and the counts of their pairs."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    most: int


def draw_months(counts: Mapping[str, int]) -> TimeLine:
    """The time line of counts by month (2025-03)."""
    held = {code: count for code, count in counts.items() if count and code != NOT_KNOWN}
    months = _months(min(held), max(held)) if held else []
    shown, most = months[-_MOST_BARS:], max(held.values(), default=1)
    bars = []
    for place, code in enumerate(shown):
        count = held.get(code, 0)
        height = max(round(count / most * _HEIGHT, 1), 2.0) if count else 0.0
        bars.append(Bar(code, count, place * _STEP, _HEIGHT - height, height, _label(place, shown)))
    earlier = sum(count for code, count in held.items() if shown and code < shown[0])
    width = max(len(bars) * _STEP, *(bar.x + len(bar.label) * _CHARACTER for bar in bars), _STEP)
    return TimeLine(tuple(bars), width, _HEIGHT, earlier, counts.get(NOT_KNOWN, 0))


def draw_provinces(counts: Mapping[str, int]) -> list[Tile]:
    """The map of counts by province (six digits)."""
    most = max((count for code, count in counts.items() if code != NOT_KNOWN), default=0)
    tiles = []
    for row in read_table("province_tiles"):
        code = f"{row['province']}0000"
        count = counts.get(code, 0)
        shade = -(-count * _SHADES // most) if count else 0
        tiles.append(Tile(code, row["iso"], count, shade, int(row["column"]) * _TILE, int(row["row"]) * _TILE))
    return tiles


def make_table(counts: Mapping[tuple[str, str], int]) -> Table:
    """The table of counts by pairs; what is not known stands last."""
    rows: dict[str, int] = {}
    columns: dict[str, int] = {}
    for (row, column), count in counts.items():
        rows[row] = rows.get(row, 0) + count
        columns[column] = columns.get(column, 0) + count
    return Table(_ranked(rows), _ranked(columns), counts, max(counts.values(), default=1))


def _label(place: int, months: list[str]) -> str:
    """What stands below a bar: the year below a January, the month below the first bar if a year has room behind it."""
    if months[place].endswith("-01"):
        return months[place][:4]
    has_room = not any(month.endswith("-01") for month in months[:_LABEL_BARS])
    return months[0] if place == 0 and has_room else ""


def _ranked(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda code: (code == NOT_KNOWN, -counts[code], code)))


def _months(first: str, last: str) -> list[str]:
    """All months from one to another."""
    start, end = (int(code[:4]) * 12 + int(code[5:7]) - 1 for code in (first, last))
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(max(start, end - _MOST_BARS), end + 1)]
