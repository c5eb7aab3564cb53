"""An amount read where it stands: what hedges it, its number, its measure word, and what follows.

An amount is hedge + body + hedge, where the body is sign + number + measure word (近 300 条, 1.6万人 左右); or it is
one of a few fixed forms (翻一番, 三分之二). A number without a measure word is one only if it is scaled or hedged
(超3万): 301皮带 and 2026青年 are names. The first end of a range and the members of a list borrow the unit of the last.
An amount is read whole or not at all.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from operator import neg
from typing import Final, NamedTuple

from summariser.numbers.numerals import (
    ARABIC,
    CHINESE,
    DIGITS,
    NUMBER,
    SCALE,
    SHARES,
    SIZES,
    WHOLE,
    MeasureWord,
    Reading,
    Unit,
    mask_at,
    measure_words,
    nouns,
    plain,
    read_number,
    ucum_of,
    unit_at,
    unit_class_of,
)
from summariser.schema.case import Approximation, UnitClass
from summariser.tables import Patterns, any_of, fill, groups, read_table, read_words

NUMBER_WORDS = re.compile(NUMBER)
OFTEN_UNITS: Final = frozenset(["次", "场", "届", "期", "轮", "回"])
_WORDS = Patterns("amount_words", ARABIC=ARABIC, CHINESE=CHINESE, NUMBER=NUMBER, SCALE=SCALE)
_PROPORTIONS = {"百": "%", "千": "‰", "万": "‱"}
# What an amount without a hedge before it may begin with, and of the fixed forms those without figures.
_BEGINS: Final = frozenset("0123456789.-—零〇一二两三四五六七八九十百千万亿廿卅数几负翻半过超对")
_SPELLED: Final = frozenset("翻半过超对一零")
_RANGE = re.compile("[~至到]|[-—]{1,3}|[与和](?=-?[0-9.]+[万亿]?(?:[%‰℃度元岁米天]|个百分点|小时|公里)之间)")
_LIST = re.compile("[、和与及](?=[0-9])")
_HALF = Decimal("0.5")
_QUARTER_HOUR = Decimal(15)  # minutes
_LONGEST_LIST = 12  # members; a longer list borrows no unit, so that no list is walked once for each member
_SCALES_AT_END = re.compile("(?<=[0-9])[十百千万亿]+$")
_BARE_SCALE = re.compile("[百千万亿]+")
_VAGUE = re.compile("[数几]")
_MORE = re.compile("[余多来]")
_BIG = re.compile("[百千万亿]")
_BIGGEST = re.compile("[万亿]")
_AND_HALF = re.compile("半(?![年天载个])")
_CLOCK_END = re.compile("多?钟")
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_BARE_YEAR = re.compile("(?:19|20)[0-9]{2}")
_VERSION = re.compile(r"[0-9]+\.0")
_FIGURE_END = re.compile("[,，。;!?、)]|$")
_FEATS = frozenset({"项", "个", "道", "类", "种", "处", "大", "条"})
_FEW_YEARS = 5  # 近三年 are the last three years, 近二十年 nearly twenty
_FEW_FEATS = 100  # 突破3项技术 has few of them; 突破1000项 counts them
_DAY_BOUNDS = ("日内", "日之内")
_SECOND_UNITS = frozenset("成倍人名")  # before other measure words 二 numbers things (二次, 二期), 两 counts them
_BROKEN: Final = SIZES | {UnitClass.MONEY}
_HALVED: Final = SIZES | {UnitClass.DURATION}
_FROM: Final = {Approximation.AT_LEAST, Approximation.MORE_THAN}
_NAMED: Final = {"块": "元", "分": "分钟"}  # what these are with a part behind them: 三块五, 4分18秒
# Of which a part is told: 千分之一秒.
_PARTED: Final = frozenset(["秒", "分钟", "小时", "个小时", "亩", "公顷", "公里", "毫米", "吨", "公斤"])
_DEGREES: Final = {"℃", "度", "摄氏度"}


class Amount(NamedTuple):
    """A quantity in the folded text, before it is told what it is reckoned by."""

    start: int
    end: int
    reading: Reading
    unit: str
    unit_class: UnitClass
    approx: Approximation
    pers: tuple[str, ...] = ()
    number: str = ""
    ends: tuple[Amount, ...] = ()


class _Body(NamedTuple):
    """Sign, number and measure word of an amount as printed; `more` is the 余, 多, 来, 把 or + between them."""

    start: int
    end: int
    sign: str
    number: str
    scale: str
    more: str
    unit: Unit | None

    @property
    def words(self) -> str:
        """The number with the scale behind 余 and 多: 160 and 亿 of 160多亿."""
        return self.number + self.scale


def amounts_at(text: str, start: int) -> list[Amount]:
    """The amounts that begin at `start`: none, one, or the two ends of a change (从10%降, 12%至8%)."""
    prefix = _hedges("before").match(text, start)
    may_begin = prefix is not None or text[start] in _BEGINS
    if may_begin and (fixed := _fixed_form(text, start, prefix)):
        return [fixed]
    body = _body(text, prefix.end() if prefix else start) if may_begin else None
    mask = mask_at(text, prefix.end()) if prefix else None
    is_padded = body and body.number[0] in "零〇" and _WORDS.padded.match(body.number)
    # 不超过2025年 and 几乎三天两头 are no amounts, 超百年 is.
    is_mask = body and mask and (mask.kind in {"date", "ordinal"} or mask.end > body.end)
    if body is None or is_padded or is_mask:
        return []
    second = _second_end(text, body)
    if second is None:
        amount = _amount(text, body, prefix=prefix, lender=_lender(text, body))
        return [_bounded(text, amount)] if amount else []
    if not second.sign and body.sign == "零下" and not _rises_above(body, second):
        second = second._replace(sign=body.sign)
    low = _amount(text, body, prefix=prefix, lender=second)
    high = _amount(text, second, prefix=None, lender=None)
    if low is None or high is None or low.unit_class != high.unit_class:
        return [low] if low and body.unit else []
    bottom, top = low.reading.bounds[0], high.reading.bounds[1]
    falls = (bottom is not None and top is not None and bottom > top) or not _is_one_measure(low, high)
    if falls and body.sign and second.sign:
        return [_range(high, low)._replace(start=low.start, end=high.end)]
    return [low, high] if falls or text[start - 1 : start] in {"从", "由"} else [_range(low, high)]


def _bounded(text: str, low: Amount) -> Amount:
    """The range that an amount begins whose upper bound follows: 500人以上1000人以下; else the amount."""
    joint = _WORDS.and_below.match(text, low.end) if low.approx in _FROM and low.reading.value is not None else None
    body = _body(text, joint.end()) if joint else None
    high = _amount(text, body, prefix=None, lender=None) if body else None
    is_range = high and high.approx is Approximation.AT_MOST and _is_one_measure(low, high)
    if not high or not is_range or high.reading.value is None or high.reading.value <= (low.reading.value or 0):
        return low
    return _range(low, high)


def _is_one_measure(low: Amount, high: Amount) -> bool:
    """Whether two ends count by one measure: 3小时至5个小时 and 50人至80名 do, 3公斤至5吨 and 3天至5个月 do not."""
    if low.unit.removeprefix("个") == high.unit.removeprefix("个"):
        return True
    code = ucum_of(high.unit)
    return code == ucum_of(low.unit) and (code is not None or high.unit_class in WHOLE)


def amount_with_any_unit(text: str, start: int, end: int) -> Amount | None:
    """The amount that `text[start:end]` is, whatever one character it counts with (96讲); None if it is none."""
    if text[start - 1 : start] == "第":
        return None
    prefix = _hedges("before").match(text, start)
    body = _body(text, prefix.end() if prefix else start)
    if body is None or body.unit or body.number[0] not in "0123456789" or not _IDEOGRAPH.match(text, body.end):
        return None
    word = MeasureWord(text[body.end], UnitClass.COUNT, "", "", None)
    amount = _amount(text, body._replace(end=body.end + 1, unit=Unit(word, body.end + 1)), prefix=prefix, lender=None)
    return amount if amount and amount.end == end and amount.reading.value is not None else None


def _rises_above(body: _Body, second: _Body) -> bool:
    """Whether 零下 holds for the first end alone: 零下5℃至3℃ ends above nought, 零下20℃至30℃ below."""
    low, high = read_number(body.words).value, read_number(second.words).value
    return bool(body.unit and low is not None and high is not None and high < low)


@cache
def _hedges(side: str) -> re.Pattern[str]:
    """The words of a side of the number; the group that matches names the approximation."""
    table = read_words("hedges")
    return re.compile(fill(groups(table[side]), table["parts"]))


@cache
def _parts() -> dict[str, dict[str, Decimal]]:
    """How many of each smaller unit make a unit."""
    table: dict[str, dict[str, Decimal]] = {}
    for row in read_table("unit_parts"):
        table.setdefault(row["unit"], {})[row["part"]] = Decimal(row["parts"])
    return table


def _body(text: str, start: int) -> _Body | None:
    """The body of an amount that begins at `start`."""
    found = _WORDS.body.match(text, start)
    if found is None:
        return None
    end, more, scale = found.end(), found["more"] or "", found["scale"] or ""
    unit = unit_at(text, end)
    if more == "来" and not unit:  # 5来访 is no 5来
        end, more, scale = found.end("number"), "", ""
    more = more or found["plus"] or (unit.inner if unit and unit.inner in ("多", "余", "来") else "")
    end = unit.end if unit else end
    return _Body(found.start(), end, found["sign"] or "", found["number"], scale, more, unit)


def _fixed_form(text: str, start: int, prefix: re.Match[str] | None) -> Amount | None:
    """An amount in a form of its own: 百分之八十, 三分之一, 3/4, 翻一番, 半天, 一半, 降为零."""
    at = prefix.end() if prefix else start
    unit, unit_class, more, reading = "", UnitClass.MULTIPLE, False, Reading(_HALF)
    if share := _WORDS.fraction.match(text, at):
        return _fraction(text, prefix, share)
    if share := _WORDS.slashed.match(text, at):
        return _slashed(text, prefix, share)
    if _SPELLED.isdisjoint((text[start], text[at : at + 1])):
        return None
    found = _WORDS.turn.match(text, at)
    if found and (not found["hedge"] or _hedges("before").fullmatch(found["hedge"])):
        prefix = prefix or _hedges("before").fullmatch(found["hedge"])
        turns = read_number(found["turns"] or "一").value  # 翻一番 is twice, 翻两番 four times
        reading, unit = Reading(turns and 2**turns), "倍"
    elif found := _WORDS.half.match(text, at):
        unit = re.sub("个多", "个", found["unit"])
        unit_class, more = measure_words()[unit].unit_class, "多" in found[0]
    elif found := _WORDS.half_of.match(text, start) or _WORDS.half_of.match(text, at):
        more = bool(found["more"])
    elif found := _WORDS.none.match(text, start):
        reading, unit = Reading(Decimal(0)), found["unit"]
        unit_class = measure_words()[unit].unit_class
    elif found := _WORDS.zero.match(text, start):
        reading = Reading(Decimal(0))
        unit_class = UnitClass.PERCENT if "率" in text[max(start - 10, 0) : start] else UnitClass.COUNT
    else:
        return None
    approx, stop = _hedge(text, prefix, found.end())
    approx = Approximation.MORE_THAN if more and approx is Approximation.EXACT else approx
    return Amount(start, stop, reading, unit, unit_class, approx, (), text[at : found.end()])


def _fraction(text: str, prefix: re.Match[str] | None, share: re.Match[str]) -> Amount | None:
    """The share 百分之八十, 负百分之四, 百分之二十至三十, 二又三分之一小时; thirds as `_rounded`."""
    over, unit = read_number(share["over"]).value, _PROPORTIONS.get(share["over"], "")
    reading, top = (read_number(share[name] or "零") for name in ("share", "top"))
    whole, counted = read_number(share["whole"] or "零").value, unit_at(text, share.end())
    if counted and not share["whole"] and (share["over"] == "百" or counted.measure.word not in _PARTED):
        counted = None
    is_misread = share["sign"] and not _is_minus(text, *share.span())
    if not over or whole is None or reading == Reading(None) or is_misread:
        return None
    if counted or not unit:
        reading, top = (one.map(lambda number: whole + _rounded(number / over)) for one in (reading, top))
    if share["sign"]:
        reading, top = (one.map(neg) for one in (top if share["top"] else reading, reading))
    unit_class = UnitClass.PERCENT if unit else UnitClass.MULTIPLE
    unit, unit_class = counted.measure[:2] if counted else (unit, unit_class)
    approx, end = _hedge(text, prefix, counted.end if counted else share.end())
    if share["top"] and reading.value is not None and top.value is not None:
        reading, approx, end = Reading(None, reading.value, top.value), Approximation.RANGE, share.end()
    elif reading.value is None and approx is Approximation.EXACT:
        approx = Approximation.RANGE
    return Amount((prefix or share).start(), end, reading, unit, unit_class, approx, (), share[0])


def _rounded(share: Decimal) -> Decimal:
    """A share to four places, or to four figures where it is smaller: 0.3333, 0.00002."""
    return round(share, 4 - min(share.adjusted() + 1, 0))


def _slashed(text: str, prefix: re.Match[str] | None, share: re.Match[str]) -> Amount | None:
    """The fraction 3/4, 2-3/4小时; none if it is no proper one (24/7), or counts things (2/3人)."""
    whole, part, over = (Decimal(share[name] or 0) for name in ("whole", "share", "over"))
    unit = unit_at(text, share.end())
    if unit and not (share["whole"] or unit.measure.unit_class in _HALVED or unit.measure.ucum):
        unit = None
    is_usual = part == 1 or over <= 10  # 15/19 may be anything
    if part >= over or not is_usual or (share["whole"] and not unit):
        return None
    approx, end = _hedge(text, prefix, unit.end if unit else share.end())
    name, unit_class = unit.measure[:2] if unit else ("", UnitClass.MULTIPLE)
    reading = Reading(plain(whole + _rounded(part / over)))
    return Amount((prefix or share).start(), end, reading, name, unit_class, approx, (), share[0])


def _second_end(text: str, body: _Body) -> _Body | None:
    """The other end of a range that begins with `body`."""
    half = _half(text, body.end, body.unit.measure.word) if body.unit else None  # 2岁半至3岁
    joint = _RANGE.match(text, half.end() if half else body.end)
    mask = mask_at(text, joint.end()) if joint else None
    if joint is None or (mask and mask.kind != "idiom"):
        return None
    second = _body(text, joint.end())
    is_bare = second and body.unit is None and (_scales(second) or _slash_of_bare(text, second, second.end)[0])
    return second if second and (second.unit or is_bare) else None


def _lender(text: str, body: _Body) -> _Body | None:
    """The member of a list that prints the unit for `body` too: 400元 for the 200 of 200、300和400元.

    A member that cannot be read lends none: in 85.7996和084.38% the % of the first may be among its digits.
    """
    member: _Body | None = body
    for _ in range(_LONGEST_LIST):
        joint = _LIST.match(text, member.end) if member and member.unit is None else None
        if joint is None:
            break
        member = None if mask_at(text, joint.end()) else _body(text, joint.end())
    lends = member is not None and member is not body and member.unit and not _WORDS.padded.match(member.number)
    return member if lends else None


def _amount(text: str, body: _Body, *, prefix: re.Match[str] | None, lender: _Body | None) -> Amount | None:
    """The amount that `body` and what stands around it say; None if it counts nothing or cannot be read whole."""
    if not _is_signed_well(text, body, body.unit or (lender and lender.unit)):
        return None
    unit, words = _unit_and_number(body, lender)
    start, end, approx = _hedged(text, prefix, body)
    name = unit.word if unit else ""
    reading, measured, stop = _measured(text, read_number(words), body, unit=name, end=end)
    if stop > end:  # 一年半左右, 3小时20分钟以上, 3小时20多分钟
        is_more = _MORE.search(text, end, stop)
        late, stop = _hedge(text, None, stop)
        late = Approximation.MORE_THAN if is_more and late is Approximation.EXACT else late
        approx = late if approx is Approximation.EXACT else approx
    borrows = lender and (unit or _scales(lender) or _slash_of_bare(text, lender, lender.end)[0])
    goes_on = stop > end and reading.value is not None  # 二元九角, not 二元
    pers, behind = _slash(text, stop) if measured else _slash_of_bare(text, body, stop)
    if name in pers:  # 3期每期2天: the next amount's
        pers, behind = (), stop
    is_counted = borrows or goes_on or (pers and not measured)
    if not (is_counted or _counts(text, body, unit=name, hedged=approx is not Approximation.EXACT)):
        return None
    name, end = measured, behind
    if reading == Reading(None):
        return None
    if body.sign:
        reading = Reading(reading.value, reading.high, reading.low).map(Decimal.__neg__)
    if reading.value is None:
        approx = Approximation.ORDER_OF_MAGNITUDE if _VAGUE.search(words) else Approximation.RANGE
    if pers and approx is Approximation.EXACT:
        approx, end = _hedge(text, None, end)  # 5元/公斤以上
    structure = name in {"个", "项"} and _WORDS.structure_noun.match(text, body.end)
    unit_class = UnitClass.STRUCTURE if structure else unit_class_of(name) or UnitClass.COUNT
    broken = _WORDS.broken if unit_class in WHOLE else _WORDS.broken_sum if unit_class in _BROKEN else None
    if broken and broken.match(body.number):
        return None
    return Amount(start, end, reading, name, unit_class, approx, pers, body.number)


def _is_signed_well(text: str, body: _Body, unit: Unit | None) -> bool:
    """Whether the sign is one: 零下 before degrees, 负 and a dash only where a measure can fall below nought."""
    if body.sign in {"-", "—"}:
        measure = unit and unit.measure
        is_share = measure and (measure.unit_class in SHARES or measure.word in _DEGREES)
        if _WORDS.sign_lead.search(text, max(body.start - 2, 0), body.start):
            return True
        can_fall = is_share or (measure and measure.unit_class in {UnitClass.MONEY, UnitClass.LENGTH})
        return bool(is_share and _IDEOGRAPH.match(text, body.start - 1)) or bool(body.start == 0 and can_fall)
    return body.sign != "负" or _is_minus(text, body.start, body.end)


def _is_minus(text: str, start: int, end: int) -> bool:
    """Whether the 负 before a number is its sign, and no word for what somebody bears: 自负10%, 负70%的责任."""
    return text[start - 1 : start] not in tuple("担肩背抱自欺胜辜身") and not _WORDS.borne.match(text, end)


def _slash(text: str, end: int) -> tuple[tuple[str, ...], int]:
    """What the words behind a measure word reckon it by (/人/天, /（人·天）, 每人每天), and where they end."""
    words, joined = _per_patterns()
    found = joined.match(text, end)
    return (tuple(words.findall(found[0])), found.end()) if found else ((), end)


def _slash_of_bare(text: str, body: _Body, end: int) -> tuple[tuple[str, ...], int]:
    """The same behind a number without a measure word, if it may be reckoned by something: 5千/月, 8000/月."""
    return _slash(text, end) if _WORDS.takes_per.fullmatch(body.words) else ((), end)


@cache
def per_words() -> frozenset[str]:
    """The words that amounts are reckoned by."""
    more, never = (read_words("reckoning")[key].split() for key in ("units", "no_units"))
    return frozenset([*measure_words().keys() - nouns(), *more]) - frozenset(never)


@cache
def _per_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What an amount may be reckoned by, and one or several of these as they stand behind it."""
    word = f"(?:{any_of(per_words())}|[adhs](?![A-Za-z])|时|分)"
    end = "(?=[的，,。;、!?)]|$)"
    often = "".join(sorted(OFTEN_UNITS))  # 3小时一次 is how often
    paid = "(?<=[元角块分])|(?<=块[一二三四五六七八九])"
    behind = rf"(?:{paid}|(?<=[时钟秒天])(?!一[{often}]))一{word}{end}"  # 早餐6元一份, 9分钟一根
    return re.compile(word), re.compile(rf"[/每]{word}(?:[/每·]{word})*|/\({word}(?:[/·]{word})*\)|{behind}")


def _unit_and_number(body: _Body, lender: _Body | None) -> tuple[MeasureWord | None, str]:
    """Measure word and number; what `body` does not print of unit and scale comes from the lender (2 of 2～3万元)."""
    words = body.words
    if body.unit or lender is None:
        return (body.unit.measure if body.unit else None), words
    if not _scales(body) and _mantissa(body) < _mantissa(lender):
        words += _scales(lender)
    return (lender.unit.measure if lender.unit else None), words


def _hedged(text: str, prefix: re.Match[str] | None, body: _Body) -> tuple[int, int, Approximation]:
    """Where the amount begins and ends with the words that hedge it, and how exact they leave it."""
    if prefix and _is_no_hedge(text, prefix, body):
        prefix = None
    approx, end = _hedge(text, prefix, body.end)
    if body.more and approx is Approximation.EXACT:
        approx = Approximation.ABOUT if body.more == "把" else Approximation.MORE_THAN
    return (prefix.start() if prefix else body.start), end, approx


def _scales(body: _Body) -> str:
    """The scale words of a number: 万 of 3万."""
    found = _SCALES_AT_END.search(body.number)
    return (found[0] if found else "") + body.scale


def _mantissa(body: _Body) -> Decimal:
    """The number before its scale: 3 of 3万."""
    return read_number(_SCALES_AT_END.sub("", body.number)).value or Decimal(0)


def _hedge(text: str, prefix: re.Match[str] | None, end: int) -> tuple[Approximation, int]:
    """How exactly the words around a number give it, and where they end; the word in front decides."""
    suffix = _hedges("after").match(text, end)
    end = suffix.end() if suffix else end
    name = (prefix.lastgroup if prefix else None) or (suffix.lastgroup if suffix else None)
    return (Approximation(name) if name else Approximation.EXACT), end


def _is_no_hedge(text: str, prefix: re.Match[str], body: _Body) -> bool:
    """Whether the word in front is no hedge: 近3年来 is a period (历时近3年 is none), 突破3项技术 tells feats."""
    value = read_number(body.number).value
    unit = body.unit.measure.word if body.unit else ""
    if prefix[0] == "近":
        is_half = text.startswith("半", body.end)  # 近三年 and 近一年半来 are periods, 近一年半 is not
        lasts = _WORDS.lasts.search(text, max(prefix.start() - 3, 0), prefix.start())
        few_years = value is not None and value <= _FEW_YEARS and unit == "年" and not (is_half or lasts)
        return unit in {"年", "天", "周", "个月"} and (few_years or bool(_WORDS.period.match(text, body.end + is_half)))
    return prefix[0].startswith(("突破", "过不了")) and unit in _FEATS and value is not None and value < _FEW_FEATS


def _counts(text: str, body: _Body, *, unit: str, hedged: bool) -> bool:
    """Whether number and unit make a quantity, and no word or name that happens to begin with a numeral."""
    number, is_noun = body.number, unit in nouns()
    if number[0] in ".0123456789":
        # Without a unit a figure is what something grew to, at the end of its clause.
        grown = _WORDS.takes_bare.search(text, max(body.start - 3, 0), body.start) and _FIGURE_END.match(text, body.end)
        is_name = (is_noun or unit == "年") and _BARE_YEAR.fullmatch(number.replace(" ", ""))  # 2 025年 is a year
        is_amount = unit or hedged or _BIG.search(body.words) or (grown and not _VERSION.fullmatch(number))
        return bool(is_amount and not is_name)
    behind, alone = (measure_words()[unit].behind, measure_words()[unit].alone) if unit else ("noun", "")
    if number == "一":
        is_rate = _FIGURE_END.match(text, body.end) and _WORDS.rate.search(text, max(body.start - 8, 0), body.start)
        is_ratio = unit and _WORDS.ratio.search(text, max(body.start - 15, 0), body.start)
        return bool("one" in alone or unit in OFTEN_UNITS or is_ratio or (unit and (body.more or is_rate)))
    if _BARE_SCALE.fullmatch(number):
        return hedged or "bare" in alone or (is_noun and number != "百")
    if len(number) == 1 and not body.more:
        is_counted = not behind or (number == "两" and behind == "paired")
        if unit_class_of(unit) is UnitClass.MONEY and _FIGURE_END.match(text, body.end):
            is_counted = is_counted or bool(_WORDS.takes_small_money.search(text, max(body.start - 3, 0), body.start))
        if number == "二" and unit not in _SECOND_UNITS:  # 二亩; 二元 only where no 二元结构 goes on
            is_money = unit_class_of(unit) is UnitClass.MONEY and _FIGURE_END.match(text, body.end)
            is_part = _WORDS.divided.search(text, max(body.start - 2, 0), body.start)
            is_counted = is_counted and bool(is_money or is_part or unit_class_of(unit) in SIZES)
        return bool(is_counted) or text.startswith(_DAY_BOUNDS, body.end - 1)
    if unit:
        return not is_noun or bool(_BIG.search(number))
    is_short = _WORDS.short.fullmatch(number) and _WORDS.short_end.match(text, body.end)
    is_big = ("点" in number or _FIGURE_END.match(text, body.end)) and _BIGGEST.search(body.words)
    return hedged or bool(_WORDS.round.fullmatch(number) or is_short or is_big)


def _measured(text: str, reading: Reading, body: _Body, *, unit: str, end: int) -> tuple[Reading, str, int]:
    """The reading in its unit: 三成五 is 35 %, 两年半 is 2.5, 一刻钟 15 minutes, 3元5角 3.5, 九五折 is 9.5."""
    if unit == "成":
        if (reading.bounds[1] or 0) > 10:
            return Reading(None), unit, end
        tenth = _WORDS.tenth.match(text, body.end)
        extra = (Decimal(5) if tenth[0] == "半" else read_number(tenth[0]).value) if tenth else Decimal(0)
        return reading.map(lambda tenths: tenths * 10 + (extra or 0)), "%", max(end, tenth.end()) if tenth else end
    if unit == "刻钟":
        reading, unit = reading.map(_QUARTER_HOUR.__mul__), "分钟"
    if unit == "折" and len(body.number) == 2 and "十" not in body.number and reading.value:
        return reading.map(lambda tenths: tenths / 10), unit, end
    is_exact = end == body.end and reading.value is not None and not body.more
    if is_exact and (whole := _compound(text, reading.value or Decimal(0), unit, end)):
        return whole[0], _NAMED.get(whole[1], whole[1]), whole[2]
    half = _half(text, body.end, unit) if unit else None
    if half or (body.unit and body.unit.inner == "半"):
        clock = _CLOCK_END.match(text, half.end()) if half and unit == "分" else None
        stop = clock or half
        return reading.map(_HALF.__add__), "分钟" if clock else unit, max(end, stop.end()) if stop else end
    return reading, unit, end


def _half(text: str, end: int, unit: str) -> re.Match[str] | None:
    """The half behind a measure word that ends at `end`: of 两年半, 2岁半, and at the end of a clause of any."""
    halves = unit in {"岁", "周岁"} or unit_class_of(unit) in _HALVED or text.startswith("半钟", end)
    return (_AND_HALF if halves else _WORDS.half_at_end).match(text, end)


def _compound(text: str, value: Decimal, unit: str, end: int) -> tuple[Reading, str, int] | None:
    """A quantity in two or more units as one: in the first unit if that is exact, else in the last."""
    parts = _parts().get(unit)
    if parts is None:
        return None
    follows = _WORDS.next_part.match(text, end)
    smaller = _body(text, follows.end()) if follows else None
    amount = read_number(smaller.words).value if smaller and not smaller.sign else None
    name = smaller.unit.measure.word if smaller and smaller.unit else ""
    count = parts.get(name, Decimal(0))
    if smaller and amount is not None and count != amount < count * 10:  # 一年十二个月 is one year
        stop = smaller.end
        name = "分钟" if name == "分" and unit_class_of(unit) is UnitClass.DURATION else name
        if deeper := _compound(text, amount, name, stop):
            reading, deep, stop = deeper
            count = count if deep == name else count * _parts()[name].get(deep, Decimal(1))
            amount, name = reading.value or amount, deep
        if half := _AND_HALF.match(text, stop):
            amount, stop = amount + _HALF, half.end()
        total = value * count + amount
        is_exact = (total / count) * 1000 == int((total / count) * 1000)
        return (Reading(plain(total / count)), unit, stop) if is_exact else (Reading(plain(total)), name, stop)
    tail = _WORDS.tail.match(text, end)
    takes_tail = tail and any(row["tail"] and row["unit"] == unit for row in read_table("unit_parts"))
    if tail and takes_tail and not unit_at(text, tail.end()):
        figures = "".join(char if char.isdigit() and char.isascii() else str(DIGITS[char]) for char in tail[0])
        return Reading(plain(value + Decimal(f"0.{figures}"))), unit, tail.end()
    return None


def _range(low: Amount, high: Amount) -> Amount:
    """One amount from two ends; an end that is itself vague (几千元到几百万元) lends its outer bound."""
    reading = Reading(None, low.reading.bounds[0], high.reading.bounds[1])
    return high._replace(start=low.start, reading=reading, approx=Approximation.RANGE, ends=(low, high))
