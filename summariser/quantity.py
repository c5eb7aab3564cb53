"""The quantities of a Chinese text, read by code: number, bounds, unit, and how exactly the words give them.

One pass from left to right over the folded text (`numerals.fold`). Where a numeral may begin, the masks are asked first (dates,
ordinals, names); what they leave is read as prefix + number + measure word + suffix. A number without a measure word is a
quantity only if it is scaled or hedged (超3万), for 301皮带 and 2026青年 are names. Ranges and lists borrow the unit of their last
member. What a quantity is reckoned by (每月, 年均, 元/份) is looked up behind it, within its clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from summariser.english_numerals import find_english_numerals
from summariser.measure_words import NOUNS, UNIT, UNIT_CLASSES, UNITS
from summariser.numeral_masks import MASK, SPECIAL_VALUES
from summariser.numerals import (
    ARABIC,
    CHINESE,
    NUMBER,
    NumberView,
    Numeral,
    NumeralKind,
    Reading,
    plain,
    read_number,
    short_quotes,
    view_numbers,
    within,
)
from summariser.schema.quantity import Approximation, Quantity, UnitClass

_STRUCTURE_NOUN = re.compile("篇章|维度|板块|模块|环节|阶段|步骤|层面|层级|方向|体系|领域|部分|转变|统一")

_PREFIX_TABLE: dict[Approximation, str] = {
    Approximation.AT_MOST: (
        "(?:(?:最大|最多|最高)?不(?:能|得|可)?超过?|(?:最高|最多|至多|最大|上限)"
        "(?:可|能|可以|能够)?(?:达到?|拿到?|获得?|得到?|领取?|享受|奖励|补[贴助]|给予|资助|为|是|有|贷)*"
        "|低于|少于|小于|不高于|不多于|不大于)(?:了|到)?"
    ),
    Approximation.AT_LEAST: "(?:不少于|不低于|不小于|不下于?|(?:至少|最少|最低|起码|下限)(?:要|需|应|可)?(?:达到?|有|为|是)?)",
    Approximation.NEARLY: "(?:将近|接近|(?<![附最邻临靠就远亲走抵新贴相切])近|(?<!达)不[足到满]|未满)",
    Approximation.MORE_THAN: (
        "(?:超(?:过|出)?了?|逾|突破了?|高于|多于|大于|不止|(?<![超通经不越])过(?=[百千万亿半])"
        "|(?<![会路网线车台身手晚早马桌面纸地街场船海山楼坡墙床村岸际基础历])上(?=[百千万亿]))"
    ),
    Approximation.ABOUT: "(?:大约|大概|大致|约莫|差不多|(?<![节预签违条公合制特邀契履解毁失赴集简续隐])约)(?:有|为|占|合|需|达)?",
}
_SUFFIX_TABLE: dict[Approximation, str] = {
    Approximation.AT_LEAST: "及?以上|之上",
    Approximation.AT_MOST: "及?以[内下]|之内",
    Approximation.ABOUT: "左右|上下",
    Approximation.MORE_THAN: "有余|出头|多(?![次个种名样项场方部位地渠层元家])",
}
_LOWER_BOUND = {Approximation.MORE_THAN, Approximation.AT_LEAST}
_UPPER_BOUND = {Approximation.NEARLY, Approximation.AT_MOST}
_PROPORTIONS = {"百": "%", "千": "‰", "万": "‱"}
_TURNED = {"一": 2, "两": 4, "二": 4, "三": 8, "": 2}  # 翻一番 is twice, 翻两番 four times

_BY = "年月日天周季人户名位家个次期场班份件吨亩张篇台辆条项本册斤车套支组届轮课节度"
_PER = re.compile(
    rf"(?:每一?(?:半年|半月|个月|季度|星期|小时|分钟|平方米|公里|学期|[{_BY}]))+|(?:年|月|日|人|户|班)均"
    r"|(?<![0-9去今全当前近半来同历这每那两三])年(?:产量|产值|销量|营收|收入|发电|处理|节约|培训|接待|服务)"
    r"|(?<![0-9用了历时近长达过满仅需约经第这])一(?:年|个?月|天|周)(?=[^\W来多半内后前以之的时级四到][^,，。;]{0,20}[0-9两三四五六七八九十百千万])"
)
_PER_SENTENCE = re.compile(r"按(年|月|季度|日|天|人|户|次)(?=计|发|缴|付|支|补|领|给)")
_PER_UNIT = re.compile("半年|半月|个月|季度|星期|小时|分钟|平方米|公里|学期|[" + _BY + "]")
_CLAUSE_END = re.compile("[,，。!?;\n]")
_SENTENCE_END = re.compile("[。!?;\n]")


def _named(table: dict[Approximation, str]) -> str:
    """A pattern whose group names the approximation."""
    return "|".join(f"(?P<{approximation.value}>{pattern})" for approximation, pattern in table.items())


_CANDIDATE = re.compile(
    "[0-9零〇一二两三四五六七八九十百千万亿廿卅数几半第首头前高其再周星礼上下后大小多深从超逾突近将接约不未至最低少高起过翻按]"
    "|[A-Za-z]+[-.]?(?=[0-9])|[NX](?=\\+)"
)
_PREFIX = re.compile(_named(_PREFIX_TABLE))
_NUMBER = re.compile(NUMBER)
_BODY = re.compile(
    rf"(?P<number>{NUMBER})(?P<more>[余多]|来(?=[个名位家人岁天年条项场次元万]))?(?P<scale>[百千万亿]+)?(?P<plus>\+)?"
    rf"(?:(?P<swapped>名)万(?=师生|职工|工人|会员|员工|群众|学)|(?P<unit>{UNIT}))?"
)
_SUFFIX = re.compile(_named(_SUFFIX_TABLE))
_SLASH = re.compile(rf"/((?:人·月|人次|平方米|小时|公里|[{_BY}]))|每(人|月|年|份|户|天|次|吨|亩|班)")
_FRACTION = re.compile(rf"({CHINESE}|[0-9]+)分之({CHINESE}|{ARABIC})")
_TURN = re.compile("翻(?:了|上)?([一两二三]?)番")
_HALF = re.compile(
    "(?<![上下前后大小一多])半(?P<unit>天|年(?!报)|个多?月|个多?小时|个多?学期|个世纪|小时|吨|亩|公里|斤|米)"
)
_HALF_OF = re.compile("(?<!每)(?P<over>过半|超半数|过半数)|一半|半数|对半")
_RANGE = re.compile("[~至到-]")
_LIST = re.compile("[、和与及](?=[0-9])")
_SCALES_AT_END = re.compile(f"(?<=[0-9])[十百千万亿]+$")
_BARE_SCALE = re.compile("[百千万亿]+")
_BARE_UNITS = frozenset("名 人 户 家 次 场 个 条 件 项 元 吨 亩 米 公里 份 册 人次 场次 处 种 位".split())
_ONE_UNITS = frozenset("年 天 小时 分钟 周 星期 周年 倍 成 个月 个小时 个星期 个学期 个季度 个世纪 个年头".split())
_OFTEN_UNITS = frozenset("次 场 届 期 轮 回".split())
_TIMES = frozenset("年 月 日 天 周 季 季度 半年 半月 个月 星期 学期 期".split())
_ZERO = re.compile("(?<=[为到至成了是])零(?=[,，。;!”、\n]|$)")
_MID = re.compile("个[多余半来]")
_MORE_MID = re.compile("个[多余来]")
_VAGUE = re.compile("[数几]")
_BIG = re.compile("[百千万亿]")
_PERIOD = re.compile("以?来|内|间|里")
_TENTH = re.compile("[一二三四五六七八九半](?![个名家人次])")
_AND_HALF = re.compile("半(?![年天载个])")
_BARE_YEAR = re.compile("(?:19|20)[0-9]{2}")
_VERSION = re.compile(r"[0-9]+\.0")
_FIGURE_END = re.compile("[,，。;!?、)]|$")
_FEATS = frozenset({"项", "个", "道", "类", "种", "处", "大", "条"})
_FEW_FEATS = 100  # 突破3项技术 has few of them; 突破1000项 counts them
_FIRST_OLD_YEAR = 30  # 95后 were born in 1995, 00后 and 05后 after 2000
_FIRST_TEN = 20
_PARTS = {"年": 12, "小时": 60, "个小时": 60, "半": 100, "天": 24}  # 半年 is six months
_TAKES_BARE = re.compile("(?:为|达到?|至|到|增[加至]|共|计|总数|扩至|是)$")


class _Amount(NamedTuple):
    """A quantity in the folded text, before it is told what it is reckoned by."""

    start: int
    end: int
    reading: Reading
    unit: str
    unit_class: UnitClass
    approx: Approximation
    per: str | None = None
    number: str = ""


def find_quantities(text: str) -> list[Quantity]:
    """The quantities of `text`, in text order.

    Shape: spans do not overlap. Dates, ordinals, names and idioms are left out; structural counts (三大任务) have the class
    `structure`. A range is one quantity; the members of a list, and both ends of a change (从10%降至8%), are one each.
    Units: scales are folded into the numbers; offsets are code points of `text`.
    Source: record.md 3.1 and 3.2.
    """
    view = view_numbers(text)
    return [_quantity(text, view, found) for found in _scan(view.text) if isinstance(found, _Amount)]


def find_numerals(text: str) -> list[Numeral]:
    """Every numeral of Chinese `text` that says a number, in text order, quantities or not; idioms (一线, 统一) are left out.

    Shape: each end of a range and each part of a date is a numeral of its own where it is written with its own number.
    Source: decision 1 of record.md: a numeral in the model's prose must be one of the article's.
    """
    view = view_numbers(text)
    numerals: list[Numeral] = []
    for found in _scan(view.text):
        if isinstance(found, _Amount):
            start, end = view.span(found.start, found.end)
            numerals.append(Numeral(text[start:end], _amount_values(found), start, end, NumeralKind.QUANTITY))
        else:
            start, end = view.span(found.start, found.end)
            numerals.append(found._replace(raw=text[start:end], start=start, end=end))
    return numerals


def unit_class_of(unit: str) -> UnitClass | None:
    """What a measure word counts, or None if it is none we know."""
    return UNIT_CLASSES.get(unit)


class _PerMark(NamedTuple):
    """Words that say what the quantities behind them are reckoned by, up to what `ends` finds."""

    start: int
    end: int
    per: str
    ends: re.Pattern[str]


def _scan(text: str) -> Iterator[_Amount | Numeral]:
    """What the numerals of the folded text are, from left to right: amounts, or numerals that count nothing."""
    quotes, marks = short_quotes(text), _per_marks(text)
    position = 0
    while candidate := _CANDIDATE.search(text, position):
        start, position = candidate.span()
        if mark := next((mark for mark in marks if mark.start <= start < mark.end), None):
            position = mark.end
        elif mask := MASK.match(text, start):
            yield from _masked(mask)
            position = max(position, mask.end())
        elif amounts := _amounts_at(text, start):
            for amount in amounts:
                yield from _placed(amount, marks, text, quotes)
            position = amounts[-1].end
        elif number := _NUMBER.match(text, start):
            yield from _uncounted(number)
            position = number.end()


def _per_marks(text: str) -> list[_PerMark]:
    """Where the text says by what it reckons, in text order."""
    marks = [_PerMark(m.start(), m.end(), _per_of(m[0]), _CLAUSE_END) for m in _PER.finditer(text)]
    marks += [_PerMark(m.start(), m.end(), m[1], _SENTENCE_END) for m in _PER_SENTENCE.finditer(text)]
    return sorted(marks, key=lambda mark: mark.start)


def _per_of(words: str) -> str:
    """The unit in 每月, 年均, 一年; 每人每月 gives 人·月."""
    if "每" in words:
        return "·".join(part.removeprefix("一") for part in words.split("每")[1:])
    return words.removeprefix("一").removesuffix("均")[:2] if words[0] in "一个" else words[0]


def _placed(
    amount: _Amount, marks: list[_PerMark], text: str, quotes: list[tuple[int, int]]
) -> Iterator[_Amount | Numeral]:
    """The amount with what it is reckoned by; as a name inside a quoted slogan; nothing for a bare 一次."""
    before = [mark for mark in marks if mark.end <= amount.start and not mark.ends.search(text, mark.end, amount.start)]
    per = amount.per
    if before and per is None and amount.unit_class is not UnitClass.STRUCTURE:
        per = before[-1].per
    if amount.number == "一" and amount.unit in _OFTEN_UNITS and per not in _TIMES:
        return
    if _is_slogan(amount) and within(quotes, amount.start):
        yield Numeral("", _amount_values(amount), amount.start, amount.end, NumeralKind.NAME)
    else:
        yield amount._replace(per=per)


def _is_slogan(amount: _Amount) -> bool:
    """Whether the amount, if quoted, is a slogan: “四个一批” is, “三大行动” and “300万元” are not."""
    measured = {UnitClass.MONEY, UnitClass.PERCENT, UnitClass.PERCENTAGE_POINT}
    return amount.approx is Approximation.EXACT and amount.unit != "大" and amount.unit_class not in measured


def _masked(mask: re.Match[str]) -> Iterator[Numeral]:
    """The numerals inside masked words, each with its place; none of an idiom."""
    kind = mask.lastgroup
    if kind is None or kind == "idiom":
        return
    words, start = mask[0], mask.start()
    if special := SPECIAL_VALUES.get(words):
        yield Numeral("", special, start, mask.end(), NumeralKind(kind))
        return
    for number in _NUMBER.finditer(words):
        values = _reading_values(read_number(number[0]))
        if words.endswith("后"):
            values |= {value + 1900 if value >= _FIRST_OLD_YEAR else value + 2000 for value in values}
        yield Numeral("", values, start + number.start(), start + number.end(), NumeralKind(kind))


def _uncounted(number: re.Match[str]) -> Iterator[Numeral]:
    """A numeral without a measure word (301皮带, 三秦) as a name; 一 and bare scales (百, 万) say no number."""
    if number[0][0] in "0123456789" or any(char in "二三四五六七八九两零十" for char in number[0]):
        yield Numeral("", _reading_values(read_number(number[0])), number.start(), number.end(), NumeralKind.NAME)


def _amounts_at(text: str, start: int) -> list[_Amount]:
    """The amounts that begin at `start`: none, one, or the two ends of a change."""
    if fixed := _fixed_form(text, start):
        return [fixed]
    prefix = _PREFIX.match(text, start)
    body = _BODY.match(text, prefix.end() if prefix else start)
    if body is None:
        return []
    second = _second_end(text, body)
    if second is None:
        amount = _amount(text, body, prefix=prefix, lender=_lender(text, body))
        return [amount] if amount else []
    low = _amount(text, body, prefix=prefix, lender=second)
    high = _amount(text, second, prefix=None, lender=None)
    if low is None or high is None or low.unit_class != high.unit_class:
        return [low] if low else []
    return [low, high] if text[start - 1 : start] in {"从", "由"} else [_range(low, high)]


def _fixed_form(text: str, start: int) -> _Amount | None:
    """An amount in a form of its own: 百分之八十, 三分之一, 翻一番, 半天, 一半, 降为零."""
    prefix = _PREFIX.match(text, start)
    at = prefix.end() if prefix else start
    unit, unit_class = "", UnitClass.MULTIPLE
    if match := _FRACTION.match(text, at):
        value = read_number(match[2]).value
        unit = _PROPORTIONS.get(match[1], f"/{read_number(match[1]).value}")
        unit_class = UnitClass.PERCENT if match[1] in _PROPORTIONS else UnitClass.MULTIPLE
    elif match := _TURN.match(text, start):
        value, unit = Decimal(_TURNED[match[1]]), "倍"
    elif match := _HALF.match(text, at):
        value, unit = Decimal("0.5"), _MID.sub("个", match["unit"])
        unit_class = UNIT_CLASSES.get(unit, UnitClass.DURATION)
    elif match := _HALF_OF.match(text, start) or _HALF_OF.match(text, at):
        value, unit = Decimal("0.5"), "半"
    elif match := _ZERO.match(text, start):
        value = Decimal(0)
        unit_class = UnitClass.PERCENT if "率" in text[max(start - 10, 0) : start] else UnitClass.COUNT
    else:
        return None
    approx, end = _hedge(text, prefix, match.end())
    if (match.groupdict().get("over") or "多" in match[0]) and approx is Approximation.EXACT:
        approx = Approximation.MORE_THAN
    return _Amount(start, end, Reading(value), unit, unit_class, approx, None, match[0]) if value is not None else None


def _second_end(text: str, body: re.Match[str]) -> re.Match[str] | None:
    """The other end of a range that begins with `body`."""
    joint = _RANGE.match(text, body.end())
    if joint is None or MASK.match(text, joint.end()):
        return None
    second = _BODY.match(text, joint.end())
    return second if second and second["unit"] else None


def _lender(text: str, body: re.Match[str]) -> re.Match[str] | None:
    """The member of a list that prints the unit for `body` too: 400元 for the 200 of 200、300和400元."""
    member: re.Match[str] | None = body
    while member and member["unit"] is None and (joint := _LIST.match(text, member.end())):
        member = None if MASK.match(text, joint.end()) else _BODY.match(text, joint.end())
    return member if member is not body else None


def _amount(
    text: str, body: re.Match[str], *, prefix: re.Match[str] | None, lender: re.Match[str] | None
) -> _Amount | None:
    """The amount that `body` and what stands around it say; None if it counts nothing."""
    unit_from = body if body["unit"] or not lender else lender
    unit = _MID.sub("个", unit_from["unit"] or "")
    words = body["number"] + (body["scale"] or "")
    if unit_from is not body and (scales := _scales(lender)) and _mantissa(words) < _mantissa(lender["number"]):
        words += scales if not _scales(body) else ""
    start = prefix.start() if prefix else body.start()
    approx, end = _hedge(text, prefix, body.end())
    if approx is Approximation.EXACT and (body["more"] or body["plus"] or _MORE_MID.search(body["unit"] or "")):
        approx = Approximation.MORE_THAN
    if prefix and approx is not Approximation.EXACT and _is_no_hedge(text, prefix, body):
        start, approx = body.start(), Approximation.EXACT
    hedged = approx is not Approximation.EXACT
    if not _counts(text, body, unit=unit or body["swapped"] or "", hedged=hedged):
        return None
    reading, unit, end = _measured(text, read_number(words), body, unit=unit, end=end)
    if reading.value is None:
        approx = Approximation.ORDER_OF_MAGNITUDE if _VAGUE.search(words) else Approximation.RANGE
    per = _SLASH.match(text, end) if unit else None
    end = per.end() if per else end
    unit_class = _unit_class(text, unit, body.end())
    return _Amount(start, end, reading, unit, unit_class, approx, per and (per[1] or per[2]), body["number"])


def _scales(body: re.Match[str] | None) -> str:
    """The scale words of a number: 万 of 3万."""
    if body is None:
        return ""
    found = _SCALES_AT_END.search(body["number"])
    return (found[0] if found else "") + (body["scale"] or "")


def _mantissa(words: str) -> Decimal:
    """The number before its scale: 3 of 3万."""
    return read_number(_SCALES_AT_END.sub("", words)).value or Decimal(0)


def _hedge(text: str, prefix: re.Match[str] | None, end: int) -> tuple[Approximation, int]:
    """How exactly the words around a number give it, and where they end; the word in front decides."""
    suffix = _SUFFIX.match(text, end)
    end = suffix.end() if suffix else end
    name = (prefix.lastgroup if prefix else None) or (suffix.lastgroup if suffix else None)
    return (Approximation(name) if name else Approximation.EXACT), end


def _is_no_hedge(text: str, prefix: re.Match[str], body: re.Match[str]) -> bool:
    """Whether the word in front is no hedge: 近3年来 is a period, 突破3项技术 a feat."""
    if prefix[0] == "近":
        return body["unit"] in {"年", "天", "周", "个月"} and bool(_PERIOD.match(text, body.end()))
    value = read_number(body["number"]).value
    return prefix[0].startswith("突破") and body["unit"] in _FEATS and value is not None and value < _FEW_FEATS


def _counts(text: str, body: re.Match[str], *, unit: str, hedged: bool) -> bool:
    """Whether number and unit make a quantity, and no word or name that happens to begin with a numeral."""
    number = body["number"]
    if number[0] in "0123456789":
        if unit in NOUNS:
            return not _BARE_YEAR.fullmatch(number)
        return bool(unit or hedged or _scales(body)) or _is_bare_figure(text, body)
    if number == "一":
        return unit in _ONE_UNITS or (unit in _OFTEN_UNITS and not hedged) or bool(body["more"] and unit)
    if _BARE_SCALE.fullmatch(number):
        return hedged if not unit else hedged or unit in _BARE_UNITS or (unit in NOUNS and number != "百")
    if len(number) == 1 and not body["more"]:
        return unit in UNITS
    return bool(unit) and (unit not in NOUNS or bool(_BIG.search(number))) or (not unit and hedged)


def _is_bare_figure(text: str, body: re.Match[str]) -> bool:
    """Whether a figure without a unit is a quantity: what something grew to, at the end of its clause."""
    leads = _TAKES_BARE.search(text, max(body.start() - 3, 0), body.start())
    return bool(leads and _FIGURE_END.match(text, body.end())) and not _VERSION.fullmatch(body["number"])


def _measured(text: str, reading: Reading, body: re.Match[str], *, unit: str, end: int) -> tuple[Reading, str, int]:
    """The reading in its unit: 三成五 is 35 %, 两年半 is 2.5, 12名万师生 (two signs the wrong way round) is 120000."""
    if unit == "成":
        tenth = _TENTH.match(text, body.end())
        extra = (
            Decimal(0) if not tenth else Decimal(5) if tenth[0] == "半" else read_number(tenth[0]).value or Decimal(0)
        )
        end = max(end, tenth.end()) if tenth else end
        after = _SUFFIX.match(text, end)
        return _map(reading, 10, extra), "%", after.end() if after else end
    if body["swapped"]:
        return _map(reading, 10_000, Decimal(0)), body["swapped"], end
    half = _AND_HALF.match(text, body.end()) if UNIT_CLASSES.get(unit) is UnitClass.DURATION else None
    if half or "半" in (body["unit"] or ""):
        return _map(reading, 1, Decimal("0.5")), unit, max(end, half.end()) if half else end
    return reading, unit, end


def _map(reading: Reading, factor: int, extra: Decimal) -> Reading:
    """The reading times `factor` plus `extra`."""
    return Reading(*(None if number is None else plain(number * factor + extra) for number in reading))


def _unit_class(text: str, unit: str, end: int) -> UnitClass:
    """What the unit counts; 个 before 篇章 or 板块 counts parts of a whole."""
    if unit in {"个", "项"} and _STRUCTURE_NOUN.match(text, end):
        return UnitClass.STRUCTURE
    return UNIT_CLASSES.get(unit, UnitClass.COUNT)


def _range(low: _Amount, high: _Amount) -> _Amount:
    """One amount from two ends; an end that is itself vague (几千元到几百万元) lends its outer bound."""
    reading = Reading(None, low.reading.value or low.reading.low, high.reading.value or high.reading.high)
    return high._replace(start=low.start, reading=reading, approx=Approximation.RANGE)


def _quantity(text: str, view: NumberView, amount: _Amount) -> Quantity:
    """The public form of an amount, in the offsets of the text as given."""
    start, end = view.span(amount.start, amount.end)
    value, low, high = amount.reading
    unit = amount.unit if amount.unit not in NOUNS else ""
    return Quantity(
        raw=text[start:end],
        value=value,
        min=value if amount.approx in _LOWER_BOUND else low,
        max=value if amount.approx in _UPPER_BOUND else high,
        unit=unit,
        unit_class=amount.unit_class,
        per=amount.per,
        approx=amount.approx,
        start=start,
        end=end,
    )


def _amount_values(amount: _Amount) -> frozenset[Decimal]:
    """Every number that the words of an amount may stand for."""
    values = _reading_values(amount.reading)
    if amount.unit.startswith("/"):
        return frozenset(value / Decimal(amount.unit[1:]) for value in values)
    return values | {plain(value * _PARTS[amount.unit]) for value in values if amount.unit in _PARTS and value < 1}


def _reading_values(reading: Reading) -> frozenset[Decimal]:
    """The number named, or each round number from the lower to the upper bound (数十: 10, 20 … 90)."""
    if reading.value is not None:
        return frozenset({reading.value})
    low, high = reading.low or Decimal(0), reading.high or Decimal(0)
    step = Decimal(10) ** low.normalize().adjusted() if low >= _FIRST_TEN else Decimal(1)
    return frozenset({low, high, *(step * k for k in range(1, 100) if step * k <= high and step * (k + 1) >= low)})
