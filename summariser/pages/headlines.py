"""Headlines found by the size of their letters, with the kickers above or beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from summariser.pages.article import is_closed
from summariser.pages.byline import is_byline, opens_with_dateline
from summariser.pages.placed import PlacedLine, Rules, hull_of, middle, numbers_of, overlap, runs_between, share_inside
from summariser.schema.page import Box

LEAD_RATIO = 1.12  # kickers and subtitles beside a headline
_TITLE_RATIO = 1.42  # a headline's letters to those of the body; subheads of bodies stay below, small headlines above
_SMALL_TITLE_RATIO = 1.28
_MOST_LARGE = 150  # large lines; a page of sixty articles has fewer
_MOST_KICKERS = 4  # lines
_LONGEST_LABEL = 12  # characters


class Title(NamedTuple):
    """A headline with its kickers; `hull` is the box round its large lines."""

    lines: frozenset[int]
    large: frozenset[int]
    hull: Box
    height: float
    vertical: bool


def find_titles(lines: Sequence[PlacedLine], letter: float, rules: Rules) -> list[Title]:
    """The headlines of a page: large lines, those joined that stand close together, with their kickers."""
    tall = sorted((line for line in lines if len(line.text) > 2), key=lambda line: -line.height)[:_MOST_LARGE]
    large = [line for line in tall if _is_large(line, lines, letter)]
    groups: list[list[PlacedLine]] = []
    for line in sorted(large, key=lambda line: (line.box.top, line.box.left)):
        near = [group for group in groups if any(_is_near(line, other, rules) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(other for group in near for other in group), line])
    titles = []
    for group in groups:
        tallest = max(line.height for line in group)
        head = [line for line in group if line.height >= 0.6 * tallest]
        vertical = all(line.vertical for line in head)
        kicker = [line for line in group if line not in head] + _kicker(hull_of(head), group, lines, letter)
        titles.append(Title(numbers_of([*head, *kicker]), numbers_of(head), hull_of(head), tallest, vertical))
    return titles


def is_label(line: PlacedLine) -> bool:
    """Whether a line may be the name of a column or section, by its length."""
    return len(line.text) <= _LONGEST_LABEL and not is_closed(line.text) and not is_byline(line.text)


def _is_large(line: PlacedLine, lines: Sequence[PlacedLine], letter: float) -> bool:
    """Whether a line is set as a headline; the smallest are known by the picture or the opening below them."""
    if line.height >= _TITLE_RATIO * letter:
        return True
    if line.height < _SMALL_TITLE_RATIO * letter or line.text[-1] in "。，、；":
        return False
    below = [
        each for each in lines if each.box.top > line.box.bottom - letter / 2 and share_inside(line.box, each.box) > 0
    ]
    nearest = min(below, key=lambda each: each.box.top, default=None)
    return nearest is None or nearest.box.top - line.box.bottom > 6 * letter or opens_with_dateline(nearest.text)


def _kicker(hull: Box, group: Sequence[PlacedLine], lines: Iterable[PlacedLine], letter: float) -> list[PlacedLine]:
    """Smaller lines above a headline, or beside a vertical one, that stand alone or are larger than the body."""
    others = [line for line in lines if line not in group]
    over = [line for line in others if not line.vertical and share_inside(line.box, hull) > 0.5]
    found: list[PlacedLine] = []
    top = hull.top
    for line in sorted(over, key=lambda line: -line.box.bottom):
        if not -0.6 * letter < top - line.box.bottom < 1.6 * letter or len(found) >= _MOST_KICKERS:
            continue
        row = hull_of([line, *(each for each in over if abs(middle(each) - middle(line)) < letter / 2)])
        is_central = abs(row.left + row.right - hull.left - hull.right) < 0.5 * (hull.right - hull.left) + 2 * letter
        higher = [each for each in others if overlap(each.box, line.box, 0) > 0 and each.box.top < line.box.top]
        is_alone = all(line.box.top - each.box.bottom > 0.7 * letter for each in higher)
        is_text = is_byline(line.text) or line.text[-1] in "。，、；"
        if is_central and not is_text and (is_alone or line.height >= LEAD_RATIO * letter):
            found.append(line)
            top = min(top, line.box.top)
    beside = [
        line for line in others
        if line.vertical and line.height < _TITLE_RATIO * letter and overlap(line.box, hull, 1) > 0
        and max(hull.left - line.box.right, line.box.left - hull.right) < 1.5 * letter
    ]  # fmt: skip
    return found + beside


def _is_near(one: PlacedLine, other: PlacedLine, rules: Rules) -> bool:
    """Whether two large lines belong to one headline: one under the other, or one behind the other."""
    if one.vertical != other.vertical:
        return False
    along, across = (1, 0) if one.vertical else (0, 1)
    height, least = max(one.height, other.height), min(one.height, other.height)
    apart_across = -overlap(one.box, other.box, across)
    apart_along = -overlap(one.box, other.box, along)
    crossing = rules.across if not one.vertical else rules.down
    if apart_across < 0.8 * least and apart_along < 0:
        return not any(runs_between(rule, one.box, other.box, across) for rule in crossing)
    walls = rules.down if not one.vertical else rules.across
    is_behind = apart_across < -0.5 * least and apart_along < 0.9 * least and least > 0.75 * height
    return is_behind and not any(runs_between(rule, one.box, other.box, along) for rule in walls)
