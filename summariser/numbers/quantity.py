"""The quantities of a Chinese text, read by code: number, bounds, unit, and how exactly the words give them.

The way of a text: its view without damage (`view.py`); at each place where a numeral may begin, from left to right, a
mask (date, ordinal, name, idiom: `numerals.py`), damaged figures, amounts (`amounts.py`), or a number that counts
nothing; what each amount is reckoned by (`reckoning.py`); last, how exactly it is given. Quoted slogans (“四个一批”)
are names.

What became of a number is told by quantities and the words around them. 由300人增加到450人 tells both values. Of
增长12%, 增加150人, 提高3.5个百分点 and 翻一番 the number is no level, but what was added, taken away or multiplied
by; 增长到12% and 降至5天 are levels again. Whether it rose or fell is told by words in Chinese or English: 下降3.2%,
rose 3.2 percent.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from functools import cache, lru_cache
from itertools import pairwise, takewhile
from typing import Final, NamedTuple

from summariser.numbers.amounts import NUMBER_WORDS, Amount, amount_with_any_unit, amounts_at
from summariser.numbers.numerals import (
    ARABIC,
    DIGITS,
    NUMBER,
    SCALE,
    SHARES,
    SIZES,
    WHO,
    Mask,
    Numeral,
    NumeralKind,
    Reading,
    mask_at,
    nouns,
    plain,
    read_number,
    short_quotes,
    unit_at,
    within,
)
from summariser.numbers.reckoning import Basis, Reckoning, find_bases
from summariser.numbers.view import view_numbers
from summariser.schema.case import Approximation, Change, Direction, Quantity, UnitClass
from summariser.tables import Patterns, fill, groups, read_words
from summariser.text import Folded

_WORDS = Patterns("quantity_words", ARABIC=ARABIC, NUMBER=NUMBER, SCALE=SCALE)
_LOWER_BOUND = {Approximation.MORE_THAN, Approximation.AT_LEAST}
_UPPER_BOUND = {Approximation.NEARLY, Approximation.AT_MOST}
_FLIPPED = {Approximation.MORE_THAN, Approximation.NEARLY}  # they speak of the size: 零下十多度 is colder than -10
_CLAUSE_REACH = 30  # characters
_CLAUSE_END = re.compile("[,，。;；:：!?！？]")
_ROUND_LIST = re.compile("[1-9][0-9]0、[0-9]{2}0")
_CHINESE_END = frozenset("十百千万亿几")
_LONG_HEAD = re.compile("[0-9]{4,}[,， ]")
_SIGN = re.compile("零下|[负—-]")
_FIRST_OLD_YEAR = 30  # 95后 were born in 1995, 00后 and 05后 after 2000
_SHORT_YEAR = re.compile("[0-9零〇一二三四五六七八九]{2}年")
_FEW_STEPS = ((2, 7), (1, 8))  # first of the few, steps to the last: 几十 is 20 to 90, 十几 is 11 to 19
_TOUCHING = re.compile("[0-9]|[,，.·、'](?=[0-9,，.·、'])")
_FIGURE = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_PARTS = {"年": 12, "小时": 60, "个小时": 60, "半": 100, "天": 24, "个月": 30}  # 半年 is six months
_OF_PER_CENT = {"‰": 10, "‱": 100}  # 万分之五 is 0.05 %
_SPELLED: Final = read_words("numeral_words")["values"]  # what the characters do not spell


def find_quantities(text: str) -> list[Quantity]:
    """The quantities of `text`, in text order.

    Shape: spans do not overlap. Dates, ordinals, names and idioms are left out; structural counts (三大任务) are
    of class `structure`. A range is one quantity; each member of a list, and each end of a change (从3家到5家), is one.
    Units: scales are folded into the numbers; offsets are code points of `text`.
    Source: docs/record.md, Quantity.
    """
    view, findings = _read(text)
    return [_quantity(text, view, found) for found in findings if isinstance(found, Amount)]


def quantity_at(text: str, start: int, end: int) -> Quantity | None:
    """The quantity `text[start:end]` that somebody points at, which its text alone does not tell; else None.

    Shape: also 一回 that no time makes a rate, and a measure word of one character that no table has (96讲); None where
    a date, an ordinal or a name stands in it.
    """
    view, _ = _read(text)
    first, last = bisect_left(view.starts, start), bisect_left(view.starts, end)
    if not first < last or any(mask_at(view.text, place) for place in range(first, last)):
        return None
    one = next((each for each in amounts_at(view.text, first) if each.number == "一" and each.end == last), None)
    amount = one or amount_with_any_unit(view.text, first, last)
    return _quantity(text, view, amount) if amount else None


def find_numerals(text: str) -> list[Numeral]:
    """Every numeral of Chinese `text` that says a number, in text order; idioms (一线, 统一) are left out.

    Shape: each end of a range and each part of a date is a numeral of its own where it is written with its own number.
    Source: README.md: every numeral of the prose must be a number of the article.
    """
    view, findings = _read(text)
    numerals: list[Numeral] = []
    for found in findings:
        read = _numerals_of(found) if isinstance(found, Amount) else [found] if isinstance(found, Numeral) else []
        for numeral in read:
            start, end = view.to_original(numeral.start, numeral.end)
            numerals.append(Numeral(text[start:end], numeral.values, start, end, numeral.kind))
    return numerals


def unread_numerals(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The digits and numerals of `text[start:end]` that were not read whole, as spans of `text`, in text order.

    Shape: empty if each belongs to a quantity, date, ordinal or name. Digits that touch the piece from outside (the 1，
    of 1，024件) count as part of it.
    """
    view, findings = _read(text)
    begin, stop = bisect_left(view.starts, start), bisect_left(view.starts, end)
    while begin and _TOUCHING.match(view.text, begin - 1):
        begin -= 1
    while begin < stop < len(view.text) and _TOUCHING.match(view.text, stop):
        stop += 1
    read = (each for each in findings if not isinstance(each, Numeral) or each.kind is NumeralKind.QUANTITY)
    near = [each for each in read if each.start < stop and each.end > begin]
    unread = [(each.start, each.end) for each in near if isinstance(each, _Damaged)]
    unread += (
        figure.span()
        for figure in _FIGURE.finditer(view.text, begin, stop)
        if not any(each.start <= figure.start() < each.end for each in near)
    )
    return [view.to_original(*span) for span in sorted(unread)]


@lru_cache(maxsize=64)
def inner_edges(text: str) -> frozenset[int]:
    """The offsets of `text` that stand inside a number: between its digits, its sign, its decimals and its scales.

    Shape: hedges and measure words are outside the number; so is the border between a word that ends in a numeral and
    the number behind it (唯一|一万).
    """
    view, findings = _read(text)
    borders = {edge for each in findings for edge in (each.start, each.end)}
    pieces = [(found.start, found.end) for found in findings if isinstance(found, _Damaged)]
    for number in _WORDS.scaled.finditer(view.text):
        start, end = number.span()
        pieces += pairwise([start, *(at for at in range(start + 1, end) if at in borders), end])
    amounts = (part for found in findings if isinstance(found, Amount) for part in found.ends or (found,))
    pieces += (_number_of(amount, view.text) for amount in amounts)
    spans = (view.to_original(*piece) for piece in pieces)
    return frozenset(edge for start, end in spans for edge in range(start + 1, end))


def _number_of(amount: Amount, text: str) -> tuple[int, int]:
    """Where the number of an amount stands, its sign included, without hedges and measure word."""
    start = text.find(amount.number, amount.start, amount.end)
    low = amount.reading.low if amount.reading.value is None else amount.reading.value
    sign = _SIGN.search(text, amount.start, start) if low is not None and low < 0 else None
    return (sign.start() if sign else start), start + len(amount.number)


@lru_cache(maxsize=64)  # a text is asked for its quantities and then for its numerals
def _read(text: str) -> tuple[Folded, tuple[_Finding, ...]]:
    """The folded text, and what its numerals are."""
    view = view_numbers(text)
    cells = list(_cells(text, view))
    taken = {place for cell in cells for place in range(cell.start, cell.end)}
    others = (each for each in _find(view.text) if taken.isdisjoint(range(each.start, each.end)))
    return view, tuple(sorted([*others, *cells], key=lambda each: each.start)) if cells else tuple(others)


def _cells(text: str, view: Folded) -> Iterator[Amount]:
    """The bare figures in the rows of tables whose heads name units, 休息室(间), or that stand under 单位：人.

    Shape: a row has a figure for each head with a unit.
    """
    units, common, start = list[str](), "", 0
    for line in text.splitlines(keepends=True) if _WORDS.table.search(text) else ():
        row = _WORDS.row.fullmatch(line.strip())
        figures = list(_WORDS.cell.finditer(line, line.index(row[1]))) if row else []
        if named := None if row else _WORDS.unit_of_table.search(line):
            units, common = [], named[1]
        elif not row:
            heads = list(takewhile(_WORDS.head.fullmatch, reversed(line.split())))
            units, common = [_WORDS.unit_of_head.findall(head)[-1] for head in reversed(heads)], ""
        elif len(each_unit := units or [common] * len(figures)) == len(figures):
            for figure, unit in zip(figures, each_unit, strict=True):
                yield from _cell(view, *(bisect_left(view.starts, start + place) for place in figure.span()), unit=unit)
        start += len(line)


def _cell(view: Folded, start: int, end: int, *, unit: str) -> Iterator[Amount]:
    """The amount that the figure at these places is with a unit; nothing if the two are no amount."""
    match list(_find(view.text[start:end] + view_numbers(unit).text)):
        case [Amount(start=0) as read] if read.unit:
            yield read._replace(start=start, end=end, number=view.text[start:end])


class _Damaged(NamedTuple):
    """A number that cannot be read whole; no part of it is a quantity."""

    start: int
    end: int


_Finding = Amount | Numeral | Mask | _Damaged


def _find(text: str) -> Iterator[_Finding]:
    """What the numerals of the folded text are, in text order, each amount with what it is reckoned by."""
    quotes, bases = short_quotes(text), find_bases(text)
    reckoning, before = Reckoning(text, bases), None
    for found in _scan(text, bases):
        if not isinstance(found, Amount):
            yield found
        elif amount := reckoning.reckon(found):
            if _is_slogan(amount) and within(quotes, amount.start):
                yield Mask("name", amount.start, amount.end)
                yield from _numerals_of(amount, NumeralKind.NAME)
            else:
                before = amount._replace(approx=_approximation(amount, text, before))
                yield before


def _scan(text: str, bases: list[Basis]) -> Iterator[_Finding]:
    """What stands at each place where a numeral may begin, from left to right; of a basis only 百 of 每百公里."""
    ends = {place: basis.end for basis in bases for place in range(basis.start, basis.end)}
    position = 0
    while candidate := _candidates().search(text, position):
        start, position = candidate.span()
        if start in ends:
            position = ends[start]
            numbers = (found for found in NUMBER_WORDS.finditer(text, start, position) if found[0] != "一")
            yield from (Numeral("", _values(found[0]), *found.span(), NumeralKind.QUANTITY) for found in numbers)
        elif step := next(filter(None, (read(text, start) for read in _READERS)), None):
            yield from step.found
            position = max(position, step.end)


class _Step(NamedTuple):
    """Words of a text up to `end`, and what was found in them."""

    end: int
    found: list[_Finding]


def _read_mask(text: str, start: int) -> _Step | None:
    """A date, ordinal, name or idiom, with the numerals in it."""
    mask = mask_at(text, start + (text[start] == "."))  # the point of 身边.2024年 is a full stop
    return _Step(mask.end, [mask, *_masked(text, mask)]) if mask else None


def _read_damaged(text: str, start: int) -> _Step | None:
    """Figures that are no number as a whole (1.2.5万, 1，2万, 024), or no sure one (工人数10名)."""
    if unsure := _WORDS.unsure.match(text, start):
        return _damaged(start, unsure.end())
    if text[start] not in ".0123456789":
        return None
    grouped = _WORDS.grouped.match(text, start)
    if grouped and not _ROUND_LIST.match(text, start) and not _WORDS.listed.search(text, max(start - 10, 0), start):
        return _damaged(start, grouped.end())
    cluster = _WORDS.cluster.match(text, start)
    if cluster is None or _WORDS.whole.fullmatch(cluster[1]) or _LONG_HEAD.match(cluster[1]):
        return None
    is_stop = cluster[1][0] == "." and "\u4e00" <= text[start - 1 : start] <= "\u9fff"  # 降本.5元
    return None if is_stop and cluster[1][1:].isdigit() else _damaged(start, cluster.end())


def _read_amounts(text: str, start: int) -> _Step | None:
    """The amounts that begin here; damaged where a misprinted unit follows, or a part of a time that fits no other."""
    amounts = amounts_at(text, start)
    if not amounts:
        return None
    number = (amounts[0].ends or amounts)[0].number
    if damaged := _read_damaged(text, text.find(number, start)):  # 约1.2.5万
        return damaged
    end = amounts[-1].end
    is_time, is_bare = amounts[-1].unit_class is UnitClass.DURATION, not amounts[-1].unit
    rest = (is_time and _WORDS.rest.match(text, end)) or (is_bare and _WORDS.misprint.match(text, end))
    stop = rest.end() if rest else _second_unit(text, amounts[-1])
    return _damaged(start, stop) if stop else _Step(end, [*amounts])


def _second_unit(text: str, amount: Amount) -> int | None:
    """Where another unit ends that an amount runs on into (3元万元, 5人名), or None; 50元毛巾 is a towel."""
    scales = _WORDS.second_scales.match(text, amount.end)
    unit = unit_at(text, scales.end() if scales else amount.end)
    if unit is None or unit.measure.unit_class is not amount.unit_class:
        return None
    word, is_size = unit.measure.word, amount.unit_class in SIZES
    is_second = word.endswith("元") or (amount.unit, word) == ("人", "名") or (is_size and len(word) > 1)
    return unit.end if is_second else None


def _read_bare(text: str, start: int) -> _Step | None:
    """A number that counts nothing: a name, or damaged if it cannot be read (十几二十人, 合计-5万元)."""
    dash = _WORDS.label_dash.match(text, start)
    number = NUMBER_WORDS.match(text, dash.end() if dash else start)
    if number is None:
        return None
    more = _WORDS.guessed.match(text, number.end()) if number[0][-1] in _CHINESE_END else None
    if dash or more or read_number(number[0]) == Reading(None):
        return _damaged(start, more.end() if more else number.end())
    return _Step(number.end(), [*_uncounted(number)])


def _damaged(start: int, end: int) -> _Step:
    return _Step(end, [_Damaged(start, end)])


_READERS = (_read_mask, _read_damaged, _read_amounts, _read_bare)  # the first that reads what begins at a place counts


@cache
def _candidates() -> re.Pattern[str]:
    """Where a numeral may begin, or a word that hedges one or makes none of it; all first characters come first."""
    table = read_words("numeral_heads")
    alone, pairs = table["alone"], table["pairs"].split()
    followed = "|".join(f"(?<={pair[0]})(?=[{pair[1:]}])" for pair in pairs)
    letters = r"(?<=[A-Za-z])(?<![A-Za-z].)[A-Za-z]{0,19}[-.]?(?=[0-9])|(?<=[NX])(?=\+)"
    signs = r"(?<=[-—])(?=[.0-9])|(?<=\.)(?<![0-9].)(?<!\.\..)(?=[0-9])"
    heads = alone + "".join(pair[0] for pair in pairs)
    return re.compile(f"[0-9A-Za-z—.{heads}-](?:(?<=[0-9{alone}])|{followed}|{letters}|{signs})")


def _approximation(amount: Amount, text: str, before: Amount | None) -> Approximation:
    """How exactly the number is given: by the words of the amount, by its clause, or as the one before it in a list."""
    if amount.approx is not Approximation.EXACT or amount.unit_class is UnitClass.STRUCTURE:
        return amount.approx
    far = _far_hedges().search(text[max(amount.start - _CLAUSE_REACH, 0) : amount.start])
    if far:
        return Approximation(str(far.lastgroup))
    if before and before.unit == amount.unit and _WORDS.next_of_list.fullmatch(text, before.end, amount.start):
        clause = _CLAUSE_END.split(text[max(before.start - _CLAUSE_REACH, 0) : before.end])[-1]
        if _WORDS.apiece.search(clause):  # 分别不少于200元、400元
            return before.approx
    return Approximation.ABOUT if _WORDS.loose.match(text, amount.start) else Approximation.EXACT


@cache
def _far_hedges() -> re.Pattern[str]:
    """Words farther off that leave a number approximate; the group that matches names the approximation."""
    table = read_words("hedges")
    order = ("at_least", "at_most", "more_than", "nearly", "about")  # a bound says more than an estimate
    patterns = fill(groups({name: table["far"][name] for name in order}), table["parts"])
    return re.compile(f"(?=[{table['far_heads']}])(?:{patterns})")


def _is_slogan(amount: Amount) -> bool:
    """Whether the amount, if quoted, is a slogan: “四个一批” is, “三大行动” and “300万元” are not."""
    measured = SHARES | {UnitClass.MONEY}
    return amount.approx is Approximation.EXACT and amount.unit != "大" and amount.unit_class not in measured


def _numerals_of(amount: Amount, kind: NumeralKind = NumeralKind.QUANTITY) -> list[Numeral]:
    """The numerals of an amount: one, or the two ends of a range."""
    parts = amount.ends or (amount,)
    return [Numeral("", _amount_values(part), part.start, part.end, kind) for part in parts]


def _masked(text: str, mask: Mask) -> Iterator[Numeral]:
    """The numerals inside masked words, each with its place; none of an idiom."""
    if mask.kind == "idiom":
        return
    kind, words, start = NumeralKind(mask.kind), text[mask.start : mask.end], mask.start
    if special := _SPELLED.get(words):
        yield Numeral("", frozenset(map(Decimal, special.split())), start, mask.end, kind)
        return
    for number in NUMBER_WORDS.finditer(words):
        values = _number_values(number[0], kind)
        if words.startswith("刻", number.end()):
            values |= {value * _QUARTER for value in values}
        if words.endswith("后") or (kind is NumeralKind.DATE and _SHORT_YEAR.match(words)):
            values |= {value + 1900 if value >= _FIRST_OLD_YEAR else value + 2000 for value in values if value < 100}
        if values:
            yield Numeral("", values, start + number.start(), start + number.end(), kind)
    if words.endswith(("点半", "时半")):
        yield Numeral("", frozenset({_HALF_HOUR}), mask.end - 1, mask.end, kind)


def _uncounted(number: re.Match[str]) -> Iterator[Numeral]:
    """A numeral without a measure word (301皮带, 数百万工资) as a name; 一 and bare scales (百, 万) say no number."""
    if (
        number[0][0] in "0123456789"
        or _WORDS.vague.match(number.string, number.start())
        or any(char in "二三四五六七八九两零十" for char in number[0])
    ):
        values = _number_values(number[0], NumeralKind.NAME)
        if values:
            yield Numeral("", values, number.start(), number.end(), NumeralKind.NAME)


def _number_values(words: str, kind: NumeralKind) -> frozenset[Decimal]:
    """What a number outside a quantity may stand for; in a name each digit counts by itself: 五一, 一二三产业."""
    if kind is NumeralKind.NAME and all(char in DIGITS for char in words):
        return frozenset(DIGITS[char] for char in words)
    return _values(words)


def _quantity(text: str, view: Folded, amount: Amount) -> Quantity:
    """The public form of an amount, in the offsets of the text as given."""
    start, end = view.to_original(amount.start, amount.end)
    value, low, high = amount.reading
    lower, upper = amount.approx in _LOWER_BOUND, amount.approx in _UPPER_BOUND
    if value is not None and value < 0 and amount.approx in _FLIPPED:
        lower, upper = upper, lower
    return Quantity(
        raw=text[start:end],
        value=value,
        min=value if lower else low,
        max=value if upper else high,
        unit=amount.unit if amount.unit not in nouns() else "",
        unit_class=amount.unit_class,
        per="·".join(amount.pers) or None,
        approx=amount.approx,
        start=start,
        end=end,
    )


def _amount_values(amount: Amount) -> frozenset[Decimal]:
    """Every number that the words of an amount may stand for."""
    values = _reading_values(amount.reading)
    if amount.unit == "倍" and "番" not in amount.number:  # 增长两倍 is three times as much
        return values | {value + 1 for value in values}
    if amount.unit in _OF_PER_CENT:
        return values | {plain(value / _OF_PER_CENT[amount.unit]) for value in values}
    unit = "半" if amount.unit_class is UnitClass.MULTIPLE and "半" in amount.number else amount.unit
    if unit == "折":  # 九五折 is 5 % off
        return values | {plain(100 - 10 * value) for value in values} | {plain(10 * value) for value in values}
    return values | {plain(value * _PARTS[unit]) for value in values if unit in _PARTS and value % 1}


def _values(words: str) -> frozenset[Decimal]:
    """Every number that the words of a number may stand for."""
    return _reading_values(read_number(words))


def _reading_values(reading: Reading) -> frozenset[Decimal]:
    """The number named; both ends of 三四百; each number that 数十 (10, 20 … 90), 十几 and 一千几百 may mean."""
    if reading.value is not None:
        return frozenset({reading.value})
    if reading.low is None:
        return frozenset()
    low, high = reading.low or Decimal(0), reading.high or Decimal(0)
    for first, steps in _FEW_STEPS:
        step = (high - low) / steps
        if step > 0 and step.normalize().as_tuple().digits == (1,) and low / step % 10 == first:
            return frozenset(plain(low + step * k) for k in range(-first, steps + 1) if low + step * k > 0)
    return frozenset({low, high})


_REACH = 50  # characters before a number in which its verb stands
_LAST_BORDER = re.compile(r".*(?:[，。；：、！？!?;:\n]|[,.](?![0-9]))", re.DOTALL)
_UNIT_BEHIND = r"[ -]?(?:%|per ?cent(?:age points?)?|[a-z]+)?[ -](?:[a-z-]+ )?"


def read_direction(text: str, start: int, end: int) -> Direction | None:
    """Which way the number `text[start:end]` went, by the nearest verb in its clause; None if none says so."""
    before, gap, behind, neither = _directions()
    near = max(start - _REACH, 0)
    if text[start - 1 : start] in _JOINTS and (row := _listed().search(text, near, start)):
        is_one_unit = text.endswith(row["unit"], start, end) or text.startswith(row["unit"], end)
        start = row.start() if is_one_unit else start
    mark = _LAST_BORDER.match(text, near, start)
    clause = mark.end() if mark else near
    if neither.search(text, clause, start):
        return None
    verbs = list(before.finditer(text, clause, start))
    if verbs and gap.fullmatch(text, verbs[-1].end(), start):
        return Direction(str(verbs[-1].lastgroup))
    found = behind.match(text, end)
    return Direction(str(found.lastgroup)) if found else None


@cache
def _listed() -> re.Pattern[str]:
    """The numbers of one unit that stand in a row before another."""
    return re.compile(read_words("directions")["listed"])


@cache
def _directions() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Verbs before a number, what may stand between, nouns behind it, and what makes all of them say nothing."""
    table = read_words("directions")
    before, behind = (groups(table[side]).replace("_", " ") for side in ("before", "behind"))
    before = f"(?=[{table['heads']}])(?:{before})"
    patterns = (before, table["gap"], f"{_UNIT_BEHIND}(?:{behind})", table["neither"])
    before_it, gap, behind_it, neither = (re.compile(pattern, re.IGNORECASE) for pattern in patterns)
    return before_it, gap, behind_it, neither


_HALF_HOUR, _QUARTER = Decimal(30), Decimal(15)  # minutes of 7点半 and 7点一刻
_JOINTS = frozenset("、和与及 ")  # before a number that others of its kind go before
_COUNTS_ALIKE = WHO - {UnitClass.ORGANISATION}  # 名 and 人 count the same, 件 and 元 not
_BALANCE = re.compile("(?:(?P<fall>亏损?|赤字)|(?P<rise>盈利?|利润|结余))[^，。；,;0-9]{0,3}$")
_LEVEL = re.compile(r"[至到为达成]了?(?:每[^\W\d_]{1,3}|[人户月年日]均)?$")
_LEVELLED = re.compile("(?:是|为|相当于|达到?|[至到成])[^，。；,;]{0,12}的$")  # 是上年的2倍
_MULTIPLIED = {UnitClass.MULTIPLE, UnitClass.PERCENT}


def read_change(before: Quantity | None, after: Quantity | None, words: str) -> Change | None:
    """The change that a number before, a number after and the words around them tell.

    Shape: `words` hold `after.raw` as printed; None where they tell no change at all. Of what is not exact (超300人) at
    most the direction is known.
    """
    if after is None:
        return None
    start = words.find(after.raw)
    said = read_direction(words, start, start + len(after.raw)) if start >= 0 else None
    lead = words[: max(start, 0)]
    is_alike = before is not None and _counts_alike(before, after)
    is_from = before and is_alike and re.search(f"[由从][^，。；,;]{{0,8}}{re.escape(before.raw)}", lead)
    told = None if is_from else _told(after, lead, said)
    if told is None and before is not None and is_alike:
        was, now = (_BALANCE.search(words[: words.find(each.raw)]) for each in (before, after))
        if was and now and was.lastgroup != now.lastgroup:
            return Change(direction=Direction(str(now.lastgroup)), difference=None, ratio=None)
        return _between(before, after, said)
    return told or (Change(direction=said, difference=None, ratio=None) if said else None)


def _told(after: Quantity, lead: str, said: Direction | None) -> Change | None:
    """The change that a number is by itself; None if it is a level, or if nothing says which way it went."""
    value, is_turn = after.value, "番" in after.raw
    times = _LEVELLED.search(lead)
    if after.unit_class is UnitClass.MULTIPLE and (is_turn or (times and after.unit == "倍")):
        way = said or (Direction.RISE if value and value > 1 else None)
        return Change(direction=way, difference=None, ratio=_exact(after))
    is_below = value is not None and value < 0
    if said is None or _LEVEL.search(lead) or (is_below and said is Direction.FALL):
        return None
    said = Direction.FALL if is_below else said  # 增长-3.2%
    exact, sign = _exact(after), 1 if said is Direction.RISE else -1
    value = None if exact is None else abs(exact)
    if after.unit_class not in _MULTIPLIED:
        return Change(direction=said, difference=None if value is None else value * sign, ratio=None)
    share = None if value is None else value / (100 if after.unit_class is UnitClass.PERCENT else 1)
    ratio = None if share is None or (sign < 0 and share > 1) else plain(round(1 + sign * share, 4))
    return Change(direction=said, difference=None, ratio=ratio)


def _between(before: Quantity, after: Quantity, said: Direction | None) -> Change:
    """The change from one level to another; the words tell its direction where the numbers leave it open."""
    old, new = _exact(before), _exact(after)
    if old is None or new is None:
        (low, high), (bottom, top) = _bounds(before), _bounds(after)
        rises = high is not None and bottom is not None and high <= bottom
        falls = low is not None and top is not None and top <= low
        known = None if rises == falls else Direction.RISE if rises else Direction.FALL
        return Change(direction=known or said, difference=None, ratio=None)
    way = Direction.NONE if new == old else Direction.RISE if new > old else Direction.FALL
    ratio = plain(round(new / old, 4)) if old > 0 and new >= 0 else None
    return Change(direction=way, difference=plain(new - old), ratio=ratio)


def _exact(quantity: Quantity) -> Decimal | None:
    """The value that is meant exactly."""
    return quantity.value if quantity.approx is Approximation.EXACT else None


def _bounds(quantity: Quantity) -> tuple[Decimal | None, Decimal | None]:
    """The lowest and the highest number that the words allow; null where they set no bound."""
    exact = _exact(quantity)
    return (exact, exact) if exact is not None else (quantity.min, quantity.max)


def _counts_alike(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities count the same, reckoned by the same."""
    if one.unit_class != other.unit_class or one.per != other.per:
        return False
    return one.unit_class in _COUNTS_ALIKE or one.unit.removeprefix("个") == other.unit.removeprefix("个")
