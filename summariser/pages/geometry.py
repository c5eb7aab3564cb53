"""Reading order and articles from where the lines of a page stand.

A page is cut again and again along its white gaps (a recursive XY-cut). While a part holds more than one headline it is
cut where that separates headlines: along a gap that a printed rule runs through rather than along a plain one, and
never through a line. What holds one headline is an article: its headline lines first, then its columns.

Vertical pages (columns of characters, right to left) are turned by a quarter, so that the same code reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from summariser.schema.page import Box

_TITLE_RATIO = 1.38  # a headline's letters to those of the body; subheads of bodies stay below, small headlines above
_LEAD_RATIO = 1.12  # kickers and subtitles beside a headline
_STRAY_SHARE = 0.04  # share of the lines that may reach into a gutter: boxes of OCR run over
_TOUCH = 0.22  # of a letter: how far neighbouring boxes may overlap and still be apart
_RULE_SHARE = 0.6  # of a part's side that a rule must run along to divide it
_FOLIO_SHARE = 0.09  # of the page's height in which masthead and folio line stand
_FOLIO = re.compile(
    r"第?[0-9０-９一二三四五六七八九十]+版|[12][0-9]{3}年[0-9]{1,2}月[0-9]{1,2}日|星期[一二三四五六日]|责任?编辑?|版式|校对|"
    r"国内统一|邮发代号|刊号|今日[0-9一二三四五六七八九十]+版|社址|邮政编码|广告|印刷|零售"
)


class PlacedLine(NamedTuple):
    """One line as geometry sees it; `number` is its place in the caller's sequence."""

    number: int
    text: str
    box: Box
    height: float
    vertical: bool = False


class Region(NamedTuple):
    """One article, or what stands by itself: indexes in reading order.

    Shape: the parts do not overlap; `kicker` are smaller lines above the headline, `body` all others, subtitles first.
    """

    kicker: tuple[int, ...]
    headline: tuple[int, ...]
    body: tuple[int, ...]


class Arrangement(NamedTuple):
    """The lines of a page in order: masthead and folio lines, then the articles.

    Shape: `column` and `size` tell of each index its column (from 1, within its region; 0 for headlines) and its letter
    height in units of the body's.
    """

    furniture: tuple[int, ...]
    regions: tuple[Region, ...]
    column: dict[int, int]
    size: dict[int, float]

    @property
    def order(self) -> tuple[int, ...]:
        """All indexes in reading order."""
        inside = (index for region in self.regions for part in region for index in part)
        return (*self.furniture, *inside)


class _Rules(NamedTuple):
    across: tuple[Box, ...]
    down: tuple[Box, ...]


class _Cut(NamedTuple):
    """A gap that parts the lines in two."""

    first: tuple[PlacedLine, ...]
    second: tuple[PlacedLine, ...]
    score: float


def arrange(lines: Sequence[PlacedLine], *, rules: Iterable[Box] = (), pictures: Iterable[Box] = ()) -> Arrangement:
    """The reading order and the articles of a page, from the places of its lines alone."""
    if not lines:
        return Arrangement((), (), {}, {})
    width = max(line.box.right for line in lines)
    if 2 * sum(len(line.text) for line in lines if line.vertical) > sum(len(line.text) for line in lines):
        lines = [line._replace(box=_turned(line.box, width)) for line in lines]
        rules, pictures = [_turned(box, width) for box in rules], [_turned(box, width) for box in pictures]
    return _Arranger(lines, tuple(rules), tuple(pictures)).arrange()


def _turned(box: Box, width: float) -> Box:
    """The box on the page turned by a quarter: what was right is above."""
    return Box(box.top, width - box.right, box.bottom, width - box.left)


class _Arranger:
    """One page while it is being arranged."""

    def __init__(self, lines: Sequence[PlacedLine], rules: tuple[Box, ...], pictures: tuple[Box, ...]) -> None:
        self._lines = lines
        self._letter = _body_height(lines)
        self._bottom = max(line.box.bottom for line in lines)
        self._rules = _Rules(
            tuple(box for box in rules if box.right - box.left >= box.bottom - box.top),
            tuple(box for box in rules if box.right - box.left < box.bottom - box.top),
        )
        self._pictures = pictures
        self._column: dict[int, int] = {}

    def arrange(self) -> Arrangement:
        furniture = self._furniture()
        rest = [line for line in self._lines if line not in furniture]
        regions = [self._region(part) for part in self._parts(rest)]
        size = {line.number: line.height / self._letter for line in self._lines}
        order = [line.number for line in sorted(furniture, key=lambda line: (line.box.top, line.box.left))]
        return Arrangement(tuple(order), tuple(regions), self._column, size)

    def _furniture(self) -> set[PlacedLine]:
        """Masthead and folio lines: the bands at the top and bottom edge whose words say so."""
        reach = _FOLIO_SHARE * self._bottom
        bands = _runs([(line.box.top, line.box.bottom, line) for line in self._lines], slack=0)
        top = set().union(*(band for band in bands if _bottom(list(band)) <= reach))
        foot = set().union(*(band for band in bands if _top(list(band)) >= self._bottom - reach / 2))
        found = [edge for edge in (top, foot) if sum(bool(_FOLIO.search(line.text)) for line in edge) * 3 >= len(edge)]
        furniture = set().union(*found)
        return furniture if len(furniture) < len(self._lines) else set()

    # ---- articles

    def _parts(self, lines: Sequence[PlacedLine]) -> list[Sequence[PlacedLine]]:
        """The lines cut into parts of one headline each, in reading order."""
        titles = self._titles(lines)
        if len(lines) <= 1:
            return [lines] if lines else []
        cut = self._best_cut(lines, titles)
        if cut is None:
            return self._by_headline(lines, titles) if len(titles) > 1 else [lines]
        return [*self._parts(cut.first), *self._parts(cut.second)]

    def _best_cut(self, lines: Sequence[PlacedLine], titles: Sequence[Sequence[PlacedLine]]) -> _Cut | None:
        cuts = [*self._cuts_across(lines, titles), *self._cuts_down(lines, titles)]
        return max(cuts, key=lambda cut: cut.score, default=None)

    def _cuts_across(self, lines: Sequence[PlacedLine], titles: Sequence[Sequence[PlacedLine]]) -> Iterable[_Cut]:
        """Cuts between what stands above and what stands below: along a rule, or above a headline."""
        left, right = _extent(lines, 0)
        for top, bottom, above, below in self._gaps(lines, 1):
            ruled = _covered(self._rules.across, 0, (left, right), (top, bottom), self._letter) >= _RULE_SHARE
            is_whole = self._is_whole(above, titles) and self._has_body(below, titles)
            opens = any(_top(title) <= min(line.box.top for line in below) + 3 * self._letter for title in titles
                        if title[0] in below)  # fmt: skip
            if is_whole and (ruled or opens):
                yield _Cut(tuple(above), tuple(below), 3 * ruled + 1 + min((bottom - top) / self._letter, 4) / 4)

    def _cuts_down(self, lines: Sequence[PlacedLine], titles: Sequence[Sequence[PlacedLine]]) -> Iterable[_Cut]:
        """Cuts between left and right, if both have a headline."""
        top, bottom = _extent(lines, 1)
        for left, right, before, behind in self._gaps(lines, 0):
            ruled = _covered(self._rules.down, 1, (top, bottom), (left, right), self._letter) >= _RULE_SHARE
            has_titles = all(any(title[0] in side for title in titles) for side in (before, behind))
            if has_titles and self._has_body(before, titles) and self._has_body(behind, titles):
                yield _Cut(tuple(before), tuple(behind), 3 * ruled + min((right - left) / self._letter, 4) / 4)

    def _gaps(
        self, lines: Sequence[PlacedLine], axis: int
    ) -> Iterable[tuple[float, float, list[PlacedLine], list[PlacedLine]]]:
        """The white gaps of an axis, each with the lines on both sides of it."""
        runs = _runs([(line.box[axis], line.box[axis + 2], line) for line in lines], slack=-_TOUCH * self._letter)
        for place in range(1, len(runs)):
            before = [line for run in runs[:place] for line in run]
            behind = [line for run in runs[place:] for line in run]
            yield max(x.box[axis + 2] for x in before), min(x.box[axis] for x in behind), before, behind

    def _has_body(self, lines: Sequence[PlacedLine], titles: Sequence[Sequence[PlacedLine]]) -> bool:
        """Whether there is text beside headlines."""
        large = {line for title in titles for line in title}
        return any(line not in large for line in lines)

    def _is_whole(self, lines: Sequence[PlacedLine], titles: Sequence[Sequence[PlacedLine]]) -> bool:
        """Whether each headline of the lines has text under it, and there is text at all."""
        body = [line for line in lines if not any(line in title for title in titles)]
        inside = [title for title in titles if title[0] in lines]
        return bool(body) and all(
            any(line.box.top > _top(title) and _overlap(line.box, _hull(title), 0) > 0 for line in body)
            for title in inside
        )

    def _titles(self, lines: Sequence[PlacedLine]) -> list[list[PlacedLine]]:
        """The headlines: large lines, those joined that stand close together."""
        large = [line for line in lines if line.height >= _TITLE_RATIO * self._letter and len(line.text) > 1]
        titles: list[list[PlacedLine]] = []
        for line in sorted(large, key=lambda line: (line.box.top, line.box.left)):
            near = [title for title in titles if any(_is_near(line, other) for other in title)]
            titles = [title for title in titles if title not in near]
            titles.append([*(other for title in near for other in title), line])
        return [[*title, *self._kicker(title, lines)] for title in titles]

    def _kicker(self, title: Sequence[PlacedLine], lines: Iterable[PlacedLine]) -> list[PlacedLine]:
        """Smaller lines right above a headline that stand alone there, or in letters larger than the body's."""
        hull = _hull(title)
        above = [
            line
            for line in lines
            if line not in title
            and -0.5 * self._letter < hull.top - line.box.bottom < 2 * self._letter
            and _overlap(line.box, hull, 0) > 0.5 * (line.box.right - line.box.left)
        ]
        return [
            line
            for line in above
            if line.height >= _LEAD_RATIO * self._letter
            or not any(
                other is not line
                and _overlap(other.box, line.box, 0) > 0
                and 0 <= line.box.top - other.box.bottom < self._letter
                for other in lines
            )
        ]

    def _by_headline(
        self, lines: Sequence[PlacedLine], titles: Sequence[Sequence[PlacedLine]]
    ) -> list[Sequence[PlacedLine]]:
        """Lines that no gap parts: each with the nearest headline above it that it stands under."""
        parts: list[list[PlacedLine]] = [list(title) for title in titles]
        owned = {line for title in titles for line in title}
        loose: list[PlacedLine] = []
        for line in lines:
            if line in owned:
                continue
            above = [
                (line.box.top - _bottom(title), place)
                for place, title in enumerate(titles)
                if _top(title) <= line.box.top and _overlap(line.box, _hull(title), 0) > 0
            ]
            (parts[min(above)[1]] if above else loose).append(line)
        return [*([loose] if loose else []), *parts]

    # ---- inside an article

    def _region(self, lines: Sequence[PlacedLine]) -> Region:
        """The lines of one article in order."""
        titles = self._titles(lines)
        title = max(titles, key=lambda lines: max(line.height for line in lines), default=[])
        tallest = max((line.height for line in title), default=0.0)
        head = [line for line in title if line.height >= 0.85 * tallest]
        kicker = [line for line in title if line not in head and line.box.top < _top(head)]
        rest = [line for line in lines if line not in head and line not in kicker]
        leads = [line for line in rest if head and self._is_lead(line, head)]
        body = self._in_columns([line for line in rest if line not in leads])
        for line in (*head, *kicker, *leads):
            self._column[line.number] = 0
        ordered = [*_down(leads), *body]
        return Region(_indexes(_down(kicker)), _indexes(_down(head)), _indexes(ordered))

    def _is_lead(self, line: PlacedLine, head: Sequence[PlacedLine]) -> bool:
        """Whether a line is a subtitle right below the headline."""
        gap = line.box.top - _bottom(head)
        return (
            line.height >= _LEAD_RATIO * self._letter
            and -0.5 * self._letter < gap < 2 * self._letter
            and _overlap(line.box, _hull(head), 0) > 0
        )

    def _in_columns(self, lines: Sequence[PlacedLine], depth: int = 0) -> list[PlacedLine]:
        """Body lines column by column; where a line runs across columns, what is above it comes first."""
        if len(lines) <= 1:
            self._name_column(lines, 1)
            return list(lines)
        columns = self._columns(lines)
        if len(columns) > 1:
            for number, column in enumerate(columns, 1):
                self._name_column(column, number)
            return [line for column in columns for line in _down(column)]
        wide = [line for line in lines if line.box.right - line.box.left > 1.3 * _typical_width(lines)]
        if wide and depth < 4 and len(wide) < len(lines):
            edge = _down(wide)[0].box.top
            above = [line for line in lines if line.box.bottom <= edge + 0.5 * self._letter]
            below = [line for line in lines if line not in above]
            if above and below:
                return [*self._in_columns(above, depth + 1), *self._in_columns(below, depth + 1)]
        self._name_column(lines, 1)
        return _down(lines)

    def _columns(self, lines: Sequence[PlacedLine]) -> list[list[PlacedLine]]:
        """The lines by column, from the gutters that hardly a line reaches into."""
        stray = int(_STRAY_SHARE * len(lines))
        spans = sorted(
            (line.box.left + _TOUCH * self._letter, line.box.right - _TOUCH * self._letter) for line in lines
        )
        edges = sorted([(left, 1) for left, _ in spans] + [(max(left, right), -1) for left, right in spans])
        gutters, open_lines = [], 0
        for place, (at, step) in enumerate(edges[:-1]):
            open_lines += step
            following = edges[place + 1][0]
            if step < 0 and open_lines <= stray and following - at > 0.1 * self._letter:
                gutters.append((at + following) / 2)
        columns: list[list[PlacedLine]] = [[] for _ in range(len(gutters) + 1)]
        for line in lines:
            middle = (line.box.left + line.box.right) / 2
            columns[sum(middle > gutter for gutter in gutters)].append(line)
        return [column for column in columns if column]

    def _name_column(self, lines: Iterable[PlacedLine], number: int) -> None:
        for line in lines:
            self._column[line.number] = number


def _body_height(lines: Sequence[PlacedLine]) -> float:
    """The letter height that most characters have."""
    return max(median([line.height for line in lines for _ in line.text[:40]] or [line.height for line in lines]), 1.0)


def _runs(items: Iterable[tuple[float, float, PlacedLine]], *, slack: float) -> list[set[PlacedLine]]:
    """The lines in runs that overlap along an axis; `slack` is added to each end before they are compared."""
    runs: list[set[PlacedLine]] = []
    reach = float("-inf")
    for start, end, line in sorted(items, key=lambda item: item[0]):
        if not runs or start - slack > reach:
            runs.append(set())
            reach = end + slack
        runs[-1].add(line)
        reach = max(reach, end + slack)
    return runs


def _covered(
    rules: Iterable[Box], axis: int, side: tuple[float, float], gap: tuple[float, float], letter: float
) -> float:
    """The share of a side along which rules run through a gap."""
    other = 1 - axis
    inside = [
        rule for rule in rules if gap[0] - letter / 2 <= (rule[other] + rule[other + 2]) / 2 <= gap[1] + letter / 2
    ]
    length = sum(max(min(rule[axis + 2], side[1]) - max(rule[axis], side[0]), 0) for rule in inside)
    return length / max(side[1] - side[0], 1)


def _is_near(one: PlacedLine, other: PlacedLine) -> bool:
    """Whether two large lines belong to one headline: one under the other, or one behind the other."""
    height = max(one.height, other.height)
    if min(one.height, other.height) < 0.5 * height:
        return False
    apart_down = max(one.box.top, other.box.top) - min(one.box.bottom, other.box.bottom)
    apart_across = max(one.box.left, other.box.left) - min(one.box.right, other.box.right)
    is_under = apart_down < 0.8 * height and apart_across < 0
    return is_under or (apart_down < -0.5 * height and apart_across < 1.2 * height)


def _typical_width(lines: Sequence[PlacedLine]) -> float:
    return median(line.box.right - line.box.left for line in lines)


def _extent(lines: Sequence[PlacedLine], axis: int) -> tuple[float, float]:
    return min(line.box[axis] for line in lines), max(line.box[axis + 2] for line in lines)


def _overlap(one: Box, other: Box, axis: int) -> float:
    return min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])


def _hull(lines: Sequence[PlacedLine]) -> Box:
    boxes = [line.box for line in lines]
    return Box(
        min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
    )


def _top(lines: Sequence[PlacedLine]) -> float:
    return min(line.box.top for line in lines)


def _bottom(lines: Sequence[PlacedLine]) -> float:
    return max(line.box.bottom for line in lines)


def _down(lines: Iterable[PlacedLine]) -> list[PlacedLine]:
    """Lines from top to bottom, those of one row from left to right."""
    rows: list[list[PlacedLine]] = []
    for line in sorted(lines, key=_middle):
        if rows and _middle(line) - _middle(rows[-1][0]) < min(line.height, rows[-1][0].height) / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.left)]


def _middle(line: PlacedLine) -> float:
    return (line.box.top + line.box.bottom) / 2


def _indexes(lines: Iterable[PlacedLine]) -> tuple[int, ...]:
    return tuple(line.number for line in lines)
