"""Reading order and articles of a page, from where its lines stand.

A page is put straight and cut again and again along its white gaps (a recursive XY-cut). Of the ways to cut a part
the one is taken whose pieces look most like articles: one headline on top or at the side, text below it, an end that
closes a sentence, no printed rule across. What holds one headline is an article: its titles first, then its columns.

Vertical pages (columns of characters, right to left) are turned by a quarter, so that the same code reads them.

Headlines are found by the size of their letters, with the kickers above or beside them; columns by their gutters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain, pairwise
from typing import NamedTuple, TypeVar

from summariser.pages.article import is_byline, is_closed, is_closing_dateline, is_jump, is_jump_in, opens_with_dateline
from summariser.pages.placed import (
    PlacedLine,
    Rules,
    body_height,
    covered,
    down,
    extent,
    hull_of,
    numbers_of,
    overlap,
    runs,
    runs_between,
    share_inside,
    straighten,
)
from summariser.schema.page import Box, Page

Item = TypeVar("Item")

_STRAY_SHARE = 0.04  # share of the lines that may reach into a gutter: boxes of OCR run over
_MANY_LINES = 14  # from which on one line may


class Columns(NamedTuple):
    """Lines column by column; `number` tells of each line its column, from 1."""

    lines: tuple[PlacedLine, ...]
    number: dict[int, int]


def _read_columns(lines: Sequence[PlacedLine], letter: float) -> Columns:
    """Body lines column by column."""
    gutters = _gutters(lines, letter)
    columns: list[list[PlacedLine]] = [[] for _ in range(len(gutters) + 1)]
    for line in lines:
        columns[sum(line.box.left + line.box.right > start + end for start, end in gutters)].append(line)
    columns = [column for column in columns if column]
    numbers = {line.number: number for number, column in enumerate(columns, 1) for line in column}
    return Columns(tuple(line for column in columns for line in down(column)), numbers)


def _gutters(lines: Sequence[PlacedLine], letter: float) -> list[tuple[float, float]]:
    """The gutters that hardly a line reaches into: where one column ends and the next starts."""
    stray = max(int(_STRAY_SHARE * len(lines)), int(len(lines) > _MANY_LINES))
    slack = 0.25 * letter
    spans = [(line.box.left + slack, line.box.right - slack) for line in lines]
    edges = sorted([(left, 1) for left, _ in spans] + [(max(left, right), -1) for left, right in spans])
    gutters, open_lines = [], 0
    for (at, step), (following, _) in pairwise(edges):
        open_lines += step
        gap = (following - at) / letter
        if step < 0 and open_lines <= stray and gap > 0.1 and (not open_lines or gap < 3):
            gutters.append((at - slack, following + slack))
    return gutters


_LEAD_RATIO = 1.12  # kickers and subtitles beside a headline
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


def join_near(items: Iterable[Item], are_near: Callable[[Item, Item], bool]) -> list[list[Item]]:
    """The items in groups, each item with all that it or one near to it is near to."""
    groups: list[list[Item]] = []
    for item in items:
        near = [group for group in groups if any(are_near(item, other) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*chain.from_iterable(near), item])
    return groups


def _find_titles(lines: Sequence[PlacedLine], letter: float, rules: Rules) -> list[Title]:
    """The headlines of a page: large lines, those joined that stand close together, with their kickers."""
    tall = sorted((line for line in lines if len(line.text) > 2), key=lambda line: -line.height)[:_MOST_LARGE]
    large = [line for line in tall if _is_large(line, lines, letter)]
    large.sort(key=lambda line: (line.box.top, line.box.left))
    titles = []
    for group in join_near(large, lambda line, other: _is_near(line, other, rules)):
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
        off = line.box.left + line.box.right - hull.left - hull.right
        is_central = abs(off) < 0.5 * (hull.right - hull.left) + 2 * letter
        higher = [each for each in others if overlap(each.box, line.box, 0) > 0 and each.box.top < line.box.top]
        is_alone = all(line.box.top - each.box.bottom > 0.7 * letter for each in higher)
        is_text = is_byline(line.text) or line.text[-1] in "。，、；"
        if is_central and not is_text and (is_alone or line.height >= _LEAD_RATIO * letter):
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


_RULE_SHARE = 0.6  # of a part's side that a rule must run along to divide it
_FOLIO_SHARE = 0.09  # of the page's height in which masthead and folio line stand
_MOST_WORK = 60_000  # lines of all parts that are looked at; a broadsheet needs some 10,000
_MOST_GAPS = 120  # of a part along one axis, the widest
_LONG_ARTICLE = 14  # lines; a photo with a caption has fewer
_SUBHEAD_SHARE = 0.65  # of the letters of the headline; a larger one is a headline itself
_LARGEST_SUBHEAD = 1.7  # letters of the body
_PICTURE = 6  # letters; a larger gap below a headline holds a picture
_FOLIO = re.compile(
    r"第?[0-9０-９一二三四五六七八九十]+版|[12][0-9]{3}[年.-][0-9]{1,2}[月.-][0-9]{1,2}|星期[一二三四五六日]|"
    r"责任?编辑?|版式|校对|美编|国内统一|邮发代号|刊号|今日[0-9一二三四五六七八九十]+版|.{2,6}[日时晚晨商人工动]报"
)
_FOOT = re.compile(r"第?[0-9０-９]+版|责任?编辑?|版式|校对|[社地]址[:：]|邮政编码|印刷|零售|电话[:：]|邮箱[:：]|本版")
_CREDIT = re.compile(r"摄(?:影(?:报道)?)?[)）]?$")


class Region(NamedTuple):
    """One article, or what stands by itself: indexes in reading order.

    Shape: the parts do not overlap. `kicker` are smaller lines above the headline, `subtitle` those below it, `body`
    all others, subheads among them; `labels`, above the headline, name a column or section and are no text.
    """

    labels: tuple[int, ...]
    kicker: tuple[int, ...]
    headline: tuple[int, ...]
    subtitle: tuple[int, ...]
    body: tuple[int, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """All indexes in reading order."""
        return (*self.labels, *self.kicker, *self.headline, *self.subtitle, *self.body)


class Arrangement(NamedTuple):
    """The lines of a page in order: masthead and folio lines, then the articles.

    Shape: `vertical` holds what runs down on a page that runs across, and the reverse. `column` and `size` tell of each
    index its column (from 1, within its region; 0 for headlines) and its letter height in units of the body's.
    """

    furniture: tuple[int, ...]
    regions: tuple[Region, ...]
    vertical: frozenset[int]
    column: dict[int, int]
    size: dict[int, float]

    @property
    def order(self) -> tuple[int, ...]:
        """All indexes in reading order."""
        return (*self.furniture, *(index for region in self.regions for index in region.order))


Part = tuple[PlacedLine, ...]


class _Cut(NamedTuple):
    """A gap that parts the lines in two; `cost` is what speaks against it."""

    first: Part
    second: Part
    cost: float


def arrange(lines: Sequence[PlacedLine], *, rules: Iterable[Box] = (), pictures: Iterable[Box] = ()) -> Arrangement:
    """The reading order and the articles of a page, from the places of its lines alone."""
    if not lines:
        return Arrangement((), (), frozenset(), {}, {})
    edge = max(line.box.right for line in lines)
    if 2 * sum(len(line.text) for line in lines if line.vertical) > sum(len(line.text) for line in lines):
        lines = [line._replace(box=_turned(line.box, edge), vertical=not line.vertical) for line in lines]
        rules, pictures = [_turned(box, edge) for box in rules], [_turned(box, edge) for box in pictures]
    lines, (rules, pictures) = straighten(lines, rules, pictures, letter=body_height(lines))
    return _Arranger(lines, rules, pictures).arrange()


def arrange_page(page: Page) -> Arrangement:
    """The arrangement of a page whose lines have places; indexes are its line numbers.

    Errors: ValueError if the page has no layout.
    """
    if page.layout is None:
        raise ValueError(f"{page.page_id} has no places")
    lines = [
        PlacedLine(number, page.lines[number - 1], place.box, place.letter_height, place.vertical)
        for number, place in enumerate(page.layout.places, 1)
        if place and page.lines[number - 1].strip()
    ]
    return arrange(lines, rules=page.layout.rules, pictures=page.layout.pictures)


def _turned(box: Box, width: float) -> Box:
    """The box on the page turned by a quarter: what was right is above."""
    return Box(box.top, width - box.right, box.bottom, width - box.left)


def ends_caption(text: str) -> bool:
    """Tell whether a line ends like the credit of a picture, of which it may hold the end only: 明摄, 摄影报道."""
    return bool(_CREDIT.search(text))


class _Arranger:
    """One page while it is being arranged."""

    def __init__(self, lines: Sequence[PlacedLine], rules: Iterable[Box], pictures: Iterable[Box]) -> None:
        self._lines = lines
        self._letter = body_height(lines)
        self._rules = Rules(
            tuple(box for box in rules if box.right - box.left >= box.bottom - box.top),
            tuple(box for box in rules if box.right - box.left < box.bottom - box.top),
        )
        self._pictures = tuple(pictures)
        self._furniture = self._find_furniture()
        self._rest = tuple(line for line in lines if line not in self._furniture)
        self._titles = _find_titles(self._rest, self._letter, self._rules)
        self._title_of = {number: title for title in self._titles for number in title.lines}
        self._known: dict[frozenset[int], tuple[float, tuple[Part, ...]]] = {}
        self._work = 0
        self._column: dict[int, int] = {}

    def arrange(self) -> Arrangement:
        """The furniture, then the articles."""
        regions = [self._region(part) for part in self._best(self._rest)[1] if part]
        size = {line.number: line.height / self._letter for line in self._lines}
        order = [line.number for line in sorted(self._furniture, key=lambda line: (line.box.top, line.box.left))]
        vertical = numbers_of(line for line in self._lines if line.vertical)
        return Arrangement(tuple(order), tuple(regions), vertical, self._column, size)

    def _find_furniture(self) -> set[PlacedLine]:
        """Masthead and folio lines: the rows at the top, the lines at the foot whose words say so."""
        top, bottom = extent(self._lines, 1)
        reach = _FOLIO_SHARE * (bottom - top)
        furniture = {line for line in self._lines if line.box.top > bottom - reach / 2 and _FOOT.search(line.text)}
        for band in runs([(line.box.top, line.box.bottom, line) for line in self._lines], slack=-0.25 * self._letter):
            told = sum(bool(_FOLIO.search(line.text)) for line in band)
            if hull_of(band).bottom > top + reach or told * 3 < len(band):
                break
            furniture.update(band)
        return furniture if len(furniture) < len(self._lines) else set()

    def _best(self, part: Part) -> tuple[float, tuple[Part, ...]]:
        """The cheapest way to cut a part into articles, in reading order, and what speaks against it."""
        key = frozenset(line.number for line in part)
        if key not in self._known:
            self._work += len(part)
            titles = self._titles_in(part)
            titles = [title for title in titles if not self._is_subhead(title, part, titles)]
            pieces = self._by_headline(part, titles)
            best = sum(self._flaws(piece, titles) for piece in pieces) + 1.5 * (len(pieces) - 1), pieces
            for cut in sorted(self._cuts(part, titles), key=lambda cut: cut.cost) if best[0] > 0 else ():
                if self._work > _MOST_WORK or cut.cost >= best[0]:
                    break
                first = self._best(cut.first)
                if cut.cost + first[0] < best[0]:
                    second = self._best(cut.second)
                    best = min(best, (cut.cost + first[0] + second[0], first[1] + second[1]), key=lambda each: each[0])
            self._known[key] = best
        return self._known[key]

    def _titles_in(self, part: Part) -> list[Title]:
        return list(dict.fromkeys(self._title_of[line.number] for line in part if line.number in self._title_of))

    def _cuts(self, part: Part, titles: Sequence[Title]) -> Iterator[_Cut]:
        """The gaps along which a part may be cut: ruled ones, wide ones, and those where something begins."""
        for axis in (0, 1):
            sides = extent(part, 1 - axis)
            rules = self._rules.down if axis == 0 else self._rules.across
            for start, end, first, second in self._gaps(part, axis):
                if any(not title.lines.isdisjoint(first) and not title.lines.isdisjoint(second) for title in titles):
                    continue
                before = tuple(line for line in part if line.number in first)
                behind = tuple(line for line in part if line.number in second)
                ruled = covered(rules, 1 - axis, sides, (start, end), self._letter) >= _RULE_SHARE
                gap = (end - start) / self._letter
                if ruled or gap > 1.2 or (axis == 0 and gap > 0) or self._opens(behind, titles):
                    yield _Cut(before, behind, 0.0 if ruled else 0.06 - 0.01 * min(gap, 5))

    def _opens(self, part: Part, titles: Sequence[Title]) -> bool:
        """Whether a headline stands at the top of a part."""
        top = extent(part, 1)[0]
        own = {line.number for line in part}
        return any(title.lines <= own and title.hull.top < top + 4 * self._letter for title in titles)

    def _gaps(self, part: Part, axis: int) -> Iterator[tuple[float, float, frozenset[int], frozenset[int]]]:
        """The white gaps of an axis, each with the lines on both sides of it."""
        slack = (0.4 if axis == 0 else 0.2) * self._letter
        apart = runs([(line.box[axis], line.box[axis + 2], line) for line in part], slack=-slack)
        ends = list(accumulate((max(line.box[axis + 2] for line in run) for run in apart), max))
        starts = list(accumulate((min(line.box[axis] for line in run) for run in reversed(apart)), min))[::-1]
        widest = sorted(range(1, len(apart)), key=lambda place: ends[place - 1] - starts[place])[:_MOST_GAPS]
        for place in sorted(widest):
            before = frozenset(line.number for run in apart[:place] for line in run)
            behind = frozenset(line.number for run in apart[place:] for line in run)
            yield ends[place - 1], starts[place], before, behind

    def _flaws(self, part: Part, titles: Sequence[Title]) -> float:
        """What speaks against a part being one article; 0 for nothing."""
        own = {line.number for line in part}
        titles = [title for title in titles if title.lines & own]
        body = [line for line in part if not any(line.number in title.lines for title in titles)]
        if not body:
            return 1.2
        ordered = _read_columns(body, self._letter).lines
        closing = [place for place, line in enumerate(ordered) if ends_caption(line.text)]
        is_caption = bool(closing) and closing[-1] == len(ordered) - 1
        flaws = 0.0 if is_caption or self._is_ended(ordered) else 0.4
        flaws += 0.5 * self._has_rule_across(part, body)
        flaws += 0.6 * any(is_jump_in(line.text) for line in ordered[1:])
        if not titles:
            is_brief = opens_with_dateline(ordered[0].text)
            return flaws + (0.1 if is_jump_in(ordered[0].text) or is_caption else 0.3 if is_brief else 0.9)
        largest = max(titles, key=lambda title: title.height)
        is_photo = bool(closing) or self._has_picture(largest, body)
        flaws += 0.4 * (is_photo and len(body) > _LONG_ARTICLE)
        return flaws + self._misplaced(largest, body)

    def _is_subhead(self, title: Title, part: Part, titles: Sequence[Title]) -> bool:
        """Whether a small headline belongs to the text it stands in: text right above, and below no opening."""
        is_large = title.height > _LARGEST_SUBHEAD * self._letter
        if title.vertical or is_large or all(title.height > _SUBHEAD_SHARE * other.height for other in titles):
            return False
        inside = [line for line in part if line.number not in title.lines and overlap(line.box, title.hull, 0) > 0]
        above = [title.hull.top - line.box.bottom for line in inside if line.box.top < title.hull.top]
        below = min(
            (line for line in inside if line.box.top > title.hull.top), key=lambda line: line.box.top, default=None
        )
        opens = below is None or opens_with_dateline(below.text) or is_byline(below.text)
        return not opens and min(above, default=self._letter) < 0.9 * self._letter

    def _is_ended(self, ordered: Sequence[PlacedLine]) -> bool:
        """Whether text ends where an article may: with a sentence, a jump, a dateline, or a line that is not full."""
        last = ordered[-1]
        column = [last, *(line for line in ordered[-_LONG_ARTICLE:] if overlap(line.box, last.box, 0) > 0)]
        edge = max(line.box.right for line in column)
        is_short = last.box.right < edge - 1.5 * self._letter
        return is_short or is_closed(last.text) or is_jump(last.text) or is_closing_dateline(last.text)

    def _has_picture(self, title: Title, body: Sequence[PlacedLine]) -> bool:
        """Whether a headline stands over a picture, as far as a large gap or a known picture tells."""
        under = min((line.box.top for line in body if line.box.top > title.hull.top), default=title.hull.bottom)
        gap = title.hull._replace(top=title.hull.bottom, bottom=under)
        is_shown = any(overlap(gap, box, 0) > 0 and overlap(gap, box, 1) > 0 for box in self._pictures)
        return not title.vertical and (is_shown or under - title.hull.bottom > _PICTURE * self._letter)

    def _misplaced(self, title: Title, body: Sequence[PlacedLine]) -> float:
        """What speaks against the text being that of a headline, by its place."""
        hull, letter = title.hull, self._letter
        if title.vertical:
            aside = [line for line in body if line.box.left < hull.right - letter and not is_label(line)]
            beside = [line for line in body if 0 <= line.box.left - hull.right + letter < 5 * letter]
            return min(0.1 * len(aside), 1.0) + (0.0 if beside else 1.0)
        above = [line for line in body if line.box.bottom < hull.top + letter / 2 and not is_label(line)
                 and line.box.left < hull.right - letter]  # fmt: skip
        left = [line for line in body if line.box.right < hull.left + letter and line.box.bottom < hull.bottom
                and not is_label(line)]  # fmt: skip
        under = [line for line in body if overlap(line.box, hull, 0) > 0 and line.box.top > hull.top + letter / 2]
        return min(0.15 * len({*above, *left}) + 0.6 * bool(left), 1.2) + (0.0 if under else 1.2)

    def _has_rule_across(self, part: Part, body: Sequence[PlacedLine]) -> bool:
        """Whether a rule parts lines of text from side to side, or a part with its headline from top to bottom."""
        for axis, rules, lines in ((0, self._rules.down, part), (1, self._rules.across, tuple(body))):
            sides = extent(lines, 1 - axis)
            for start, end, *_ in self._gaps(lines, axis):
                if covered(rules, 1 - axis, sides, (start, end), self._letter) >= 0.9:
                    return True
        return False

    def _by_headline(self, part: Part, titles: Sequence[Title]) -> tuple[Part, ...]:
        """A part that is not cut; with several headlines, each line with the nearest it stands under."""
        if len(titles) < 2:
            return (part,)
        parts: list[list[PlacedLine]] = [[] for _ in titles]
        for line in part:
            above = [
                (line.number not in title.lines, line.box.top < title.hull.top, -overlap(line.box, title.hull, 0) > 0,
                 abs(line.box.top - title.hull.bottom), place)
                for place, title in enumerate(titles)
            ]  # fmt: skip
            parts[min(above)[-1]].append(line)
        return tuple(tuple(each) for each in parts)

    def _region(self, part: Part) -> Region:
        """The lines of one article in order."""
        titles = self._titles_in(part)
        title = max(titles, key=lambda each: each.height, default=None)
        large = [line for line in part if title and line.number in title.large]
        others = [line for line in part if title and line.number in title.lines and line not in large]
        kicker = [line for line in others if line.box.top < title.hull.top] if title else []
        rest = [line for line in part if line not in large and line not in kicker]
        leads = self._leads(rest, title) if title else []
        bylines = [line for line in leads if not self._is_subtitle(line)]
        columns = _read_columns([line for line in rest if line not in leads], self._letter)
        labels = [line for line in columns.lines if title and line.box.bottom < title.hull.top and is_label(line)]
        titles_of = (line.number for line in (*labels, *large, *kicker, *leads))
        self._column |= columns.number | dict.fromkeys(titles_of, 0)
        body = [*down(bylines), *(line for line in columns.lines if line not in labels)]
        subtitle = down(line for line in leads if line not in bylines)
        inorder = _leftward(large) if title and title.vertical else down(large)
        return Region(_indexes(labels), _indexes(down(kicker)), _indexes(inorder), _indexes(subtitle), _indexes(body))

    def _leads(self, lines: Sequence[PlacedLine], title: Title) -> list[PlacedLine]:
        """Subtitles and bylines: lines right below the headline that stand alone in the middle, or beside it."""
        beside = [line for line in lines if line.number in title.lines]
        if title.vertical:
            return beside
        leads: list[PlacedLine] = []
        reach, centre = title.hull.bottom, title.hull.left + title.hull.right
        left, right = extent(lines, 0) if lines else (0.0, 0.0)
        for line in sorted(lines, key=lambda line: line.box.top):
            row = [each for each in lines if each is line or overlap(each.box, line.box, 1) > 0.5 * self._letter]
            hull = hull_of(row)
            is_short = hull.right - hull.left < 0.65 * (right - left) or all(map(self._is_subtitle, row))
            is_central = is_short and abs(hull.left + hull.right - centre) < 4 * self._letter
            is_near = -0.8 * self._letter < line.box.top - reach < 2.5 * self._letter
            if is_near and (is_central or line.text.startswith("——")) and not line.text.endswith("。"):
                leads.append(line)
                reach = max(reach, line.box.bottom)
        return leads

    def _is_subtitle(self, line: PlacedLine) -> bool:
        is_large = line.height >= _LEAD_RATIO * self._letter
        return not is_byline(line.text) and (is_large or line.text.startswith("——"))


def _leftward(lines: Iterable[PlacedLine]) -> list[PlacedLine]:
    """Vertical lines from right to left, those of one column from top to bottom."""
    return sorted(lines, key=lambda line: (-round(line.box.left / max(line.height, 1)), line.box.top))


def _indexes(lines: Iterable[PlacedLine]) -> tuple[int, ...]:
    return tuple(line.number for line in lines)
